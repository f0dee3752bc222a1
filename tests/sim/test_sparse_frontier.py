"""One-hot rows and iso-compute experiments: fast routes against brute force and definitions."""

import numpy as np
import pytest
from scipy.special import zeta

from sim.sparse_features import frontier, learned, one_hot, one_hot_losses
from sim.streams import Stream

GIVEN = {"decay": 1, "sparsity": 2}


def sample(function, n_chunks, **parameters):
    name = "x"
    found = [np.asarray(next(iter(function(Stream(3, name, k), **parameters).values()))) for k in range(n_chunks)]
    return np.concatenate(found)


def assert_same_mean(fast, slow):
    error = np.sqrt(fast.var(0) / len(fast) + slow.var(0) / len(slow))
    assert (np.abs(fast.mean(0) - slow.mean(0)) < 4.5 * error).all()


@pytest.mark.parametrize("sparsity", [1.5, 3])
def test_counts_follow_the_law(sparsity):
    rng, D, n = np.random.default_rng(1), 3000, 150
    first, beyond, total = np.zeros(3), 0, 0
    for _ in range(n):
        small, large = one_hot.counts(rng, sparsity, (D // 2, D))
        assert (small.hits.sum(), large.hits.sum()) == (D // 2, D)
        assert set(small.coordinates) <= set(large.coordinates)
        hits = dict(zip(large.coordinates, large.hits, strict=True))
        first += [hits.get(i, 0) for i in (1, 2, 3)]
        beyond += large.hits[large.coordinates > 1000].sum()
        total += D
    p = np.array([1, 2, 3]) ** -float(sparsity) / zeta(sparsity, 1)
    assert np.allclose(first, total * p, atol=5 * np.sqrt(total * p).max())
    expected = total * zeta(sparsity, 1001) / zeta(sparsity, 1)
    assert abs(beyond - expected) < 5 * np.sqrt(expected) + 1


def test_losses_are_those_of_learned():
    law = one_hot.one_hot(**GIVEN)
    rng = np.random.default_rng(2)
    (seen,) = one_hot.counts(rng, 2, (500,))
    data = one_hot.one_hot_dataset(rng, law, seen)
    sizes = [2, data.rank // 3, int(0.7 * data.rank), 2 * data.rank]
    fast = one_hot.losses(np.random.default_rng(5), data, sizes)
    assert np.allclose(fast, learned.losses(np.random.default_rng(5), data, sizes).loss, rtol=1e-9)


def test_infinite_features_against_brute_force():
    given = GIVEN | {"n_samples": (10, 40)}
    fast = sample(one_hot_losses.infinite_features, 100, **given)
    assert_same_mean(fast, sample(one_hot_losses.infinite_features.oracle, 100, **given))


@pytest.mark.parametrize("amplitudes", ["gaussian", "sign"])
def test_log_losses_against_brute_force(amplitudes):
    given = GIVEN | {"cells": ((3, 60), (40, 60), (5, 150)), "amplitudes": amplitudes}
    fast = sample(one_hot_losses.log_losses, 40, **given)
    assert_same_mean(fast, sample(one_hot_losses.log_losses.oracle, 40, **given))


def test_log_ratios_are_differences():
    given = GIVEN | {"cells": ((3, 60), (40, 60))}
    losses = sample(one_hot_losses.log_losses, 3, **given)
    assert np.array_equal(sample(one_hot_losses.log_ratios, 3, **given)[:, 0], losses[:, 0] - losses[:, 1])
    assert sample(one_hot_losses.log_ratios.oracle, 2, **given).shape == (8, 1)


def test_frontier_against_brute_force():
    given = GIVEN | {"n_modes": 200, "cells": ((16, 15), (30, 40)), "scale": 0.7}
    fast = sample(frontier.log_losses, 30, **given)
    slow = sample(frontier.log_losses.oracle, 60, **given)
    assert_same_mean(fast, slow)
    assert (fast.std(0) < 0.8 * slow.std(0)).all()  # what the control variate is for


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_hot.one_hot(decay=1, sparsity=1), "sparsity must exceed 1, got 1"),
        (lambda: one_hot.one_hot(decay=1, sparsity=2, amplitudes="x"), "amplitudes must be one of"),
        (lambda: list(one_hot.counts(np.random.default_rng(1), 2, (5, 5))), "n_samples must increase"),
        (lambda: one_hot_losses.log_ratios(Stream(1, "x", 0), **GIVEN, cells=((3, 9),)), "cells come in pairs"),
        (
            lambda: one_hot_losses.log_losses(Stream(1, "x", 0), **GIVEN, cells=((0, 9),)),
            "n_features must be at least 1",
        ),
        (
            lambda: frontier.log_losses(Stream(1, "x", 0), **GIVEN, n_modes=50, cells=((5, 50),)),
            "n_features must exceed the",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
