"""The scaling function: as D → ∞ the loss of N features is (cD)^(−α/η) F(v), v = N/(cD)^(1/η).

    v < v_r:   F = v/(v − df_2) ∫ du u^−(1+α) E(q/(x + q))²,   v = ∫ du E x/(x + q)
    v > v_r:   F = T v/(v − v_r)

with x = u^(η−1−α) χ²_n or u^(η−1−α) n, n ~ Poisson(u^−η); v_r = Γ(1 − 1/η), T = Γ(α/η)/η. Deterministic equivalent,
asymptotic(D^(−1/η), (r/D)); derived in docs/sparse_features/frontier.md.
"""

from __future__ import annotations

import math

from scipy.special import gamma

from theory.parameters import decay_of, positive
from theory.sparse_features.coordinates import amplitudes_of, continuum, sparsity_of
from theory.sparse_features.under_branch import effective_ridge, equivalent


def threshold(sparsity: float) -> float:
    """v_r = Γ(1 − 1/η), the rank over (cD)^(1/η) as D → ∞. Asymptotic. ValueError for η <= 1."""
    return float(gamma(1 - 1 / sparsity_of(sparsity)))


def unseen_constant(decay: float, sparsity: float) -> float:
    """T = Γ(α/η)/η, the unseen mass over (cD)^(−α/η) as D → ∞. Asymptotic. ValueError for bad exponents."""
    alpha, eta = float(decay_of(decay)), sparsity_of(sparsity)
    return float(gamma(alpha / eta)) / eta


def feature_constant(decay: float) -> float:
    """A = [(π/s)/sin(π/s)]^s, s = 1 + α: the loss is A N^−α where data are unlimited. Asymptotic."""
    s = 1 + float(decay_of(decay))
    return float((math.pi / s / math.sin(math.pi / s)) ** s)


def scaling_function(v: float, *, decay: float, sparsity: float, amplitudes: str = "gaussian") -> float:
    """F(v). Relative error of the numbers below 1e-8.

    F → A v^−α as v → 0 (A: `feature_constant`) and F → T as v → ∞. Raises ValueError for v <= 0, v = v_r, η <= 1 or
    decay <= 0.
    """
    v = float(positive("v", v, "it is n_features over (scale n_samples)^(1/sparsity)"))
    rank = threshold(sparsity)
    if v == rank:
        raise ValueError(f"the loss is infinite at the threshold v = {rank}; move v away from it")
    if v > rank:
        amplitudes_of(amplitudes)
        return unseen_constant(decay, sparsity) * v / (v - rank)
    on = continuum(decay, sparsity, amplitudes)
    return equivalent(on, effective_ridge(on, v))[1]
