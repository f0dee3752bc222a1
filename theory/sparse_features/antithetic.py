"""Antithetic pairs of ReLU features, max(0, ±f·x): the loss of as many linear features, up to N/D.

A pair spans f·x and |f·x|. With rows symmetric in law the even part is uncorrelated with the odd one and with the
labels, so that with unlimited data it gets no weight. D sampled rows give it some: to first order in 1/D the linear
part costs ε of `data_correction`, the even part between N/D, as if the error of the best linear fit were independent of
the features, and ε, as if |f·x| went together with the error as f·x does. Derived in docs/sparse_features/nonlinear.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import theory.random_features as dense
from theory.precision import Real
from theory.prediction import Prediction, Values
from theory.sparse_features.infinite_data import data_correction
from theory.sparse_features.row_law import Array

LARGEST = 0.25


def pair_correction(
    *, decay: Real, sparsity: Real, n_modes: int, n_samples: int, n_pairs: Sequence[int], scale: Real = 1
) -> tuple[Array, Array]:
    """Relative excess at D samples over unlimited data, and a bound on its error; both of shape (n_sizes,).

    ε + (N/D + ε)/2, within (ε − N/D)/2 + 3ε²: first order in 1/D, second order from the inverse sample moments.

    Raises ValueError where the excess is above 0.25: too few rows.
    Source: derived here, docs/sparse_features/nonlinear.md.
    """
    linear = data_correction(
        decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=n_samples, n_features=n_pairs, scale=scale
    )
    least = np.array(list(n_pairs)) / n_samples
    excess = linear + (least + linear) / 2
    if excess.max() > LARGEST:
        raise ValueError(
            f"the correction for finite data must be at most {LARGEST}, got {excess.max():.3g}; raise n_samples above "
            f"{n_samples} or lower n_pairs"
        )
    return excess, np.abs(linear - least) / 2 + 3 * linear**2


def conditional_pairs(
    given: Values,
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    n_pairs: Sequence[int],
    scale: Real = 1,
    n_test: int = 0,
    column: str = "loss",
) -> Prediction:
    """Column ``column`` from given["unresolved"], the loss of the same N linear features with unlimited data.

    Shape (n_sizes,). Raises ValueError as `pair_correction`. Source: derived here, docs/sparse_features/nonlinear.md.
    """
    del n_test
    excess, error = pair_correction(
        decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=n_samples, n_pairs=n_pairs, scale=scale
    )
    limit = np.asarray(given["unresolved"], dtype=float)
    return Prediction({column: limit * (1 + excess)}, {column: limit * error})


def pairs(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    n_pairs: Sequence[int],
    scale: Real = 1,
    n_test: int = 0,
) -> Prediction:
    """Column "loss" of N antithetic pairs: the loss of N dense linear features times 1 + `pair_correction`.

    Raises ValueError as `pair_correction`. Source: derived here, docs/sparse_features/nonlinear.md.
    """
    limit = dense.unresolved(decay=decay, n_modes=n_modes, n_features=n_pairs)
    value, allowance = limit.values["unresolved"], limit.allowance["unresolved"]
    given = conditional_pairs(
        {"unresolved": value},
        decay=decay,
        sparsity=sparsity,
        n_modes=n_modes,
        n_samples=n_samples,
        n_pairs=n_pairs,
        scale=scale,
        n_test=n_test,
    )
    excess = given.values["loss"] / value
    return Prediction({"loss": given.values["loss"]}, {"loss": given.allowance["loss"] + allowance * excess})
