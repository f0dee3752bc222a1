"""Symbolic laws of gradient descent with a fixed step, derived by sympy from the spectrum.

Unlimited data: every coordinate falls as (1 − hλ)^(2t). Derived in docs/sparse_features/descent.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.random_features_laws import INDEX, SPECTRUM

H, T, RATE, L = sp.symbols("h t u l", positive=True)
"""Step, number of steps, u = hλ, curvature."""


def stability_law() -> sp.Expr:
    """Curvature 2/h at which a step h turns from contraction to growth: the positive root of (1 − hl)² = 1."""
    (edge,) = sp.solve(sp.Eq((1 - H * L) ** 2, 1), L)
    return edge


@cache
def density(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Variance of the coordinates per unit of u = hλ: λ(i(u)) |di/du|."""
    (index,) = sp.solve(sp.Eq(H * spectrum(INDEX), RATE), INDEX)
    return sp.powsimp(sp.simplify(RATE / H * -sp.diff(index, RATE)), force=True)


def density_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent e of the density u^(e − 1): α/(1 + α)."""
    return sp.simplify(RATE * sp.diff(sp.expand_log(sp.log(density(spectrum)), force=True), RATE) + 1)


@cache
def population_law(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Loss at unlimited data, ∫ density (1 − u)^(2t) du over (0, 1), Euler's integral. Beyond all powers of 1/t."""
    e = density_exponent(spectrum)
    amplitude = sp.simplify(density(spectrum) / RATE ** (e - 1))
    return amplitude * sp.gamma(e) * sp.gamma(2 * T + 1) / sp.gamma(2 * T + 1 + e)


@cache
def early_law(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Leading term at many steps, (1 − u)^(2t) → e^(−2tu): Γ(α/s)(2ht)^(−α/s)/s, s = 1 + α. Asymptotic(1/t)."""
    e = density_exponent(spectrum)
    amplitude = sp.simplify(density(spectrum) / RATE ** (e - 1))
    return sp.simplify(amplitude * sp.integrate(RATE ** (L - 1) * sp.exp(-2 * T * RATE), (RATE, 0, sp.oo)).subs(L, e))


def early_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent α/(1 + α) of the loss in the number of steps, before the rows run out of coordinates."""
    return sp.simplify(-T * sp.diff(sp.expand_log(sp.log(early_law(spectrum)), force=True), T))


def early_constant(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Limit of loss · t^exponent."""
    return sp.simplify(early_law(spectrum) * T ** early_exponent(spectrum))
