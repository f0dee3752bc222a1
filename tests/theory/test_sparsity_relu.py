"""ReLU features of sparse rows, instability and frontier: slow evaluations, limits, golden numbers, bad input."""

import math

import mpmath
import numpy as np
import pytest

from theory.sparse_features import instability as linear
from theory.sparse_features.relu_frontier import NON_GAUSSIAN, over_branch
from theory.sparse_features.relu_instability import needed_strength, relu_beside_linear, relu_instability
from theory.sparse_features.row_law import row_law

WORLD = {"decay": 0.5, "sparsity": 3, "n_modes": 300}


def test_needed_strength_by_an_explicit_spectrum():
    """The strong row against the exact eigenvalue where other rows are one each on coordinates of their own.

    There K' has the entries |x| |x'|/(2π) off the diagonal and A, b are moments of a known matrix.
    """
    D, threshold = 800, 4.0
    squares = np.full(D, 2.6)  # |x|² of the other rows; Σ λ² is what is left of cos², here 0
    v = np.sqrt(squares / D)
    level = needed_strength(threshold, np.full(D, 2.6 / D))
    strong = level / 2  # |x|²/(2D)
    bulk = np.outer(v, v) / (2 * math.pi) + np.diag(squares / D * (0.5 - 0.5 / math.pi))
    k = math.sqrt(level) * v / (2 * math.pi)
    eigenvalue = strong + k @ np.linalg.solve(threshold * np.eye(D) - bulk, k)
    assert eigenvalue == pytest.approx(threshold, rel=3e-4)


def test_needed_strength_far_from_the_bulk():
    """Half of the square counts: 2ω, less 2A as ω grows."""
    variances = row_law(**WORLD).variances
    A = float(variances.sum()) / (2 * math.pi**2)
    for threshold in (10.0**4, mpmath.mpf(10) ** 12):
        assert float(2 * threshold - needed_strength(threshold, variances)) == pytest.approx(2 * A, rel=1e-3)


def test_instability_by_direct_sums():
    """The probability at D = 5 from mpmath's incomplete gamma functions, coordinate by coordinate."""
    D, omega, modes = 5, 6.0, 40
    law = row_law(decay=0.5, sparsity=3, n_modes=modes)
    sums = []
    for limited in (True, False):
        with mpmath.workdps(30):
            p, a, lam = ([mpmath.mpf(float(x)) for x in xs] for xs in law)
            below = [
                x * (1 - mpmath.gammainc(1.5, D * omega / g / 2, mpmath.inf, regularized=True))
                for x, g in zip(lam, a, strict=True)
            ]
            others = (
                [
                    x * (1 - mpmath.gammainc(1.5, D * omega / g, mpmath.inf, regularized=True))
                    for x, g in zip(lam, a, strict=True)
                ]
                if limited
                else lam
            )
            tau, square = mpmath.fsum(others), mpmath.fsum(x * x for x in others)
            A, b = tau / (2 * mpmath.pi**2), (tau / mpmath.pi + square / (2 * mpmath.pi * tau)) / 2
            level = 2 * omega / (1 + A / (omega - b))
            none = mpmath.mpf(1)
            for i in range(modes):
                needed = D * (level - (mpmath.fsum(below) - below[i]) / D) / a[i]
                hit = mpmath.fsum(
                    mpmath.binomial(D, n)
                    * (p[i] / 2) ** n
                    * (1 - p[i] / 2) ** (D - n)
                    * mpmath.gammainc(mpmath.mpf(n) / 2, needed / 2, mpmath.inf, regularized=True)
                    for n in range(1, D + 1)
                )
                none *= (1 - hit) ** 2
            sums.append(float(1 - none))
    found = relu_instability(decay=0.5, sparsity=3, n_modes=modes, n_samples=(D,), thresholds=(omega,))
    gap = found.values["relu"][0] - sum(sums) / 2
    assert 0 < gap < 0.02 * sum(sums)  # the term of second order, which the sums leave out
    assert found.allowance["relu"][0] == pytest.approx((sums[1] - sums[0]) / 2 + gap, rel=0.05)


