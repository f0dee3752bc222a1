"""Least squares of few random features on many sampled sparse rows, simulated: data are drawn and fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream


DENSE = 0.05
"""Share of nonzero entries above which the moments of the rows are held as an ordinary matrix."""


def _world(
    decay: float, sparsity: float, n_modes: int, n_samples: int, n_features: Sequence[int], scale: float, kind: str
) -> tuple[Activations, list[int]]:
    D = parameters.count("n_samples", n_samples)
    sizes = [parameters.below("n_features", N, "n_samples", D) for N in parameters.several("n_features", n_features)]
    return activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=kind), sizes


@simulation(identities="exact average over the teacher given features and rows")
def infinite_data(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_features: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Population loss of the least-squares fit of N features to D >> N sampled rows, for every N of ``n_features``.

    Column "loss" = ‖Λ^½ (I − Fᵀ Θ)‖², Θ = (X Fᵀ)⁺ X (N × M) the fit per unit of the teacher, averaged over an
    isotropic teacher and over ``n_replicates`` independent F on the same rows; shape (n_draws, n_sizes). Fewer
    features are leading rows of one F.

    Raises ValueError if some N is not below n_samples, and for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law, sizes = _world(decay, sparsity, n_modes, n_samples, n_features, scale, amplitudes)

    replicates = parameters.count("n_replicates", n_replicates)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, n_samples)
        moments = X.T @ X  # C = Σ x xᵀ over the rows: all that least squares knows of them
        if moments.nnz > DENSE * n_modes**2:
            moments = moments.toarray()
        features = (rng.standard_normal((max(sizes), n_modes)) for _ in range(replicates))
        return {"loss": np.mean([_losses(F, moments, law.variances, sizes) for F in features], axis=0).tolist()}

    return columns(stream, measure)


def _losses(F: Array, moments: csr_array | Array, variances: Array, sizes: list[int]) -> list[float]:
    """Tr Λ − 2 tr Θ Λ Fᵀ + tr Θᵀ F Λ Fᵀ Θ for leading features, Θ = G⁻¹ B, G = F C Fᵀ, B = F C."""
    B = (moments @ F.T).T  # (N × M); C is symmetric
    G, S = B @ F.T, (F * variances) @ F.T
    cross, outer = (B * variances) @ F.T, B @ B.T
    found = []
    for N in sizes:
        factor = linalg.cho_factor(G[:N, :N], check_finite=False)
        left = linalg.cho_solve(factor, outer[:N, :N], check_finite=False)
        theta = linalg.cho_solve(factor, left.T, check_finite=False)  # Θ Θᵀ
        overlap = np.trace(linalg.cho_solve(factor, cross[:N, :N], check_finite=False))
        found.append(float(variances.sum() - 2 * overlap + (theta * S[:N, :N]).sum()))
    return found


@infinite_data.brute_force
def _infinite_data(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_features: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    law, sizes = _world(decay, sparsity, n_modes, n_samples, n_features, scale, amplitudes)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, n_samples).toarray()
        losses = np.zeros(len(sizes))
        for _ in range(n_replicates):
            F = rng.standard_normal((max(sizes), n_modes))
            for k, N in enumerate(sizes):
                fit = F[:N].T @ (np.linalg.pinv(X @ F[:N].T) @ X)  # Fᵀ Θ (M × M)
                losses[k] += law.variances @ np.square(np.eye(n_modes) - fit).sum(1) / n_replicates
        return {"loss": losses.tolist()}

    return columns(stream, measure)
