"""Gradient descent: the threshold, the early law, independent coordinates, the plateau."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

import theory.descent as law
import theory.descent_laws as symbolic
from theory.random_features_laws import ALPHA
from theory.sparse_features.descent import descent
from theory.sparse_features.row_law import row_law

WORLD = {"decay": 1, "sparsity": 2, "n_modes": 300, "n_samples": 200, "step": 0.5}


def test_threshold():
    assert law.stability_threshold(0.5) == 4
    assert float(symbolic.stability_law().subs(symbolic.H, 0.5)) == 4


@pytest.mark.parametrize("decay", [0.5, 1, 2])
def test_population_loss_against_the_direct_sum(decay):
    i = np.arange(1, 10**6 + 1.0) ** -(1 + decay)
    for t, allowed in ((50, 2e-3), (2000, 1e-7)):
        direct = (i * (1 - i / 2) ** (2 * t)).sum() + (10**6 + 0.5) ** -decay / decay
        assert float(law.population_loss(t, decay=decay, step=0.5)) == pytest.approx(direct, rel=allowed)


def test_population_loss_is_its_law():
    for decay, t in ((sp.Rational(1, 2), 7), (1, 30), (sp.Rational(8, 5), 11)):
        wanted = symbolic.population_law().subs({ALPHA: decay, symbolic.H: sp.Rational(1, 3), symbolic.T: t})
        found = law.population_loss(t, decay=float(decay), step=1 / 3, digits=12)
        assert float(found) == pytest.approx(float(wanted), rel=1e-12)


def test_early_law():
    a = sp.Rational(3, 5)
    assert sp.simplify(symbolic.early_exponent() - ALPHA / (1 + ALPHA)) == 0
    wanted = math.gamma(0.375) / 1.6 * 2**-0.375 * 0.5**-0.375
    assert float(symbolic.early_constant().subs({ALPHA: a, symbolic.H: 0.5})) == pytest.approx(wanted)
    far = law.population_loss(10**12, decay=0.6, step=0.5) * mpmath.mpf(10) ** (12 * 0.375)
    assert float(far) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("sparsity", "step"), [(2, 0.5), (3, 0.5), (0, 1.2)])
def test_independent_coordinates_against_quadrature(sparsity, step):
    """Gauss and Legendre in the square root of the chi-square, number of hits by number of hits."""
    rows, D, times = row_law(decay=1, sparsity=sparsity, n_modes=4, scale=0.6), 12, np.array([1, 4, 50])
    arguments = {"probabilities": rows.probabilities, "gains": rows.gains, "variances": rows.variances}
    found = law.independent_coordinates(times.tolist(), step=step, n_samples=D, **arguments)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    total = np.zeros(3)
    for p, gain, variance in zip(rows.probabilities, rows.gains, rows.variances, strict=True):
        edge = (2 * D / (step * gain)) ** 0.5
        v, dv = edge * (nodes + 1) / 2, edge * weights / 2
        left = (1 - step * gain * v**2 / D)[:, None] ** (2 * times)
        kept = np.full(3, (1 - p) ** D)
        for n in range(1, D + 1):
            kept += stats.binom.pmf(n, D, p) * ((stats.chi2.pdf(v**2, n) * 2 * v * dv) @ left)
        total += variance * kept
    assert np.allclose(found, total, rtol=1e-6)


def test_spline_over_rare_coordinates(monkeypatch):
    rows = row_law(decay=0.5, sparsity=3, n_modes=700)
    arguments = {"probabilities": rows.probabilities, "gains": rows.gains, "variances": rows.variances}
    fast = law.independent_coordinates((1, 30, 10**5), step=0.5, n_samples=300, **arguments)
    monkeypatch.setattr(law, "ONE_BY_ONE", 700)
    slow = law.independent_coordinates((1, 30, 10**5), step=0.5, n_samples=300, **arguments)
    assert np.allclose(fast, slow, rtol=1e-7)


def test_plateau_is_the_unseen_mass():
    rows = row_law(decay=1, sparsity=2, n_modes=300)
    found = descent(**WORLD, times=(10**14,))
    unseen = float(rows.variances @ rows.silent(200))
    crowding = float((1 - rows.silent(200)).sum()) / 200 / 6
    assert found.values["loss"][0] == pytest.approx(unseen * (1 + crowding), rel=1e-4)
    given = descent({"unseen": np.array([0.5])}, **WORLD, times=(10**14,))
    assert given.values["loss"][0] == pytest.approx(found.values["loss"][0] + 0.5 - unseen)


def test_early_loss_is_that_of_the_population():
    """Before coordinates that the rows do not show matter, and before their number is felt."""
    found = descent(decay=1, sparsity=2, n_modes=5000, n_samples=20_000, step=0.5, times=(40,))
    assert found.values["loss"][0] == pytest.approx(float(law.population_loss(40, decay=1, step=0.5)), rel=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: law.stability_threshold(0), "step must be positive"),
        (lambda: law.population_loss(3, decay=1, step=1.5), "0 < step <= 1"),
        (lambda: law.population_loss(-1, decay=1, step=0.5), "time >= 0"),
        (lambda: descent(**WORLD | {"sparsity": 1.2}, times=(1,)), "sparsity must be at least 1.4"),
        (lambda: descent(**WORLD | {"step": 1.5}, times=(1,)), "at least 2"),
        (lambda: descent(**WORLD, times=(0,)), "times"),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
