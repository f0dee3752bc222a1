"""Symbolic laws of one-pass stochastic gradient descent, from its recursion of mean square errors.

Derived in docs/sparsity_models/one_pass_and_routing.md; the law of unlimited data without gradient noise is that of
`theory.descent_laws`.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

import theory.descent_laws as descent
import theory.random_features_laws as dense
from theory.descent_laws import H, T
from theory.random_features_laws import D
from theory.sparse_features import unseen_mass_laws as unseen

NOISE, KURTOSIS, GAIN, VARIANCE, CROSSING = sp.symbols("R k_4 a^2 lambda x", positive=True)
"""R of `theory.sparsity_models.one_pass.gradient_noise`, E z⁴, a_i², λ_i."""


def rate() -> sp.Expr:
    """What a coordinate forgets per row, 1 − E(1 − h x²)² + h² λ², x = a b z with E x² = λ, E x⁴ = k₄ a² λ."""
    kept = 1 - 2 * H * VARIANCE + H**2 * KURTOSIS * GAIN * VARIANCE  # E (1 − h x²)²
    return sp.factor(1 - kept + H**2 * VARIANCE**2)


def largest_gain() -> sp.Expr:
    """a² beyond which a coordinate of vanishing variance grows: d = 0 at λ → 0, 2/(h k₄)."""
    per_variance = sp.cancel(rate() / VARIANCE).subs(VARIANCE, 0)
    (edge,) = sp.solve(per_variance, GAIN)
    return edge


def stability_condition(n: int = 3) -> sp.Expr:
    """det(I − A)/Π d − (1 − h² Σ λ_i²/d_i) for n coordinates; zero: the rank-one part is felt through R alone."""
    forget, variances = sp.symbols(f"d1:{n + 1}"), sp.Matrix(sp.symbols(f"l1:{n + 1}"))
    matrix = sp.diag(*forget) - H**2 * variances * variances.T
    noise = sum(H**2 * v**2 / d for v, d in zip(variances, forget, strict=True))
    return sp.simplify(matrix.det() / sp.prod(forget) - (1 - noise))


def infinite_threshold_equation() -> sp.Expr:
    """R − 1 for equal amplitudes a_i = 1, signs, λ_i = i^−2, infinitely many modes; x = π sqrt(h/(2 − h)).

    R = Σ hλ/(2 − h + hλ) = Σ 1/(1 + (π/x)² i²) = (x coth x − 1)/2, the partial fractions of coth.
    """
    return (CROSSING * sp.coth(CROSSING) - 1) / 2 - 1


def infinite_threshold(digits: int = 30) -> sp.Expr:
    """Largest stable step on that line: h = 2x²/(π² + x²) at the root of `infinite_threshold_equation`, 0.9488."""
    root = sp.nsolve(infinite_threshold_equation(), CROSSING, 3, prec=digits + 5)
    return (2 * root**2 / (sp.pi**2 + root**2)).evalf(digits)


@cache
def loss_law() -> sp.Expr:
    """Loss at many rows, sparsity < 1 + decay: the law without gradient noise over 1 − R. Asymptotic.

    The loss obeys L = F + K ⋆ L, F = Σ λ(1 − d)^D, K = h² Σ λ²(1 − d)^D of sum R. K falls faster than F, so that
    L → F/(1 − R). With d → 2hλ, F is the early law of descent with exact gradients.
    """
    return descent.early_law().subs(T, D) / (1 - NOISE)


def loss_constant() -> sp.Expr:
    """Limit of loss · D^exponent."""
    return sp.simplify(loss_law() * D ** data_exponent())


def data_exponent() -> sp.Expr:
    """α/(1 + α), whatever the sparsity up to 1 + decay."""
    return sp.simplify(-D * sp.diff(sp.log(loss_law()), D))


def kernel_exponent() -> sp.Expr:
    """Exponent of K in D, (1 + 2α)/(1 + α): λ² in place of λ. It exceeds 1 + that of F, hence R is finite."""
    return sp.simplify(descent.density_exponent() + 1)


def normalised_rate() -> sp.Expr:
    """What a coordinate that fills its row forgets when it is hit, 1 − (1 − h)² = h(2 − h)."""
    return sp.factor(1 - (1 - H) ** 2)


def normalised_exponent() -> tuple[sp.Expr, sp.Expr]:
    """Exponents with the step h/|x|²: α/(1 + α) for sparsity below 1 + decay, α/η above.

    Below, |x|² is that of a typical row and d_i ∝ λ_i; above, a rare coordinate is the row, d_i = h(2 − h) p_i, and
    Σ λ_i (1 − d_i)^D is the unseen mass at h(2 − h) D rows.
    """
    return data_exponent(), unseen.data_exponent()


@cache
def frontier_exponent() -> sp.Expr:
    """Exponent in C = N D of the N at which N^−α and D^−α/(1 + α) are balanced: 1/(2 + α)."""
    model, data = dense.model_exponent(), data_exponent()
    slope = sp.Symbol("q", positive=True)  # N = C^q, D = C^(1 − q)
    (power,) = sp.solve(sp.Eq(model * slope, data * (1 - slope)), slope)
    return sp.simplify(power)
