"""Averages of independently trained networks, their spread over starts, and neurons drawn from one trained network.

A draw is a group of networks of one width, trained alike from independent starts; recipes and trainer are those of
`sim.lottery_tickets.trained`. A network that failed counts as the zero function in every column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim import linalg, parameters
from sim.experiment import simulation
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import TEST_NODES, by_autograd, checked_networks, grid, trained_networks
from sim.lottery_tickets.trainer import outputs

if TYPE_CHECKING:
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

Array = np.ndarray


def _one_by_one(stream: Stream, recipe: Recipe, n_neurons: int, n_networks: int, place: int) -> Tensor:
    """What `trained_networks` of `sim.lottery_tickets.trained` does, by torch's own gradients and optimiser."""
    start = trained_networks(stream, recipe._replace(n_steps=1, rate=1e-300), n_neurons, n_networks, place)
    rows = [by_autograd(network, recipe) for network in start.reshape(-1, start.shape[-1])]
    return linalg.stack(rows).mT.reshape(start.shape)


def errors(networks: Tensor, recipe: Recipe, x: Array) -> tuple[Array, Array]:
    """Errors f(x) − x² of networks (n_draws × n × (3N + 1)) at x, and which failed: (n_draws, n, D) and (n_draws, n).

    The output of a network that failed is taken to be 0.
    """
    n_draws, n, width = networks.shape
    found = outputs(networks.reshape(n_draws * n, width), recipe, linalg.array(x.tolist(), networks))
    values = found.reshape(n_draws, n, -1).cpu().numpy()
    failed = ~np.isfinite(values).all(-1)
    return np.where(failed[..., None], 0.0, values) - x**2, failed


def _columns(stream: Stream, rows: Sequence[dict[str, Any]]) -> Columns:
    return {name: linalg.array([list(row[name]) for row in rows], stream.normal(0)) for name in rows[0]}


# Moments of a group of networks from its errors e (n, D), q the weights of the D points; and all by definition.


def moments(e: Array, q: Array) -> dict[str, float]:
    """Mean loss, variance between networks, and square bias = loss − variance; unbiased whatever the group."""
    loss, variance = float((e**2 @ q).mean()), float(e.var(0, ddof=1) @ q)
    return {"loss": loss, "variance": variance, "square_bias": loss - variance}


def moments_by_pairs(e: Array, q: Array) -> dict[str, float]:
    """The square bias is the mean product of the errors of two different networks."""
    n, gram = len(e), (e * q) @ e.T
    loss = float(np.trace(gram)) / n
    bias = float(np.mean([gram[i, j] for i in range(n) for j in range(n) if i != j]))
    return {"loss": loss, "variance": loss - bias, "square_bias": bias}


def cumulants(values: Array) -> dict[str, float]:
    """Unbiased second and third cumulants (k-statistics) of ``values`` (n,), n at least 3."""
    n, centred = len(values), values - values.mean()
    third = n * np.sum(centred**3) / ((n - 1) * (n - 2))
    return {"centre_variance": float(centred @ centred / (n - 1)), "centre_third": float(third)}


def skewness(third: float, variance: float) -> float:
    """Third cumulant over the variance to the power 3/2; 0 for values that are all alike."""
    return third / variance**1.5 if variance > 0 else 0.0


def cumulants_by_tuples(values: Array) -> dict[str, float]:
    """Products of different values estimate products of means: κ₃ = E x³ − 3 E x² E x + 2 (E x)³."""
    n = len(values)
    squares = [(a - b) ** 2 / 2 for a, b in combinations(values, 2)]
    triples = [(i, j, k) for i in range(n) for j in range(n) for k in range(n) if len({i, j, k}) == 3]
    third = [
        values[i] ** 3 - 3 * values[i] ** 2 * values[j] + 2 * values[i] * values[j] * values[k] for i, j, k in triples
    ]
    return {"centre_variance": float(np.mean(squares)), "centre_third": float(np.mean(third))}


def average_loss(e: Array, q: Array, n_averaged: int) -> float:
    """Mean loss of the averages of disjoint sets of ``n_averaged`` networks, which must divide their number."""
    means = e.reshape(-1, n_averaged, e.shape[-1]).mean(1)
    return float((means**2 @ q).mean())


def average_loss_by_pairs(e: Array, q: Array, n_averaged: int) -> float:
    """Mean loss of averages of ``n_averaged`` = K networks, disjoint sets: each the mean of K² products of errors."""
    gram, K = (e * q) @ e.T, n_averaged
    return float(np.mean([gram[i : i + K, i : i + K].mean() for i in range(0, len(e), K)]))


def subset_loss(e: Array, q: Array, n_averaged: int) -> float:
    """Mean loss of the averages of all subsets of ``n_averaged`` networks of the pool."""
    return float(np.mean([e[list(chosen)].mean(0) ** 2 @ q for chosen in combinations(range(len(e)), n_averaged)]))


class Route(NamedTuple):
    """How networks are trained and groups measured."""

    networks: Callable[[Stream, Recipe, int, int, int], Tensor]
    moments: Callable[[Array, Array], dict[str, float]]
    cumulants: Callable[[Array], dict[str, float]]
    average_loss: Callable[[Array, Array, int], float]


