"""What theory knows of a model of sparsity: how much of each coordinate D rows leave unknown, on average."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from theory.parameters import count, decay_of
from theory.precision import Real, exact
from theory.sparse_features.row_law import Array
from theory.spectra import exponent


class Model(NamedTuple):
    """Second moments of rows and teacher, and what D rows leave unseen or undetermined on average.

    Arrays, and what the functions of D return, have shape (n_modes,).
    """

    variances: Array  # λ_i = E x_i²
    teacher: Array  # ω_i = E w_i²
    silent: Callable[[float], Array]  # silent(D): probability that coordinate i is active in none of D rows
    unknown: Callable[[float], Array]  # unknown(D): expected part of coordinate i that D rows do not determine


def model(
    variances: Array,
    silent: Callable[[float], Array],
    *,
    unknown: Callable[[float], Array] | None = None,
    teacher_decay: Real = 0,
) -> Model:
    """A model in which, unless said otherwise, every coordinate that was seen is known.

    ω_i = i^−teacher_decay. Raises ValueError if teacher_decay is negative.
    """
    tau = float(exact(teacher_decay))
    if tau < 0:
        raise ValueError(f"teacher_decay must be at least 0, got {teacher_decay}; 0 is an isotropic teacher")
    index = np.arange(1, len(variances) + 1, dtype=np.float64)
    return Model(variances, index**-tau, silent, unknown or silent)


def spectrum(decay: Real, n_modes: int) -> Array:
    """Variances i^−(1+decay), i = 1..n_modes. Raises ValueError unless decay is positive."""
    return np.arange(1, count("n_modes", n_modes) + 1, dtype=np.float64) ** -float(exponent(decay_of(decay)))
