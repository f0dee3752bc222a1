"""Unaligned sparsity: how rare a coordinate is has nothing to do with how strong it is."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations
from sim.sparsity_models.model import Model, model, spectrum


def unaligned(*, decay: float, tail: float, n_modes: int) -> Model:
    """Coordinate i is active with probability p_i and then Gaussian of variance i^−(1+decay)/p_i.

    The p_i are independent of each other and of i, with P(p < t) = t^tail for t in [0, 1], and drawn anew with every
    dataset. Raises ValueError if decay or tail is not positive and finite.
    """
    variances = spectrum(decay, n_modes)
    power = 1 / parameters.positive("tail", tail, "P(p < t) = t^tail must grow from 0 to 1")

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        p = (1 - rng.random(n_modes)) ** power  # in (0, 1]
        falling = np.argsort(-p)
        law = Activations(p[falling], np.sqrt(variances[falling] / p[falling]), variances[falling], "gaussian")
        X = independent_rows.rows(rng, law, n)
        return csr_array((X.data, falling[X.indices], X.indptr), shape=X.shape)

    return model(rows, variances)
