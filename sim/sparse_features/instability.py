"""How often descent with a fixed step is unstable: the largest eigenvalue of sparse data against thresholds.

The step h on |y − Xθ|²/(2D) is unstable when the largest eigenvalue of XᵀX/D exceeds the threshold ω = 2/h. The rows
of a draw are cut into consecutive datasets of D, for every D. A dataset whose trace is below Dω is stable; of the
others the eigenvalues are computed, on the few coordinates that are active at least once. Both are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Array, activations
from sim.sparse_features.per_draw import Measured, columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

SLAB = 2**22
"""Numbers held at a time while eigenvalues are computed."""


@simulation()
def instability(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    thresholds: Sequence[float],
    n_rows: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Column "unstable": share of datasets of D rows whose largest eigenvalue of XᵀX/D exceeds ω.

    Points: every ω of ``thresholds`` for the first D of ``n_samples``, then for the second, and so on; shape
    (n_draws, n_sizes · n_thresholds). A draw has ``n_rows`` rows, hence n_rows // D datasets of every D, which are
    independent for one D and share their rows between different D.

    Raises ValueError if n_rows is below some D, if a threshold is not positive, or as `activations` does.
    """
    sizes, levels = grid(n_samples, thresholds, n_rows)
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_rows)
        return {"unstable": [share for D in sizes for share in shares(largest_eigenvalues(X, D, min(levels)), levels)]}

    return columns(stream, measure)


