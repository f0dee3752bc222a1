"""Tickets of SiLU neurons for y = x² on (−1, 1): symmetric pairs, and single neurons shifted in place; simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def silu(z: Array) -> Array:
    """z/(1 + e^−z), without overflow."""
    return np.asarray(z * 0.5 * (1 + np.tanh(z / 2)))


def _rule(n: int) -> tuple[Array, Array]:
    """Gauss-Legendre on (−1, 1) for a mean over x; the outputs are analytic there, the error is below rounding."""
    x, w = np.polynomial.legendre.leggauss(n)
    return x, w / 2


def _prefix_means(outputs: Array, sizes: Sequence[int]) -> list[Array]:
    """Means over the first N of axis 1 of (replicates, tickets, nodes), N ascending."""
    found, total, done = [], 0.0, 0
    for N in sizes:
        total = total + outputs[:, done:N].sum(axis=1)
        found.append(np.asarray(total / N))
        done = N
    return found


def _ascending(n_tickets: Sequence[int]) -> list[int]:
    sizes = [parameters.count("n_tickets", N) for N in parameters.several("n_tickets", n_tickets)]
    if sizes != sorted(set(sizes)):
        raise ValueError(f"n_tickets must ascend, got {n_tickets!r}; they are prefixes of one ensemble")
    return sizes


def _mse(outputs: list[Array], x: Array, weights: Array) -> list[float]:
    return [float((((f - x**2) ** 2) @ weights).mean()) for f in outputs]


@simulation()
def pairs(
    stream: Stream, *, weights: Sequence[Sequence[float]], n_tickets: Sequence[int], n_replicates: int = 32
) -> Columns:
    """Loss of averages of N tickets (2/w²)(silu(wx) + silu(−wx)), w uniform on (low, high).

    Column "mse": mean over ``n_replicates`` independent ensembles; shape (n_draws, n_intervals · n_sizes), every N for
    the first interval of ``weights``, then for the next. Smaller N are the first tickets of the largest.

    Raises ValueError unless 0 < low < high, for sizes that do not ascend or counts below 1.
    Source: the symmetric pairs of Liu & Tegmark 2023.
    """
    sizes, n = _ascending(n_tickets), parameters.count("n_replicates", n_replicates)
    intervals = _intervals(weights)
    x, rule = _rule(24)

    def measure(rng: np.random.Generator) -> Measured:
        losses: list[float] = []
        for low, high in intervals:
            w = rng.uniform(low, high, (n, max(sizes), 1))
            z = w * x
            losses += _mse(_prefix_means(2 / w**2 * (silu(z) + silu(-z)), sizes), x, rule)
        return {"mse": losses}

    return columns(stream, measure)


def _intervals(weights: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    found = []
    for low, high in parameters.rows("weights", weights, 2):
        parameters.positive("low", low, "the weight of a pair is divided by")
        if not low < high < np.inf:
            raise ValueError(f"weights must be intervals (low, high), got {(low, high)!r}; put the smaller first")
        found.append((float(low), float(high)))
    return found


@simulation()
def shifted(
    stream: Stream, *, span: float, sharpness: float, n_tickets: Sequence[int], n_replicates: int = 4
) -> Columns:
    """Loss of −L² + π²/(3k²) − 2Lx + (4L/kN) Σ silu(k(x − t_i)), t_i uniform on (−L, L), L = span, k = sharpness.

    Column "mse": mean over ``n_replicates`` independent ensembles; shape (n_draws, n_sizes). Smaller N are the first
    tickets of the largest.

    Raises ValueError unless span > 1 and sharpness > 0, for sizes that do not ascend or counts below 1.
    """
    sizes, n = _ascending(n_tickets), parameters.count("n_replicates", n_replicates)
    affine = _affine(span, sharpness)
    x, rule = _rule(16 + 8 * int(np.ceil(sharpness)))
    straight = affine(x)

    def measure(rng: np.random.Generator) -> Measured:
        t = rng.uniform(-span, span, (n, max(sizes), 1))
        means = _prefix_means(silu(sharpness * (x - t)), sizes)
        return {"mse": _mse([straight + 4 * span / sharpness * mean for mean in means], x, rule)}

    return columns(stream, measure)


def _affine(span: float, sharpness: float) -> Callable[[Array], Array]:
    parameters.positive("sharpness", sharpness, "tickets are silu(k (x − t))/k")
    if parameters.positive("span", span, "kinks are spread over (−span, span)") <= 1:
        raise ValueError(f"span must exceed 1, got {span!r}; kinks must reach beyond the interval of x")
    return lambda x: -(span**2) + np.pi**2 / (3 * sharpness**2) - 2 * span * x


# Brute force: the same tickets, one network at a time as a sum over its neurons, on many panels.


def _panels() -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(12)
    centres = (np.arange(16) + 0.5) / 8 - 1
    return (centres[:, None] + x / 16).ravel(), np.tile(w / 32, 16)


def _logistic(z: Array) -> Array:
    return np.asarray(z / (1 + np.exp(-z)))


def _by_definition(network: Callable[[Array, Array], Array], drawn: Array, sizes: Sequence[int]) -> list[float]:
    x, weights = _panels()
    losses = [[float(weights @ (network(x, row[:N]) - x**2) ** 2) for N in sizes] for row in drawn[..., 0]]
    return [float(loss) for loss in np.mean(losses, axis=0)]


@pairs.brute_force
def _pairs(
    stream: Stream, *, weights: Sequence[Sequence[float]], n_tickets: Sequence[int], n_replicates: int = 32
) -> Columns:
    def network(x: Array, row: Array) -> Array:
        return np.asarray(sum(2 / w**2 * (_logistic(w * x) + _logistic(-w * x)) for w in row) / len(row))

    def measure(rng: np.random.Generator) -> Measured:
        drawn = [rng.uniform(low, high, (n_replicates, max(n_tickets), 1)) for low, high in weights]
        return {"mse": [loss for w in drawn for loss in _by_definition(network, w, n_tickets)]}

    return columns(stream, measure)


@shifted.brute_force
def _shifted(
    stream: Stream, *, span: float, sharpness: float, n_tickets: Sequence[int], n_replicates: int = 4
) -> Columns:
    affine = _affine(span, sharpness)

    def network(x: Array, row: Array) -> Array:
        gain = 4 * span / (sharpness * len(row))
        return np.asarray(affine(x) + gain * sum(_logistic(sharpness * (x - t)) for t in row))

    def measure(rng: np.random.Generator) -> Measured:
        t = rng.uniform(-span, span, (n_replicates, max(n_tickets), 1))
        return {"mse": _by_definition(network, t, n_tickets)}

    return columns(stream, measure)
