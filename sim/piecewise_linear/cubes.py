"""Random quadratics of several variables, fitted by one affine function in each of m^d equal cubes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.piecewise_linear.segments import Array
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Exact to degree 5; the squared residual of a quadratic has degree 4."""


def hessian(rng: np.random.Generator, n_dims: int) -> Array:
    """Symmetric, entries on and above the diagonal independent normal."""
    upper = np.triu(rng.standard_normal((n_dims, n_dims)))
    return np.asarray(upper + np.triu(upper, 1).T)


def nodes(n_dims: int) -> tuple[Array, Array]:
    """Quadrature of [−1, 1]^d with weights of sum 1: places (n, d) and weights (n,)."""
    places = np.array(list(itertools.product(NODES, repeat=n_dims)))
    return places, np.array([np.prod(w) for w in itertools.product(WEIGHTS / 2, repeat=n_dims)])


def mean_square(H: Array, tilt: Array, per_axis: int) -> float:
    """Mean square error over [0, 1]^d of xᵀHx/2 + tilt·x, one affine least-squares fit per cube of ``per_axis``^d."""
    n_dims = len(H)
    z, weights = nodes(n_dims)
    corners = np.array(list(itertools.product(range(per_axis), repeat=n_dims)))
    x = (corners[:, None] + (z + 1) / 2) / per_axis  # (cubes, nodes, d)
    y = np.einsum("cni,ij,cnj->cn", x, H, x) / 2 + x @ tilt
    residual = y - (y @ weights)[:, None] - 3 * (y @ (weights[:, None] * z)) @ z.T
    return float((residual**2 @ weights).mean())


@simulation()
def cubes(stream: Stream, *, n_dims: Sequence[int], per_axis: Sequence[int], n_functions: int = 4) -> Columns:
    """One random quadratic after another in m^d cubes, m = per_axis[k] and d = n_dims[k]; means over functions.

    Columns (n_draws, n_pairs): "loss", the mean square error; "diagonal", Σ_j f_jj², and "mixed", Σ_{j<k} f_jk².
    """
    pairs = list(zip(n_dims, per_axis, strict=True))
    for d, m in pairs:
        parameters.count("n_dims", d)
        parameters.count("per_axis", m)

    def measure(rng: np.random.Generator) -> Measured:
        rows = []
        for d, m in pairs:
            H, tilt = hessian(rng, d), rng.standard_normal(d)
            diagonal = float(np.sum(np.diag(H) ** 2))
            rows.append((mean_square(H, tilt, m), diagonal, (float(np.sum(H**2)) - diagonal) / 2))
        return dict(zip(("loss", "diagonal", "mixed"), map(list, zip(*rows, strict=True)), strict=True))

    return columns(stream, measure, parameters.count("n_functions", n_functions))


@cubes.brute_force
def _on_a_grid(
    stream: Stream, *, n_dims: Sequence[int], per_axis: Sequence[int], n_functions: int = 4, n_side: int = 40
) -> Columns:
    """The same quadratics, cube by cube, by least squares on a grid of ``n_side`` midpoints a side."""

    def error(H: Array, tilt: Array, m: int) -> float:
        d = len(H)
        side = (np.arange(n_side) + 0.5) / n_side / m
        total, corners = 0.0, list(itertools.product(range(m), repeat=d))
        for corner in corners:
            x = np.stack(np.meshgrid(*(c / m + side for c in corner), indexing="ij"), -1).reshape(-1, d)
            y = 0.5 * np.sum((x @ H) * x, axis=1) + x @ tilt
            design = np.column_stack([np.ones(len(y)), x])
            total += float(np.mean((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2))
        return total / len(corners)

    def measure(rng: np.random.Generator) -> Measured:
        loss, diagonal, mixed = [], [], []
        for d, m in zip(n_dims, per_axis, strict=True):
            H, tilt = hessian(rng, d), rng.standard_normal(d)
            loss.append(error(H, tilt, m))
            diagonal.append(sum(float(H[j, j]) ** 2 for j in range(d)))
            mixed.append(sum(float(H[j, k]) ** 2 for j in range(d) for k in range(j)))
        return {"loss": loss, "diagonal": diagonal, "mixed": mixed}

    return columns(stream, measure, n_functions)
