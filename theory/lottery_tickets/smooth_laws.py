"""Error floors of small networks of smooth neurons, by sympy: x² on [−R, R], largest readout weight A.

With small input weights w every network below is a power series in wx. Least squares takes off the powers that free
parameters reach, and the first one left, C x^k, costs C² times the mean square of the monic Legendre polynomial of
degree k. Derived in docs/lottery_tickets/smooth.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import mpmath
import sympy as sp
from mpmath import mpf

from theory.precision import GUARD, working

X = sp.Symbol("x", real=True)
Z = sp.Symbol("z", real=True)
SILU = Z / (1 + sp.exp(-Z))


@cache
def monic_mean_square(degree: int) -> sp.Rational:
    """Mean square over [−1, 1] of x^k less its least-squares fit by lower powers, exact: (2^k k!²/(2k)!)²/(2k + 1)."""
    monic = sp.legendre(degree, X) / sp.Poly(sp.legendre(degree, X), X).LC()
    return sp.Rational(sp.integrate(sp.expand(monic**2), (X, -1, 1)) / 2)


@cache
def derivative_at(order: int, place: mpf, digits: int) -> mpf:
    """Derivative of silu of the given order at a place, taken symbolically, at ``digits`` digits and a few more."""
    with working(digits + GUARD):
        return sp.lambdify(Z, sp.diff(SILU, Z, order), "mpmath")(place)


def bias_without(order: int, near: float, digits: int = 30) -> mpf:
    """The zero of silu^(order) near a place: −1.2784645… for order 1, ±1.0319582… for order 4."""
    with working(digits + GUARD):
        return mpmath.findroot(sp.lambdify(Z, sp.diff(SILU, Z, order), "mpmath"), mpf(near))


def neuron(digits: int = 30) -> mpf:
    """Limit of MSE · A/R⁶ of one neuron with its best bias. Asymptotic(w²).

    silu' = 0 at the bias up to a shift of order w², which takes off x; A s₂ w²/2 = 1 for x², so x³ keeps A s₃ w³/6.
    """
    with working(digits + GUARD):
        place = bias_without(1, -1.28, digits)
        s2, s3 = derivative_at(2, place, digits), derivative_at(3, place, digits)
        return (s3 / 6) ** 2 * (2 / s2) ** 3 * _mpf(monic_mean_square(3))


def pair(digits: int = 30) -> mpf:
    """Limit of MSE · A⁴/R¹² of a pair ±w with its best common bias. Asymptotic(w²).

    silu'''' = 0 at the bias up to a shift of order w², which takes off all of x⁴; A s₂ w² = 1 for x², so x⁶ keeps
    A s₆ w⁶/360.
    """
    with working(digits + GUARD):
        place = bias_without(4, 1.03, digits)
        s2, s6 = derivative_at(2, place, digits), derivative_at(6, place, digits)
        return (s6 / (360 * s2**3)) ** 2 * _mpf(monic_mean_square(6))


def pair_at_fixed_bias(digits: int = 30) -> mpf:
    """Limit of MSE · A⁴/R¹² of a pair ±w with its bias at the very zero of silu''''. Asymptotic(w²).

    x⁶ keeps A s₆ w⁶/360 with A s₂ w² = 1, and its part along P₄, which the best bias takes off, stays: 121/4 times the
    limit of `pair`.
    """
    with working(digits + GUARD):
        place = bias_without(4, 1.03, digits)
        s2, s6 = derivative_at(2, place, digits), derivative_at(6, place, digits)
        left = sum((sp.integrate(X**6 * sp.legendre(k, X), (X, -1, 1)) / 2) ** 2 * (2 * k + 1) for k in (4, 6))
        return (s6 / (360 * s2**3)) ** 2 * _mpf(sp.Rational(left))


def unbiased_pairs(ratios: Sequence[int]) -> sp.Rational:
    """Limit of MSE · A^2m/R^4(m+1) of m pairs at zero bias with input weights ±r_i w. Asymptotic(w²).

    Readouts a_i solve Σ a_i (r_i w)^2j t_j = [j = 1], j ≤ m, with z tanh(z/2) = Σ t_j z^2j; x^(2m+2) is left. One
    pair: 16/99225. Raises ValueError for ratios that are not distinct and positive.
    """
    m = len(ratios)
    if m == 0 or min(ratios) <= 0 or len(set(ratios)) < m:
        raise ValueError(f"ratios must be distinct and positive, got {ratios!r}; give one number for every pair")
    series = sp.Poly(sp.series(Z * sp.tanh(Z / 2), Z, 0, 2 * m + 4).removeO(), Z)
    t = [series.coeff_monomial(Z ** (2 * j)) for j in range(1, m + 2)]
    matrix = sp.Matrix(m, m, lambda j, i: sp.Integer(ratios[i]) ** (2 * j + 2))
    readout = matrix.solve(sp.Matrix([1 / t[0]] + [0] * (m - 1)))  # a_i w²
    largest = max(abs(a) for a in readout)  # A w²
    left = t[m] * sum(a * sp.Integer(r) ** (2 * m + 2) for a, r in zip(readout, ratios, strict=True))  # C/w^2m
    return sp.Rational(left**2 * largest ** (2 * m) * monic_mean_square(2 * m + 2))


def unbiased_pair_at(norm: int, digits: int = 40) -> mpf:
    """MSE · A² of the pair at zero bias on [−1, 1] and w = norm^−1/2, readout and output bias by least squares.

    Exact but for quadrature, checked by `digits`.
    """
    with working(digits + 6 * len(str(norm))):
        w = 1 / mpmath.sqrt(norm)

        def mean(f: Callable[[mpf], mpf]) -> mpf:
            return mpmath.quad(f, [0, 1])

        def g(x: mpf) -> mpf:
            return w * x * mpmath.tanh(w * x / 2)

        level = mean(g)
        power = mean(lambda x: (g(x) - level) ** 2)
        a = mean(lambda x: (g(x) - level) * x * x) / power
        loss = mean(lambda x: (a * (g(x) - level) - x * x + mpf(1) / 3) ** 2)
        return loss * a * a


def _mpf(value: sp.Rational) -> mpf:
    return mpf(int(value.p)) / int(value.q)
