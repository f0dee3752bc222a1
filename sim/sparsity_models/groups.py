"""Groups of coordinates that switch on together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations, activations
from sim.sparsity_models.model import Model, model


def groups(*, decay: float, sparsity: float, n_modes: int, group: int, scale: float = 1.0) -> Model:
    """Coordinates come in groups of ``group`` neighbours that are active together, with own Gaussian amplitudes.

    Group k holds coordinates (k − 1) group + 1 .. k group and has the probability that coordinate (k − 1) group + 1
    of the base model has; variances are i^−(1+decay). Raises ValueError if n_modes is no multiple of group.
    """
    size = parameters.count("group", group)
    if n_modes % size:
        raise ValueError(f"n_modes must be a multiple of group = {size}, got {n_modes}; take another number of modes")
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    p = law.probabilities[::size]
    gains = np.sqrt(law.variances / np.repeat(p, size))
    switch = Activations(p, np.ones_like(p), p, "sign")

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        on = independent_rows.rows(rng, switch, n)
        column = (on.indices[:, None] * size + np.arange(size)).ravel()
        return csr_array(
            (gains[column] * rng.standard_normal(len(column)), column, on.indptr * size), shape=(n, n_modes)
        )

    return model(rows, law.variances)
