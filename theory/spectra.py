"""Power-law spectra: variances i^−s of the modes, and their certified sums.

For 0 < r_i = λ_i/(λ_i + κ) < 1 the degrees of freedom are df_p(κ) = Σ_i r_i^p, i = 1..M. With r_i = f(i) and
f(x) = 1/(1 + κ x^s) they are summed by Euler-Maclaurin in ball arithmetic, for any M including infinity.
Derived in docs/random_features.md, "Sums over the spectrum".
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
from flint import arb, arb_series, fmpq
from mpmath import mpf

from theory.parameters import decay_of, modes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working

Sums = tuple[arb, arb, arb, arb]


def exponent(decay: Any) -> Any:
    """Exponent s = 1 + α of the variances λ_i = i^−s: the definition of the spectrum, in numbers or symbols."""
    return 1 + decay


def trace(*, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Total variance Σ_{i<=M} i^−(1+decay) = ζ(s) − ζ(s, M+1). Exact, to ``digits`` digits.

    Raises ValueError for decay <= 0 or n_modes < 1.
    """
    with working(digits + GUARD):
        return as_mpf(trace_ball(exact(exponent(decay_of(decay))), modes_of(n_modes)))


def trace_ball(s: Fraction, modes: int | None) -> arb:
    """Σ_{i<=modes} i^−s as a ball (modes None: infinitely many), at the working precision."""
    total = ball(s).zeta()
    return total if modes is None else total - ball(s).zeta(arb(modes + 1))


def power_sums(kappa: Real | arb, *, decay: Real, n_modes: float, digits: int = 50) -> Sums:
    """Degrees of freedom df_1, …, df_4 at effective ridge ``kappa``: df_p = Σ_{i<=M} (λ_i/(λ_i+κ))^p.

    Exact: the balls contain the sums. Their radius is about 10^-digits for sums above 1, and absolute below.

    Raises ValueError for kappa <= 0, decay <= 0 or n_modes < 1.
    Source: derived here, docs/random_features.md, "Sums over the spectrum".
    """
    s, modes = exact(exponent(decay_of(decay))), modes_of(n_modes)
    with working(digits + GUARD):
        k = kappa if isinstance(kappa, arb) else ball(kappa)
        if not k > 0:
            raise ValueError(f"kappa must be positive, got {kappa}; it is the solution of df_1(kappa) = size")
        return sums_ball(k, s, modes, digits + 5)


def sums_ball(kappa: arb, s: Fraction, modes: int | None, digits: int) -> Sums:
    """df_1, …, df_4 as balls with remainder below 10^−digits, at the working precision."""
    start, order = _cut(s, digits)
    if modes is not None and modes <= start + 1:
        return _direct(kappa, s, modes)
    head = _direct(kappa, s, start - 1)
    tail = _euler_maclaurin(kappa, s, start, modes, order)
    return head[0] + tail[0], head[1] + tail[1], head[2] + tail[2], head[3] + tail[3]


