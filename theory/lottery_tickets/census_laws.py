"""What networks of two SiLU neurons can come to on y = x², by sympy and multiprecision: constants and pairs.

A pair is f(x) = a (silu(wx + b) + silu(−wx + b)) + c. Derived in docs/lottery_tickets/census.md.
"""

from __future__ import annotations

from functools import cache

import mpmath
import sympy as sp
from mpmath import mpf
from mpmath.calculus.quadrature import GaussLegendre

from theory.lottery_tickets.smooth_laws import SILU, X, Z, bias_without, derivative_at
from theory.precision import GUARD, working

RADIUS = sp.Symbol("R", positive=True)
SHIFT = sp.Symbol("beta", real=True)
DIFFERENCE = sp.Symbol("t", positive=True)


def mean(f: sp.Expr) -> sp.Expr:
    """Mean of a polynomial in x over [−R, R]."""
    return sp.simplify(sp.integrate(sp.expand(f), (X, -RADIUS, RADIUS)) / (2 * RADIUS))


def constant_loss() -> sp.Expr:
    """Least mean squared error of a constant: the variance of x², 4R⁴/45. Exact."""
    level = sp.Symbol("c", real=True)
    loss = sp.expand(mean((X**2 - level) ** 2))
    (best,) = sp.solve(sp.diff(loss, level), level)
    return sp.simplify(loss.subs(level, best))


def untrained_symmetric(tolerance: sp.Expr) -> sp.Expr:
    """Chance of a symmetric pair before training, tolerance τ <= 1: τ²/4 − τ³/24. Exact.

    Input weights and biases are uniform on [−1, 1]. Of two uniform |w| the relative difference 1 − min/max is
    uniform on [0, 1], |b₁ − b₂| has density 1 − t/2 on [0, 2], and the signs of w differ with chance 1/2.
    """
    together = sp.integrate((1 - DIFFERENCE / 2) * (tolerance - DIFFERENCE), (DIFFERENCE, 0, tolerance))
    return sp.expand(together / 2)


@cache
def bias_shift() -> sp.Expr:
    """Limit of (b − b*)/(w²R²) at the best bias b of a pair, b* > 0 the zero of silu⁗: −s₆/(22 s₅). Asymptotic(w²R²).

    With b = b* + β w² the pair is a s₂ w² x² + a w⁶ (β s₅ x⁴/12 + s₆ x⁶/360) and less. The free level and x² take
    off what they reach; β minimises the mean square of the rest.
    """
    s5, s6 = sp.symbols("s5 s6", real=True)
    rest = [_less_level_and_square(X**4) * s5 / 12, _less_level_and_square(X**6) * s6 / 360]
    loss = sp.expand(mean((SHIFT * rest[0] + rest[1]) ** 2))
    (best,) = sp.solve(sp.diff(loss, SHIFT), SHIFT)
    return sp.simplify(best / RADIUS**2)


def _less_level_and_square(f: sp.Expr) -> sp.Expr:
    """F less its least-squares fit by 1 and x²."""
    square = X**2 - mean(X**2)
    return f - mean(f) - mean(f * square) / mean(square**2) * square


def bias_shift_value(digits: int = 30) -> mpf:
    """Value of `bias_shift` at b* = 1.0319582…, 0.0525618875."""
    with working(digits + GUARD):
        place = bias_without(4, 1.03, digits)
        values = {f"s{k}": derivative_at(k, place, digits) for k in (5, 6)}
        law = bias_shift()
        return sp.lambdify(sp.symbols("s5 s6", real=True), law, "mpmath")(values["s5"], values["s6"])


def bias_shift_at(inverse: int, digits: int = 30) -> mpf:
    """(b − b*)/(w²R²) at w²R² = 1/inverse: the stationary bias in multiprecision, exact but for quadrature.

    Gauss-Legendre on 24 nodes, whose relative error is of order (w²R²)^24. Raises ValueError for inverse < 100.
    """
    if inverse < 100:
        raise ValueError(f"inverse must be at least 100, got {inverse}; at larger w take theory.lottery_tickets.census")
    with working(digits + 6 * len(str(inverse)) + GUARD):
        w = 1 / mpmath.sqrt(inverse)
        silu, slope = (sp.lambdify(Z, sp.diff(SILU, Z, k), "mpmath") for k in (0, 1))
        nodes = [(x, q / 2) for x, q in GaussLegendre(mpmath.mp).calc_nodes(4, mpmath.mp.prec)]

        def covariance(f: list[mpf], g: list[mpf]) -> mpf:
            mean_f, mean_g = (sum(v * q for v, (_, q) in zip(values, nodes, strict=True)) for values in (f, g))
            terms = zip(f, g, nodes, strict=True)
            return sum((u - mean_f) * (v - mean_g) * q for u, v, (_, q) in terms)

        def stationary(b: mpf) -> mpf:
            g = [silu(b + w * x) + silu(b - w * x) for x, _ in nodes]
            h = [slope(b + w * x) + slope(b - w * x) for x, _ in nodes]
            y = [x * x for x, _ in nodes]
            return (covariance(h, y) * covariance(g, g) - covariance(g, y) * covariance(g, h)) * inverse**4

        place = bias_without(4, 1.03, mpmath.mp.dps)
        start = place + mpf(1) / 19 / inverse
        b = mpmath.findroot(stationary, (start, start + mpf(1) / 1000 / inverse), solver="secant", verify=False)
        return (b - place) * inverse
