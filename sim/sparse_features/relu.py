"""Random ReLU features without bias, max(0, f·x), on sparse rows: rank of the design, and where its loss peaks.

Features are drawn as rows f of F (N × M), standard normal, and fitted by minimum-norm least squares without ridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rays import rays
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

CUTOFF = 1e-11
"""Singular values below this part of the largest are zero."""
ANCHORS = ("rays", "rank", "samples")


def relu(A: Array) -> Array:
    """max(0, A)."""
    return np.maximum(A, 0.0)


def unit_rows(A: Array) -> Array:
    """Rows of unit length; rows of zeros are left out."""
    length = np.linalg.norm(A, axis=1)
    return np.asarray(A[length > 0] / length[length > 0, None])


def _sizes(n_samples: Sequence[int]) -> list[int]:
    return [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]


@simulation(identities="rows and features are scaled to unit length, which keeps the rank")
def rank(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    features_per_sample: int,
    scale: float = 1.0,
    n_replicates: int = 1,
) -> Columns:
    """Numerical rank of N = ``features_per_sample`` · D random ReLU features on D rows, for every D.

    Columns "rank" and "linear_rank", the rank of the rows themselves; means over ``n_replicates`` independent
    datasets and features. Shape (n_draws, n_sizes).

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    sizes, n = _sizes(n_samples), parameters.count("features_per_sample", features_per_sample)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = []
        for D in sizes:
            X = rows(rng, law, D)
            A = unit_rows(X[:, np.unique(X.indices)].toarray())
            found.append((_rank(relu(A @ rng.standard_normal((A.shape[1], n * D)))), _rank(A)))
        return dict(zip(("rank", "linear_rank"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure, parameters.count("n_replicates", n_replicates))


def _rank(A: Array) -> int:
    if not A.size:
        return 0
    s = np.linalg.svd(A, compute_uv=False)
    return int((s > CUTOFF * s[0]).sum())


@rank.brute_force
def _rank_by_elimination(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    features_per_sample: int,
    scale: float = 1.0,
    n_replicates: int = 1,
) -> Columns:
    """Ranks by pivoted orthogonalisation of the features of all rows, on all coordinates."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def order(A: Array) -> int:
        A, found = A / max(1e-300, float(np.abs(A).max(initial=0.0))), 0
        while A.size and (square := np.square(A).sum(1)).max() > 1e-18:
            q = A[square.argmax()] / np.sqrt(square.max())
            A, found = A - np.outer(A @ q, q), found + 1
            A = A - np.outer(A @ q, q)
        return found

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        relus, linear = [], []
        for D in n_samples:
            X = rows(rng, law, D).toarray()
            seen = (X != 0).any(0)
            F = np.zeros((n_modes, features_per_sample * D))
            F[seen] = rng.standard_normal((seen.sum(), features_per_sample * D))
            relus.append(order(relu(X @ F)))
            linear.append(order(X))
        return {"rank": relus, "linear_rank": linear}

    return columns(stream, measure, n_replicates)


def _places(places: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    found = [(str(anchor), int(step)) for anchor, step in parameters.rows("places", places, 2)]
    for anchor, _ in found:
        if anchor not in ANCHORS:
            raise ValueError(f"places must count from one of {', '.join(ANCHORS)}, got {anchor!r}; name one of these")
    return found


@simulation(identities="exact average over an isotropic teacher; rows on one ray are added up in square")
def peak(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    places: Sequence[tuple[str, int]],
    scale: float = 1.0,
    n_test: int = 200,
) -> Columns:
    """Log loss of N random ReLU features around the threshold of each dataset, datasets redrawn.

    N = anchor + step for every (anchor, step) of ``places``, at least 1; the anchor is the number of distinct "rays"
    of the dataset, the "rank" of its rows, or the number of "samples". Column "log_loss", the log of the test
    error on ``n_test`` fresh rows averaged over an isotropic teacher; all places of the first D, then of the second.
    Fewer features are leading rows of one F.

    Raises ValueError for an unknown anchor and for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    sizes, where = _sizes(n_samples), _places(places)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        return {"log_loss": [value for D in sizes for value in _log_losses(rng, law, D, where, n_test)]}

    return columns(stream, measure)


def _log_losses(
    rng: np.random.Generator, law: Activations, n_samples: int, where: list[tuple[str, int]], n_test: int
) -> list[float]:
    X, test = rows(rng, law, n_samples), rows(rng, law, n_test)
    every = np.union1d(X.indices, test.indices)
    units, lengths = rays(X[:, every].toarray())
    anchor = {"rays": len(units), "rank": dataset(X, law.variances).rank, "samples": n_samples}
    sizes = [max(1, anchor[name] + step) for name, step in where]
    F = rng.standard_normal((max(sizes), X.shape[1]))[:, every]
    R, B = units * lengths[:, None], test[:, every].toarray()
    Phi, features = relu(R @ F.T), relu(B @ F.T)
    error = [B - features[:, :N] @ (np.linalg.pinv(Phi[:, :N], rcond=CUTOFF) @ R) for N in sizes]
    return [float(np.log(np.square(e).sum(1).mean())) for e in error]


@peak.brute_force
def _peak(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    places: Sequence[tuple[str, int]],
    scale: float = 1.0,
    n_test: int = 200,
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        found = []
        for D in n_samples:
            X, test = rows(rng, law, D).toarray(), rows(rng, law, n_test).toarray()
            unit = unit_rows(X)
            distinct = np.unique(np.round(unit, 9) + 0.0, axis=0)
            anchor = {"rays": len(distinct), "rank": int(np.linalg.matrix_rank(X)), "samples": D}
            sizes = [max(1, anchor[name] + step) for name, step in places]
            F = rng.standard_normal((max(sizes), n_modes))
            for N in sizes:
                fit = np.linalg.lstsq(relu(X @ F[:N].T), X, rcond=1e-11)[0]  # per unit of the teacher
                found.append(float(np.log(np.square(test - relu(test @ F[:N].T) @ fit).sum(1).mean())))
        return {"log_loss": found}

    return columns(stream, measure)
