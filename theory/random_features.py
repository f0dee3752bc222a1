"""Dense power-law random features: predicted columns at the sizes simulated.

Inputs x = Λ^(1/2) z with λ_i = i^−(1+decay), N random features F x, D samples, isotropic teacher, least squares
with ridge γ on the sum of squares. ``loss`` is the population mean squared error without the factor 1/2 and
without the label noise of the test point; it is bias + σ² noise. Derivations: docs/random_features.md.

Ridgeless columns are defined here; ``ridge``, ``optimal_ridge``, ``hard_edge_factor``, ``peak_height`` and
``compute_optimal`` have modules of their own and are gathered here under the name of the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from flint import arb

from theory.parameters import count, finite_mean
from theory.precision import GUARD, Real, as_float, ball, working
from theory.prediction import Prediction, Values
from theory.ridgeless import (
    double_descent_factor,
    label_noise,
    label_noise_ball,
    leading_ball,
    leading_unresolved_loss,
    unresolved_ball,
    unresolved_loss,
)

__all__ = [
    "conditional_bias",
    "conditional_excess",
    "conditional_noise",
    "double_descent_factor",
    "excess",
    "label_noise",
    "leading_unresolved",
    "leading_unresolved_loss",
    "peak",
    "ridgeless",
    "unresolved",
    "unresolved_loss",
]

Cell = tuple[int, int]
COLUMN_DIGITS = 25  # far beyond float64, so that only the rounding of the column is left
UNRESOLVED_REMAINDER = 0.3  # |true/formula − 1| <= this/m², measured for m >= 2 (docs/random_features.md)
NOISE_REMAINDER = 2.0  # the same for the label noise at N > D, per D²


def unresolved(*, decay: Real, n_modes: float, n_features: Sequence[int]) -> Prediction:
    """Column "unresolved": loss of each of ``n_features`` random features with unlimited data.

    L∞(m) = κ m [1 + (m df_3 − df_2²)/(m (m − df_2)²)], df_1(κ) = m; shape (n_points,), in order. Deterministic
    equivalent with 1/m correction; allowance 0.3/m² of the value.

    Raises ValueError for decay <= 0 and for sizes that are no integer in [1, n_modes).
    Source: leading term Maloney, Roberts & Sully (2022); correction derived in docs/random_features.md.
    """
    sizes = _sizes("n_features", n_features)
    with working(COLUMN_DIGITS + GUARD):
        balls = [unresolved_ball(m, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for m in sizes]
        return _prediction({"unresolved": balls}, {"unresolved": [_unresolved_remainder(m) for m in sizes]})


def leading_unresolved(*, decay: Real, n_modes: float, n_features: Sequence[int]) -> Prediction:
    """Column "unresolved" by the leading term κ m alone: ``unresolved`` without its 1/m correction.

    The allowance is numerical only, so that the missing correction can be seen: a rival, not a law.

    Raises ValueError as ``unresolved`` does. Source: Maloney, Roberts & Sully (2022).
    """
    sizes = _sizes("n_features", n_features)
    with working(COLUMN_DIGITS + GUARD):
        balls = [leading_ball(m, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for m in sizes]
        return _prediction({"unresolved": balls}, {})


def ridgeless(*, decay: Real, n_modes: float, cells: Sequence[Cell]) -> Prediction:
    """Columns "bias" and "noise" (per unit label-noise variance) at γ = 0, at cells (N, D).

    bias = L∞(m) (X − 1)/(X − m − 1), m = min, X = max: exact factor times the deterministic equivalent
    ``unresolved``; allowance 0.3/m² of the value. noise: N/(D − N − 1), exact, for N < D; for N > D a
    deterministic equivalent with its 1/D correction (``label_noise``), allowance 2/D² of the value.

    Raises ValueError for |N − D| < 2 (infinite mean), m >= n_modes, bad decay or sizes.
    Source: derived in docs/random_features.md.
    """
    pairs = _cells(cells)
    with working(COLUMN_DIGITS + GUARD):
        bias = [_bias(N, D, decay, n_modes) for N, D in pairs]
        noise = [label_noise_ball(N, D, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) for N, D in pairs]
        return _prediction(
            {"bias": bias, "noise": noise},
            {
                "bias": [_unresolved_remainder(min(cell)) for cell in pairs],
                "noise": [0.0 if N < D else NOISE_REMAINDER / D**2 for N, D in pairs],
            },
        )


def excess(*, decay: Real, n_modes: float, cells: Sequence[Cell]) -> Prediction:
    """Column "excess": bias at (N, D) minus its limit at X = max(N, D) → ∞, γ = 0.

    L(m, X) − L(m, ∞) = L∞(m) m/(X − m − 1): exact in X given L∞(m); allowance 0.3/m² of the value.

    Raises ValueError as ``ridgeless`` does. Source: derived in docs/random_features.md, "Variance-limited".
    """
    pairs = _cells(cells)
    with working(COLUMN_DIGITS + GUARD):
        balls = [
            unresolved_ball(min(cell), decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS) * _share(*cell)
            for cell in pairs
        ]
        return _prediction({"excess": balls}, {"excess": [_unresolved_remainder(min(cell)) for cell in pairs]})


def conditional_bias(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "bias" from the measured given["unresolved"]: L∞(·) (X − 1)/(X − m − 1), shape (n_points,).

    Exact: the mean over the larger side, given the draw of the smaller one (F for N < D, the inputs for N > D).

    Raises ValueError for |N − D| < 2. Source: derived in docs/random_features.md, "The double-descent factor".
    """
    factors = np.array([float(double_descent_factor(*cell)) for cell in _cells(cells)])  # (n_points,)
    return Prediction({"bias": factors * _given(given, "unresolved", len(factors))})


