"""Symbolic laws: derived from the spectrum, confirmed against the finite-size theory at high precision."""

import math

import mpmath
import pytest
import sympy as sp
from mpmath import mpf

from theory import (
    random_features as finite,
    random_features_laws as law,
    random_features_ridge_laws as ridge_law,
)
from theory.effective_ridge import effective_ridge
from theory.exponents import local_exponent
from theory.random_features_laws import ALPHA, GAMMA, INDEX, KAPPA, SIZE, C, D, N
from theory.random_features_ridge_laws import ASPECT

HALF = sp.Rational(1, 2)
DECAYS = [0.5, 1, 2]
STEEPER = sp.Lambda(INDEX, INDEX ** (-1 - sp.Rational(21, 20) * ALPHA))


def number(expression, decay, **values):
    """A symbolic law at a decay and at named symbols, as mpf."""
    names = {"n": SIZE, "N": N, "D": D, "C": C, "gamma": GAMMA, "aspect": ASPECT, "kappa": KAPPA}
    places = {
        ALPHA: sp.nsimplify(decay),
        **{names[name]: sp.nsimplify(value) for name, value in values.items()},
    }
    return mpf(str(sp.N(expression.subs(places), 30)))


def test_laws_are_those_of_the_power_law():
    assert law.model_exponent() == law.data_exponent() == ALPHA
    assert sp.simplify(law.compute_optimal_ratio() - ALPHA / (ALPHA + 2)) == 0
    frontier = law.frontier_exponents()
    assert (frontier.smaller, frontier.larger) == (HALF, HALF)
    assert sp.simplify(frontier.loss - ALPHA / 2) == 0
    assert law.variance_limited_exponent() == 1
    assert law.peak_location() == D
    assert sp.simplify(law.double_descent_limit() - 1 / (1 - law.RATIO)) == 0
    assert ridge_law.peak_ridge_exponent() == HALF
    assert ridge_law.hard_edge_constant() == sp.pi / 2
    assert ridge_law.best_shape_with_ridge() == 1


def test_every_law_follows_the_exponent_in_the_definition():
    steeper = sp.Rational(21, 20) * ALPHA
    assert sp.simplify(law.model_exponent(STEEPER) - steeper) == 0
    assert sp.simplify(law.data_exponent(STEEPER) - steeper) == 0
    assert sp.simplify(law.compute_optimal_ratio(STEEPER) - steeper / (steeper + 2)) == 0
    assert sp.simplify(law.frontier_exponents(STEEPER).loss - steeper / 2) == 0
    for shifted, original in [
        (law.model_constant(STEEPER), law.model_constant()),
        (law.frontier_constant(STEEPER), law.frontier_constant()),
        (
            ridge_law.optimal_ridge_law(STEEPER).fraction.subs(ASPECT, 2),
            ridge_law.optimal_ridge_law().fraction.subs(ASPECT, 2),
        ),
    ]:
        assert abs(number(shifted, "1") - number(original, "21/20")) < mpf(10) ** -14
    assert ridge_law.peak_ridge_exponent(STEEPER) == HALF


def test_amplitude_of_the_spectrum_is_followed_too():
    louder = sp.Lambda(INDEX, 3 * INDEX ** (-1 - ALPHA))
    assert law.model_exponent(louder) == ALPHA
    assert abs(number(law.model_constant(louder), 1) / number(law.model_constant(), 1) - 3) < mpf(10) ** -14


def test_a_spectrum_that_is_no_power_is_refused():
    with pytest.raises(ValueError, match="the spectrum must be a power of the index"):
        law.model_exponent(sp.Lambda(INDEX, sp.exp(-INDEX)))


@pytest.mark.parametrize("decay", [0.37, 1, 2.6])
def test_mellin_integral_by_quadrature(decay):
    with mpmath.workdps(20):
        s = 1 + mpf(decay)
        # On x > 1 put x = z^(−1/(s − 1)), which leaves two smooth integrands on (0, 1).
        below = mpmath.quad(lambda x: 1 / (1 + x**s), [0, 1])
        above = mpmath.quad(lambda z: 1 / (1 + z ** (s / (s - 1))), [0, 1]) / (s - 1)
        direct = below + above
        assert abs(number(law.degrees_of_freedom().subs(KAPPA, 1), decay) - direct) < 1e-9


@pytest.mark.parametrize("decay", DECAYS)
def test_effective_ridge_and_loss_approach_their_laws_at_first_order(decay):
    with mpmath.workdps(30):
        s = 1 + mpf(decay)
        for size in (10**3, 10**6, 10**9):
            kappa = effective_ridge(size, decay=decay, n_modes=math.inf, digits=25)
            ratio = kappa / number(law.effective_ridge_law(), decay, n=size)
            assert abs(ratio - 1 + s / (2 * size)) < 4 * (s / size) ** 2
            loss = finite.unresolved_loss(size, decay=decay, n_modes=math.inf, digits=25)
            constant = loss * mpf(size) ** number(law.model_exponent(), decay) / number(law.model_constant(), decay)
            assert abs(constant - 1) < 1 / mpf(size)