@simulation()
def instability_of_features(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_features: Sequence[int],
    n_samples: int,
    thresholds: Sequence[float],
    n_rows: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Column "unstable": share of datasets whose largest eigenvalue of ΦᵀΦ/D exceeds ω; Φ = X Fᵀ, F ~ N(0, 1/N).

    Points: every ω of ``thresholds`` for the first N of ``n_features``, then for the second, and so on; shape
    (n_draws, n_sizes · n_thresholds). Every dataset of D = ``n_samples`` rows has its own F, of which smaller N take
    the first features; a draw has n_rows // D datasets.

    Raises ValueError as `instability` does, and if some N is below 1.
    """
    (D,), levels = grid((n_samples,), thresholds, n_rows)
    sizes = [parameters.count("n_features", N) for N in parameters.several("n_features", n_features)]
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> Measured:
        Phi = features(rng, rows(rng, law, n_rows), D, max(sizes))
        return {
            "unstable": [share for N in sizes for share in shares(_of_features(Phi[:, :, :N], min(levels)), levels)]
        }

    return columns(stream, measure)


def largest_eigenvalues(X: csr_array, n_samples: int, least: float = 0.0) -> Array:
    """Largest eigenvalue of XᵀX/D of consecutive datasets of D = n_samples rows, shape (rows // D,).

    Exact where it exceeds ``least``; below, it may be replaced by an upper bound (the trace) that is not above it.
    """
    D = n_samples
    n_sets = X.shape[0] // D
    ends = X.indptr[: (n_sets + 1) * D : D]
    squares = np.concatenate([[0.0], np.cumsum(np.square(X.data))])
    found: Array = np.diff(squares[ends]) / D
    open_sets = np.flatnonzero(found > least * (1 - 1e-9))
    if len(open_sets) == 0:
        return found
    entry, owner = _entries(ends, open_sets)
    row = np.repeat(np.arange(n_sets * D), np.diff(X.indptr[: n_sets * D + 1]))[entry] % D
    column, width = _seen(owner, X.indices[entry])
    step = max(1, SLAB // (D * width))
    for start in range(0, len(open_sets), step):
        here = slice(*np.searchsorted(owner, [start, start + step]))
        dense = np.zeros((min(step, len(open_sets) - start), D, width))
        dense[owner[here] - start, row[here], column[here]] = X.data[entry[here]]
        gram = np.matmul(dense.transpose(0, 2, 1), dense)
        found[open_sets[start : start + step]] = np.linalg.eigvalsh(gram)[:, -1] / D
    return found


def features(rng: np.random.Generator, X: csr_array, n_samples: int, n_features: int) -> Array:
    """Φ = X Fᵀ with an own F ~ N(0, 1/N) for every dataset times sqrt(N): shape (rows // D, D, n_features).

    Only the columns of F that meet an active coordinate are drawn.
    """
    D = n_samples
    n_sets = X.shape[0] // D
    data, row = X.data[: X.indptr[n_sets * D]], np.repeat(np.arange(n_sets * D), np.diff(X.indptr[: n_sets * D + 1]))
    key = (row // D) * X.shape[1] + X.indices[: len(data)]
    kinds, which = np.unique(key, return_inverse=True)
    F = rng.standard_normal((len(kinds), n_features))
    Phi = [np.bincount(row, data * F[which, k], minlength=n_sets * D) for k in range(n_features)]
    return np.asarray(np.stack(Phi, -1).reshape(n_sets, D, n_features), dtype=np.float64)


def _of_features(Phi: Array, least: float) -> Array:
    """Largest eigenvalue of ΦᵀΦ/(D N), or the trace where that is below ``least``."""
    _, D, N = Phi.shape
    found: Array = np.square(Phi).sum((1, 2)) / (D * N)
    large = found > least * (1 - 1e-9)
    chosen = Phi[large]
    found[large] = np.linalg.eigvalsh(np.matmul(chosen.transpose(0, 2, 1), chosen))[:, -1] / (D * N)
    return found


def _entries(ends: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the entries of the chosen datasets in the data, and which of the chosen they belong to (sorted)."""
    counts = np.diff(ends)[chosen]
    owner = np.repeat(np.arange(len(chosen)), counts)
    first = np.cumsum(counts) - counts
    return np.arange(len(owner)) - first[owner] + ends[chosen][owner], owner


def _seen(owner: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, int]:
    """Coordinates renumbered within every dataset by those active there, and the largest number of these."""
    span = int(column.max()) + 1
    kinds, which = np.unique(owner * span + column, return_inverse=True)
    holder = kinds // span
    place = np.arange(len(kinds)) - np.searchsorted(holder, holder)
    return place[which], int(place.max()) + 1


def shares(largest: Array, thresholds: Sequence[float]) -> list[float]:
    """Share of the eigenvalues above each threshold."""
    return [float((largest > level).mean()) for level in thresholds]


def grid(n_samples: Sequence[int], thresholds: Sequence[float], n_rows: int) -> tuple[list[int], list[float]]:
    """Sizes and thresholds, checked: no size above n_rows, no threshold at or below 0."""
    sizes = [parameters.up_to("n_samples", D, "n_rows", n_rows) for D in parameters.several("n_samples", n_samples)]
    remedy = "a step h is unstable beyond the eigenvalue 2/h"
    return sizes, [parameters.positive("threshold", w, remedy) for w in parameters.several("thresholds", thresholds)]


# Brute force: the same rows and features, one dense matrix and its singular values for every dataset.


@instability.brute_force
def _instability(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    thresholds: Sequence[float],
    n_rows: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_rows).toarray()
        found = []
        for D in n_samples:
            largest = np.array([square_norm(X[k * D : (k + 1) * D]) / D for k in range(n_rows // D)])
            found += shares(largest, thresholds)
        return {"unstable": found}

    return columns(stream, measure)


@instability_of_features.brute_force
def _instability_of_features(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_features: Sequence[int],
    n_samples: int,
    thresholds: Sequence[float],
    n_rows: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    law, D = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes), n_samples

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_rows).toarray()[: n_rows // D * D].reshape(-1, D, n_modes)
        active = np.argwhere((X != 0).any(1))  # (dataset, coordinate), in the order in which the features are drawn
        F = np.zeros((len(X), n_modes, max(n_features)))
        F[active[:, 0], active[:, 1]] = rng.standard_normal((len(active), max(n_features)))
        found = []
        for N in n_features:
            largest = np.array([square_norm(x @ f[:, :N]) / (D * N) for x, f in zip(X, F, strict=True)])
            found += shares(largest, thresholds)
        return {"unstable": found}

    return columns(stream, measure)


def square_norm(A: Array) -> float:
    """Square of the largest singular value."""
    return float(np.linalg.svd(A, compute_uv=False)[0] ** 2)
