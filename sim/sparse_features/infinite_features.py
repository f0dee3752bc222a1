"""Minimum-norm least squares on sparse rows with infinitely many features, simulated: no feature is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import activations
from sim.sparse_features.identified import unknown
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


@simulation(identities="infinitely many features: the fit is the projection of the teacher on the row space; exact "
            "average over the teacher given the rows")  # fmt: skip
def infinite_features(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Loss of infinitely many features given the first D rows, for every D of ``n_samples``.

    Columns "loss" = tr Λ (I − P), P the projector on the row space; its parts "unseen", the variance of coordinates
    never active, and "unidentified" = loss − unseen; means over ``n_replicates`` independent datasets, of shape
    (n_draws, n_sizes). The losses of one dataset are nested: those of fewer rows come from its first rows.

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    replicates, block = parameters.count("n_replicates", n_replicates), max(sizes)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, replicates * block)
        found = np.zeros((2, len(sizes)))
        for k in range(replicates):
            data = X[k * block : (k + 1) * block]
            found += np.array([unknown(data, D, law.variances) for D in sizes]).T
        unseen, unidentified = found / replicates
        return {"loss": unseen + unidentified, "unseen": unseen, "unidentified": unidentified}

    return columns(stream, measure)


@infinite_features.brute_force
def _infinite_features(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    block = max(n_samples)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X = rows(rng, law, n_replicates * block)
        found = np.zeros((2, len(n_samples)))
        for k in range(n_replicates):
            data = X[k * block : (k + 1) * block].toarray()
            for j, D in enumerate(n_samples):
                P = np.linalg.pinv(data[:D], rcond=1e-11) @ data[:D]
                unseen = law.variances[(data[:D] == 0).all(0)].sum()
                found[:, j] += unseen, law.variances @ (1 - np.diag(P)) - unseen
        unseen, unidentified = found / n_replicates
        return {"loss": unseen + unidentified, "unseen": unseen, "unidentified": unidentified}

    return columns(stream, measure)
