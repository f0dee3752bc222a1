"""Digits in, certified digits out."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from theory.exponents import local_exponent
from theory.precision import as_float, as_mpf, ball, certified, exact, working
from theory.roots import bracketed_root, minimum


@pytest.mark.parametrize("value", [3, 0.1, "0.1", Fraction(1, 3), mpf("0.25"), np.int64(2**62), np.float64(-1.5)])
def test_numbers_enter_exactly(value):
    with working(40):
        assert ball(value).contains(ball(exact(value)))
    if not isinstance(value, str):
        assert float(exact(value)) == float(value)


def test_a_float_is_its_binary_value_and_a_string_its_decimal_one():
    assert exact(0.1) != exact("0.1") == Fraction(1, 10)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), mpf("inf"), "one"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="finite number"):
        exact(value)


def test_conversion_bounds_its_error():
    with working(60):
        third = ball(Fraction(1, 3))
        value, error = as_float(third)
        assert 0 < abs(Fraction(value) - Fraction(1, 3)) <= error < 1e-16
        assert abs(as_mpf(third) - mpf(1) / 3) < mpf(10) ** -59


def test_working_precision_is_restored():
    before = mpmath.mp.dps
    with pytest.raises(ZeroDivisionError), working(100):
        mpf(1) / 0
    assert mpmath.mp.dps == before
    with pytest.raises(ValueError, match="digits must be at least 1, got 0"), working(0):
        pass


def test_certified_bounds_the_error_and_refuses_cancellation():
    def root(digits):
        with mpmath.workdps(digits):
            return mpmath.sqrt(2)

    value, bound = certified(root, 20)
    with mpmath.workdps(60):
        assert abs(value - mpmath.sqrt(2)) < bound < mpf(10) ** -18

    def cancelling(digits):
        with mpmath.workdps(digits):
            return (1 + mpf(10) ** -30) - 1

    with pytest.raises(ArithmeticError, match="terms cancel; ask for more digits"):
        certified(cancelling, 20)


def test_roots_and_minima_to_forty_digits():
    with mpmath.workdps(60):
        root = bracketed_root(lambda x: mpmath.cos(x) - x, mpf(0), mpf(1), 40)
        assert abs(mpmath.cos(root) - root) < mpf(10) ** -39
        place = minimum(lambda x, _: mpmath.gamma(x), mpf(1), mpf(2), 30)
        assert abs(mpmath.digamma(place)) < mpf(10) ** -29
    with pytest.raises(ValueError, match="no sign change"):
        bracketed_root(lambda x: x * x + 1, mpf(0), mpf(1), 10)
    with pytest.raises(ValueError, match="does not fall at the lower end"):
        minimum(lambda x, _: x, mpf(0), mpf(1), 10)


def test_local_exponent_of_a_power_with_a_correction():
    def law(size, digits):
        with mpmath.workdps(digits):
            return size ** (-mpf(3) / 2) * (1 + 1 / size)

    with mpmath.workdps(30):
        expected = mpf(3) / 2 + (mpf(1) / 1000) / (1 + mpf(1) / 1000)
        assert abs(local_exponent(law, 1000) - expected) < mpf(10) ** -28
    with pytest.raises(ValueError, match="size must be positive"):
        local_exponent(law, -1)
