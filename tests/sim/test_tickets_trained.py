"""The trainer of many networks against torch's own gradients and optimisers, network by network."""

import numpy as np
import pytest
import torch

from sim.lottery_tickets.recipe import Recipe, checked
from sim.lottery_tickets.trained import grid, started, trained
from sim.lottery_tickets.trainer import Data, train
from sim.streams import Stream

SHORT = {"n_neurons": (2, 5), "n_networks": 3, "n_steps": 15, "rate": 0.02, "n_nodes": 12, "precision": "double"}


@pytest.mark.parametrize("start", ["standard", "ntk", "mean_field"])
@pytest.mark.parametrize(
    "more",
    [
        {"activation": "silu"},
        {"activation": "tanh", "schedule": "constant"},
        {"activation": "relu", "grid": "midpoints", "n_nodes": 64},
        {"optimiser": "gradient_descent", "rate": 0.01},
    ],
    ids=["silu", "tanh", "relu", "descent"],
)
def test_training_is_that_of_torch(start, more):
    world = SHORT | {"start": start} | more
    fast = trained(Stream(3, "networks", 0), **world)
    slow = trained.oracle(Stream(3, "networks", 0), **world)
    for name in fast:
        assert torch.allclose(fast[name], slow[name], rtol=1e-7, atol=1e-12), name
    assert fast["loss"].shape == (4, 2)


def test_single_and_double_precision_agree():
    single = trained(Stream(3, "networks", 0), **SHORT | {"precision": "single", "n_steps": 100})
    double = trained(Stream(3, "networks", 0), **SHORT | {"n_steps": 100})
    assert torch.allclose(single["log_loss"], double["log_loss"], atol=0.01)


def test_a_width_does_not_depend_on_the_others():
    both = trained(Stream(3, "networks", 0), **SHORT)
    one = trained(Stream(3, "networks", 0), **SHORT | {"n_neurons": (2,)})
    assert torch.equal(both["loss"][:, :1], one["loss"])


def test_networks_do_not_depend_on_how_many_are_held(monkeypatch):
    import sim.lottery_tickets.trainer as module

    whole = trained(Stream(3, "networks", 0), **SHORT)
    monkeypatch.setattr(module, "HELD", 100)
    assert torch.allclose(trained(Stream(3, "networks", 0), **SHORT)["loss"], whole["loss"], rtol=1e-9)


def test_variance_and_square_bias_are_unbiased_whatever_the_group():
    """Untrained networks (one negligible step): groups of 2 and of 32 estimate the same variance."""
    world = SHORT | {"n_steps": 1, "rate": 1e-12, "n_neurons": (4,)}
    means = []
    for n, chunks in ((2, 100), (32, 8)):
        columns = [trained(Stream(7, f"groups of {n}", c), **world | {"n_networks": n}) for c in range(chunks)]
        means.append([float(torch.cat([c[name] for c in columns]).mean()) for name in ("variance", "square_bias")])
        assert means[-1][0] > 0
    assert means[0][0] == pytest.approx(means[1][0], rel=0.2)  # standard error 5 %
    assert means[0][1] == pytest.approx(means[1][1], rel=0.05)


def test_divergence_is_counted():
    world = SHORT | {"optimiser": "gradient_descent", "rate": 1e6, "schedule": "constant", "precision": "single"}
    found = trained(Stream(3, "networks", 0), **world)
    assert (found["failed"] == 1).all()
    assert torch.isfinite(found["loss"]).all()
    zero = 16 * 2.0**4 / 80  # E x⁴ on [−2, 2]
    assert torch.allclose(found["loss"], torch.full_like(found["loss"], zero), rtol=1e-9)


def test_fresh_batches_learn():
    world = SHORT | {"batch": 16, "n_steps": 400, "n_neurons": (8,)}
    first = trained(Stream(3, "networks", 0), **world | {"n_steps": 1})["loss"].mean()
    assert trained(Stream(3, "networks", 0), **world)["loss"].mean() < 0.3 * first


def test_starts():
    rng = np.random.default_rng(0)
    for start, sd, c in (("standard", 3**-0.5 / 8, 3**-0.5 / 8), ("ntk", 3**-0.5, 0), ("mean_field", 1, 0)):
        networks = started(rng, Recipe(rate=1, n_steps=1, start=start), 64, 500)
        assert networks.shape == (500, 193)
        assert networks[:, 128:192].std() == pytest.approx(sd, rel=0.02)
        assert networks[:, 192].std() == pytest.approx(c, rel=0.15)
        assert networks[:, :128].std() == pytest.approx(3**-0.5, rel=0.02)


def test_grids_integrate():
    for name, n in (("gauss", 12), ("midpoints", 4000)):
        x, q = grid(Recipe(rate=1, n_steps=1, grid=name), n)
        assert q.sum() == pytest.approx(1)
        assert x**4 @ q == pytest.approx(16 / 5, rel=1e-6)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rate": -1.0}, "rate must be positive and finite, got -1.0"),
        ({"activation": "sin"}, "activation must be one of silu, tanh, relu, got 'sin'"),
        ({"start": "zero"}, "start must be one of"),
        ({"batch": 8, "grid": "midpoints"}, "fresh batches take no grid"),
        ({"n_networks": 1}, "n_networks must be at least 2, got 1"),
        ({"momentum": 0.9}, "cannot be followed"),
        ({"n_neurons": (0,)}, "n_neurons must be at least 1, got 0"),
    ],
)
def test_bad_recipes(wrong, told):
    with pytest.raises(ValueError, match=told):
        trained(Stream(3, "networks", 0), **SHORT | wrong)


def test_a_recipe_is_written_out():
    recipe = checked(Recipe(rate=3e-3, n_steps=6000))
    assert recipe.rate_at(3000) == pytest.approx(1.5e-3)
    assert recipe.rate_at(6000) == 0
    assert recipe._replace(start="mean_field").output_scale(64) == 1 / 64


def test_train_leaves_its_input_alone():
    recipe = Recipe(rate=0.01, n_steps=3, n_nodes=5, precision="double")
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)
    data = Data(x, x**2, torch.full((5,), 0.2, dtype=torch.float64))
    networks = torch.ones(2, 7, dtype=torch.float64)
    done = train(networks, recipe, lambda: data)
    assert (networks == 1).all()
    assert not torch.equal(done, networks)
