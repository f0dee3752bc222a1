"""Optimal ReLU networks without a linear skip for random quadratics: knots by descent, readout by least squares."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from sim import parameters
from sim.experiment import simulation
from sim.piecewise_linear.segments import Array, mean_square
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Exact to degree 5; the squared error has degree 4 between knots."""
Search = Callable[[int, float, np.random.Generator], float]


def fit(knots: Array, facing: Array, vertex: float) -> tuple[float, Array]:
    """Least squares of (x − vertex)² on [−1, 1] by an output bias and the neurons (facing_i (x − t_i))_+.

    Returns the mean square error and its derivatives by the knots, the readout being optimal. Knots lie in [−1, 1].
    """
    edges = np.concatenate([[-1.0], np.sort(knots), [1.0]])
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + NODES)).ravel()
    root = np.sqrt(half * WEIGHTS / 2).ravel()
    reach = facing * (x[:, None] - knots)
    design = np.column_stack([np.maximum(reach, 0), np.ones(len(x))]) * root[:, None]
    target = root * (x - vertex) ** 2
    readout = np.linalg.lstsq(design, target, rcond=None)[0]
    residual = design @ readout - target
    return float(residual @ residual), -2 * readout[:-1] * facing * ((residual * root) @ (reach > 0))


def descent(start: Array, facing: Array, vertex: float) -> float:
    """Smallest mean square error reached from a start."""

    def log_loss(knots: Array) -> tuple[float, Array]:
        inside = np.clip(knots, -1, 1)
        loss, gradient = fit(inside, facing, vertex)
        outside = knots - inside
        return float(np.log(loss) + outside @ outside), gradient / loss * (outside == 0) + 2 * outside

    found = optimize.minimize(log_loss, start, jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 400})
    return float(fit(np.clip(found.x, -1, 1), facing, vertex)[0])


def equal(n_neurons: int) -> Array:
    """Knots at equal distances from each other and from both ends."""
    return np.asarray(-1 + 2 * np.arange(1, n_neurons + 1) / (n_neurons + 1))


def smallest(n_neurons: int, vertex: float, rng: np.random.Generator) -> float:
    """Mean square error of the best network whose neurons left of some place face left and whose others face right.

    Numbers facing left within 1 of the share of the interval left of the vertex; knots start at equal distances.
    """
    del rng
    share = (1 + vertex) / 2 * n_neurons
    numbers = [left for left in range(n_neurons + 1) if abs(left - share) <= 1]
    facings = (np.repeat([-1.0, 1.0], [left, n_neurons - left]) for left in numbers)
    return min(descent(equal(n_neurons), facing, vertex) for facing in facings)


@simulation()
def relu(stream: Stream, *, n_neurons: Sequence[int], vertices: float = 0.0, n_vertices: int = 1) -> Columns:
    """Random quadratics A (x − v)² + C on [−R, R], fitted by networks of W neurons with an output bias.

    v/R is uniform on (−vertices, vertices): ``n_vertices`` places at equal distances, moved together at random, over
    which columns are means.
    Columns (n_draws, len(n_neurons)): "line", the mean square error of the best line; "loss", that of the network;
    "excess", (W + 1)² [(W + 1)⁴ loss/line − 1].
    Raises ValueError unless 0 <= vertices < 1 and numbers of neurons and vertices are whole and at least 1.
    """
    sizes = [parameters.count("n_neurons", W) for W in parameters.several("n_neurons", n_neurons)]
    if not 0 <= vertices < 1:
        raise ValueError(f"vertices must lie in [0, 1), got {vertices!r}; it is a share of the half-width")
    return networks(stream, sizes, vertices, parameters.count("n_vertices", n_vertices), smallest)


def networks(stream: Stream, sizes: Sequence[int], vertices: float, n_vertices: int, search: Search) -> Columns:
    """The columns of `relu`, with a way to find the best network for (x − v)² on [−1, 1]."""

    def measure(rng: np.random.Generator) -> Measured:
        scale, radius = rng.standard_normal(), rng.uniform(0.5, 2)
        power = scale**2 * radius**4
        cells = vertices * (2 * (np.arange(n_vertices) + rng.random()) / n_vertices - 1)
        line = float(mean_square(np.square, np.array([-1.0, 1.0])))
        found = np.array([[search(W, float(v), rng) for W in sizes] for v in cells])
        pieces = np.array(sizes) + 1
        return {
            "line": [power * line] * len(sizes),
            "loss": list(power * found.mean(0)),
            "excess": list((pieces**2 * (pieces**4 * found / line - 1)).mean(0)),
        }

    return columns(stream, measure)


@relu.brute_force
def _all_facings(stream: Stream, *, n_neurons: Sequence[int], vertices: float = 0.0, n_vertices: int = 1) -> Columns:
    """Every facing of every neuron, each from equal distances and from two random sets of knots."""

    def search(n_neurons: int, vertex: float, rng: np.random.Generator) -> float:
        other = copy.deepcopy(rng)  # so that both routes draw the same quadratics
        starts = [equal(n_neurons), *np.sort(other.uniform(-1, 1, (2, n_neurons)), axis=1)]
        facings = [np.array(signs) for signs in itertools.product((-1.0, 1.0), repeat=n_neurons)]
        return min(descent(start, facing, vertex) for facing in facings for start in starts)

    return networks(stream, n_neurons, vertices, n_vertices, search)
