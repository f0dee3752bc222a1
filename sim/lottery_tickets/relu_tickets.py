"""Random ReLU tickets f_N = R² − 2R (x + R) + (4R/N) Σ (x − t_i)_+ for y = x² on (−R, R), simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Array = npt.NDArray[np.float64]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)  # exact to degree 5; the squared error has degree 4
PLACEMENTS = ("independent", "stratified")


def knots(rng: np.random.Generator, placement: str, n: int, size: int, radius: float) -> Array:
    """Knots t (n, size): uniform on (−R, R), or one uniform in each of ``size`` equal cells."""
    u = rng.random((n, size))
    if placement == "stratified":
        u = (u + np.arange(size)) / size
    return radius * (2 * u - 1)


def squared_error(t: Array, radius: float) -> Array:
    """Mean of (f_N − x²)² over x for every row of knots t (n, N): three-point Gauss per segment, which is exact."""
    n, size = t.shape
    t = np.sort(t, axis=1)
    ends = np.full((n, 1), radius)
    edges = np.concatenate([-ends, t, ends], axis=1)  # (n, N + 2)
    active = np.arange(size + 1.0)  # knots left of a segment, and their sum
    moments = np.concatenate([np.zeros((n, 1)), t.cumsum(axis=1)], axis=1)
    middle, half = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges, axis=1) / 2
    bend = 4 * radius / size
    total = np.zeros(n)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        x = middle + node * half
        error = radius**2 - 2 * radius * (x + radius) + bend * (active * x - moments) - x * x
        total += weight * (half * error * error).sum(axis=1)
    return np.asarray(total / (2 * radius))


def _checked(n_tickets: Sequence[int], radius: float, placement: str, n_replicates: int) -> list[int]:
    parameters.positive("radius", radius, "it is half the width of the interval of x")
    if parameters.count("n_replicates", n_replicates) < 2:
        raise ValueError(f"n_replicates must be at least 2, got {n_replicates!r}; a variance takes two ensembles")
    if placement not in PLACEMENTS:
        raise ValueError(f"placement must be one of {', '.join(PLACEMENTS)}, got {placement!r}; pass one of these")
    return [parameters.count("n_tickets", N) for N in parameters.several("n_tickets", n_tickets)]


def _measured(
    mse: Callable[[Array], Array], sizes: list[int], radius: float, placement: str, n: int, below: float
) -> Callable[[np.random.Generator], Measured]:
    def measure(rng: np.random.Generator) -> Measured:
        whole = knots(rng, "independent", n, max(sizes), radius) if placement == "independent" else None
        losses = [mse(knots(rng, placement, n, N, radius) if whole is None else whole[:, :N]) for N in sizes]
        return {
            "mse": [loss.mean() for loss in losses],
            "variance": [loss.var(ddof=1) for loss in losses],
            "below": [(N * loss <= below).mean() for N, loss in zip(sizes, losses, strict=True)],
        }

    return measure


@simulation()
def relu_tickets(
    stream: Stream,
    *,
    n_tickets: Sequence[int],
    radius: float,
    placement: str = "independent",
    n_replicates: int = 16,
    below: float = 0.0,
) -> Columns:
    """Loss of ensembles of N tickets for every N of ``n_tickets``, over ``n_replicates`` independent ensembles.

    Columns "mse", the mean of the mean squared error over x, "variance", its unbiased sample variance over the
    ensembles, and "below", the share of ensembles with N × loss <= ``below``; each (n_draws, n_sizes). The error is a
    parabola between knots, so the integral over x is exact. Independent knots of the smaller N are the first of the
    largest; stratified ones are drawn anew.

    Raises ValueError for a radius that is not positive, an unknown placement, sizes below 1 or n_replicates below 2.
    Source: the mechanism of Liu & Tegmark 2023; the tickets are the project's own.
    """
    sizes = _checked(n_tickets, radius, placement, n_replicates)
    return columns(stream, _measured(lambda t: squared_error(t, radius), sizes, radius, placement, n_replicates, below))


@simulation()
def centre(stream: Stream, *, n_tickets: Sequence[int], radius: float, n_replicates: int = 64) -> Columns:
    """Output f_N(0) of N independent tickets at the middle of the interval.

    Columns "value", its mean over ``n_replicates`` ensembles, and "third", the unbiased third cumulant (Fisher's
    k-statistic n Σ (f − f̄)³/((n − 1)(n − 2))); each (n_draws, n_sizes). Sizes do not share knots.

    Raises ValueError for a radius that is not positive, sizes below 1 or n_replicates below 3.
    """
    sizes, n = _checked(n_tickets, radius, "independent", n_replicates), n_replicates
    if n < 3:
        raise ValueError(f"n_replicates must be at least 3, got {n!r}; a third cumulant takes three ensembles")

    def measure(rng: np.random.Generator) -> Measured:
        values = [_at_zero(knots(rng, "independent", n, N, radius), radius) for N in sizes]
        third = [((f - f.mean()) ** 3).sum() * n / ((n - 1) * (n - 2)) for f in values]
        return {"value": [f.mean() for f in values], "third": third}

    return columns(stream, measure)


def _at_zero(t: Array, radius: float) -> Array:
    return np.asarray(4 * radius * np.maximum(-t, 0).mean(axis=1) - radius**2)


# Brute force: the same knots, the network itself evaluated between its knots by sums over all neurons.


def network(x: Array, t: Array, radius: float) -> Array:
    """f_N at the points x for one row of knots t, from the definition."""
    return np.asarray(radius**2 - 2 * radius * (x + radius) + 4 * radius * np.maximum(x[:, None] - t, 0).mean(axis=1))


def _by_definition(t: Array, radius: float) -> Array:
    nodes, weights = np.polynomial.legendre.leggauss(5)
    found = []
    for row in t:
        edges = np.concatenate([[-radius], np.sort(row), [radius]])
        total = 0.0
        for a, b in pairwise(edges):
            x = (a + b) / 2 + nodes * (b - a) / 2
            total += (b - a) / 2 * float(weights @ (network(x, row, radius) - x**2) ** 2)
        found.append(total / (2 * radius))
    return np.array(found)


@relu_tickets.brute_force
def _relu_tickets(
    stream: Stream,
    *,
    n_tickets: Sequence[int],
    radius: float,
    placement: str = "independent",
    n_replicates: int = 16,
    below: float = 0.0,
) -> Columns:
    sizes = _checked(n_tickets, radius, placement, n_replicates)
    return columns(
        stream, _measured(lambda t: _by_definition(t, radius), sizes, radius, placement, n_replicates, below)
    )


@centre.brute_force
def _centre(stream: Stream, *, n_tickets: Sequence[int], radius: float, n_replicates: int = 64) -> Columns:
    n = n_replicates

    def measure(rng: np.random.Generator) -> Measured:
        value, third = [], []
        for N in n_tickets:
            t = knots(rng, "independent", n, N, radius)
            f = [float(network(np.zeros(1), row, radius)[0]) for row in t]
            one, two, three = (sum(v**k for v in f) for k in (1, 2, 3))  # k-statistic from power sums
            value.append(one / n)
            third.append((2 * one**3 - 3 * n * one * two + n**2 * three) / (n * (n - 1) * (n - 2)))
        return {"value": value, "third": third}

    return columns(stream, measure)