FAST = Route(trained_networks, moments, cumulants, average_loss)
BRUTE_FORCE = Route(_one_by_one, moments_by_pairs, cumulants_by_tuples, average_loss_by_pairs)


# Spread over starts.


@simulation()
def spread(stream: Stream, *, n_neurons: Sequence[int], n_networks: Sequence[int], **recipe: Any) -> Columns:
    """Spread of networks trained alike: n_networks[k] networks of n_neurons[k] neurons per draw.

    Columns, each (n_draws, n_widths), of the networks of a group: "loss", their mean; "variance" between networks,
    mean over [−R, R], and "square_bias" = loss − variance; "centre_variance" and "centre_third", second and third
    cumulant of f(0) over networks, all unbiased whatever the group; "centre_skewness", third over the variance to
    the power 3/2, which lies nearer to 0 than that of the law by terms of the order of one over the group; "failed",
    the share that diverged.

    The other parameters are those of `Recipe`. Raises ValueError for groups of fewer than three networks, not as many
    groups as widths, and a recipe that cannot be followed. Source: Liu & Tegmark 2023; their recipe is not known.
    """
    return _spread(FAST, stream, n_neurons, n_networks, recipe)


@spread.brute_force
def _spread_one_by_one(
    stream: Stream, *, n_neurons: Sequence[int], n_networks: Sequence[int], **recipe: Any
) -> Columns:
    return _spread(BRUTE_FORCE, stream, n_neurons, n_networks, recipe)


def _spread(
    route: Route, stream: Stream, n_neurons: Sequence[int], n_networks: Sequence[int], recipe: dict[str, Any]
) -> Columns:
    how, widths, _ = checked_networks(n_neurons, 2, recipe)
    groups = [parameters.count("n_networks", n) for n in parameters.several("n_networks", n_networks)]
    if len(groups) != len(widths) or min(groups) < 3:
        raise ValueError(
            f"n_networks must be at least 3 for each of the {len(widths)} widths, got {groups}; "
            "a third cumulant takes three networks"
        )
    x, q = grid(how, TEST_NODES)
    found: list[dict[str, list[float]]] = [{} for _ in range(stream.n_draws)]
    for k, (N, n) in enumerate(zip(widths, groups, strict=True)):
        e, failed = errors(route.networks(stream, how, N, n, k), how, np.append(x, 0.0))
        for draw, row in enumerate(found):
            measured = route.moments(e[draw, :, :-1], q) | route.cumulants(e[draw, :, -1])
            measured["centre_skewness"] = skewness(measured["centre_third"], measured["centre_variance"])
            for name, value in (measured | {"failed": float(failed[draw].mean())}).items():
                row.setdefault(name, []).append(value)
    return _columns(stream, found)


# Averages of networks.


@simulation()
def averages(stream: Stream, *, n_neurons: int, n_networks: int, n_averaged: Sequence[int], **recipe: Any) -> Columns:
    """Loss of averages of K networks, next to square bias and variance of other networks trained alike.

    Columns, each (n_draws, n_K) for K in ``n_averaged``: "loss", of the averages of disjoint sets of K networks, of
    the first half of the ``n_networks`` of a draw; "square_bias" and "variance", unbiased, of the second half, the
    same at every K; "failed", the share that diverged.

    The other parameters are those of `Recipe`. Raises ValueError for an odd number of networks or fewer than four, a K
    that does not divide half of them, and a recipe that cannot be followed. Source: Liu & Tegmark 2023.
    """
    return _averages(FAST, stream, n_neurons, n_networks, n_averaged, recipe)


@averages.brute_force
def _averages_one_by_one(
    stream: Stream, *, n_neurons: int, n_networks: int, n_averaged: Sequence[int], **recipe: Any
) -> Columns:
    return _averages(BRUTE_FORCE, stream, n_neurons, n_networks, n_averaged, recipe)


