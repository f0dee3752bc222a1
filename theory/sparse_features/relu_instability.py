"""How often a fixed step is unstable for infinitely many ReLU features of sparse data: P(λ_max(K/D) > ω), ω = 2/h.

K = |x| |x'| κ(cos)/2, κ(c) = (√(1 − c²) + (π − arccos c) c)/π. A row with one strong entry has the diagonal |x|²/(2D),
half of that of XXᵀ/D. Unlike linear features, those of two rows without a common coordinate overlap, κ(0) = 1/π: the
other rows push its eigenvalue s up to ω = s (1 + A/(ω − b)),

    A = τ/(2π²),   b = (τ/π + Σ λ_j²/(2πτ))/2,   τ = Σ λ_j.

So it exceeds ω where |x|² > 2 D ω/(1 + A/(ω − b)). Two hits of one coordinate with opposite signs do not overlap,
κ(−1) = 0: every coordinate is two, each active with probability p_i/2. Derived in docs/sparsity_models/relu.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from theory.parameters import positive, sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.instability import STEP, hits, instability, union
from theory.sparse_features.row_law import Array, RowLaw, row_law

LEAST = 1.0  # least threshold, in units of the largest variance: twice the largest eigenvalue of the bulk


def relu_instability(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    thresholds: Sequence[Real],
    scale: Real = 1,
) -> Prediction:
    """Column "relu": P(λ_max(K/D) > ω), every ω of ``thresholds`` for the first D of ``n_samples``, and so on.

    The formula of this module's text, Gaussian amplitudes; the entries of the strong row beside the spike are taken at
    their mean, fluctuations in second order as in `theory.sparse_features.instability`. Asymptotic in ω. Other rows as
    strong as the spike: they count in τ up to its own strength, or without limit; the middle is predicted, and half of
    the distance is the allowance, with the term of second order.

    Raises ValueError for thresholds up to 1 or too near the bulk, and as `row_law` does.
    Source: derived here, docs/sparsity_models/relu.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    levels = [float(positive("threshold", w, "a step h is unstable beyond the eigenvalue 2/h")) for w in thresholds]
    if not levels or min(levels) <= LEAST:
        raise ValueError(f"thresholds must exceed {LEAST:g}, the bulk of the kernel, got {list(thresholds)}")
    found = []
    for D in sizes_of("n_samples", n_samples):
        for level in levels:
            limited = law.variances * special.gammainc(1.5, D * level / law.gains)  # E[x²; x² < 2Dω]
            (low, second), (high, _) = (_probability(D, law, level, each) for each in (limited, law.variances))
            found.append(((low + high) / 2, (high - low) / 2 + second))
    value, remainder = np.array(found).T
    return Prediction({"relu": value}, {"relu": remainder})


def relu_beside_linear(given: Mapping[str, Array], *, thresholds: Sequence[Real], **world: Any) -> Prediction:
    """Column "relu" = the measured share "linear_twice" of XXᵀ/D beyond 2 ω times the ratio of the two theories.

    Given the same datasets. Asymptotic as `relu_instability`, of which the arguments and errors are; the allowance is
    its own, since `theory.sparse_features.instability` errs alike in both.
    Source: derived here, docs/sparsity_models/relu.md.
    """
    own, twice = _both(tuple(thresholds), **{name: _frozen(value) for name, value in world.items()})
    scale = given["linear_twice"] / twice.values["unstable"]
    return Prediction({"relu": own.values["relu"] * scale}, {"relu": own.allowance["relu"] * scale})


@cache
def _both(thresholds: tuple[Real, ...], **world: Any) -> tuple[Prediction, Prediction]:
    """The two theories, which do not depend on what was measured."""
    return (
        relu_instability(thresholds=thresholds, **world),
        instability(thresholds=[2 * w for w in thresholds], **world),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def needed_strength(threshold: float, variances: Array) -> float:
    """2 ω/(1 + A/(ω − b)): the |x|²/D that makes an eigenvalue ω among rows of the given variances.

    Asymptotic in ω. Raises ValueError unless ω exceeds 2b.
    """
    total = float(variances.sum())
    A, b = total / (2 * math.pi**2), (total / math.pi + float(variances @ variances) / (2 * math.pi * total)) / 2
    if threshold <= 2 * b:
        raise ValueError(f"the threshold must exceed {2 * b:.3g}, twice the bulk of the kernel, got {threshold:g}")
    return 2 * threshold / (1 + A / (threshold - b))


def _probability(D: int, law: RowLaw, threshold: float, others: Array) -> tuple[float, float]:
    """P and its term of second order; ``others`` are the second moments of the other rows."""
    cut = D * threshold / law.gains / 2  # of two strong entries in one row the larger, x² > Dω, is the spike
    second = law.variances * special.gammainc(1.5, cut)
    fourth = 3 * law.gains * law.variances * special.gammainc(2.5, cut)
    one_sign = RowLaw(law.probabilities / 2, law.gains, law.variances / 2)
    level = needed_strength(threshold, others) - (second.sum() - second) / D

    def probability(change: float) -> tuple[float, Array]:
        each = hits(D, one_sign, level * (1 + change))
        return union(np.concatenate([each, each])), each

    (below, _), (here, each), (above, _) = (probability(k * STEP) for k in (-1, 0, 1))
    share = each / max(float(each.sum()), 1e-300)
    variance = float((fourth * (1 - share)).sum()) * (1 / D**2 + 1 / (math.pi**4 * D))
    extra = variance / 2 * max(below - 2 * here + above, 0.0) / (STEP * float(level.mean())) ** 2
    return min(here + extra, 1.0), extra
