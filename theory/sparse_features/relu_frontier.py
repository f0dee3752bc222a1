"""Loss of ridgeless least squares on random ReLU features beyond their threshold, given the kernel of the same rows.

With K the kernel of the rays and features taken as Gaussian with that covariance, θ = Φ⁺y and the features of a fresh
row are k_xᵀ K⁻¹ Φ plus independent noise of variance k(x, x) − k_xᵀ K⁻¹ k_x, so that

    E[L | X] = L_kernel + V/(N − m − 1),   V = E_x[k(x, x) − k_xᵀ K⁻¹ k_x] · tr Xᵀ K⁻¹ X,

m the number of distinct rays. For linear features L_kernel is T, m the rank r and V = r T: the law of linear students.
Derived in docs/sparsity_models/relu.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from theory.parameters import Cell, cells_of
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array

NON_GAUSSIAN = 0.5
"""Largest v in a factor 1 + v m/N on the second term, for features that are not Gaussian. Measured, not derived."""


def over_branch(
    given: Mapping[str, Array], *, cells: Sequence[Cell], excess: Array | float = NON_GAUSSIAN / 2
) -> Prediction:
    """Column "loss" at every (N, D) of ``cells`` from the measured columns "kernel", "cross_talk" and "rays".

    Gaussian equivalent with v = ``excess`` in the factor 1 + v m/N on its second term, 0 for Gaussian features;
    allowance: a quarter of m/N of that term, for v between 0 and 1/2. The columns enter at their means; the scatter
    of the number of rays adds the relative order Var m/(N − m)², less than a hundredth at the sizes on trial.

    Raises ValueError where N does not exceed the mean number of rays by more than 1.
    Source: derived here, docs/sparsity_models/relu.md.
    """
    features = np.array([N for N, _ in cells_of(cells)], dtype=float)
    rays = given["rays"]
    if not (features > rays + 1).all():
        k = int(np.argmin(features - rays))
        raise ValueError(
            f"n_features must exceed the number of rays, {rays[k]:.1f}, by more than 1, got {features[k]:g}; at fewer "
            "features the students do not interpolate"
        )
    second = given["cross_talk"] / (features - rays - 1)
    share = rays / features
    loss = given["kernel"] + second * (1 + excess * share)
    return Prediction({"loss": loss}, {"loss": NON_GAUSSIAN / 2 * share * second})
