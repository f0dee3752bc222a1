"""Networks of one input trained on y = x² by a recipe, many at once; a draw is a group of networks of one width each.

Of the networks' errors e = f − y at the test points: the loss is the mean of e², the variance that between networks
of a group, and the square bias the loss less the variance; both are unbiased whatever the size of the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import linalg, parameters
from sim.experiment import simulation
from sim.lottery_tickets.recipe import Recipe, followed
from sim.lottery_tickets.trainer import Batches, Data, outputs, train

if TYPE_CHECKING:
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

TEST_NODES = 200
"""Gauss-Legendre nodes on which trained networks are tested; of networks trained on midpoints, 4096 midpoints."""
MIDPOINTS = 4096
COLUMNS = ("loss", "log_loss", "variance", "square_bias", "failed", "constant")


@simulation()
def trained(stream: Stream, *, n_neurons: Sequence[int], n_networks: int = 8, **recipe: Any) -> Columns:
    """Losses of ``n_networks`` independent networks per draw, for every width of ``n_neurons``.

    Columns, each (n_draws, n_widths), means over the networks of a draw unless said: "loss"; "log_loss", the mean of
    its logarithm; "variance" between networks, unbiased; "square_bias" = loss − variance; "failed", share of networks
    that diverged, which count as the zero function elsewhere; "constant", share whose output hardly varies.

    The other parameters are those of `Recipe`. Raises ValueError for fewer than two networks and for a recipe that
    cannot be followed. Source: Liu & Tegmark 2023, whose own recipe is not known in full.
    """
    how, widths, n = checked_networks(n_neurons, n_networks, recipe)
    per_width = [trained_networks(stream, how, N, n, k) for k, N in enumerate(widths)]
    found = [_measured(networks, how) for networks in per_width]
    return {name: linalg.stack([columns[name] for columns in found]) for name in COLUMNS}


def checked_networks(
    n_neurons: Sequence[int], n_networks: int, recipe: dict[str, Any]
) -> tuple[Recipe, list[int], int]:
    """Recipe, widths and group size. Raises ValueError for fewer than two networks and what cannot be followed."""
    how = followed(**recipe)
    if parameters.count("n_networks", n_networks) < 2:
        raise ValueError(f"n_networks must be at least 2, got {n_networks}; a variance takes two networks")
    return how, [parameters.count("n_neurons", N) for N in parameters.several("n_neurons", n_neurons)], n_networks


def started(rng: np.random.Generator, recipe: Recipe, n_neurons: int, n_networks: int) -> np.ndarray:
    """Networks before training, (n_networks × (3N + 1)) rows w, b, a, c."""
    w, b, a = rng.uniform(-1, 1, (3, n_networks, n_neurons))
    c = np.zeros((n_networks, 1))
    if recipe.start == "standard":
        a, c = a / np.sqrt(n_neurons), rng.uniform(-1, 1, (n_networks, 1)) / np.sqrt(n_neurons)
    elif recipe.start == "mean_field":
        a = np.sqrt(3) * a
    return np.concatenate([w, b, a, c], 1)


def grid(recipe: Recipe, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on [−R, R] and their weights, which sum to 1."""
    if recipe.grid == "midpoints":
        return recipe.half_width * (2 * np.arange(n) + 1 - n) / n, np.full(n, 1 / n)
    x, q = np.polynomial.legendre.leggauss(n)
    return recipe.half_width * x, q / 2


def data_of(recipe: Recipe, like: Tensor, rng: np.random.Generator) -> Batches:
    """The fixed points, or fresh ones for every step and all networks of the chunk."""
    import torch

    def of(x: np.ndarray, q: np.ndarray) -> Data:
        points = torch.as_tensor(x, dtype=like.dtype, device=like.device)
        return Data(points, points**2, torch.as_tensor(q, dtype=like.dtype, device=like.device))

    if not recipe.batch:
        fixed = of(*grid(recipe, recipe.n_nodes))
        return lambda: fixed
    weights = np.full(recipe.batch, 1 / recipe.batch)
    return lambda: of(rng.uniform(-recipe.half_width, recipe.half_width, recipe.batch), weights)


