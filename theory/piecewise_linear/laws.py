"""Constants of piecewise-linear approximation, derived by sympy; see docs/lottery_tickets/approximation.md."""

from __future__ import annotations

from functools import cache

import sympy as sp

H, KAPPA, N, R, T = sp.symbols("h kappa n R t", positive=True)
SHARE, DELTA = sp.symbols("p delta", positive=True)


@cache
def line_error() -> sp.Expr:
    """∫ (κt²/2 − best line)² over a piece of length h: κ²h⁵/720, exact."""
    a, b = sp.symbols("a b")
    error = sp.integrate(sp.expand((KAPPA * T**2 / 2 - a * T - b) ** 2), (T, -H / 2, H / 2))
    best = sp.solve([sp.diff(error, a), sp.diff(error, b)], [a, b], dict=True)[0]
    return sp.factor(error.subs(best))


@cache
def interpolation_error() -> sp.Expr:
    """∫ (κt²/2 − line through both ends)² over a piece of length h: κ²h⁵/120, exact."""
    residual = KAPPA * (T**2 - H**2 / 4) / 2
    return sp.factor(sp.integrate(sp.expand(residual**2), (T, -H / 2, H / 2)))


def quadratic_optimum() -> sp.Expr:
    """Mean square error of n equal pieces for x² on [−R, R]: 4R⁴/(45 n⁴), exact and least since Σ h⁵ is convex."""
    return sp.simplify(N * line_error().subs({KAPPA: 2, H: 2 * R / N}) / (2 * R))


def convex_optimum(rate: sp.Expr) -> sp.Expr:
    """Limit of n⁴ · mean square error of the best n pieces for exp(kx) on [0, 1]: (∫ f''^(2/5))⁵/720. Asymptotic(n⁻²).

    Pieces of local length h cost ∫ f''² h⁴/720; under ∫ dx/h = n the least is reached where f''² h⁵ is constant.
    """
    x = sp.Symbol("x", real=True)
    second = rate**2 * sp.exp(rate * x)
    coefficient = line_error().subs({KAPPA: 1, H: 1})
    integrand = sp.powsimp(sp.expand_power_base(second ** sp.Rational(2, 5), force=True))
    return coefficient * sp.integrate(integrand, (x, 0, 1)) ** 5


def random_knots(n_knots: sp.Expr) -> sp.Expr:
    """E Σ s⁵ · n⁴ of the n = W + 1 spacings s of W uniform knots: loss over the optimum, exact.

    A spacing is Beta(1, W), so E s⁵ = 5! W!/(W + 5)! and the ratio is 120 n⁵ W!/(W + 5)!; its limit is 120.
    """
    pieces = n_knots + 1
    rising = sp.prod([n_knots + j for j in range(1, 6)])
    return pieces * sp.factorial(5) / rising * pieces**4


def parity_constant() -> sp.Expr:
    """Limit of n² (ratio − 1) of a network without a skip, its flat piece δ pieces from where equal pieces are centred.

    Sides of shares p and 1 − p of the interval take pn + δ and (1 − p) n − δ pieces in place of pn and (1 − p) n,
    and p⁵/(pn + δ)⁴ + (1 − p)⁵/((1 − p) n − δ)⁴ is expanded in 1/n: 10 δ²/(p (1 − p)). Asymptotic(1/n).
    """
    e = sp.Symbol("e", positive=True)
    p = SHARE
    relative = p**5 / (p + DELTA * e) ** 4 + (1 - p) ** 5 / (1 - p - DELTA * e) ** 4
    return sp.factor(sp.series(relative - 1, e, 0, 3).removeO().coeff(e, 2))


@cache
def cube_constants() -> tuple[sp.Rational, sp.Rational]:
    """Mean square over [−½, ½]² of x²/2 and of xy, less their affine fits: 1/720 and 1/144, exact."""
    x, y = sp.symbols("x y", real=True)

    def mean(f: sp.Expr) -> sp.Expr:
        return sp.integrate(sp.integrate(sp.expand(f), (x, -sp.S.Half, sp.S.Half)), (y, -sp.S.Half, sp.S.Half))

    bent, twisted = x**2 / 2, x * y
    left = [f - mean(f) - 12 * mean(f * x) * x - 12 * mean(f * y) * y for f in (bent, twisted)]
    return sp.Rational(mean(left[0] ** 2)), sp.Rational(mean(left[1] ** 2))


def polygon_constant(n_sides: int) -> sp.Expr:
    """n² · mean square error of |x|² in regular cells of area 1/n, one affine function each. Exact.

    By symmetry the best affine function is the mean of |x|²: 1/45, 1/90 and 43/4860 for 3, 4 and 6 sides.
    Raises ValueError for cells that do not tile the plane.
    """
    if n_sides not in (3, 4, 6):
        raise ValueError(f"n_sides must be 3, 4 or 6, got {n_sides!r}; other regular cells do not tile the plane")
    half = sp.pi / n_sides  # half the angle of a sector; y = x s up to tan(half), x up to the inner radius 1
    s, u = sp.symbols("s u", real=True)
    edge = sp.tan(half)

    def moment(power: int) -> sp.Expr:
        inner = sp.integrate(sp.expand(u ** (2 * power + 1)), (u, 0, 1))
        return 2 * n_sides * inner * sp.integrate(sp.expand((1 + s**2) ** power), (s, 0, edge))

    area, second, fourth = (moment(k) for k in range(3))
    return sp.nsimplify(sp.simplify((fourth / area - (second / area) ** 2) / area**2))
