"""What random features resolve, from panels of their columns: memory does not grow with the number of modes.

Only sums over modes are needed: G = F Λ Fᵀ, A = F Λ² Fᵀ (isotropic teacher) and b = F Λ w, N numbers a row. Solving
with the Cholesky factor of G loses digits as N grows, the more the steeper the spectrum: where the estimate passes
`TRUSTED` the panels are drawn a second time and made orthonormal by the first factor, so that a second factor,
of a matrix close to the identity, restores them (Cholesky-QR twice).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sim import linalg
from sim.conditional import Features, features

if TYPE_CHECKING:
    from torch import Tensor

    from sim.streams import Stream

WIDTH = 4096
"""Modes per panel. Changing it changes the streams of streamed experiments."""
TRUSTED = 1e-6
"""Estimated relative rounding error of the smallest unresolved loss that is let pass."""


class Taught(NamedTuple):
    """One teacher in the features' orthonormal coordinates, prefix by prefix."""

    L: Tensor  # L_G (..., N, N)
    q: Tensor  # L_G⁻¹ F Λ w (..., N)
    s: Tensor  # wᵀ Λ w (...)


def spectrum(decay: float, n_modes: int, like: Tensor) -> Tensor:
    """Variances i^−(1+decay), shape (n_modes,)."""
    return linalg.powers(n_modes, -(1 + decay), like)


def _panels(stream: Stream, n_features: int, variances: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """F Λ^½ (n_draws, N, width), Λ^½ w (n_draws, width, 1) and Λ^½ (width,), panel after panel."""
    for start in range(0, len(variances), WIDTH):
        part = variances[start : start + WIDTH]
        root = part.sqrt()
        F = stream.normal(n_features, len(part))
        w = stream.normal(len(part), 1)
        yield F.mul_(root), w.mul_(root[:, None]), root


def resolve(stream: Stream, *, decay: float, n_modes: int, n_features: int) -> Features:
    """Draw F and return what every leading part of the features resolves of an isotropic teacher.

    Exact. Memory O(n_draws · n_features · (WIDTH + n_features)), whatever n_modes.
    """
    again = stream.fork()
    variances = spectrum(decay, n_modes, stream.normal(0))
    total = variances.sum()
    G, A, _, _ = _sums(_panels(stream, n_features, variances), average=True)
    given = features(G, A, total)
    if trusted(given.L, total / given.unresolved[..., -1]):
        return given
    first = linalg.factor(G)
    again.normal(0)
    G, A, _, _ = _sums(_panels(again, n_features, variances), first, average=True)
    given = features(G, A, total)
    return given._replace(L=first @ given.L)


def teach(stream: Stream, *, decay: float, n_modes: int, n_features: int) -> Taught:
    """Draw F and a teacher w with E w wᵀ = I and return what the features resolve of it; see `resolve`."""
    again = stream.fork()
    variances = spectrum(decay, n_modes, stream.normal(0))
    G, _, b, s = _sums(_panels(stream, n_features, variances), average=False)
    L = linalg.factor(G)
    q = linalg.solve(L, b)[..., 0]
    if trusted(L, s / (s - q.square().sum(-1))):
        return Taught(L, q, s)
    again.normal(0)
    G, _, b, _ = _sums(_panels(again, n_features, variances), L, average=False)
    second = linalg.factor(G)
    return Taught(L @ second, linalg.solve(second, b)[..., 0], s)


def trusted(L: Tensor, cancelled: Tensor) -> bool:
    """Whether a first pass is exact enough, ``cancelled`` being the ratio of the whole to the unresolved loss."""
    pivots = L.diagonal(dim1=-2, dim2=-1)
    spread = pivots.amax(-1) / pivots.amin(-1)
    return bool((2.0**-53 * L.shape[-1] * spread * spread * cancelled.abs() <= TRUSTED).all())


def _sums(
    panels: Iterator[tuple[Tensor, Tensor, Tensor]], L: Tensor | None = None, *, average: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """S Sᵀ, S Λ Sᵀ, S Λ^½ w and wᵀ Λ w for the rows S = F Λ^½, or L⁻¹ F Λ^½.

    ``average`` leaves the sums with w at 0, else the second is left at 0: one Gram matrix costs most of a panel.
    """
    G = A = b = s = None
    for rows, w, root in panels:
        S = rows if L is None else linalg.solve(L, rows)
        if G is None or A is None or b is None or s is None:
            G, A = (linalg.zeros((*S.shape[:-1], S.shape[-2]), S) for _ in range(2))
            b, s = linalg.zeros((*S.shape[:-1], 1), S), linalg.zeros(S.shape[:-2], S)
        linalg.add_gram(G, S.mT)
        if average:
            linalg.add_gram(A, S.mul_(root).mT)
        else:
            b += S @ w
            s += w.square().sum((-1, -2))
    assert G is not None
    assert A is not None
    assert b is not None
    assert s is not None
    return G, linalg.symmetric(A), b, s
