"""Certified sums over the spectrum against the direct sum, at any number of modes."""

import math

import mpmath
import pytest
from flint import arb
from mpmath import mpf

from theory.precision import as_mpf, exact, working
from theory.spectra import power_sums, sums_ball, trace

DECAYS = [0.25, 0.5, 1, 2, 3]


def direct(kappa, decay, modes, digits=60):
    """df_1, …, df_4 by summing every mode in mpmath."""
    with mpmath.workdps(digits):
        s = 1 + mpf(decay)
        shares = [1 / (1 + mpf(kappa) * mpf(i) ** s) for i in range(1, modes + 1)]
        return [mpmath.fsum(r**p for r in shares) for p in (1, 2, 3, 4)]


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize(("kappa", "modes"), [("0.01", 3000), ("1e-7", 3000), ("7", 150), ("0.3", 5), ("2", 1)])
def test_euler_maclaurin_contains_the_direct_sum(decay, kappa, modes):
    sums = power_sums(kappa, decay=decay, n_modes=modes, digits=40)
    with working(60):
        for enclosure, value in zip(sums, direct(kappa, decay, modes), strict=True):
            assert abs(as_mpf(enclosure) - value) < mpf(10) ** -40
            assert enclosure.rad() < arb(10) ** -40


@pytest.mark.parametrize("decay", DECAYS)
def test_infinitely_many_modes_are_the_limit_of_many(decay):
    endless = power_sums("1e-3", decay=decay, n_modes=math.inf, digits=30)
    many = power_sums("1e-3", decay=decay, n_modes=10**9, digits=30)
    with working(40):
        # The modes beyond M add at most ∫_M^∞ i^-s/κ = M^-α/(α κ).
        bound = mpf(10) ** (-9 * mpf(decay)) / (mpf(decay) * mpf("1e-3"))
        rounding = mpf(10) ** -34
        for p in range(4):
            assert -rounding < as_mpf(endless[p] - many[p]) < bound + rounding


def test_published_expansion_at_small_kappa():
    # df_1 = C_s κ^(-1/s) - 1/2 + Σ (-1)^k ζ(-ks) κ^k
    with working(40):
        s, kappa = mpf(3) / 2, mpf("1e-3")
        series = mpmath.pi / s / mpmath.sin(mpmath.pi / s) * kappa ** (-1 / s) - mpf(1) / 2
        series += sum((-1) ** k * mpmath.zeta(-k * s) * kappa**k for k in range(1, 6))
        total = as_mpf(power_sums("1e-3", decay="0.5", n_modes=math.inf, digits=30)[0])
        assert abs(total / series - 1) < mpf(10) ** -15


def test_a_larger_precision_narrows_the_same_number():
    coarse = power_sums("1e-4", decay=1, n_modes=10**6, digits=20)
    fine = power_sums("1e-4", decay=1, n_modes=10**6, digits=60)
    with working(80):
        for wide, narrow in zip(coarse, fine, strict=True):
            assert wide.overlaps(narrow)
            assert narrow.rad() < arb(10) ** -60


def test_trace():
    with mpmath.workdps(40):
        assert abs(trace(decay=1, n_modes=math.inf, digits=40) - mpmath.pi**2 / 6) < mpf(10) ** -39
        assert abs(trace(decay=1, n_modes=3, digits=40) - mpf(49) / 36) < mpf(10) ** -39


def test_sums_meet_where_the_direct_one_takes_over():
    with working(60):
        for modes in range(60, 100, 7):
            sums = sums_ball(arb(1) / 100, exact("1.5"), modes, 40)
            assert abs(as_mpf(sums[0]) - direct("0.01", "0.5", modes)[0]) < mpf(10) ** -40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kappa": 0, "decay": 1, "n_modes": 10}, "kappa must be positive, got 0"),
        ({"kappa": 1, "decay": -0.5, "n_modes": 10}, "decay must be positive and finite, got -0.5"),
        ({"kappa": 1, "decay": math.nan, "n_modes": 10}, "decay must be positive and finite, got nan"),
        ({"kappa": 1, "decay": 1, "n_modes": 0}, "n_modes must be an integer of at least 1, got 0"),
        ({"kappa": 1, "decay": 1, "n_modes": 2.5}, "n_modes must be an integer of at least 1, got 2.5"),
    ],
)
def test_bad_parameters_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        power_sums(**arguments)
