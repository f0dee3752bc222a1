"""One network as a sum of tickets: neurons that face right matched with neurons that face left.

A network f = Σ g_i + c has the contributions g_i(x) = s a_i σ(w_i x + b_i). Two neurons that mirror each other add up
to an even function, a small copy of x²; the assignment problem finds the pairs whose odd parts cancel best. All norms
are means over [−R, R], on a symmetric grid with weights. Derived in docs/lottery_tickets/matching.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import expit

from sim import parameters
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import grid

NODES = 32
"""Gauss-Legendre nodes of `diagnostics`."""
SYMMETRIC = 0.1
"""A pair is symmetric if its odd part is below this share of its even part less its mean."""
AFFINE = 1e-6
"""A network is affine if what the best line leaves of it has a mean square over [−R, R] below this multiple of R⁴."""
N_HALVES = 12
COLUMNS = ("pairs", "pairs_untrained", "log_half_tickets", "log_half_neurons", "log_independent")
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "silu": lambda z: z * expit(z),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}


def diagnostics(
    networks: np.ndarray, untrained: np.ndarray, recipe: Recipe, rngs: Sequence[np.random.Generator]
) -> dict[str, np.ndarray]:
    """Columns, each (n,), of ``networks`` (n × (3N + 1)) and of the same networks before training.

    "pairs" and "pairs_untrained", the `count` after and before training; "log_half_tickets" and "log_half_neurons", the
    `log_half_ratio` of tickets and of neurons; "log_independent", the `log_independent_ratio` of tickets.

    A network that failed (is not finite), or is affine (the constant ones are), has no pairs, and is given what
    independent tickets have: log 2, log 2 and log 1. Raises ValueError for networks of fewer than 3 neurons, whose
    tickets may have no half, and unless networks, untrained networks and generators are equal in number.
    """
    networks, untrained = _rows("networks", networks), _rows("untrained", untrained)
    if networks.shape != untrained.shape or len(rngs) != len(networks):
        found = f"shapes {networks.shape} and {untrained.shape} and {len(rngs)} generators"
        raise ValueError(f"networks, untrained and rngs must match, got {found}; pass one of each per network")
    if networks.shape[1] < 10:
        raise ValueError(f"n_neurons must be at least 3, got {networks.shape[1] // 3}; fewer may be a single ticket")
    x, q = grid(recipe._replace(grid="gauss"), NODES)
    rows = [
        _of_one(*each, recipe, x, q) if _bends(each[0], recipe, x, q) else (0, math.log(2), math.log(2), 0.0)
        for each in zip(networks, rngs, strict=True)
    ]
    before = [count(network, recipe, x, q) if np.isfinite(network).all() else 0 for network in untrained]
    after, tickets_, neurons, independent = np.array(rows, dtype=float).reshape(-1, 4).T
    return dict(zip(COLUMNS, (after, np.array(before, dtype=float), tickets_, neurons, independent), strict=True))


def _of_one(
    network: np.ndarray, rng: np.random.Generator, recipe: Recipe, x: np.ndarray, q: np.ndarray
) -> tuple[float, ...]:
    parts = tickets(network, recipe, x, q)
    return (
        count(network, recipe, x, q),
        log_half_ratio(parts, x, x**2, q, rng),
        log_half_ratio(contributions(network, recipe, x), x, x**2, q, rng),
        log_independent_ratio(parts, x, x**2, q),
    )


def _bends(network: np.ndarray, recipe: Recipe, x: np.ndarray, q: np.ndarray) -> bool:
    """Whether the output is finite and not affine."""
    if not np.isfinite(network).all():
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        rest = (_projected(contributions(network, recipe, x).sum(0, keepdims=True), x, q) ** 2).sum()
    return bool(np.isfinite(rest) and rest >= AFFINE * recipe.half_width**4)


def contributions(network: np.ndarray, recipe: Recipe, x: np.ndarray) -> np.ndarray:
    """g_i(x_j) = s a_i σ(w_i x_j + b_i), (N × n_nodes), of one network w, b, a, c."""
    w, b, a = network[:-1].reshape(3, -1)
    values: np.ndarray = ACTIVATIONS[recipe.activation](w[:, None] * x + b[:, None])
    values *= recipe.output_scale(len(w)) * a[:, None]
    return values


def pairs(
    values: np.ndarray, w: np.ndarray, x: np.ndarray, q: np.ndarray, *, free_line: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Neurons with w > 0 and their partners with w ≤ 0, two arrays of indices into ``values`` (N × n_nodes).

    As many pairs as the rarer side allows, with the least sum of ‖odd part of g_i + g_j‖²; with ``free_line`` the odd
    part is taken less its best line, which other tickets can supply. Raises ValueError unless the grid is symmetric.
    """
    odd = _odd(values, x, q)
    if free_line:
        line = np.sqrt(q) * x / np.sqrt(x**2 @ q)
        odd = odd - np.outer(odd @ line, line)
    right, left = np.flatnonzero(w > 0), np.flatnonzero(w <= 0)
    squares = (odd**2).sum(1)
    cost = squares[right, None] + squares[left] + 2 * odd[right] @ odd[left].T  # |u + v|² = |u|² + |v|² + 2 u·v
    i, j = linear_sum_assignment(cost)
    return right[i], left[j]


