"""Non-negative activations: what is seen, and what rows determine, does not know the signs."""

from __future__ import annotations

from theory.precision import Real
from theory.sparse_features.row_law import row_law
from theory.sparsity_models.model import Model, model


def half_normal(*, decay: Real, sparsity: Real, n_modes: int, scale: Real = 1) -> Model:
    """silent_i = (1 − p_i)^D as in the base model: exact. Raises ValueError as `row_law`.

    Second moments are not diagonal, E x_i x_j = E x_i E x_j; on coordinates never active only their trace counts,
    since teacher weights are independent. Source: derived here, docs/sparsity_models/aligned.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return model(law.variances, law.silent)
