"""Infinitely many features on any model of sparsity: what the rows leave unknown, and their rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Array
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.model import Model, spread
from sim.sparsity_models.registry import model_named

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

NAMES = ("loss", "unseen", "rank", "seen")
CUTOFF = 1e-11
"""Singular values below this part of the largest are zero."""
ORTHOGONAL = 1e-5
"""Relative pivot of the rows' triangular factor above which they are taken to be independent."""


@simulation(identities="infinitely many features: the fit is the projection of the teacher on the row space; exact "
            "average over the teacher given the rows")  # fmt: skip
def limits(stream: Stream, *, model: str, n_samples: Sequence[int], n_replicates: int = 1, **law: Any) -> Columns:
    """Loss of infinitely many features given the first D rows, for every D of ``n_samples``.

    Columns "loss" = tr (I − P) Λ (I − P) Ω, P the projector on the row space, Λ the second moments of a row and Ω
    those of the teacher; "unseen", its part on coordinates never active; "rank" of the rows; "seen", coordinates
    active at least once. Means over ``n_replicates`` independent datasets, (n_draws, n_sizes).

    Raises ValueError for an unknown model and for parameters outside their ranges, see the model.
    """
    return limits_of(stream, model_named(model, **law), n_samples, n_replicates)


def limits_of(stream: Stream, on: Model, n_samples: Sequence[int], n_replicates: int = 1) -> Columns:
    """`limits` of a model that has no name: one of your own, in a claim file."""
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]

    def measure(rng: np.random.Generator) -> Measured:
        X = on.rows(rng, max(sizes))
        return dict(zip(NAMES, np.array([_left(X[:D], on) for D in sizes]).T.tolist(), strict=True))

    return columns(stream, measure, parameters.count("n_replicates", n_replicates))


def row_space(X: Array) -> Array:
    """Orthonormal basis V (S × r) of the row space of X (D × S)."""
    if not X.size:
        return np.zeros((X.shape[1], 0))
    if X.shape[0] <= X.shape[1]:  # perhaps all rows are independent: then no singular values are needed
        Q, R = linalg.qr(X.T / np.linalg.norm(X, axis=1), mode="economic", check_finite=False)
        if np.abs(np.diag(R)).min() > ORTHOGONAL:
            return np.asarray(Q)
    else:
        X = linalg.qr(X, mode="r", check_finite=False)[0][: X.shape[1]]
    _, s, Vt = linalg.svd(X, full_matrices=False, check_finite=False)
    return np.asarray(Vt[s > CUTOFF * s[0]].T)


def _left(X: csr_array, on: Model) -> tuple[float, float, float, float]:
    """Loss, its unseen part, rank and number seen."""
    seen = np.unique(X.indices)
    V = row_space(X[np.flatnonzero(np.diff(X.indptr))][:, seen].toarray())
    unseen = np.delete(on.variances, seen) @ np.delete(on.teacher, seen)
    return float(unseen) + _unresolved(V, on, seen), float(unseen), float(V.shape[1]), float(len(seen))


def _unresolved(V: Array, on: Model, seen: np.ndarray) -> float:
    """Part of the loss on the seen coordinates: Σ_i Ω_ii (R Λ R)_ii, R = I − V Vᵀ."""
    teacher, mean = on.teacher[seen], on.mean[seen]
    own = on.variances[seen] - mean**2
    resolved = np.square(V).sum(1)
    shift = mean - V @ (V.T @ mean)
    if (teacher == 1).all():
        return float(own @ np.maximum(0.0, 1 - resolved) + shift @ shift)
    inside = (V.T * own) @ V
    square = own * (1 - 2 * resolved) + ((V @ inside) * V).sum(1)  # Σ_j own_j R_ij²
    return float(teacher @ (square + shift**2))


@limits.brute_force
def _limits(stream: Stream, *, model: str, n_samples: Sequence[int], n_replicates: int = 1, **law: Any) -> Columns:
    """From definitions, with a pseudo-inverse on all coordinates."""
    on = model_named(model, **law)

    def measure(rng: np.random.Generator) -> Measured:
        X, found = on.rows(rng, max(n_samples)).toarray(), []
        for D in n_samples:
            R = np.eye(len(on.variances)) - np.linalg.pinv(X[:D], rcond=CUTOFF) @ X[:D]
            left, hidden = np.diag(spread(on, R, R)) * on.teacher, (X[:D] == 0).all(0)
            found.append((left.sum(), left[hidden].sum(), np.linalg.matrix_rank(X[:D]), (~hidden).sum()))
        return dict(zip(NAMES, np.array(found).T.tolist(), strict=True))

    return columns(stream, measure, n_replicates)
