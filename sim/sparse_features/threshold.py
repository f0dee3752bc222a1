"""Distribution of the loss at and just above the interpolation threshold: one dataset, one teacher, many features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Array
from sim.sparse_features.given_data import Fixed, columns, fixed

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

AVERAGES = (
    "given the features G = F V of the row space, exact average over the teacher and the features outside it: "
    "T (1 + |θ|²) plus the seen error"
)


class Grid(NamedTuple):
    """Where the distribution is asked for."""

    offsets: Sequence[int]  # N − r
    levels: Sequence[float]
    thresholds: Sequence[float]


def teacher(world: Fixed, dataset: int) -> Array:
    """Teacher w (M,), standard normal, the same in every draw."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(dataset, spawn_key=(1,))))
    return rng.standard_normal(len(world.law.variances))


@simulation(identities=AVERAGES)
def heights(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    dataset: int,
    offsets: Sequence[int],
    levels: Sequence[float] = (2.0,),
    thresholds: Sequence[float] = (2.0,),
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 64,
) -> Columns:
    """Loss of N = r + offset features for one teacher, over T: how often it is below levels, above thresholds.

    Columns "log_loss" (n_draws, n_offsets), "below" (n_draws, n_offsets · n_levels) = share of loss/T <= level,
    "exceeds" (n_draws, n_offsets · n_thresholds), averaged over ``n_replicates`` feature matrices; and the constants
    "limit" (T), "signal" (|w_s|²), "rank". Indicators and logarithms have all moments.

    Raises ValueError if an offset is negative or another parameter out of range.
    """
    world, grid = _world(locals())
    w = (world.data.basis.T @ teacher(world, dataset)[world.data.seen])[:, None]  # (r, 1)

    def lengths(G: Array) -> Array:
        R = np.asarray(np.linalg.qr(G, mode="r"))  # θ = G(GᵀG)⁻¹w, GᵀG = RᵀR
        solved = np.linalg.solve(R.swapaxes(-1, -2), np.broadcast_to(w, (*R.shape[:-1], 1)))
        return np.asarray(np.square(solved).sum((-2, -1)))

    draws = []
    for rng in stream.generators:
        G = _features(rng, world, grid, n_replicates)
        spread = np.array([lengths(G[:, : world.data.rank + k]) for k in offsets])
        draws.append(_summary(1 + spread, world, grid, float(np.square(w).sum())))
    return columns(draws)


def _world(given: dict[str, object]) -> tuple[Fixed, Grid]:
    names = ("decay", "sparsity", "n_modes", "n_samples", "dataset", "scale", "amplitudes")
    world = fixed(**{name: given[name] for name in names})
    grid = Grid(*(parameters.several(name, given[name]) for name in Grid._fields))  # type: ignore[arg-type]
    if min(grid.offsets) < 0:
        raise ValueError(
            f"offsets must be at least 0, got {min(grid.offsets)}; below the threshold the fit is not exact"
        )
    return world, grid


def _features(rng: np.random.Generator, world: Fixed, grid: Grid, n_replicates: int) -> Array:
    return rng.standard_normal((n_replicates, world.data.rank + max(grid.offsets), world.data.rank))


def _summary(ratio: Array, world: Fixed, grid: Grid, signal: float) -> dict[str, Array]:
    """Columns of one draw from loss/T (n_offsets, n_replicates)."""
    return {
        "log_loss": np.log(world.data.loss * ratio).mean(-1),
        "below": np.concatenate([[(row <= level).mean() for level in grid.levels] for row in ratio]),
        "exceeds": np.concatenate([[(row > level).mean() for level in grid.thresholds] for row in ratio]),
        "limit": np.array([world.data.loss]),
        "signal": np.array([signal]),
        "rank": np.array([float(world.data.rank)]),
    }


@heights.brute_force
def _heights(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    dataset: int,
    offsets: Sequence[int],
    levels: Sequence[float] = (2.0,),
    thresholds: Sequence[float] = (2.0,),
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 64,
) -> Columns:
    """The same G; coefficients by a pseudo-inverse on all rows, error on all coordinates, unseen part averaged."""
    world, grid = _world(locals())
    X, variances = world.X.toarray(), world.law.variances
    V = np.zeros((n_modes, world.data.rank))
    V[world.data.seen] = world.data.basis
    P = V @ V.T
    outside = variances @ (1 - np.diag(P))
    w = P @ teacher(world, dataset)
    draws = []
    for rng in stream.generators:
        G, ratio = _features(rng, world, grid, n_replicates), np.empty((len(offsets), n_replicates))
        for k, offset in enumerate(offsets):
            for j in range(n_replicates):
                F = G[j, : world.data.rank + offset] @ V.T
                theta = np.linalg.pinv(X @ F.T, rcond=1e-12) @ X @ w
                seen_error = variances @ np.square(w - F.T @ theta)
                ratio[k, j] = (seen_error + outside * (1 + theta @ theta)) / world.data.loss
        draws.append(_summary(ratio, world, grid, float(w @ w)))
    return columns(draws)
