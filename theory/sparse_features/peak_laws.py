"""Rank, threshold and peak of sparse data: symbolic laws, derived from the definitions by sympy.

Symbols: ETA sparsity, C scale, N features, R rank, D samples, T level of the loss over its limit, NU degrees of
freedom. The steps are in docs/sparse_features/peak.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

ETA, C, N, R, D, NU, X, T, RATIO = sp.symbols("eta c N r D nu x t u", positive=True)
CHI_SQUARE = X ** (NU / 2 - 1) * sp.exp(-X / 2) / (2 ** (NU / 2) * sp.gamma(NU / 2))
"""Density of χ² with ν degrees of freedom."""


@cache
def inverse_moment() -> sp.Expr:
    """E 1/χ²_ν = 1/(ν − 2), ν > 2, by the integral over the density."""
    return sp.gammasimp(sp.simplify(sp.integrate(CHI_SQUARE / X, (X, 0, sp.oo), conds="none")))


def factor() -> sp.Expr:
    """E loss/T for N >= r + 2: 1 + r E 1/χ²_{N−r+1}, each diagonal entry of (GᵀG)⁻¹ being 1/χ²_{N−r+1}. Exact."""
    return sp.factor(1 + R * inverse_moment().subs(NU, N - R + 1))


def factor_limit() -> sp.Expr:
    """Limit u/(u − 1) of the factor at N = u r, r → ∞."""
    return sp.simplify(sp.limit(factor().subs(N, RATIO * R), R, sp.oo))


def tail_index(offset: int) -> sp.Expr:
    """Index k of P(loss/T > t) ~ t^−k at N = r + offset: t → ∞ of −t P′/P, P = P(χ²_ν < 1/t), ν = offset + 1. Exact.

    Raises ArithmeticError if the closed form of P, which even ν have, gives another index.
    """
    nu = sp.Integer(offset + 1)
    density = CHI_SQUARE.subs(NU, nu)
    below = sp.integrate(density, (X, 0, X), conds="none") if nu % 2 == 0 else None
    # l'Hôpital on x p(x)/P(x), x = 1/t → 0: the limit is 1 + x p′/p, which needs no closed form of P.
    by_density = sp.limit(1 + X * sp.diff(density, X) / density, X, 0)
    if below is not None and sp.simplify(sp.limit(X * density / below, X, 0) - by_density) != 0:
        raise ArithmeticError("the two routes to the tail index differ")
    return by_density


@cache
def seen_integral() -> sp.Expr:
    """Number of coordinates seen, ∫ (1 − exp(−D c i^−η)) di = Γ(1 − 1/η) (cD)^(1/η). Asymptotic, η > 1.

    With t = D c i^−η it is (cD)^(1/η) ∫ (1 − e^−t) d(−t^(−1/η)), by parts (cD)^(1/η) ∫ e^−t t^(−1/η) dt.
    """
    t, a = sp.symbols("t a", positive=True)  # a = 1 − 1/η
    gamma = sp.integrate(sp.exp(-t) * t ** (a - 1), (t, 0, sp.oo), conds="none")
    return (C * D) ** (1 / ETA) * gamma.subs(a, 1 - 1 / ETA)


def rank_exponent() -> sp.Expr:
    """Growth exponent 1/η of the rank in D: D d log S/dD. Asymptotic."""
    return sp.simplify(D * sp.diff(sp.log(seen_integral()), D))


def rank_constant() -> sp.Expr:
    """Limit Γ(1 − 1/η) of S/(cD)^(1/η)."""
    return sp.simplify(seen_integral() / (C * D) ** (1 / ETA))


def variance_ratio() -> sp.Expr:
    """Var S/E S → 2^(1/η) − 1, since Var S = E S at 2D minus E S at D."""
    return sp.simplify(seen_integral().subs(D, 2 * D) / seen_integral()) - 1


def deficit() -> sp.Expr:
    """E(S − r) to leading order at large D: D s²/2 of D (s − 1 + e^−s), s = Σ p (1 − p)^(D−1) = S/(ηD) = dS/dD."""
    s = sp.Symbol("s", positive=True)
    leading = sp.series(D * (s - 1 + sp.exp(-s)), s, 0, 3).removeO()
    return sp.powsimp(sp.simplify(leading.subs(s, sp.diff(seen_integral(), D))), force=True)


def deficit_constant() -> sp.Expr:
    """E(S − r) → π c/8 at sparsity 2, where it no longer depends on D."""
    return sp.simplify(deficit().subs(ETA, 2))


def closing_exponent(density_exponent: sp.Expr | None) -> sp.Expr:
    """Exponent θ of r − N = Σ κ/(s_k² + κ) ~ κ^θ as the effective ridge κ vanishes at the threshold.

    ``density_exponent`` −θ' of the density x^(−θ') of the s_k² at 0 (−1/2 for χ²_1, the rarest modes with Gaussian
    amplitudes): ∫ x^(−θ') κ/(x + κ) dx = κ^(1−θ') π/sin(πθ'). None: no weight near 0 (signs), Σ κ/(x + κ) → κ Σ 1/x.
    """
    kappa = sp.Symbol("kappa", positive=True)
    if density_exponent is None:
        share = kappa / (X + kappa)
        return sp.limit(kappa * sp.diff(sp.log(share), kappa), kappa, 0)
    share = sp.integrate(X**density_exponent / (X + 1), (X, 0, sp.oo), conds="none") * kappa ** (density_exponent + 1)
    return sp.simplify(kappa * sp.diff(sp.log(share), kappa))


def amplitude(amplitudes: str = "gaussian") -> sp.Expr:
    """Limit 1/θ of (L/T) μ at N = r (1 − μ), μ → 0: N − df₂ = κ ∂_κ(r − N) = θ (r − N). Above the threshold it is 1.

    The density of χ²_1 at 0 is x^(ν/2 − 1) at ν = 1. Holds on and above the line sparsity = 1 + decay.
    """
    at_zero = sp.limit(X * sp.diff(sp.log(CHI_SQUARE.subs(NU, 1)), X), X, 0)
    return 1 / closing_exponent(at_zero if amplitudes == "gaussian" else None)


def height_constant() -> sp.Expr:
    """Limit 2 e^γ of exp E log(loss/T) over r at N = r, Gaussian teacher: E log χ²_ν = ψ(ν/2) + log 2, by sympy.

    loss/T = χ²_(r+1)/χ²_1; the mean log of χ²_ν is the derivative at 0 of log E (χ²_ν)^s = log 2^s Γ(ν/2 + s)/Γ(ν/2).
    """
    s = sp.Symbol("s", positive=True)
    moment = sp.gammasimp(sp.simplify(sp.integrate(CHI_SQUARE * X**s, (X, 0, sp.oo), conds="none")))
    mean_log = sp.diff(sp.log(moment), s).subs(s, 0)
    half = sp.Symbol("h", positive=True)  # ν/2; sympy's limit goes wrong on digamma(r/2 + 1/2), and log r ~ log ν
    growing = sp.limit(mean_log.subs(NU, 2 * half) - sp.log(2 * half), half, sp.oo)
    return sp.simplify(sp.exp(growing - mean_log.subs(NU, 1)))
