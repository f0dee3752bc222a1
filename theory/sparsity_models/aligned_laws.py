"""Laws of aligned sparsity, derived by sympy from λ_i ω_i = i^−(1+α), p_i = c i^−η and what a model adds to them.

The unseen signal is an integral over u = D p: di = −(1/η)(cD)^(1/η) u^(−1/η−1) du. Asymptotic in D or N; derived in
docs/sparsity_models/aligned.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.random_features_laws import ALPHA
from theory.sparse_features.unseen_mass_laws import ETA, U

PROBABILITY, SCATTER, THRESHOLD = sp.symbols("p s omega", positive=True)
X = sp.Symbol("x", positive=True)


def data_exponent() -> sp.Expr:
    """Exponent of the unseen signal Σ λ_i ω_i (1 − p_i)^D: the exponent of u in its density, α/η."""
    density = _density(X ** -(1 + ALPHA))
    return sp.simplify(U * sp.diff(sp.log(density), U) + 1)


def rank_exponent() -> sp.Expr:
    """Exponent of the number seen, Σ 1 − e^−u: minus that of the density of coordinates, 1/η."""
    return sp.simplify(-(U * sp.diff(sp.log(_density(sp.Integer(1))), U) + 1))


def model_exponent() -> sp.Expr:
    """Exponent of Σ λ_i ω_i κ/(λ_i + κ) in N where λ_i = i^−η: min(α, η).

    With x = i κ^(1/η) the bulk of the sum is κ^(α/η) ∫ x^(η−1−α)/(1 + x^η) dx, which converges at 0 for α < η; else the
    first terms lead, κ Σ ω_i. κ ~ N^−η.
    """
    growth = ETA  # of 1/κ in N: Σ 1/(1 + x^η) = N at x ~ N κ^(1/η)
    integrand = X ** -(1 + ALPHA) * X**ETA  # at small x
    converges_for = sp.solve(sp.Eq(sp.simplify(X * sp.diff(sp.log(integrand), X)), -1), ALPHA)
    (edge,) = converges_for
    return sp.Min(sp.simplify(ALPHA / ETA * growth), edge)


def gap_of_fixed_amplitude() -> sp.Expr:
    """Model minus data exponent where a_i = 1 and the teacher is isotropic, η = 1 + α: α²/(1 + α), no free dial."""
    return sp.factor((model_exponent() - data_exponent()).subs(ETA, 1 + ALPHA))


@cache
def scatter_factor() -> sp.Expr:
    """E e^(−e s ξ) for normal ξ, e = α/η: what c → c e^(sξ) does to the law (cD)^−e. e^((sα/η)²/2)."""
    return _mean_power(data_exponent())


@cache
def scatter_factor_of_rank() -> sp.Expr:
    """E e^(sξ/η) for normal ξ: what c → c e^(sξ) does to the rank, of order (cD)^(1/η). e^((s/η)²/2)."""
    return _mean_power(-rank_exponent())


def group_factor(size: int) -> sp.Expr:
    """Loss over unseen mass of groups of ``size`` g: Γ(e + g + 1)/(Γ(e + 2) g!), e = α/η, about g^e/Γ(e + 2).

    Σ_{n<g} (1 − n/g) ∫ u^(e+n−1) e^−u du/n! over Γ(e) is Σ_{n<g} (1 − n/g) binom(n + e − 1, n), summed by parts:
    Σ_{n<=m} binom(n + e − 1, n) = binom(m + e, m), used twice. The tests compare with the integrals term by term.
    """
    e = data_exponent()
    return sp.gammasimp(sp.gamma(e + size + 1) / (sp.gamma(e + 2) * sp.factorial(size)))


@cache
def large_deviation_rate() -> sp.Expr:
    """Cramér's rate of a sign coordinate, −log P(n > ω p D)/D, n ~ Bin(D, p): sup_t {t ω p − log(1 − p + p e^t)}."""
    t = sp.Symbol("t", real=True)
    exponent = t * THRESHOLD * PROBABILITY - sp.log(1 - PROBABILITY + PROBABILITY * sp.exp(t))
    (best,) = sp.solve(sp.Eq(sp.diff(exponent, t), 0), t)
    return sp.simplify(exponent.subs(t, best))


def _density(weight: sp.Expr) -> sp.Expr:
    """Weight(i) |di/du| at c D = 1, as a power of u."""
    index = U ** (-1 / ETA)
    return sp.powsimp(sp.powdenest(weight.subs(X, index), force=True) * -sp.diff(index, U), force=True)


def _mean_power(power: sp.Expr) -> sp.Expr:
    xi = sp.Symbol("xi", real=True)
    mean = sp.integrate(sp.exp(-X * xi - xi**2 / 2) / sp.sqrt(2 * sp.pi), (xi, -sp.oo, sp.oo))
    return sp.simplify(mean.subs(X, power * SCATTER))
