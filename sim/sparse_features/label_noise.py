"""Label noise and infinitely many features on sparse rows, simulated: what noise costs with and without a ridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, activations
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream

CUTOFF = 1e-22
"""Eigenvalues of the Gram matrix below this part of the largest are zero, as singular values below 1e-11 are."""


def _law(decay: float, sparsity: float, n_modes: int, scale: float) -> Activations:
    return activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes="sign")


@simulation(identities="exact average over teacher and label noise given the rows")
def label_noise(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
) -> Columns:
    """Infinitely many features on the first D rows with sign amplitudes and label noise, for every D of ``n_samples``.

    Columns "noise" = tr Λ (XᵀX)⁺, the loss that label noise of variance 1 adds without ridge, and "bayes" =
    tr Λ (I + XᵀX)⁻¹, the whole loss at label noise of variance 1 and the ridge 1 that is best for an isotropic Gaussian
    teacher; each of shape (n_draws, n_sizes). Signs keep the mean of the noise finite.

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    law = _law(decay, sparsity, n_modes, scale)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, max(sizes))
        found = np.array([_losses(X[:D], law) for D in sizes]).T
        return {"noise": found[0], "bayes": found[1]}

    return columns(stream, measure)


def _losses(X: csr_array, law: Activations) -> tuple[float, float]:
    """Both losses, from the singular values of X on the coordinates seen."""
    seen, column = np.unique(X.indices, return_inverse=True)
    dense = np.zeros((X.shape[0], len(seen)))
    dense[np.repeat(np.arange(X.shape[0]), np.diff(X.indptr)), column] = X.data
    if dense.shape[0] > dense.shape[1]:
        dense = linalg.qr(dense, mode="r", check_finite=False, overwrite_a=True)[0][: dense.shape[1]]
    _, s, Vt = linalg.svd(dense, full_matrices=False, check_finite=False)
    s2, weight = s**2, np.square(Vt) @ law.variances[seen]  # weight: Λ_kk in the basis of the row space
    kept = s2 > CUTOFF * s2[0]
    bayes = law.variances.sum() - weight @ (s2 / (1 + s2))
    return float((weight[kept] / s2[kept]).sum()), float(bayes)


@label_noise.brute_force
def _label_noise(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
) -> Columns:
    law = _law(decay, sparsity, n_modes, scale)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, max(n_samples)).toarray()
        noise, bayes = [], []
        for D in n_samples:
            inverse = np.linalg.pinv(X[:D], rcond=1e-11)
            noise.append(law.variances @ np.square(inverse).sum(1))
            covariance = np.linalg.inv(np.eye(n_modes) + X[:D].T @ X[:D])
            bayes.append(law.variances @ np.diag(covariance))
        return {"noise": noise, "bayes": bayes}

    return columns(stream, measure)
