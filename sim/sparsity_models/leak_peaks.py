"""Log loss of random features on leaked rows, around the rank of their sparse part and around their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import activations
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.leak import leak as leaked, mixed, parts, share_of
from sim.sparsity_models.losses import AVERAGES, defined, losses_of
from sim.sparsity_models.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.experiment import Columns
    from sim.sparse_features.activations import Array
    from sim.streams import Stream

    Losses = Callable[[Array, Array, Model, list[tuple[int, int]]], list[float]]

ANCHORS = ("sparse rank", "samples")


@simulation(identities=AVERAGES)
def leak_peaks(
    stream: Stream, *, n_samples: int, leak: float, places: Sequence[tuple[str, int]], **law: Any
) -> Columns:
    """Column "log_loss" of N = anchor + step features for every (anchor, step) of ``places``, at least 1.

    The anchor is the rank of the sparse part of this draw's rows ("sparse rank") or their number D ("samples").
    ``law`` as in `sim.sparsity_models.leak.leak`. Raises ValueError for an unknown anchor and as `leak` does.
    """

    def losses(X: Array, F: Array, on: Model, cells: list[tuple[int, int]]) -> list[float]:
        found = losses_of(csr_array(X), F, on, cells)
        return [found[cell] for cell in cells]

    return _around(stream, losses, n_samples, leak, places, law)


def _around(
    stream: Stream,
    losses: Losses,
    n_samples: int,
    leak: float,
    places: Sequence[tuple[str, int]],
    law: dict[str, Any],
) -> Columns:
    D, share, activity = parameters.count("n_samples", n_samples), share_of(leak), activations(**law)
    on = leaked(leak=leak, **law)
    where = [(str(anchor), int(step)) for anchor, step in parameters.rows("places", places, 2)]
    for anchor, _ in where:
        if anchor not in ANCHORS:
            raise ValueError(f"places must count from one of {', '.join(ANCHORS)}, got {anchor!r}; name one of these")

    def measure(rng: np.random.Generator) -> Measured:
        S, G = parts(rng, activity, D)
        anchors = {"sparse rank": int(np.linalg.matrix_rank(S.toarray())), "samples": D}
        cells = [(max(1, anchors[anchor] + step), D) for anchor, step in where]
        F = rng.standard_normal((max(N for N, _ in cells), len(activity.variances)))
        values = losses(mixed(S, G, share), F, on, cells)
        return {"log_loss": np.log(values).tolist()}

    return columns(stream, measure)


@leak_peaks.brute_force
def _leak_peaks(
    stream: Stream, *, n_samples: int, leak: float, places: Sequence[tuple[str, int]], **law: Any
) -> Columns:
    """The same rows and features, a pseudo-inverse for every number of features."""

    def losses(X: Array, F: Array, on: Model, cells: list[tuple[int, int]]) -> list[float]:
        return [defined(X, F[:N], on) for N, _ in cells]

    return _around(stream, losses, n_samples, leak, places, law)
