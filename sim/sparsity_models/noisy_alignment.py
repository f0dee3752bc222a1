"""Rare means weak on average only: activation probabilities scatter about a power of the rank."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim import parameters
from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations
from sim.sparsity_models.model import Model, model, spectrum


def noisy_alignment(*, decay: float, sparsity: float, n_modes: int, scatter: float, scale: float = 1.0) -> Model:
    """p_i = min(1, scale · i^−sparsity e^(scatter ξ_i)), ξ_i standard normal and drawn anew for every dataset.

    Variances are i^−(1+decay) whatever ξ: a_i² = λ_i/p_i. Amplitudes are Gaussian. Raises ValueError if decay,
    sparsity, scatter or scale is not positive.
    """
    eta = parameters.positive("sparsity", sparsity, "coordinate i is typically active with probability i^-sparsity")
    width = parameters.positive("scatter", scatter, "without scatter take the model 'independent'")
    typical = parameters.positive("scale", scale, "it multiplies every activation probability") * np.arange(
        1, parameters.count("n_modes", n_modes) + 1, dtype=np.float64
    ) ** (-eta)
    variances = spectrum(decay, n_modes)

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        p = np.minimum(1.0, typical * np.exp(width * rng.standard_normal(n_modes)))
        order = np.argsort(-p, kind="stable")  # rows are drawn with falling probabilities, then put back
        law = Activations(p[order], np.sqrt(variances / p)[order], variances[order], "gaussian")
        X = independent_rows.rows(rng, law, n)
        return csr_array((X.data, order[X.indices], X.indptr), shape=X.shape).sorted_indices()

    return model(rows, variances)
