"""Random exponentials, fitted by lines between free knots: the optimum over all knots, by Newton's method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from sim import parameters
from sim.experiment import simulation
from sim.piecewise_linear.segments import Array, Function, best_lines, mean_square
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

STEPS = 60
TOLERANCE = 1e-8


def gradient(f: Function, edges: Array) -> Array:
    """Derivative of the squared error by each inner knot: the squared residuals left minus right of it."""
    _, left, right = best_lines(f, edges)
    return np.asarray(right[..., :-1] ** 2 - left[..., 1:] ** 2)


def curvature(f: Function, edges: Array) -> Array:
    """Tridiagonal derivative of `gradient`, (..., n − 1, n − 1); every third knot moves at once."""
    inner = edges.shape[-1] - 2
    step = 1e-5 * np.minimum(np.diff(edges)[..., 1:], np.diff(edges)[..., :-1])
    matrix = np.zeros((*edges.shape[:-1], inner, inner))
    for first in range(min(3, inner)):
        moved = np.arange(inner) % 3 == first
        shift = np.zeros_like(edges)
        shift[..., 1:-1] = np.where(moved, step, 0.0)
        change = (gradient(f, edges + shift) - gradient(f, edges - shift)) / 2
        for column in np.flatnonzero(moved):
            rows = slice(max(column - 1, 0), column + 2)
            matrix[..., rows, column] = change[..., rows] / step[..., column, None]
    return matrix


def optimal(f: Function, edges: Array) -> Array:
    """Edges at which the squared error is stationary, from a start nearby. Raises ArithmeticError without one."""
    for _ in range(STEPS):
        step = np.linalg.solve(curvature(f, edges), gradient(f, edges)[..., None])[..., 0]
        shortest = np.diff(edges).min(-1)
        size = np.abs(step).max(-1)
        edges = edges.copy()
        edges[..., 1:-1] -= step * np.minimum(1, 0.3 * shortest / np.maximum(size, 1e-300))[..., None]
        if np.all(size < TOLERANCE * shortest):
            return edges
    raise ArithmeticError(f"knots still move by {size.max():.2g} after {STEPS} steps; start nearer to the optimum")


def halved(edges: Array) -> Array:
    """Every piece cut in two equal ones."""
    fine = np.empty((*edges.shape[:-1], 2 * edges.shape[-1] - 1))
    fine[..., ::2] = edges
    fine[..., 1::2] = (edges[..., 1:] + edges[..., :-1]) / 2
    return fine


def rates_of(rng: np.random.Generator, rates: tuple[float, float], n_functions: int) -> Array:
    """One rate k in each of ``n_functions`` equal cells of the range, so that each is uniform on average."""
    low, high = rates
    return np.asarray(low + (high - low) * (np.arange(n_functions) + rng.random(n_functions)) / n_functions)


def checked(rates: tuple[float, float], n_pieces: Sequence[int]) -> list[int]:
    """Numbers of pieces, powers of two from 2 on. Raises ValueError for others, and unless 0 < rates ascend."""
    if not 0 < rates[0] < rates[1]:
        raise ValueError(f"rates must be two positive numbers in ascending order, got {rates!r}")
    sizes = [parameters.count("n_pieces", n) for n in parameters.several("n_pieces", n_pieces)]
    for n in sizes:
        if n < 2 or n & (n - 1):
            raise ValueError(f"n_pieces must be powers of two from 2 on, got {n}; the pieces are halved")
    return sizes


@simulation()
def convex(stream: Stream, *, rates: tuple[float, float], n_pieces: Sequence[int], n_functions: int = 16) -> Columns:
    """Column "loss": mean square error of the best n lines for exp(kx) on [0, 1], mean over random rates k.

    Shape (n_draws, len(n_pieces)). Raises ValueError unless pieces are powers of two and 0 < rates ascend.
    """
    sizes = checked(rates, n_pieces)

    def measure(rng: np.random.Generator) -> Measured:
        k = rates_of(rng, rates, parameters.count("n_functions", n_functions))[:, None, None]

        def f(x: Array) -> Array:
            return np.exp(k * x)

        edges = np.broadcast_to([0.0, 1.0], (n_functions, 2))
        found = {}
        while edges.shape[-1] <= max(sizes):
            edges = optimal(f, halved(edges))
            found[edges.shape[-1] - 1] = float(mean_square(f, edges).mean())
        return {"loss": [found[n] for n in sizes]}

    return columns(stream, measure)


@convex.brute_force
def _by_descent(
    stream: Stream, *, rates: tuple[float, float], n_pieces: Sequence[int], n_functions: int = 16
) -> Columns:
    """The same exponentials; knots from equal spacing by a search that uses no derivatives."""

    def smallest(k: float, n: int) -> float:
        def edges(free: Array) -> Array:
            length = np.exp(np.append(free, 0.0))
            return np.concatenate([[0.0], np.cumsum(length / length.sum())])

        def log_loss(free: Array) -> float:
            return float(np.log(mean_square(lambda x: np.exp(k * x), edges(free))))

        found = optimize.minimize(log_loss, np.zeros(n - 1), method="Powell", options={"xtol": 1e-7, "ftol": 1e-13})
        return float(np.exp(found.fun))

    def measure(rng: np.random.Generator) -> Measured:
        k = rates_of(rng, rates, n_functions)
        return {"loss": [float(np.mean([smallest(rate, n) for rate in k])) for n in n_pieces]}

    return columns(stream, measure)
