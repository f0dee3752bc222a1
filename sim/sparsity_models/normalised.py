"""Sparse rows divided by their norm: what they teach, measured on fresh rows, their spectrum and unstable steps.

The second moments of such rows are not used: losses are mean squares on fresh rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations, activations
from sim.sparse_features.instability import grid, largest_eigenvalues, shares, square_norm
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.limits import CUTOFF, row_space

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


def rows(rng: np.random.Generator, law: Activations, n: int) -> csr_array:
    """Rows x/|x| of the base model; a row without active coordinates stays zero."""
    X = independent_rows.rows(rng, law, n)
    square = np.zeros(n)
    row = np.repeat(np.arange(n), np.diff(X.indptr))
    np.add.at(square, row, X.data**2)
    X.data /= np.sqrt(square[row])
    return X


@simulation(identities="infinitely many features: the fit is the projection of the teacher on the row space; exact "
            "average over the teacher given training and test rows")  # fmt: skip
def learned(stream: Stream, *, n_samples: Sequence[int], n_test: int, n_replicates: int = 1, **law: Any) -> Columns:
    """Loss of infinitely many features given the first D normalised rows, on ``n_test`` fresh normalised rows.

    Columns "loss" = mean of |z − P z|² over test rows z, P the projector on the row space, and "unseen", its part on
    coordinates that no training row shows; shape (n_draws, n_sizes). Means over ``n_replicates`` independent pairs of
    training and test rows. ``law`` as in `activations`.
    """
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    tests, activity = parameters.count("n_test", n_test), activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        X, Z = rows(rng, activity, max(sizes)), rows(rng, activity, tests)
        found = np.array([_left(X[:D], Z) for D in sizes])
        return {"loss": found[:, 0].tolist(), "unseen": found[:, 1].tolist()}

    return columns(stream, measure, parameters.count("n_replicates", n_replicates))


def _left(X: csr_array, Z: csr_array) -> tuple[float, float]:
    """Mean square of the rows of Z off the row space of X, and off the coordinates that X shows."""
    seen = np.unique(X.indices)
    V = row_space(X[np.flatnonzero(np.diff(X.indptr))][:, seen].toarray())
    inside = Z[:, seen]
    square = np.square(Z.data).sum()
    shown = np.square(inside.data).sum()
    return float(square - np.square(inside @ V).sum()) / Z.shape[0], float(square - shown) / Z.shape[0]


@learned.brute_force
def _learned(stream: Stream, *, n_samples: Sequence[int], n_test: int, n_replicates: int = 1, **law: Any) -> Columns:
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        X, Z = (_divided(independent_rows.rows(rng, activity, n)) for n in (max(n_samples), n_test))
        loss, unseen = [], []
        for D in n_samples:
            residual = Z - Z @ np.linalg.pinv(X[:D], rcond=CUTOFF) @ X[:D]
            loss.append(float(np.square(residual).sum(1).mean()))
            unseen.append(float(np.square(Z[:, (X[:D] == 0).all(0)]).sum(1).mean()))
        return {"loss": loss, "unseen": unseen}

    return columns(stream, measure, n_replicates)


@simulation()
def powers(stream: Stream, *, coordinates: Sequence[int], n_rows: int, **law: Any) -> Columns:
    """Column "power": mean of x_i²/|x|² over ``n_rows`` rows, for every i (from 1) of ``coordinates``."""
    activity, n = activations(**law), parameters.count("n_rows", n_rows)
    where = [
        parameters.up_to("coordinates", i, "n_modes", len(activity.variances))
        for i in parameters.several("coordinates", coordinates)
    ]

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, activity, n)
        total = np.bincount(X.indices, np.square(X.data), minlength=len(activity.variances))
        return {"power": (total[np.array(where) - 1] / n).tolist()}

    return columns(stream, measure)


@powers.brute_force
def _powers(stream: Stream, *, coordinates: Sequence[int], n_rows: int, **law: Any) -> Columns:
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        X = _divided(independent_rows.rows(rng, activity, n_rows))
        return {"power": [float(np.mean(X[:, i - 1] ** 2)) for i in coordinates]}

    return columns(stream, measure)


@simulation()
def unstable(
    stream: Stream, *, n_samples: Sequence[int], thresholds: Sequence[float], n_rows: int, **law: Any
) -> Columns:
    """Column "unstable": share of datasets of D normalised rows whose largest eigenvalue of XᵀX/D exceeds ω.

    Points and datasets as in `sim.sparse_features.instability.instability`, but every eigenvalue is computed: the
    trace, which bounds them, is not used. Raises ValueError as it does.
    """
    sizes, levels = grid(n_samples, thresholds, n_rows)
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, activity, n_rows)
        return {"unstable": [share for D in sizes for share in shares(largest_eigenvalues(X, D), levels)]}

    return columns(stream, measure)


@unstable.brute_force
def _unstable(
    stream: Stream, *, n_samples: Sequence[int], thresholds: Sequence[float], n_rows: int, **law: Any
) -> Columns:
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        X, found = _divided(independent_rows.rows(rng, activity, n_rows)), []
        for D in n_samples:
            largest = np.array([square_norm(X[k * D : (k + 1) * D]) / D for k in range(n_rows // D)])
            found += shares(largest, thresholds)
        return {"unstable": found}

    return columns(stream, measure)


def _divided(X: csr_array) -> np.ndarray:
    """Every row of X over its norm, as a full array."""
    full = X.toarray()
    norm = np.linalg.norm(full, axis=1, keepdims=True)
    return np.asarray(np.divide(full, norm, out=np.zeros_like(full), where=norm > 0))
