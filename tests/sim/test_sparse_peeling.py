"""Rank by peeling against singular values."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sim.sparse_features.activations import activations
from sim.sparse_features.independent_rows import chosen
from sim.sparse_features.peeling import peel, rank
from sim.sparse_features.rows import rows


@pytest.mark.parametrize("amplitudes", ["gaussian", "sign"])
@pytest.mark.parametrize(("sparsity", "scale"), [(1.2, 1), (1.5, 1), (2, 0.3), (3, 1), (0.7, 0.2), (0, 0.05), (0.3, 1)])
def test_against_singular_values(sparsity, scale, amplitudes):
    law = activations(decay=1, sparsity=sparsity, n_modes=120, scale=scale, amplitudes=amplitudes)
    for seed, n in enumerate((1, 20, 100, 150)):
        X = rows(np.random.default_rng(seed), law, n)
        assert rank(X) == np.linalg.matrix_rank(X.toarray()) == len(chosen(X))


def test_there_are_cores():
    """The test above reaches the singular values, and the signs have dependent rows that a matching would count."""
    X = rows(np.random.default_rng(2), activations(decay=1, sparsity=0.3, n_modes=120, amplitudes="sign"), 100)
    found, core = peel(X)
    assert min(core.shape) > 50
    assert found + np.linalg.matrix_rank(core) == rank(X)


@pytest.mark.parametrize(
    ("dense", "expected"),
    [
        ([[0, 0], [0, 0]], 0),
        ([[1e-9, 0], [1, 0], [2, 0]], 1),
        ([[1, 1, 0], [0, 1, 1], [1, 0, -1]], 2),  # a core that is one short
        ([[1, 1, 0], [0, 1, 1], [1, 0, 1]], 3),
        ([[1, 1e-12], [2, 1e-12]], 2),  # unit scale
        ([[1, 2, 0, 0], [0, 0, 3, 4]], 2),
    ],
)
def test_by_hand(dense, expected):
    assert rank(csr_array(np.array(dense, dtype=float))) == expected
