"""Real banks: pools of draws of the shipped simulations, resampled; the truth is the mean of the pool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from compare.calibration.beds import RELATIVE_COLUMNS, Bed, Relative, Rows
from compare.experiment import Array, Experiment
from compare.units import Unit, simulate
from sim import random_features
from sim.streams import CHUNK

POOL_DRAWS, POOL_SEED = 4096, 20_260_101


class Bank(Relative):
    """Draws of one column of a simulation over its means, with replacement from a pool of 4096.

    The first 18 points of the simulation are the columns.
    """

    def __init__(self, name: str, experiment: Experiment, column: str) -> None:
        super().__init__(name)
        self.experiment, self.column = experiment, column

    @cached_property
    def pool(self) -> Array:
        """The pool over its column means, shape (4096, 18); simulated when first asked for, on one CPU core."""
        result = simulate(Unit.of(self.experiment, POOL_SEED, 0, POOL_DRAWS // CHUNK, "cpu", False))
        if result.error:
            raise RuntimeError(f"the pool of {self.name!r} could not be simulated: {result.error}")
        rows = np.concatenate([chunk[self.column] for chunk in result.chunks])[:, :RELATIVE_COLUMNS]
        return np.asarray(rows / rows.mean(axis=0))

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Rows of the pool, whole, so that its correlations stay."""
        return self.pool[rng.integers(len(self.pool), size=n_draws)]

    @cached_property
    def covariance(self) -> Array:
        """Covariance of one draw, that of the pool."""
        return np.cov(self.pool, rowvar=False, bias=True)


SIZES = (6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48)
BELOW = ((8, 24), (12, 24), (16, 24), (8, 32), (12, 32), (16, 32), (20, 32), (24, 32), (4, 16))
CELLS = BELOW + tuple((D, N) for N, D in BELOW)
WORLD: Mapping[str, Any] = {"decay": 1, "n_modes": 128}

BANKS: tuple[Bed, ...] = (
    Bank(
        "bank: features with unlimited data",
        Experiment(random_features.unresolved, {**WORLD, "n_features": SIZES}),
        "unresolved",
    ),
    Bank("bank: ridgeless features", Experiment(random_features.ridgeless, {**WORLD, "cells": CELLS}), "bias"),
)
