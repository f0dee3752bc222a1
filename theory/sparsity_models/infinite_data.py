"""Few random features on many rows, for any teacher: the model exponent.

With unlimited data the loss is tr (I − P) Ω', Ω' = Λ^½ Ω Λ^½, with P the projector on the rows of F Λ^½. Its mean needs
E P_ii, the derivative of E log det F Λ Fᵀ by log λ_i. Derived in docs/sparsity_models/aligned.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from theory.parameters import sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.infinite_data import LARGEST_CORRECTION, RARE_REMAINDER, saturated_fourth_moment
from theory.sparse_features.row_law import Array, row_law
from theory.sparsity_models.model import model

REMAINDER = 0.6
"""|mean/formula − 1| <= REMAINDER/N² at unlimited data; measured, docs/sparsity_models/aligned.md."""


def infinite_data(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    n_features: Sequence[int],
    teacher_decay: Real = 0,
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "loss" of N features fitted to D >> N rows, independent coordinates, teacher E w_i² = i^−teacher_decay.

    L = L∞ {1 + [N + Σ_i (q_i/p_i − 3) r_i e_i/Σ_i λ_i ω_i (1 − r_i)]/D} with r_i = λ_i/(λ_i + κ), Σ r_i = N, and

        L∞ = Σ λ_i ω_i (1 − r_i) {1 + r_i [r_i − (df₂ − df₃)/(N − df₂)]/(N − df₂)},
        e_i = λ_i ω_i (1 − r_i)² + r_i (1 − r_i) Σ_j λ_j ω_j r_j (1 − r_j)/(N − df₂),

    q_i as in `theory.sparse_features.infinite_data`. Deterministic equivalent with its 1/N correction. Allowance:
    0.6/N², (excess)² and 0.4 of what the rare coordinates add to it, relative. For an isotropic teacher this is
    `theory.sparse_features.infinite_data.infinite_data`.

    Raises ValueError where the excess of finite data is above 0.25, and as `row_law`. Source: derived here,
    docs/sparsity_models/aligned.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    teacher = model(law.variances, law.silent, teacher_decay=teacher_decay).teacher
    (D,) = sizes_of("n_samples", [n_samples])
    value, allowance = [], []
    for N in sizes_of("n_features", n_features):
        kappa = effective_ridge(N, law.variances)
        limit = unlimited(law.variances, teacher, N, kappa)
        fourth = saturated_fourth_moment(law.gains / (D * (law.variances + kappa)), amplitudes)
        first = float((law.variances * teacher) @ (kappa / (law.variances + kappa)))
        rare = _fourth(law.variances, teacher, fourth / law.probabilities - 3, N, kappa) / (D * first)
        excess = N / D + rare
        if excess > LARGEST_CORRECTION:
            raise ValueError(
                f"the correction for finite data must be at most {LARGEST_CORRECTION}, got {excess:.3g} at N = {N}; "
                f"raise n_samples above {D} or lower n_features"
            )
        value.append(limit * (1 + excess))
        allowance.append(limit * (REMAINDER / N**2 + excess**2 + RARE_REMAINDER * abs(rare)))
    return Prediction({"loss": np.array(value)}, {"loss": np.array(allowance)})


def effective_ridge(n_features: int, variances: Array) -> float:
    """κ with Σ λ_i/(λ_i + κ) = N. Raises ValueError unless N is below the number of modes."""
    if n_features >= len(variances):
        raise ValueError(f"n_features must be below n_modes = {len(variances)}, got {n_features}; take more modes")
    log = brentq(lambda t: (variances / (variances + np.exp(t))).sum() - n_features, -200.0, 50.0, xtol=1e-14)
    return float(np.exp(log))


def leading(variances: Array, teacher: Array, n_features: int) -> float:
    """Σ λ_i ω_i κ/(λ_i + κ), without the correction in 1/N. Deterministic equivalent."""
    r = variances / (variances + effective_ridge(n_features, variances))
    return float((variances * teacher) @ (1 - r))


def unlimited(variances: Array, teacher: Array, n_features: int, kappa: float) -> float:
    """L∞ of the text of `infinite_data`."""
    r = variances / (variances + kappa)
    free = n_features - (r**2).sum()
    shift = r * (r - (r**2 @ (1 - r)) / free) / free
    return float((variances * teacher) @ ((1 - r) * (1 + shift)))


def _fourth(variances: Array, teacher: Array, cumulant: Array, n_features: int, kappa: float) -> float:
    """Σ_i (q_i/p_i − 3) r_i e_i."""
    r = variances / (variances + kappa)
    signal = variances * teacher
    free = n_features - (r**2).sum()
    error = signal * (1 - r) ** 2 + r * (1 - r) * (signal @ (r * (1 - r))) / free
    return float((cumulant * r) @ error)
