"""Losses of random features on sparse data over a grid of sizes: a sampled teacher, or the average over teachers.

One draw of rows and features serves every cell (N, D), by the nested factors of `sim.sparse_features.grid`; fewer
features and fewer data are leading parts, and cells of one draw are correlated. The fit depends on features and
teacher on the seen coordinates only: those are drawn first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sim import linalg, parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.linalg import from_numpy
from sim.sparse_features import per_draw
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.grid import Cells, averaged, data, solutions
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

WIDTH = 4096
"""Modes per panel. Changing it changes the random numbers of `sampled_grid`."""


class Sizes(NamedTuple):
    """The cells and their largest sizes."""

    cells: list[tuple[int, int]]
    n_features: int
    n_samples: int


def _sizes(cells: Cells) -> Sizes:
    checked = [
        (parameters.count("n_features", N), parameters.count("n_samples", D))
        for N, D in parameters.rows("cells", cells, 2)
    ]
    return Sizes(checked, max(N for N, _ in checked), max(D for _, D in checked))


def _tail(*, cells: Cells, **_: object) -> Mapping[str, npt.ArrayLike]:
    """The rank may come to N, and does not exceed D."""
    return {"loss": gaussian_tail_index([max(N - D, 0) for N, D in cells])}


@simulation(
    identities="exact average over an isotropic teacher and over the features of coordinates never active, which the "
    "fit does not depend on",
    tail_index=_tail,
)
def grid(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Loss without label noise given the data and the features of seen coordinates, for every (N, D) of ``cells``.

    Columns "loss", averaged over an isotropic teacher and over the features of unseen coordinates, and "log_loss",
    its log: medians and tails are those of a conditional mean. Each of shape (n_draws, n_cells), in the order of
    ``cells``. Exact up to rounding. The loss has no mean for N ≤ D + 1: the rank of the data may fall within 1 of N.

    Raises ValueError if some N or D is below 1, or as `sim.sparse_features.activations.activations` does.
    Source: the model of Sous & Winer 2026; the sweep is derived in docs/engine.md.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    sizes = _sizes(cells)

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        X = rows(rng, law, sizes.n_samples)
        given = data(X, [D for _, D in sizes.cells])
        seen, total = given.rows.seen, float(law.variances.sum())
        F = from_numpy(rng.standard_normal((sizes.n_features, len(seen))))
        known = from_numpy(law.variances[seen])
        G = (F * known) @ F.mT
        G.diagonal().add_(total - known.sum())
        loss = averaged(given, F, G, known, F.new_tensor(total), sizes.cells).tolist()
        return {"loss": loss, "log_loss": np.log(loss).tolist()}

    return per_draw.columns(stream, measure)


@simulation(tail_index=_tail)
def sampled_grid(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    label_noise: float = 0.0,
) -> Columns:
    """Loss with one sampled teacher, all features drawn, for every (N, D) of ``cells``: the law of the loss itself.

    Columns "loss", exact up to rounding, with label noise of standard deviation ``label_noise``, and "log_loss", its
    log; each of shape (n_draws, n_cells), in the order of ``cells``. Memory does not grow with n_features · n_modes:
    the features of unseen coordinates come in panels, and the loss is summed over modes.

    Raises ValueError as `grid` does, and if label_noise is negative or not finite.
    Source: the model of Sous & Winer 2026; the sweep is derived in docs/engine.md.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    sizes = _sizes(cells)
    if label_noise:
        parameters.positive("label_noise", label_noise, "it is a standard deviation: pass 0 for none")

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        X, noise = labelled(rng, law, sizes.n_samples, label_noise)
        given = data(X, [D for _, D in sizes.cells], noise if label_noise else None)
        others = panels(rng, given.rows.seen, n_modes, sizes.n_features)
        modes, F, w = next(others)
        fits = by_features(solutions(given, from_numpy(F).mT, from_numpy(w), sizes.cells))
        found = _losses(fits, F, w, law.variances[modes])
        for modes, F, w in others:
            for cell, more in _losses(fits, F, w, law.variances[modes]).items():
                found[cell] += more
        loss = [found[cell] for cell in sizes.cells]
        return {"loss": loss, "log_loss": np.log(loss).tolist()}

    return per_draw.columns(stream, measure)