@lru_cache(maxsize=64)
def _cut(s: Fraction, digits: int) -> tuple[int, int]:
    """Where Euler-Maclaurin starts and how many terms it takes for a remainder below 10^−digits."""
    order = max(4, (digits + 1) // 2)
    log_r = math.log(math.sin(math.pi / (2 * float(s))))
    # |R| <= 2 (2J)! (2π r)^(−2J) x^(1−2J)/(2J−1): the disc of radius r x about x keeps Re(1 + κ z^s) >= 1.
    log_bound = math.log(4) + math.lgamma(2 * order + 1) - 2 * order * (math.log(2 * math.pi) + log_r)
    log_start = (log_bound - math.log(2 * order - 1) + digits * math.log(10)) / (2 * order - 1)
    return max(4, math.ceil(math.exp(log_start)) + 1), order


@lru_cache(maxsize=256)
def _inverse_modes(s: Fraction, count: int, precision: int) -> tuple[arb, ...]:
    """1/λ_i = i^s for i = 1..count, at ``precision`` bits (the key of the cache)."""
    assert precision == flint.ctx.prec
    return tuple(arb(i) ** ball(s) for i in range(1, count + 1))


@lru_cache(maxsize=256)
def _inverse_series(s: Fraction, x: int, order: int, precision: int) -> arb_series:
    """(x+h)^s as a power series in h, to h^(2·order − 1)."""
    assert precision == flint.ctx.prec
    with _series_length(2 * order):
        return arb_series([x, 1]) ** ball(s)


class _series_length:  # noqa: N801
    """Number of terms kept in power series inside the ``with`` block."""

    def __init__(self, length: int) -> None:
        self.length, self.before = length, flint.ctx.cap

    def __enter__(self) -> None:
        flint.ctx.cap = self.length

    def __exit__(self, *_: object) -> None:
        flint.ctx.cap = self.before


def _direct(kappa: arb, s: Fraction, count: int) -> Sums:
    """Σ r^p for p = 1, …, 4 over the first ``count`` modes, term by term."""
    first = second = third = fourth = arb(0)
    for inverse in _inverse_modes(s, count, flint.ctx.prec):
        r = 1 / (1 + kappa * inverse)
        square = r * r
        first, second = first + r, second + square
        third, fourth = third + square * r, fourth + square * square
    return first, second, third, fourth


def _primitives(kappa: arb, s: Fraction, x: int) -> Sums:
    """∫_0^x f for f = 1/(1 + κ x^s), and x f, x f², x f³ at x."""
    power = kappa * arb(x) ** ball(s)
    inverse = ball(1 / s)
    f = 1 / (1 + power)
    integral = x * (-power).hypgeom_2f1(1, inverse, 1 + inverse)
    return integral, x * f, x * f * f, x * f * f * f


def _integrals(kappa: arb, s: Fraction, start: int, modes: int | None) -> list[arb]:
    """∫ f^p from start to modes, p = 1, …, 4: I_{p+1} = (1 − 1/(sp)) I_p + [x f^p/(sp)]."""
    lower = _primitives(kappa, s, start)
    if modes is None:
        inverse = ball(1 / s)
        whole = arb.pi() * inverse / (arb.pi() * inverse).sin()  # C_s = ∫_0^∞ dx/(1+x^s)
        upper: Sums = (whole * kappa ** (-inverse), arb(0), arb(0), arb(0))
    else:
        upper = _primitives(kappa, s, modes)
    integrals = [upper[0] - lower[0]]
    for p in (1, 2, 3):
        sp = ball(s) * p
        integrals.append((1 - 1 / sp) * integrals[-1] + (upper[p] - lower[p]) / sp)
    return integrals


def _end_terms(kappa: arb, s: Fraction, x: int, order: int, sign: int) -> list[arb]:
    """f(x)^p/2 + sign Σ_j (B_2j/2j) [h^(2j−1)] f(x+h)^p for p = 1, …, 4."""
    with _series_length(2 * order):
        f = 1 / (1 + kappa * _inverse_series(s, x, order, flint.ctx.prec))
        square = f * f
        powers = [f, square, square * f, square * square]
    terms = []
    for series in powers:
        a = series.coeffs()
        total = a[0] / 2
        for j in range(1, order + 1):
            total += sign * arb(fmpq.bernoulli(2 * j)) / (2 * j) * a[2 * j - 1]
        terms.append(total)
    return terms


def _euler_maclaurin(kappa: arb, s: Fraction, start: int, modes: int | None, order: int) -> list[arb]:
    """Σ_{i=start}^{modes} f(i)^p for p = 1, …, 4, with the remainder as a ball."""
    lower = _end_terms(kappa, s, start, order, -1)
    upper = [arb(0)] * 4 if modes is None else _end_terms(kappa, s, modes, order, +1)
    r = (arb.pi() / (2 * ball(s))).sin()
    bound = abs(arb(fmpq.bernoulli(2 * order))) * r ** (-2 * order) * arb(start) ** (1 - 2 * order) / (2 * order - 1)
    remainder = arb(0, bound.upper())
    return [i + a + b + remainder for i, a, b in zip(_integrals(kappa, s, start, modes), lower, upper, strict=True)]
