"""Dense power-law random features with ridge: symbolic laws of the optimal ridge and of the peak.

Derived from the spectrum, from the equation γ = κ (N − df_1)(D − df_1) and from the equivalent of the bias, which
is transcribed (``ridge_law``); steps in docs/random_features.md.
Without label noise, at infinitely many modes; deterministic equivalents, asymptotic(1/N).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.random_features_laws import (
    ALPHA,
    GAMMA,
    KAPPA,
    SIZE,
    SPECTRUM,
    C,
    D,
    N,
    degrees_of_freedom,
    effective_ridge_law,
)

ASPECT, FRACTION, SCALED = sp.symbols("varrho x s", positive=True)  # D/N, df_1/N, scaled singular value


def ridge_law(df1: sp.Expr, df2: sp.Expr) -> sp.Expr:
    """Bias κ N D u/(p q + u (p + q)) with p = N − df_1, q = D − df_1, u = df_1 − df_2, for any spectrum.

    Transcribed: Simon, Karkada, Ghosh & Belkin (2023); Atanasov et al. (2024).
    """
    p, q, u = N - df1, D - df1, df1 - df2
    return KAPPA * N * D * u / (p * q + u * (p + q))


def _second_degrees(spectrum: sp.Lambda) -> sp.Expr:
    """df_2/df_1, from κ d df_1/dκ = −(df_1 − df_2)."""
    df1 = degrees_of_freedom(spectrum)
    return sp.simplify(1 + KAPPA * sp.diff(df1, KAPPA) / df1)


@dataclass(frozen=True)
class OptimalRidgeLaw:
    """At D = ρ N: df_1/N, effective ridge, ridge γ* and bias L* of the least bias, in ALPHA, ASPECT and N."""

    fraction: sp.Expr
    kappa: sp.Expr
    ridge: sp.Expr
    loss: sp.Expr


@cache
def optimal_ridge_law(spectrum: sp.Lambda = SPECTRUM) -> OptimalRidgeLaw:
    """Ridge with the least bias at D = ρ N: stationarity in κ at fixed N and D, solved for x = df_1/N.

    β x² − α (1 + ρ) x + α ρ = 0 with β = (α − 1)(α + 2)/(α + 1), root in (0, min(1, ρ)); written
    so that it stays finite at β = 0, where x = ρ/(1 + ρ). Asymptotic(1/N).
    """
    kappa = effective_ridge_law(spectrum).subs(SIZE, FRACTION * N)
    df1 = FRACTION * N
    bias = ridge_law(df1, _second_degrees(spectrum) * df1).subs(D, ASPECT * N)
    # κ enters as a factor and through x only: d log bias/d log x = d log κ/d log x + d log(rest)/d log x.
    slope = sp.simplify(FRACTION * sp.diff(kappa, FRACTION) / kappa)
    slope += FRACTION * sp.diff(bias, FRACTION) / bias
    fraction = next(root for root in _quadratic_roots(slope) if _inside(root))
    ridge = KAPPA * (N - df1) * (ASPECT * N - df1)
    at_optimum = {FRACTION: fraction}
    best_kappa = kappa.subs(at_optimum)
    return OptimalRidgeLaw(
        fraction=fraction,
        kappa=best_kappa,
        ridge=ridge.subs(at_optimum).subs(KAPPA, best_kappa),
        loss=bias.subs(at_optimum).subs(KAPPA, best_kappa),
    )


def _quadratic_roots(slope: sp.Expr) -> list[sp.Expr]:
    """Zeros in x of a slope whose numerator is quadratic, as 2c/(−b ± sqrt(b² − 4ac)), finite where a = 0."""
    _, factors = sp.factor_list(sp.numer(sp.together(sp.simplify(slope))), FRACTION)
    (quadratic,) = [factor for factor, _ in factors if sp.degree(factor, FRACTION) == 2]
    a, b, c = (sp.factor(term) for term in sp.Poly(quadratic, FRACTION).all_coeffs())
    root = sp.sqrt(sp.factor(b**2 - 4 * a * c))
    return [2 * c / (-b + root), 2 * c / (-b - root)]


def _inside(root: sp.Expr) -> bool:
    """Whether a root lies in (0, min(1, ρ)) at trial values of decay and aspect."""
    trials = [
        (sp.Rational(1, 2), sp.Rational(3, 2)),
        (sp.Rational(7, 3), sp.Rational(1, 2)),
        (sp.Rational(3), 1),
    ]
    values = [sp.N(root.subs({ALPHA: decay, ASPECT: aspect})) for decay, aspect in trials]
    return all(value.is_real and 0 < value < min(1, aspect) for value, (_, aspect) in zip(values, trials, strict=True))


@cache
def best_shape_with_ridge() -> sp.Expr:
    """Ratio N/D of the least bias at fixed N D = C when the ridge is optimal too: 1, for any spectrum.

    Minimising over γ is minimising over κ, so that the ratio may be varied at fixed κ, df_1 and df_2.
    With N = sqrt(C) e^w, D = sqrt(C) e^−w the only stationary point is w = 0.
    """
    w = sp.Symbol("w", real=True)
    df1, df2 = sp.symbols("df_1 df_2", positive=True)
    bias = ridge_law(df1, df2).subs({N: sp.sqrt(C) * sp.exp(w), D: sp.sqrt(C) * sp.exp(-w)}, simultaneous=True)
    stationary = sp.numer(sp.together(sp.simplify(sp.diff(bias, w))))
    (place,) = {root for root in sp.solve(stationary, w) if root.is_real is not False}
    return sp.exp(2 * place)


def peak_height_law() -> sp.Expr:
    """Bias at N = D and small ridge: κ N² sqrt(κ/γ)/2, the leading term at δ = N − df_1 = sqrt(γ/κ) → 0.

    Deterministic equivalent; below the hard edge, γ << κ, the mean is ``hard_edge_constant`` times larger.
    """
    delta, df2 = sp.symbols("delta df_2", positive=True)
    bias = ridge_law(N - delta, df2).subs(D, N)
    leading = sp.limit(bias * delta, delta, 0, "+")
    return sp.simplify(leading) / sp.sqrt(GAMMA / KAPPA)


@cache
def peak_ridge_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent of the bias at N = D in the ridge, −lim d log bias/d log γ as γ → 0: 1/2.

    Both are functions of δ = N − df_1: κ = κ(N − δ) and γ = κ δ².
    """
    delta = sp.Symbol("delta", positive=True)
    kappa = effective_ridge_law(spectrum).subs(SIZE, N - delta)
    df1 = N - delta
    bias = ridge_law(df1, _second_degrees(spectrum) * df1).subs(D, N)
    slope_kappa = sp.simplify(sp.diff(kappa, delta) / kappa)
    slope_bias = slope_kappa + sp.diff(bias, delta) / bias  # κ is a symbol in bias: its slope is added
    slope_ridge = slope_kappa + 2 / delta
    return -sp.limit(sp.simplify(slope_bias / slope_ridge), delta, 0, "+")


