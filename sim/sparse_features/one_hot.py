"""One-hot rows: one active coordinate per row, drawn from all of i = 1, 2, 3, ... with p_i = i^−sparsity/ζ(sparsity).

XᵀX is diagonal, s_i² = a_i² Σ z² over the rows that show i, and the rank is the number of coordinates seen, so a
dataset is its counts: a multinomial on the frequent coordinates and exact rejection on the tail, in time of the order
of the rank whatever the number of rows. There is no cut in the number of modes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import zeta

from sim import parameters
from sim.sparse_features.activations import AMPLITUDES, Array
from sim.sparse_features.dataset import Dataset

FREQUENT = (64, 4096)
"""Fewest and most coordinates that the multinomial counts."""


class OneHot(NamedTuple):
    """Variances i^−(1+decay), probabilities i^−sparsity/ζ(sparsity), law of the amplitudes."""

    decay: float
    sparsity: float
    amplitudes: str


class Counts(NamedTuple):
    """Coordinates seen in the first rows and how many rows show each; both of shape (r,)."""

    coordinates: Array
    hits: np.ndarray


def one_hot(*, decay: float, sparsity: float, amplitudes: str = "gaussian") -> OneHot:
    """The law of one-hot rows. ValueError unless decay > 0, sparsity > 1 and the amplitudes are known."""
    decay = parameters.decay(decay)
    if not 1 < sparsity < np.inf:
        raise ValueError(f"sparsity must exceed 1, got {sparsity!r}; the probabilities i^-sparsity must have a sum")
    if amplitudes not in AMPLITUDES:
        raise ValueError(f"amplitudes must be one of {', '.join(AMPLITUDES)}, got {amplitudes!r}")
    return OneHot(decay, float(sparsity), amplitudes)


def counts(rng: np.random.Generator, sparsity: float, n_samples: Sequence[int]) -> Iterator[Counts]:
    """Counts of the first D rows of one dataset, for every D of ``n_samples``. Exact.

    Raises ValueError unless ``n_samples`` increase.
    """
    width = int(np.clip(round(n_samples[-1] ** (1 / sparsity)), *FREQUENT))
    first = np.arange(1, width + 1, dtype=np.float64)
    total = zeta(sparsity, 1)
    p = np.append(first**-sparsity, zeta(sparsity, width + 1)) / total
    common, rare, before = np.zeros(width, dtype=np.int64), [np.zeros(0)], 0
    for D in n_samples:
        if before >= D:
            raise ValueError(f"n_samples must increase, got {tuple(n_samples)}; list each size once, smallest first")
        found = rng.multinomial(D - before, p / p.sum())
        common, before = common + found[:-1], D
        rare.append(_tail(rng, sparsity, width, int(found[-1])))
        place, hits = np.unique(np.concatenate(rare), return_counts=True)
        seen = np.flatnonzero(common)
        yield Counts(np.concatenate([first[seen], place]), np.concatenate([common[seen], hits]))


def _tail(rng: np.random.Generator, sparsity: float, width: int, size: int) -> Array:
    """Independent coordinates i > width with probability ∝ i^−sparsity, as floats (they may exceed any integer).

    Rounded draws x of density ∝ x^−sparsity on x > width + ½ come with ∫ x^−sparsity over [i − ½, i + ½], which
    exceeds i^−sparsity since the power is convex: rejection by the ratio.
    """
    found = np.zeros(0)
    while len(found) < size:
        x = (width + 0.5) * rng.random(size - len(found) + 8) ** (-1 / (sparsity - 1))
        i = np.rint(x)
        h, k = 0.5 / i, 1 - sparsity
        cell = np.expm1(k * np.log1p(h)) - np.expm1(
            k * np.log1p(-h)
        )  # of ∫ x^−sparsity, over i^(1−sparsity)/(1−sparsity)
        keep = rng.random(len(i)) * cell / k * i < 1
        found = np.append(found, i[keep])
    return found[:size]


def eigenvalues(rng: np.random.Generator, law: OneHot, seen: Counts) -> Array:
    """s_i² = a_i² χ²_n (Gaussian) or a_i² n (sign), with a_i² = λ_i/p_i; shape (r,)."""
    gains: Array = seen.coordinates ** (law.sparsity - 1 - law.decay) * zeta(law.sparsity, 1)
    return gains * (seen.hits.astype(float) if law.amplitudes == "sign" else rng.chisquare(seen.hits))


def unseen(law: OneHot, seen: Counts) -> float:
    """Variance of the coordinates never seen, of all i to infinity: the loss of infinitely many features."""
    return float(zeta(1 + law.decay, 1) - (seen.coordinates ** -(1 + law.decay)).sum())


def one_hot_dataset(rng: np.random.Generator, law: OneHot, seen: Counts) -> Dataset:
    """What these rows teach; the basis of the row space are the coordinates seen."""
    square = eigenvalues(rng, law, seen)
    order = np.argsort(-square)
    known = seen.coordinates[order] ** -(1 + law.decay)
    left = unseen(law, seen)
    return Dataset(seen.coordinates[order], np.sqrt(square[order]), np.eye(len(order)), np.diag(known), left, left)


def losses(rng: np.random.Generator, data: Dataset, n_features: Sequence[int]) -> Array:
    """Losses of the first N rows of one G (N × r), as `sim.sparse_features.learned.losses`, for diagonal XᵀX.

    With K = (G Σ² Gᵀ)⁻¹ and B = Gᵀ K G: below the rank Θ Σ = K G Σ² and E = I − B Σ²; beyond it |ΘΣ|² = tr (GᵀG)⁻¹.
    Normal equations: meant for N away from r.
    """
    G = rng.standard_normal((max(n_features), data.rank))
    return np.array([_one(G[:N], data) for N in n_features])


def _one(G: Array, data: Dataset) -> float:
    N, r = G.shape
    if r <= N:
        return data.loss * (1 + float(np.trace(np.linalg.inv(G.T @ G))))
    square = data.singular**2
    scaled = G * square
    half = np.linalg.solve(scaled @ G.T, G)  # K G
    B = G.T @ half
    seen = 1 - 2 * np.diag(B) * square + np.square(B) @ square**2  # Σ_k E_jk²
    return float(np.diag(data.resolved) @ seen) + data.loss * (1 + float(np.square(half * square).sum()))
