"""Least squares on random ReLU features without bias over cells (N, D), beside the kernel of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import linalg

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.kernel import arc_cosine
from sim.sparse_features.panel import fitted
from sim.sparse_features.per_draw import Measured, columns
from sim.sparse_features.rays import rays
from sim.sparse_features.relu import relu
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]
AVERAGES = (
    "exact average over an isotropic teacher; rows on one ray are added up in square; the activity of coordinates "
    "never seen enters the test error by its expectation"
)
SAFE = 1e-5
"""Smallest pivot of a Cholesky factor, relative to the largest, from which on normal equations are used."""


class Shown(NamedTuple):
    """What all cells of a draw share: the coordinates that any row shows, rows, test rows and features on them."""

    every: np.ndarray
    X: Array  # (max D × S)
    test: Array  # (n_test × S)
    F: Array  # (max N × S), standard normal


@simulation(identities=AVERAGES)
def losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    n_test: int = 500,
) -> Columns:
    """Column "loss": minimum-norm least squares of N ReLU features on D rows for every (N, D) of ``cells``.

    The squared error averaged over an isotropic teacher, by ``n_test`` fresh rows. All cells of a draw take leading
    rows of one X, leading features of one F and the same fresh rows. Shape (n_draws, n_cells). Means exist away from
    N = number of distinct rays of the rows.

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law, where = _world(decay, sparsity, n_modes, scale, cells)

    def measure(rng: np.random.Generator) -> Measured:
        shown = _shown(rng, law, where, n_test)
        return {"loss": [_loss(law, shown, *cell) for cell in where]}

    return columns(stream, measure)


@simulation(identities=AVERAGES)
def beside_kernel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    n_test: int = 500,
) -> Columns:
    """The losses of `losses` and, of the same rows, what infinitely many features would give.

    Columns "loss"; "kernel", the loss of ridgeless arc-cosine kernel regression; "cross_talk", the posterior variance
    k(x, x) − k_xᵀ K⁻¹ k_x of a fresh row times tr Xᵀ K⁻¹ X, for K the kernel of one row on every ray; "rays", their
    number. Shape (n_draws, n_cells).
    """
    law, where = _world(decay, sparsity, n_modes, scale, cells)

    def measure(rng: np.random.Generator) -> Measured:
        shown = _shown(rng, law, where, n_test)
        beside = {D: _kernel(law, shown, D) for D in {D for _, D in where}}
        kernel, cross_talk, number = zip(*(beside[D] for _, D in where), strict=True)
        found = [_loss(law, shown, *cell) for cell in where]
        return {"loss": found, "kernel": kernel, "cross_talk": cross_talk, "rays": number}

    return columns(stream, measure)


def _world(
    decay: float, sparsity: float, n_modes: int, scale: float, cells: Cells
) -> tuple[Activations, list[tuple[int, int]]]:
    where = [
        (parameters.count("n_features", N), parameters.count("n_samples", D))
        for N, D in parameters.rows("cells", cells, 2)
    ]
    return activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale), where


def _shown(rng: np.random.Generator, law: Activations, cells: Cells, n_test: int) -> Shown:
    X, test = rows(rng, law, max(D for _, D in cells)), rows(rng, law, parameters.count("n_test", n_test))
    every = np.union1d(X.indices, test.indices)  # the other coordinates are zero in all rows
    F = rng.standard_normal((max(N for N, _ in cells), len(every)))
    return Shown(every, X[:, every].toarray(), test[:, every].toarray(), F)


def _seen(law: Activations, shown: Shown, D: int) -> tuple[np.ndarray, float]:
    """Columns active in the first D rows, and the variance of all other coordinates."""
    seen = np.asarray((shown.X[:D] != 0).any(axis=0))
    return seen, float(law.variances.sum() - law.variances[shown.every[seen]].sum())


def _loss(law: Activations, shown: Shown, N: int, D: int) -> float:
    seen, unseen = _seen(law, shown, D)
    F = shown.F[:N].T
    units, lengths = rays(shown.X[:D])
    error = shown.test[:, seen] - relu(shown.test @ F) @ _coefficients(units, lengths, F, seen)
    return unseen + float(np.square(error).sum(1).mean())


