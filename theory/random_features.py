"""Dense power-law random features: predicted columns at the sizes simulated.

Inputs x = Λ^(1/2) z with λ_i = i^−(1+decay), N random features F x, D samples, isotropic teacher, least
squares with ridge γ on the sum of squares. The loss is the population mean squared error without the factor
1/2 and without the label noise of the test point: bias + σ² noise. Derivations: docs/random_features.md.

Ridgeless columns are defined here; ``ridge``, ``optimal_ridge``, ``hard_edge_factor``, ``peak_height`` and
``compute_optimal`` have modules of their own and are gathered here under the name of the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import arb

from theory.conditional import conditional_bias, conditional_excess, conditional_noise
from theory.hard_edge import hard_edge_factor, peak_height
from theory.parameters import Cell, cells_of, count, sizes_of
from theory.precision import GUARD, Real, as_float, ball, exact, working
from theory.prediction import Prediction
from theory.ridge import optimal_ridge, ridge, ridge_loss
from theory.ridgeless import (
    compute_optimal,
    double_descent_factor,
    growth,
    label_noise,
    label_noise_ball,
    leading_ball,
    leading_unresolved_loss,
    unresolved_ball,
    unresolved_loss,
)

__all__ = [
    "compute_optimal",
    "conditional_bias",
    "conditional_excess",
    "conditional_noise",
    "double_descent_factor",
    "excess",
    "hard_edge_factor",
    "label_noise",
    "leading_unresolved",
    "leading_unresolved_loss",
    "optimal_ridge",
    "peak",
    "peak_height",
    "ridge",
    "ridge_loss",
    "ridgeless",
    "unresolved",
    "unresolved_loss",
]

COLUMN_DIGITS = 25  # far beyond float64, so that only the rounding of the column is left
UNRESOLVED_REMAINDER = 0.3  # |true/formula − 1| <= this/m², measured for m >= 3 (docs/random_features.md)
SMALLEST_REMAINDER = 0.5  # the same for m = 1 and 2
LARGEST_DECAY = 3.0  # of those measurements
NOISE_REMAINDER = 3.0  # the same for the label noise at N > D, per D²


def unresolved(*, decay: Real, n_modes: float, n_features: Sequence[int]) -> Prediction:
    """Column "unresolved": loss of each of ``n_features`` random features with unlimited data.

    L∞(m) = κ m [1 + (m df_3 − df_2²)/(m (m − df_2)²)], df_1(κ) = m; shape (n_points,), in order.
    Deterministic equivalent with 1/m correction; allowance 0.3/m² of the value (0.5/m² for m <= 2).

    Raises ValueError for decay <= 0 and for sizes that are no integer in [1, n_modes).
    Source: leading term Maloney, Roberts & Sully (2022); correction derived in docs/random_features.md.
    """
    sizes = sizes_of("n_features", n_features)
    with working(COLUMN_DIGITS + GUARD):
        balls = [unresolved_ball(m, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for m in sizes]
        return _prediction({"unresolved": balls}, {"unresolved": [_unresolved_remainder(m, decay) for m in sizes]})


def leading_unresolved(*, decay: Real, n_modes: float, n_features: Sequence[int]) -> Prediction:
    """Column "unresolved" by the leading term κ m alone: ``unresolved`` without its 1/m correction.

    The allowance is numerical only, so that the missing correction can be seen: a rival, not a law.

    Raises ValueError as ``unresolved`` does. Source: Maloney, Roberts & Sully (2022).
    """
    sizes = sizes_of("n_features", n_features)
    with working(COLUMN_DIGITS + GUARD):
        balls = [leading_ball(m, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for m in sizes]
        return _prediction({"unresolved": balls}, {})


def ridgeless(*, decay: Real, n_modes: float, cells: Sequence[Cell]) -> Prediction:
    """Columns "bias" and "noise" (per unit label-noise variance) at γ = 0, at cells (N, D).

    bias = L∞(m) (X − 1)/(X − m − 1), m = min, X = max: exact factor times the deterministic equivalent
    ``unresolved``; allowance 0.3/m² of the value. noise: N/(D − N − 1), exact, for N < D; for N > D a
    deterministic equivalent with its 1/D correction (``label_noise``), allowance 3/D² of the value.

    Raises ValueError for |N − D| < 2 (infinite mean), m >= n_modes, bad decay or sizes.
    Source: derived in docs/random_features.md.
    """
    pairs = cells_of(cells)
    with working(COLUMN_DIGITS + GUARD):
        bias = [_bias(N, D, decay, n_modes) for N, D in pairs]
        noise = [label_noise_ball(N, D, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for N, D in pairs]
        return _prediction(
            {"bias": bias, "noise": noise},
            {
                "bias": [_unresolved_remainder(min(cell), decay) for cell in pairs],
                "noise": [0.0 if N < D else NOISE_REMAINDER / D**2 for N, D in pairs],
            },
        )


def excess(*, decay: Real, n_modes: float, cells: Sequence[Cell]) -> Prediction:
    """Column "excess": bias at (N, D) minus its limit at X = max(N, D) → ∞, γ = 0.

    L(m, X) − L(m, ∞) = L∞(m) m/(X − m − 1): exact in X given L∞(m); allowance 0.3/m² of the value.

    Raises ValueError as ``ridgeless`` does. Source: derived in docs/random_features.md, "Variance-limited".
    """
    pairs = cells_of(cells)
    with working(COLUMN_DIGITS + GUARD):
        balls = [
            unresolved_ball(min(cell), decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) * ball(growth(*cell))
            for cell in pairs
        ]
        return _prediction({"excess": balls}, {"excess": [_unresolved_remainder(min(cell), decay) for cell in pairs]})


def peak(n_samples: int) -> int:
    """Location of the ridgeless double-descent peak along n_features: N = D. Exact.

    Rank condition: the training residual can vanish as soon as rank(F X) = min(N, D) reaches D, and the mean
    excess over unlimited data, 1/|N − D| to leading order, is infinite for |N − D| <= 1.

    Raises ValueError for a size below 1. Source: derived in docs/random_features.md, "The peak".
    """
    return count("n_samples", n_samples)


def _bias(N: int, D: int, decay: Real, n_modes: float) -> arb:
    """Ball of L∞(m) (X − 1)/(X − m − 1)."""
    loss = unresolved_ball(min(N, D), decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS)
    return loss * ball(double_descent_factor(N, D))  # A4 × A2


def _unresolved_remainder(m: int, decay: Real) -> float:
    """Relative remainder of ``unresolved`` at size m; widened beyond the decays where it was measured."""
    widened = max(1.0, float(exact(decay)) / LARGEST_DECAY) ** 2
    return widened * (UNRESOLVED_REMAINDER if m >= 3 else SMALLEST_REMAINDER) / m**2


def _prediction(balls: dict[str, list[arb]], remainders: dict[str, list[float]]) -> Prediction:
    """Columns from balls; allowance = ball and rounding + relative remainder × value."""
    values, allowance = {}, {}
    for name, column in balls.items():
        pairs = np.array([as_float(value) for value in column])  # (n_points, 2)
        values[name] = pairs[:, 0]
        allowance[name] = pairs[:, 1] + np.abs(pairs[:, 0]) * np.array(remainders.get(name, 0.0))
    return Prediction(values, allowance)
