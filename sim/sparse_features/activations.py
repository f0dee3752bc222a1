"""The law of one row: how often each coordinate is active, and how strong it is then."""

from __future__ import annotations

import math
from numbers import Real
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim import parameters

Array = npt.NDArray[np.float64]
AMPLITUDES = ("gaussian", "sign")


class Activations(NamedTuple):
    """The independent coordinates of a row, each array of shape (n_modes,)."""

    probabilities: Array  # p_i
    scales: Array  # a_i
    variances: Array  # λ_i = a_i² p_i
    amplitudes: str  # law of z_i


def activations(
    *, decay: float, sparsity: float, n_modes: int, scale: float = 1.0, amplitudes: str = "gaussian"
) -> Activations:
    """Activation probabilities min(1, scale · i^−sparsity) and variances i^−(1+decay) for i = 1..n_modes.

    ``sparsity`` 0 gives every coordinate the probability ``scale``. Raises ValueError if decay or scale is not
    positive and finite, sparsity negative or not finite, n_modes below 1 or amplitudes unknown.
    """
    decay = parameters.decay(decay)
    scale = parameters.positive("scale", scale, "it multiplies every activation probability")
    if not (isinstance(sparsity, Real) and math.isfinite(sparsity) and sparsity >= 0):
        raise ValueError(
            f"sparsity must be finite and at least 0, got {sparsity!r}; coordinate i is active with probability "
            "min(1, scale * i^-sparsity), which must not grow with i"
        )
    if amplitudes not in AMPLITUDES:
        raise ValueError(f"amplitudes must be one of {', '.join(AMPLITUDES)}, got {amplitudes!r}")
    i = np.arange(1, parameters.count("n_modes", n_modes) + 1, dtype=np.float64)
    p: Array = np.minimum(1.0, scale * i**-sparsity)
    variances = i ** -(1 + decay)
    return Activations(p, np.sqrt(variances / p), variances, amplitudes)


def amplitudes(rng: np.random.Generator, kind: str, size: int) -> Array:
    """z: standard normal numbers, or signs."""
    if kind == "sign":
        return np.asarray(2.0 * rng.integers(0, 2, size) - 1.0)
    return rng.standard_normal(size)
