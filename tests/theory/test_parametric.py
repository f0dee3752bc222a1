"""The frontier of L = E + A/N^a + B/D^b: derived formulas against a minimum found by search, and published values."""

import math

import mpmath
import pytest
import sympy as sp

import theory.parametric as law
import theory.parametric_laws as symbolic
from theory.random_features_laws import ALPHA, C, D, N
from theory.sparse_features import frontier_laws
from theory.sparse_features.unseen_mass_laws import ETA, data_exponent
from theory.sparsity_models import one_pass_laws

BUDGET = 5.76e23  # that of the model of 70 billion parameters in Hoffmann et al. 2022


def numbers(constants, compute, flops):
    values = {
        symbolic.FLOOR: constants.floor,
        symbolic.MODEL: constants.model,
        symbolic.DATA: constants.data,
        symbolic.MODEL_EXPONENT: constants.model_exponent,
        symbolic.DATA_EXPONENT: constants.data_exponent,
        symbolic.COST: flops,
        C: compute,
    }
    return {name: sp.Float(str(value), 40) for name, value in values.items()}


def searched(constants, compute, flops):
    """N at the least loss, from the loss itself at 50 digits."""
    with mpmath.workdps(50):
        E, A, B, a, b = (mpmath.mpf(repr(value)) for value in constants[:5])
        budget = mpmath.mpf(repr(compute)) / mpmath.mpf(repr(flops))

        def slope(log_n):
            return mpmath.diff(lambda n: E + A * mpmath.exp(-a * n) + B * (budget * mpmath.exp(-n)) ** -b, log_n)

        place = mpmath.findroot(slope, (mpmath.log(budget) / 2 - 2, mpmath.log(budget) / 2 + 2))
        return sp.Float(mpmath.nstr(mpmath.exp(place), 40), 40)


CASES = [
    (law.HOFFMANN_2022, BUDGET, 6.0),
    (law.BESIROGLU_2024, 1e21, 6.0),
    (law.Law(0.0, 2.0, 0.3, 1.0, 0.5), 1e6, 1.0),
]


@pytest.mark.parametrize(("constants", "compute", "flops"), CASES)
def test_the_best_size_is_the_minimum_of_the_loss(constants, compute, flops):
    place = searched(constants, compute, flops)
    derived = symbolic.best_size().subs(numbers(constants, compute, flops)).evalf(30)
    assert abs(derived / place - 1) < 1e-20
    found = law.frontier(constants, compute, flops=flops)
    assert found.size == pytest.approx(float(place), rel=1e-12)
    assert found.size * found.data * flops == pytest.approx(compute, rel=1e-12)
    assert found.loss == pytest.approx(float(law.loss(constants, found.size, found.data)), rel=1e-12)
    for other in (0.99, 1.01):
        assert law.loss(constants, other * found.size, found.data / other) > found.loss


def test_the_derived_exponents():
    a, b = symbolic.MODEL_EXPONENT, symbolic.DATA_EXPONENT
    wanted = (b / (a + b), a / (a + b), (a - b) / (a + b), a * b / (a + b))
    for found, formula in zip(symbolic.exponents(), wanted, strict=True):
        assert sp.simplify(found - formula) == 0
    assert sp.simplify(symbolic.curvature() - a * (a + b)) == 0


def test_the_derived_ratio_is_that_of_the_numbers():
    for constants, compute, flops in CASES:
        ratio = float(symbolic.best_ratio().subs(numbers(constants, compute, flops)))
        assert ratio == pytest.approx(law.frontier(constants, compute, flops=flops).ratio, rel=1e-10)


@pytest.mark.parametrize(("constants", "compute", "flops"), CASES)
def test_the_exponents_are_slopes_of_the_frontier(constants, compute, flops):
    near, far = (law.frontier(constants, C, flops=flops) for C in (compute, 100 * compute))
    a, b = constants.model_exponent, constants.data_exponent
    chosen = {symbolic.MODEL_EXPONENT: a, symbolic.DATA_EXPONENT: b}
    found = [float(part.subs(chosen)) for part in symbolic.exponents()]
    assert found[0] == pytest.approx(law.growth(constants), rel=1e-12)
    slopes = (far.size / near.size, far.data / near.data, far.ratio / near.ratio)
    for exponent, ratio in zip(found, slopes, strict=False):
        assert math.log(ratio, 100) == pytest.approx(exponent, abs=1e-10)
    fall = (near.loss - constants.floor) / (far.loss - constants.floor)
    assert math.log(fall, 100) == pytest.approx(found[3], abs=1e-8)


@pytest.mark.parametrize(
    ("constants", "size", "ratio", "growth"),
    [
        (law.HOFFMANN_2022, 3.22e10, 92.6, 0.4516),
        (law.HOFFMANN_2022_UNROUNDED, 4.04e10, 58.9, 0.4565),
        (law.BESIROGLU_2024, 7.22e10, 18.4, 0.5126),
    ],
)
def test_what_published_constants_imply(constants, size, ratio, growth):
    found = law.frontier(constants, BUDGET)
    assert found.size == pytest.approx(size, rel=2e-3)
    assert found.ratio == pytest.approx(ratio, rel=1e-3)
    assert law.growth(constants) == pytest.approx(growth, abs=1e-4)


def test_two_limits_of_sparse_features_balance_at_their_frontier():
    own = frontier_laws.exponents()
    for found, part in zip(symbolic.exponents(), own, strict=True):
        assert sp.simplify(symbolic.at(found, ALPHA, data_exponent()) - part.subs(frontier_laws.K, 1)) == 0


def test_two_limits_of_one_pass_balance_at_their_frontier():
    found = symbolic.at(symbolic.exponents().features, ALPHA, one_pass_laws.data_exponent())
    assert sp.simplify(found - one_pass_laws.frontier_exponent()) == 0


def test_the_budget_is_shared_out():
    assert sp.simplify(symbolic.COST * N * symbolic.data_at() - C) == 0
    assert symbolic.loss().subs({N: sp.oo, D: sp.oo}) == symbolic.FLOOR
    spent = sp.expand_log(sp.log(symbolic.best_ratio() * symbolic.best_size() ** 2 * symbolic.COST / C), force=True)
    assert sp.simplify(spent) == 0
    assert ETA not in symbolic.loss().free_symbols


@pytest.mark.parametrize(
    ("change", "compute", "named"),
    [
        ({"model": 0.0}, 1e20, "model"),
        ({"data": -1.0}, 1e20, "data"),
        ({"model_exponent": 0.0}, 1e20, "model_exponent"),
        ({"data_exponent": math.nan}, 1e20, "data_exponent"),
        ({}, 0.0, "compute"),
        ({}, math.inf, "compute"),
    ],
)
def test_wrong_constants_are_named(change, compute, named):
    with pytest.raises(ValueError, match=named):
        law.frontier(law.HOFFMANN_2022._replace(**change), compute)


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        law.loss(law.HOFFMANN_2022, [1e9, 0], 1e9)
