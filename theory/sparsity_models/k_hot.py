"""Rows with exactly k active coordinates and Zipf weights: inclusion probabilities by Cauchy's integral."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from theory.parameters import count, positive
from theory.precision import Real
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import Model, model, spectrum

NODES = 128
"""Points on the circle. Its radius is the saddle, where coefficients beyond k fall faster than Gaussian tails."""


def k_hot(*, decay: Real, sparsity: Real, n_modes: int, active: int) -> Model:
    """silent_i = (1 − p_i)^D, p_i the probability that i is one of the ``active`` coordinates of a row. Exact.

    P(A) ∝ Π_{i in A} i^−sparsity over sets A of ``active`` coordinates. Raises ValueError unless active < n_modes, and
    for parameters out of range. Source: derived here, docs/sparsity_models/aligned.md.
    """
    p = inclusion(sparsity=sparsity, n_modes=n_modes, active=active)
    mute = np.log1p(-np.minimum(p, 1 - 1e-16))

    def silent(n_rows: float) -> Array:
        return np.exp(n_rows * mute)

    return model(spectrum(decay, n_modes), silent)


def inclusion(*, sparsity: Real, n_modes: int, active: int) -> Array:
    """p_i = w_i [z^(k−1)] Π_{j≠i} (1 + w_j z) / [z^k] Π_j (1 + w_j z), w_i = i^−sparsity, k = ``active``.

    Coefficients by the trapezoidal rule on the circle of radius e^t on which Σ w/(w + e^−t) = k; relative error
    about 1e-13. Raises ValueError as `k_hot`.
    """
    k, M = count("active", active), count("n_modes", n_modes)
    if k >= M:
        raise ValueError(f"active must be below n_modes = {M}, got {active}; take more modes")
    eta = float(positive("sparsity", sparsity, "weights are i^-sparsity"))
    log_w = -eta * np.log(np.arange(1, M + 1))
    t = brentq(lambda t: (1 / (1 + np.exp(-t - log_w))).sum() - k, -60.0, 60 * eta, xtol=1e-14)
    z = np.exp(1j * (np.arange(NODES) + 0.5) * 2 * np.pi / NODES)  # off the negative real axis, where factors vanish
    scaled = np.exp(log_w + t)
    factors = 1 + scaled[:, None] * z  # (n_modes, NODES)
    log_product = np.log(factors).sum(0)
    product = np.exp(log_product - log_product.real.max())
    whole = (product * z**-k).mean().real
    return np.asarray(scaled * ((product * z ** (1 - k)) / factors).mean(1).real / whole)
