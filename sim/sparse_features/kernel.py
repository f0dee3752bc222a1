"""Ridgeless regression with the arc-cosine kernel of degree 1: infinitely many bias-free ReLU features.

k(x, x') = |x| |x'| (√(1 − c²) + (π − arccos c) c)/π with c the cosine of the angle (Cho & Saul 2009). Rows on one
ray have proportional kernels, so the interpolant is fixed by one row of every ray.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rays import rays
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

CUTOFF = 1e-13
"""Eigenvalues of the kernel of unit rows below this part of the largest are dropped: rays almost alike."""


def arc_cosine(c: Array) -> Array:
    """Kernel of unit vectors with cosines c: 1 at c = 1, 0 at c = −1."""
    c = np.clip(c, -1.0, 1.0)
    return np.asarray((np.sqrt(1 - c * c) + (np.pi - np.arccos(c)) * c) / np.pi)


def weights(R: Array, B: Array, lengths: Array) -> Array:
    """C (T × n): the interpolant of labels y on the unit rows R (n × S), no two alike, is C y at the rows of B (T × S).

    ``lengths`` (T,) are the norms of the test rows, coordinates outside the S columns included.
    """
    if not len(R):
        return np.zeros((len(B), 0))
    value, Q = np.linalg.eigh(arc_cosine(R @ R.T))
    kept = value > CUTOFF * value[-1]
    safe = np.where(lengths > 0, lengths, 1.0)[:, None]
    k = lengths[:, None] * arc_cosine((B @ R.T) / safe)
    return np.asarray(((k @ Q[:, kept]) / value[kept]) @ Q[:, kept].T)


def _world(
    decay: float, sparsity: float, n_modes: int, n_samples: Sequence[int], scale: float, n_test: int
) -> tuple[Activations, list[int], int]:
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return law, sizes, parameters.count("n_test", n_test)


@simulation(
    identities="exact average over an isotropic teacher; the activity of coordinates never seen enters the test error "
    "by its expectation"
)
def ridgeless_kernel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_test: int = 1000,
) -> Columns:
    """Loss of ridgeless arc-cosine kernel regression on D sparse rows, independent datasets for every D.

    Columns "loss" = E |x − X_pᵀ c(x)|², the squared error averaged over an isotropic teacher, by ``n_test`` fresh rows
    x; "unseen", the variance of the coordinates never active in X; "rays", distinct rays of X. Shape
    (n_draws, n_sizes).

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026; the kernel of Cho & Saul 2009.
    """
    law, sizes, n = _world(decay, sparsity, n_modes, n_samples, scale, n_test)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = [_one(rng, law, D, n) for D in sizes]
        return dict(zip(("loss", "unseen", "rays"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure)


def _one(rng: np.random.Generator, law: Activations, n_samples: int, n_test: int) -> tuple[float, float, float]:
    X, test = rows(rng, law, n_samples), rows(rng, law, n_test)
    seen = np.unique(X.indices)
    unseen = float(law.variances.sum() - law.variances[seen].sum())
    R, B = rays(X[:, seen].toarray()).units, test[:, seen].toarray()
    C = weights(R, B, np.sqrt(np.asarray(test.multiply(test).sum(1)).ravel()))
    return unseen + float(np.square(B - C @ R).sum(1).mean()), unseen, float(len(R))


@ridgeless_kernel.brute_force
def _ridgeless_kernel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_test: int = 1000,
) -> Columns:
    law, sizes, n = _world(decay, sparsity, n_modes, n_samples, scale, n_test)

    def gram(X: Array, Z: Array) -> Array:
        a, b = np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1)
        product = np.outer(a, b)
        return product * arc_cosine(np.divide(X @ Z.T, product, out=np.zeros_like(product), where=product > 0))

    def one(rng: np.random.Generator, n_samples: int) -> tuple[float, float, float]:
        X, test = rows(rng, law, n_samples).toarray(), rows(rng, law, n).toarray()
        C = gram(test, X) @ np.linalg.pinv(gram(X, X), rcond=1e-12, hermitian=True)
        unseen = (X == 0).all(0)
        error = np.square(test - C @ X)[:, ~unseen].sum(1).mean() + law.variances[unseen].sum()
        unit = [x / np.linalg.norm(x) for x in X if x.any()]
        new = [not any(np.abs(u - v).max() < 1e-10 for v in unit[:d]) for d, u in enumerate(unit)]
        return float(error), float(law.variances[unseen].sum()), float(sum(new))

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = [one(rng, D) for D in sizes]
        return dict(zip(("loss", "unseen", "rays"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure)
