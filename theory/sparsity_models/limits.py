"""Infinitely many features on any model of sparsity: unseen mass, loss and rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theory.parameters import sizes_of
from theory.prediction import Prediction
from theory.sparsity_models.model import Model
from theory.sparsity_models.registry import model_named


def limits(*, model: str, n_samples: Sequence[int], **law: Any) -> Prediction:
    """What D rows leave to infinitely many features, and the rank of the rows, at every number of samples.

    Columns "unseen" = Σ λ_i ω_i silent_i(D), "seen" = Σ 1 − silent_i(D), "loss" = Σ λ_i ω_i unknown_i(D) and
    "rank" = Σ 1 − unknown_i(D). The first two are exact wherever silent is; loss and rank are asymptotic: they leave
    out coordinates that only some combination of rows hides (pairs that share their only row, of relative order
    rank/D), hence no allowance is given. Raises ValueError for an unknown model or parameters out of range.
    Source: derived here, docs/sparsity_models.md.
    """
    return limits_of(model_named(model, **law), n_samples)


def limits_of(on: Model, n_samples: Sequence[int]) -> Prediction:
    """`limits` of a model that has no name: one of your own, in a claim file."""
    signal = on.variances * on.teacher
    found = []
    for D in sizes_of("n_samples", n_samples):
        silent, unknown = on.silent(D), on.unknown(D)
        found.append((signal @ silent, (1 - silent).sum(), signal @ unknown, (1 - unknown).sum()))
    return Prediction(dict(zip(("unseen", "seen", "loss", "rank"), np.array(found).T, strict=True)))
