"""Label noise, infinitely many features and the best ridge: several leaks and noises on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import activations
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.leak import mixed, parts, share_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.sparse_features.activations import Array
    from sim.streams import Stream


@simulation(identities="exact average over teacher and label noise given the rows")
def noisy_ridge(
    stream: Stream, *, n_samples: Sequence[int], settings: Sequence[tuple[float, float]], **law: Any
) -> Columns:
    """Column "bayes": loss with the ridge σ² that is best for a Gaussian teacher, on the first D leaked rows.

    Points: every (leak, σ²) of ``settings`` for the first D of ``n_samples``, then for the second, and so on; shape
    (n_draws, n_sizes · n_settings). All points of a draw mix the same sparse and the same dense rows. The loss is
    tr Λ (I + XᵀX/σ²)⁻¹, the posterior covariance. ``law`` as in `sim.sparse_features.activations.activations`.

    Raises ValueError for a leak outside [0, 1], a variance that is not positive, and as `activations`.
    """
    sizes, mixtures = _checked(n_samples, settings)
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        S, G = parts(rng, activity, max(sizes))
        plain, weighted = (_products(S, G, power) for power in (np.ones_like(activity.variances), activity.variances))
        total = float(activity.variances.sum())
        found = []
        for D in sizes:
            for share, noise in mixtures:
                gram, signal = (_mixture(products, share, D) for products in (plain, weighted))
                gram[np.diag_indices(D)] += noise
                known = linalg.cho_solve(linalg.cho_factor(gram, check_finite=False), signal, check_finite=False)
                found.append(total - float(np.trace(known)))
        return {"bayes": found}

    return columns(stream, measure)


def _products(S: csr_array, G: Array, power: Array) -> tuple[Array, Array, Array]:
    """S W Sᵀ, S W Gᵀ + G W Sᵀ and G W Gᵀ for W = diag(power), each (D × D)."""
    cross = S @ (G * power).T
    return (S * power) @ S.T.toarray(), cross + cross.T, (G * power) @ G.T


def _mixture(products: tuple[Array, Array, Array], share: float, D: int) -> Array:
    """X W Xᵀ of the first D rows of X = sqrt(1 − share) S + sqrt(share) G."""
    sparse, cross, dense = (product[:D, :D] for product in products)
    return np.asarray((1 - share) * sparse + np.sqrt(share * (1 - share)) * cross + share * dense)


def _checked(
    n_samples: Sequence[int], settings: Sequence[tuple[float, float]]
) -> tuple[list[int], list[tuple[float, float]]]:
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    return sizes, [
        (share_of(share), parameters.positive("label_noise", noise, "without noise use `limits` of the leak"))
        for share, noise in parameters.rows("settings", settings, 2)
    ]


@noisy_ridge.brute_force
def _noisy_ridge(
    stream: Stream, *, n_samples: Sequence[int], settings: Sequence[tuple[float, float]], **law: Any
) -> Columns:
    """The posterior covariance itself."""
    activity = activations(**law)

    def measure(rng: np.random.Generator) -> Measured:
        S, G = parts(rng, activity, max(n_samples))
        found = []
        for D in n_samples:
            for share, noise in settings:
                X = mixed(S, G, share)[:D]
                covariance = np.linalg.inv(np.eye(X.shape[1]) + X.T @ X / noise)
                found.append(float(activity.variances @ np.diag(covariance)))
        return {"bayes": found}

    return columns(stream, measure)
