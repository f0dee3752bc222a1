"""ReLU features of sparse rows, instability and frontier: fast routes against definitions, limits, bad input."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sim.sparse_features import relu_frontier, relu_instability
from sim.streams import Stream

CELLS = ((3, 5), (8, 20), (30, 20), (40, 12), (15, 40))
FRONTIER = {"decay": 1, "sparsity": 2, "n_modes": 60, "cells": CELLS, "n_test": 40}
UNSTABLE = {"decay": 0.5, "sparsity": 3, "n_modes": 60, "n_samples": (4, 9), "thresholds": (2, 0.9), "n_rows": 60}


@pytest.mark.parametrize("scale", [0.5, 1])
@pytest.mark.parametrize("simulate", [relu_frontier.losses, relu_frontier.beside_kernel], ids=["losses", "kernel"])
def test_frontier_is_the_definition(simulate, scale):
    for chunk in range(2):
        fast = simulate(Stream(5, "frontier", chunk), **FRONTIER, scale=scale)
        brute = simulate.oracle(Stream(5, "frontier", chunk), **FRONTIER, scale=scale)
        assert fast.keys() == brute.keys()
        for column, values in fast.items():
            gap = (values - brute[column]).abs() / brute[column].abs().clamp_min(0.1)
            assert float(gap.max()) < 1e-8, f"{column}, chunk {chunk}: {gap}"


@pytest.mark.parametrize("scale", [0.3, 1])
def test_instability_is_the_definition(scale):
    fast = relu_instability.relu_instability(Stream(5, "unstable", 0), **UNSTABLE, scale=scale)
    brute = relu_instability.relu_instability.oracle(Stream(5, "unstable", 0), **UNSTABLE, scale=scale)
    assert {name: values.tolist() for name, values in fast.items()} == {
        name: values.tolist() for name, values in brute.items()
    }
    assert 0 < float(fast["relu"].mean()) < float(fast["linear"].mean()) < 1


def test_kernel_is_the_mean_over_many_features():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 3)) * (rng.random((5, 3)) < 0.7)
    Phi = np.maximum(A @ rng.standard_normal((3, 400_000)), 0)
    assert relu_instability.kernel_matrix(csr_array(A)) == pytest.approx(Phi @ Phi.T / 400_000, abs=0.02)


def test_opposite_rows_do_not_add_up():
    """Two rows on one coordinate: linear features see their squares together, ReLU features only if the signs agree."""
    for second, expected in ((2.0, 2.0), (-2.0, 1.0)):  # 4/2 each, over D = 2
        X = csr_array(np.array([[2.0, 0], [second, 0]]))
        assert relu_instability.kernel_eigenvalues(X, 2, [1.5, 0.1])[0] == pytest.approx(expected)


def test_a_decided_dataset_keeps_its_side():
    """Where the eigenvalue is replaced by a bound, no level lies between them."""
    rng = np.random.default_rng(1)
    X = csr_array(rng.standard_normal((300, 6)) ** 3 * (rng.random((300, 6)) < 0.4))
    levels = [0.5, 1.0, 3.0]
    exact = np.array(
        [np.linalg.eigvalsh(relu_instability.kernel_matrix(X[k : k + 10]))[-1] / 10 for k in range(0, 300, 10)]
    )
    found = relu_instability.kernel_eigenvalues(X, 10, levels)
    assert (np.searchsorted(levels, found) == np.searchsorted(levels, exact)).all()
    assert (found <= exact * (1 + 1e-12)).all()


def test_nearly_singular_systems_are_refused():
    G = np.diag([1.0, 1e-12])
    assert relu_frontier.solution(G, np.eye(2)) is None
    assert relu_frontier.solution(-G, np.eye(2)) is None
    assert relu_frontier.solution(np.eye(2), np.ones((2, 1))) == pytest.approx(np.ones((2, 1)))


@pytest.mark.parametrize(
    ("simulate", "world", "wrong", "message"),
    [
        (relu_instability.relu_instability, UNSTABLE, {"thresholds": (0,)}, "threshold must be positive"),
        (relu_instability.relu_instability, UNSTABLE, {"n_rows": 3}, "n_samples"),
        (relu_frontier.losses, FRONTIER, {"cells": ((0, 5),)}, "n_features must be"),
        (relu_frontier.beside_kernel, FRONTIER, {"n_test": 0}, "n_test must be"),
        (relu_frontier.losses, FRONTIER, {"decay": -1}, "decay must be"),
    ],
)
def test_bad_input(simulate, world, wrong, message):
    with pytest.raises(ValueError, match=message):
        simulate(Stream(1, "bad", 0), **world | wrong)
