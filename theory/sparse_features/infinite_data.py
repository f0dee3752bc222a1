"""Few random features on many sparse rows: the loss is blind to sparsity, up to a correction in N^sparsity/D.

With unlimited data the loss depends on the rows through their covariance alone, and is that of dense data. With D
rows the fit errs by G⁻¹ Σ φ e/D (φ features, e error of the best fit, G = E φφᵀ), which adds E[e² φᵀG⁻¹φ]/D; rare
coordinates enter through their fourth moments, saturated where one row holds more than the population knows of the
coordinate. Derived in docs/sparse_features/unseen_mass.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import theory.random_features as dense
from theory.effective_ridge import effective_ridge
from theory.parameters import count, sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, fourth_moment, row_law

KAPPA_DIGITS = 20
NODES = 80  # of the quadrature over z
RARE_REMAINDER = 0.4  # of the part of ε that rare coordinates add
LARGEST_CORRECTION = 0.25


def data_correction(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    n_features: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Array:
    """Relative excess ε of the loss at D samples over that at D = ∞, for every N; shape (n_sizes,).

    ε = [N + Σ_i (q_i/p_i − 3) r_i² (1 − r_i)/(N − df_2)]/D with r_i = λ_i/(λ_i + κ), df_1(κ) = N and
    q_i = E z⁴/(1 + t_i z²)², t_i = a_i²/(D (λ_i + κ)). Deterministic equivalent, first order in 1/D.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    D = count("n_samples", n_samples)
    found = []
    for N in sizes_of("n_features", n_features):
        kappa = float(effective_ridge(N, decay=decay, n_modes=n_modes, digits=KAPPA_DIGITS))
        r = law.variances / (law.variances + kappa)
        fourth = saturated_fourth_moment(law.gains / (D * (law.variances + kappa)), amplitudes)
        rare = ((fourth / law.probabilities - 3) * r**2 * (1 - r)).sum()
        found.append((N + rare / (N - (r**2).sum())) / D)
    return np.array(found)


def saturated_fourth_moment(t: Array, amplitudes: str = "gaussian") -> Array:
    """E z⁴/(1 + t z²)², shape as ``t``: k₄ = E z⁴ at t = 0, falling where one row outweighs what is known."""
    if fourth_moment(amplitudes) == 1:
        return 1 / (1 + t) ** 2
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    square = nodes[:, None] ** 2
    return np.asarray((weights / weights.sum()) @ (square / (1 + square * t)) ** 2)


def infinite_data(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    n_features: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "loss" of N features fitted to D >> N sparse rows: L∞(N) (1 + ε).

    L∞ is the dense loss at unlimited data with its 1/N correction, ε as in `data_correction`. Allowance: that of
    L∞, and ε² + 0.4 |ε − N/D| (higher orders; rare coordinates met more than once).

    Raises ValueError where ε exceeds 0.25: the rows are too few for perturbation theory.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    limit = dense.unresolved(decay=decay, n_modes=n_modes, n_features=n_features)
    value, allowance = limit.values["unresolved"], limit.allowance["unresolved"]
    correction = data_correction(
        decay=decay,
        sparsity=sparsity,
        n_modes=n_modes,
        n_samples=n_samples,
        n_features=n_features,
        scale=scale,
        amplitudes=amplitudes,
    )
    if correction.max() > LARGEST_CORRECTION:
        raise ValueError(
            f"the correction for finite data must be at most {LARGEST_CORRECTION}, got {correction.max():.3g}; raise "
            f"n_samples above {n_samples} or lower n_features: it grows as n_features^sparsity/n_samples"
        )
    rare = np.abs(correction - np.array(list(n_features)) / n_samples)
    remainder = correction**2 + RARE_REMAINDER * rare
    return Prediction({"loss": value * (1 + correction)}, {"loss": allowance * (1 + correction) + value * remainder})
