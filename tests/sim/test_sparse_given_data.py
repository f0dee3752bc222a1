"""Simulations on given sparse data: fast routes against definitions, and what they promise about data."""

import numpy as np
import pytest

from sim.sparse_features import given_data, given_ridge, peak, rank, threshold
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 1.5, "n_modes": 60, "n_samples": 16, "dataset": 3}
CASES = {
    "features": (given_data.features, {**WORLD, "n_features": (3, 9, 11, 30)}),
    "features-sign": (given_data.features, {**WORLD, "amplitudes": "sign", "n_features": (5, 25)}),
    "ridge": (given_ridge.ridge, {**WORLD, "points": ((4, 0.1), (11, 0.01), (30, 2.0))}),
    "threshold": (
        threshold.heights,
        {**WORLD, "offsets": (0, 2), "levels": (3, 30), "thresholds": (10,), "n_replicates": 3},
    ),
    "offsets": (
        peak.offsets,
        {
            "decay": 1,
            "sparsity": 2,
            "n_modes": 60,
            "n_samples": 20,
            "offsets": (-3, 0, 4),
            "n_features": (20,),
            "label_noise": 0.1,
        },
    ),
    "heights": (peak.heights, {"sparsity": 2, "n_modes": 60, "n_samples": (15, 40), "n_replicates": 3}),
    "ranks": (rank.ranks, {"sparsity": 1.5, "n_modes": 200, "n_samples": (8, 30)}),
}


@pytest.mark.parametrize("case", CASES)
def test_fast_route_is_the_definition(case):
    simulate, parameters = CASES[case]
    for chunk in range(2):
        fast = simulate(Stream(11, case, chunk), **parameters)
        brute = simulate.oracle(Stream(11, case, chunk), **parameters)
        assert fast.keys() == brute.keys()
        for column, values in fast.items():
            assert values.shape == brute[column].shape
            assert np.allclose(values, brute[column], rtol=1e-7, atol=1e-9), column


def test_the_data_are_the_same_in_every_draw_and_for_every_number_of_features():
    one = given_data.features(Stream(1, "a", 0), **WORLD, n_features=(4,))
    two = given_data.features(Stream(2, "b", 5), **WORLD, n_features=(40,))
    for name in ("rank", "limit", "squares", "resolved", "unseen_mass"):
        assert (one[name] == one[name][0]).all()
        assert (one[name] == two[name]).all()
    other = given_data.features(Stream(1, "a", 0), **{**WORLD, "dataset": 4}, n_features=(4,))
    assert (one["limit"] != other["limit"]).all()


def test_tail_index_counts_from_the_rank():
    r = given_data.fixed(**WORLD).data.rank
    index = given_data.features.tail_index(**WORLD, n_features=(r - 8, r, r + 8))
    assert index["loss"].tolist() == [4.5, 0.5, 4.5]


def test_loss_falls_to_that_of_infinitely_many_features():
    found = given_data.features(Stream(1, "wide", 0), **WORLD, n_features=(3000,))
    assert np.allclose(found["loss"], found["limit"], rtol=0.02)
    assert np.allclose(found["unseen"] / found["loss"], found["unseen_mass"] / found["limit"], rtol=0.02)


def test_bad_parameters():
    stream = Stream(1, "bad", 0)
    with pytest.raises(ValueError, match="offsets must be at least 0, got -1"):
        threshold.heights(stream, **WORLD, offsets=(-1,))
    with pytest.raises(ValueError, match="ridge must be positive and finite, got 0"):
        given_ridge.ridge(stream, **WORLD, points=((4, 0),))
    with pytest.raises(ValueError, match="n_replicates must be at least 2 for a variance, got 1"):
        rank.ranks(stream, sparsity=2, n_modes=10, n_samples=(5,), n_replicates=1)
    with pytest.raises(ValueError, match="dataset must be at least 1, got 0"):
        given_data.features(stream, **{**WORLD, "dataset": 0}, n_features=(4,))
