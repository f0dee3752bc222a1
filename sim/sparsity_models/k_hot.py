"""Rows with exactly k active coordinates: Zipf weights, drawn by rejection."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csr_array, vstack

from sim import parameters
from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations, Array
from sim.sparsity_models.model import Model, model, spectrum


def k_hot(*, decay: float, sparsity: float, n_modes: int, active: int) -> Model:
    """A set A of ``active`` coordinates is on with probability ∝ Π_{i in A} i^−sparsity; variances i^−(1+decay).

    This is the law of independent coordinates with odds ∝ i^−sparsity given that exactly ``active`` of them are on
    (rejective sampling); for active = 1 the one-hot Zipf law. Amplitudes are Gaussian. Raises ValueError if active is
    not below n_modes and for parameters out of range.
    """
    k = parameters.below("active", active, "n_modes", n_modes)
    eta = parameters.positive("sparsity", sparsity, "weights are i^-sparsity")
    weights = np.arange(1, n_modes + 1, dtype=np.float64) ** -eta
    variances = spectrum(decay, n_modes)
    tilt = brentq(lambda t: (weights / (weights + np.exp(t))).sum() - k, -60 * eta, 60.0)
    odds = weights / np.exp(tilt)
    free = Activations(odds / (1 + odds), np.sqrt(variances / inclusion(odds, k)), variances, "gaussian")

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        found: list[csr_array] = []
        missing = n
        while missing > 0:
            X = independent_rows.rows(rng, free, 3 * missing + 8)
            found.append(X[np.flatnonzero(np.diff(X.indptr) == k)[:missing]])
            missing -= found[-1].shape[0]
        return csr_array(vstack(found, format="csr"))

    return model(rows, variances)


def inclusion(odds: Array, k: int) -> Array:
    """p_i = odds_i e_{k−1}(the other odds)/e_k(odds), e_k the elementary symmetric polynomials; no subtraction."""
    before, after = _leading(odds, k), _leading(odds[::-1], k)[:, ::-1]  # (k + 1, M + 1): of the first, last m odds
    others = sum(before[m, :-1] * after[k - 1 - m, 1:] for m in range(k))
    return np.asarray(odds * others / before[k, -1])


def _leading(odds: Array, k: int) -> Array:
    """e_m of the first n odds for m = 0..k and n = 0..M, shape (k + 1, M + 1)."""
    found = np.ones((k + 1, len(odds) + 1))
    for m in range(1, k + 1):
        found[m] = np.concatenate([[0.0], np.cumsum(odds * found[m - 1, :-1])])
    return found
