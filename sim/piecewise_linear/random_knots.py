"""Random quadratics between random knots, fitted by the best line on every piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.piecewise_linear.segments import Array, mean_square
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


class Sets(NamedTuple):
    """Quadratics with coefficients (n_sets, 3) on [−R, R], R (n_sets,) in [0.5, 2], and knots (n_sets, W)."""

    coefficients: Array
    radius: Array
    knots: Array


def sets(rng: np.random.Generator, n_sets: int, n_knots: int) -> Sets:
    """Normal coefficients, uniform radii, uniform knots."""
    radius = rng.uniform(0.5, 2, n_sets)
    return Sets(rng.standard_normal((n_sets, 3)), radius, radius[:, None] * rng.uniform(-1, 1, (n_sets, n_knots)))


def shares(drawn: Sets, n_knots: int) -> float:
    """Mean square error between the first W knots over that of a single line, mean over sets."""
    a, b, c = (column[:, None, None] for column in drawn.coefficients.T)

    def f(x: Array) -> Array:
        return np.asarray((a * x + b) * x + c)

    ends = np.stack([-drawn.radius, drawn.radius], axis=1)
    edges = np.sort(np.concatenate([ends, drawn.knots[:, :n_knots]], axis=1), axis=1)
    return float(np.mean(mean_square(f, edges) / mean_square(f, ends)))


@simulation()
def random_knots(stream: Stream, *, n_knots: Sequence[int], n_sets: int = 32) -> Columns:
    """Column "loss": mean square error of the best lines, over that of one line; means of ``n_sets`` sets of knots.

    Shape (n_draws, len(n_knots)). Sizes share their sets, as prefixes. Raises ValueError for counts below 1.
    """
    sizes = [parameters.count("n_knots", W) for W in parameters.several("n_knots", n_knots)]
    parameters.count("n_sets", n_sets)

    def measure(rng: np.random.Generator) -> Measured:
        drawn = sets(rng, n_sets, max(sizes))
        return {"loss": [shares(drawn, W) for W in sizes]}

    return columns(stream, measure)


@random_knots.brute_force
def _by_least_squares(stream: Stream, *, n_knots: Sequence[int], n_sets: int = 32, n_points: int = 20_000) -> Columns:
    """The same sets, fitted by polynomials on a grid of midpoints; accurate to the share of points in a piece."""

    def error(x: Array, y: Array) -> float:
        return float(np.sum((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2)) if len(x) > 2 else 0.0

    def share(coefficients: Array, radius: float, knots: Array) -> float:
        x: Array = np.asarray(radius * (2 * (np.arange(n_points) + 0.5) / n_points - 1), dtype=np.float64)
        y: Array = np.asarray(np.polyval(coefficients, x), dtype=np.float64)
        piece = np.searchsorted(np.sort(knots), x)
        return sum(error(x[piece == k], y[piece == k]) for k in range(len(knots) + 1)) / error(x, y)

    def measure(rng: np.random.Generator) -> Measured:
        drawn = sets(rng, n_sets, max(n_knots))
        return {"loss": [float(np.mean([share(a, r, t[:W]) for a, r, t in zip(*drawn, strict=True)])) for W in n_knots]}

    return columns(stream, measure)
