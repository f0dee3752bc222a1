"""Unaligned rows against their definition, and the logarithms of single datasets."""

import numpy as np
import pytest

from sim.sparsity_models.limits import limits
from sim.sparsity_models.typical import typical
from sim.sparsity_models.unaligned import unaligned
from sim.streams import Stream
from theory.sparsity_models.unaligned_rows import silent

LAW = {"model": "unaligned", "decay": 1, "tail": 0.5, "n_modes": 40}


def test_rarity_does_not_know_the_index():
    """A coordinate is in none of D rows with probability ν B(ν, D + 1), the strongest as the weakest."""
    on, rng, n = unaligned(decay=1, tail=0.5, n_modes=30), np.random.default_rng(2), 500
    hidden = np.zeros((2, 30))
    for _ in range(n):
        X = on.rows(rng, 12)
        for k, D in enumerate((3, 12)):
            hidden[k, np.setdiff1d(np.arange(30), X[:D].indices)] += 1
    for share, D in zip(hidden / n, (3, 12), strict=True):
        q = silent(0.5, D)
        assert np.abs(share - q).max() < 5 * np.sqrt(q * (1 - q) / n)
        assert abs(share.mean() - q) < 5 * np.sqrt(q * (1 - q) / n / 30)


def test_entries_have_the_variance_of_their_coordinate():
    on, rng = unaligned(decay=0.5, tail=3, n_modes=20), np.random.default_rng(4)
    squares = np.mean([np.asarray(on.rows(rng, 20).power(2).mean(0)).ravel() for _ in range(400)], axis=0)
    assert np.allclose(squares, np.arange(1, 21) ** -1.5, rtol=0.15)


def test_every_dataset_draws_its_own_probabilities():
    """Rows of one dataset share them: the counts of a coordinate scatter more between than within datasets."""
    on, rng = unaligned(decay=1, tail=0.5, n_modes=50), np.random.default_rng(6)
    counts = np.array([np.bincount(on.rows(rng, 200).indices, minlength=50) for _ in range(40)])
    assert counts.var(0).mean() > 10 * 200 / 4


def test_typical_against_the_definition_and_limits():
    world = {**LAW, "n_samples": (4, 8, 16)}
    fast, slow = typical(Stream(3, "typical", 0), **world), typical.oracle(Stream(3, "typical", 0), **world)
    for name in ("loss", "log_loss", "exponent"):
        assert np.allclose(fast[name].numpy(), slow[name].numpy(), rtol=1e-6), name
    loss = limits(Stream(3, "typical", 0), **world)["loss"].numpy()
    assert np.allclose(fast["log_loss"].numpy(), np.log(loss))
    slopes = np.polyfit(np.log(world["n_samples"]), np.log(loss).T, 1)[0]
    assert np.allclose(fast["exponent"].numpy()[:, 0], -slopes)


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"tail must be positive.*got 0"):
        unaligned(decay=1, tail=0, n_modes=10)
    with pytest.raises(ValueError, match=r"decay must be positive"):
        unaligned(decay=-1, tail=0.5, n_modes=10)