def trained_networks(stream: Stream, recipe: Recipe, n_neurons: int, n_networks: int, place: int) -> Tensor:
    """Trained networks of all draws of a chunk, (n_draws × n_networks × (3N + 1)) in float64."""
    import torch

    seeds = [rng.bit_generator.seed_seq.spawn(place + 1)[place] for rng in stream.generators]  # type: ignore[attr-defined]
    rngs = [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]
    begun = np.concatenate([started(rng, recipe, n_neurons, n_networks) for rng in rngs])
    precision = torch.float32 if recipe.precision == "single" else torch.float64
    networks = torch.as_tensor(begun, dtype=precision, device=stream.device)
    done = train(networks, recipe, data_of(recipe, networks, rngs[0]))
    return done.double().reshape(stream.n_draws, n_networks, -1)


def _measured(networks: Tensor, recipe: Recipe) -> dict[str, Tensor]:
    """Columns of one width, each (n_draws,)."""
    import torch

    n_draws, n, _ = networks.shape
    x, q = (torch.as_tensor(v, device=networks.device) for v in grid(recipe, _n_test(recipe)))
    values = outputs(networks.reshape(n_draws * n, -1), recipe, x).reshape(n_draws, n, -1)
    failed = ~torch.isfinite(values).all(-1)
    values = torch.where(failed[..., None], torch.zeros_like(values), values)
    errors = values - x**2
    loss = (errors**2 @ q).mean(1)
    variance = values.var(1) @ q
    spread = ((values - (values @ q)[..., None]) ** 2) @ q
    return {
        "loss": loss,
        "log_loss": (errors**2 @ q).log().mean(1),
        "variance": variance,
        "square_bias": loss - variance,
        "failed": failed.double().mean(1),
        "constant": (spread < 1e-6 * recipe.half_width**4).double().mean(1),
    }


def _n_test(recipe: Recipe) -> int:
    return MIDPOINTS if recipe.grid == "midpoints" else TEST_NODES


@trained.brute_force
def _trained_one_by_one(stream: Stream, *, n_neurons: Sequence[int], n_networks: int = 8, **recipe: Any) -> Columns:
    """Every network by torch's own gradients and optimiser, one after the other."""
    how, widths, n = checked_networks(n_neurons, n_networks, recipe)
    found = []
    for k, N in enumerate(widths):
        done = trained_networks(stream, how._replace(n_steps=1, rate=1e-300), N, n, k)  # as they start
        rows = [by_autograd(network, how) for network in done.reshape(-1, done.shape[-1])]
        found.append(_measured(linalg.stack(rows).mT.reshape(done.shape), how))
    return {name: linalg.stack([columns[name] for columns in found]) for name in COLUMNS}


def by_autograd(network: Tensor, recipe: Recipe) -> Tensor:
    """One network (3N + 1) trained by torch's own gradients and optimiser, on all nodes in every step."""
    import torch

    N, s = (len(network) - 1) // 3, recipe.output_scale((len(network) - 1) // 3)
    pieces = (network[k * N : (k + 1) * N] for k in range(4))
    parts = [piece.clone().requires_grad_() for piece in pieces]
    w, b, a, c = parts
    gain = N if recipe.start == "mean_field" else 1
    rates = [recipe.rate * (gain if recipe.optimiser == "gradient_descent" and p is not c else 1) for p in parts]
    groups = [{"params": [p], "lr": rate} for p, rate in zip(parts, rates, strict=True)]
    optimiser = (torch.optim.Adam if recipe.optimiser == "adam" else torch.optim.SGD)(groups)
    activation = getattr(torch.nn.functional, recipe.activation)
    data = data_of(recipe, network, np.random.default_rng(0))
    for t in range(1, recipe.n_steps + 1):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * recipe.rate_at(t) / recipe.rate
        x, y, q = data()
        optimiser.zero_grad()
        loss = (q * (s * activation(x[:, None] * w + b) @ a + c - y) ** 2).sum()
        loss.backward()
        optimiser.step()
    return torch.cat([part.detach() for part in parts])
