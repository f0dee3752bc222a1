"""Routed experts: shared dense rows against experts with rows of their own."""

import numpy as np
import pytest

from sim.sparsity_models.routing import routed
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 1.5, "n_experts": 8, "n_modes": 40, "n_samples": (4, 12, 25)}


def columns(simulation, seed=1, n_chunks=1, **parameters):
    found = [simulation(Stream(seed, "routing", c), **parameters) for c in range(n_chunks)]
    return {name: np.concatenate([one[name].numpy() for one in found]) for name in found[0]}


@pytest.mark.parametrize("sparsity", [0, 1.5])
def test_against_experts_with_rows_of_their_own(sparsity):
    world = WORLD | {"sparsity": sparsity}
    fast = columns(routed, n_chunks=50, n_loads=8, **world)
    slow = columns(routed.oracle, seed=2, n_chunks=25, **world)
    for name in ("loss", "unrouted"):
        error = np.hypot(fast[name].std(0) / np.sqrt(200), slow[name].std(0) / np.sqrt(100))
        assert np.abs((fast[name].mean(0) - slow[name].mean(0)) / error).max() < 4.5, name
        assert (error < 0.05 * slow[name].mean(0)).all() or name == "unrouted"


def test_one_expert_gets_every_row():
    found = columns(routed, **WORLD | {"n_experts": 1, "n_samples": (5, 30)}, n_loads=3)
    assert np.array_equal(found["unrouted"], np.zeros((4, 2)))
    assert (found["loss"][:, 0] > found["loss"][:, 1]).all()


def test_no_row_no_knowledge():
    """One row: exactly one expert learns, the others lose the trace."""
    found = columns(routed, **WORLD | {"sparsity": 0, "n_samples": (1,)})
    trace = np.sum(np.arange(1, 41.0) ** -2)
    assert np.allclose(found["unrouted"], 7 / 8)
    assert (found["loss"] > 7 / 8 * trace).all()
    assert (found["loss"] < trace).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sparsity": -1}, "sparsity must be finite and at least 0, got -1"),
        ({"n_experts": 0}, "n_experts must be at least 1"),
        ({"n_modes": 3}, "an expert got .* rows, as many as n_modes = 3"),
        ({"decay": 0}, "decay must be positive"),
        ({"n_loads": 0}, "n_loads must be at least 1"),
    ],
)
def test_bad_parameters(change, message):
    with pytest.raises(ValueError, match=message):
        routed(Stream(1, "routing", 0), **WORLD | change)
