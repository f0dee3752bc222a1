"""The unseen mass of sparse rows: the variance of the coordinates never active in the data, simulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


def _law(decay: float, sparsity: float, n_modes: int, scale: float) -> Activations:
    return activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)


def _checked(n_samples: Sequence[int], n_replicates: int) -> tuple[list[int], int]:
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    if parameters.count("n_replicates", n_replicates) < 2:
        raise ValueError(f"n_replicates must be at least 2, got {n_replicates!r}; a variance takes two datasets")
    return sizes, n_replicates


@simulation(
    identities="each coordinate is first active at a geometric time, independently of the others: rows are not drawn"
)
def unseen_mass(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 64,
) -> Columns:
    """Unseen mass U of the first D rows, for every D of ``n_samples``.

    Columns "unseen", the mean of U over ``n_replicates`` independent datasets, and "unseen_variance", their unbiased
    sample variance; each of shape (n_draws, n_sizes). Only coordinates active within the largest D are drawn, with
    their times of first activity.

    Raises ValueError for parameters outside their ranges (see `activations`) and for n_replicates below 2.
    Source: the model of Sous & Winer 2026.
    """
    sizes, n = _checked(n_samples, n_replicates)
    law, last = _law(decay, sparsity, n_modes, scale), max(sizes)
    p = law.probabilities
    with np.errstate(divide="ignore"):
        silent = np.log1p(-p)  # log probability of one row without the coordinate; −∞ if it is always active
    ever = -np.expm1(last * silent)  # active at least once in the largest dataset
    whole = float(law.variances.sum())

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        seen = rows(rng, Activations(ever, np.ones_like(p), ever, "sign"), n)  # (n datasets × M)
        dataset = np.repeat(np.arange(n), np.diff(seen.indptr))
        time = _first_time(rng, silent[seen.indices], ever[seen.indices])
        mass = [whole - np.bincount(dataset, law.variances[seen.indices] * (time <= D), minlength=n) for D in sizes]
        return {"unseen": [U.mean() for U in mass], "unseen_variance": [U.var(ddof=1) for U in mass]}

    return columns(stream, measure)


def _first_time(rng: np.random.Generator, silent: Array, ever: Array) -> Array:
    """Geometric times of first activity, given that they are at most the largest D: inverse distribution function."""
    quantile = np.log1p(-rng.random(len(silent)) * ever)
    always = np.isneginf(silent)
    return np.where(always, 1.0, np.ceil(quantile / np.where(always, -1.0, silent)))


# Brute force: rows drawn whole, coordinates counted.


@unseen_mass.brute_force
def _unseen_mass(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 64,
) -> Columns:
    sizes, n = _checked(n_samples, n_replicates)
    law = _law(decay, sparsity, n_modes, scale)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        mass = np.empty((n, len(sizes)))
        for k in range(n):
            active = rng.random((max(sizes), n_modes)) < law.probabilities
            mass[k] = [law.variances[~active[:D].any(0)].sum() for D in sizes]
        return {"unseen": mass.mean(0).tolist(), "unseen_variance": mass.var(0, ddof=1).tolist()}

    return columns(stream, measure)
