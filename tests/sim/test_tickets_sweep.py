"""Networks of several widths side by side, and what is measured on groups of four."""

import numpy as np
import pytest
import torch

from sim.lottery_tickets.bank import BANK, FULL, STANDARD, WIDTHS, WINDOWS
from sim.lottery_tickets.recipe import Recipe, checked
from sim.lottery_tickets.sweep import sweep
from sim.lottery_tickets.trained import started
from sim.lottery_tickets.trainer import Data, train
from sim.streams import Stream

SHORT = {"n_neurons": (3, 5, 9), "n_steps": 15, "rate": 0.02, "n_nodes": 12, "precision": "double"}


def drawn(**more):
    return sweep(Stream(3, "sweep", 0), **SHORT | more)


@pytest.mark.parametrize("start", ["standard", "ntk", "mean_field"])
@pytest.mark.parametrize(
    "more",
    [{}, {"activation": "tanh", "schedule": "constant"}, {"optimiser": "gradient_descent", "rate": 0.01}],
    ids=["silu", "tanh", "descent"],
)
def test_training_side_by_side_is_training_alone(start, more):
    fast = drawn(start=start, **more)
    slow = sweep.oracle(Stream(3, "sweep", 0), **SHORT | {"start": start} | more)
    assert fast.keys() == slow.keys()
    for name in fast:
        assert torch.allclose(fast[name], slow[name], rtol=1e-6, atol=1e-10), name
        assert fast[name].shape == (4, 3)


def test_a_bundle_with_fresh_batches_is_each_network_alone():
    recipe = Recipe(rate=0.02, n_steps=20, batch=8, start="ntk")
    rng = np.random.default_rng(1)
    alone = [torch.as_tensor(started(rng, recipe, N, 3)) for N in (3, 7)]
    points = torch.as_tensor(rng.uniform(-2, 2, (20, 8)))

    def batches():
        steps = iter(points)
        weights = torch.full((8,), 1 / 8, dtype=torch.float64)
        return lambda: (lambda x: Data(x, x**2, weights))(next(steps))

    layers = [
        torch.cat([some[:, k * N : (k + 1) * N] for some, N in zip(alone, (3, 7), strict=True)], 1) for k in range(4)
    ]
    done = train(torch.cat(layers, 1), recipe, batches(), (3, 7))
    first, second = (train(networks, recipe, batches()) for networks in alone)
    assert torch.allclose(done[:, :3], first[:, :3])
    assert torch.allclose(done[:, 3:10], second[:, :7])
    assert torch.allclose(done[:, 30:], torch.cat([first[:, -1:], second[:, -1:]], 1))


def test_what_is_said_of_groups():
    found = {name: column.numpy() for name, column in drawn(tickets=False).items()}
    loss, average, best = found["loss"], np.exp(found["log_average4"]), np.exp(found["log_best"])
    for name in ("variance", "square_bias", "log_average4", "log_best"):
        assert (np.ptp(found[name], axis=0) == 0).all(), name
    assert found["variance"] + found["square_bias"] == pytest.approx(np.tile(loss.mean(0), (4, 1)))
    assert average == pytest.approx(found["square_bias"] + found["variance"] / 4)  # an identity of groups
    assert best[0] == pytest.approx(loss.min(0))
    assert found["log_loss"] == pytest.approx(np.log(loss))
    halves = np.exp(found["log_average2"])
    assert (halves[0] == halves[1]).all()
    assert (halves[0] != halves[2]).all()


def test_divergence_is_counted_and_counts_as_the_zero_function():
    world = {"optimiser": "gradient_descent", "rate": 1e6, "schedule": "constant", "precision": "single"}
    found = drawn(**world)
    assert (found["failed"] == 1).all()
    assert all(torch.isfinite(column).all() for column in found.values())
    assert torch.allclose(found["loss"], torch.full_like(found["loss"], 16 * 2.0**4 / 80))


def test_sixteen_nodes_train_as_twenty_four_do():
    """The error is smooth on the scale of the nodes, so that both are the integral."""
    world = {"n_neurons": (8, 32), "n_steps": 400, "rate": 0.01, "precision": "double", "tickets": False}
    few, many = (sweep(Stream(3, "nodes", 0), **world, n_nodes=n)["log_loss"] for n in (16, 24))
    assert torch.allclose(few, many, atol=1e-4)


def test_the_bank():
    assert len(BANK) == 12
    assert set(STANDARD + FULL) <= set(BANK)
    assert all(checked(Recipe(**recipe)).n_steps == 6000 for recipe in BANK.values())
    assert WINDOWS["from 32 on"] == (32, 64, 128, 256)
    assert WINDOWS["all widths"] == WIDTHS


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"grid": "midpoints"}, "tested on Gauss-Legendre nodes, got grid='midpoints'"),
        ({"n_neurons": (0, 4)}, "n_neurons must be at least 1, got 0"),
        ({"momentum": 0.9}, "cannot be followed"),
    ],
)
def test_bad_sweeps(wrong, told):
    with pytest.raises(ValueError, match=told):
        drawn(**wrong)
