"""Laws given the data as predictions: columns of an experiment from measured constants of its dataset.

``given`` holds "squares" (s_k²), "resolved" ((Λ_ss)_kk), "limit" (T) and "unseen_mass" (U).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from theory.prediction import Prediction
from theory.sparse_features import given_data, overparameterised

Array = npt.NDArray[np.float64]
Given = Mapping[str, Array]
GIVEN = ("squares", "resolved", "limit", "unseen_mass")
SECOND_ORDER = 2.0
"""Remainder of the corrected equivalent: SECOND_ORDER c² + 1/(2N²) + 1/(N − r)², c the first correction; measured."""


def spectrum_of(given: Given) -> given_data.Spectrum:
    """The dataset that the constants describe."""
    return given_data.spectrum(
        given["squares"], given["resolved"], float(given["limit"][0]), float(given["unseen_mass"][0])
    )


def conditional_loss(given: Given, *, n_features: Sequence[int]) -> Prediction:
    """Columns "loss" and "unseen" without ridge. Exact for N >= r + 2, corrected equivalent for N <= r − 2.

    The allowance is 0 above the threshold and the stated remainder below. Raises ValueError for N in r − 1..r + 1.
    """
    data = spectrum_of(given)
    loss, unseen, remainder = (np.zeros(len(n_features)) for _ in range(3))
    for k, N in enumerate(n_features):
        if abs(N - data.rank) < 2:
            raise ValueError(f"the mean is infinite at N = {N} and rank {data.rank}; keep at least 2 away, or use logs")
        if data.rank < N:
            factor = float(overparameterised.factor(N, data.rank))
            loss[k], unseen[k] = data.loss * factor, data.unseen * factor
        else:
            found = given_data.corrected(data, N)
            loss[k], unseen[k] = found.loss, found.unseen
            remainder[k] = SECOND_ORDER * found.correction**2 + 0.5 / N**2 + 1 / (data.rank - N) ** 2
    return Prediction({"loss": loss, "unseen": unseen}, {"loss": remainder * loss, "unseen": remainder * unseen})


def conditional_ridge(given: Given, *, points: Sequence[tuple[int, float]]) -> Prediction:
    """Column "loss" with a ridge γ > 0 at every (N, γ). Corrected equivalent on both sides of the threshold and at it.

    Allowance: SECOND_ORDER c² + 1/N² of the loss.
    """
    data = spectrum_of(given)
    found = [given_data.corrected(data, N, ridge) for N, ridge in points]
    loss = np.array([one.loss for one in found])
    remainder = np.array(
        [SECOND_ORDER * one.correction**2 + 1 / N**2 for one, (N, _) in zip(found, points, strict=True)]
    )
    return Prediction({"loss": loss}, {"loss": remainder * loss})


def conditional_share(given: Given, *, n_features: Sequence[int]) -> Prediction:
    """Column "unseen" as the unseen share of the measured column "loss" in ``given``; U/T exactly for N >= r.

    Below the threshold the share is that of the corrected equivalent; its remainder is that of the loss times the
    share of the loss on seen coordinates, since the variance factor multiplies both.
    """
    law = conditional_loss(given, n_features=n_features)
    share = law.values["unseen"] / law.values["loss"]
    unseen = share * np.asarray(given["loss"], dtype=float)
    return Prediction({"unseen": unseen}, {"unseen": (1 - share) * law.allowance["loss"] / law.values["loss"] * unseen})
