"""Dense random features without ridge: exact laws given what was measured on the smaller side.

Averaged over the larger of the two sides, given the draw of the smaller one, the ridgeless columns follow
exactly from a few auxiliary ones. Derivations: docs/random_features.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from theory.parameters import Cell, cells_of
from theory.prediction import Prediction, Values
from theory.ridgeless import double_descent_factor, growth


def conditional_bias(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "bias" from the measured given["unresolved"]: L∞(·) (X − 1)/(X − m − 1), shape (n_points,).

    Exact: the mean over the larger side, given the draw of the smaller (F for N < D, the inputs for N > D).

    Raises ValueError for |N − D| < 2.
    Source: derived in docs/random_features.md, "The double-descent factor".
    """
    factors = np.array([float(double_descent_factor(*cell)) for cell in cells_of(cells)])  # (n_points,)
    return Prediction({"bias": factors * _given(given, "unresolved", len(factors))})


def conditional_excess(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "excess" from the measured given["unresolved"]: L∞(·) m/(X − m − 1), shape (n_points,). Exact.

    Raises ValueError for |N − D| < 2. Source: derived in docs/random_features.md, "Variance-limited".
    """
    shares = np.array([float(growth(*cell)) for cell in cells_of(cells)])  # (n_points,)
    return Prediction({"excess": shares * _given(given, "unresolved", len(shares))})


def conditional_noise(given: Values, *, cells: Sequence[Cell]) -> Prediction:
    """Column "noise" per unit label-noise variance, at γ = 0; exact, shape (n_points,).

    N < D: N/(D − N − 1), whatever is given. N > D, given the inputs T (M × D): given["noise_resolved"] +
    given["noise_unresolved"]/(N − D − 1), the columns being Tr[(TᵀT)⁻¹TᵀΛT(TᵀT)⁻¹] and L∞(T) Tr(TᵀT)⁻¹.

    Raises ValueError for |N − D| < 2 and for columns of the wrong shape.
    Source: derived in docs/random_features.md, "Label noise".
    """
    pairs = cells_of(cells)
    wide = np.array([N > D for N, D in pairs])
    values = np.array([N / (D - N - 1) if N < D else np.nan for N, D in pairs])  # A3, N < D
    if wide.any():
        gaps = np.array([N - D - 1 for N, D in pairs])
        resolved = _given(given, "noise_resolved", len(pairs))
        spread = _given(given, "noise_unresolved", len(pairs))
        values[wide] = resolved[wide] + spread[wide] / gaps[wide]  # A3, N > D
    return Prediction({"noise": values})


def _given(given: Values, name: str, points: int) -> npt.NDArray[np.float64]:
    """Return a measured column of shape (points,); raises ValueError if it is missing or shaped otherwise."""
    if name not in given:
        raise ValueError(f"the conditional law needs the measured column {name!r}, got {sorted(given)}")
    column = np.asarray(given[name], dtype=float)
    if column.shape != (points,):
        raise ValueError(f"column {name!r} must have one value per cell, shape ({points},), got {column.shape}")
    return column
