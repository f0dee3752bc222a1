"""Minimum-norm least squares of explicit random features on any model of sparsity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Array
from sim.sparse_features.given_data import pseudo_inverse
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.limits import row_space
from sim.sparsity_models.model import Model, spread
from sim.sparsity_models.registry import model_named

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

AVERAGES = "exact average over the teacher given rows and features"
MANY = 4
"""Samples per feature from which on normal equations are safe."""
Cells = Sequence[tuple[int, int]]


@simulation(identities=AVERAGES)
def losses(stream: Stream, *, model: str, cells: Cells, n_replicates: int = 1, **law: Any) -> Columns:
    """Loss of N random features on D rows for every (N, D) of ``cells``.

    Columns "loss" = tr (I − FᵀK) Ω (I − FᵀK)ᵀ Λ, K = (X Fᵀ)⁺ X, and "log_loss"; means over ``n_replicates``
    independent datasets, (n_draws, n_cells). Within a dataset all cells take leading rows of one X and of one F
    (entries of variance 1).

    The mean of "loss" exists for N ≤ r − 2 and N ≥ r + 2, r the rank of the rows; "log_loss" has all moments.
    Raises ValueError for an unknown model and for parameters outside their ranges, see the model.
    """
    on, where = model_named(model, **law), _cells(cells)

    def measure(rng: np.random.Generator) -> Measured:
        X = on.rows(rng, max(D for _, D in where))
        F = rng.standard_normal((max(N for N, _ in where), len(on.variances)))
        return _columns(losses_of(X, F, on, where), where)

    return columns(stream, measure, parameters.count("n_replicates", n_replicates))


def losses_of(X: csr_array, F: Array, on: Model, cells: Cells) -> dict[tuple[int, int], float]:
    """Loss at every cell for leading rows of X and of F."""
    found: dict[tuple[int, int], float] = {}
    outer = spread(on, F, F)
    for D in dict.fromkeys(D for _, D in cells):
        sizes = [N for N, samples in cells if samples == D]
        few = [N for N in sizes if D >= MANY * N]
        fits = _by_moments(X[:D], F, few) | _by_rows(X[:D], F, [N for N in sizes if N not in few])
        found |= {(N, D): loss(K, F[:N], outer[:N, :N], on) for N, K in fits.items()}
    return found


def loss(K: Array, F: Array, outer: Array, on: Model) -> float:
    """Tr (I − FᵀK) Ω (I − FᵀK)ᵀ Λ of coefficients K (N × M) per unit of the teacher; ``outer`` = F Λ Fᵀ."""
    taught = K * on.teacher
    own = on.variances - on.mean**2
    overlap = (taught * (F * own)).sum() + (F @ on.mean) @ (taught @ on.mean)
    return float(on.variances @ on.teacher - 2 * overlap + (outer * (taught @ K.T)).sum())


def _by_moments(X: csr_array, F: Array, n_features: Sequence[int]) -> dict[int, Array]:
    """K by normal equations, where samples are many; by rows where these are singular."""
    if not n_features:
        return {}
    Phi = X @ F[: max(n_features)].T
    G, B = Phi.T @ Phi, (X.T @ Phi).T
    found = {}
    for N in n_features:
        try:
            factor = linalg.cho_factor(G[:N, :N], check_finite=False)
        except linalg.LinAlgError:
            factor = (np.zeros((1, 1)), False)
        pivots = np.diag(factor[0])
        if pivots.min() > 1e-6 * pivots.max():
            found[N] = np.asarray(linalg.cho_solve(factor, B[:N], check_finite=False))
    return found | _by_rows(X, F, [N for N in n_features if N not in found])


def _by_rows(X: csr_array, F: Array, n_features: Sequence[int]) -> dict[int, Array]:
    """K by the row space of X = C Vᵀ: (X Fᵀ)⁺ X = (C (F V)ᵀ)⁺ C Vᵀ, C of full column rank r."""
    if not n_features:
        return {}
    seen = np.unique(X.indices)
    dense = X[np.flatnonzero(np.diff(X.indptr))][:, seen].toarray()
    V = row_space(dense)
    C = linalg.qr(dense @ V, mode="r", check_finite=False)[0][: V.shape[1]]  # square: rotations of samples are free
    found = {}
    for N in n_features:
        K = np.zeros((N, X.shape[1]))
        if V.shape[1]:
            K[:, seen] = pseudo_inverse(C @ (F[:N, seen] @ V).T) @ (C @ V.T)
        found[N] = K
    return found


def _cells(cells: Cells) -> list[tuple[int, int]]:
    return [
        (parameters.count("n_features", N), parameters.count("n_samples", D))
        for N, D in parameters.rows("cells", cells, 2)
    ]


def _columns(found: dict[tuple[int, int], float], cells: Cells) -> Measured:
    values = [found[cell] for cell in cells]
    return {"loss": values, "log_loss": np.log(values).tolist()}


@losses.brute_force
def _losses(stream: Stream, *, model: str, cells: Cells, n_replicates: int = 1, **law: Any) -> Columns:
    """The same rows and features; a pseudo-inverse on all rows and the definition on all coordinates."""
    on = model_named(model, **law)

    def measure(rng: np.random.Generator) -> Measured:
        X = on.rows(rng, max(D for _, D in cells)).toarray()
        F = rng.standard_normal((max(N for N, _ in cells), len(on.variances)))
        return _columns({(N, D): defined(X[:D], F[:N], on) for N, D in cells}, cells)

    return columns(stream, measure, n_replicates)


def defined(X: Array, F: Array, on: Model) -> float:
    """Loss tr (I − FᵀK) Ω (I − FᵀK)ᵀ Λ, K = (X Fᵀ)⁺ X, as it is defined: rows X (D × M), features F (N × M)."""
    fit = F.T @ np.linalg.pinv(X @ F.T, rcond=1e-12) @ X
    error = np.eye(len(on.variances)) - fit.T
    return float(np.diag(spread(on, error, error)) @ on.teacher)
