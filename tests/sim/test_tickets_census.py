"""The census of trained pairs of neurons: trained and counted many at once against one by one."""

import numpy as np
import pytest
import torch

from sim.lottery_tickets.census import Cuts, _counted, _one, _symmetric, census
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import started
from sim.streams import Stream

CUTS = {"edges": (-5, -3, -1, 0, 1, 2), "gap": (-1, 0.1), "windows": (0.5, 1, 1.5), "low": -0.5}
SHORT = CUTS | {"n_networks": 1, "rate": 0.05, "n_steps": 50, "n_nodes": 12, "precision": "double"}


def test_training_and_counting_are_those_of_one_by_one():
    fast = census(Stream(3, "census", 0), **SHORT)
    slow = census.oracle(Stream(3, "census", 0), **SHORT)
    assert set(fast) == set(slow)
    for name in fast:
        assert torch.allclose(fast[name], slow[name], rtol=1e-7, atol=1e-12), name
    assert fast["share"].shape == (4, 5)
    assert fast["bias"].shape == (4, 2)
    assert fast["share"].sum() > 0


GOOD = [1.3, -1.3, -1.33, -1.33, 2.7, 2.7, -3.0]
NETWORKS = torch.tensor(
    [
        GOOD,
        [1.3, -1.28, -1.33, -1.34, 2.7, 2.7, -3.0],  # symmetric within the tolerance
        [1.3, 1.3, -1.33, -1.33, 2.7, 2.7, -3.0],  # same way
        [1.3, -1.1, -1.33, -1.33, 2.7, 2.7, -3.0],  # not alike
        [0.0, 0.0, 0.5, 0.1, -1.0, 0.5, 1.5],  # constant
        [float("nan")] * 7,
        [0.9, -0.9, -0.2, -0.2, 3.0, 3.0, 0.5],
    ],
    dtype=torch.float64,
)


def test_counts_of_known_networks():
    recipe, cuts = Recipe(rate=1, n_steps=1), Cuts(CUTS["edges"], CUTS["gap"], CUTS["windows"], 3.0)
    found = _counted(NETWORKS[None], NETWORKS[None], recipe, cuts)
    rows = [_one(network.numpy(), network.numpy(), recipe, cuts) for network in NETWORKS]
    for name, column in found.items():
        assert column[0].numpy() == pytest.approx(np.mean([row[name] for row in rows], 0), rel=1e-12), name
    counts = {name: 7 * float(found[name]) for name in ("failed", "constant", "opposite", "symmetric")}
    assert counts == pytest.approx({"failed": 1, "constant": 1, "opposite": 4, "symmetric": 3})
    assert (7 * found["weight0"]).tolist() == [pytest.approx([1, 2])]
    assert (7 * found["bias"]).tolist() == [pytest.approx([0.2, 1.33 + 1.335])]
    assert float(7 * found["share"].sum()) <= 6


def test_a_good_pair_is_good():
    """Hand-set readouts: the loss of a constant is 64/45, of the pair far less."""
    recipe, cuts = Recipe(rate=1, n_steps=1), Cuts((-9, -1, 0, 0.2), (-1, 0), (1, 2), 0)
    x = np.linspace(-2, 2, 4001)
    g = sum(z / (1 + np.exp(-z)) for z in (1.3 * x - 1.33, -1.3 * x - 1.33))
    a, c = np.polyfit(g, x**2, 1)
    rows = torch.tensor([[1.3, -1.3, -1.33, -1.33, a, a, c], [0, 0, 0, 0, 0, 0, 4 / 3]], dtype=torch.float64)[None]
    found = _counted(rows, rows, recipe, cuts)
    assert found["share"].tolist() == [[0.5, 0, 0.5]]
    assert float(found["constant_loss"]) == pytest.approx(32 / 45, rel=1e-12)


def test_symmetric_pairs_by_chance():
    """59/24000 of untrained networks."""
    begun = torch.as_tensor(started(np.random.default_rng(2), Recipe(rate=1, n_steps=1), 2, 200_000))
    assert float(_symmetric(begun).double().mean()) == pytest.approx(59 / 24000, rel=0.2)  # 4.4 standard errors


def test_divergence_is_counted():
    world = SHORT | {"optimiser": "gradient_descent", "rate": 1e6, "schedule": "constant", "precision": "single"}
    found = census(Stream(3, "census", 0), **world)
    assert (found["failed"] == 1).all()
    assert all(torch.isfinite(column).all() for column in found.values())
    assert not found["share"].any()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"n_networks": 0}, "n_networks must be at least 1, got 0"),
        ({"edges": (1, 0)}, "edges must be two or more numbers in increasing order"),
        ({"batch": 8}, "all data in every step, got batch=8"),
        ({"momentum": 0.9}, "cannot be followed"),
        ({"rate": -1.0}, "rate must be positive"),
    ],
)
def test_bad_parameters(wrong, told):
    with pytest.raises(ValueError, match=told):
        census(Stream(3, "census", 0), **SHORT | {"n_steps": 2} | wrong)
