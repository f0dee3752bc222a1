"""Laws of the unseen mass, derived by sympy from the definition of a row: λ_i = i^−(1+α), p_i = c i^−η.

The index is traded for the activation probability t = p(i) or, at many samples, for u = D t. Asymptotic in D; the
sums differ from the integrals by less than any power of 1/D (docs/sparse_features/unseen_mass.md).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

import theory.random_features_laws as dense
from theory.random_features_laws import INDEX, SPECTRUM, D

ETA, SCALE, PROBABILITY, U = sp.symbols("eta c t u", positive=True)
ALPHA = dense.ALPHA
ACTIVATION = sp.Lambda(INDEX, SCALE * INDEX**-ETA)


@cache
def density(activation: sp.Lambda = ACTIVATION, spectrum: sp.Lambda = SPECTRUM, power: int = 1) -> sp.Expr:
    """Variance^power of the coordinates per unit of activation probability t: λ(i(t))^power |di/dt|."""
    (index,) = sp.solve(sp.Eq(activation(INDEX), PROBABILITY), INDEX)
    weight = spectrum(index) ** power * -sp.diff(index, PROBABILITY)
    return sp.powsimp(sp.powdenest(sp.expand_power_base(weight, force=True), force=True), force=True)


def exponent_of_density(power: int = 1) -> sp.Expr:
    """Exponent e of the density t^(e−1): α/η for the mass, (1 + 2α)/η for its variance."""
    return sp.simplify(PROBABILITY * sp.diff(sp.log(density(power=power)), PROBABILITY) + 1)


@cache
def mass_law() -> sp.Expr:
    """E U as a Beta function: ∫ density(t) (1 − t)^D dt = c^(−α/η) B(α/η, D + 1)/η. Beyond all powers of 1/D."""
    e = exponent_of_density()
    constant = sp.simplify(density() / PROBABILITY ** (e - 1))
    return constant * sp.gamma(e) * sp.gamma(D + 1) / sp.gamma(e + D + 1)  # Euler's integral of the first kind


@cache
def mass_series(order: int = 1) -> sp.Expr:
    """E U to the given order in 1/D, factor by factor: T (cD)^(−α/η) [1 − e(e + 1)/(2D) + …], e = α/η.

    With t = u/D, (1 − u/D)^D e^u is expanded in 1/D and every power of u integrated against u^(e−1) e^(−u).
    """
    return _integrated(_survival(order))


@cache
def mass_constant() -> sp.Expr:
    """Lim E U (cD)^(α/η) = Γ(α/η)/η."""
    return sp.simplify(mass_series(0) * (SCALE * D) ** exponent_of_density())


def mass_correction() -> sp.Expr:
    """Coefficient of 1/D in E U over its leading term: −e(e + 1)/2."""
    return sp.factor(sp.gammasimp(sp.expand((mass_series(1) / mass_series(0) - 1) * D)))


def data_exponent() -> sp.Expr:
    """Exponent α/η of the unseen mass in the number of samples."""
    return _falling(mass_series(0))


@cache
def variance_law() -> sp.Expr:
    """Variance over datasets, Σ λ² q (1 − q) with q = e^(−u): Γ(e)(1 − 2^(−e)) (cD)^(−e)/η, e = (1 + 2α)/η."""
    return _integrated(sp.exp(-U) - sp.exp(-2 * U), power=2)


def variance_exponent() -> sp.Expr:
    """Exponent (1 + 2α)/η of the variance."""
    return _falling(variance_law())


@cache
def noise_constant() -> sp.Expr:
    """B_η = ∫ m E[1/n; n >= 1] du, n ~ Poisson(m), m = u^−η: what label noise costs per (cD)^(1/η)/D, sign amplitudes.

    E[1/n; n >= 1] = ∫_0^1 (e^(−mv) − e^(−m))/(1 − v) dv. The powers of m integrate to Γ(1 − 1/η)(v^(1/η−1) − 1)/η,
    and ∫_0^1 (v^(b−1) − 1)/(1 − v) dv = ψ(1) − ψ(b).
    """
    b = 1 / ETA
    per_power = sp.gamma(1 - b) / ETA  # ∫ m e^(−m) du with u = m^(−1/η)
    return per_power * (sp.digamma(1) - sp.digamma(b))


def gap() -> sp.Expr:
    """Exponent in N minus exponent in D for η > 1: α − α/η."""
    return sp.factor(sp.simplify(dense.model_exponent() - data_exponent()))


def gap_below_one() -> sp.Expr:
    """Exponent in N minus exponent in D for η < 1: 0, since the dense laws hold on both sides to leading order."""
    return sp.simplify(dense.model_exponent() - dense.data_exponent())


def _survival(order: int) -> sp.Expr:
    """(1 − u/D)^D to the given order in 1/D."""
    x = sp.Symbol("x", positive=True)  # 1/D
    expanded = sp.series(sp.exp(sp.series(sp.log(1 - U * x) / x + U, x, 0, order + 1).removeO()), x, 0, order + 1)
    return sp.expand(expanded.removeO().subs(x, 1 / D)) * sp.exp(-U)


def _integrated(survival: sp.Expr, power: int = 1) -> sp.Expr:
    """∫ density(u/D) survival du/D, term by term."""
    weight = sp.powsimp(sp.expand_power_base(density(power=power).subs(PROBABILITY, U / D), force=True) / D, force=True)
    e = exponent_of_density(power)
    amplitude = sp.simplify(weight / U ** (e - 1))
    total = sp.Integer(0)
    for term in sp.Add.make_args(sp.expand(survival)):
        bare = sp.powsimp(term)
        rate = sp.simplify(-sp.diff(sp.log(bare.as_independent(sp.exp)[1]), U)) if bare.has(sp.exp) else sp.Integer(0)
        polynomial = sp.simplify(bare * sp.exp(rate * U))
        k = sp.simplify(U * sp.diff(polynomial, U) / polynomial)
        coefficient = sp.simplify(polynomial / U**k)
        total += coefficient * sp.gamma(e + k) * rate ** -(e + k)  # ∫ u^(e+k−1) e^(−rate u) du
    return sp.simplify(amplitude) * total


def _falling(law: sp.Expr) -> sp.Expr:
    """−d log(law)/d log D of a pure power."""
    return sp.simplify(-D * sp.diff(sp.log(law), D))