def _odd(values: np.ndarray, x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Odd parts times the root of the weights: their sums of squares are norms."""
    if max(np.abs(x + x[::-1]).max(), np.abs(q - q[::-1]).max()) > 1e-9 * np.abs(x).max():
        raise ValueError(f"the grid must be symmetric about 0, got x={x!r}, q={q!r}; use trained.grid")
    odd: np.ndarray = (values - values[:, ::-1]) * (np.sqrt(q) / 2)
    return odd


def tickets(network: np.ndarray, recipe: Recipe, x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Functions (n_tickets × n_nodes) that add up to f − c: sums of matched pairs, then neurons without a partner."""
    values = contributions(network, recipe, x)
    right, left = pairs(values, network[: len(values)], x, q, free_line=True)
    return np.concatenate([values[right] + values[left], np.delete(values, np.concatenate([right, left]), 0)])


def count(network: np.ndarray, recipe: Recipe, x: np.ndarray, q: np.ndarray) -> int:
    """Number of symmetric pairs: ‖odd part‖ < 0.1 ‖even part less its mean‖ for the sum of both neurons.

    Here the odd part is the full one, its line included, in the matching as in the ratio: two neurons whose odd parts
    leave a line are no pair, although an affine part costs nothing.
    """
    values = contributions(network, recipe, x)
    right, left = pairs(values, network[: len(values)], x, q, free_line=False)
    both = values[right] + values[left]
    even = (both + both[:, ::-1]) / 2
    even = (even - (even @ q)[:, None]) * np.sqrt(q)
    return int(((_odd(both, x, q) ** 2).sum(1) < SYMMETRIC**2 * (even**2).sum(1)).sum())


def log_half_ratio(
    functions: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    q: np.ndarray,
    rng: np.random.Generator,
    n_halves: int = N_HALVES,
) -> float:
    """Log of (median over random halves of the loss of a half) / (loss of all), of ``functions`` (n × n_nodes).

    The loss of a subset is what least squares on 1, x and the sum of the subset leave of y. A half of an odd number is
    the larger one. Raises ValueError for fewer than two functions. For independent functions
    with a mean proportional to y the median over networks is about log 2; the mean is higher, by 0.6 if the noise has
    one dimension.
    """
    n = len(functions)
    if n < 2:
        raise ValueError(f"a half takes at least 2 functions, got {n}; use a wider network")
    kept = np.tile(np.arange(n) < (n + 1) // 2, (parameters.count("n_halves", n_halves), 1))
    halves = rng.permuted(kept, axis=1).astype(float) @ functions
    left = refitted(np.concatenate([functions.sum(0, keepdims=True), halves]), x, y, q)
    return math.log(np.median(left[1:]) / left[0])


def log_independent_ratio(functions: np.ndarray, x: np.ndarray, y: np.ndarray, q: np.ndarray) -> float:
    """Log of (variance that the sum would have, were its n shapes independent) / (loss of the sum, refitted).

    n Σ_i ‖h_i − h̄‖²/(n − 1), where h_i is the i-th function, times the gain that fits the sum to y, less its parts in
    1, x and y. For independent functions with a mean proportional to y the inverse of the ratio has mean about 1.
    Raises ValueError for fewer than two functions.
    """
    n = len(functions)
    if n < 2:
        raise ValueError(f"a variance takes at least 2 functions, got {n}; use a wider network")
    shapes, target = _projected(functions, x, q), _projected(y[None], x, q)[0]
    total = shapes.sum(0)
    shapes = shapes * (total @ target) / (total @ total)
    shapes = shapes - np.outer(shapes @ target, target) / (target @ target)
    loss = refitted(functions.sum(0, keepdims=True), x, y, q)[0]
    return math.log(n * (shapes.var(0, ddof=1)).sum() / loss)


def refitted(functions: np.ndarray, x: np.ndarray, y: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Least Σ_j q_j (α + β x_j + γ f(x_j) − y_j)² over α, β, γ for each of ``functions`` (n × n_nodes), shape (n,).

    By projection off an orthonormal basis and an explicit residual: normal equations lose the digits of small losses.
    """
    shapes, target = _projected(functions, x, q), _projected(y[None], x, q)[0]
    squares = (shapes**2).sum(1)
    gain = np.divide(shapes @ target, squares, out=np.zeros_like(squares), where=squares > 0)
    left: np.ndarray = ((target - gain[:, None] * shapes) ** 2).sum(1)
    return left


def _projected(functions: np.ndarray, x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Functions times the root of the weights, less their parts in 1 and x."""
    root = np.sqrt(q)
    basis = np.linalg.qr(np.stack([root, root * x], 1))[0]
    rows: np.ndarray = functions * root
    for _ in range(2):  # twice: the parts in 1 and x may be large
        rows = rows - rows @ basis @ basis.T
    return rows


def _rows(name: str, networks: np.ndarray) -> np.ndarray:
    rows = np.asarray(networks, dtype=float)
    if rows.ndim != 2 or rows.shape[1] % 3 != 1:
        raise ValueError(f"{name} must be rows w, b, a, c of 3N + 1 numbers, got shape {rows.shape}; see trained")
    return rows
