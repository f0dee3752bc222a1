"""Log loss around the thresholds of each dataset, on any model of sparsity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Array
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.losses import AVERAGES, Cells, defined, losses_of
from sim.sparsity_models.model import Model
from sim.sparsity_models.registry import model_named

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

ANCHORS = ("rank", "seen", "samples")


@simulation(identities=AVERAGES)
def peak(
    stream: Stream, *, model: str, n_samples: Sequence[int], places: Sequence[tuple[str, int]], **law: Any
) -> Columns:
    """Column "log_loss" of N = anchor + step features for every (anchor, step) of ``places``, at least 1.

    The anchor is the "rank" of the rows of this draw, the number of coordinates "seen", or that of "samples"; all
    places of the first D, then of the second. Data are independent for every D; features are leading rows of one F.

    Raises ValueError for an unknown anchor or model and for parameters outside their ranges.
    """
    return _peak(stream, losses_of, model_named(model, **law), n_samples, _places(places))


def _peak(
    stream: Stream,
    loss: Callable[[csr_array, Array, Model, Cells], dict[tuple[int, int], float]],
    on: Model,
    n_samples: Sequence[int],
    places: list[tuple[str, int]],
) -> Columns:
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]

    def measure(rng: np.random.Generator) -> Measured:
        found: list[float] = []
        for D in sizes:
            X = on.rows(rng, D)
            anchor = {"rank": np.linalg.matrix_rank(X.toarray()), "seen": len(np.unique(X.indices)), "samples": D}
            cells = [(max(1, int(anchor[name]) + step), D) for name, step in places]
            values = loss(X, rng.standard_normal((max(N for N, _ in cells), len(on.variances))), on, cells)
            found += [float(np.log(values[cell])) for cell in cells]
        return {"log_loss": found}

    return columns(stream, measure)


@peak.brute_force
def _peak_by_definition(
    stream: Stream, *, model: str, n_samples: Sequence[int], places: Sequence[tuple[str, int]], **law: Any
) -> Columns:
    def loss(X: csr_array, F: Array, on: Model, cells: Cells) -> dict[tuple[int, int], float]:
        return {(N, D): defined(X[:D].toarray(), F[:N], on) for N, D in cells}

    return _peak(stream, loss, model_named(model, **law), n_samples, _places(places))


def _places(places: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    found = [(str(anchor), int(step)) for anchor, step in parameters.rows("places", places, 2)]
    for anchor, _ in found:
        if anchor not in ANCHORS:
            raise ValueError(f"places must count from one of {', '.join(ANCHORS)}, got {anchor!r}; name one of these")
    return found
