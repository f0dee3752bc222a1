"""What no learner can go below: the coordinates of the teacher that its data say nothing about.

Given data, test row and the learner's own randomness, teacher coordinates never active in the data are still
independent with variance 1, so the error at a test row x is at least Σ_unseen x_i². Averaged, every mean loss is at
least the mean unseen mass; for a normal teacher without label noise at least the posterior variance, which
minimum-norm least squares attains. Exact inequalities; derived in docs/sparse_features/nonlinear.md.
"""

from __future__ import annotations

import numpy as np

from theory.prediction import Prediction, Values

ROUNDING = 1e-9
"""Relative numerical error of a measured bound: where no pair of coordinates is confused a learner attains it."""


def unseen_bound(given: Values, *, factor: float = 1.0) -> Prediction:
    """Column "loss": the measured given["unseen"] times ``factor`` (1 for the theorem), shape (n_points,).

    The mean of the unseen mass over the very datasets on trial; over all datasets it is
    `theory.sparse_features.unseen_mass.unseen_mass`. Raises ValueError if the column is missing.
    """
    return _conditional(given, "unseen", factor)


def bayes_bound(given: Values, *, factor: float = 1.0) -> Prediction:
    """Column "loss": the measured posterior variance given["bayes"] times ``factor``, shape (n_points,).

    T = Σ λ_i (1 − P_ii), P the projector on the rows; the Bayes risk of a standard normal teacher without noise.
    Raises ValueError if the column is missing.
    """
    return _conditional(given, "bayes", factor)


def _conditional(given: Values, name: str, factor: float) -> Prediction:
    if name not in given:
        raise ValueError(f"the bound needs the measured column {name!r}, got {sorted(given)}")
    bound = factor * np.asarray(given[name], dtype=float)
    return Prediction({"loss": bound}, {"loss": ROUNDING * bound})
