"""Groups of coordinates that switch on together: n rows on a group of g determine n of its g directions."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from theory.parameters import count
from theory.precision import Real
from theory.sparse_features.row_law import Array, row_law
from theory.sparsity_models.model import Model, model


def groups(*, decay: Real, sparsity: Real, n_modes: int, group: int, scale: Real = 1) -> Model:
    """unknown_i = E (1 − n/g)_+, n ~ Bin(D, p) the rows that show the group of i, p the base model's at its first.

    silent is exact, unknown asymptotic: rows that show two groups at once are counted for both.
    Raises ValueError if n_modes is no multiple of group, and as `row_law`. Source: derived here,
    docs/sparsity_models.md.
    """
    size = count("group", group)
    if n_modes % size:
        raise ValueError(f"n_modes must be a multiple of group = {size}, got {n_modes}; take another number of modes")
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    p = law.probabilities[::size]

    def silent(n_rows: float) -> Array:
        return np.repeat(binom.pmf(0, n_rows, p), size)

    def unknown(n_rows: float) -> Array:
        return np.repeat(sum((1 - n / size) * binom.pmf(n, n_rows, p) for n in range(size)), size)

    return model(law.variances, silent, unknown=unknown)
