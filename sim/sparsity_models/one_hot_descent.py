"""Gradient descent with a fixed step on one-hot rows, infinitely many features: the loss given the counts is a sum.

With sign amplitudes XᵀX/D is diagonal, l_i = a_i² n_i/D where n_i rows show coordinate i. From zero the error after t
steps is (1 − h l_i)^t w_i, so that the loss, averaged over an isotropic teacher, is Σ λ_i (1 − h l_i)^(2t), and λ_i
itself for the coordinates never seen. Gains fall with i for η <= 1 + α, so that l_i <= ζ(η): steps below 2/ζ(η) are
stable on every dataset.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import zeta

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import per_draw
from sim.sparse_features.one_hot import Counts, OneHot, counts, eigenvalues, one_hot, unseen

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]


@simulation(identities="exact average over an isotropic teacher; powers of I − hXᵀX/D by its eigenvalues")
def descent(
    stream: Stream, *, decay: float, sparsity: float, step: float, cells: Cells, n_replicates: int = 1
) -> Columns:
    """Column "loss" (cells) after t steps on D one-hot rows with sign amplitudes, for every (t, D) of ``cells``.

    Datasets are leading parts of one; a row averages ``n_replicates`` of them. No cut in the modes.

    Raises ValueError for sparsity above 1 + decay or steps of 2/ζ(sparsity) and more, which may be unstable, and as
    `one_hot` does.
    """
    law, h = _stable(decay, sparsity, step)
    where = [
        (parameters.count("times", t), parameters.count("n_samples", D)) for t, D in parameters.rows("cells", cells, 2)
    ]
    sizes = sorted({D for _, D in where})

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        found = dict(zip(sizes, counts(rng, law.sparsity, sizes), strict=True))
        return {"loss": [_loss(rng, law, found[D], h * D**-1, t) for t, D in where]}

    return per_draw.columns(stream, measure, parameters.count("n_replicates", n_replicates))


def _stable(decay: float, sparsity: float, step: float) -> tuple[OneHot, float]:
    law = one_hot(decay=decay, sparsity=sparsity, amplitudes="sign")
    h = parameters.positive("step", step, "descent moves against the gradient")
    if law.sparsity > 1 + law.decay:
        raise ValueError(
            f"sparsity must be at most 1 + decay, got {sparsity} and {decay}: beyond, rare coordinates are large and "
            "every fixed step is unstable on some datasets"
        )
    if h * zeta(law.sparsity, 1) >= 2:
        raise ValueError(f"step must be below 2/ζ(sparsity) = {2 / zeta(law.sparsity, 1):.4g}, got {step}; lower it")
    return law, h


def _loss(rng: np.random.Generator, law: OneHot, seen: Counts, rate: float, t: int) -> float:
    """Σ λ_i (1 − rate s_i²)^(2t) and the unseen mass."""
    kept = np.exp(2 * t * np.log(np.abs(1 - rate * eigenvalues(rng, law, seen)) + 1e-300))
    return float(seen.coordinates ** -(1 + law.decay) @ kept) + unseen(law, seen)


@descent.brute_force
def _descent(
    stream: Stream, *, decay: float, sparsity: float, step: float, cells: Cells, n_replicates: int = 1
) -> Columns:
    """From definitions: rows of numpy's Zipf law one by one, an explicit matrix, step after step."""

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {"loss": [_stepped(rng, decay, sparsity, step, t, D) for t, D in cells]}

    return per_draw.columns(stream, measure, n_replicates)


def _stepped(rng: np.random.Generator, decay: float, sparsity: float, step: float, t: int, D: int) -> float:
    seen, column = np.unique(rng.zipf(sparsity, D).astype(float), return_inverse=True)
    variances = seen ** -(1 + decay)
    X = np.zeros((D, len(seen)))
    X[np.arange(D), column] = (
        rng.choice([-1.0, 1.0], D) * np.sqrt(variances * zeta(sparsity, 1) * seen**sparsity)[column]
    )
    error = np.eye(len(seen))  # columns: errors of the unit teachers
    for _ in range(t):
        error = error - step / D * X.T @ (X @ error)
    return float(variances @ np.square(error).sum(1) + zeta(1 + decay, 1) - variances.sum())
