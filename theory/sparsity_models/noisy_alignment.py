"""Activation probabilities that scatter about a power of the rank: averages over the scatter by quadrature."""

from __future__ import annotations

import numpy as np

from theory.parameters import count, positive
from theory.precision import Real
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import Model, model, spectrum

NODES, REACH = 400, 9.0
"""Trapezoidal rule over ξ in [−REACH, REACH]; what is cut off has probability 1e-19."""


def noisy_alignment(*, decay: Real, sparsity: Real, n_modes: int, scatter: Real, scale: Real = 1) -> Model:
    """silent_i = E_ξ (1 − p_i)^D, p_i = min(1, scale · i^−sparsity e^(scatter ξ)). Exact, by quadrature.

    The rule errs by less than 1e-9 where p stays below 1; the kink at p = 1 is harmless, (1 − p)^D being 0 there.
    Raises ValueError if decay, sparsity, scatter or scale is not positive. Source: derived here,
    docs/sparsity_models/aligned.md.
    """
    eta = float(positive("sparsity", sparsity, "coordinate i is typically active with probability i^-sparsity"))
    width = float(positive("scatter", scatter, "without scatter take the model 'independent'"))
    c = float(positive("scale", scale, "it multiplies every activation probability"))
    xi = np.linspace(-REACH, REACH, NODES + 1)
    weight = np.exp(-(xi**2) / 2)
    weight /= weight.sum()
    typical = c * np.arange(1, count("n_modes", n_modes) + 1, dtype=np.float64) ** -eta
    p = np.minimum(1.0, typical[:, None] * np.exp(width * xi))  # (n_modes, NODES + 1)

    def silent(n_rows: float) -> Array:
        if n_rows == 0:
            return np.ones(len(p))
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(n_rows * np.log1p(-p)) @ weight)

    return model(spectrum(decay, n_modes), silent)
