"""Log loss beyond the interpolation peak on redrawn sparse datasets, for iso-compute curves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import per_draw
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.independent_rows import independent_rows
from sim.sparse_features.learned import losses
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]


@simulation(
    identities="averaged over an isotropic teacher and over the features of what the data do not show; the linear "
    "effect of the unseen mass and of the number of coordinates seen is subtracted, less its exact mean"
)
def log_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Column "log_loss" (cells): log loss of N random features on D sparse rows, for every (N, D) of ``cells``.

    One dataset serves all cells, its leading D rows each, and one matrix of features. From the log the control variate
    (U − E U)/E U + (S − E S)/(N − 1 − E S) is subtracted: U the variance of the coordinates never seen, S the number of
    those seen, both sums of independent indicators with means (1 − p_i)^D. It changes the noise, not the mean.
    Raises ValueError where N does not exceed E S + 1: there the loss has no such expansion.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    sizes = parameters.several("cells", cells)
    expected = {D: _expected(decay, sparsity, n_modes, scale, D) for _, D in sizes}
    for N, D in sizes:
        if expected[D][1] + 1 >= N:
            raise ValueError(f"n_features must exceed the {expected[D][1]:.1f} coordinates seen in {D} rows, got {N}")

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"log_loss": _controlled(rng, law, sizes, expected)}

    return per_draw.columns(stream, measure, n_replicates)


@cache
def _expected(decay: float, sparsity: float, n_modes: int, scale: float, D: int) -> tuple[float, float]:
    """E U and E S."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    missed = (1 - law.probabilities) ** D
    return float(law.variances @ missed), float((1 - missed).sum())


def _controlled(
    rng: np.random.Generator, law: Activations, cells: Cells, expected: dict[int, tuple[float, float]]
) -> list[float]:
    X = rows(rng, law, max(D for _, D in cells))
    kept = independent_rows(X)
    first = _first_rows(X, kept.seen)
    variances = law.variances[kept.seen]
    resolved = np.append(0.0, np.cumsum(kept.basis**2 @ variances))  # tr Λ P_X after the first k kept rows
    G = rng.standard_normal((max(N for N, _ in cells), len(kept.rows)))
    found = []
    for N, D in cells:
        r, seen = kept.rank(D), first < D
        left = float(law.variances.sum() - variances[seen].sum())
        loss = law.variances.sum() - resolved[r]
        mass, number = expected[D]
        log_loss = _log_loss(rng, X, law, G[:N, :r], D, float(loss))
        found.append(log_loss - (left - mass) / mass - (seen.sum() - number) / (N - 1 - number))
    return found


def _first_rows(X: csr_array, seen: np.ndarray) -> np.ndarray:
    """Row in which each coordinate of ``seen`` is active first."""
    entries, place = np.unique(X.indices, return_index=True)
    assert len(entries) == len(seen)
    row: np.ndarray = np.searchsorted(X.indptr, place, side="right") - 1
    return row


def _log_loss(rng: np.random.Generator, X: csr_array, law: Activations, G: Array, D: int, left: float) -> float:
    """Logarithm of T (1 + tr (GᵀG)⁻¹) if N >= r; below, the loss of the dataset's own fit."""
    N, r = G.shape
    if r == 0:
        return float(np.log(left))
    if r > N:
        return float(np.log(losses(rng, dataset(X[:D], law.variances), [N]).loss[0]))
    return float(np.log(left) + np.log1p(np.trace(np.linalg.inv(G.T @ G))))


@log_losses.brute_force
def log_losses_brute(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """From definitions: every cell its own rows and features, a pseudo-inverse, no control variate."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"log_loss": [np.log(_explicit(rng, law, *cell)) for cell in cells]}

    return per_draw.columns(stream, measure, n_replicates)


def _explicit(rng: np.random.Generator, law: Activations, N: int, D: int) -> float:
    X = rows(rng, law, D).toarray()
    seen = np.flatnonzero((X != 0).any(0))
    V = np.linalg.svd(X[:, seen], full_matrices=False)[2]
    V = V[: np.linalg.matrix_rank(X[:, seen])].T  # (S, r)
    G = rng.standard_normal((N, V.shape[1]))
    theta = np.linalg.pinv(X[:, seen] @ V @ G.T) @ X[:, seen]  # (N, S)
    known = law.variances[seen]
    error = np.eye(len(seen)) - V @ G.T @ theta  # of the features' part in the row space
    outside = np.eye(len(seen)) - V @ V.T
    spread = float(np.square(theta).sum())
    left = float(law.variances.sum() - known.sum()) + float(known @ np.diag(outside))
    return float(known @ np.square(error).sum(1) + (left - known @ np.diag(outside)) + spread * left)
