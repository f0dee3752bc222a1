"""Loss of N random features given a dataset, exact but for the random features of what the data show.

In the basis V of the row space of X (rank r, singular values s) the features are G = F V (N × r), standard normal;
the features H of everything else are independent of them. Averaged over H, over an isotropic teacher and over label
noise of variance 1, with Σ = diag(s), Θ = (Σ Gᵀ)⁺ (N × r), E = I − Gᵀ Θ Σ and J = Gᵀ Θ,

    loss  = tr EᵀΛ_ssE + T (1 + |Θ Σ|²),   noise = tr JᵀΛ_ssJ + T |Θ|²

(|·| Frobenius, T the loss of infinitely many features); the part of the loss on coordinates never seen is
U (1 + |Θ Σ|²). Exact identities in law of Gaussian features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import linalg

from sim.sparse_features.activations import Array
from sim.sparse_features.dataset import Dataset


class Losses(NamedTuple):
    """One value for every number of features."""

    loss: Array
    unseen: Array  # part of the loss on coordinates never seen
    noise: Array  # added per unit variance of the label noise


def losses(rng: np.random.Generator, data: Dataset, n_features: Sequence[int]) -> Losses:
    """Losses of minimum-norm least squares on the first N rows of one G, for every N of ``n_features``."""
    G = rng.standard_normal((max(n_features), data.rank))
    return Losses(*np.array([_one(G[:N], data) for N in n_features]).T)


def _one(G: Array, data: Dataset) -> tuple[float, float, float]:
    s, T, U = data.singular, data.loss, data.unseen
    N, r = G.shape
    if r <= N:  # the fit is exact: Θ Σ = G (GᵀG)⁻¹, E = 0, J = Σ⁻¹
        R = linalg.qr(G, mode="r", check_finite=False)[0][:r]
        inverse = linalg.solve_triangular(R, np.eye(r), check_finite=False)  # (GᵀG)⁻¹ = R⁻¹ R⁻ᵀ
        pseudo = G @ (inverse @ inverse.T)  # Θ Σ
        spread = float(np.square(pseudo).sum())
        noise = float((np.diag(data.resolved) / s**2).sum() + T * np.square(pseudo / s).sum())
        return T * (1 + spread), U * (1 + spread), noise
    Q, R = linalg.qr((G * s).T, mode="economic", check_finite=False)  # Σ Gᵀ = Q R (r × N)
    theta = linalg.solve_triangular(R, Q.T, check_finite=False)  # Θ (N × r)
    J = G.T @ theta
    E = np.eye(r) - J * s
    spread = float(np.square(theta * s).sum())
    error = float(np.einsum("ij,ik,kj->", E, data.resolved, E, optimize=True))
    noise = float(np.einsum("ij,ik,kj->", J, data.resolved, J, optimize=True) + T * np.square(theta).sum())
    return error + T * (1 + spread), U * (1 + spread), noise