def by_features(fits: Mapping[tuple[int, int], Tensor]) -> dict[int, tuple[list[tuple[int, int]], Tensor]]:
    """N → its cells and their θ (N × 1) side by side (N × n_cells)."""
    found: dict[int, list[tuple[int, int]]] = {}
    for cell in fits:
        found.setdefault(cell[0], []).append(cell)
    return {N: (cells, linalg.concatenate([fits[cell] for cell in cells], 1)) for N, cells in found.items()}


def _losses(
    fits: Mapping[int, tuple[list[tuple[int, int]], Tensor]], F: Array, w: Array, variances: Array
) -> dict[tuple[int, int], float]:
    """Part of the loss of every cell on the modes of a panel: F (width × N), w (width × 1), variances (width,)."""
    found: dict[tuple[int, int], float] = {}
    features, teacher, weights = from_numpy(F), from_numpy(w), from_numpy(variances)
    for N, (cells, theta) in fits.items():
        error = teacher - features[:, :N] @ theta  # (width × n_cells)
        found |= zip(cells, (weights @ error.square_()).tolist(), strict=True)
    return found


def labelled(rng: np.random.Generator, law: Activations, n_samples: int, label_noise: float) -> tuple[csr_array, Array]:
    """Rows, and label noise (D × 1)."""
    X = rows(rng, law, n_samples)
    return X, label_noise * rng.standard_normal((n_samples, 1))


def panels(
    rng: np.random.Generator, seen: np.ndarray, n_modes: int, n_features: int
) -> Iterator[tuple[np.ndarray, Array, Array]]:
    """Coordinates, the features (width × N) and the teacher (width × 1) on them: the seen ones, then the others."""
    unseen = np.setdiff1d(np.arange(n_modes), seen)
    for modes in (seen, *(unseen[k : k + WIDTH] for k in range(0, len(unseen), WIDTH))):
        yield modes, rng.standard_normal((len(modes), n_features)), rng.standard_normal((len(modes), 1))


# Brute force: the same arrays drawn in the same order, then the definitions cell by cell.


@grid.brute_force
def _grid(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    n_features, n_samples = (max(side) for side in zip(*cells, strict=True))

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        X = rows(rng, law, n_samples).toarray()
        seen = (X != 0).any(0)
        known, unseen = law.variances[seen], float(law.variances[~seen].sum())
        F, loss = rng.standard_normal((n_features, int(seen.sum()))), []
        for N, D in cells:
            part = X[:D, seen]
            P = np.linalg.pinv(part @ F[:N].T, rcond=1e-13) @ part  # θ = P w
            error = np.eye(len(known)) - F[:N].T @ P
            loss.append(float(known @ np.square(error).sum(1) + unseen * (1 + np.square(P).sum())))
        return {"loss": loss, "log_loss": np.log(loss).tolist()}

    return per_draw.columns(stream, measure)


@sampled_grid.brute_force
def _sampled_grid(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    label_noise: float = 0.0,
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    n_features, n_samples = (max(side) for side in zip(*cells, strict=True))

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        sparse, noise = labelled(rng, law, n_samples, label_noise)
        X, F, w = sparse.toarray(), np.zeros((n_features, n_modes)), np.zeros(n_modes)
        for modes, features, teacher in panels(rng, np.flatnonzero((X != 0).any(0)), n_modes, n_features):
            F[:, modes], w[modes] = features.T, teacher[:, 0]
        y, loss = X @ w + noise[:, 0], []
        for N, D in cells:
            theta = np.linalg.lstsq(X[:D] @ F[:N].T, y[:D], rcond=1e-13)[0]
            loss.append(float(law.variances @ np.square(w - F[:N].T @ theta)))
        return {"loss": loss, "log_loss": np.log(loss).tolist()}

    return per_draw.columns(stream, measure)
