"""Loss of at least as many features as the data have rank, exact given the data.

For N >= r the fit is exact: θ = G(GᵀG)⁻¹ w_s with G (N × r) standard normal, the rank r and the loss T of infinitely
many features being properties of the data. Hence E loss = T (1 + E|θ|²) and E|θ|² = r/(N − r − 1). Means exist for
N >= r + 2; with redrawn data for no N <= D + 1. Derived in docs/sparse_features/peak.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from theory.parameters import sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction

Array = npt.NDArray[np.float64]
Given = Mapping[str, Array]


def factor(n_features: Real, rank: Real) -> Fraction:
    """(N − 1)/(N − r − 1), the mean loss over T. Exact for Gaussian features.

    Raises ValueError for N < r + 2, where the mean is infinite (N = r, r + 1) or the law does not hold.
    """
    N, r = exact(n_features), exact(rank)
    if N - r < 2:
        raise ValueError(
            f"the mean loss is infinite, or the fit not exact, below r + 2 features: got N = {n_features} at rank "
            f"{rank}; raise N, or compare logarithms (theory.sparse_features.threshold)"
        )
    return (N - 1) / (N - r - 1)


def _factors(n_features: Sequence[int], given: Given) -> Array:
    rank = round(float(given["rank"][0]))
    return np.array([float(factor(N, rank)) for N in sizes_of("n_features", n_features)])


def conditional_loss(given: Given, *, n_features: Sequence[int]) -> Prediction:
    """Columns "loss" = T (N − 1)/(N − r − 1) and "unseen" = U (N − 1)/(N − r − 1). Exact given the data.

    ``given``: "rank" and "limit" (T), "unseen_mass" (U) where present.
    """
    factors = _factors(n_features, given)
    columns = {"loss": given["limit"][0] * factors}
    if "unseen_mass" in given:
        columns["unseen"] = given["unseen_mass"][0] * factors
    return Prediction(columns)


def conditional_noise(given: Given, *, n_features: Sequence[int]) -> Prediction:
    """Column "noise" = tr Λ_ssΣ⁻² + T tr Σ⁻²/(N − r − 1), added per unit label noise. Exact given the data.

    ``given``: "rank", "limit" (T), "inverse_trace" (tr Σ⁻²), "noise_resolved" (tr Λ_ssΣ⁻²).
    """
    rank = round(float(given["rank"][0]))
    factors = _factors(n_features, given)  # refuses N < r + 2
    over = (factors - 1) / rank  # 1/(N − r − 1)
    return Prediction({"noise": given["noise_resolved"][0] + given["limit"][0] * given["inverse_trace"][0] * over})


def conditional_noisy_loss(given: Given, *, n_features: Sequence[int], label_noise: float) -> Array:
    """Loss with label noise of variance σ², loss + σ² noise, at every N. Exact given the data."""
    loss = conditional_loss(given, n_features=n_features).values["loss"]
    noise = conditional_noise(given, n_features=n_features).values["noise"]
    return np.asarray(loss + label_noise * noise)
