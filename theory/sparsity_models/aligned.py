"""Infinitely many features where rare means weak: loss and rank with the coordinates that share their only row.

Independent rows. A coordinate has its first and only row among D with probability s_i per row,

    s_i(D) = silent_i(D − 1) − silent_i(D),

in whatever model. Two such singletons i < j in one row leave one combination unknown, along u ∝ (a_j z', −a_i z). With
β = u_i² it costs (β λ_i + (1 − β) λ_j)(β ω_i + (1 − β) ω_j), between λ_j ω_j and λ_i ω_i. Derived in
docs/sparsity_models/aligned.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theory.parameters import sizes_of
from theory.prediction import Prediction
from theory.sparse_features.pairs import CHAIN
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import Model
from theory.sparsity_models.registry import model_named


def aligned(*, model: str, n_samples: Sequence[int], equal_gains: bool = False, **law: Any) -> Prediction:
    """Columns "unseen", "seen" (exact) and "loss" = unseen + Pair, "rank" = seen − Σ_{i<j} D s_i s_j.

    Pair = Σ_{i<j} D s_i s_j (λ_i + λ_j)(ω_i + ω_j)/4, which is β = 1/2. Asymptotic(rank/D): allowance 0.4 (rank/D) of
    the corrections for larger clusters and, unless all amplitudes are equal signs (``equal_gains``), what β in [0, 1]
    can change. Where activations of a row exclude each other (k_hot) the corrections lie between 0 and these; then
    they are halved and their halves allowed.

    Raises ValueError for an unknown model or parameters out of range. Source: derived here,
    docs/sparsity_models/aligned.md.
    """
    on = model_named(model, **law)
    found = [_at(on, D, equal_gains, model == "k_hot") for D in sizes_of("n_samples", n_samples)]
    names = ("unseen", "seen", "loss", "rank")
    values, allowance = (dict(zip(names, np.array(part).T, strict=True)) for part in zip(*found, strict=True))
    return Prediction(values, allowance)


def _at(on: Model, D: int, equal_gains: bool, exclusive: bool) -> tuple[list[float], list[float]]:
    """Values and allowances of unseen, seen, loss and rank."""
    silent = on.silent(D)
    once = on.silent(D - 1) - silent
    signal = on.variances * on.teacher
    unseen, seen = float(signal @ silent), float((1 - silent).sum())
    pair, width = (D * part for part in _pairs(once, on.variances, on.teacher))
    deficit = D / 2 * float(once.sum() ** 2 - once @ once)
    more = CHAIN * seen / D
    if exclusive:
        pair, deficit = pair / 2, deficit / 2
        spread = [pair + width, deficit]
    else:
        spread = [more * pair + (0.0 if equal_gains else width), more * deficit]
    return [unseen, seen, unseen + pair, seen - deficit], [0.0, 0.0, *spread]


def _pairs(s: Array, variances: Array, teacher: Array) -> tuple[float, float]:
    """Σ_{i<j} s_i s_j times the cost at β = 1/2, and times half the difference of λ_i ω_i and λ_j ω_j."""
    rate, load, taught = s.sum(), s @ variances, s @ teacher
    signal = variances * teacher
    same = float((s**2) @ signal)
    middle = (float(rate * (s @ signal)) + float(load * taught) - 2 * same) / 4
    before = np.cumsum(s) - s
    half = float((s * (rate - before - s) * signal).sum() - (s * before * signal).sum()) / 2
    return middle, half