def _coefficients(units: Array, lengths: Array, F: Array, seen: np.ndarray) -> Array:
    """Minimum-norm least squares W (N × S) on the features of the rays; normal equations where they are safe."""
    R = units * lengths[:, None]
    if len(units) <= F.shape[1]:  # an interpolant does not depend on the lengths
        Phi = relu(units @ F)
        answers = solution(Phi @ Phi.T, units[:, seen])
        if answers is not None:
            return np.asarray(Phi.T @ answers)
    Phi = relu(R @ F)
    answers = solution(Phi.T @ Phi, Phi.T @ R[:, seen]) if len(units) > F.shape[1] else None
    return fitted(Phi, R[:, seen]) if answers is None else answers


def solution(G: Array, Y: Array) -> Array | None:
    """G⁻¹Y for a positive definite G, or None where it is nearly singular."""
    try:
        factor = linalg.cho_factor(G, check_finite=False)
    except linalg.LinAlgError:
        return None
    pivots = np.diag(factor[0])
    if len(pivots) == 0 or pivots.min() < SAFE * pivots.max():
        return None
    return np.asarray(linalg.cho_solve(factor, Y, check_finite=False))


def _kernel(law: Activations, shown: Shown, D: int) -> tuple[float, float, float]:
    """Kernel loss, cross-talk and number of rays of the first D rows."""
    seen, unseen = _seen(law, shown, D)
    units = rays(shown.X[:D]).units
    length = np.linalg.norm(shown.test, axis=1)
    safe = np.where(length > 0, length, 1.0)[:, None]
    near = length[:, None] * arc_cosine(shown.test @ units.T / safe) / 2  # k_x, (n_test × rays)
    K, labels = arc_cosine(units @ units.T) / 2, np.concatenate([units[:, seen], near.T], axis=1)
    answers = solution(K, labels)
    if answers is None:
        answers = fitted(K, labels)
    taught, backwards = np.split(answers, [int(seen.sum())], axis=1)
    error = shown.test[:, seen] - near @ taught
    variance = float((length**2 / 2 - (near.T * backwards).sum(0)).mean())
    return unseen + float(np.square(error).sum(1).mean()), variance * float((units[:, seen] * taught).sum()), len(units)


def _both(stream: Stream, cells: Cells, n_test: int, law: Activations) -> Columns:
    """From definitions: the same draws, all rows and coordinates, a pseudo-inverse, kernels entry by entry."""
    where = [(N, D) for N, D in cells]
    M = len(law.variances)

    def kernel(A: Array, B: Array) -> Array:
        a, b = np.linalg.norm(A, axis=1), np.linalg.norm(B, axis=1)
        product = np.outer(a, b)
        return product * arc_cosine(np.divide(A @ B.T, product, out=np.zeros_like(product), where=product > 0)) / 2

    def measure(rng: np.random.Generator) -> Measured:
        shown = _shown(rng, law, where, n_test)
        X, B, F = (np.zeros((len(A), M)) for A in shown[1:])
        for full, part in zip((X, B, F), shown[1:], strict=True):
            full[:, shown.every] = part
        found: dict[str, list[float]] = {"loss": [], "kernel": [], "cross_talk": [], "rays": []}
        for N, D in where:
            A, never = X[:D], ~X[:D].any(0)
            inverse = np.linalg.pinv(kernel(A, A), rcond=1e-12, hermitian=True)
            guesses = {
                "loss": np.maximum(B @ F[:N].T, 0) @ np.linalg.pinv(np.maximum(A @ F[:N].T, 0), rcond=1e-11) @ A,
                "kernel": kernel(B, A) @ inverse @ A,
            }
            for name, guess in guesses.items():
                found[name].append(float(np.square(B - guess)[:, ~never].sum(1).mean() + law.variances[never].sum()))
            near = kernel(B, A)
            variance = np.diag(kernel(B, B)) - np.einsum("td,de,te->t", near, inverse, near)
            found["cross_talk"].append(float(variance.mean() * np.trace(A.T @ inverse @ A)))
            unit = [x / np.linalg.norm(x) for x in A if x.any()]
            new = [not any(np.abs(u - v).max() < 1e-10 for v in unit[:d]) for d, u in enumerate(unit)]
            found["rays"].append(float(sum(new)))
        return dict(found)

    return columns(stream, measure)


@losses.brute_force
def _losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    n_test: int = 500,
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return {"loss": _both(stream, cells, n_test, law)["loss"]}


@beside_kernel.brute_force
def _beside_kernel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    n_test: int = 500,
) -> Columns:
    return _both(stream, cells, n_test, activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale))
