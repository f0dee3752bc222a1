"""Losses on one-hot rows: infinitely many features, and N random features on both sides of the rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import zeta

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import per_draw
from sim.sparse_features.one_hot import OneHot, counts, losses, one_hot, one_hot_dataset, unseen

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]


@simulation()
def infinite_features(
    stream: Stream, *, decay: float, sparsity: float, n_samples: Sequence[int], n_replicates: int = 1
) -> Columns:
    """Column "loss" (n_samples): loss of minimum-norm least squares on the rows themselves, averaged over teachers.

    XᵀX is diagonal, so that every coordinate seen is known and no other. Each row averages ``n_replicates`` datasets;
    the sizes, which must increase, are leading parts of one dataset.
    """
    law = one_hot(decay=decay, sparsity=sparsity)
    sizes = parameters.several("n_samples", n_samples)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"loss": [unseen(law, seen) for seen in counts(rng, law.sparsity, sizes)]}

    return per_draw.columns(stream, measure, n_replicates)


@infinite_features.brute_force
def infinite_features_brute(
    stream: Stream, *, decay: float, sparsity: float, n_samples: Sequence[int], n_replicates: int = 1
) -> Columns:
    """From definitions: rows of numpy's Zipf law one by one, an explicit matrix, the projector on its rows."""
    one_hot(decay=decay, sparsity=sparsity)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        shown = rng.zipf(sparsity, n_samples[-1])
        return {"loss": [_projected(rng, shown[:D], decay) for D in n_samples]}

    return per_draw.columns(stream, measure, n_replicates)


def _projected(rng: np.random.Generator, shown: np.ndarray, decay: float) -> float:
    """Loss tr Λ(1 − P) for rows that show the given coordinates, with normal amplitudes."""
    seen, column = np.unique(shown, return_inverse=True)
    X = np.zeros((len(shown), len(seen)))
    X[np.arange(len(shown)), column] = rng.standard_normal(len(shown))
    return float(zeta(1 + decay, 1) - seen ** -(1.0 + decay) @ np.diag(np.linalg.pinv(X) @ X))


@simulation(identities="averaged over an isotropic teacher and over the features of coordinates never seen")
def log_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Column "log_loss" (cells): log loss of N random features on D one-hot rows, for every (N, D) of ``cells``.

    Given the data and the features of what they show; see `sim.sparse_features.learned`. Cells of one D share features,
    and datasets are leading parts of one but for their Gaussian amplitudes. A row averages ``n_replicates`` of them.
    """
    law = one_hot(decay=decay, sparsity=sparsity, amplitudes=amplitudes)
    sizes = _by_samples(cells)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"log_loss": _log_losses(rng, law, cells, sizes)}

    return per_draw.columns(stream, measure, n_replicates)


@simulation(identities="averaged over an isotropic teacher and over the features of coordinates never seen")
def log_ratios(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Column "log_ratio" (pairs): log loss of the first less that of the second of every two cells (N, D).

    Raises ValueError for an odd number of cells and for parameters out of range.
    """
    law = one_hot(decay=decay, sparsity=sparsity, amplitudes=amplitudes)
    sizes = _by_samples(cells)
    if len(cells) % 2:
        raise ValueError(f"cells come in pairs, got {len(cells)} of them; name two for every ratio")

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        found = _log_losses(rng, law, cells, sizes)
        return {"log_ratio": [a - b for a, b in zip(found[::2], found[1::2], strict=True)]}

    return per_draw.columns(stream, measure, n_replicates)


def _by_samples(cells: Cells) -> dict[int, list[int]]:
    """D → every N, both ascending; ValueError for sizes below 1 or no cells."""
    sizes: dict[int, set[int]] = {}
    for N, D in parameters.several("cells", cells):
        sizes.setdefault(parameters.count("n_samples", D), set()).add(parameters.count("n_features", N))
    return {D: sorted(sizes[D]) for D in sorted(sizes)}


def _log_losses(rng: np.random.Generator, law: OneHot, cells: Cells, sizes: dict[int, list[int]]) -> list[float]:
    found: dict[tuple[int, int], float] = {}
    for (D, features), seen in zip(sizes.items(), counts(rng, law.sparsity, list(sizes)), strict=True):
        loss = np.log(losses(rng, one_hot_dataset(rng, law, seen), features))
        found |= {(N, D): float(value) for N, value in zip(features, loss, strict=True)}
    return [found[N, D] for N, D in cells]


@log_losses.brute_force
def log_losses_brute(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """From definitions: explicit rows and features, the pseudo-inverse of X Fᵀ; every cell with numbers of its own."""
    one_hot(decay=decay, sparsity=sparsity, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"log_loss": [np.log(_explicit(rng, decay, sparsity, amplitudes, *cell)) for cell in cells]}

    return per_draw.columns(stream, measure, n_replicates)


@log_ratios.brute_force
def log_ratios_brute(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Differences of `log_losses_brute`."""
    world = {"decay": decay, "sparsity": sparsity, "amplitudes": amplitudes, "n_replicates": n_replicates}
    found = log_losses_brute(stream, cells=cells, **world)["log_loss"]
    return {"log_ratio": found[:, ::2] - found[:, 1::2]}


def _explicit(rng: np.random.Generator, decay: float, sparsity: float, amplitudes: str, N: int, D: int) -> float:
    seen, column = np.unique(rng.zipf(sparsity, D), return_inverse=True)
    z = rng.standard_normal(D) if amplitudes == "gaussian" else rng.choice([-1.0, 1.0], D)
    variances = seen ** -(1.0 + decay)
    scales = np.sqrt(variances * zeta(sparsity, 1) * seen**sparsity)
    X = np.zeros((D, len(seen)))
    X[np.arange(D), column] = z * scales[column]
    F = rng.standard_normal((N, len(seen)))
    theta = np.linalg.pinv(X @ F.T) @ X  # (N, S): the student of every teacher
    error = np.eye(len(seen)) - F.T @ theta
    left = zeta(1 + decay, 1) - variances.sum()
    return float(variances @ np.square(error).sum(1) + left * (1 + np.square(theta).sum()))
