"""Rows of the aligned models against what they are said to be."""

import itertools

import numpy as np
import pytest

from sim.sparsity_models.k_hot import inclusion
from sim.sparsity_models.registry import model_named

WORLD = {"decay": 1, "sparsity": 2, "n_modes": 60}


def test_k_hot_rows_hold_k_coordinates():
    on = model_named("k_hot", active=4, **WORLD)
    X = on.rows(np.random.default_rng(1), 500)
    assert X.shape == (500, 60)
    assert np.all(np.diff(X.indptr) == 4)


def test_k_hot_coordinates_are_as_frequent_as_enumerated():
    odds = np.arange(1, 8.0) ** -2
    chance = np.zeros(7)
    for subset in itertools.combinations(range(7), 3):
        chance[list(subset)] += odds[list(subset)].prod()
    chance *= 3 / chance.sum()
    assert np.allclose(inclusion(odds, 3), chance, rtol=1e-12)
    on = model_named("k_hot", active=3, decay=1, sparsity=2, n_modes=7)
    n = 40_000
    share = (on.rows(np.random.default_rng(2), n) != 0).sum(0) / n
    assert np.all(np.abs(share - chance) < 5 * np.sqrt(chance * (1 - chance) / n) + 1e-12)


def test_half_normal_activations_are_the_sizes_of_the_base_model():
    half, base = (model_named(name, **WORLD).rows(np.random.default_rng(3), 300) for name in
                  ("half_normal", "independent"))  # fmt: skip
    assert half.data.min() > 0
    assert np.array_equal(half.data, np.abs(base.data))
    assert np.array_equal(half.indices, base.indices)


def test_alignment_is_drawn_anew_for_every_dataset():
    on, rng, n = model_named("noisy_alignment", scatter=2.0, **WORLD), np.random.default_rng(4), 4000
    counts = np.array([(on.rows(rng, n) != 0).sum(0) for _ in range(60)])[:, 20:]  # rare ones, p below 1
    spread = counts.var(0) / np.maximum(counts.mean(0), 1)
    assert np.median(spread) > 5  # of the order of its mean within a dataset
    logs = np.log(np.maximum(counts, 0.5) / n)
    typical = -2 * np.log(np.arange(21, 61))
    assert np.median(logs - typical) == pytest.approx(0, abs=0.15)


def test_rows_are_canonical():
    for name, more in (("noisy_alignment", {"scatter": 1.0}), ("k_hot", {"active": 2}), ("half_normal", {})):
        X = model_named(name, **WORLD, **more).rows(np.random.default_rng(5), 50)
        assert X.has_sorted_indices
        assert np.all(X.data != 0)


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"active must be smaller than n_modes = 60, got 60"):
        model_named("k_hot", active=60, **WORLD)
    with pytest.raises(ValueError, match=r"scatter must be positive.*got -1"):
        model_named("noisy_alignment", scatter=-1, **WORLD)
    with pytest.raises(ValueError, match=r"sparsity must be positive"):
        model_named("noisy_alignment", scatter=1, decay=1, sparsity=0, n_modes=5)
