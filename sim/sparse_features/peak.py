"""The interpolation peak over random datasets: every draw has data, features and, where asked, label noise anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import structural_rank

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.dataset import Dataset, dataset
from sim.sparse_features.given_data import columns
from sim.sparse_features.learned import losses
from sim.sparse_features.rank import TERM_RANK
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

AVERAGES = (
    "exact average over teacher, label noise and the features outside the row space, given those of the row space"
)

Height = Callable[[csr_array, Array, Array], Array]
"""Loss over T of every replicate, from the data, G (n × r × r) and w_s (n × r)."""


@simulation(identities=AVERAGES)
def offsets(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    offsets: Sequence[int],
    n_features: Sequence[int] = (),
    label_noise: float = 0.0,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Log loss of N = r + offset features, r the rank of this draw's data, then of N in ``n_features``.

    Columns "log_loss" (n_draws, n_offsets + n_sizes), N at least 1; "rank" and "seen" (n_draws, 1). The loss counts
    label noise of variance ``label_noise``.

    Raises ValueError if a parameter is out of range.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    draws = []
    for rng in stream.generators:
        data = dataset(rows(rng, law, n_samples), law.variances)
        sizes = _sizes(data, offsets, n_features)
        found = losses(rng, data, sizes)
        draws.append(_columns(data, found.loss + label_noise * found.noise))
    return columns(draws)


def _sizes(data: Dataset, offsets: Sequence[int], n_features: Sequence[int]) -> list[int]:
    around = [max(1, data.rank + int(k)) for k in offsets]
    return around + [parameters.count("n_features", N) for N in n_features]


def _columns(data: Dataset, loss: Array) -> dict[str, Array]:
    return {
        "log_loss": np.log(loss),
        "rank": np.array([float(data.rank)]),
        "seen": np.array([float(len(data.seen))]),
    }


@offsets.brute_force
def _offsets(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    offsets: Sequence[int],
    n_features: Sequence[int] = (),
    label_noise: float = 0.0,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """The same data and G; coefficients by a pseudo-inverse on all rows, errors on all coordinates."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    draws = []
    for rng in stream.generators:
        X = rows(rng, law, n_samples)
        data = dataset(X, law.variances)
        sizes = _sizes(data, offsets, n_features)
        G = rng.standard_normal((max(sizes), data.rank))
        draws.append(_columns(data, np.array([_defined(G[:N], X.toarray(), data, law, label_noise) for N in sizes])))
    return columns(draws)


def _defined(G: Array, X: Array, data: Dataset, law: Activations, label_noise: float) -> float:
    V = np.zeros((len(law.variances), data.rank))
    V[data.seen] = data.basis
    A = np.linalg.pinv(X @ V @ G.T, rcond=1e-12)
    outside = law.variances @ (1 - np.square(V).sum(1))
    error = law.variances @ np.square(V @ V.T - V @ G.T @ A @ X).sum(1) + outside * (1 + np.square(A @ X).sum())
    noise = law.variances @ np.square(V @ G.T @ A).sum(1) + outside * np.square(A).sum()
    return float(error + label_noise * noise)


@simulation(identities=f"{AVERAGES}; {TERM_RANK}")
def heights(
    stream: Stream,
    *,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 16,
) -> Columns:
    """Height of the peak at N = r, r the rank of this draw's data: log of the loss over T, for Gaussian teachers.

    Columns "log_height", averaged over ``n_replicates`` features and teachers for one dataset, and "rank";
    (n_draws, n_sizes), Gaussian amplitudes. The loss over T is 1 + |θ|², Gᵀθ = w_s: of the data only the rank
    matters. Logarithms have all moments.

    Raises ValueError if a parameter is out of range.
    """

    def height(X: csr_array, G: Array, w: Array) -> Array:
        del X
        return np.asarray(1 + np.square(np.linalg.solve(G.mT, w[..., None])).sum((-2, -1)))

    law = activations(decay=1, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return _heights_of(stream, law, height, n_samples, n_replicates)


@heights.brute_force
def _heights(
    stream: Stream,
    *,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    n_replicates: int = 16,
) -> Columns:
    """The same data, G and w_s; coefficients by a pseudo-inverse on all rows, errors on all coordinates."""
    law = activations(decay=1, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def height(X: csr_array, G: Array, w: Array) -> Array:
        data = dataset(X, law.variances)
        shown = X[:, data.seen] @ data.basis  # D × r
        found = []
        for g, v in zip(G, w, strict=True):
            theta = np.linalg.pinv(shown @ g.T, rcond=1e-13) @ (shown @ v)
            left = data.basis @ (v - g.T @ theta)
            found.append(1 + np.square(theta).sum() + law.variances[data.seen] @ left**2 / data.loss)
        return np.array(found)

    return _heights_of(stream, law, height, n_samples, n_replicates)


def _heights_of(stream: Stream, law: Activations, height: Height, n_samples: Sequence[int], n: int) -> Columns:
    draws = []
    for rng in stream.generators:
        found = []
        for D in parameters.several("n_samples", n_samples):
            X = rows(rng, law, D)
            r = structural_rank(X)
            G = rng.standard_normal((parameters.count("n_replicates", n), r, r))
            found.append((np.log(height(X, G, rng.standard_normal((n, r)))).mean(), r))
        log_height, rank = np.array(found, dtype=float).T
        draws.append({"log_height": log_height, "rank": rank})
    return columns(draws)
