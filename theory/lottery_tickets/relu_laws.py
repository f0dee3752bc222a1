"""Random ReLU tickets, symbolically: every constant from the definition of a ticket, by integrating polynomials.

f_N = R² − 2R (x + R) + (4R/N) Σ (x − t_i)_+ with t_i uniform on (−R, R) and x uniform there. In p = (x + R)/2R and
q = (t + R)/2R the centred ticket is 8R² h, h = (p − q)_+ − E (p − q)_+, on the unit square.
Derived in docs/lottery_tickets/exact.md.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sympy as sp

N = sp.Symbol("N", positive=True)
RADIUS = sp.Symbol("R", positive=True)
P, Q, S = sp.symbols("p q s", positive=True)
GAIN = 8 * RADIUS**2  # a centred ticket is this times h


def _over_q(left: sp.Expr, right: sp.Expr) -> sp.Expr:
    """E over q of a function that is ``left`` for q < p and ``right`` for q > p."""
    return sp.expand(sp.integrate(left, (Q, 0, P)) + sp.integrate(right, (Q, P, 1)))


@cache
def mean_ticket() -> sp.Expr:
    """Mean of (p − q)_+ over the kink q, uniform on (0, 1), at the place p: p²/2. Exact."""
    return _over_q(P - Q, sp.Integer(0))


@cache
def bias() -> sp.Expr:
    """E f_N − x² in terms of p: zero."""
    x = RADIUS * (2 * P - 1)
    mean = RADIUS**2 - 2 * RADIUS * (x + RADIUS) + 4 * RADIUS * 2 * RADIUS * mean_ticket()
    return sp.expand(mean - x**2)


@cache
def ticket_variance() -> sp.Expr:
    """Variance of a ticket at p: (8R²)² (p³/3 − p⁴/4)."""
    return sp.expand(GAIN**2 * (_over_q((P - Q) ** 2, sp.Integer(0)) - mean_ticket() ** 2))


@cache
def mse() -> sp.Expr:
    """Mean squared error of N independent tickets, 32 R⁴/(15 N): the bias vanishes, the mean variance is over N."""
    return sp.integrate(bias() ** 2, (P, 0, 1)) + sp.integrate(ticket_variance(), (P, 0, 1)) / N


@cache
def stratified_mse() -> sp.Expr:
    """Mean squared error of N tickets, one t_i in each of N equal cells: 16 R⁴ (1/(6N³) − 1/(30N⁴)). Exact.

    Cells are 1/N wide in q. One that lies left of p adds Var q; the one that holds p, at a distance s from its edge,
    adds Var (s − q)_+; cells on the right add nothing. On average (N − 1)/2 cells lie on the left.
    """
    width = 1 / N
    left = sp.integrate(Q**2, (Q, 0, width)) / width - (sp.integrate(Q, (Q, 0, width)) / width) ** 2
    square = sp.integrate((S - Q) ** 2, (Q, 0, S)) / width
    own = square - (sp.integrate(S - Q, (Q, 0, S)) / width) ** 2
    here = sp.integrate(own, (S, 0, width)) / width
    return sp.expand((GAIN / N) ** 2 * ((N - 1) / 2 * left + here))


class Moments(NamedTuple):
    """Of the centred ticket g̃, in units of R⁴ and R⁸: Σλ, Σλ² and E‖g̃‖⁴."""

    trace: sp.Rational
    squares: sp.Rational
    fourth: sp.Rational


@cache
def moments() -> Moments:
    """Σλ from the variance, Σλ² from the squared covariance, E‖g̃‖⁴ from the norm of one ticket; λ eigenvalues."""
    low = sp.integrate((P - Q) * (S - Q), (Q, 0, P)) - P**2 * S**2 / 4  # covariance of h at p < s
    squares = 2 * sp.integrate(sp.integrate(sp.expand(low**2), (P, 0, S)), (S, 0, 1))
    mean = mean_ticket()
    norm = sp.integrate((P - Q - mean) ** 2, (P, Q, 1)) + sp.integrate(mean**2, (P, 0, Q))
    fourth = sp.integrate(sp.expand(norm**2), (Q, 0, 1))
    trace = sp.integrate(norm, (Q, 0, 1))
    unit = sp.Integer(64)
    return Moments(unit * trace, unit**2 * squares, unit**2 * fourth)


@cache
def spread() -> sp.Expr:
    """Relative variance of the loss at N tickets, exact; it does not vanish as N grows."""
    m = moments()
    return sp.expand((2 * m.squares * (1 - 1 / N) + (m.fourth - m.trace**2) / N) / m.trace**2)


def limit_spread() -> sp.Expr:
    """Relative variance of the loss at N = ∞: 2 Σλ²/(Σλ)²."""
    return sp.limit(spread(), N, sp.oo)


@cache
def secular_function() -> sp.Expr:
    """F(ω) whose positive zeros give the eigenvalues λ = 64 R⁴/ω⁴ of the covariance, with F(0) = 1.

    h'' is white noise on its mean, so the eigenfunctions solve φ'''' = ω⁴ φ with φ(0) = φ'(0) = φ'(1) = φ'''(1) = 0:
    φ = a (cosh − cos) + b (sinh − sin) leaves a 2 × 2 determinant.
    """
    w, x = sp.symbols("omega x", positive=True)
    even, odd = sp.cosh(w * x) - sp.cos(w * x), sp.sinh(w * x) - sp.sin(w * x)
    rows = [[sp.diff(f, x, k).subs(x, 1) / w**k for f in (even, odd)] for k in (1, 3)]
    determinant = sp.simplify(sp.expand(sp.Matrix(rows).det()))
    return sp.simplify(determinant / (w * sp.limit(determinant / w, w, 0)))


@cache
def power_sums() -> tuple[sp.Rational, sp.Rational]:
    """Σ ω^−4 and Σ ω^−8 over the zeros, from the expansion log F = −Σ ω^−4 w⁴ − ½ Σ ω^−8 w⁸ and so on."""
    w = sp.symbols("omega", positive=True)
    polynomial = sp.series(secular_function(), w, 0, 10).removeO()
    logarithm = sp.series(sp.log(polynomial), w, 0, 10).removeO()
    return -logarithm.coeff(w, 4), -2 * logarithm.coeff(w, 8)


class Centre(NamedTuple):
    """Of a ticket at x = 0: variance in units of R⁴, skewness κ and excess kurtosis."""

    variance: sp.Expr
    skewness: sp.Expr
    kurtosis: sp.Expr


@cache
def centre() -> Centre:
    """Moments of the ticket 4R (−t)_+ about its mean, t uniform on (−R, R)."""
    t = sp.Symbol("t", real=True)
    raw = [sp.integrate((4 * t) ** k, (t, 0, 1)) / 2 for k in range(1, 5)]  # the mirror image of (−t)_+, R = 1
    m = raw[0]
    two = raw[1] - m**2
    three = raw[2] - 3 * m * raw[1] + 2 * m**3
    four = raw[3] - 4 * m * raw[2] + 6 * m**2 * raw[1] - 3 * m**4
    return Centre(two, sp.simplify(three / two ** sp.Rational(3, 2)), four / two**2 - 3)


@cache
def gaussian_distance() -> sp.Expr:
    """Limit of sqrt(N) (F_N − Φ) at the mean of f_N(0): κ/(6 sqrt(2π)). Asymptotic(1/N).

    F = 1/2 − (1/π) ∫_0^∞ Im φ(s)/s ds with the characteristic function e^(−s²/2) (1 + κ (is)³/(6 sqrt N)).
    """
    s = sp.Symbol("s", positive=True)
    first = centre().skewness * (sp.I * s) ** 3 / 6 * sp.exp(-(s**2) / 2)
    return sp.simplify(-sp.integrate(sp.im(first) / s, (s, 0, sp.oo)) / sp.pi)
