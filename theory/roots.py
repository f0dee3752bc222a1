"""Roots and minima of smooth functions of one variable, to any number of digits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import mpmath
from mpmath import mpf

Function = Callable[[mpf], mpf]


def bracketed_root(function: Function, low: mpf, high: mpf, digits: int) -> mpf:
    """Root of ``function`` between ``low`` and ``high``, absolute error below 10^−digits.

    At the working precision, by Ridders' method: the root stays bracketed, and the digits double with
    every two evaluations.

    Raises ValueError if the signs at the ends are equal, ArithmeticError if 400 steps do not give the digits.
    Source: Ridders (1979), IEEE Trans. Circuits Syst. 26.
    """
    low, high = mpf(low), mpf(high)
    f_low, f_high = function(low), function(high)
    if f_low == 0 or f_high == 0:
        return low if f_low == 0 else high
    if f_low * f_high > 0:
        raise ValueError(f"no sign change between {mpmath.nstr(low, 8)} and {mpmath.nstr(high, 8)}; widen the bracket")
    tolerance, before = mpf(10) ** (-digits), None
    for _ in range(400):
        middle = (low + high) / 2
        f_middle = function(middle)
        if f_middle == 0:
            return middle
        root = middle + (middle - low) * mpmath.sign(f_low) * f_middle / mpmath.sqrt(f_middle**2 - f_low * f_high)
        f_root = function(root)
        if f_root == 0 or (before is not None and abs(root - before) < tolerance):
            return root
        before = root
        ends = sorted([(low, f_low), (middle, f_middle), (root, f_root), (high, f_high)], key=lambda end: end[0])
        for left, right in pairwise(ends):
            if left[1] * right[1] <= 0:
                (low, f_low), (high, f_high) = left, right
                break
        if high - low < tolerance:
            return (low + high) / 2
    raise ArithmeticError(f"no root to {digits} digits in 400 steps; the function may not be continuous")


def minimum(function: Callable[[mpf, int], mpf], low: mpf, high: mpf, digits: int) -> mpf:
    """Place of the minimum of ``function(x, digits)`` between ``low`` and ``high``, to about 10^−digits.

    Root of the central difference with a step of 10^−(digits/2 + 2), the function being evaluated to half as
    many digits again; the step shifts the root by its square.

    Raises ValueError if the function does not fall at ``low`` and rise at ``high``.
    """
    places = 3 * digits // 2 + 15
    with mpmath.workdps(places + 5):
        step = mpf(10) ** (-(digits // 2 + 2))
        if not function(low + step, places) < function(low, places):
            raise ValueError(f"the function does not fall at the lower end {mpmath.nstr(low, 8)}; widen the bracket")
        return bracketed_root(
            lambda x: (function(x + step, places) - function(x - step, places)) / step,
            mpf(low),
            mpf(high),
            digits,
        )
