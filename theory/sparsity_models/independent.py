"""Independent coordinates: the base model, with signs, uniform activity or a decaying teacher where asked."""

from __future__ import annotations

from theory.precision import Real, exact
from theory.sparse_features.pairs import LEAST_SPARSITY
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

    That coordinates seen are known is asymptotic, and holds for sparsity 1.4 and above only.
    Raises ValueError below that, and as `row_law` and `model`.
    """
    del amplitudes
    if float(exact(sparsity)) < LEAST_SPARSITY:
        raise ValueError(
            f"sparsity must be at least {LEAST_SPARSITY}, got {sparsity}: below, rows do not determine what they show; "
            "for equal probabilities use theory.sparsity_models.uniform, else theory.sparse_features.cavity"
        )
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return model(law.variances, law.silent, teacher_decay=teacher_decay)