def singular_value_density() -> sp.Expr:
    """Density of the scaled singular values SCALED of a large real square Gaussian matrix, near zero.

    (s/2)[J0(s)² + J1(s)²] + (1/2) J0(s) [1 − ∫_0^s J0]. Transcribed: Verbaarschot (1994), chiral orthogonal
    ensemble without zero modes; Forrester (1993). Numbers: ``theory.hard_edge.singular_value_density``.
    """
    t = sp.Symbol("t", positive=True)
    j0, j1 = sp.besselj(0, SCALED), sp.besselj(1, SCALED)
    return SCALED / 2 * (j0**2 + j1**2) + j0 / 2 * (1 - sp.Integral(sp.besselj(0, t), (t, 0, SCALED)))


@cache
def hard_edge_constant() -> sp.Expr:
    """Ratio rho(0)/rho(∞) = π/2 of the mean loss to its deterministic equivalent at N = D, γ << κ.

    rho(0) by substitution. For rho(∞) the Bessel functions are replaced by their leading waves
    sqrt(2/(π s)) cos(s − νπ/2 − π/4), which sympy does not do itself; J0 → 0 removes the second term.
    """
    density = singular_value_density()
    at_zero = density.subs(SCALED, 0).doit()
    waves = {sp.besselj(order, SCALED): _wave(order) for order in (0, 1)}
    smooth = SCALED / 2 * (sp.besselj(0, SCALED) ** 2 + sp.besselj(1, SCALED) ** 2)
    at_infinity = sp.limit(sp.simplify(smooth.subs(waves)), SCALED, sp.oo)
    return sp.simplify(at_zero / at_infinity)


def _wave(order: int) -> sp.Expr:
    """Leading term of J_order(s) at large s."""
    return sp.sqrt(2 / (sp.pi * SCALED)) * sp.cos(SCALED - order * sp.pi / 2 - sp.pi / 4)
