"""Many small networks trained at once beside a loop over torch's optimiser, network by network.

SiLU networks of one input on 24 points, full batch, Adam, single precision, one thread, CPU time; the losses after the
last step are asserted equal. The goals: at least 25 times a loop of Adam up to width 16, 6 times at 64, and nowhere
slower than a loop of fused Adam. A loop is timed on a few networks and scaled up.
"""

import functools

import numpy as np
import pytest
import torch

from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import grid, started
from sim.lottery_tickets.trainer import Data, outputs, train
from tests.benchmarks.conftest import TIER

FULL = TIER == "full"
NETWORKS = {4: 64, 16: 64, 64: 64, 256: 32, 1024: 16, 4096: 8} if FULL else {4: 64, 16: 64, 64: 32, 1024: 4}
LOOPED = 2
"""Networks that the loops train."""
RECIPE = Recipe(rate=3e-3, n_steps=100 if FULL else 30, schedule="constant")
GOALS = {4: 25, 16: 25, 64: 6}


@functools.cache
def task(width):
    x, q = (torch.as_tensor(part, dtype=torch.float32) for part in grid(RECIPE, RECIPE.n_nodes))
    networks = started(np.random.default_rng(1), RECIPE, width, NETWORKS[width])
    return torch.as_tensor(networks, dtype=torch.float32), Data(x, x**2, q)


def losses(networks, width):
    _, data = task(width)
    return ((outputs(networks.double(), RECIPE, data.x.double()) - data.y) ** 2 @ data.q.double()).numpy()


def trainer(width):
    networks, data = task(width)
    return train(networks, RECIPE, lambda: data)


@functools.cache
def trainer_once(width):
    return losses(trainer(width), width)


def looped(width, *, fused):
    networks, (x, y, q) = task(width)
    done = []
    for network in networks[:LOOPED]:
        parts = [network[k * width : (k + 1) * width].clone().requires_grad_() for k in range(4)]
        w, b, a, c = parts
        optimiser = torch.optim.Adam(parts, lr=RECIPE.rate, fused=fused)
        for _ in range(RECIPE.n_steps):
            optimiser.zero_grad()
            f = torch.nn.functional.silu(x[:, None] * w + b) @ a + c
            (q * (f - y) ** 2).sum().backward()
            optimiser.step()
        done.append(torch.cat([part.detach() for part in parts]))
    return torch.stack(done)


def adam(width):
    return looped(width, fused=False)


def fused_adam(width):
    return looped(width, fused=True)


@pytest.mark.parametrize("route", [adam, fused_adam, trainer], ids=lambda route: route.__name__)
@pytest.mark.parametrize("width", NETWORKS)
def test_trainer(route, width, measure, benchmark):
    benchmark.group = f"trainer width {width}"
    fast = route is trainer
    found = measure(
        "candidate" if fast else "baseline",
        lambda: route(width),
        rounds=5,
        goal=GOALS.get(width) if route is adam else 1 if route is fused_adam else None,
        **({} if fast else {"scale": NETWORKS[width] / LOOPED, "note": f"{LOOPED} networks timed"}),
    )
    if not fast:
        assert np.allclose(losses(found, width), trainer_once(width)[:LOOPED], rtol=2e-3)


WIDTHS = (8, 16, 32, 64, 128, 256)


@functools.cache
def several():
    """Four networks of every width, and the nodes."""
    x, q = (torch.as_tensor(part, dtype=torch.float32) for part in grid(RECIPE, RECIPE.n_nodes))
    rng = np.random.default_rng(2)
    networks = [torch.as_tensor(started(rng, RECIPE, width, 4), dtype=torch.float32) for width in WIDTHS]
    return networks, Data(x, x**2, q)


def side_by_side():
    networks, data = several()
    layers = [
        torch.cat([some[:, k * N : (k + 1) * N] for some, N in zip(networks, WIDTHS, strict=True)], 1) for k in range(4)
    ]
    return train(torch.cat(layers, 1), RECIPE, lambda: data, WIDTHS)[:, -len(WIDTHS) :]


def one_after_the_other():
    networks, data = several()
    return torch.cat([train(some, RECIPE, lambda: data)[:, -1:] for some in networks], 1)


@pytest.mark.parametrize("route", [one_after_the_other, side_by_side], ids=lambda route: route.__name__)
def test_widths_side_by_side(route, measure, benchmark):
    """Four networks of each of six widths; the output biases after the last step are equal."""
    benchmark.group = "trainer widths 8 to 256"
    slow = route is one_after_the_other
    found = measure("baseline" if slow else "candidate", route, rounds=5, goal=1 if slow else None)
    if slow:
        assert torch.allclose(found, side_by_side(), atol=1e-4)
