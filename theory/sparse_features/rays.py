"""Number of distinct rays of D sparse rows: the rank of bias-free ReLU features. Gaussian amplitudes.

A row with no active coordinate has no ray. A row with coordinate i alone lies on +e_i or −e_i, with probability
q_i/2 each, q_i = p_i Π_{j≠i} (1 − p_j). A row with two or more active coordinates has a ray of its own (almost
surely). Derived in docs/sparse_features/nonlinear.md, "Rays".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from theory.parameters import count, sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, row_law

CELL_LOSS = 4e-3
"""Largest relative deficit of the rank of finitely many features below the number of rays: three rays that no kink
tells apart are dependent. Stated for 8 features per row and at most 128 rows (docs/sparse_features/nonlinear.md)."""


def activity(*, decay: Real, sparsity: Real, n_modes: int, scale: Real = 1) -> tuple[float, Array]:
    """Probability q_0 of a row without active coordinate, and q_i (n_modes,), that i alone is active. Exact."""
    p = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale).probabilities
    always = p == 1
    silent = float(np.exp(np.log1p(-p[~always]).sum()))  # of the coordinates that can be silent
    if always.sum() > 1:
        return 0.0, np.zeros_like(p)
    if always.any():
        return 0.0, np.where(always, silent, 0.0)
    return silent, silent * p / (1 - p)


def expected_rays(n_samples: Sequence[int], *, decay: Real, sparsity: Real, n_modes: int, scale: Real = 1) -> Array:
    """E rays = D (1 − q_0 − Σ q_i) + 2 Σ_i [1 − (1 − q_i/2)^D], for every D. Exact; shape (n_sizes,).

    Raises ValueError for parameters outside their ranges, as `row_law` does.
    Source: derived here, docs/sparse_features/nonlinear.md.
    """
    none, alone = activity(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    several = 1 - none - alone.sum()
    half = np.log1p(-alone / 2)
    return np.array([D * several - 2 * np.expm1(D * half).sum() for D in sizes_of("n_samples", n_samples)])


def relu_rank(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    features_per_sample: int,
    scale: Real = 1,
    n_replicates: int = 1,
) -> Prediction:
    """Column "rank" of the ReLU design: the expected number of rays, with `CELL_LOSS` as its allowance.

    Exact for infinitely many features. Raises ValueError below 8 features per row and above 128 rows, where the
    allowance is not known.
    """
    del n_replicates
    if count("features_per_sample", features_per_sample) < 8 or max(n_samples) > 128:
        raise ValueError(
            "the deficit of the rank is known for at least 8 features per row and at most 128 rows, got "
            f"features_per_sample={features_per_sample} and n_samples={tuple(n_samples)}; compare counted rays instead"
        )
    rays = expected_rays(n_samples, decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    return Prediction({"rank": rays}, {"rank": CELL_LOSS * rays})
