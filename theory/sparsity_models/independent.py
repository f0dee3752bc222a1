"""Independent coordinates: the base model, with signs, uniform activity or a decaying teacher where asked."""

from __future__ import annotations

from theory.precision import Real
from theory.sparse_features.row_law import row_law
from theory.sparsity_models.model import Model, model


def independent(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    scale: Real = 1,
    amplitudes: str = "gaussian",
    teacher_decay: Real = 0,
) -> Model:
    """silent_i = (1 − p_i)^D, p_i = min(1, scale · i^−sparsity), whatever the amplitudes. Exact.

    Raises ValueError as `row_law` and `model`.
    """
    del amplitudes
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return model(law.variances, law.silent, teacher_decay=teacher_decay)
