"""Random features with a ridge on one fixed dataset, by the definition of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.given_data import AVERAGES, by_definition, columns, constants, draw, fixed

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Points = Sequence[tuple[int, float]]


@simulation(identities=AVERAGES)
def ridge(stream: Stream, *, points: Points, **parameters_of_data: Any) -> Columns:
    """Loss of θ = argmin |θ F Xᵀ − y|² + γ |θ|² on explicit features F (entries of variance 1), given the data.

    ``points`` lists (N, γ), γ > 0; fewer features are leading rows of one F. Columns "loss", "unseen", "noise",
    "log_loss" (n_draws, n_points) and the constants of the data; all moments exist.
    The other parameters are those of `fixed`.

    Raises ValueError if a ridge is not positive (without one use `sim.sparse_features.given_data.features`).
    """
    world = fixed(**parameters_of_data)
    grid = [
        (parameters.count("n_features", N), parameters.positive("ridge", g, "without a ridge use features()"))
        for N, g in parameters.rows("points", points, 2)
    ]
    known = constants(world)
    return columns([draw(rng, world, grid) | known for rng in stream.generators])


@ridge.brute_force
def _ridge(stream: Stream, *, points: Points, **parameters_of_data: Any) -> Columns:
    return by_definition(stream, fixed(**parameters_of_data), points)
