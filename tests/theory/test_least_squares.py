"""Minimum-norm least squares: published digits, limits, the best subset and its laws."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mpf

from theory import least_squares as exact, least_squares_laws as law
from theory.exponents import local_exponent
from theory.least_squares_laws import NOISE, SAMPLES
from theory.random_features_laws import ALPHA, INDEX


def test_isotropic_by_hand():
    prediction = exact.isotropic(n_samples=40, n_fitted=(10, 35, 48, 200))
    np.testing.assert_allclose(prediction.values["variance"], [10 / 29, 35 / 4, 40 / 7, 40 / 159], rtol=1e-15)
    np.testing.assert_allclose(prediction.values["bias"], [0, 0, 1 / 6, 0.8], rtol=1e-15)


def test_published_distance_of_the_proportional_limit():
    sizes = (10, 35, 48, 200)
    limit = exact.proportional(n_samples=40, n_fitted=sizes).values["variance"]
    truth = exact.isotropic(n_samples=40, n_fitted=sizes).values["variance"]
    np.testing.assert_allclose(limit / truth - 1, [-0.033, -0.2, -0.125, -0.00625], atol=5e-4)


def test_isotropic_variance_against_the_mean_of_inverse_wishart_traces():
    rng = np.random.default_rng(5)
    designs = rng.standard_normal((4000, 40, 12))
    traces = np.trace(np.linalg.inv(designs.transpose(0, 2, 1) @ designs), axis1=1, axis2=2)
    error = traces.std() / math.sqrt(len(traces))
    assert abs(traces.mean() - float(exact.variance(12, 40))) < 4 * error


@pytest.mark.parametrize("decay", [0.5, 1, 2])
def test_subset_against_direct_sums(decay):
    n, coordinates, sizes = 60, 400, (10, 57, 64, 400)
    beta2 = np.arange(1, coordinates + 1, dtype=float) ** -(1 + decay)
    bias = exact.subset(decay=decay, n_coordinates=coordinates, n_samples=n, n_fitted=sizes).values["bias"]
    for value, p in zip(bias, sizes, strict=True):
        fitted, rest = beta2[:p].sum(), beta2[p:].sum()
        direct = rest * (1 + p / (n - p - 1)) if p < n else fitted * (1 - n / p) + rest * (1 + n / (p - n - 1))
        assert value == pytest.approx(direct, rel=1e-12)


def test_endless_coordinates_add_the_tail():
    near = exact.subset(decay=1, n_coordinates=10**7, n_samples=60, n_fitted=(10,)).values["bias"][0]
    endless = exact.subset(decay=1, n_coordinates=math.inf, n_samples=60, n_fitted=(10,)).values["bias"][0]
    assert endless - near == pytest.approx(1e-7 * (1 + 10 / 49), rel=1e-4)


def test_risk_is_bias_plus_noise_and_the_same_at_twice_the_precision():
    columns = exact.subset(decay=1, n_coordinates=400, n_samples=60, n_fitted=(10,)).values
    both = exact.risk(10, 60, decay=1, n_coordinates=400, noise_variance="0.25")
    assert float(both) == pytest.approx(columns["bias"][0] + 0.25 * columns["variance"][0], rel=1e-14)
    with mpmath.workdps(60):
        assert (
            abs(both / exact.risk(10, 60, decay=1, n_coordinates=400, noise_variance="0.25", digits=60) - 1)
            < mpf(10) ** -48
        )


def test_published_noisy_optimum():
    best = exact.best_subset(10**4, decay=1, noise_variance=1)
    assert float(best.n_fitted) == pytest.approx(99, abs=1)
    assert float(best.risk) == pytest.approx(0.02015, abs=1e-5)
    best = exact.best_subset(10**6, decay=1, noise_variance=1)
    assert float(best.n_fitted) == pytest.approx(1000, abs=2)
    assert float(best.risk) == pytest.approx(0.0020015, abs=1e-7)


@pytest.mark.parametrize("noise", [0, 1])
def test_best_subset_beats_its_neighbours(noise):
    best = exact.best_subset(1000, decay=0.5, n_coordinates=10**5, noise_variance=noise)
    for factor in (0.99, 1.01):
        p = best.n_fitted * mpf(factor)
        assert exact.risk(p, 1000, decay=0.5, n_coordinates=10**5, noise_variance=noise) > best.risk


def test_symbolic_optima():
    noiseless, noisy = law.noiseless_optimum(), law.noisy_optimum()
    assert sp.simplify(noiseless.fitted / SAMPLES - ALPHA / (1 + ALPHA)) == 0
    assert (noiseless.growth, sp.simplify(noiseless.exponent - ALPHA)) == (1, 0)
    assert sp.simplify(noisy.growth - 1 / (1 + ALPHA)) == 0
    assert sp.simplify(noisy.exponent - ALPHA / (1 + ALPHA)) == 0
    assert law.peak_location() == SAMPLES
    assert exact.peak(30) == 30


def test_symbolic_optima_follow_the_coefficients():
    steeper = sp.Lambda(INDEX, INDEX ** (-1 - sp.Rational(21, 20) * ALPHA))
    shifted = sp.Rational(21, 20) * ALPHA
    assert sp.simplify(law.noiseless_optimum(steeper).exponent - shifted) == 0
    assert sp.simplify(law.noisy_optimum(steeper).growth - 1 / (1 + shifted)) == 0


@pytest.mark.parametrize("decay", [0.5, 1, 2])
@pytest.mark.parametrize("noise", [0, 1])
def test_finite_optimum_approaches_the_law(decay, noise):
    size = 10**12
    optimum = law.noisy_optimum() if noise else law.noiseless_optimum()
    places = {ALPHA: sp.nsimplify(decay), SAMPLES: size, NOISE: 1}
    best = exact.best_subset(size, decay=decay, noise_variance=noise)
    bound = 4 * size ** (-min(1, decay) / (1 + decay)) + 4 * size ** (-1 / (1 + decay)) if noise else 1e-10
    assert abs(best.n_fitted / mpf(str(sp.N(optimum.fitted.subs(places), 30))) - 1) < bound
    assert abs(best.risk / mpf(str(sp.N(optimum.risk.subs(places), 30))) - 1) < bound

    def least(n, digits):
        return exact.best_subset(n, decay=decay, noise_variance=noise, digits=digits).risk

    slope = local_exponent(least, size, digits=12)
    assert abs(float(slope) - float(optimum.exponent.subs(places))) < bound


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: exact.isotropic(n_samples=40, n_fitted=(41,)),
            "infinite for |n_fitted - n_samples| < 2, got 41 and 40",
        ),
        (
            lambda: exact.isotropic(n_samples=0, n_fitted=(4,)),
            "n_samples must be an integer of at least 1, got 0",
        ),
        (lambda: exact.isotropic(n_samples=9, n_fitted=()), "n_fitted is empty"),
        (
            lambda: exact.subset(decay=0, n_coordinates=9, n_samples=9, n_fitted=(4,)),
            "decay must be positive",
        ),
        (
            lambda: exact.subset(decay=1, n_coordinates=9, n_samples=40, n_fitted=(10,)),
            "n_fitted must not exceed n_coordinates",
        ),
        (lambda: exact.risk(4, 9, decay=1, noise_variance=-1), "noise_variance must not be negative, got -1"),
        (lambda: exact.best_subset(10, decay=1, noise_variance=100), "leaves nothing to gain by fitting"),
        (lambda: exact.peak(-1), "n_samples must be an integer"),
    ],
)
def test_bad_parameters_are_refused_with_advice(call, message):
    with pytest.raises(ValueError, match=message.replace("|", r"\|")):
        call()
