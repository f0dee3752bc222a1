"""Integrated training of ReLU networks: gradients by torch, a fine grid, networks filled up, kinks by hand."""

import numpy as np
import pytest
import torch

from sim.lottery_tickets import relu_networks as lab
from sim.lottery_tickets.recipe import Recipe
from sim.streams import Stream

SHORT = {"n_neurons": (2, 5), "n_networks": 2, "n_steps": 15, "rate": 0.02}
HOW = Recipe(rate=0.01, n_steps=1, activation="relu", grid="midpoints", precision="double")


def integrated(network, R=2.0):
    """Mean of (f − x²)² over [−R, R] by three Gauss nodes a piece, for torch to differentiate."""
    w, b, a = network[:-1].reshape(3, -1)
    edges = [-R, *sorted(t for t in (-b / w).tolist() if abs(t) < R), R]
    z, share = network.new_tensor([-(0.6**0.5), 0, 0.6**0.5]), network.new_tensor([5, 8, 5]) / 18
    left, right = network.new_tensor(edges[:-1])[:, None], network.new_tensor(edges[1:])[:, None]
    x = ((left + right) / 2 + (right - left) / 2 * z).flatten()
    q = ((right - left) / (2 * R) * share).flatten()
    return (q * (torch.relu(x[:, None] * w + b) @ a + network[-1] - x**2) ** 2).sum()


@pytest.mark.parametrize("start", ["standard", "ntk", "mean_field"])
def test_gradient_is_that_of_torch(start):
    how = HOW._replace(start=start)
    rows = torch.cat([lab.begun(Stream(3, "networks", c), how, 7, 5) for c in range(4)])
    bench = lab.Piecewise(rows.clone(), how)
    bench._differentiate(None)
    for row, found in zip(rows, bench.gradient, strict=True):
        scaled = row.clone()
        scaled[14:21] *= how.output_scale(7)
        scaled.requires_grad_()
        integrated(scaled).backward()
        wanted = scaled.grad.clone()
        wanted[14:21] *= how.output_scale(7)
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-13)


def test_training_is_that_of_torch_on_a_fine_grid():
    fast = lab.relu_networks(Stream(3, "networks", 0), **SHORT)
    slow = lab.relu_networks.oracle(Stream(3, "networks", 0), **SHORT)
    assert set(fast) == set(slow) == set(lab.COLUMNS)
    for name in fast:
        torch.testing.assert_close(fast[name], slow[name], rtol=2e-4, atol=1e-4, msg=name)
    assert fast["loss"].shape == (4, 2)


def test_filling_up_changes_nothing():
    rows = lab.begun(Stream(3, "networks", 0), HOW, 3, 4)
    how = HOW._replace(n_steps=50)
    alone = lab.train(rows, how)
    filled = lab.train(lab.filled(rows, 3, 8, how), how)
    torch.testing.assert_close(lab.emptied(filled, 3), alone, rtol=1e-10, atol=1e-12)
    assert torch.equal(lab.emptied(lab.filled(rows, 3, 8, how), 3), rows)


def test_two_neurons_reach_the_best_three_pieces():
    found = lab.relu_networks(Stream(3, "networks", 0), n_neurons=(2,), n_networks=16, rate=0.05, n_steps=400)
    best = 4 * 2**4 / 45 / 3**4
    assert found["least"].min() == pytest.approx(best, rel=1e-4)
    assert (found["least"] >= best * (1 - 5 * 9 / 4096**2)).all()
    assert (found["log_pieces"] <= found["log_loss"] + 1e-5).all()


def test_kinks_by_hand():
    """Kinks at −1, 1 and 5 on [−2, 2]: pieces of length 1, 2, 1."""
    network = torch.tensor([1.0, -2, 1, 1, 2, -5, 1, 1, 1, 0]).double().reshape(1, 1, 10)
    found = lab.kinks(network, 2.0)
    assert found["inside"].item() == pytest.approx(2 / 3)
    assert found["log_pieces"].item() == pytest.approx(np.log((1 + 32 + 1) / (180 * 4)))


def test_divergence_is_counted():
    with np.errstate(all="ignore"):
        found = lab.relu_networks(
            Stream(3, "networks", 0),
            **SHORT | {"optimiser": "gradient_descent", "rate": 1e9, "schedule": "constant", "n_steps": 60},
        )
    assert (found["failed"] == 1).all()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"activation": "silu"}, "activation must be 'relu', got 'silu'"),
        ({"grid": "gauss"}, "grid must be 'midpoints', got 'gauss'"),
        ({"n_networks": 1}, "n_networks must be at least 2, got 1"),
        ({"rate": 0}, "rate must be positive"),
    ],
)
def test_bad_recipes(wrong, told):
    with pytest.raises(ValueError, match=told):
        lab.relu_networks(Stream(3, "networks", 0), **SHORT | wrong)
