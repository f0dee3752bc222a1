"""Losses of least squares on a whole grid of sizes from sampled labels, by nested Cholesky factors.

Only algebra, exact for any arrays. Φ (D × N) are the predictors, y the labels, G = F Λ Fᵀ, b = F Λ w and
s = wᵀ Λ w the population moments of the student, so that the loss of θ is s − 2 θᵀb + θᵀGθ. One Cholesky factor
of ΦᵀΦ per D serves every N ≤ D, one of ΦΦᵀ per N every D < N; the Gram matrices grow by the new rows or columns.
A factor that squares the condition is not trusted: every solution is corrected by a semi-normal step, whose
relative size ρ tells how far off it was. ρ > `AGAIN` takes a second step, ρ > `REFUSED` a QR factor instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim import linalg

if TYPE_CHECKING:
    from torch import Tensor

AGAIN, REFUSED = 1e-6, 1e-3


class Moments(NamedTuple):
    """Population moments of the student: loss = s − 2 θᵀb + θᵀGθ. ``G`` None is the identity (whitened)."""

    G: Tensor | None  # (..., N, N)
    b: Tensor  # (..., N)
    s: Tensor  # (...)

    def losses(self, theta: Tensor) -> Tensor:
        """Loss of every column of θ (..., n, k), n leading features; shape (..., k)."""
        n = theta.shape[-2]
        image = theta if self.G is None else self.G[..., :n, :n] @ theta
        return self.s[..., None] - ((2 * self.b[..., :n, None] - image) * theta).sum(-2)


def normal_solve(L: Tensor, V: Tensor, mask: Tensor) -> Tensor:
    """(L_n L_nᵀ)⁻¹ v_n for every column v of V (..., m, k), n its leading part in ``mask`` (m × k)."""
    return linalg.solve(L.mT, linalg.where(mask, linalg.solve(L, V), 0.0), upper=True)


def factors(design: Tensor, sizes: dict[int, int]) -> Iterator[tuple[int, Tensor]]:
    """For r → c in ``sizes``, r ascending: r and the Cholesky factor of AᵀA, A the leading r rows and c columns.

    AᵀA grows by the new rows while c stays; a factor that fails is NaN.
    """
    todo = sorted(sizes.items())
    gram, done = None, 0
    for k, (r, c) in enumerate(todo):
        if gram is None:
            gram, done = linalg.zeros((*design.shape[:-2], c, c), design), 0
        linalg.add_gram(gram, design[..., done:r, :c])
        last = todo[k + 1 : k + 2] == [] or todo[k + 1][1] != c
        yield r, linalg.factor(gram, overwrite=last)
        gram, done = (None if last else gram), r


def _by_qr(Phi: Tensor, y: Tensor, mask: Tensor, *, wide: bool) -> Tensor:
    """`solutions` for the columns of ``mask`` from one QR factor, of Φ or of Φᵀ; leading parts are nested."""
    if wide:
        Q, R = linalg.qr(Phi.mT)
        return Q @ linalg.where(mask, linalg.solve(R.mT, y[..., None]), 0.0)
    Q, R = linalg.qr(Phi)
    return linalg.solve(R, linalg.where(mask, Q.mT @ y[..., None], 0.0), upper=True)


def solutions(Phi: Tensor, y: Tensor, L: Tensor, sizes: Sequence[int], *, wide: bool) -> Tensor:
    """Minimum-norm least squares of y on Φ for leading parts of Φ, the coefficients as columns.

    N ≤ D: Φ (..., D, m), L Lᵀ = ΦᵀΦ, ``sizes`` are leading columns, the result is (..., m, k), zero below.
    ``wide``: Φ (..., m, N), L Lᵀ = ΦΦᵀ, ``sizes`` are leading rows, the result is (..., N, k).
    """
    mask = linalg.leading(sizes, max(sizes), y)

    def step(residual: Tensor) -> Tensor:
        return Phi.mT @ normal_solve(L, residual, mask) if wide else normal_solve(L, Phi.mT @ residual, mask)

    labels = y[..., None]
    theta = step(labels.expand(*y.shape, len(sizes)) if wide else labels)
    correction = step(labels - Phi @ theta)
    rho = correction.square().sum(-2).sqrt() / theta.square().sum(-2).sqrt()  # (..., k)
    theta = theta + correction
    if not bool((rho <= AGAIN).all()):
        theta = linalg.where((rho > AGAIN)[..., None, :], theta + step(labels - Phi @ theta), theta)
        bad = ~(rho <= REFUSED)  # also where the factor failed
        columns = [j for j in range(len(sizes)) if bool(bad[..., j].any())]
        if columns:
            again = _by_qr(Phi, y, mask[:, columns], wide=wide)
            theta[..., columns] = linalg.where(bad[..., None, columns], again, theta[..., columns])
    return theta


def sides(cells: Sequence[tuple[int, int]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Cells (N, D) as D → every N ≤ D, and N → every D < N."""
    tall: dict[int, list[int]] = {}
    wide: dict[int, list[int]] = {}
    for N, D in sorted(set(cells)):
        (tall.setdefault(D, []) if N <= D else wide.setdefault(N, [])).append(min(N, D))
    return tall, wide


def losses(
    Phi: Tensor,
    y: Tensor,
    moments: Moments,
    cells: Sequence[tuple[int, int]],
    white: tuple[Tensor, Moments] | None = None,
) -> Tensor:
    """Loss of minimum-norm least squares for every (N, D) of ``cells``, shape (..., n_cells).

    Φ (..., D_max, N_max), y (..., D_max). Exact; rounding as by QR, see `solutions`. ``white``: predictors that
    span the same columns prefix by prefix, and their moments, used for N ≤ D instead (see `sim.joint_rows`).
    """
    tall, wide = sides(cells)
    found: dict[tuple[int, int], Tensor] = {}
    columns, of_columns = (Phi, moments) if white is None else white
    for D, L in factors(columns, {D: max(part) for D, part in tall.items()}):
        part = tall[D]
        theta = solutions(columns[..., :D, : max(part)], y[..., :D], L, part, wide=False)
        found |= {(N, D): loss for N, loss in zip(part, of_columns.losses(theta).unbind(-1), strict=True)}
    for N, L in factors(Phi.mT, {N: max(part) for N, part in wide.items()}):
        part = wide[N]
        m = max(part)
        theta = solutions(Phi[..., :m, :N], y[..., :m], L, part, wide=True)
        found |= {(N, D): loss for D, loss in zip(part, moments.losses(theta).unbind(-1), strict=True)}
    return linalg.stack([found[cell] for cell in cells])
