"""Sparse rows with a leak: a share of every coordinate's power is dense, so that nothing is exactly zero."""

from __future__ import annotations

from numbers import Real

import numpy as np
from scipy.sparse import csr_array

from sim.sparse_features import rows as independent_rows
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparsity_models.model import Model, model


def leak(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    leak: float,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Model:
    """x_i = sqrt(1 − leak) s_i + sqrt(leak · λ_i) g_i: s a row of the base model, g_i ~ N(0, 1).

    Variances are i^−(1+decay) whatever the leak. Raises ValueError unless 0 <= leak <= 1, and as `activations`.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    share = share_of(leak)

    def rows(rng: np.random.Generator, n: int) -> csr_array:
        sparse, dense = parts(rng, law, n)
        return csr_array(mixed(sparse, dense, share))

    return model(rows, law.variances)


def share_of(leak: float) -> float:
    """Share of power as a float. Raises ValueError unless it is a number in [0, 1]."""
    if not (isinstance(leak, Real) and 0 <= leak <= 1):
        raise ValueError(f"leak must lie between 0 and 1, got {leak!r}; it is the dense share of every variance")
    return float(leak)


def parts(rng: np.random.Generator, law: Activations, n: int) -> tuple[csr_array, Array]:
    """Sparse rows S and dense rows G of the same variances, independent of each other; both (n × n_modes)."""
    sparse = independent_rows.rows(rng, law, n)
    return sparse, rng.standard_normal(sparse.shape) * np.sqrt(law.variances)


def mixed(sparse: csr_array, dense: Array, share: float) -> Array:
    """X = sqrt(1 − share) S + sqrt(share) G as a full array."""
    return np.asarray(np.sqrt(1 - share) * sparse.toarray() + np.sqrt(share) * dense)
