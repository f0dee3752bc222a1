"""Independent coordinates: the base model, with signs, uniform activity or a decaying teacher where asked."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import activations
from sim.sparsity_models.model import Model, model


def independent(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    teacher_decay: float = 0.0,
) -> Model:
    """Coordinate i is active with probability min(1, scale · i^−sparsity) and then of variance i^−(1+decay)/p_i.

    Fixed amplitudes 1 are decay = sparsity − 1 with signs; uniform activity is sparsity 0. Raises ValueError as
    `activations` and `model`.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        return independent_rows.rows(rng, law, n)

    return model(rows, law.variances, teacher_decay=teacher_decay)