def _averages(
    route: Route, stream: Stream, n_neurons: int, n_networks: int, n_averaged: Sequence[int], recipe: dict[str, Any]
) -> Columns:
    how, (N,), n = checked_networks([n_neurons], n_networks, recipe)
    sizes = [parameters.count("n_averaged", K) for K in parameters.several("n_averaged", n_averaged)]
    if n % 2 or n < 4 or any((n // 2) % K for K in sizes):
        raise ValueError(
            f"n_averaged must divide half of n_networks, an even number of 4 or more, got {sizes} and {n}; "
            "every network of the first half is averaged once"
        )
    x, q = grid(how, TEST_NODES)
    e, failed = errors(route.networks(stream, how, N, n, 0), how, x)
    rows = []
    for group, bad in zip(e, failed, strict=True):
        others = route.moments(group[n // 2 :], q) | {"failed": float(bad.mean())}
        same = {name: [others[name]] * len(sizes) for name in ("square_bias", "variance", "failed")}
        rows.append({"loss": [route.average_loss(group[: n // 2], q, K) for K in sizes]} | same)
    return _columns(stream, rows)


# Neurons drawn from one trained network.


@simulation()
def subsampled(stream: Stream, *, n_neurons: int, n_kept: Sequence[int], n_subsamples: int, **recipe: Any) -> Columns:
    """Loss of the mean of n neurons drawn with replacement from one trained network, output bias kept.

    A ticket is the network that one neuron alone would be, M times its contribution and the bias c; the M tickets
    average to the trained network. Columns, each (n_draws, n_n) for n in ``n_kept``: "loss", the mean over
    ``n_subsamples`` choices of n tickets; "full_loss", of the trained network, and "ticket_variance", over its M
    tickets, both the same at every n; "failed", 1 if it diverged.

    The other parameters are those of `Recipe`. Raises ValueError for counts below 1 and a recipe that cannot be
    followed. Source: Liu & Tegmark 2023.
    """
    how, sizes, x, q = _to_subsample(n_neurons, n_kept, n_subsamples, recipe)
    networks = trained_networks(stream, how, n_neurons, 1, 0)
    full, failed = errors(networks, how, x)
    rows = []
    for network, whole, bad, rng in zip(networks, full, failed, stream.generators, strict=True):
        e, _ = errors(tickets(network[0], how)[None], how, x)  # (1, M, D)
        chosen = [_choices(rng, n_neurons, n, n_subsamples) @ e[0] / n for n in sizes]
        same = {
            "full_loss": float(whole[0] ** 2 @ q),
            "ticket_variance": float(e[0].var(0) @ q),
            "failed": float(bad[0]),
        }
        losses = [float((mean**2 @ q).mean()) for mean in chosen]
        rows.append({"loss": losses} | {name: [value] * len(sizes) for name, value in same.items()})
    return _columns(stream, rows)


def _to_subsample(
    n_neurons: int, n_kept: Sequence[int], n_subsamples: int, recipe: dict[str, Any]
) -> tuple[Recipe, list[int], Array, Array]:
    how, _, _ = checked_networks([n_neurons], 2, recipe)
    parameters.count("n_subsamples", n_subsamples)
    sizes = [parameters.count("n_kept", n) for n in parameters.several("n_kept", n_kept)]
    return how, sizes, *grid(how, TEST_NODES)


def tickets(network: Tensor, recipe: Recipe) -> Tensor:
    """Networks (M × 4) of one neuron each that average to the network (3M + 1)."""
    M = (len(network) - 1) // 3
    w, b, a, c = network[:M], network[M : 2 * M], network[2 * M : 3 * M], network[3 * M :]
    return linalg.stack([w, b, a * (M * recipe.output_scale(M) / recipe.output_scale(1)), c.expand(M)])


def _choices(rng: np.random.Generator, n_neurons: int, n_kept: int, n_subsamples: int) -> Array:
    """How often each neuron is drawn, (n_subsamples, M)."""
    return rng.multinomial(n_kept, np.full(n_neurons, 1 / n_neurons), n_subsamples)


@subsampled.brute_force
def _subsampled_networks(
    stream: Stream, *, n_neurons: int, n_kept: Sequence[int], n_subsamples: int, **recipe: Any
) -> Columns:
    """Every choice written out as a network of n neurons; trained by torch's own gradients."""
    how, sizes, x, q = _to_subsample(n_neurons, n_kept, n_subsamples, recipe)
    rows = []
    for network, rng in zip(_one_by_one(stream, how, n_neurons, 1, 0), stream.generators, strict=True):
        inner, c = network[0, :-1].reshape(3, n_neurons), network[0, -1:]
        full, failed = errors(network[None], how, x)
        single = [_network(inner[:, [i]], c, how, n_neurons) for i in range(n_neurons)]
        e = np.array([errors(one, how, x)[0][0, 0] for one in single])
        spread_of = [(e[i] - full[0, 0]) ** 2 @ q for i in range(n_neurons)]
        losses = []
        for n in sizes:
            kept = [np.repeat(np.arange(n_neurons), k) for k in _choices(rng, n_neurons, n, n_subsamples)]
            found = [errors(_network(inner[:, k], c, how, n_neurons), how, x)[0][0, 0] for k in kept]
            losses.append(float(np.mean([one**2 @ q for one in found])))
        same = {
            "full_loss": float(full[0, 0] ** 2 @ q),
            "ticket_variance": float(np.mean(spread_of)),
            "failed": float(failed[0, 0]),
        }
        rows.append({"loss": losses} | {name: [value] * len(sizes) for name, value in same.items()})
    return _columns(stream, rows)


def _network(inner: Tensor, c: Tensor, recipe: Recipe, n_neurons: int) -> Tensor:
    """The network (1 × 1 × (3n + 1)) of the neurons (3 × n) of one of M neurons, readouts times M/n."""
    n = inner.shape[1]
    gain = n_neurons * recipe.output_scale(n_neurons) / (n * recipe.output_scale(n))
    scaled = [inner[0], inner[1], inner[2] * gain, c]
    return linalg.concatenate(scaled, 0)[None, None]
