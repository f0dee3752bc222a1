"""Uniform activity: every coordinate is active with the same probability p."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import theory.random_features as dense
from theory.parameters import sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparsity_models.model import spectrum
from theory.sparsity_models.unaligned_rows import uniform_shares

REMAINDER = 0.12
"""Of "loss", relative, around pD = 1: single rows do not know equally much; measured (docs)."""


def limits(*, decay: Real, scale: Real, n_modes: int, n_samples: Sequence[int]) -> Prediction:
    """Columns "loss" and "sum" of infinitely many features at every D, p = ``scale``.

    "loss" = Σ λ E (1 − r) with Σ E r = D, n ~ Binomial(D, p) appearances of each coordinate; allowance 12 %.
    "sum" = (1 − p)^D Σ λ + κ D with its correction, coordinates unseen and dense; off by up to a quarter where the two
    are of one size, no allowance. Deterministic equivalents. Raises ValueError unless 0 < scale < 1.
    """
    variances = spectrum(decay, n_modes)
    sizes = sizes_of("n_samples", n_samples)
    known = [uniform_shares(scale, D) for D in sizes]
    lost = (1 - of.lacking(1, variances / of.scale(variances, D)) for of, D in zip(known, sizes, strict=True))
    loss = np.array([float(variances @ of) for of in lost])
    unseen = np.array([of.silent for of in known]) * variances.sum()
    both = unseen + dense.unresolved(decay=decay, n_modes=n_modes, n_features=sizes).values["unresolved"]
    return Prediction({"loss": loss, "sum": both}, {"loss": REMAINDER * loss})