def conditional_excess(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "excess" from the measured given["unresolved"]: L∞(·) m/(X − m − 1), shape (n_points,). Exact.

    Raises ValueError for |N − D| < 2. Source: derived in docs/random_features.md, "Variance-limited".
    """
    shares = np.array([float(m) for m in (_fraction(*cell) for cell in _cells(cells))])  # (n_points,)
    return Prediction({"excess": shares * _given(given, "unresolved", len(shares))})


def conditional_noise(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "noise" per unit label-noise variance, at γ = 0; exact, shape (n_points,).

    N < D: N/(D − N − 1), whatever is given. N > D, given the inputs T (M × D): given["noise_resolved"] +
    given["noise_unresolved"]/(N − D − 1), the columns being Tr[(TᵀT)⁻¹TᵀΛT(TᵀT)⁻¹] and L∞(T) Tr(TᵀT)⁻¹.

    Raises ValueError for |N − D| < 2 and for columns of the wrong shape.
    Source: derived in docs/random_features.md, "Label noise".
    """
    pairs = _cells(cells)
    wide = np.array([N > D for N, D in pairs])
    values = np.array([N / (D - N - 1) if N < D else np.nan for N, D in pairs])  # A3, N < D
    if wide.any():
        gaps = np.array([N - D - 1 for N, D in pairs])
        resolved = _given(given, "noise_resolved", len(pairs))
        spread = _given(given, "noise_unresolved", len(pairs))
        values[wide] = resolved[wide] + spread[wide] / gaps[wide]  # A3, N > D
    return Prediction({"noise": values})


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


def _share(N: int, D: int) -> arb:
    """m/(X − m − 1) as a ball."""
    return ball(_fraction(N, D))


def _fraction(N: int, D: int) -> Real:
    """m/(X − m − 1), exactly."""
    return double_descent_factor(N, D) - 1  # E1: (X − 1)/(X − m − 1) − 1


def _unresolved_remainder(m: int) -> float:
    """Relative remainder of ``unresolved`` at size m."""
    return UNRESOLVED_REMAINDER / m**2


def _sizes(name: str, values: Sequence[int]) -> list[int]:
    """Whole sizes of at least 1; raises ValueError otherwise or when there are none."""
    if len(values) == 0:
        raise ValueError(f"{name} is empty; name at least one size")
    return [count(name, value) for value in values]


def _cells(cells: Sequence[Cell]) -> list[Cell]:
    """Whole sizes (N, D) with |N − D| >= 2; raises ValueError otherwise."""
    if len(cells) == 0:
        raise ValueError("cells is empty; name at least one pair (n_features, n_samples)")
    pairs = [(count("n_features", N), count("n_samples", D)) for N, D in cells]
    for N, D in pairs:
        finite_mean(N, D)
    return pairs


def _given(given: Values, name: str, points: int) -> npt.NDArray[np.float64]:
    """A measured column of shape (points,); raises ValueError if it is missing or shaped otherwise."""
    if name not in given:
        raise ValueError(f"the conditional law needs the measured column {name!r}, got {sorted(given)}")
    column = np.asarray(given[name], dtype=float)
    if column.shape != (points,):
        raise ValueError(f"column {name!r} must have one value per cell, shape ({points},), got {column.shape}")
    return column


def _prediction(balls: dict[str, list[arb]], remainders: dict[str, list[float]]) -> Prediction:
    """Columns from balls; allowance = ball and rounding + relative remainder × value."""
    values, allowance = {}, {}
    for name, column in balls.items():
        pairs = np.array([as_float(value) for value in column])  # (n_points, 2)
        values[name] = pairs[:, 0]
        allowance[name] = pairs[:, 1] + np.abs(pairs[:, 0]) * np.array(remainders.get(name, 0.0))
    return Prediction(values, allowance)