@pytest.mark.parametrize("decay", [0.5, 2])
def test_frontier_against_the_finite_size_minimum(decay):
    def least(compute, digits):
        return finite.compute_optimal(compute, decay=decay, n_modes=math.inf, digits=digits).loss

    with mpmath.workdps(30):
        best = finite.compute_optimal(10**14, decay=decay, n_modes=math.inf)
        assert abs(best.ratio - number(law.compute_optimal_ratio(), decay)) < 1e-5
        constant = best.loss * mpf(10) ** (14 * number(law.frontier_exponents().loss, decay))
        assert abs(constant / number(law.frontier_constant(), decay) - 1) < 1e-5
        slope = local_exponent(least, 10**12, digits=10)
        assert abs(slope - number(law.frontier_exponents().loss, decay)) < 1e-5


def test_variance_limited_exponent_against_the_exact_factor():
    slope = local_exponent(lambda X, _: finite.double_descent_factor(16, X) - 1, 10**9, digits=20)
    assert abs(slope - 1) < 2e-8


@pytest.mark.parametrize(("decay", "aspect"), [(0.5, 1), (1, 3), (2, "1/2"), (2, 1)])
def test_optimal_ridge_law_against_the_finite_size_minimum(decay, aspect):
    symbolic = ridge_law.optimal_ridge_law()
    size = 10**6
    with mpmath.workdps(30):
        numeric = finite.optimal_ridge(
            size,
            int(size * mpf(sp.Rational(aspect).p) / sp.Rational(aspect).q),
            decay=decay,
            n_modes=math.inf,
        )
        assert abs(numeric.ridge / number(symbolic.ridge, decay, N=size, aspect=aspect) - 1) < 20 / size
        assert abs(numeric.loss / number(symbolic.loss, decay, N=size, aspect=aspect) - 1) < 20 / size


def test_published_fractions_of_the_optimal_ridge():
    fraction = ridge_law.optimal_ridge_law().fraction
    for aspect in (sp.Rational(1, 3), sp.Integer(2)):
        assert sp.simplify(fraction.subs({ALPHA: 1, ASPECT: aspect}) - aspect / (1 + aspect)) == 0
    for decay in ("1/2", "2", "13/5"):
        x, alpha = number(fraction, decay, aspect="3/2"), mpf(sp.Rational(decay).p) / sp.Rational(decay).q
        with mpmath.workdps(25):
            beta = (alpha - 1) * (alpha + 2) / (alpha + 1)
            assert abs(beta * x**2 - alpha * mpf(5) / 2 * x + alpha * mpf(3) / 2) < mpf(10) ** -14


@pytest.mark.parametrize("decay", DECAYS)
def test_peak_against_the_finite_size_equivalent(decay):
    with mpmath.workdps(40):
        size = 50
        kappa = effective_ridge(size, decay=decay, n_modes=400)
        gamma = mpf(10) ** -24
        bias = finite.ridge_loss(size, size, gamma, decay=decay, n_modes=400)[0]
        law_value = number(ridge_law.peak_height_law(), decay, N=size, gamma=str(gamma), kappa=mpmath.nstr(kappa, 25))
        assert abs(bias / law_value - 1) < 1e-9
        slope = local_exponent(
            lambda g, digits: finite.ridge_loss(size, size, g, decay=decay, n_modes=400, digits=digits)[0],
            gamma,
            20,
        )
        assert abs(slope - mpf(1) / 2) < 1e-9


def test_hard_edge_constant_by_three_routes():
    t = sp.Symbol("t", positive=True)
    assert sp.integrate(sp.besselk(0, t), (t, 0, sp.oo)) == ridge_law.hard_edge_constant()
    assert abs(finite.hard_edge_factor("1e-24") - mpmath.pi / 2) < 1e-9
    numeric = sp.N(ridge_law.singular_value_density().subs(ridge_law.SCALED, sp.Rational(5, 2)), 15)
    from theory.hard_edge import singular_value_density

    assert float(numeric) == pytest.approx(float(singular_value_density("2.5")), rel=1e-12)


def test_waves_stand_for_bessel_functions_at_large_argument():
    for order in (0, 1):
        wave = ridge_law._wave(order).subs(ridge_law.SCALED, 10**4)
        assert abs(float(wave) - float(mpmath.besselj(order, 10**4))) < 1e-6
