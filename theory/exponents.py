"""Local exponents of finite-size laws, at any size and precision."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
from mpmath import mpf

from theory.precision import GUARD, Real, as_mpf, ball, working


def local_exponent(function: Callable[[mpf, int], mpf], size: Real, digits: int = 30) -> mpf:
    """Local exponent −d log f/d log size of a positive, falling ``function(size, digits)``; real sizes.

    Central difference with a step of 10^−(digits/2 + 1) in log size, whose square is the error; the function
    is evaluated to twice ``digits`` digits. Positive where the function falls.

    Raises ValueError for size <= 0 and where the function is not positive.
    """
    with working(2 * digits + GUARD):
        place, step = as_mpf(ball(size)), mpf(10) ** (-(digits // 2 + 1))
        if not place > 0:
            raise ValueError(f"size must be positive, got {size}; the exponent is a slope in log size")
        values = [function(place * mpmath.exp(sign * step), 2 * digits) for sign in (-1, 1)]
        if not min(values) > 0:
            raise ValueError(f"the function must be positive near {size}, got {values[0]} and {values[1]}")
        return (mpmath.log(values[0]) - mpmath.log(values[1])) / (2 * step)
