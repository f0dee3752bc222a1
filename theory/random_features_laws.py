"""Dense power-law random features: symbolic laws, derived from the definition of the spectrum.

Every function takes the spectrum, a sympy Lambda from the index of a mode to its variance, and works out its
law from it; change the exponent there and the law follows. Symbols: ALPHA decay, N, D sizes, C = N D compute,
GAMMA ridge. All laws are asymptotic, at infinitely many modes and without label noise; the steps are in
docs/random_features.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.spectra import exponent

ALPHA, N, D, C, GAMMA = sp.symbols("alpha N D C gamma", positive=True)
KAPPA, SIZE, RATIO, INDEX = sp.symbols("kappa n u i", positive=True)
SPECTRUM = sp.Lambda(INDEX, sp.nsimplify(INDEX ** (-exponent(ALPHA)), rational=True))


def spectral_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent s of the variances, −d log λ/d log i; exact for a power law.

    Raises ValueError if the spectrum is no pure power of the index.
    """
    s = sp.simplify(-INDEX * sp.diff(spectrum(INDEX), INDEX) / spectrum(INDEX))
    if s.has(INDEX):
        raise ValueError(f"the spectrum must be a power of the index, got {spectrum}; its local exponent is {s}")
    return s


@cache
def degrees_of_freedom(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """df_1(κ) = Σ_i λ_i/(λ_i + κ) to leading order at small κ, as the integral over the index (Mellin).

    Asymptotic(κ^(1/s)): ∫_0^∞ di/(1 + κ i^s/λ_1) = C_s (λ_1/κ)^(1/s), C_s = (π/s)/sin(π/s).
    """
    s, first = spectral_exponent(spectrum), spectrum(1)
    scaled = sp.integrate(1 / (1 + INDEX**s), (INDEX, 0, sp.oo), conds="none")  # C_s, needs s > 1
    return sp.simplify(scaled) * (first / KAPPA) ** (1 / s)


@cache
def effective_ridge_law(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Effective ridge κ(n) that resolves n modes: df_1(κ) = n solved for κ. Asymptotic(1/n).

    κ = (C_s/n)^s for λ_i = i^−s.
    """
    amplitude = sp.powsimp(degrees_of_freedom(spectrum) * KAPPA ** (1 / spectral_exponent(spectrum)), force=True)
    return (amplitude / SIZE) ** spectral_exponent(spectrum)  # amplitude · κ^(−1/s) = n


@cache
def unresolved_law(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Loss L∞(n) of n features and unlimited data, to leading order: κ n. Asymptotic(1/n).

    A mode is resolved by the share r = λ/(λ + κ), so that L∞ = Σ λ (1 − r) = κ Σ r = κ df_1 = κ n.
    """
    variance = spectrum(INDEX)
    share = variance / (variance + KAPPA)
    per_resolved_mode = sp.simplify(variance * (1 - share) / share)  # = κ, whatever the spectrum
    return sp.powsimp(per_resolved_mode.subs(KAPPA, effective_ridge_law(spectrum)) * SIZE)


@cache
def model_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent of the loss in the number of features at unlimited data: −lim d log L∞/d log n."""
    return _falling_exponent(unresolved_law(spectrum), SIZE)


@cache
def model_constant(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Constant lim L∞ n^exponent at unlimited data: C_s^s for λ_i = i^−s."""
    return sp.limit(sp.powsimp(unresolved_law(spectrum) * SIZE ** model_exponent(spectrum)), SIZE, sp.oo)


@cache
def data_exponent(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Exponent of the loss in the number of samples at unlimited features.

    γ = κ (N − df_1)(D − df_1) does not change when N and D exchange roles. At fixed γ/N and N → ∞ it becomes
    γ/N = κ (D − df_1), and at zero ridge df_1(κ) = D, the equation of ``effective_ridge_law``.

    Raises ArithmeticError if the equation for κ is not symmetric in N and D.
    """
    df1, per_feature = sp.symbols("df_1 gamma_N", positive=True)
    balance = GAMMA - KAPPA * (N - df1) * (D - df1)
    exchanged = balance.subs({N: D, D: N}, simultaneous=True)
    if sp.expand(balance - exchanged) != 0:
        raise ArithmeticError("the equation for kappa is not symmetric in N and D; data need a law of their own")
    unlimited = sp.limit(balance.subs(GAMMA, per_feature * N) / N, N, sp.oo).subs(per_feature, 0)
    resolved = sp.solve(unlimited, df1)[0]  # = D
    return _falling_exponent(unresolved_law(spectrum).subs(SIZE, resolved), D)


def double_descent_limit() -> sp.Expr:
    """Limit 1/(1 − u) of the factor (X − 1)/(X − m − 1) at m = u X, X → ∞."""
    X = sp.Symbol("X", positive=True)
    return sp.simplify(sp.limit((X - 1) / (X - RATIO * X - 1), X, sp.oo))


def ridgeless_law(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Ridgeless loss at m/X = u and m X = C: L∞(sqrt(u C))/(1 − u). Asymptotic(1/m)."""
    return unresolved_law(spectrum).subs(SIZE, sp.sqrt(RATIO * C)) * double_descent_limit()


@cache
def compute_optimal_ratio(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Ratio m/X of the smaller to the larger size with the least ridgeless loss at fixed N D = C.

    Stationary point of ``ridgeless_law`` in u: α/(α + 2) for decay α; two optima, N < D and N > D.
    """
    stationary = sp.simplify(RATIO * sp.diff(sp.expand_log(sp.log(ridgeless_law(spectrum)), force=True), RATIO))
    (ratio,) = sp.solve(sp.numer(sp.together(stationary)), RATIO)
    return sp.simplify(ratio)


@dataclass(frozen=True)
class FrontierExponents:
    """Growth of both sizes with compute and fall of the loss, all positive."""

    smaller: sp.Expr
    larger: sp.Expr
    loss: sp.Expr


@cache
def frontier_exponents(spectrum: sp.Lambda = SPECTRUM) -> FrontierExponents:
    """Exponents of the ridgeless compute-optimal frontier: N*, D* ~ C^(1/2) and L* ~ C^(−α/2)."""
    ratio = compute_optimal_ratio(spectrum)
    best = ridgeless_law(spectrum).subs(RATIO, ratio)
    return FrontierExponents(
        smaller=-_falling_exponent(sp.sqrt(ratio * C), C),
        larger=-_falling_exponent(sp.sqrt(C / ratio), C),
        loss=_falling_exponent(best, C),
    )


@cache
def frontier_constant(spectrum: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Constant lim L* C^exponent of the ridgeless frontier: C_s^s u^(−α/2)/(1 − u), u the optimal ratio."""
    best = ridgeless_law(spectrum).subs(RATIO, compute_optimal_ratio(spectrum))
    return sp.powsimp(best.subs(C, 1))  # the law is a pure power of C, hence its constant is its value at 1


def variance_limited_exponent() -> sp.Expr:
    """Exponent of the excess over unlimited resources, in the larger size X at fixed m: 1.

    The excess is L∞(m) [(X − 1)/(X − m − 1) − 1], whatever the spectrum.
    """
    X, m = sp.symbols("X m", positive=True)
    return _falling_exponent(sp.factor((X - 1) / (X - m - 1) - 1), X)


def peak_location() -> sp.Expr:
    """Place of the ridgeless peak in N: D, where the rank N of the features meets the D equations."""
    rank = N  # of N generic features on D > N samples
    (location,) = sp.solve(sp.Eq(D - rank, 0), N)
    return location


def _falling_exponent(law: sp.Expr, size: sp.Symbol) -> sp.Expr:
    """−lim d log(law)/d log(size) as size → ∞."""
    slope = sp.simplify(size * sp.diff(law, size) / law)
    return sp.simplify(-sp.limit(slope, size, sp.oo))
