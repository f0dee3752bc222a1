"""Leaked rows: the finite-size law against slow sums, its limits, and the cavity equation of noisy rows."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.random_features as dense
from theory.sparse_features.cavity import cavity_loss
from theory.sparse_features.label_noise import bayes_loss as base_bayes
from theory.sparse_features.row_law import row_law
from theory.sparse_features.unseen_mass import unseen_mass
from theory.sparsity_models import leak, leak_laws, noisy_leak
from theory.sparsity_models.limits import limits

BASE = {"decay": 1, "sparsity": 2, "n_modes": 300}


def slow_unknown(p, n_rows, dense_share, sparse_share, signs):
    """Σ_n Bin(n) E 1/(1 + dense + sparse χ²_n), term by term."""
    total = mpmath.mpf(0)
    for n in range(n_rows + 1):
        weight = mpmath.binomial(n_rows, n) * mpmath.mpf(p) ** n * (1 - mpmath.mpf(p)) ** (n_rows - n)
        if n == 0 or signs:
            mean = 1 / (1 + mpmath.mpf(dense_share) + sparse_share * n)
        else:
            mean = mpmath.quad(
                lambda y, n=n: 2 * y ** (n - 1) * mpmath.exp(-(y**2) / 2) / (1 + dense_share + sparse_share * y**2),
                [0, 0.5, 1, 2, 4, 8, 16],
            ) / (2 ** (mpmath.mpf(n) / 2) * mpmath.gamma(mpmath.mpf(n) / 2))
        total += weight * mean
    return total


@pytest.mark.parametrize("signs", [True, False])
def test_unknown_part_term_by_term(signs):
    law = row_law(decay=1, sparsity=2, n_modes=6)
    share, strength = np.full(6, 0.7), 30.0 * law.gains
    found = leak.unknown_parts(law, 5, share, strength, signs)
    for i in (1, 4):
        slow = slow_unknown(float(law.probabilities[i]), 5, 0.7, float(strength[i]), signs)
        assert abs(found[i] / float(slow) - 1) < 1e-10


def test_whole_leak_is_the_dense_law():
    found = leak.leaked_loss(leak=1, n_samples=(40, 100), **BASE).values["loss"]
    law = dense.unresolved(decay=1, n_modes=300, n_features=(40, 100)).values["unresolved"]
    assert np.allclose(found, law, rtol=1e-9)


def test_vanishing_leak_spends_one_row_on_every_coordinate_seen():
    """Kappa (D − E S) with Σ 1 − q κ/(λ + κ) = D, q the probability to be unseen."""
    law, D = row_law(**BASE), 80
    q = law.silent(D)

    def shortfall(log_kappa):
        return float((1 - q * np.exp(log_kappa) / (law.variances + np.exp(log_kappa))).sum()) - D

    low, high = -30.0, 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if shortfall(middle) > 0 else (low, middle)
    on = leak.leak(leak=1e-10, **BASE)
    assert abs(on.variances @ on.unknown(D) / (np.exp(low) * (D - (1 - q).sum())) - 1) < 2e-5
    assert abs((1 - on.unknown(D)).sum() - D) < 1e-6


def test_the_limit_of_a_vanishing_leak_is_not_the_base_model():
    sizes = (50, 200)
    unseen = unseen_mass(n_samples=sizes, **BASE).values["unseen"]
    tiny, large = (leak.leaked_loss(leak=e, n_samples=sizes, **BASE).values["loss"] for e in (1e-10, 1e-2))
    assert np.all(tiny < 0.6 * unseen)
    assert np.allclose(tiny, large, rtol=0.012)
    assert limits(model="leak", leak=1e-6, n_samples=(50,), **BASE).values["rank"][0] == pytest.approx(50, abs=1e-6)
    assert limits(model="leak", leak=1e-6, n_samples=(50,), **BASE).values["unseen"][0] == 0


def test_law_at_infinitely_many_modes():
    """Against the finite sum, whose spectrum ends at 1000: what is missing there counts 1 + decay times.

    The leading remainder is 2δ/D, δ = D sqrt(κ) π/2 = π²/4, from coordinates that count as known in either sum.
    """
    D = 60
    on = leak.leak(decay=1, sparsity=2, n_modes=1000, leak=1e-8)
    finite = on.variances @ on.unknown(D) + 2 / 1000
    remainder = finite / float(leak.leaked_loss_at(D, decay=1, sparsity=2)) - 1
    assert abs(remainder - 2 * (np.pi**2 / 4) / D) < 0.015
    far = leak.leaked_loss_at(10**20, decay=1, sparsity=2) * 10**20
    assert abs(far * 4 / mpmath.pi**2 - 1) < 1e-9


def test_noisy_loss_without_a_leak():
    """Against population dynamics, and against the equation for strong noise, which counts the whole loss in a row."""
    found = noisy_leak.bayes_loss(200, 0.0, 0.1, 1, 3, 300)
    cavity, error = cavity_loss(200, decay=1, sparsity=3, n_modes=300, label_noise=0.1, size=4000, sweeps=18)
    assert abs(found / cavity - 1) < 0.03 + 3 * error / cavity
    field = noisy_leak.mean_field_loss(100, 0.0, 1.0, 1, 2, 300, amplitudes="sign")
    base = base_bayes(decay=1, sparsity=2, n_modes=300, n_samples=(100,)).values["bayes"][0]
    assert abs(field / base - 1) < 1e-7


def test_noisy_loss_of_dense_rows():
    """At leak 1 the known law: κ = (σ² + L)/D."""
    loss = noisy_leak.bayes_loss(100, 1.0, 0.1, 1, 3, 300)
    lam = row_law(decay=1, sparsity=3, n_modes=300).variances
    assert abs(loss / (lam / (1 + 100 * lam / (0.1 + loss))).sum() - 1) < 1e-6


def test_the_noisy_loss_falls_with_the_leak():
    found = noisy_leak.noisy_ridge(
        decay=1, sparsity=3, n_modes=300, n_samples=(100,), settings=((0, 0.01), (1e-4, 0.01), (1e-3, 0.01), (1, 0.01))
    ).values["bayes"]
    assert np.all(np.diff(found) < 0)
    assert found[1] / found[0] > 0.97
    assert found[3] / found[0] < 0.3


def test_symbolic_laws():
    a, e = leak_laws.ALPHA, leak_laws.ETA
    assert leak_laws.leaked_exponent() == a
    ratio = leak_laws.NOISE / leak_laws.LEAK
    assert sp.simplify(sp.log(leak_laws.noisy_crossover() / ratio ** (e / (e - 1 - a))).subs({a: 1, e: 3})) == 0
    assert sp.simplify(leak_laws.normalised_data_exponent() - (e - 1) / e) == 0
    edge = {a: sp.Rational(1, 2), e: 3, leak_laws.NOISE: 1, leak_laws.LEAK: sp.Rational(1, 100)}
    size = leak_laws.noisy_crossover().subs(edge)
    assert sp.simplify(size * sp.Rational(1, 100) * (size ** sp.Rational(1, 3)) ** sp.Rational(-3, 2)) == 1


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"leak must lie between .* got 0; without a leak"):
        leak.leak(leak=0, **BASE)
    with pytest.raises(ValueError, match=r"leak must lie between .* got 1.5"):
        leak.leaked_loss(leak=1.5, n_samples=(50,), **BASE)
    with pytest.raises(ValueError, match=r"n_samples must be at least 30, got 10"):
        leak.leaked_loss(leak=0.1, n_samples=(10,), **BASE)
    with pytest.raises(ValueError, match=r"below n_modes = 300, got 300"):
        leak.leaked_loss(leak=0.1, n_samples=(300,), **BASE)
    with pytest.raises(ValueError, match=r"label_noise must be positive .*got 0"):
        noisy_leak.bayes_loss(50, 0.1, 0, 1, 3, 100)
