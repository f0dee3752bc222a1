"""Adaptive piecewise-linear fits in several dimensions: greedy trees that cut random points at medians."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.piecewise_linear.segments import Array
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Leaf = tuple[Array, Array]
"""Points (n, d) and values (n,)."""
LEAST = 6
"""Fewest points of a leaf, over d + 1."""
Tree = Callable[[Leaf, Leaf, Sequence[int]], list[float]]
"""Mean square errors of a tree at several numbers of leaves."""


def samples(rng: np.random.Generator, n_dims: int, n_points: int) -> tuple[Leaf, Leaf]:
    """Twice n uniform points of [0, 1]^d with values exp(u·x) + sin(3 x_1 x_d + φ), random u_j in [0.5, 1.5] and φ."""
    u, phase = rng.uniform(0.5, 1.5, n_dims), rng.uniform(0, 2 * np.pi)

    def sample() -> Leaf:
        X = rng.random((n_points, n_dims))
        return X, np.asarray(np.exp(X @ u) + np.sin(3 * X[:, 0] * X[:, -1] + phase))

    return sample(), sample()


def squared_error(leaf: Leaf) -> float:
    """Sum of squared residuals of the best affine function, with which cuts are chosen."""
    X, y = leaf
    d = X.shape[1]
    Z = np.empty((len(y), d + 1))
    Z[:, :d], Z[:, d] = X, y
    Z -= Z.mean(0)
    G = Z.T @ Z
    return float(max(G[d, d] - G[d, :d] @ np.linalg.solve(G[:d, :d], G[:d, d]), 0.0))


def population_error(leaf: Leaf) -> float:
    """Σ r_i² (1 + h_i), residuals r and leverages h: that of the best affine function of all points of the leaf.

    A fit to n points lowers the mean square on them by c/n and raises that of new points, which leaving one out
    estimates as Σ r_i²/(1 − h_i)², by as much; this is the mean of the two up to 1/n².
    """
    X, y = leaf
    Z = X - X.mean(0)
    inverse = np.linalg.inv(Z.T @ Z)
    residual = y - y.mean() - Z @ (inverse @ (Z.T @ y))
    leverage = 1 / len(y) + np.einsum("ni,ij,nj->n", Z, inverse, Z, optimize=True)
    return float(residual**2 @ (1 + leverage))


def priority(leaf: Leaf) -> float:
    """Squared error of a leaf, zero where its halves would be too small."""
    X, _ = leaf
    return squared_error(leaf) if len(X) >= 2 * LEAST * (X.shape[1] + 1) else 0.0


def best_cut(leaf: Leaf) -> tuple[int, float]:
    """Axis and place of the cut at a median, of d, that leaves the least squared error."""
    X, _ = leaf
    medians = np.median(X, axis=0)
    rest = [sum(squared_error(part) for part in split(leaf, axis, medians[axis])) for axis in range(X.shape[1])]
    axis = int(np.argmin(rest))
    return axis, float(medians[axis])


def split(leaf: Leaf, axis: int, place: float) -> tuple[Leaf, Leaf]:
    """The points below a place on an axis, and the others."""
    X, y = leaf
    below = X[:, axis] < place
    return (X[below], y[below]), (X[~below], y[~below])


def losses(first: Leaf, second: Leaf, n_leaves: Sequence[int]) -> list[float]:
    """Mean square error of a tree that always cuts its worst leaf, when it has each number of leaves.

    The first points grow the tree, the second are fitted in its leaves: on the points for which a cut was found
    best, its errors are too small. A leaf is not cut below `LEAST` (d + 1) points.
    """
    heap = [(-squared_error(first), 0, first, second)]
    found = {}
    for count in range(1, max(n_leaves) + 1):
        if count > 1:
            *_, grown_on, fitted_on = heapq.heappop(heap)
            cut = best_cut(grown_on)
            for side, (part, other) in enumerate(zip(split(grown_on, *cut), split(fitted_on, *cut), strict=True)):
                heapq.heappush(heap, (-priority(part), 2 * count + side, part, other))
        if count in n_leaves:
            found[count] = sum(population_error(other) for *_, other in heap) / len(second[1])
    return [found[n] for n in n_leaves]


@simulation()
def adaptive(stream: Stream, *, n_dims: Sequence[int], n_leaves: Sequence[int], n_points: int) -> Columns:
    """Column "loss": mean square error of the tree with ``n_leaves[k]`` leaves in ``n_dims[k]`` dimensions.

    Points of the experiment are pairs; those of one dimension share the random points, function and tree. Shape
    (n_draws, n_pairs). Raises ValueError unless an average leaf keeps 12 (d + 1) of n_points.
    """
    return grown(stream, n_dims, n_leaves, n_points, losses)


def grown(stream: Stream, n_dims: Sequence[int], n_leaves: Sequence[int], n_points: int, tree: Tree) -> Columns:
    """Column "loss" of `adaptive`, (n_draws, n_pairs), the trees grown by ``tree(first, second, sizes)``.

    Raises ValueError unless n_points is at least 12 (d + 1) times the number of leaves, for every pair.
    """
    pairs = list(zip(n_dims, n_leaves, strict=True))
    for d, n in pairs:
        least = 2 * LEAST * (parameters.count("n_dims", d) + 1) * parameters.count("n_leaves", n)
        if n_points < least:
            raise ValueError(f"n_points={n_points} is too few for {n} leaves in {d} dimensions; pass at least {least}")

    def measure(rng: np.random.Generator) -> Measured:
        found: dict[tuple[int, int], float] = {}
        for d in dict.fromkeys(n_dims):
            sizes = [n for dim, n in pairs if dim == d]
            found |= {(d, n): loss for n, loss in zip(sizes, tree(*samples(rng, d, n_points), sizes), strict=True)}
        return {"loss": [found[pair] for pair in pairs]}

    return columns(stream, measure)


@adaptive.brute_force
def _by_definition(stream: Stream, *, n_dims: Sequence[int], n_leaves: Sequence[int], n_points: int) -> Columns:
    """The same points; every residual computed, every cut sorted, every leaf looked at again at every step."""

    def fitted(leaf: Leaf) -> tuple[Array, Array]:
        X, y = leaf
        design = np.column_stack([np.ones(len(y)), X])
        return y - design @ np.linalg.lstsq(design, y, rcond=None)[0], np.diag(design @ np.linalg.pinv(design))

    def error(leaf: Leaf) -> float:
        return float(np.sum(fitted(leaf)[0] ** 2))

    def wanted(leaf: Leaf) -> float:
        return error(leaf) if len(leaf[1]) >= 2 * LEAST * (leaf[0].shape[1] + 1) else 0.0

    def corrected(leaf: Leaf) -> float:
        residual, leverage = fitted(leaf)
        return float(np.sum(residual**2 * (1 + leverage)))

    def inside(leaf: Leaf, box: Array) -> Leaf:
        kept = np.all((leaf[0] >= box[0]) & (leaf[0] < box[1]), axis=1)
        return leaf[0][kept], leaf[1][kept]

    def cuts(leaf: Leaf, box: Array) -> list[list[Array]]:
        found = []
        for axis in range(leaf[0].shape[1]):
            lower, upper = box.copy(), box.copy()
            lower[1, axis] = upper[0, axis] = np.median(inside(leaf, box)[0][:, axis])
            found.append([lower, upper])
        return found

    def tree(first: Leaf, second: Leaf, sizes: Sequence[int]) -> list[float]:
        d = first[0].shape[1]
        boxes, found = [np.array([np.zeros(d), np.ones(d)])], {1: corrected(second)}
        while len(boxes) < max(sizes):
            worst = boxes.pop(int(np.argmax([wanted(inside(first, box)) for box in boxes])))
            boxes += min(cuts(first, worst), key=lambda parts: sum(error(inside(first, box)) for box in parts))
            found[len(boxes)] = sum(corrected(inside(second, box)) for box in boxes)
        return [found[n] / len(second[1]) for n in sizes]

    return grown(stream, n_dims, n_leaves, n_points, tree)
