"""One network of every width per draw, trained side by side: losses, what their tickets are, and what averages do.

The four draws of a chunk are the four networks that are compared and averaged, so that columns marked "group" have
the same value in all of them. Chunks are independent, which is what the judge's blocks are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import linalg
from sim.experiment import simulation
from sim.lottery_tickets import matching
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import TEST_NODES, by_autograd, checked_networks, data_of, grid, started
from sim.lottery_tickets.trainer import outputs, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

    Trainer = Callable[[list[np.ndarray], Recipe, str, np.random.Generator], list[Tensor]]


@simulation()
def sweep(stream: Stream, *, n_neurons: Sequence[int], tickets: bool = True, **recipe: Any) -> Columns:
    """One network of every width of ``n_neurons`` per draw, trained by the recipe on y = x².

    Columns, each (n_draws, n_widths). Of the network: "loss", "log_loss", "failed" (it diverged, and counts as the
    zero function), "constant" (its output hardly varies). With ``tickets``: "pairs", symmetric pairs of neurons,
    "pairs_untrained", the same before training, "log_half_tickets" and "log_half_neurons", log of the loss of a
    random half over that of the whole (see `sim.lottery_tickets.matching`).

    Of the group of four: "variance" between networks and "square_bias" = mean loss − variance, unbiased;
    "log_average2" and "log_average4", log loss of the average of the draw and its neighbour, and of all four;
    "log_best", log of the smallest loss.

    Networks of a group see the same batches where batches are fresh. The other parameters are those of `Recipe`,
    with Gauss-Legendre nodes. Raises ValueError for a recipe that cannot be followed.
    Source: Liu & Tegmark 2023, whose own recipe is not known in full.
    """
    return _measured(stream, n_neurons, tickets, recipe, _side_by_side)


@sweep.brute_force
def _sweep_one_by_one(stream: Stream, *, n_neurons: Sequence[int], tickets: bool = True, **recipe: Any) -> Columns:
    """Every network by torch's own gradients and optimiser, one after the other."""

    def alone(begun: list[np.ndarray], how: Recipe, device: str, _: np.random.Generator) -> list[Tensor]:
        if how.batch:
            raise ValueError("fresh batches are drawn side by side; the brute-force route trains on nodes")
        rows = [[by_autograd(_tensor(network, how, device), how).double() for network in some] for some in begun]
        return [linalg.stack(networks).mT for networks in rows]

    return _measured(stream, n_neurons, tickets, recipe, alone)


def _tensor(networks: np.ndarray, recipe: Recipe, device: str) -> Tensor:
    import torch

    return torch.as_tensor(
        networks, dtype=torch.float32 if recipe.precision == "single" else torch.float64, device=device
    )


def _side_by_side(begun: list[np.ndarray], how: Recipe, device: str, rng: np.random.Generator) -> list[Tensor]:
    """Trained networks by width, each (n_draws × (3N + 1)) in float64."""
    import torch

    widths = [(networks.shape[1] - 1) // 3 for networks in begun]
    layers = [
        np.concatenate([networks[:, k * N : (k + 1) * N] for networks, N in zip(begun, widths, strict=True)], 1)
        for k in range(4)
    ]
    bundles = _tensor(np.concatenate(layers, 1), how, device)
    done = train(bundles, how, data_of(how, bundles, rng), widths).double()
    total, starts = sum(widths), np.cumsum([0, *widths])
    return [
        torch.cat([*(done[:, k * total + at : k * total + at + N] for k in range(3)), done[:, 3 * total + i, None]], 1)
        for i, (at, N) in enumerate(zip(starts, widths, strict=False))
    ]


def _measured(
    stream: Stream, n_neurons: Sequence[int], tickets: bool, recipe: dict[str, Any], trainer: Trainer
) -> Columns:
    how, widths, _ = checked_networks(n_neurons, 2, recipe)
    if how.grid != "gauss":
        raise ValueError(f"a sweep is tested on Gauss-Legendre nodes, got grid={how.grid!r}; train on them as well")
    seeds = [rng.bit_generator.seed_seq.spawn(len(widths) + 2) for rng in stream.generators]  # type: ignore[attr-defined]
    rngs = [[np.random.Generator(np.random.SFC64(seed)) for seed in of] for of in seeds]
    begun = [np.concatenate([started(of_draw[k], how, N, 1) for of_draw in rngs]) for k, N in enumerate(widths)]
    done = trainer(begun, how, stream.device, rngs[0][-1])
    found = []
    for untrained, networks in zip(begun, done, strict=True):
        columns = _of_width(networks, how)
        if tickets:
            counted = matching.diagnostics(networks.cpu().numpy(), untrained, how, [of_draw[-2] for of_draw in rngs])
            columns |= {name: networks.new_tensor(values) for name, values in counted.items()}
        found.append(columns)
    return {name: linalg.stack([columns[name] for columns in found]) for name in found[0]}


def _of_width(networks: Tensor, recipe: Recipe) -> dict[str, Tensor]:
    """Columns of one width, each (n_draws,)."""
    import torch

    x, q = (torch.as_tensor(v, device=networks.device) for v in grid(recipe, TEST_NODES))
    values = outputs(networks, recipe, x)
    failed = ~torch.isfinite(values).all(-1)
    values = torch.where(failed[:, None], torch.zeros_like(values), values)
    errors = values - x**2
    loss = errors**2 @ q
    variance = (values.var(0) @ q).expand_as(loss)
    neighbours = errors.reshape(-1, 2, len(x)).mean(1) ** 2 @ q
    return {
        "loss": loss,
        "log_loss": loss.log(),
        "variance": variance,
        "square_bias": loss.mean() - variance,
        "log_average2": neighbours.log().repeat_interleave(2),
        "log_average4": (errors.mean(0) ** 2 @ q).log().expand_as(loss),
        "log_best": loss.min().log().expand_as(loss),
        "failed": failed.double(),
        "constant": (((values - (values @ q)[:, None]) ** 2) @ q < 1e-6 * recipe.half_width**4).double(),
    }
