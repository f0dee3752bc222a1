"""Random features with a ridge on one fixed dataset, by the definition of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.given_data import AVERAGES, columns, constants, draw, fixed

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Points = Sequence[tuple[int, float]]


@simulation(identities=AVERAGES)
def ridge(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    dataset: int,
    points: Points,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Loss of θ = argmin |θ F Xᵀ − y|² + γ |θ|² on explicit features F (entries of variance 1), given the data.

    ``points`` lists (N, γ), γ > 0; fewer features are leading rows of one F. Columns "loss", "unseen", "noise",
    "log_loss" (n_draws, n_points) and the constants of the data; all moments exist.

    Raises ValueError if a ridge is not positive (without one use `sim.sparse_features.given_data.features`).
    """
    world = fixed(
        decay=decay,
        sparsity=sparsity,
        n_modes=n_modes,
        n_samples=n_samples,
        dataset=dataset,
        scale=scale,
        amplitudes=amplitudes,
    )
    grid = [
        (parameters.count("n_features", N), parameters.positive("ridge", g, "without a ridge use features()"))
        for N, g in parameters.rows("points", points, 2)
    ]
    known = constants(world)
    return columns([draw(rng, world, grid) | known for rng in stream.generators])


@ridge.brute_force
def _ridge(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    dataset: int,
    points: Points,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """The same F, then the definitions on all rows and coordinates."""
    world = fixed(
        decay=decay,
        sparsity=sparsity,
        n_modes=n_modes,
        n_samples=n_samples,
        dataset=dataset,
        scale=scale,
        amplitudes=amplitudes,
    )
    X, variances = world.X.toarray(), world.law.variances
    hidden = (X == 0).all(0)
    draws = []
    for rng in stream.generators:
        F, found = rng.standard_normal((max(N for N, _ in points), n_modes)), []
        for N, gamma in points:
            Phi = X @ F[:N].T
            A = np.linalg.solve(Phi.T @ Phi + gamma * np.eye(N), Phi.T)
            square = variances * np.square(np.eye(n_modes) - F[:N].T @ A @ X).sum(1)
            found.append((square.sum(), square[hidden].sum(), variances @ np.square(F[:N].T @ A).sum(1)))
        loss, unseen, noise = np.array(found).T
        draws.append({"loss": loss, "unseen": unseen, "noise": noise, "log_loss": np.log(loss)} | constants(world))
    return columns(draws)
