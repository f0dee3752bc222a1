"""A census of trained networks of two neurons: how many end where, and with which weights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim import linalg, parameters
from sim.experiment import simulation
from sim.lottery_tickets.recipe import Recipe, followed
from sim.lottery_tickets.trained import TEST_NODES, by_autograd, grid, started
from sim.lottery_tickets.trainer import Data, outputs, train

if TYPE_CHECKING:
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

PAIR = 2
FLAT = 1e-6
"""A network is constant if the variance of its output over x is below this times R⁴."""
TOLERANCE = 0.1
"""A pair is symmetric if ||w₁| − |w₂||/max |w| + |b₁ − b₂| is below this."""
POWERS = 4
"""Powers 0 to 3 of |w| that are summed over tickets."""


class Cuts(NamedTuple):
    """Where the census divides: log10 losses in ``edges``, ``gap`` and ``low``, and |w| of tickets in ``windows``."""

    edges: Sequence[float]
    gap: Sequence[float]
    windows: Sequence[float]
    low: float


@simulation()
def census(
    stream: Stream,
    *,
    n_networks: int,
    edges: Sequence[float],
    gap: Sequence[float],
    windows: Sequence[float],
    low: float,
    **recipe: Any,
) -> Columns:
    """Shares of ``n_networks`` independent networks of two neurons per draw that end in one state or another.

    Columns of one point: "failed", diverged; "constant", output hardly varies; "constant_loss", loss of the constant
    ones over the number of all; of those that neither failed nor are constant "opposite", w₁ w₂ < 0, and "symmetric",
    opposite and a symmetric pair; "symmetric_before", the latter before training; "between", log10 loss between the
    two numbers of ``gap``. "share": log10 loss between neighbouring ``edges``, a point for every two.

    Tickets are symmetric pairs with log10 loss below ``low``; with |w|, |b| the means over the pair, a point per
    window of |w|: "bias", Σ|b|, and "weight0" to "weight3", Σ|w|^k, both over the number of all networks.

    The loss is the mean square over x. The other parameters are those of `Recipe`. Raises ValueError for a recipe
    that cannot be followed. Source: Liu & Tegmark 2023, whose own recipe is not known in full.
    """
    how = _checked(recipe)
    begun = _started(stream, how, n_networks)
    x, q = (linalg.from_numpy(values).to(begun) for values in grid(how, how.n_nodes))
    data = Data(x, x**2, q)
    ended = train(begun.reshape(-1, begun.shape[-1]), how, lambda: data).reshape(begun.shape)
    return _counted(begun, ended, how, Cuts(edges, gap, windows, low))


def _checked(recipe: dict[str, Any]) -> Recipe:
    how = followed(**recipe)
    if how.batch:
        raise ValueError(f"the census trains on all data in every step, got batch={how.batch}; leave it out")
    return how


def _started(stream: Stream, recipe: Recipe, n_networks: int) -> Tensor:
    """Networks before training (n_draws × n_networks × 7)."""
    n = parameters.count("n_networks", n_networks)
    begun = linalg.from_numpy(np.stack([started(rng, recipe, PAIR, n) for rng in stream.generators])).to(stream.device)
    return begun.float() if recipe.precision == "single" else begun


def _symmetric(networks: Tensor) -> Tensor:
    """Which networks are symmetric pairs of opposite neurons."""
    w, b = networks[..., :PAIR], networks[..., PAIR : 2 * PAIR]
    size = w.abs()
    off = (size[..., 0] - size[..., 1]).abs() / size.amax(-1) + (b[..., 0] - b[..., 1]).abs()
    return (w.prod(-1) < 0) & (off < TOLERANCE)


def _counted(begun: Tensor, ended: Tensor, recipe: Recipe, cuts: Cuts) -> Columns:
    """Columns from the networks before and after training, each (n_draws × n_networks × 7)."""
    begun, ended = begun.double(), ended.double()
    x, q = (linalg.from_numpy(values).to(ended.device) for values in grid(recipe, TEST_NODES))
    values = outputs(ended.reshape(-1, ended.shape[-1]), recipe, x).reshape(*ended.shape[:2], -1)
    failed = ~values.isfinite().all(-1)
    values = values.where(~failed[..., None], values.new_zeros(()))
    loss = (values - x**2) ** 2 @ q
    constant = ((values - (values @ q)[..., None]) ** 2 @ q < FLAT * recipe.half_width**4) & ~failed
    learned = ~failed & ~constant
    symmetric = _symmetric(ended) & learned
    size, bias = ended[..., :PAIR].abs().mean(-1), ended[..., PAIR : 2 * PAIR].abs().mean(-1)
    tickets = _between(size, cuts.windows) & (symmetric & (loss.log10() < cuts.low))[..., None]
    single = {
        "failed": failed,
        "constant": constant,
        "constant_loss": loss.where(constant, loss.new_zeros(())),
        "opposite": (ended[..., 0] * ended[..., 1] < 0) & learned,
        "symmetric": symmetric,
        "symmetric_before": _symmetric(begun),
        "between": _between(loss.log10(), cuts.gap)[..., 0] & ~failed,
    }
    several = {
        "share": _between(loss.log10(), cuts.edges) & ~failed[..., None],
        "bias": tickets * bias.nan_to_num()[..., None],
    } | {f"weight{k}": tickets * size.nan_to_num()[..., None] ** k for k in range(POWERS)}
    columns = {name: column.double().mean(1, keepdim=True) for name, column in single.items()}
    return columns | {name: column.double().mean(1) for name, column in several.items()}


def _between(values: Tensor, edges: Sequence[float]) -> Tensor:
    """Which values lie between which neighbouring edges, (..., n_edges − 1)."""
    if len(edges) < 2 or list(edges) != sorted(edges):
        raise ValueError(f"edges must be two or more numbers in increasing order, got {edges!r}; sort them")
    bounds = linalg.array(edges, values)
    return (values[..., None] > bounds[:-1]) & (values[..., None] <= bounds[1:])


@census.brute_force
def _census_one_by_one(
    stream: Stream,
    *,
    n_networks: int,
    edges: Sequence[float],
    gap: Sequence[float],
    windows: Sequence[float],
    low: float,
    **recipe: Any,
) -> Columns:
    """Every network by torch's own gradients and optimiser, one after the other, and counted one by one."""
    how, cuts = _checked(recipe), Cuts(edges, gap, windows, low)
    begun = _started(stream, how, n_networks)
    draws = []
    for networks in begun:
        pairs = [(network.double().numpy(), by_autograd(network, how).double().numpy()) for network in networks]
        rows = [_one(before, after, how, cuts) for before, after in pairs]
        draws.append({name: np.mean([row[name] for row in rows], axis=0) for name in rows[0]})
    return {name: linalg.from_numpy(np.stack([draw[name] for draw in draws])) for name in draws[0]}


