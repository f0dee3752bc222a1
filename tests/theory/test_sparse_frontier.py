"""Scaling function, mean log losses and compute-optimal frontier of sparse features."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.sparse_features.frontier_laws as laws
from theory.sparse_features import coordinates, frontier, iso_compute, log_means, under_branch
from theory.sparse_features.scaling_function import (
    feature_constant,
    scaling_function,
    threshold,
    unseen_constant,
)

TABLE = {  # F/(A v^−α) at v/v_r = 0.1, 0.4, 0.8, 0.95
    (1, 2, "gaussian"): (1.029, 1.489, 5.367, 24.06),
    (1, 2, "sign"): (1.010, 1.189, 3.022, 12.43),
    (1, 3, "gaussian"): (1.011, 1.276, 3.953, 17.78),
    (0.5, 1.5, "gaussian"): (1.092, 1.835, 6.832, 29.93),
}


@pytest.mark.parametrize("point", TABLE)
def test_scaling_function_against_a_table(point):
    decay, sparsity, amplitudes = point
    for share, expected in zip((0.1, 0.4, 0.8, 0.95), TABLE[point], strict=True):
        v = share * threshold(sparsity)
        F = scaling_function(v, decay=decay, sparsity=sparsity, amplitudes=amplitudes)
        assert F / (feature_constant(decay) * v**-decay) == pytest.approx(expected, rel=2e-3)


def test_limits_of_the_scaling_function():
    given = {"decay": 1, "sparsity": 2}
    assert scaling_function(1e-3, **given) == pytest.approx(feature_constant(1) / 1e-3, rel=1e-4)
    assert scaling_function(1e9, **given) == pytest.approx(unseen_constant(1, 2), rel=1e-8)
    v, sign = 0.5 * threshold(2), scaling_function(0.5 * threshold(2), **given, amplitudes="sign")
    assert 1.2 * sign < scaling_function(v, **given)
    assert scaling_function(3.0, **given) == scaling_function(3.0, **given, amplitudes="sign")


def direct(u, q, power, decay, sparsity, amplitudes):
    """E (q/(x + q))^power by the sum over hits and an integral over the chi-square."""
    m, g = u**-sparsity, u ** (sparsity - 1 - decay)

    def given_hits(n):
        if amplitudes == "sign" or n == 0:
            return (q / (g * n + q)) ** power
        half, norm = mpmath.mpf(n) / 2, 2 ** (mpmath.mpf(n) / 2) * mpmath.gamma(mpmath.mpf(n) / 2)
        # y² = x takes the singular density at one hit away
        return mpmath.quad(
            lambda y: 2 * y ** (2 * half - 1) * mpmath.exp(-(y**2) / 2) / norm * (q / (g * y**2 + q)) ** power,
            [0, 3, 12],
        )

    terms = (mpmath.exp(-m) * m**n / mpmath.factorial(n) * given_hits(n) for n in range(22))
    return mpmath.fsum(terms)


@pytest.mark.parametrize("amplitudes", ["gaussian", "sign"])
def test_averages_over_hits(amplitudes):
    with mpmath.workdps(15):
        u, q, decay, sparsity = mpmath.mpf(1), mpmath.mpf("0.3"), mpmath.mpf("0.5"), mpmath.mpf(3)
        expected = [float(direct(u, q, k, decay, sparsity, amplitudes)) for k in (1, 2, 4)]
    one = np.ones(1)
    on = coordinates.Coordinates(one, one, float(u**1.5) * one, float(u**-3) * one, math.inf, amplitudes)
    kept, lacking = coordinates.filters(on, float(q), 4)
    assert np.allclose(kept[[0, 1, 3], 0], expected, rtol=1e-9)
    assert np.allclose(lacking[:, 0], 1 - kept[:, 0], atol=1e-12)


def test_one_hot_sums_against_terms():
    on = coordinates.one_hot(1, 2, 500)
    i = np.arange(1, 10**6 + 1, dtype=float)
    missed = (1 - i**-2 / np.pi**2 * 6) ** 500
    tail = 1 / (10**6 + 0.5)
    assert float(on.weights @ (on.variances * coordinates.never(on))) == pytest.approx(i**-2 @ missed + tail, rel=1e-7)
    rare = 500 * 6 / np.pi**2 * tail
    assert float(on.weights @ coordinates.ever(on)) == pytest.approx((1 - missed).sum() + rare, rel=1e-7)


def test_golden_unseen_mass_of_one_hot_rows():
    at = {(1, 2, 10**6): 0.0011366, (1, 3, 10**8): 0.0020456, (0.5, 1.5, 10**5): 0.052993}
    for (decay, sparsity, D), value in at.items():
        found = frontier.one_hot_unseen(decay=decay, sparsity=sparsity, n_samples=(D,)).values["loss"][0]
        assert found == pytest.approx(value, abs=5e-7 * (100 if value > 0.01 else 1))


def fixed(x, variances, left):
    """Known eigenvalues in place of averages: a stand-in for `Powers`."""

    class Known(under_branch.Powers):
        def __init__(self, on, kappa):
            self.on, R = on, np.append(x / (x + kappa), 0.0)
            self.kept = np.array([(1 - R) ** m for m in (1, 2, 3, 4)])
            self.lacking = 1 - self.kept

    one = np.ones(len(x) + 1)
    return Known, coordinates.Coordinates(one, np.append(variances, left), one, one, math.inf, "gaussian")


def test_correction_is_the_derivative_of_the_log_determinant(monkeypatch):
    """Equivalent and correction from finite differences of E log det along x → x + τλx, and ελ, δx² together."""
    x, lam, T, N = (
        [mpmath.mpf(n) for n in (9, 5, 3, 2, 1)],
        [mpmath.mpf(1) / i**2 for i in range(1, 6)],
        mpmath.mpf(0.1),
        3,
    )

    def functionals(epsilon, delta, tau):
        c = [a + epsilon * w + delta * a * a + tau * w * a for a, w in zip(x, lam, strict=True)]
        ridge = epsilon * T
        kappa = mpmath.findroot(lambda k: mpmath.fsum(a / (a + k) for a in c) + ridge / k - N, 2)
        df2 = mpmath.fsum((a / (a + kappa)) ** 2 for a in c)
        bulk = mpmath.fsum(mpmath.log(1 + a / kappa) for a in c) + N * mpmath.log(kappa) + ridge / kappa
        return np.array([bulk, mpmath.log(1 - df2 / N) / 2])

    with mpmath.workdps(40):
        h = mpmath.mpf(10) ** -10
        mixed = sum(s * t * functionals(s * h, t * h, 0) for s in (1, -1) for t in (1, -1)) / (4 * h * h)
        tau = (functionals(0, 0, h) - functionals(0, 0, -h)) / (2 * h)
        bulk, correction = -2 * tau - mixed
        bulk += mpmath.fsum(lam) + T
        kappa = float(mpmath.findroot(lambda k: mpmath.fsum(a / (a + k) for a in x) - N, 2))
    known, on = fixed(np.array([float(a) for a in x]), np.array([float(a) for a in lam]), float(T))
    monkeypatch.setattr(under_branch, "Powers", known)
    found = under_branch.under_branch(on, kappa)
    assert found.n_features == pytest.approx(N)
    assert found.equivalent == pytest.approx(float(bulk), rel=1e-10)
    assert found.correction == pytest.approx(float(correction), rel=1e-9)


def test_mean_log_of_the_unseen_mass():
    """Against the mean of log U over independent indicators, drawn."""
    on = coordinates.independent(1, 2, 20, 400)
    rng, q = np.random.default_rng(1), (1 - np.arange(1.0, 401) ** -2) ** 20
    U = (rng.random((20_000, 400)) < q) @ np.arange(1.0, 401) ** -2
    error = np.log(U).std() / np.sqrt(len(U))
    assert abs(np.log(U).mean() - log_means.mean_log_unseen(on)) < 4 * error
    assert log_means.mean_log(log_means.Cumulants(10, 0, 0, 0)).value == pytest.approx(math.log(10))


def test_inverse_trace_variance():
    rng, N, r = np.random.default_rng(2), 20, 5
    G = rng.standard_normal((40_000, N, r))
    trace = np.trace(np.linalg.inv(G.transpose(0, 2, 1) @ G), axis1=1, axis2=2)
    assert log_means.inverse_trace_variance(N, r) == pytest.approx(trace.var(), rel=0.05)


def test_laws():
    found = laws.exponents()
    a, e, k = laws.ALPHA, laws.ETA, laws.K
    assert sp.simplify(laws.optimal_ratio() - (1 + (1 + k * e) / a)) == 0
    assert sp.simplify(found.features - 1 / (1 + k * e)) == 0
    assert sp.simplify(found.loss - a / (1 + k * e)) == 0
    assert sp.simplify(found.samples_per_feature - (e - 1) / (1 + k * e)) == 0
    assert sp.simplify(laws.dense_limit() - (1 + (1 + k) / a)) == 0
    assert sp.simplify(laws.rank_constant() - sp.gamma(1 - 1 / e)) == 0


@pytest.mark.parametrize(
    ("decay", "sparsity", "size", "loss"),
    [(1, 2, 3.691, 2.2700), (1, 3, 4.197, 1.8006), (0.5, 1.5, 5.293, 3.7349), (0.5, 3, 6.523, 2.8532)],
)
def test_constants_of_the_frontier(decay, sparsity, size, loss):
    found = frontier.over_optimum(1, decay=decay, sparsity=sparsity)
    assert found.n_features == pytest.approx(size, abs=6e-4)
    assert found.loss == pytest.approx(loss, abs=6e-5)


def test_symbolic_constants_at_other_parameters():
    at = {laws.ALPHA: sp.Rational(7, 10), laws.ETA: sp.Rational(9, 4), laws.K: 2, laws.SCALE: sp.Rational(3, 5)}
    found = frontier.over_optimum(1, decay=0.7, sparsity=2.25, scale=0.6, data_power=2)
    assert float(laws.size_constant().subs(at)) == pytest.approx(found.n_features, rel=1e-12)
    assert float(laws.loss_constant().subs(at)) == pytest.approx(found.loss, rel=1e-12)


def test_finite_optimum_is_a_minimum():
    given = {"decay": 1, "sparsity": 2}
    best = iso_compute.compute_optimal(10**5, **given)
    for factor in (0.97, 1.03):
        assert iso_compute.loss_at(factor * best.n_features, 10**5, **given) > best.loss
    assert float(best.n_features * best.n_samples) == pytest.approx(1e5)


@pytest.mark.parametrize(
    ("decay", "sparsity", "amplitudes", "ratio"),
    [(1, 2, "gaussian", 2.03), (3, 1.5, "gaussian", 0.60), (2, 1.5, "sign", 0.68)],
)
def test_switch(decay, sparsity, amplitudes, ratio):
    found = frontier.branch_switch(decay=decay, sparsity=sparsity, amplitudes=amplitudes)
    assert found.ratio == pytest.approx(ratio, abs=0.005)
    assert 0.1 < found.under / threshold(sparsity) < 0.7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scaling_function(1.0, decay=1, sparsity=1), "sparsity must exceed 1, got 1"),
        (lambda: scaling_function(threshold(2), decay=1, sparsity=2), "infinite at the threshold"),
        (lambda: scaling_function(-1.0, decay=1, sparsity=2), "v must be positive"),
        (lambda: coordinates.one_hot(1, 2, 10, "uniform"), "amplitudes must be one of"),
        (lambda: coordinates.independent(1, 2, 10, 100), "n_modes must exceed 300, got 100"),
        (lambda: under_branch.effective_ridge(coordinates.one_hot(1, 2, 100), 50), "must lie below the rank"),
        (lambda: log_means.over_branch(coordinates.one_hot(1, 2, 1000), 50), "must exceed the rank"),
        (lambda: log_means.inverse_trace_variance(5, 3), "by more than 3"),
        (lambda: iso_compute.loss_at(5, 10**6, decay=1, sparsity=2), "must exceed the rank"),
        (lambda: frontier.over_optimum(0, decay=1, sparsity=2), "compute must be positive"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