def test_relu_is_the_linear_law_at_twice_the_threshold_far_out():
    twice = linear.instability(**WORLD, n_samples=(20,), thresholds=(400,)).values["unstable"]
    found = relu_instability(**WORLD, n_samples=(20,), thresholds=(200,)).values["relu"]
    assert found == pytest.approx(twice, rel=3e-3)
    assert found[0] > twice[0]


def test_golden_overlap():
    """Ratios to linear features at twice the threshold, D = 30; measured 1.0952(25) and 1.0461(27)."""
    world = WORLD | {"n_modes": 4000, "n_samples": (30,)}
    given = {"linear_twice": np.array([1.0, 1.0])}
    found = relu_beside_linear(given, **world, thresholds=(2, 4))
    assert found.values["relu"] == pytest.approx([1.0902, 1.0431], abs=2e-4)
    assert found.allowance["relu"] == pytest.approx([0.0168, 0.0054], abs=2e-4)


def test_over_branch_is_the_linear_law_for_linear_features():
    """With the loss T, the rank r in place of rays and V = r T: T (N − 1)/(N − r − 1)."""
    T, r, N = 0.3, 7.0, 20
    given = {"kernel": np.array([T]), "cross_talk": np.array([r * T]), "rays": np.array([r])}
    found = over_branch(given, cells=((N, 50),), excess=0)
    assert found.values["loss"] == pytest.approx([T * (N - 1) / (N - r - 1)])
    ends = [over_branch(given, cells=((N, 50),), excess=v).values["loss"][0] for v in (0, NON_GAUSSIAN)]
    middle = over_branch(given, cells=((N, 50),))
    assert middle.values["loss"][0] == pytest.approx(sum(ends) / 2)
    assert middle.allowance["loss"][0] == pytest.approx((ends[1] - ends[0]) / 2)


def test_over_branch_is_exact_for_gaussian_features():
    """Features of covariance K in place of ReLU: the mean over features of the loss on given rows and a fresh one."""
    rng = np.random.default_rng(2)
    m, N, n = 4, 12, 20_000
    root = rng.standard_normal((m + 1, m + 1))
    joint = root @ root.T  # covariance of the features of m rows and of the fresh one
    y, truth = rng.standard_normal(m), 0.7
    K, k, own = joint[:m, :m], joint[:m, m], joint[m, m]
    Phi = np.einsum("ij,tjN->tiN", root, rng.standard_normal((n, m + 1, N)))
    theta = np.einsum("tiN,tij,j->tN", Phi[:, :m], np.linalg.inv(Phi[:, :m] @ Phi[:, :m].transpose(0, 2, 1)), y)
    errors = np.square(np.einsum("tN,tN->t", Phi[:, m], theta) - truth)
    given = {
        "kernel": np.array([(k @ np.linalg.solve(K, y) - truth) ** 2]),
        "cross_talk": np.array([(own - k @ np.linalg.solve(K, k)) * (y @ np.linalg.solve(K, y))]),
        "rays": np.array([float(m)]),
    }
    expected = over_branch(given, cells=((N, m),), excess=0).values["loss"][0]
    assert abs(errors.mean() - expected) < 4 * errors.std() / math.sqrt(n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu_instability(**WORLD, n_samples=(20,), thresholds=(1,)), "thresholds must exceed 1, .* got"),
        (lambda: relu_instability(**WORLD, n_samples=(0,), thresholds=(4,)), "n_samples must be"),
        (lambda: needed_strength(1.0, np.full(20, 1.0)), "threshold must exceed .* got 1"),
        (
            lambda: over_branch({name: np.array([5.0]) for name in ("kernel", "cross_talk", "rays")}, cells=((6, 20),)),
            "n_features must exceed the number of rays, 5.0, .* got 6",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
