"""Least squares on a whole grid of sizes (N, D) from one draw of sparse rows and random features.

Sparse data are short of rank: the first D rows span r(D) dimensions, often far fewer than D. Let Q (r × S) be the
nested orthonormal basis of `sim.sparse_features.independent_rows`, Ψ = F Qᵀ (N × r) the features in it, and
X_D = V R Q with V orthonormal and R (r × r) triangular, which grows by the new rows. Leading parts of Q and Ψ serve
smaller sizes. Minimum-norm least squares of X w + ε on X Fᵀ is then

- N ≤ r(D): least squares of R u + Vᵀε on A = R Ψᵀ (r × N), u = Q w; one QR factor per D, nested in N;
- N > r(D): the shortest solution of Ψᵀθ = u + R⁻¹Vᵀε; one QR factor of Ψ per N, nested in r(D).

Only algebra, exact for any arrays; nothing but the seen coordinates enters. What of a loss is on the unseen ones, of
variance U in all, depends on features and teacher that the fit is independent of: it averages to U (1 + |θ|²).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sim import linalg, sweeps
from sim.sparse_features.independent_rows import IndependentRows, independent_rows

if TYPE_CHECKING:
    from torch import Tensor

Cells = Sequence[tuple[int, int]]


class Data(NamedTuple):
    """Rows in an orthonormal basis of their row space; see the module for the letters."""

    rows: IndependentRows
    basis: Tensor  # Q (r × S)
    factors: dict[int, Tensor]  # D → R (r(D) × r(D))
    noise: dict[int, Tensor]  # D → Vᵀε (r(D) × T)


def data(X: csr_array, sizes: Sequence[int], noise: np.ndarray | None = None) -> Data:
    """`Data` for the leading D rows of X for every D of ``sizes``, with label noises ε (D × T), none by default."""
    kept = independent_rows(X)
    eps = np.zeros((X.shape[0], 0)) if noise is None else noise
    C = np.hstack((X[:, kept.seen] @ kept.basis.T, eps))  # X in the basis (D × r) and the noise beside it
    R, r, done = np.zeros((0, eps.shape[1])), 0, 0
    factors, noises = {}, {}
    for D in sorted(set(sizes)):
        before, r = r, kept.rank(D)
        columns = np.r_[:r, len(kept.rows) : C.shape[1]]
        stacked = np.vstack((np.insert(R, before, np.zeros((r - before, 1)), axis=1), C[done:D, columns]))
        full = linalg.triangular_factor(linalg.from_numpy(stacked))
        R, done = full[:r].numpy(), D
        factors[D], noises[D] = full[:r, :r], full[:r, r:]
    return Data(kept, linalg.from_numpy(kept.basis), factors, noises)


def sides(given: Data, cells: Cells) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Cells as D → every N ≤ r(D), and N → every D with 0 < r(D) < N."""
    tall: dict[int, list[int]] = {}
    wide: dict[int, list[int]] = {}
    for N, D in sorted(set(cells)):
        r = given.rows.rank(D)
        if r >= N:
            tall.setdefault(D, []).append(N)
        elif r:
            wide.setdefault(N, []).append(D)
    return tall, wide


def solutions(given: Data, F: Tensor, w: Tensor, cells: Cells) -> dict[tuple[int, int], Tensor]:
    """Minimum-norm θ (N × T) for every cell (N, D).

    F (N × S) are the features and w (S × T) several teachers on the seen coordinates; the label noise is that of
    ``given``, one for each teacher, if it has any.
    """
    Psi, u = F @ given.basis.mT, given.basis @ w
    T = w.shape[-1]
    noise = {D: e if e.shape[-1] else 0.0 for D, e in given.noise.items()}
    found = {(N, D): linalg.zeros((N, T), F) for N, D in cells}
    tall, wide = sides(given, cells)
    for D, part in tall.items():
        R = given.factors[D]
        Q, S = linalg.qr(R @ Psi[: max(part), : len(R)].mT)
        c = Q.mT @ (R @ u[: len(R)] + noise[D])  # (N × T)
        cut = linalg.where(linalg.leading(part, max(part), F)[:, :, None], c[:, None], 0.0)
        theta = linalg.solve(S, cut.flatten(1), upper=True).reshape(-1, len(part), T)
        found |= {(N, D): theta[:N, k] for k, N in enumerate(part)}
    for N, part in wide.items():
        ranks = [given.rows.rank(D) for D in part]
        Q, S = linalg.qr(Psi[:N, : max(ranks)])
        labels = linalg.zeros((max(ranks), len(part), T), F)
        for k, (D, r) in enumerate(zip(part, ranks, strict=True)):
            e = given.noise[D]
            labels[:r, k] = u[:r] + (linalg.solve(given.factors[D], e, upper=True) if e.shape[-1] else 0.0)
        c = linalg.solve(S.mT, labels.flatten(1)).reshape(-1, len(part), T)
        c = linalg.where(linalg.leading(ranks, max(ranks), F)[:, :, None], c, 0.0)
        theta = (Q @ c.flatten(1)).reshape(-1, len(part), T)
        found |= {(N, D): theta[:, k] for k, D in enumerate(part)}
    return found


def averaged(given: Data, F: Tensor, G: Tensor, variances: Tensor, total: Tensor, cells: Cells) -> Tensor:
    """Loss without label noise averaged over an isotropic teacher, for every cell; shape (n_cells,).

    F (N × S) and ``variances`` (S,) on the seen coordinates, ``total`` = tr Λ. G is F Λ Fᵀ over all coordinates; with
    F Λ Fᵀ over the seen ones + U I the loss is averaged over the features of the unseen ones as well.
    """
    Psi, cross = F @ given.basis.mT, (F * variances) @ given.basis.mT  # F Qᵀ, F Λ Qᵀ (N × r)
    found = dict.fromkeys(cells, total)
    tall, wide = sides(given, cells)
    for D, part in tall.items():
        R, n = given.factors[D], max(part)
        A, rows = R @ Psi[:n, : len(R)].mT, R @ cross[:n, : len(R)].mT
        bias, _ = sweeps.losses(A, G[:n, :n], R @ R.mT, rows, total, wide=False)
        found |= {(N, D): bias[N - 1] for N in part}
    for N, part in wide.items():
        ranks = {D: given.rows.rank(D) for D in part}
        n = max(ranks.values())
        bias, _ = sweeps.losses(Psi[:N, :n], linalg.eye(n, F), G[:N, :N], cross[:N, :n], total, wide=True)
        found |= {(N, D): bias[r - 1] for D, r in ranks.items()}
    return linalg.stack([found[cell] for cell in cells])
