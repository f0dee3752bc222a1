"""What a model of sparsity is: the law of one row, its second moments, and the teacher on its coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.sparse_features.activations import Array

Rows = Callable[[np.random.Generator, int], csr_array]


class Model(NamedTuple):
    """Rows x and a teacher of independent weights w; arrays of shape (n_modes,).

    E x_i² = variances_i and E x_i x_j = mean_i mean_j for i ≠ j; E w_i² = teacher_i.
    """

    rows: Rows  # rows(rng, n): n independent rows (n × n_modes); a law that is random itself is drawn once per call
    variances: Array
    teacher: Array
    mean: Array


def model(rows: Rows, variances: Array, *, teacher_decay: float = 0.0, mean: Array | None = None) -> Model:
    """A model with teacher E w_i² = i^−teacher_decay (0: isotropic) and, unless given, mean 0.

    Raises ValueError if teacher_decay is not a finite number of at least 0.
    """
    if not 0 <= teacher_decay < np.inf:
        raise ValueError(
            f"teacher_decay must be finite and at least 0, got {teacher_decay!r}; 0 is an isotropic teacher"
        )
    index = np.arange(1, len(variances) + 1, dtype=np.float64)
    return Model(rows, variances, index**-teacher_decay, np.zeros_like(variances) if mean is None else mean)


def spectrum(decay: float, n_modes: int) -> Array:
    """Variances i^−(1+decay), i = 1..n_modes."""
    return np.asarray(
        np.arange(1, parameters.count("n_modes", n_modes) + 1, dtype=np.float64) ** -(1 + parameters.decay(decay))
    )


def spread(model: Model, A: Array, B: Array) -> Array:
    """A Λ Bᵀ for rows A (n × M), B (m × M) and the second moments Λ of the model."""
    return np.asarray((A * (model.variances - model.mean**2)) @ B.T + np.outer(A @ model.mean, B @ model.mean))
