"""Gradient descent with a fixed step on sparse data, infinitely many features, every time at once.

From zero the error after t steps is (I − hS)^t w, S = XᵀX/D. Averaged over an isotropic teacher the loss is
T + Σ_k Λ_kk (1 − h s_k²/D)^(2t): T what the rows leave unknown, s_k their singular values, Λ_kk the variances there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import linalg, parameters
from sim.descent import residuals
from sim.experiment import simulation
from sim.sparse_features.activations import activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.per_draw import Measured, columns
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


@simulation(identities="exact average over an isotropic teacher; powers of I − hS by the eigenvalues of S")
def descent(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    step: float,
    times: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    """Columns "loss" after each of ``times`` steps, (n_draws, n_times); "unseen" mass and "stable" (1 or 0).

    The loss of an unstable descent (largest eigenvalue of XᵀX/D above 2/h) counts as zero, so that means exist.

    Raises ValueError if the step is not positive, some time is below 1, or as `activations` does.
    """
    h = parameters.positive("step", step, "descent moves against the gradient")
    steps = [parameters.count("times", t) for t in parameters.several("times", times)]
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    D, like = parameters.count("n_samples", n_samples), stream.normal(0)

    def measure(rng: np.random.Generator) -> Measured:
        data = dataset(rows(rng, law, D), law.variances)
        curvatures = np.square(data.singular) / D
        stable = float(not data.rank or curvatures[0] <= 2 / h)
        left = residuals(linalg.array(curvatures.tolist(), like), h, steps).cpu().numpy() if stable else 0.0
        loss = data.loss + np.diag(data.resolved) @ np.square(left) if stable else np.zeros(len(steps))
        return {"loss": list(loss), "unseen": [data.unseen], "stable": [stable]}

    return columns(stream, measure)


@descent.brute_force
def _descent(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    step: float,
    times: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def measure(rng: np.random.Generator) -> Measured:
        X = rows(rng, law, n_samples).toarray()
        error, losses = np.eye(n_modes), {}  # the columns: errors of the unit teachers
        stable = float(np.linalg.norm(X, 2) ** 2 / n_samples <= 2 / step)
        for t in range(1, max(times) + 1):
            error = error - step / n_samples * X.T @ (X @ error)
            losses[t] = stable * float((law.variances[:, None] * error**2).sum())
        unseen = float(law.variances[~(X != 0).any(0)].sum())
        return {"loss": [losses[t] for t in times], "unseen": [unseen], "stable": [stable]}

    return columns(stream, measure)
