"""SiLU tickets: their bias and variance in closed form or by quadrature, certified digits.

silu(z) = z/(1 + e^−z). Integrals are Gauss-Legendre sums in ball arithmetic, taken at two precisions with twice as many
nodes: the integrands are analytic around the interval, so the error falls geometrically with the number of nodes.
Derived in docs/lottery_tickets/exact.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import sympy as sp
from flint import acb, arb
from mpmath import mpf

from theory.parameters import positive
from theory.precision import Real, as_mpf, ball, certified, exact, working

GUARD = 10


class BiasVariance(NamedTuple):
    """Squared bias b² and variance v of one ticket, with bounds on their errors."""

    squared_bias: mpf
    variance: mpf
    error: mpf


def _rule(n: int, low: arb, high: arb) -> list[tuple[arb, arb]]:
    """Nodes and weights of n-point Gauss-Legendre for the *mean* over (low, high)."""
    pairs = [arb.legendre_p_root(n, k, weight=True) for k in range(n)]
    return [((low + high) / 2 + (high - low) / 2 * x, w / 2) for x, w in pairs]


def _certified(values: Callable[[int], tuple[arb, arb]], digits: int) -> BiasVariance:
    def one(which: int) -> tuple[mpf, mpf]:
        def at(d: int) -> mpf:
            with working(d + GUARD):
                return as_mpf(values(d)[which])

        return certified(at, digits)

    (bias, bias_error), (variance, variance_error) = one(0), one(1)
    return BiasVariance(bias, variance, max(bias_error, variance_error))


def pair_identity() -> sp.Expr:
    """silu(z) + silu(−z) − z tanh(z/2): zero."""
    z = sp.Symbol("z", real=True)
    both = z / (1 + sp.exp(-z)) - z / (1 + sp.exp(z)) - z * sp.tanh(z / 2)
    return sp.simplify(both.rewrite(sp.exp))


@cache
def pair(low: Real, high: Real, digits: int = 15) -> BiasVariance:
    """b² and v of the ticket (2x/w) tanh(wx/2), w uniform on (low, high), against x² on (−1, 1). Exact.

    Raises ValueError unless 0 < low < high.
    """
    a = positive("low", low, "a ticket of weight 0 is x² itself")
    if exact(high) <= a:
        raise ValueError(f"high must exceed low = {low}, got {high}; exchange them")

    def values(d: int) -> tuple[arb, arb]:
        weights = _rule(d, ball(a), ball(high))
        bias, variance = arb(0), arb(0)
        for x, share in _rule(2 * d, arb(0), arb(1)):  # even in x
            errors = [(2 * x / w * (w * x / 2).tanh() - x * x, p) for w, p in weights]
            mean: arb = sum((e * p for e, p in errors), arb(0))
            bias += share * mean**2
            variance += share * sum(((e - mean) ** 2 * p for e, p in errors), arb(0))
        return bias, variance

    return _certified(values, digits)


# Tickets shifted in the place of their kink.


@cache
def antiderivatives() -> tuple[sp.Lambda, sp.Lambda]:
    """∫ silu and ∫ silu², in ℓ = log(1 + e^z) and polylogarithms of −e^z; checked by differentiation.

    z ℓ + Li₂ and, by parts with s² = s − s′ for the logistic s, z² ℓ + 2 z Li₂ − 2 Li₃ − z² s + 2 (z ℓ + Li₂).
    Raises ArithmeticError if the derivatives are not silu and silu².
    """
    z = sp.Symbol("z", real=True)
    logistic, ell = 1 / (1 + sp.exp(-z)), sp.log(1 + sp.exp(z))
    two, three = sp.Function("Li2")(z), sp.Function("Li3")(z)
    first = z * ell + two
    second = z**2 * ell + 2 * z * two - 2 * three - z**2 * logistic + 2 * first
    rules = {sp.diff(three, z): two, sp.diff(two, z): -ell}  # d Li_s(−e^z)/dz = Li_{s−1}(−e^z), Li₁ = −ℓ
    for integral, power in ((first, 1), (second, 2)):
        slope = sp.diff(integral, z).subs(rules)
        if sp.simplify(slope - (z * logistic) ** power) != 0:
            raise ArithmeticError(f"not the antiderivative of silu^{power}")
    return sp.Lambda(z, first), sp.Lambda(z, second)


def _integrals(z: arb) -> tuple[arb, arb]:
    """∫ silu and ∫ silu² at z, the formulas of `antiderivatives` in balls."""
    e = z.exp()
    ell, s = (1 + e).log(), 1 / (1 + 1 / e)
    two, three = (acb(-e).polylog(k).real for k in (2, 3))
    first = z * ell + two
    return first, z * z * ell + 2 * z * two - 2 * three - z * z * s + 2 * first


@cache
def shifted(span: Real, sharpness: Real, digits: int = 15) -> BiasVariance:
    """b² and v of the ticket c − 2Lx + (4L/k) silu(k(x − t)), t uniform on (−L, L), against x² on (−1, 1). Exact.

    L = ``span``, k = ``sharpness``, c = −L² + π²/(3k²), which leaves a bias of order e^(−k(L − 1)).
    Raises ValueError unless L > 1 and k > 0.
    """
    L, k = positive("span", span, "kinks are spread over (−L, L)"), positive("sharpness", sharpness, "silu(kx)/k")
    if L <= 1:
        raise ValueError(f"span must exceed 1, the half width of the interval of x, got {span}; raise it")

    def values(d: int) -> tuple[arb, arb]:
        half, steep = ball(L), ball(k)
        constant = -(half**2) + arb.pi() ** 2 / (3 * steep**2)
        bias, variance = arb(0), arb(0)
        for x, share in _rule(2 * d, arb(-1), arb(1)):
            upper, lower = _integrals(steep * (x + half)), _integrals(steep * (x - half))
            one, two = ((u - v) / (2 * half * steep) for u, v in zip(upper, lower, strict=True))  # means over t
            gain = 4 * half / steep
            bias += share * (constant - 2 * half * x + gain * one - x * x) ** 2
            variance += share * gain**2 * (two - one**2)
        return bias, variance

    return _certified(values, digits)
