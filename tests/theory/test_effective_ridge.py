"""The effective ridge against the direct sum, at its limits and under bad input."""

import math
from fractions import Fraction

import mpmath
import pytest
from mpmath import mpf

from theory.effective_ridge import Equation, effective_ridge, resolution, solution
from theory.precision import as_mpf, working


@pytest.mark.parametrize("decay", [0.5, 1, 2])
@pytest.mark.parametrize("n", [1, 20, Fraction(81, 7), 499])
def test_the_root_solves_the_direct_sum(decay, n):
    kappa = effective_ridge(n, decay=decay, n_modes=500, digits=40)
    with mpmath.workdps(55):
        s = 1 + mpf(decay)
        total = mpmath.fsum(1 / (1 + kappa * mpf(i) ** s) for i in range(1, 501))
        assert abs(total - mpf(n.numerator) / n.denominator) < mpf(10) ** -36


def test_two_modes_by_hand():
    # 1/(1 + κ) + 1/(1 + 4κ) = 1 has the root κ = 1/2.
    with mpmath.workdps(50):
        assert abs(effective_ridge(1, decay=1, n_modes=2) - mpf(1) / 2) < mpf(10) ** -48


@pytest.mark.parametrize("decay", [0.5, 1, 2])
def test_large_sizes_approach_the_mellin_law(decay):
    with mpmath.workdps(40):
        s = 1 + mpf(decay)
        constant = mpmath.pi / s / mpmath.sin(mpmath.pi / s)
        for n in (10**6, 10**9, 10**12):
            ratio = effective_ridge(n, decay=decay, n_modes=math.inf, digits=30) * (n / constant) ** s
            assert abs(ratio - 1 + s / (2 * n)) < (s / n) ** 2  # κ = C_s^s (n + 1/2)^-s


def test_same_at_twice_the_precision():
    short = effective_ridge(1000, decay=0.5, n_modes=10**5, digits=30)
    long = effective_ridge(1000, decay=0.5, n_modes=10**5, digits=60)
    with mpmath.workdps(60):
        assert abs(short / long - 1) < mpf(10) ** -29


@pytest.mark.parametrize("n", ["1e-9", "999.999999", 0.5])
def test_extreme_sizes_are_certified_too(n):
    state = resolution(n, decay=1, n_modes=1000, digits=30)
    with working(50):
        assert state.kappa.rel_accuracy_bits() > 90
        assert abs(as_mpf(state.df1) / mpf(n) - 1) < mpf(10) ** -25


def test_shortfall_without_cancellation_at_equal_sizes():
    equation = Equation(Fraction(20), Fraction(2), 1000, ridge=Fraction(1, 10**30))
    state = solution(equation, 30)
    with working(45):
        expected = mpmath.sqrt(mpf(10) ** -30 / as_mpf(state.kappa))  # N − df_1 = sqrt(γ/κ)
        assert abs(as_mpf(state.shortfall) / expected - 1) < mpf(10) ** -28


@pytest.mark.parametrize(
    ("n", "modes", "message"),
    [
        (0, 10, "n must be positive and finite, got 0"),
        (math.inf, 10, "n must be positive and finite, got inf"),
        (10, 10, "n must be below n_modes, got n=10 and n_modes=10; every mode is then resolved"),
    ],
)
def test_bad_sizes_are_refused(n, modes, message):
    with pytest.raises(ValueError, match=message):
        effective_ridge(n, decay=1, n_modes=modes)
