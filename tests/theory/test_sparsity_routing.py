"""Routed experts: sums over loads against slow ones, the learning curve, the limit and its poles."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.sparsity_models.routing_laws as laws
from theory import random_features as dense
from theory.random_features_laws import ALPHA
from theory.sparse_features.unseen_mass_laws import ETA
from theory.sparsity_models import routing_limit as limit
from theory.sparsity_models.routing import learning_curve, loads, loss_of_one_row, routed


def test_sum_over_loads_by_the_definition():
    world = {"decay": 1, "sparsity": 1.5, "n_experts": 7, "n_modes": 80}
    curve, remainder = learning_curve(1, 80, 12)
    total = allowed = 0.0
    for p in loads(sparsity=1.5, n_experts=7):
        for n in range(13):
            weight = p * math.comb(12, n) * p**n * (1 - p) ** (12 - n)
            total, allowed = total + weight * curve[n], allowed + weight * remainder[n]
    found = routed(**world, n_samples=(12,))
    assert found.values["loss"][0] == pytest.approx(total, rel=1e-12)
    assert found.allowance["loss"][0] == pytest.approx(allowed, rel=1e-10)


def test_learning_curve():
    curve, remainder = learning_curve(1, 900, 300)
    sizes = (2, 17, 40, 123, 300)
    exact = dense.unresolved(decay=1, n_modes=900, n_features=sizes)
    assert np.allclose(curve[list(sizes)], exact.values["unresolved"], rtol=1e-5)
    assert np.allclose(remainder[list(sizes)], exact.allowance["unresolved"] + 1e-5 * curve[list(sizes)], rtol=1e-3)
    assert curve[0] == pytest.approx(float(mpmath.zeta(2) - mpmath.zeta(2, 901)), rel=1e-12)
    assert (np.diff(curve) < 0).all()


def test_loss_of_one_row():
    """Two equal variances cannot be had from a power law, so: one mode, and two by the integral of the definition."""
    assert loss_of_one_row(decay=1, n_modes=1) == pytest.approx(0, abs=1e-10)
    v = 0.25
    share = mpmath.quad(lambda a: (mpmath.cos(a) ** 2 + v**2 * mpmath.sin(a) ** 2)
                        / (mpmath.cos(a) ** 2 + v * mpmath.sin(a) ** 2), [0, mpmath.pi]) / mpmath.pi  # fmt: skip
    assert loss_of_one_row(decay=1, n_modes=2) == pytest.approx(float(1 + v - share), rel=1e-10)


def test_balanced_loads():
    assert np.allclose(loads(sparsity=0, n_experts=5), 0.2)
    found = routed(decay=1, sparsity=0, n_experts=1, n_modes=200, n_samples=(20,))
    assert found.values["loss"][0] == pytest.approx(learning_curve(1, 200, 20)[0][20], rel=1e-12)
    assert found.values["unrouted"][0] == 0


def test_poisson_limit_is_near_the_finite_sum():
    found = routed(decay=1, sparsity=2, n_experts=20_000, n_modes=6000, n_samples=(400,)).values["loss"][0]
    assert limit.zipf_loss(400, decay=1, sparsity=2) == pytest.approx(
        found, rel=6e-3
    )  # binomial against Poisson, and what lies beyond 20 000 experts


def test_mean_loss_is_continued_smoothly():
    x = np.array([limit.DIRECT * 0.999999, limit.DIRECT * 1.000001])
    for decay in (0.5, 1, 2):
        values = limit.mean_loss(x, decay)
        assert values[1] / values[0] == pytest.approx((x[0] / x[1]) ** decay, rel=1e-6)
    far = limit.mean_loss(np.array([1e9]), 1)[0]
    assert far * 1e9 == pytest.approx((math.pi / 2) ** 2, rel=1e-8)


@pytest.mark.parametrize(("decay", "sparsity"), [(1, 2), (0.5, 3), (1, 1.5)])
def test_exponent_is_the_smaller_pole(decay, sparsity):
    law = float(laws.data_exponent().subs({ALPHA: sp.Rational(decay), ETA: sp.Rational(sparsity)}))
    assert law == pytest.approx(min(decay, 1 - 1 / sparsity), rel=1e-15)
    assert limit.zipf_exponent(1e25, decay=decay, sparsity=sparsity) == pytest.approx(law, abs=2e-5)


def test_pole_of_the_load_is_that_of_a_zeta_function():
    """Σ p_e^(1−s) = ζ(η(1 − s)) grows as 1/(distance) just below the pole."""
    eta = 2.5
    pole = float(laws.load_exponent().subs(ETA, sp.Rational(5, 2)))
    near = float(mpmath.zeta(eta * (1 - (pole - 1e-6))))
    assert near * 1e-6 * eta == pytest.approx(1, rel=1e-5)
    assert sp.simplify(laws.balanced_exponent() - ALPHA) == 0
    assert laws.balanced_cost() == laws.N_EXPERTS**ALPHA


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: loads(sparsity=-1, n_experts=3), "sparsity must be at least 0, got -1"),
        (
            lambda: routed(decay=1, sparsity=2, n_experts=3, n_modes=50, n_samples=(90,)),
            "may get 90 rows, as many as n_modes = 50",
        ),
        (lambda: limit.zipf_loss(100, decay=1, sparsity=1), "sparsity must exceed 1, got 1"),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
