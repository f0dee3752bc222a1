"""Decaying teachers and counted steps: limits, direct sums, symbolic laws against finite sizes."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.sparsity_models.steps_frontier_laws as steps_laws
import theory.sparsity_models.teacher_frontier_laws as laws
from theory.sparse_features.coordinates import one_hot
from theory.sparse_features.frontier import one_hot_log_losses
from theory.sparse_features.frontier_laws import K, exponents
from theory.sparse_features.iso_compute import unseen_mass_at
from theory.sparse_features.log_means import inverse_trace_variance
from theory.sparse_features.overparameterised import conditional_loss as isotropic_loss
from theory.sparse_features.rank import seen_at
from theory.sparsity_models import steps_frontier, teacher, teacher_frontier

GIVEN = {"rank": np.array([17.0]), "limit": np.array([0.08]), "signal": np.array([0.08]), "weight": np.array([17.0])}


def at(expression, decay, sparsity, teacher_decay):
    values = {laws.ALPHA: decay, laws.ETA: sparsity, laws.TAU: teacher_decay, laws.SCALE: 1}
    return sp.sympify(expression).subs({symbol: sp.Rational(str(value)) for symbol, value in values.items()})


def test_the_isotropic_teacher_is_the_base_law():
    sizes = (19, 25, 60)
    own, base = (law(GIVEN, n_features=sizes).values["loss"] for law in (teacher.conditional_loss, isotropic_loss))
    assert np.allclose(own, base, rtol=1e-13)
    found = teacher.Sums(0.0, 0.0, 12.0, 12.0, 12.0)
    assert math.isclose(teacher.trace_variance(found, 40), inverse_trace_variance(40, 12), rel_tol=1e-12)


def test_mean_log_losses_of_an_isotropic_teacher_are_those_of_one_hot_rows():
    cells = ((95, 1053), (168, 595), (298, 3356), (944, 10593))
    own = teacher.log_losses(decay=1, sparsity=2, teacher_decay=0, cells=cells)
    base = one_hot_log_losses(decay=1, sparsity=2, cells=cells)
    off = np.abs(own.values["log_loss"] - base.values["log_loss"])
    assert np.all(off < own.allowance["log_loss"] + base.allowance["log_loss"])
    assert off.max() < 2e-3


def test_sums_by_the_definition():
    """Direct sums at decay 1, sparsity 3, teacher_decay 4; the tail of the mass beyond 10⁴ is 1e-4 of ζ."""
    D = 107
    found = teacher.sums(on := one_hot(1, 3, D), teacher.weights(on, 1, 4))
    with mpmath.workdps(20):
        total = mpmath.zeta(3)
        silent = [(1 - mpmath.mpf(i) ** -3 / total) ** D for i in range(1, 3001)]
        signal = mpmath.fsum(mpmath.mpf(i) ** -6 * q for i, q in enumerate(silent, 1))
        mass = mpmath.fsum(mpmath.mpf(i) ** -2 * q for i, q in enumerate(silent, 1)) + mpmath.zeta(2, 3001)
        weight = mpmath.fsum(mpmath.mpf(i) ** -4 * (1 - q) for i, q in enumerate(silent, 1))
    assert math.isclose(found.signal, signal, rel_tol=1e-7)
    assert math.isclose(found.mass, mass, rel_tol=1e-7)
    assert math.isclose(found.weight, weight, rel_tol=1e-7)


@pytest.mark.parametrize("power", [6, 2, 0, Fraction(1, 2)])
def test_silent_sums_at_any_size(power):
    """Against the sums themselves, continued below the power 1, and against the base theory where it has them."""
    D, eta = 3000, 3
    i = np.arange(1, 200_001, dtype=float)
    q = np.exp(D * np.log1p(-np.minimum(i**-eta, 1 - 1e-16)))
    s = float(power)
    if s > 1:
        direct = float(i**-s @ q) + float(mpmath.zeta(s, 200_001))
    else:
        direct = float(mpmath.zeta(s)) - float(i**-s @ (1 - q)) - D * float(mpmath.zeta(s + eta, 200_001))
    assert math.isclose(teacher_frontier.silent_sum(power, D, sparsity=eta), direct, rel_tol=1e-6)
    base = {2: unseen_mass_at(mpmath.mpf(D), decay=1, sparsity=eta), 0: -0.5 - seen_at(D, sparsity=eta)}
    if power in base:
        assert mpmath.almosteq(teacher_frontier.silent_sum(power, D, sparsity=eta), base[power], rel_eps=1e-14)


def test_laws_of_the_frontier():
    a, e, t = laws.ALPHA, laws.ETA, laws.TAU
    concentrated, spread = laws.concentrated(), laws.spread()
    assert sp.simplify(concentrated.features - t / (t + e)) == 0
    assert sp.simplify(concentrated.loss - (a + t) / (t + e)) == 0
    assert sp.simplify(concentrated.samples_per_feature - (e - t) / (t + e)) == 0
    assert laws.even() == e
    base = exponents()
    assert spread.features.equals(base.features.subs(K, 1))
    assert spread.loss.subs(t, 0).equals(base.loss.subs(K, 1))
    assert sp.simplify((concentrated.features - spread.features).subs(t, 1)) == 0  # continuous at τ = 1


def test_a_steep_spectrum_binds_the_optimum_to_the_rank():
    """For τ > 1 and α > η: N* = r (1 + α)/(α − η) and exponents without τ."""
    a, e = laws.ALPHA, laws.ETA
    found = laws.exponents(decay=3, sparsity=2, teacher_decay=3)
    assert sp.simplify(laws.rank_ratio() - (1 + a) / (a - e)) == 0
    assert sp.simplify(found.loss - (1 + a) / (1 + e)) == 0
    assert laws.exponents(decay=1, sparsity=2, teacher_decay=3) == laws.concentrated()
    best = teacher_frontier.compute_optimal(10**16, decay=3, sparsity=2, teacher_decay=3)
    rank = -0.5 - teacher_frontier.silent_sum(0, best.n_samples, sparsity=2)
    assert math.isclose(best.n_features / rank, 4, rel_tol=1e-4)


@pytest.mark.parametrize("point", [(1, 3, 4), (0.5, 2, 3), (1, 2, 3)])
def test_constants_of_the_frontier(point):
    """The finite-size optimum at C = 10²⁰ against the closed form."""
    decay, sparsity, teacher_decay = point
    best = teacher_frontier.compute_optimal(10**20, decay=decay, sparsity=sparsity, teacher_decay=teacher_decay)
    found = (float(mpmath.log(size)) for size in (best.n_features, best.loss))
    exps = laws.concentrated()
    grows, falls = (float(at(part, *point)) * 20 * math.log(10) for part in (exps.features, exps.loss))
    constants = [math.log(at(part, *point)) for part in (laws.size_constant(), laws.loss_constant())]
    for value, expected in zip(found, (grows + constants[0], constants[1] - falls), strict=True):
        assert math.isclose(value, expected, abs_tol=1e-6)


def test_the_finite_optimum_is_that_of_the_float_sums():
    """Poisson-like coordinates of one-hot rows, whose probabilities are i^−η/ζ(η)."""
    C, world = 1e7, {"decay": 1, "sparsity": 3, "teacher_decay": 4}
    best = teacher_frontier.compute_optimal(C, **world, scale=Fraction(str(1 / mpmath.zeta(3))))
    N = float(best.n_features)
    levels = [teacher.mean_loss(N * f, C / N / f, decay=1, sparsity=3, teacher_decay=4) for f in (0.9, 1, 1.1)]
    assert math.isclose(levels[1], float(best.loss), rel_tol=1e-4)
    assert levels[1] < min(levels[0], levels[2])


def test_balance_of_steps_and_samples():
    a, e = laws.ALPHA, laws.ETA
    two, three = steps_laws.steps_and_samples(), steps_laws.all_counted()
    assert sp.simplify(two.samples - e / (1 + a + e)) == 0
    assert sp.simplify(two.loss - a / (1 + a + e)) == 0
    assert sp.simplify(three.features - 1 / (2 + a + e)) == 0
    assert sp.simplify(three.steps - (1 + a) / (2 + a + e)) == 0
    assert sp.simplify(steps_laws.samples_per_feature() - (e - 1) / (2 + a + e)) == 0


def test_loss_after_steps_by_direct_sums():
    """Golden numbers of an mpmath sum over coordinates and hits, 30 digits."""
    for decay, sparsity, golden in ((1, 1.5, 0.2000252584112684), (2, 2, 0.04846478558313143)):
        own = steps_frontier.loss_at(40, 30, decay=decay, sparsity=sparsity, step=0.5)
        assert math.isclose(own, golden, rel_tol=1e-12)


def test_limits_of_descent():
    """No steps leave everything, many the unseen mass; Poisson hits agree with binomial ones."""
    world = {"decay": 1, "sparsity": 1.5, "step": 0.5}
    assert math.isclose(steps_frontier.loss_at(0, 50, **world), math.pi**2 / 6, rel_tol=1e-7)
    on = one_hot(1, 1.5, 50.0)
    unseen = float(on.weights @ (on.variances * (1 - on.probabilities) ** 50))
    assert math.isclose(steps_frontier.loss_at(1e9, 50, **world), unseen, rel_tol=1e-6)
    few, many = (steps_frontier.loss_at(1e7, D, **world) for D in (0.99e7, 1.01e7))
    assert 0 < few - many < 0.02 * few


def test_counted_steps_at_golden_sizes():
    """Exponents at C = 10¹² within 1e-5 of the limit, as declared in the claims."""
    near, far = (steps_frontier.compute_optimal(C, decay=1, sparsity=1.5, step=0.5) for C in (1e12, 4e12))
    assert math.isclose(math.log(far.n_samples / near.n_samples, 4), 1.5 / 3.5, abs_tol=1e-5)
    assert math.isclose(math.log(near.loss / far.loss, 4), 1 / 3.5, abs_tol=1e-5)


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"at least r \+ 2 = 19 features, got 18"):
        teacher.conditional_loss(GIVEN, n_features=(18, 30))
    with pytest.raises(ValueError, match=r"teacher_decay must be at least 0, got -1"):
        teacher.log_losses(decay=1, sparsity=3, teacher_decay=-1, cells=((900, 100),))
    with pytest.raises(ValueError, match=r"n_features must exceed the rank .*got 12"):
        teacher.log_losses(decay=1, sparsity=3, teacher_decay=2, cells=((12, 1000),))
    with pytest.raises(ValueError, match=r"n_features must exceed the rank .*got 5"):
        teacher.mean_loss(5, 1000, decay=1, sparsity=3, teacher_decay=2)
    with pytest.raises(ValueError, match=r"decay must differ from sparsity .*got 2 and 2"):
        teacher_frontier.compute_optimal(10**6, decay=2, sparsity=2, teacher_decay=2)
    with pytest.raises(ValueError, match=r"not 1 \(a logarithm\), got 1"):
        teacher_frontier.compute_optimal(10**6, decay=1, sparsity=2, teacher_decay=1)
    with pytest.raises(ValueError, match=r"sparsity must exceed 1, got 1"):
        laws.exponents(decay=2, sparsity=1, teacher_decay=2)
    with pytest.raises(ValueError, match=r"power other than 1"):
        teacher_frontier.silent_sum(1, 100, sparsity=2)
    with pytest.raises(ValueError, match=r"sparsity must exceed 1, got 0.5"):
        teacher_frontier.silent_sum(2, 100, sparsity=0.5)
    with pytest.raises(ValueError, match=r"at most at 1 \+ decay, got 3 and 1"):
        steps_frontier.loss_at(10, 10, decay=1, sparsity=3, step=0.5)
    with pytest.raises(ValueError, match=r"step must be below .*got 2"):
        steps_frontier.loss_at(10, 10, decay=1, sparsity=2, step=2)
