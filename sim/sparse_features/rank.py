"""Rank of sparse data and number of coordinates seen, dataset by dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import structural_rank

from sim import linalg, parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.experiment import Columns
    from sim.streams import Stream

COLUMNS = ("rank", "seen", "deficit", "seen_variance")
TERM_RANK = "the rank of data with continuous amplitudes is the size of the largest matching of rows and coordinates"


@simulation(identities=TERM_RANK)
def ranks(
    stream: Stream,
    *,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 2,
) -> Columns:
    """Rank r and number S of coordinates seen of Gaussian-amplitude data, averaged over ``n_replicates`` datasets.

    Columns "rank" = r, "seen" = S, "deficit" = S − r and "seen_variance", the unbiased variance of S over the
    replicates of one draw. Shape (n_draws, n_sizes).

    Raises ValueError if n_replicates is below 2 or another parameter is out of range.
    """
    return _measured(stream, structural_rank, sparsity, n_modes, n_samples, scale, n_replicates)


@ranks.brute_force
def _ranks(
    stream: Stream,
    *,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 2,
) -> Columns:
    """The rank by singular values, for amplitudes as drawn."""
    law = activations(decay=1, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def numerical(X: csr_array) -> int:
        return dataset(X, law.variances).rank

    return _measured(stream, numerical, sparsity, n_modes, n_samples, scale, n_replicates)


def _measured(
    stream: Stream,
    rank: Callable[[csr_array], int],
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float,
    n_replicates: int,
) -> Columns:
    sizes = parameters.several("n_samples", n_samples)
    if parameters.count("n_replicates", n_replicates) < 2:
        raise ValueError(f"n_replicates must be at least 2 for a variance, got {n_replicates}")
    law = activations(decay=1, sparsity=sparsity, n_modes=n_modes, scale=scale)
    draws = [[_one(rng, rank, law, D, n_replicates) for D in sizes] for rng in stream.generators]
    table = linalg.array(draws, stream.normal(0))  # (n_draws, n_sizes, 4)
    return {name: table[..., k] for k, name in enumerate(COLUMNS)}


def _one(
    rng: np.random.Generator, rank: Callable[[csr_array], int], law: Activations, D: int, n_replicates: int
) -> list[float]:
    found = []
    for _ in range(n_replicates):
        X = rows(rng, law, D)
        found.append((rank(X), len(np.unique(X.indices))))
    r, S = np.array(found, dtype=float).T
    return [r.mean(), S.mean(), (S - r).mean(), S.var(ddof=1)]
