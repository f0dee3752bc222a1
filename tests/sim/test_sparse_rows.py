"""Sparse rows, what a dataset teaches, and the loss of random features, against definitions."""

import numpy as np
import pytest

from sim.sparse_features.activations import activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.learned import losses
from sim.sparse_features.rows import rows
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 2, "n_modes": 200}


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("sparsity", "scale"), [(2, 1.0), (0.7, 0.3), (0, 0.1), (1, 3.0)])
def test_activation_counts(sparsity, scale):
    law = activations(decay=1, sparsity=sparsity, n_modes=50, scale=scale)
    n = 40_000
    X = rows(generator(), law, n)
    counts = np.bincount(X.indices, minlength=50)
    sd = np.sqrt(n * law.probabilities * (1 - law.probabilities)) + 1e-9
    assert np.abs((counts - n * law.probabilities) / sd).max() < 4.5
    together = (X[:, [0]].toarray() != 0) & (X[:, [3]].toarray() != 0)
    both = law.probabilities[0] * law.probabilities[3]
    assert abs(together.sum() - n * both) < 5 * np.sqrt(n * both)


def test_counts_are_binomial():
    """Active entries of a coordinate scatter over draws as independent trials do, and so do those of a row."""
    law = activations(decay=1, sparsity=1.5, n_modes=300)
    n, draws = 60, 800
    rng = generator(9)
    found = [rows(rng, law, n) for _ in range(draws)]
    counts = np.array([np.bincount(X.indices, minlength=300) for X in found])
    p = law.probabilities
    tested = n * p * (1 - p) > 0.05
    spread = counts.var(0, ddof=1)[tested] / (n * p * (1 - p))[tested]
    assert np.abs(spread - 1).max() < 0.5
    assert abs(spread.mean() - 1) < 0.03
    in_row = np.concatenate([np.diff(X.indptr) for X in found])
    assert in_row.mean() == pytest.approx(p.sum(), rel=0.01)
    assert in_row.var() == pytest.approx((p * (1 - p)).sum(), rel=0.04)


def test_shape_of_the_matrix():
    """Columns ascend within a row, nothing is stored twice, and the shape is that asked for, seen or not."""
    X = rows(generator(10), activations(decay=1, sparsity=1.5, n_modes=500, scale=0.7), 400)
    assert X.shape == (400, 500)
    assert all((np.diff(X.indices[a:b]) > 0).all() for a, b in zip(X.indptr[:-1], X.indptr[1:], strict=True))
    again = X.copy()
    again.has_canonical_format = False
    again.sum_duplicates()
    assert again.nnz == X.nnz


@pytest.mark.parametrize(("amplitudes", "fourth"), [("gaussian", 3), ("sign", 1)])
def test_amplitudes(amplitudes, fourth):
    law = activations(**WORLD, amplitudes=amplitudes)
    X = rows(generator(1), law, 40_000)
    z = X.data / law.scales[X.indices]
    assert np.abs([z.mean(), (z**2).mean() - 1]).max() < 0.02
    assert abs((z**4).mean() - fourth) < 0.2
    assert np.allclose(law.scales**2 * law.probabilities, law.variances)


@pytest.mark.parametrize("n_samples", [3, 40, 300])
def test_dataset_against_definitions(n_samples):
    law = activations(decay=1, sparsity=1.5, n_modes=60, scale=0.5)
    X = rows(generator(2), law, n_samples)
    data, dense = dataset(X, law.variances), X.toarray()
    P = np.linalg.pinv(dense) @ dense
    assert data.rank == np.linalg.matrix_rank(dense)
    assert data.loss == pytest.approx(law.variances @ (1 - np.diag(P)), rel=1e-9)
    assert data.unseen == pytest.approx(law.variances[(dense == 0).all(0)].sum())
    assert np.allclose(data.basis @ data.basis.T, P[np.ix_(data.seen, data.seen)], atol=1e-9)


def test_no_active_entry():
    X = rows(generator(3), activations(decay=1, sparsity=2, n_modes=5, scale=1e-9), 2)
    data = dataset(X, np.ones(5))
    assert (data.rank, data.loss, data.unseen) == (0, 5, 5)


@pytest.mark.parametrize("n_features", [2, 4, 30])
def test_losses_average_what_they_say(n_features):
    """Given G, the loss with explicit features of the complement and explicit teachers averages to `losses`."""
    law = activations(decay=1, sparsity=1.5, n_modes=40)
    X = rows(generator(4), law, 15)
    data, dense = dataset(X, law.variances), X.toarray()
    if abs(n_features - data.rank) < 3:
        pytest.skip("no variance")
    found = losses(generator(5), data, [n_features])
    G = generator(5).standard_normal((n_features, data.rank))
    V = np.zeros((40, data.rank))
    V[data.seen] = data.basis
    unseen = np.setdiff1d(np.arange(40), data.seen)
    rng, mine = generator(6), []
    for _ in range(1500):
        H = rng.standard_normal((n_features, 40))
        F = G @ V.T + H - H @ V @ V.T
        A = np.linalg.pinv(dense @ F.T)
        B = np.eye(40) - F.T @ A @ dense  # error per unit of the teacher
        square = law.variances[:, None] * np.square(B)
        mine.append((square.sum(), square[unseen].sum(), (law.variances[:, None] * np.square(F.T @ A)).sum()))
    mean, error = np.mean(mine, 0), np.std(mine, 0) / np.sqrt(len(mine))
    assert np.all(np.abs(mean - np.array(found)[:, 0]) < 4.5 * error + 1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sparsity": -1}, "sparsity must be finite and at least 0, got -1"),
        ({"scale": 0}, "scale must be positive"),
        ({"amplitudes": "uniform"}, "amplitudes must be one of gaussian, sign, got 'uniform'"),
        ({"n_modes": 0}, "n_modes must be at least 1"),
        ({"decay": 0}, "decay must be positive"),
    ],
)
def test_bad_parameters(change, message):
    with pytest.raises(ValueError, match=message.split("(")[0]):
        activations(**WORLD | change)


def test_generators_of_a_stream():
    one, two = Stream(1, "x", 0), Stream(1, "x", 0)
    first = [rng.random() for rng in one.generators]
    one.normal(3)
    assert [rng.random() for rng in two.generators] == first
    assert len(set(first)) == one.n_draws
    assert [rng.random() for rng in two.fork().generators] == [rng.random() for rng in one.generators]
    assert Stream(1, "x", 1).generators[0].random() not in first
