"""One-pass descent: the recursion against enumerated rows, the threshold, the limit and its symbolic law."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.sparsity_models.one_pass_laws as laws
from theory.descent_laws import H
from theory.random_features_laws import ALPHA
from theory.sparse_features.row_law import fourth_moment, row_law
from theory.sparsity_models import one_pass_limit as limit
from theory.sparsity_models.one_pass import (
    direction_moments,
    gradient_noise,
    isolated_log_loss,
    normalised_one_pass,
    one_pass,
    rate_of_rare,
    threshold_step,
)

FEW = {"decay": 1, "sparsity": 1.5, "n_modes": 4}


def every_row(law):
    """All rows of signs with their probabilities: 3^M of them."""
    choices = [
        ((0.0, 1 - p), (g**0.5, p / 2), (-(g**0.5), p / 2)) for p, g in zip(law.probabilities, law.gains, strict=True)
    ]
    for row in itertools.product(*choices):
        yield np.array([x for x, _ in row]), math.prod(p for _, p in row)


def by_enumeration(law, gain, sizes):
    """Mean loss from the full second moment of the errors, E (I − g x xᵀ) C (I − g x xᵀ), row by row."""
    n = len(law.variances)
    C, found = np.eye(n), []
    for done in range(1, max(sizes) + 1):
        new = np.zeros((n, n))
        for x, probability in every_row(law):
            keep = np.eye(n) - gain(x) * np.outer(x, x)
            new += probability * keep @ C @ keep
        C = new
        assert np.allclose(C, np.diag(np.diag(C)), atol=1e-12)
        if done in sizes:
            found.append(law.variances @ np.diag(C))
    return found


def test_recursion_against_all_rows():
    found = one_pass(**FEW, n_samples=(1, 7), step=0.7).values["loss"]
    assert np.allclose(found, by_enumeration(row_law(**FEW), lambda _: 0.7, (1, 7)), rtol=1e-12)


def test_normalised_recursion_against_all_rows():
    found = normalised_one_pass(**FEW, n_samples=(1, 7), step=0.7).values["loss"]
    assert np.allclose(
        found, by_enumeration(row_law(**FEW), lambda x: 0.7 / (x @ x) if x.any() else 0.0, (1, 7)), rtol=1e-10
    )


def test_direction_moments():
    law = row_law(decay=1, sparsity=3, n_modes=300)
    u, Q = direction_moments(law)
    assert u.sum() == pytest.approx(1, abs=1e-11)  # |x|²/|x|²
    assert np.allclose(Q.sum(1), u, rtol=1e-10)
    assert np.allclose(Q, Q.T, rtol=1e-12)


def test_gaussian_amplitudes_by_hand():
    """One coordinate, always on: E (1 − h z²)² = 1 − 2h + 3h²."""
    found = one_pass(decay=1, sparsity=2, n_modes=1, n_samples=(3,), step=0.2, amplitudes="gaussian").values["loss"]
    assert found[0] == pytest.approx((1 - 0.4 + 0.12) ** 3, rel=1e-13)


@pytest.mark.parametrize("amplitudes", ["sign", "gaussian"])
@pytest.mark.parametrize("law", [FEW, {"decay": 0.5, "sparsity": 0, "n_modes": 9, "scale": 0.3}], ids=str)
def test_threshold_is_where_the_largest_eigenvalue_is_one(law, amplitudes):
    on, kurtosis = row_law(**law), fourth_moment(amplitudes)

    def largest(h):
        A = np.diag(1 - 2 * h * on.variances + h * h * (kurtosis * on.gains - on.variances) * on.variances)
        return np.linalg.eigvalsh(A + h * h * np.outer(on.variances, on.variances))[-1]

    edge = threshold_step(**law, amplitudes=amplitudes)
    assert largest(edge) == pytest.approx(1, abs=1e-11)
    assert largest(0.95 * edge) < 1 < largest(1.05 * edge)


def test_dense_threshold_of_the_literature():
    """Gaussian rows, p_i = 1: Σ hλ/(2(1 − hλ)) = 1."""
    edge = threshold_step(decay=1, sparsity=0, n_modes=50, amplitudes="gaussian")
    variances = np.arange(1, 51.0) ** -2
    assert np.sum(edge * variances / (2 * (1 - edge * variances))) == pytest.approx(1, rel=1e-10)


def test_no_step_is_stable_where_amplitudes_grow():
    steps = [threshold_step(decay=1, sparsity=3, n_modes=M) for M in (10, 100, 1000)]
    assert np.allclose(np.array(steps) * (10, 100, 1000) / 2, 1, rtol=3e-4)
    assert threshold_step(decay=1, sparsity=1.5, n_modes=1000) > 0.9


def test_infinite_threshold():
    root = float(laws.infinite_threshold(20))
    assert root == pytest.approx(threshold_step(decay=1, sparsity=2, n_modes=10**5), abs=7e-6)
    with mpmath.workdps(20):  # the partial fractions of coth, written down in the law
        x = mpmath.mpf("1.7")
        series = mpmath.nsum(lambda i: 1 / (1 + (mpmath.pi / x) ** 2 * i**2), [1, mpmath.inf])
        assert mpmath.almosteq(series, (x * mpmath.coth(x) - 1) / 2, 1e-14)


@pytest.mark.parametrize(("decay", "sparsity"), [(1, 1.5), (2, 2), (1, 2)])
def test_limit_is_that_of_the_recursion(decay, sparsity):
    """At 500 rows, with the variance of further modes, all still unknown, added."""
    modes = 20_000
    found = one_pass(decay=decay, sparsity=sparsity, n_modes=modes, n_samples=(500,), step=0.3).values["loss"][0]
    tail = float(mpmath.zeta(1 + decay, modes + 1))
    assert limit.loss(500, decay=decay, sparsity=sparsity, step=0.3) == pytest.approx(found + tail, rel=4e-4 / decay**3)


def test_limit_of_the_noise():
    law = row_law(decay=2, sparsity=2, n_modes=10**5)
    found = limit.gradient_noise(decay=2, sparsity=2, step=0.3)
    assert found == pytest.approx(gradient_noise(law, 0.3, 1.0), abs=1e-10)


def test_symbolic_law_against_the_limit():
    noise = limit.gradient_noise(decay=1, sparsity=1.5, step=0.1)
    constant = float(laws.loss_constant().subs({ALPHA: 1, H: sp.Rational(1, 10), laws.NOISE: noise}))
    assert limit.loss(1e24, decay=1, sparsity=1.5, step=0.1) * 1e12 == pytest.approx(constant, rel=1e-6)
    assert constant == pytest.approx(2.1608138, rel=1e-7)


def test_symbolic_exponents():
    assert laws.data_exponent() == ALPHA / (1 + ALPHA)
    assert sp.simplify(laws.kernel_exponent() - laws.data_exponent() - 1) == 0
    assert sp.simplify(laws.frontier_exponent() - 1 / (2 + ALPHA)) == 0
    assert laws.stability_condition() == 0
    assert sp.simplify(laws.normalised_rate() - H * (2 - H)) == 0
    assert laws.largest_gain() == 2 / (H * laws.KURTOSIS)


def test_rate_of_rare_is_the_diagonal():
    """A coordinate added as the last of a row law."""
    world = {"decay": 1, "sparsity": 3}
    u, Q = direction_moments(row_law(**world, n_modes=21))
    p = 21.0**-3
    expected = (2 * 0.4 * u[-1] - 0.16 * Q[-1, -1]) / p
    assert rate_of_rare(21, **world, n_modes=20, step=0.4) == pytest.approx(expected, rel=1e-10)
    assert rate_of_rare(1e7, **world, n_modes=20, step=0.4) == pytest.approx(0.4 * 1.6, rel=1e-6)


def test_isolated_coordinates_by_hand():
    """One coordinate, p = 1: log λ + 2D log|1 − h|. Two with one hit: a Bernoulli mean."""
    found = isolated_log_loss(decay=1, sparsity=2, n_modes=1, n_samples=(3,), step=0.4).values["log_loss"][0]
    assert found == pytest.approx(6 * math.log(0.6), abs=1e-6)
    two = isolated_log_loss(decay=1, sparsity=2, n_modes=2, n_samples=(1,), step=0.4).values["log_loss"][0]
    known, fresh = 0.36 + 0.25 * 0.36, 0.36 + 0.25
    assert two == pytest.approx(math.log(known) / 4 + 3 * math.log(fresh) / 4, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_pass(**FEW, n_samples=(5,), step=0), "step must be positive and finite, got 0"),
        (lambda: one_pass(**FEW, n_samples=(), step=1), "n_samples is empty"),
        (lambda: one_pass(**FEW, n_samples=(5,), step=1, amplitudes="odd"), "amplitudes must be one of"),
        (lambda: normalised_one_pass(**FEW, n_samples=(5,), step=2), "normalised step must be below 2, got 2"),
        (
            lambda: normalised_one_pass(**FEW | {"n_modes": 5000}, n_samples=(5,), step=1),
            "n_modes must be at most 2000 .*got 5000",
        ),
        (lambda: rate_of_rare(4, **FEW, step=1), "index must exceed n_modes = 4, got 4"),
        (lambda: limit.loss(100, decay=1, sparsity=3, step=0.1), "sparsity must be at most 1 . decay = 2.0, got 3"),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
