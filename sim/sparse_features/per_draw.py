"""Columns of simulations that go draw by draw, because their arrays have no common shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import linalg

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Measured = dict[str, Sequence[float]]


def columns(stream: Stream, measure: Callable[[np.random.Generator], Measured], n_replicates: int = 1) -> Columns:
    """Columns (n_draws, n_points) of the means of ``n_replicates`` calls ``measure(rng)``, one generator per draw."""
    found: dict[str, list[list[float]]] = {}
    for rng in stream.generators:
        runs = [measure(rng) for _ in range(n_replicates)]
        for name in runs[0]:
            found.setdefault(name, []).append(np.mean([run[name] for run in runs], axis=0).tolist())
    like = stream.normal(0)
    return {name: linalg.array(rows, like) for name, rows in found.items()}
