"""Dense random features without ridge: limits, identities, a case solved by hand, published digits."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import theory.spectra
from theory import random_features as law
from theory.effective_ridge import effective_ridge
from theory.exponents import local_exponent

DECAYS = [0.5, 1, 2]


def one_feature_loss(decay, modes):
    """Tr Λ − E[Σ λ² g²/Σ λ g²] for one Gaussian direction g, as a one-dimensional integral."""
    variances = [mpf(i) ** -(1 + mpf(decay)) for i in range(1, modes + 1)]

    def integrand(u):
        t = mpmath.exp(u)
        determinant = mpmath.fprod(1 + 2 * t * v for v in variances)
        return t * sum(v * v / (1 + 2 * t * v) for v in variances) / mpmath.sqrt(determinant)

    return sum(variances) - mpmath.quad(integrand, mpmath.linspace(-40, 40, 17))


@pytest.mark.parametrize("decay", [0.5, 1, 3])
def test_one_feature_lies_within_the_allowance_of_its_exact_integral(decay):
    exact = float(one_feature_loss(decay, 24))
    prediction = law.unresolved(decay=decay, n_modes=24, n_features=(1,))
    assert abs(prediction.values["unresolved"][0] - exact) < prediction.allowance["unresolved"][0]
    without = law.leading_unresolved(decay=decay, n_modes=24, n_features=(1,)).values["unresolved"][0]
    assert without < exact


@pytest.mark.parametrize(
    ("decay", "n", "measured", "error"),
    # High-statistics means of the unresolved loss over the leading term, minus 1, at 64 modes (docs).
    [
        (0.5, 12, 0.02255, 0.00012),
        (1, 12, 0.03929, 0.00018),
        (2, 12, 0.07719, 0.00032),
        (2, 6, 0.13696, 0.0005),
    ],
)
def test_correction_against_recorded_simulation(decay, n, measured, error):
    world = {"decay": decay, "n_modes": 64}
    corrected = law.unresolved_loss(n, **world) / law.leading_unresolved_loss(n, **world) - 1
    remainder = 0.3 / n**2
    assert abs(float(corrected) - measured) < 3 * error + remainder
    assert measured > remainder + 3 * error  # the leading term alone would fail


@pytest.mark.parametrize("decay", DECAYS)
def test_endless_modes_follow_the_closed_form(decay):
    # L∞ = C_s^s n^-α (1 − 1/(2n) + O(n^-2))
    with mpmath.workdps(40):
        s = 1 + mpf(decay)
        constant = (mpmath.pi / s / mpmath.sin(mpmath.pi / s)) ** s
        for n in (10**4, 10**6):
            loss = law.unresolved_loss(n, decay=decay, n_modes=math.inf, digits=30)
            assert abs(loss * mpf(n) ** decay / constant - 1 + 1 / mpf(2 * n)) < 3 / mpf(n) ** 2


def test_published_constants():
    printed = {0.5: 3.760902, 1: 2.467401, 2: 1.768048}
    for decay, constant in printed.items():
        loss = law.unresolved_loss(10**12, decay=decay, n_modes=math.inf, digits=30)
        assert float(loss) * 1e12**decay == pytest.approx(constant, abs=1e-6)


def test_same_at_twice_the_precision():
    for size in (7, "33.25"):
        short = law.unresolved_loss(size, decay=0.5, n_modes=1000, digits=30)
        long = law.unresolved_loss(size, decay=0.5, n_modes=1000, digits=60)
        with mpmath.workdps(60):
            assert abs(short / long - 1) < mpf(10) ** -28


def test_correction_vanishes_for_equal_variances():
    # For Λ = I every r is n/M, and the exact loss is M − n.
    from theory.effective_ridge import Solution
    from theory.precision import ball
    from theory.ridgeless import correction, inverse_trace_correction, resolved_noise_ball

    n, modes = 12, 40
    r = Fraction(n, modes)
    state = Solution(ball(1 / r - 1), *[ball(modes * r**p) for p in (1, 2, 3, 4)], shortfall=ball(0))
    assert correction(state, ball(n)).contains(0)
    # and E Tr(TᵀT)⁻¹ = n/(M − n − 1) = κ⁻¹(1 + c) up to (M − n)⁻²
    assert inverse_trace_correction(state, ball(n)).overlaps(ball(Fraction(1, modes - n)))
    first = Fraction(n, modes - n) * (1 + Fraction(1, modes - n))
    assert resolved_noise_ball(state, ball(n)).overlaps(ball(first))


def test_double_descent_factor():
    assert law.double_descent_factor(20, 40) == law.double_descent_factor(40, 20) == Fraction(39, 19)
    assert law.double_descent_factor(30, 36) == 7
    assert law.double_descent_factor(1, 10**9) == Fraction(10**9 - 1, 10**9 - 2)
    assert law.double_descent_factor("2.5", 10) == Fraction(9) / Fraction("6.5")


def test_ridgeless_columns_multiply_and_differ_as_they_should():
    world = {"decay": 1, "n_modes": 500}
    cells = ((20, 40), (40, 20), (30, 36), (16, 384))
    ridgeless = law.ridgeless(**world, cells=cells)
    limit = law.unresolved(**world, n_features=[min(cell) for cell in cells]).values["unresolved"]
    factors = np.array([float(law.double_descent_factor(*cell)) for cell in cells])
    np.testing.assert_allclose(ridgeless.values["bias"], limit * factors, rtol=1e-14)
    excess = law.excess(**world, cells=cells).values["excess"]
    np.testing.assert_allclose(excess, ridgeless.values["bias"] - limit, rtol=1e-12)
    given = {"unresolved": limit}
    np.testing.assert_allclose(law.conditional_bias(given, cells=cells).values["bias"], limit * factors, rtol=1e-14)
    np.testing.assert_allclose(law.conditional_excess(given, cells=cells).values["excess"], excess, rtol=1e-12)
    assert (ridgeless.allowance["bias"] > 0).all()


def test_label_noise_is_exact_below_and_near_the_published_value_above():
    noise = law.ridgeless(decay=1, n_modes=1000, cells=((20, 40), (40, 20))).values["noise"]
    assert noise[0] == pytest.approx(20 / 19, rel=1e-15)
    assert noise[1] == pytest.approx(2.112, abs=3 * 0.008)  # measured: 2.112(8)
    assert noise[1] > 1.979 * 1.02  # plain deterministic equivalent


def test_conditional_noise():
    given = {"noise_resolved": np.array([9.0, 2.0]), "noise_unresolved": np.array([9.0, 19.0])}
    noise = law.conditional_noise(given, cells=((20, 40), (40, 20))).values["noise"]
    np.testing.assert_allclose(noise, [20 / 19, 2.0 + 19.0 / 19.0])
    only_below = law.conditional_noise({}, cells=((20, 40),)).values["noise"]
    assert only_below[0] == pytest.approx(20 / 19)


@pytest.mark.parametrize("decay", DECAYS)
def test_compute_optimal_is_the_best_of_its_neighbours_and_tends_to_the_law(decay):
    best = law.compute_optimal(3600, decay=decay, n_modes=math.inf)
    with mpmath.workdps(40):
        for shift in (mpf(99) / 100, mpf(101) / 100):
            m = best.smaller * shift
            X = 3600 / m
            loss = law.unresolved_loss(m, decay=decay, n_modes=math.inf) * (X - 1) / (X - m - 1)
            assert loss > best.loss
        far = law.compute_optimal(10**18, decay=decay, n_modes=math.inf)
        assert abs(far.ratio - mpf(decay) / (decay + 2)) < 1e-8
        assert abs(far.smaller * far.larger / 10**18 - 1) < 1e-18


def test_published_optimal_ratio_lies_below_its_limit():
    # A fine argmin of the finite-size law at decay 2, C = 3600 is 0.491.
    assert float(law.compute_optimal(3600, decay=2, n_modes=math.inf).ratio) == pytest.approx(0.491, abs=5e-4)


def test_exponent_of_the_spectrum_is_defined_in_one_place(monkeypatch):
    steeper = law.unresolved(decay=1.05, n_modes=300, n_features=(8, 32)).values["unresolved"]
    noise = law.ridgeless(decay=1.05, n_modes=300, cells=((40, 20),)).values["noise"]
    ridge = law.ridge(decay=1.05, n_modes=300, points=((20, 20, 0.5),)).values["bias"]
    monkeypatch.setattr(theory.spectra, "exponent", lambda decay: 1 + Fraction(21, 20) * decay)
    for module in (law, theory.effective_ridge, theory.ridge):
        if hasattr(module, "exponent"):
            monkeypatch.setattr(module, "exponent", theory.spectra.exponent)
    shifted = law.unresolved(decay=1, n_modes=300, n_features=(8, 32)).values["unresolved"]
    np.testing.assert_allclose(shifted, steeper, rtol=1e-14)
    np.testing.assert_allclose(law.ridgeless(decay=1, n_modes=300, cells=((40, 20),)).values["noise"], noise)
    np.testing.assert_allclose(law.ridge(decay=1, n_modes=300, points=((20, 20, 0.5),)).values["bias"], ridge)


def test_local_exponent_approaches_the_decay_at_first_order():
    for size in (10**3, 10**6):
        slope = local_exponent(
            lambda n, digits: law.unresolved_loss(n, decay=0.5, n_modes=math.inf, digits=digits), size
        )
        assert abs(slope - 0.5 + 1 / (2 * size)) < 2 / size**2  # −d log/d log n of n^-α (1 − 1/(2n))


def test_forgetting_the_size_is_a_different_law():
    kappa = effective_ridge(64, decay=1, n_modes=4096)
    assert kappa * 64 < law.unresolved_loss(64, decay=1, n_modes=4096) < kappa * 64 * 1.02


def test_peak():
    assert law.peak(40) == 40
    factors = [law.double_descent_factor(n, 40) for n in (20, 30, 38, 42, 60)]
    assert max(factors) in factors[2:4]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: law.unresolved(decay=-1, n_modes=9, n_features=(2,)),
            "decay must be positive and finite, got -1",
        ),
        (
            lambda: law.unresolved(decay=1, n_modes=9, n_features=(0,)),
            "n_features must be an integer of at least 1, got 0",
        ),
        (lambda: law.unresolved(decay=1, n_modes=9, n_features=()), "n_features is empty"),
        (lambda: law.unresolved(decay=1, n_modes=9, n_features=(9,)), "n must be below n_modes, got n=9"),
        (
            lambda: law.ridgeless(decay=1, n_modes=99, cells=((8, 9),)),
            "the mean is infinite for .* got 8 and 9",
        ),
        (lambda: law.ridgeless(decay=1, n_modes=99, cells=((8, math.nan),)), "n_samples must be an integer"),
        (lambda: law.ridgeless(decay=1, n_modes=99, cells=()), "cells is empty"),
        (lambda: law.double_descent_factor(8, 8), "the mean is infinite"),
        (lambda: law.double_descent_factor(-8, 8), "n_features must be positive"),
        (lambda: law.conditional_bias({}, cells=((8, 20),)), "needs the measured column 'unresolved'"),
        (
            lambda: law.conditional_bias({"unresolved": np.ones(2)}, cells=((8, 20),)),
            r"shape \(1,\), got \(2,\)",
        ),
        (lambda: law.compute_optimal(3, decay=1, n_modes=99), "compute must be at least 20"),
        (
            lambda: law.compute_optimal(10**6, decay=1, n_modes=99),
            "n_modes=99 is too small for compute=1000000",
        ),
        (lambda: law.peak(0), "n_samples must be an integer of at least 1, got 0"),
    ],
)
def test_bad_parameters_are_refused_with_advice(call, message):
    with pytest.raises(ValueError, match=message):
        call()
