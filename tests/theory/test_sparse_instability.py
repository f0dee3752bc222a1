"""Unstable steps on sparse data: against direct sums, golden numbers, limits and quadrature."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

import theory.sparse_features.instability as law
import theory.sparse_features.instability_laws as symbolic
from theory.sparse_features.row_law import row_law

POINT = {"decay": 0.5, "sparsity": 3}
C = sp.Symbol("c", positive=True)


def test_laws():
    alpha, eta, gamma = symbolic.ALPHA, symbolic.ETA, symbolic.GAMMA
    assert sp.simplify(symbolic.growth() - (eta - 1 - alpha)) == 0
    assert sp.simplify(symbolic.index_of_tail() - (alpha + gamma) / gamma) == 0
    assert sp.simplify(symbolic.sample_exponent() - alpha / gamma) == 0
    assert symbolic.values(symbolic.index_of_tail(), decay=sp.Rational(1, 2), sparsity=3) == sp.Rational(4, 3)


@pytest.mark.parametrize(("decay", "sparsity"), [(0.7, 3.1), (1.3, 2.9), (0.5, 3)])
def test_closed_form_of_the_rate(decay, sparsity):
    """R = c/(η − 1) E|z|^(2q) D (cDω)^(−q), term by term."""
    q, D, omega, c = (sparsity - 1) / (sparsity - 1 - decay), 77.0, 5.0, 0.3
    found = symbolic.values(symbolic.spikes_law(), decay=decay, sparsity=sparsity)
    moment = 2**q * math.gamma(q + 0.5) / math.sqrt(math.pi)
    wanted = c / (sparsity - 1) * moment * D * (c * D * omega) ** -q
    assert float(found.subs({symbolic.D: D, symbolic.OMEGA: omega, C: c})) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("N", "factor"), [(4, 1.1025), (10, 1.0430), (20, 1.0219)])
def test_feature_factor(N, factor):
    """Golden numbers at q = 4/3."""
    found = symbolic.feature_factor().subs({symbolic.N: N, symbolic.Q: sp.Rational(4, 3)})
    assert float(found) == pytest.approx(factor, abs=1e-4)


def test_gaussian_moment():
    with mpmath.workdps(20):
        wanted = mpmath.quad(lambda z: 2 * z ** mpmath.mpf("2.6") * mpmath.npdf(z), [0, 2, 12])
    assert float(symbolic.gaussian_moment().subs(symbolic.Q, sp.Rational(13, 10))) == pytest.approx(float(wanted))


def test_spikes_against_the_direct_sum():
    D, omega = 300, 6
    with mpmath.workdps(25):
        s, eta, gamma = mpmath.mpf(3) / 2, 3, mpmath.mpf(3) / 2
        m = mpmath.fsum(mpmath.mpf(omega) ** (1 - k) * mpmath.zeta(k * s) for k in range(1, 40)) / D
        needed = D * (omega - m)

        def term(i):
            return D * mpmath.mpf(i) ** -eta * mpmath.erfc(mpmath.sqrt(needed / i**gamma / 2))

        head = 4_000  # beyond, erfc is a short series in i^(−γ/2)
        found = mpmath.fsum(term(i) for i in range(1, head))
        tail = mpmath.nsum(
            lambda k: (1 if k == 0 else 0) * mpmath.zeta(eta, head)
            - (-1) ** int(k) * 2 / mpmath.sqrt(mpmath.pi) * (needed / 2) ** (k + mpmath.mpf(1) / 2)
            / (mpmath.factorial(k) * (2 * k + 1)) * mpmath.zeta(eta + gamma * (k + mpmath.mpf(1) / 2), head),
            [0, 25], method="direct",
        )  # fmt: skip
        assert abs(law.spikes(D, omega, **POINT, digits=14) / (found + D * tail) - 1) < 1e-13


def test_spikes_tend_to_the_law():
    value = symbolic.values(symbolic.spikes_law(), decay=sp.Rational(1, 2), sparsity=3)
    wanted = sp.N(value.subs({symbolic.D: 10**20, symbolic.OMEGA: 4, C: sp.Rational(1, 2)}), 20)
    found = law.spikes(10**20, 4, **POINT, scale=0.5)
    assert abs(float(found / mpmath.mpf(str(wanted)) - 1)) < 1e-18


def test_hits_against_the_definition():
    rows = row_law(decay=1, sparsity=2, n_modes=30, scale=0.6)
    level = np.linspace(0.5, 3, 30)
    found = law.hits(40, rows, level)
    for i in (0, 1, 5, 29):
        n = np.arange(1, 41)
        weights = stats.binom.pmf(n, 40, rows.probabilities[i])
        assert found[i] == pytest.approx(weights @ stats.chi2.sf(40 * level[i] / rows.gains[i], n), rel=1e-12)
    signs = law.hits(40, rows, level, signs=True)
    assert signs[1] == pytest.approx(
        stats.binom.sf(math.floor(40 * level[1] / rows.gains[1]), 40, rows.probabilities[1])
    )


def test_probability_tends_to_the_power_law():
    D, omega = 20_000, 20
    found = law.instability(**POINT, n_modes=300_000, n_samples=(D,), thresholds=(omega,)).values["unstable"][0]
    assert found == pytest.approx(-math.expm1(-float(law.spikes(D, omega, **POINT))), rel=4e-4)


def test_measured_far_outside_the_asymptotics():
    """5·10⁵ to 3·10⁶ datasets of 10 and 30 rows (docs): within the allowance and 3 standard errors."""
    theory = law.instability(**POINT, n_modes=4000, n_samples=(10, 30), thresholds=(2.5, 4, 8))
    measured = np.array([0.117224, 0.053800, 0.020092, 0.067154, 0.034570, 0.013450])
    error = measured * [0.0010, 0.0014, 0.0023, 0.0021, 0.0028, 0.0048]
    gap = np.abs(measured - theory.values["unstable"])
    assert (gap < theory.allowance["unstable"] + 3 * error).all()


def test_features_become_the_data():
    """N → ∞, where F is an isometry; and few features make steps less stable."""
    world = {"decay": 1, "sparsity": 3, "n_modes": 300, "thresholds": (20,)}
    few, many = law.instability_of_features(**world, n_features=(4, 4000), n_samples=20).values["unstable"]
    plain = law.instability(**world, n_samples=(20,)).values["unstable"][0]
    assert many == pytest.approx(plain, rel=2e-3)
    assert 1.5 < few / plain < 2


def test_signs_have_a_sharp_threshold():
    """With signs a coordinate seen once is a spike only beyond the index (D(ω − m))^(1/γ) = 62.8."""
    world = {**POINT, "n_samples": (50,), "thresholds": (10,), "amplitudes": "sign"}
    few, many = (law.instability(**world, n_modes=M).values["unstable"][0] for M in (55, 4000))
    once = 50 * (np.arange(63, 4001.0) ** -3).sum()
    assert few < 1e-5
    assert many == pytest.approx(once, rel=0.02)


@pytest.mark.parametrize(("p", "rate"), [(0.1, 0.01136), (0.05, 0.00559)])
def test_large_deviations(p, rate):
    assert law.large_deviation_rate(2, p) == pytest.approx(rate, abs=5e-6)
    assert -law.log_exceedance(10**5, 2, p) / 10**5 == pytest.approx(rate, rel=0.01)
    assert law.large_deviation_rate(1, p) == 0


def test_golden_numbers_of_one_coordinate():
    found = [math.exp(law.log_exceedance(D, 2, 0.1)) for D in (50, 100, 200, 400)]
    assert np.allclose(found, [0.1046, 0.0505, 0.0130, 0.0010], atol=6e-5)
    one = law.hits(100, row_law(decay=1, sparsity=0, n_modes=1, scale=0.1), np.array([2.0]))[0]
    assert found[1] == pytest.approx(one, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: law.instability(**POINT, n_modes=9, n_samples=(9,), thresholds=(1,)), "at least 2"),
        (lambda: law.instability(**POINT, n_modes=math.inf, n_samples=(9,), thresholds=(4,)), "n_modes must be finite"),
        (lambda: law.spikes(100, 4, decay=1, sparsity=2), "sparsity must exceed 1 [+] decay"),
        (lambda: law.spikes(5, 4, **POINT), ">= 40"),
        (lambda: symbolic.values(symbolic.index_of_tail(), decay=1, sparsity=1), "sparsity must exceed"),
        (lambda: law.large_deviation_rate(2, 0), "lies in"),
        (lambda: law.log_exceedance(10, 1, 0.5), "must exceed 1"),
        (
            lambda: law.instability_of_features(**POINT, n_modes=9, n_features=(2,), n_samples=9, thresholds=(4,)),
            "must exceed 4",
        ),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
