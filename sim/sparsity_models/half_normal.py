"""Non-negative activations: the base model with the sizes of its Gaussian amplitudes and no signs."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import activations
from sim.sparsity_models.model import Model, model

MEAN = float(np.sqrt(2 / np.pi))
"""E |z| of a standard normal z; E z² = 1."""


def half_normal(*, decay: float, sparsity: float, n_modes: int, scale: float = 1.0) -> Model:
    """x_i = a_i b_i |z_i| with b_i and a_i of the base model: E x_i² = i^−(1+decay), E x_i = √(2/π) a_i p_i.

    Raises ValueError as `activations`.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        X = independent_rows.rows(rng, law, n)
        np.abs(X.data, out=X.data)
        return X

    return model(rows, law.variances, mean=MEAN * law.scales * law.probabilities)
