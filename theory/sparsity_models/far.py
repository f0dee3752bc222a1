"""Aligned sparsity at sizes that no sum over coordinates reaches: infinitely many modes, any number of digits."""

from __future__ import annotations

import mpmath
from mpmath import mpf

from theory.parameters import positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.sparse_features.unseen_mass import unseen_mass_sum

STEP, REACH = mpf("0.5"), 8
"""Trapezoidal rule over ξ. The integrand is analytic in |Im ξ| < π/(2 scatter); the error at scatter 2, against half
the step, is 2e-7 at D = 1e5 and 3e-8 at 1e6."""


def model_loss(n_features: Real, digits: int = 30) -> mpf:
    """Σ λ_i ω_i κ/(λ_i + κ) for λ_i = ω_i = i^−2 (decay 3, sparsity 2, fixed amplitude): κ (π²/6 − κ N).

    κ solves Σ 1/(1 + κ i²) = (π/(2√κ)) coth(π/√κ) − 1/2 = N, infinitely many modes; with it the sum of
    i^−4 κ/(i^−2 + κ) = κ [i^−2 − κ/(1 + κ i²)] is elementary. Deterministic equivalent, leading order.
    Raises ValueError unless n_features is positive.
    """
    positive("n_features", n_features, "it counts features")
    with working(digits + GUARD):
        N = as_mpf(ball(exact(n_features)))
        y = 2 * N + 1  # x coth x = … with x = π/√κ: x = y to leading order
        for _ in range(digits):
            y = (2 * N + 1) * mpmath.tanh(y)
        kappa = (mpmath.pi / y) ** 2
        return +(kappa * (mpmath.zeta(2) - kappa * N))


def scattered_mass(n_samples: Real, *, decay: Real, sparsity: Real, scatter: Real, digits: int = 12) -> mpf:
    """E_ξ of the unseen mass with p_i = min(1, i^−sparsity e^(scatter ξ)), ``digits`` digits but for the rule over ξ.

    The scatter of a coordinate is that of the scale; the mean is taken coordinate by coordinate. Raises ValueError as
    `unseen_mass_sum`.
    """
    with working(digits + GUARD):
        s = as_mpf(ball(exact(scatter)))
        nodes = [k * STEP for k in range(-int(REACH / STEP), int(REACH / STEP) + 1)]
        total = mpf(0)
        for xi in nodes:
            mass = unseen_mass_sum(n_samples, decay=decay, sparsity=sparsity, scale=mpmath.exp(s * xi), digits=digits)
            total += mpmath.npdf(xi) * mass
        return +(STEP * total)
