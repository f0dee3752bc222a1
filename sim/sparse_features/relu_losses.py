"""Loss of ridgeless regression on N = n · D random ReLU features without bias, max(0, f·x), of D sparse rows.

Beyond the threshold, N larger than the number of distinct rays, the minimum-norm fit interpolates. Infinitely many
features are `sim.sparse_features.kernel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, activations
from sim.sparse_features.panel import fitted
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rays import rays
from sim.sparse_features.relu import relu
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.sparse_features.activations import Array
    from sim.streams import Stream


@simulation(
    identities="exact average over an isotropic teacher; rows on one ray are added up in square; the activity of "
    "coordinates never seen enters the test error by its expectation"
)
def relu_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    features_per_sample: int,
    scale: float = 1.0,
    n_test: int = 1000,
) -> Columns:
    """Loss of minimum-norm least squares on N = ``features_per_sample`` · D ReLU features, independent for every D.

    Columns "loss" = E |x − (Φ⁺X)ᵀ φ(x)|², φ(x) the features of a fresh row and Φ those of the data: the squared error
    averaged over an isotropic teacher, by ``n_test`` fresh rows; "unseen", the variance of the coordinates never active
    in X. Shape (n_draws, n_sizes). Features are standard normal on every coordinate that a row shows.

    Raises ValueError for sizes below 1 and for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    n = parameters.count("features_per_sample", features_per_sample)
    n_test = parameters.count("n_test", n_test)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = [_one(law, *_drawn(rng, law, D, n_test, n * D)) for D in sizes]
        return dict(zip(("loss", "unseen"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure)


def _drawn(
    rng: np.random.Generator, law: Activations, n_samples: int, n_test: int, n_features: int
) -> tuple[csr_array, csr_array, np.ndarray, Array]:
    """Data, test rows, the coordinates that either shows, and the features on them (n_features × their number)."""
    X, test = rows(rng, law, n_samples), rows(rng, law, n_test)
    every = np.union1d(X.indices, test.indices)  # the other coordinates are zero in all rows
    return X, test, every, rng.standard_normal((n_features, len(every)))


def _one(law: Activations, X: csr_array, test: csr_array, every: np.ndarray, F: Array) -> tuple[float, float]:
    A, B = X[:, every].toarray(), test[:, every].toarray()
    seen = A.any(0)
    unseen = float(law.variances.sum() - law.variances[every[seen]].sum())
    units, lengths = rays(A)
    R = units * lengths[:, None]
    error = B[:, seen] - relu(B @ F.T) @ fitted(relu(R @ F.T), R[:, seen])
    return unseen + float(np.square(error).sum(1).mean()), unseen


@relu_losses.brute_force
def _relu_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    features_per_sample: int,
    scale: float = 1.0,
    n_test: int = 1000,
) -> Columns:
    """The same rows and features; all rows fitted by LAPACK's least squares, teacher by teacher, on all coordinates."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def one(rng: np.random.Generator, n_samples: int) -> tuple[float, float]:
        sparse, test, every, known = _drawn(rng, law, n_samples, n_test, features_per_sample * n_samples)
        F = np.zeros((len(known), n_modes))
        F[:, every] = known
        X, B, loss = sparse.toarray(), test.toarray(), 0.0
        for i, variance in enumerate(law.variances):  # a teacher e_i
            fit = np.linalg.lstsq(np.maximum(X @ F.T, 0), X[:, i], rcond=1e-11)[0]
            residual = B[:, i] - np.maximum(B @ F.T, 0) @ fit
            loss += float(np.square(residual).mean()) if X[:, i].any() else float(variance)
        return loss, float(law.variances[(X == 0).all(0)].sum())

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = [one(rng, D) for D in n_samples]
        return dict(zip(("loss", "unseen"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure)
