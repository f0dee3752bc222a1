"""Error floors of SiLU neurons, simulated: two routes, limits, searches, bad input."""

import numpy as np
import pytest

from sim.lottery_tickets.smooth import NETWORKS, floor, floors
from sim.streams import Stream

WORLD = {
    "networks": tuple(NETWORKS),
    "weights": (0.15, 0.2, 0.25, 0.2),
    "powers": ((1, 6), (2, 8), (4, 12)),
}


def test_two_routes():
    fast, slow = (route(Stream(4, "smooth", 0), **WORLD) for route in (floors, floors.oracle))
    assert fast.keys() == slow.keys()
    for name in fast:
        assert np.allclose(fast[name].numpy(), slow[name].numpy(), rtol=2e-6), name


@pytest.mark.parametrize(
    ("name", "weight"), [("neuron", 0.2), ("pair", 0.2), ("unbiased_pair", 0.2), ("two_pairs", 0.2)]
)
def test_halving_the_weight(name, weight):
    """The norm grows fourfold; the loss falls by its power of two."""
    (loss, norm), (finer, larger) = floor(name, weight, 1.0), floor(name, weight / 2, 1.0)
    assert larger / norm == pytest.approx(4, rel=0.05)
    assert np.log2(loss / finer) == pytest.approx({"neuron": 2, "unbiased_pair": 4}.get(name, 8), abs=0.03)


def test_losses_lie_far_above_rounding():
    """The residual of the smallest loss is over 100 times the rounding of the functions that are added."""
    loss, norm = floor("pair", 0.1, 0.5)
    assert np.sqrt(loss) > 100 * norm * 2.0**-53


def test_best_bias_beats_no_bias():
    assert floor("pair", 0.2, 1.0)[0] < 0.1 * floor("unbiased_pair", 0.2, 1.0)[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"networks": ("triple",) * 4}, "networks must be among"),
        ({"weights": (0.1, 0.1, 0.1, 1.5)}, "below 1, got 1.5"),
    ],
)
def test_bad_input(change, text):
    with pytest.raises(ValueError, match=text):
        floors(Stream(4, "smooth", 0), **WORLD | change)
