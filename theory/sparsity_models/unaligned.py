"""Unaligned sparsity: activation probabilities p_i by chance, P(p < t) = t^ν, whatever the variance."""

from __future__ import annotations

import numpy as np

from theory.precision import Real
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import Model, model, spectrum
from theory.sparsity_models.unaligned_rows import shares, silent, tail_of


def unaligned(*, decay: Real, tail: Real, n_modes: int) -> Model:
    """silent_i = ν B(ν, D + 1), exact; unknown_i = E (1 − r_i) with Σ E r_i = D.

    The second is a deterministic equivalent: what one row leaves unknown is taken to concentrate. The rank is D.
    Means over p: of the loss, the unseen part is carried by few datasets (docs/sparsity_models/unaligned.md).
    Raises ValueError unless decay and tail are positive.
    """
    variances, nu = spectrum(decay, n_modes), tail_of(tail)

    def never(n_rows: float) -> Array:
        return np.full(len(variances), silent(nu, n_rows))

    def unknown(n_rows: float) -> Array:
        of = shares(nu, n_rows)
        return 1 - of.lacking(1, variances / of.scale(variances, n_rows))

    return model(variances, never, unknown=unknown)
