"""Random features on one fixed dataset, for a teacher whose weights may differ from coordinate to coordinate.

The data are made by a generator that the parameter ``dataset`` seeds, the same in every draw; the draws vary the
features. Features are explicit and the loss is computed from its definition: no law about features is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.sparse_features import per_draw
from sim.sparsity_models.limits import row_space
from sim.sparsity_models.losses import AVERAGES, defined, losses_of
from sim.sparsity_models.model import Model, spread
from sim.sparsity_models.registry import model_named

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


class Fixed(NamedTuple):
    """One dataset and what conditional laws need of it; P is the projector on the row space of X."""

    on: Model
    X: csr_array
    rank: int  # r
    limit: float  # T = tr (I − P) Λ
    signal: float  # tr (I − P) Λ (I − P) Ω, the loss of infinitely many features
    weight: float  # tr P Ω, the teacher in the row space

    @property
    def constants(self) -> dict[str, list[float]]:
        """Columns that are the same in every draw, one value each."""
        return {name: [float(getattr(self, name))] for name in ("rank", "limit", "signal", "weight")}


@lru_cache(maxsize=8)
def fixed(*, model: str, n_samples: int, dataset: int, **law: Any) -> Fixed:
    """Data number ``dataset``: n_samples rows of the model, from a generator that ``dataset`` alone seeds."""
    on = model_named(model, **law)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(parameters.count("dataset", dataset))))
    X = on.rows(rng, parameters.count("n_samples", n_samples))
    V = row_space(X.toarray()[np.flatnonzero(np.diff(X.indptr))])
    outside = np.eye(len(on.variances)) - V @ V.T
    left = np.diag(spread(on, outside, outside))
    weight = float(np.square(V).sum(1) @ on.teacher)
    return Fixed(on, X, V.shape[1], float(left.sum()), float(left @ on.teacher), weight)


def _tail(*, n_features: Sequence[int], n_replicates: int = 1, **world: Any) -> Mapping[str, npt.ArrayLike]:
    del n_replicates
    rank = fixed(**world).rank
    return {"loss": gaussian_tail_index([N - rank for N in n_features])}


@simulation(identities=AVERAGES, tail_index=_tail)
def features(stream: Stream, *, n_features: Sequence[int], n_replicates: int = 1, **world: Any) -> Columns:
    """Column "loss" of minimum-norm least squares on explicit random features, given the data, at every N.

    tr (I − FᵀK) Ω (I − FᵀK)ᵀ Λ with K = (X Fᵀ)⁺ X, a mean over ``n_replicates`` matrices F; fewer features are leading
    rows of one F. Also the constants of `Fixed`, one value each. The other parameters are those of `fixed`.

    Raises ValueError if a size is below 1, for an unknown model or a parameter of it out of range.
    """
    data = fixed(**world)
    cells = [(parameters.count("n_features", N), data.X.shape[0]) for N in parameters.several("n_features", n_features)]

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        F = rng.standard_normal((max(n_features), len(data.on.variances)))
        found = losses_of(data.X, F, data.on, cells)
        return {"loss": [found[cell] for cell in cells], **data.constants}

    return per_draw.columns(stream, measure, parameters.count("n_replicates", n_replicates))


@features.brute_force
def _features(stream: Stream, *, n_features: Sequence[int], n_replicates: int = 1, **world: Any) -> Columns:
    """The same features; the definition on all rows and coordinates."""
    data = fixed(**world)
    X = data.X.toarray()

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        F = rng.standard_normal((max(n_features), len(data.on.variances)))
        return {"loss": [defined(X, F[:N], data.on) for N in n_features], **data.constants}

    return per_draw.columns(stream, measure, n_replicates)
