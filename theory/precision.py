"""Digits as an argument: exact inputs, working precision, certified outputs.

Numbers enter as exact rationals, are worked on as arb balls or mpf at a precision set by a ``with`` block,
and leave with an error bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from numbers import Integral
from typing import TypeAlias

import flint
import mpmath
from flint import arb, fmpq
from mpmath import mpf

Real: TypeAlias = int | float | Fraction | mpf | str
GUARD = 15  # decimal digits carried beyond those asked for


@contextmanager
def working(digits: int) -> Iterator[None]:
    """Precision of ``digits`` decimal digits, in mpmath and in flint alike, inside the ``with`` block.

    Raises ValueError for digits below 1.
    """
    if digits < 1:
        raise ValueError(f"digits must be at least 1, got {digits}")
    with mpmath.workdps(digits), flint.ctx.workprec(int(3.3219280948874 * digits) + 4):
        yield


def exact(value: Real) -> Fraction:
    """The rational number that the value is; a float stands for its binary value.

    Raises ValueError for NaN and infinity.
    """
    if isinstance(value, mpf):
        if not mpmath.isfinite(value):
            raise ValueError(f"a finite number is needed, got {value}")
        numerator, denominator = mpmath.libmp.to_rational(value._mpf_)
        return Fraction(int(numerator), int(denominator))
    try:
        return Fraction(int(value)) if isinstance(value, Integral) else Fraction(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"a finite number is needed, got {value!r}") from error


def ball(value: Real) -> arb:
    """Enclosure of the value at the working precision. Raises ValueError for NaN and infinity."""
    rational = exact(value)
    return arb(fmpq(rational.numerator, rational.denominator))


def as_mpf(value: arb) -> mpf:
    """Midpoint of a ball, rounded to the working precision of mpmath."""
    mantissa, exponent = value.mid().man_exp()
    return mpmath.ldexp(mpf(int(mantissa)), int(exponent))


def as_float(value: arb) -> tuple[float, float]:
    """The float64 nearest the midpoint of a ball, and a bound on its distance from any point of the ball."""
    nearest = float(value.mid())
    return nearest, abs(nearest) * 2.0**-52 + float(value.rad()) * (1 + 2.0**-20)


def certified(function: Callable[[int], mpf], digits: int) -> tuple[mpf, mpf]:
    """Value ``function(2 digits)`` and a bound on its error, from ``function(digits)``.

    The bound is the distance between the two, at least one unit in the last of ``digits`` places. This is
    evidence, not proof: a function wrong in the same way at both precisions passes; arb balls are proof.

    Raises ArithmeticError when the two differ by more than half the digits asked for.
    """
    first, second = function(digits), function(2 * digits)
    with mpmath.workdps(2 * digits):
        scale = abs(second) if second else mpf(1)
        bound = max(abs(first - second), scale * mpf(10) ** (1 - digits))
        if not bound <= scale * mpf(10) ** (-(digits // 2)):
            raise ArithmeticError(
                f"at {digits} digits the value is {mpmath.nstr(first, 12)}, at {2 * digits} digits "
                f"{mpmath.nstr(second, 12)}: terms cancel; ask for more digits, or rewrite the formula"
            )
        return second, bound
