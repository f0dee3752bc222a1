"""How often descent with a fixed step is unstable, on any model of sparsity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment import simulation
from sim.sparse_features.instability import grid, largest_eigenvalues, shares, square_norm
from sim.sparse_features.per_draw import Measured, columns
from sim.sparsity_models.registry import model_named

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


@simulation()
def instability(
    stream: Stream,
    *,
    model: str,
    n_samples: Sequence[int],
    thresholds: Sequence[float],
    n_rows: int,
    **law: Any,
) -> Columns:
    """Column "unstable": share of datasets of D rows whose largest eigenvalue of XᵀX/D exceeds ω.

    Points and datasets as in `sim.sparse_features.instability.instability`. Raises ValueError as it does, and for an
    unknown model.
    """
    sizes, levels = grid(n_samples, thresholds, n_rows)
    on = model_named(model, **law)

    def measure(rng: np.random.Generator) -> Measured:
        X = on.rows(rng, n_rows)
        return {"unstable": [share for D in sizes for share in shares(largest_eigenvalues(X, D, min(levels)), levels)]}

    return columns(stream, measure)


@instability.brute_force
def _instability(
    stream: Stream,
    *,
    model: str,
    n_samples: Sequence[int],
    thresholds: Sequence[float],
    n_rows: int,
    **law: Any,
) -> Columns:
    on = model_named(model, **law)

    def measure(rng: np.random.Generator) -> Measured:
        X, found = on.rows(rng, n_rows).toarray(), []
        for D in n_samples:
            largest = np.array([square_norm(X[k * D : (k + 1) * D]) / D for k in range(n_rows // D)])
            found += shares(largest, thresholds)
        return {"unstable": found}

    return columns(stream, measure)
