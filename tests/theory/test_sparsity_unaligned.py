"""Unaligned and uniform sparsity against slow integrals, limits and direct draws of their laws."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import special, stats

import theory.random_features as dense
import theory.sparsity_models.unaligned_laws as symbolic
from theory.sparsity_models import uniform
from theory.sparsity_models.limits import limits
from theory.sparsity_models.unaligned_losses import Costs, finite, limits as typical, losses, mean, mean_log
from theory.sparsity_models.unaligned_rows import shares, silent, uniform_shares
from theory.sparsity_models.unaligned_typical import hidden, mean_log_unseen


@pytest.mark.parametrize(("tail", "D"), [(0.25, 3), (0.5, 40), (2, 1000)])
def test_silent_is_its_integral(tail, D):
    with mpmath.workdps(30):
        integral = mpmath.quad(lambda u: (1 - u ** (1 / mpmath.mpf(tail))) ** D, mpmath.linspace(0, 1, 9))
    assert silent(tail, D) == pytest.approx(float(integral), rel=1e-9)


def test_shares_against_binomials_and_chi_squares():
    """E (1 − r)^k, k = 1, 2, by sums over n and trapezoidal rules over log p and the logarithm of the chi-square."""
    tail, D, y = 0.6, 4, np.array([1e-3, 0.7, 300.0])
    log_p, log_x = np.linspace(-40, 0, 801), np.linspace(-50, 6, 801)
    p, weight = np.exp(log_p), tail * np.exp(tail * log_p) * 0.05
    weight[-1] /= 2
    at = 1 + y[:, None, None] * np.exp(log_x - log_p[:, None])  # (y, p, x)
    for k in (1, 2):
        slow = np.full(3, weight @ (1 - p) ** D)
        for n in range(1, D + 1):
            density = stats.chi2.pdf(np.exp(log_x), n) * np.exp(log_x) * 0.07
            slow += (at**-k @ density) @ (weight * stats.binom.pmf(n, D, p))
        assert np.allclose(1 - shares(tail, D).lacking(k, y), slow, rtol=5e-4)


def test_rank_is_the_number_of_samples():
    found = limits(model="unaligned", decay=1.5, tail=0.5, n_modes=300, n_samples=(5, 40)).values
    assert np.allclose(found["rank"], (5, 40), rtol=1e-8)
    assert np.allclose(found["unseen"], [silent(0.5, D) * (np.arange(1, 301.0) ** -2.5).sum() for D in (5, 40)])


def test_without_rare_coordinates_the_dense_laws_return():
    law = {"decay": 1, "tail": 8, "n_modes": 2000}
    full = limits(model="unaligned", n_samples=(100,), **law).values["loss"]
    leading = dense.leading_unresolved(decay=1, n_modes=2000, n_features=(100,)).values["unresolved"]
    assert full == pytest.approx(leading, rel=0.02)
    few = losses(cells=((30, 150),), **law).values["loss"]
    assert few == pytest.approx(dense.ridgeless(decay=1, n_modes=2000, cells=((30, 150),)).values["bias"], rel=0.03)


def test_few_features_pay_for_unseen_coordinates():
    """1 + α in the limit, and N/(N − df_2) + N/(D − 1 − N) at finite size."""
    of = finite(1.5, 0.5, 2000, 60, 10**6)
    assert of.unseen == pytest.approx(2.5, rel=0.02)
    assert symbolic.spurious_factor() == 1 + symbolic.ALPHA
    near, far = finite(1.5, 0.5, 300, 10, 40), finite(1.5, 0.5, 300, 10, 4000)
    assert near.unseen - far.unseen > 0.9 * (10 / 29 - 10 / 3989)


def test_mean_log_against_draws():
    rng, of = np.random.default_rng(1), finite(1.5, 0.5, 50, 5, 100)
    hit = rng.random((100_000, 50)) < of.silent
    W = (of.variances * np.where(hit, of.unseen, of.seen)).sum(1)
    assert mean(of) == pytest.approx(W.mean(), abs=5 * W.std() / 100_000**0.5)
    assert mean_log(of) == pytest.approx(np.log(W).mean(), abs=5 * np.log(W).std() / 100_000**0.5)
    certain = Costs(np.ones(3), 0.3, 2.0, np.full(3, 2.0))
    assert mean_log(certain) == pytest.approx(math.log(6), abs=1e-7)


def test_mean_log_of_the_unseen_mass_at_infinitely_many_coordinates():
    q = silent(0.5, 10**6)
    variances = np.append(np.arange(1, 20_001.0) ** -4, q * special.zeta(4, 20_001))  # the last: all others, by mean
    direct = mean_log(Costs(variances, q, 1.0, np.append(np.zeros(20_000), 1.0)))
    assert float(mean_log_unseen(10**6, decay=3, tail=0.5)) == pytest.approx(direct, abs=1e-5)
    i, s = np.arange(1, 20_001.0), 2.5
    for t in (0.3, 40.0, 10.0**6):
        beyond = t * special.zeta(s, 20_001) - t**2 / 2 * special.zeta(2 * s, 20_001)
        assert float(hidden(mpmath.log(t), mpmath.mpf(s))) == pytest.approx(-np.expm1(-t * i**-s).sum() + beyond, 1e-9)


def test_symbolic_laws():
    q = symbolic.silent_law()
    assert float(q.subs({symbolic.NU: sp.Rational(1, 2), symbolic.D: 10**8})) == pytest.approx(silent(0.5, 10**8), 1e-7)
    assert symbolic.mean_unseen_exponent() == symbolic.NU
    assert sp.expand(symbolic.typical_unseen_exponent() - symbolic.NU * (1 + symbolic.ALPHA)) == 0
    at = {symbolic.ALPHA: sp.Rational(3, 2), symbolic.NU: sp.Rational(1, 2)}
    assert symbolic.frontier_exponents(symbolic.NU).size.subs(at) == sp.Rational(1, 4)
    assert symbolic.frontier_exponents(symbolic.NU).loss.subs(at) == sp.Rational(3, 8)
    law = float(symbolic.typical_unseen_law().subs({symbolic.ALPHA: 1.5, symbolic.SILENT: silent(0.5, 10**12)}))
    assert law == pytest.approx(float(mean_log_unseen(10**12, decay=1.5, tail=0.5)), abs=1e-4)


def test_uniform_activity_goes_from_unseen_to_dense():
    early, late = (uniform.limits(decay=1, scale=p, n_modes=2000, n_samples=(D,)).values for p, D in
                   ((0.001, 20), (0.5, 400)))  # fmt: skip
    total = (np.arange(1, 2001.0) ** -2).sum()
    assert early["loss"][0] == pytest.approx(0.999**20 * total, rel=0.02)
    assert late["loss"][0] == pytest.approx(late["sum"][0], rel=0.01)
    y = np.array([0.3, 5.0])
    one = uniform_shares(0.5, 1)
    z, weight = np.polynomial.hermite_e.hermegauss(120)
    slow = 0.5 + 0.5 * np.array([(weight / weight.sum()) @ (1 / (1 + v * z**2 / 0.5)) for v in y])
    assert np.allclose(1 - one.lacking(1, y), slow, rtol=2e-3)


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"tail must be positive.*got -1"):
        silent(-1, 10)
    with pytest.raises(ValueError, match=r"tail must be at most 10, got 60"):
        shares(60, 10)
    with pytest.raises(ValueError, match=r"n_features must be below n_samples - 1, got 9 and 10"):
        finite(1, 0.5, 50, 9, 10)
    with pytest.raises(ValueError, match=r"size must lie above 0 .*got 80"):
        shares(0.5, 10).scale(np.ones(50), 80)
    with pytest.raises(ValueError, match=r"scale must be below 1, got 1"):
        uniform_shares(1, 10)
    with pytest.raises(ValueError, match=r"n_samples must be at least 1000000, got 100"):
        mean_log_unseen(100, decay=1, tail=0.5)
    with pytest.raises(ValueError, match=r"n_samples must be an integer"):
        typical(decay=1, tail=0.5, n_modes=20, n_samples=(2.5,))
