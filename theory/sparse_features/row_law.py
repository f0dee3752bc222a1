"""The law of one sparse row in float64: activation probabilities, gains and variances of its coordinates 1..M."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.parameters import count, decay_of, positive
from theory.precision import Real, exact
from theory.spectra import exponent

Array = npt.NDArray[np.float64]
FOURTH_MOMENTS = {"gaussian": 3.0, "sign": 1.0}
"""E z⁴ of the amplitudes, E z² = 1."""


class RowLaw(NamedTuple):
    """Independent coordinates, each array of shape (n_modes,)."""

    probabilities: Array  # p_i = min(1, scale · i^−sparsity)
    gains: Array  # a_i² = λ_i/p_i
    variances: Array  # λ_i = i^−(1+decay)

    def silent(self, n_rows: float) -> Array:
        """(1 − p_i)^n, the probability that coordinate i is active in none of n rows; shape (n_modes,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.probabilities < 1, np.exp(n_rows * np.log1p(-self.probabilities)), float(n_rows == 0))


def row_law(*, decay: Real, sparsity: Real, n_modes: float, scale: Real = 1) -> RowLaw:
    """Exact law of one row. ``sparsity`` may be 0: then every coordinate is active with probability ``scale``.

    Raises ValueError for decay <= 0, scale <= 0, sparsity < 0 or infinitely many modes.
    """
    if n_modes == math.inf:
        raise ValueError("n_modes must be finite here, got inf; for infinitely many modes use `unseen_mass_sum`")
    s = float(exponent(decay_of(decay)))
    c = float(positive("scale", scale, "it multiplies every activation probability"))
    eta = float(exact(sparsity))
    if eta < 0:
        raise ValueError(f"sparsity must be at least 0, got {sparsity}; probabilities must not grow with the index")
    i = np.arange(1, count("n_modes", n_modes) + 1, dtype=np.float64)
    p = np.minimum(1.0, c * i**-eta)
    variances = i**-s
    return RowLaw(p, variances / p, variances)


def fourth_moment(amplitudes: str) -> float:
    """E z⁴; raises ValueError for an unknown law of the amplitudes."""
    if amplitudes not in FOURTH_MOMENTS:
        raise ValueError(f"amplitudes must be one of {', '.join(FOURTH_MOMENTS)}, got {amplitudes!r}")
    return FOURTH_MOMENTS[amplitudes]
