"""Greedy independent rows against ranks and projectors of every prefix."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sim.sparse_features.activations import activations
from sim.sparse_features.independent_rows import chosen, independent_rows
from sim.sparse_features.rows import rows

LAWS = [
    {"decay": 1, "sparsity": 2, "n_modes": 400},
    {"decay": 1, "sparsity": 1.5, "n_modes": 400},
    {"decay": 0.5, "sparsity": 1.2, "n_modes": 300, "amplitudes": "sign"},
    {"decay": 3, "sparsity": 1.5, "n_modes": 200, "scale": 0.3},
    {"decay": 0.5, "sparsity": 3, "n_modes": 50},
    {"decay": 1, "sparsity": 0.5, "n_modes": 60, "amplitudes": "sign"},
    {"decay": 1, "sparsity": 0, "n_modes": 40, "scale": 0.1},
]


def greedy(dense):
    """Rows that raise the rank of the rows above them, column scales divided out."""
    unit = dense / np.maximum(np.abs(dense).max(0), 1e-300)
    ranks = [np.linalg.matrix_rank(unit[:n]) for n in range(len(unit) + 1)]
    return np.flatnonzero(np.diff(ranks))


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_rank_of_every_prefix(law, seed):
    X = rows(np.random.default_rng(seed), activations(**law), 150)
    assert chosen(X).tolist() == greedy(X.toarray()).tolist()


@pytest.mark.parametrize("law", LAWS[:5], ids=str)
def test_projector_of_every_prefix(law):
    X = rows(np.random.default_rng(7), activations(**law), 200)
    found, dense = independent_rows(X), X.toarray()
    assert np.allclose(found.factor, np.tril(found.factor))
    assert np.allclose(found.factor @ found.basis, dense[found.rows][:, found.seen])
    for n in (1, 2, 5, 13, 50, 121, 200):
        V = found.basis[: found.rank(n)].T
        s = np.linalg.pinv(dense[:n], rcond=1e-12) @ dense[:n]
        assert found.rank(n) == np.linalg.matrix_rank(dense[:n], rtol=1e-12)
        assert np.allclose(V @ V.T, s[np.ix_(found.seen, found.seen)], atol=1e-7)


def test_many_blocks():
    """Long enough for the block of rows to grow and shrink; the rank of the whole and of some prefixes."""
    X = rows(np.random.default_rng(8), activations(decay=1, sparsity=1.5, n_modes=2000), 3000)
    found = independent_rows(X)
    for n in (64, 65, 700, 1900, 3000):
        part = X[:n].toarray()
        assert found.rank(n) == np.linalg.matrix_rank(part[:, (part != 0).any(0)])


@pytest.mark.parametrize(
    ("dense", "kept"),
    [
        ([[0, 0], [0, 0]], []),
        ([[1, 0, 0], [2, 0, 0], [0, 0, 3]], [0, 2]),
        ([[1, 1, 0], [0, 0, 0], [1, -1, 0], [5, 3, 0], [1, 2, 3]], [0, 2, 4]),
        ([[1, 1, 0], [0, 1, 1], [1, 0, -1], [1, 0, 0]], [0, 1, 3]),  # a dependent cycle, then what closes it
        ([[1, 1e-9], [1, 2e-9], [0, 1e-9]], [0, 1]),  # scales of columns do not matter
        ([[3]], [0]),
    ],
)
def test_by_hand(dense, kept):
    found = independent_rows(csr_array(np.array(dense, dtype=float)))
    assert found.rows.tolist() == kept
    assert [found.rank(n) for n in range(len(dense) + 1)] == [sum(k < n for k in kept) for n in range(len(dense) + 1)]


def test_stored_zeros_and_repeats_are_harmless():
    X = csr_array((np.array([0.0, 1.0, 2.0, 1.0, -1.0]), ([0, 1, 1, 2, 2], [0, 1, 1, 2, 2])), shape=(3, 4))
    assert chosen(X).tolist() == [1]