def _one(before: np.ndarray, after: np.ndarray, recipe: Recipe, cuts: Cuts) -> dict[str, list[float]]:
    """Columns of one network."""
    w1, w2, b1, b2, a1, a2, c = after
    x, q = grid(recipe, TEST_NODES)
    failed = not np.isfinite(after).all()
    f = np.zeros_like(x) if failed else a1 * _silu(w1 * x + b1) + a2 * _silu(w2 * x + b2) + c
    loss = float(q @ (f - x**2) ** 2)
    constant = bool(not failed and q @ (f - q @ f) ** 2 < FLAT * recipe.half_width**4)
    pair = not failed and not constant and is_pair(w1, w2, b1, b2)

    def inside(value: float, edges: Sequence[float], counts: bool) -> list[float]:
        return [float(counts and left < value <= right) for left, right in pairwise(edges)]

    w, b = (abs(w1) + abs(w2)) / 2, (abs(b1) + abs(b2)) / 2
    tickets = inside(w, cuts.windows, pair and np.log10(loss) < cuts.low)
    return {
        "failed": [float(failed)],
        "constant": [float(constant)],
        "constant_loss": [loss * constant],
        "opposite": [float(not failed and not constant and w1 * w2 < 0)],
        "symmetric": [float(pair)],
        "symmetric_before": [float(is_pair(*before[: 2 * PAIR]))],
        "between": inside(np.log10(loss), cuts.gap, not failed),
        "share": inside(np.log10(loss), cuts.edges, not failed),
        "bias": [b if ticket else 0.0 for ticket in tickets],
    } | {f"weight{k}": [w**k if ticket else 0.0 for ticket in tickets] for k in range(POWERS)}


def is_pair(w1: float, w2: float, b1: float, b2: float) -> bool:
    """Whether two neurons look opposite ways and are alike up to the tolerance."""
    return bool(w1 * w2 < 0 and abs(abs(w1) - abs(w2)) / max(abs(w1), abs(w2)) + abs(b1 - b2) < TOLERANCE)


def _silu(z: np.ndarray) -> np.ndarray:
    return np.asarray(z / (1 + np.exp(-z)))
