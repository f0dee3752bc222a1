"""Random features with ridge: limits, symmetry, the peak and its hard edge."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy.integrate import simpson
from scipy.special import itj0y0, j0, j1

from theory import random_features as law
from theory.effective_ridge import effective_ridge
from theory.hard_edge import k0_and_tail, singular_value_density
from theory.precision import as_mpf, working
from theory.ridge import ridge_state


def test_bias_is_symmetric_in_the_sizes_and_noise_is_not():
    prediction = law.ridge(decay=1, n_modes=400, points=((20, 40, 0.1), (40, 20, 0.1)))
    bias, noise = prediction.values["bias"], prediction.values["noise"]
    assert bias[0] == bias[1]
    assert abs(noise[0] / noise[1] - 1) > 0.3


@pytest.mark.parametrize(("N", "D"), [(20, 40), (40, 20)])
def test_small_ridge_gives_the_ridgeless_equivalent(N, D):
    bias, noise = law.ridge_loss(N, D, "1e-40", decay=1, n_modes=400, digits=30)
    with mpmath.workdps(30):
        m, X = 20, 40
        kappa = effective_ridge(m, decay=1, n_modes=400)
        assert abs(bias / (kappa * m * X / (X - m)) - 1) < mpf(10) ** -28
        if N < D:
            assert abs(noise - mpf(N) / (D - N)) < mpf(10) ** -28


def test_large_ridge_learns_nothing():
    bias, noise = law.ridge_loss(20, 30, 10**12, decay=1, n_modes=400)
    total = sum(i**-2 for i in range(1, 401))
    assert float(bias) == pytest.approx(total, rel=1e-8)
    assert float(noise) < 1e-8


@pytest.mark.parametrize(("N", "D", "gamma"), [(20, 20, "1e-3"), (20, 31, "0.4"), (64, 20, "2")])
def test_the_textbook_form_of_the_same_law(N, D, gamma):
    with working(40):
        state = ridge_state(N, D, gamma, decay=0.5, n_modes=300, digits=35)
        kappa, df1, df2 = (as_mpf(value) for value in (state.kappa, state.df1, state.df2))
        assert abs(kappa * (N - df1) * (D - df1) / mpf(gamma) - 1) < mpf(10) ** -28
        divisor = N * D - (N + D) * df2 - df1**2 + 2 * df1 * df2
        bias, noise = law.ridge_loss(N, D, gamma, decay=0.5, n_modes=300, digits=35)
        assert abs(bias / (D * kappa * N * (df1 - df2) / divisor) - 1) < mpf(10) ** -28
        assert abs(noise - (D * (N - df2) / divisor - 1)) < mpf(10) ** -25


@pytest.mark.parametrize(
    ("decay", "N", "D", "gamma", "bias_gap", "noise_gap"),
    # Recorded simulation over deterministic equivalent − 1, M = 200, standard errors 0.0004 to 0.006.
    [
        (0.5, 20, 24, 7e-4, 0.2735, 0.3101),
        (1, 40, 20, 5e-4, 0.0516, 0.0672),
        (1, 20, 24, 0.01, 0.2029, 0.2112),
        (2, 50, 50, 0.06, 0.0306, 0.0127),
    ],
)
def test_recorded_gaps_lie_within_the_allowance(decay, N, D, gamma, bias_gap, noise_gap):
    scale = effective_ridge(min(N, D), decay=decay, n_modes=math.inf, digits=20)
    ridge = float(scale) * N * D if N == D else gamma * float(scale)
    prediction = law.ridge(decay=decay, n_modes=200, points=((N, D, ridge),))
    assert bias_gap < prediction.allowance["bias"][0] / prediction.values["bias"][0]
    assert noise_gap < prediction.allowance["noise"][0] / prediction.values["noise"][0]


@pytest.mark.parametrize("decay", [0.5, 2])
def test_optimal_ridge_is_a_minimum(decay):
    best = law.optimal_ridge(60, 180, decay=decay, n_modes=2000)
    for factor in (0.9, 1.1):
        worse = law.ridge_loss(60, 180, best.ridge * factor, decay=decay, n_modes=2000)[0]
        assert worse > best.loss


def test_gap_of_the_optimal_ridge_law_at_moderate_size():
    # At N = D = 100 and endless modes the least loss lies 1.2, 1.5 and 2.0 % below the closed form.
    closed = {0.5: 0.582266393568999, 1: 0.0493480220054468, 2: 0.000507948422164793}
    for (decay, value), gap in zip(closed.items(), (-0.0124, -0.0149, -0.0198), strict=True):
        best = law.optimal_ridge(100, 100, decay=decay, n_modes=math.inf)
        assert float(best.loss) / value - 1 == pytest.approx(gap, abs=1e-4)


def test_optimal_ridge_prefers_equal_sizes():
    equal = law.optimal_ridge(60, 60, decay=1, n_modes=1000).loss
    assert (
        equal
        < law.optimal_ridge(45, 80, decay=1, n_modes=1000).loss
        < law.ridge_loss(60, 60, 1e-9, decay=1, n_modes=1000)[0]
    )


def test_density_of_singular_values_against_random_matrices():
    rng = np.random.default_rng(20240607)
    size, draws = 48, 3000
    values = np.linalg.svd(rng.standard_normal((draws, size, size)), compute_uv=False)
    scaled = 2 * np.sqrt(size) * values
    edges = (0, 0.5, 1, 2, 4)
    for low, high in itertools.pairwise(edges):
        counts = ((scaled >= low) & (scaled < high)).sum(axis=1)
        expected = float(mpmath.quad(lambda s: singular_value_density(s, 15), [low, high]))
        assert abs(counts.mean() - expected) < 4 * counts.std() / math.sqrt(draws) + 0.01 * expected
    constant = 0.5 / math.pi  # what the deterministic equivalent would count below 0.5
    assert abs((scaled < 0.5).sum(axis=1).mean() - constant) > 0.05


def float_density(s):
    """The same density in float64."""
    return s / 2 * (j0(s) ** 2 + j1(s) ** 2) + j0(s) / 2 * (1 - itj0y0(s)[0])


def test_density_at_its_ends_and_in_float64():
    assert singular_value_density(0) == mpf(1) / 2
    assert float(singular_value_density(400)) == pytest.approx(1 / math.pi, abs=1e-3)
    for s in (0.3, 2.5, 17.0):
        assert float(singular_value_density(s)) == pytest.approx(float_density(s), rel=1e-10)


@pytest.mark.parametrize("ratio", [1e-4, 0.01, 0.3, 2, 50])
def test_hard_edge_factor_is_the_integral_over_the_density(ratio):
    k = 2 * math.sqrt(ratio)
    s = np.sinh(np.linspace(-9, math.asinh(300 / k), 40001)) * k
    s = s[s > 0]
    weights = (float_density(s) - 1 / math.pi) * s**2 / (s**2 + k**2) ** 2
    # The constant density 1/π gives 1; what oscillates beyond s = 300 is below 1e-7.
    direct = 1 + 4 * k * simpson(weights, x=s)
    assert float(law.hard_edge_factor(ratio)) == pytest.approx(direct, abs=2e-6)


def test_hard_edge_factor_at_its_ends():
    with mpmath.workdps(30):
        assert abs(law.hard_edge_factor("1e-30") - mpmath.pi / 2) < mpf(10) ** -13
        assert 0 < law.hard_edge_factor(10**8) - 1 < mpf(10) ** -8
        values = [law.hard_edge_factor(mpf(10) ** e) for e in range(-6, 7)]
        assert values == sorted(values, reverse=True)
        assert abs(law.hard_edge_factor(3, 20) / law.hard_edge_factor(3, 50) - 1) < mpf(10) ** -20
        for k in (mpf(1) / 50, mpf(3), mpf(70)):
            whole, tail = (value * mpmath.exp(-k) for value in k0_and_tail(k))
            assert abs(whole / mpmath.besselk(0, k) - 1) < mpf(10) ** -27
            derivative = (k0_and_tail(k + mpf(10) ** -9)[1] * mpmath.exp(-k - mpf(10) ** -9) - tail) * mpf(10) ** 9
            assert abs(derivative / whole + 1) < 1e-7


@pytest.mark.parametrize(
    ("ratio", "measured", "error"),
    [(1e-4, 1.65, 0.09), (1e-2, 1.484, 0.024), (0.1, 1.245, 0.010), (1, 1.076, 0.004), (20, 1.036, 0.002)],
)
def test_published_crossover_at_the_peak(ratio, measured, error):
    # Simulated bias over the deterministic equivalent at N = D = 20, decay 1.
    gap = measured / float(law.hard_edge_factor(ratio)) - 1
    assert abs(gap) < 1.5 / 20 + 3 * error
    assert gap > -3 * error


def test_peak_height_follows_the_square_root_with_the_larger_constant():
    points = [(40, 40, 1e-12), (40, 40, 1e-14)]
    bias = law.peak_height(decay=1, n_modes=400, points=points).values["bias"]
    kappa = float(effective_ridge(40, decay=1, n_modes=400))
    assert bias[1] == pytest.approx(math.pi / 4 * kappa * 40**2 * math.sqrt(kappa / 1e-14), rel=1e-4)
    assert math.log10(bias[1] / bias[0]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: law.ridge(decay=1, n_modes=99, points=((8, 20, 0),)),
            "ridge must be positive and finite, got 0; for the",
        ),
        (lambda: law.ridge(decay=1, n_modes=99, points=((8, 8, 1e-9),)), "use peak_height for N = D"),
        (lambda: law.ridge(decay=1, n_modes=99, points=()), "points is empty"),
        (
            lambda: law.ridge(decay=1, n_modes=99, points=((8, 0.5, 1),)),
            "n_samples must be an integer of at least 1, got 0.5",
        ),
        (
            lambda: law.peak_height(decay=1, n_modes=99, points=((8, 9, 1),)),
            "the peak lies at n_features = n_samples",
        ),
        (lambda: law.peak_height(decay=1, n_modes=99, points=()), "points is empty"),
        (lambda: law.hard_edge_factor(0), "the limit at 0 is pi/2"),
        (lambda: singular_value_density(-1), "pass s >= 0"),
        (lambda: law.optimal_ridge(0, 8, decay=1, n_modes=99), "n_features must be positive"),
    ],
)
def test_bad_parameters_are_refused_with_advice(call, message):
    with pytest.raises(ValueError, match=message):
        call()
