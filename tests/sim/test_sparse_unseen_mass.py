"""Unseen mass, infinite features, infinite data and label noise on sparse rows, against brute force."""

import numpy as np
import pytest

from sim.sparse_features.activations import activations
from sim.sparse_features.identified import unknown
from sim.sparse_features.infinite_data import infinite_data
from sim.sparse_features.infinite_features import infinite_features
from sim.sparse_features.label_noise import label_noise
from sim.sparse_features.rows import rows
from sim.sparse_features.unseen_mass import unseen_mass
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 1.5, "n_modes": 60, "n_samples": (10, 30, 60)}


def draws(function, n, **parameters):
    chunks = [function(Stream(5, "sparse", c), **parameters) for c in range(n)]
    return {name: np.concatenate([np.asarray(chunk[name]) for chunk in chunks]) for name in chunks[0]}


def test_first_times_have_the_law_of_rows():
    fast = draws(unseen_mass, 60, **WORLD, n_replicates=16)
    slow = draws(unseen_mass.oracle, 30, **WORLD, n_replicates=8)
    for name in fast:
        error = np.hypot(*(x[name].std(0) / len(x[name]) ** 0.5 for x in (fast, slow)))
        assert np.all(np.abs(fast[name].mean(0) - slow[name].mean(0)) < 4.5 * error), name


def test_a_coordinate_always_active_is_seen_at_once():
    found = draws(unseen_mass, 1, decay=1, sparsity=3, n_modes=3, n_samples=(1, 100_000), scale=30)
    assert found["unseen"] == pytest.approx(0)
    assert found["unseen_variance"] == pytest.approx(0)


@pytest.mark.parametrize(
    "change", [{}, {"sparsity": 0.5, "n_samples": (10, 30, 50)}, {"scale": 0.2}, {"amplitudes": "sign"}]
)
def test_infinite_features_against_the_projector(change):
    world = WORLD | change | {"n_replicates": 2}
    fast, slow = (draws(f, 2, **world) for f in (infinite_features, infinite_features.oracle))
    for name in fast:
        assert np.allclose(fast[name], slow[name], rtol=1e-6, atol=1e-9), name


def test_both_routes_of_a_core(monkeypatch):
    law = activations(decay=1, sparsity=1, n_modes=300)
    X = rows(np.random.default_rng(1), law, 60)
    gram = unknown(X, 60, law.variances)
    monkeypatch.setattr("sim.sparse_features.identified.CERTAIN", np.inf)
    assert gram == pytest.approx(unknown(X, 60, law.variances), rel=1e-9)


def test_elimination_by_hand():
    """Rows {0}, {0, 1}, {2, 3}: 0 and 1 are known, of 2 and 3 one combination, 4 is unseen."""
    X = rows(np.random.default_rng(0), activations(decay=1, sparsity=0, n_modes=5), 3)  # all active
    mask = np.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 0]], dtype=float)
    X = X.multiply(mask).tocsr()
    X.eliminate_zeros()
    a, b = X.toarray()[2, 2:4]
    found = unknown(X, 3, np.array([1.0, 2, 3, 4, 5]))
    assert found.unseen == 5
    assert found.unidentified == pytest.approx((3 * b**2 + 4 * a**2) / (a**2 + b**2))


@pytest.mark.parametrize("sparsity", [0.5, 2])
def test_infinite_data_against_the_pseudo_inverse(sparsity):
    world = {"decay": 1, "sparsity": sparsity, "n_modes": 50, "n_samples": 300, "n_features": (3, 6), "n_replicates": 2}
    fast, slow = (draws(f, 2, **world)["loss"] for f in (infinite_data, infinite_data.oracle))
    assert np.allclose(fast, slow, rtol=1e-9)


def test_label_noise_against_the_pseudo_inverse():
    fast, slow = (draws(f, 2, **WORLD) for f in (label_noise, label_noise.oracle))
    for name in fast:
        assert np.allclose(fast[name], slow[name], rtol=1e-8), name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: unseen_mass(s, **WORLD, n_replicates=1), "n_replicates must be at least 2, got 1"),
        (lambda s: infinite_features(s, **WORLD | {"n_samples": (0,)}), "n_samples must be at least 1, got 0"),
        (
            lambda s: infinite_data(s, **WORLD | {"n_samples": 5}, n_features=(5,)),
            "n_features must be smaller than n_samples = 5, got 5",
        ),
        (lambda s: label_noise(s, **WORLD | {"decay": -1}), "decay must be positive and finite, got -1"),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call(Stream(1, "x", 0))
