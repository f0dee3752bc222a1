"""How often descent with a fixed step is unstable for infinitely many ReLU features without bias, on sparse rows.

Features max(0, f·x), f ~ N(0, I), have the Gram matrix K = |x| |x'| κ(cos)/2 of the rows, κ the arc-cosine kernel of
degree 1; the step h is unstable where an eigenvalue of K/D exceeds ω = 2/h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.experiment import simulation
from sim.sparse_features.activations import Array, activations
from sim.sparse_features.instability import grid, largest_eigenvalues, shares, square_norm
from sim.sparse_features.kernel import arc_cosine
from sim.sparse_features.per_draw import Measured, columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream


@simulation()
def relu_instability(
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
    """Shares of datasets of D rows whose largest eigenvalue exceeds ω, or 2 ω, on the same datasets.

    Columns "relu", of K/D beyond ω; "linear_twice", of XXᵀ/D beyond 2 ω; "linear", of XXᵀ/D beyond ω. Points: every ω
    of ``thresholds`` for the first D of ``n_samples``, then for the second, and so on. A draw has ``n_rows`` rows,
    hence n_rows // D datasets of every D, independent for one D, which share their rows between different D.

    Raises ValueError if n_rows is below some D, if a threshold is not positive, or as `activations` does.
    """
    sizes, levels = grid(n_samples, thresholds, n_rows)
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    doubled = [2 * level for level in levels]

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_rows)
        found: dict[str, list[float]] = {"relu": [], "linear_twice": [], "linear": []}
        for D in sizes:
            linear = largest_eigenvalues(X, D, min(levels))
            found["relu"] += shares(kernel_eigenvalues(X, D, levels), levels)
            found["linear_twice"] += shares(linear, doubled)
            found["linear"] += shares(linear, levels)
        return dict(found)

    return columns(stream, measure)


def kernel_eigenvalues(X: csr_array, n_samples: int, levels: Sequence[float]) -> Array:
    """Largest eigenvalue of K/D of consecutive datasets of D = n_samples rows, or a number among the same ``levels``.

    Shape (rows // D,). Where its largest entry on the diagonal, below it, and the root of the sum of squares, above it,
    lie between the same two levels, the former stands for the eigenvalue.
    """
    D = n_samples
    n_sets, levels = X.shape[0] // D, sorted(levels)
    squares = np.asarray(X.multiply(X).sum(1)).ravel()[: n_sets * D].reshape(n_sets, D) / (2 * D)
    found: Array = squares.max(1)
    for k in np.flatnonzero(squares.sum(1) > levels[0]):
        K = kernel_matrix(X[k * D : (k + 1) * D]) / D
        above = np.linalg.norm(K)
        if np.searchsorted(levels, found[k]) != np.searchsorted(levels, above):
            found[k] = np.linalg.eigvalsh(K)[-1]
    return found


def kernel_matrix(X: csr_array) -> Array:
    """K = |x| |x'| κ(cos)/2 of the rows of X."""
    G = (X @ X.T).toarray()
    length = np.sqrt(np.diag(G))
    product = np.outer(length, length)
    return product * arc_cosine(np.divide(G, product, out=np.zeros_like(G), where=product > 0)) / 2


@relu_instability.brute_force
def _relu_instability(
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
    """The same rows; every kernel as the mean over directions f of the plane of two rows, every dataset in full."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    angle = np.linspace(0, 2 * np.pi, 2001)[:-1]

    def entry(x: Array, y: Array) -> float:
        lengths = float(np.linalg.norm(x) * np.linalg.norm(y))
        if lengths == 0:
            return 0.0
        between = np.arccos(np.clip(x @ y / lengths, -1, 1))  # E |f|² = 2 in a plane
        return 2 * lengths * float((np.maximum(np.cos(angle), 0) * np.maximum(np.cos(angle - between), 0)).mean())

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_rows).toarray()
        found: dict[str, list[float]] = {"relu": [], "linear_twice": [], "linear": []}
        for D in n_samples:
            sets = [X[k * D : (k + 1) * D] for k in range(n_rows // D)]
            relu = np.array([np.linalg.eigvalsh([[entry(x, y) for y in A] for x in A])[-1] / D for A in sets])
            linear = np.array([square_norm(A) / D for A in sets])
            found["relu"] += shares(relu, thresholds)
            found["linear_twice"] += shares(linear / 2, thresholds)
            found["linear"] += shares(linear, thresholds)
        return dict(found)

    return columns(stream, measure)
