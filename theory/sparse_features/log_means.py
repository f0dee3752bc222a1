"""Mean log loss over redrawn sparse datasets, on both sides of the interpolation peak.

The mean loss over datasets is infinite below N = D + 2, since every rank occurs; the mean of its logarithm is not.
Beyond the peak loss = T (1 + tr(GᵀG)⁻¹) given the data, G Gaussian (N × r), so that

    E log loss = E log T − E log(N − 1 − r) + log(N − 1) − ½ Var[tr(GᵀG)⁻¹]/(1 + E tr(GᵀG)⁻¹)².

U and S are sums of independent indicators, T and r the same up to what few coincidences change. E log U is an exact
integral, E log(N − 1 − r) an expansion in the exact cumulants of S. Derivations: docs/sparse_features/frontier.md.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from theory.sparse_features.coordinates import TIME_STEP, Array, Coordinates, ever, never
from theory.sparse_features.under_branch import effective_ridge, under_branch

SLOPE_STEP = 0.02  # in log κ, for the curvature of log loss in N


LEADING = 0.1  # share of pairs and of the deficit that the leading configurations miss; measured, docs


class LogLoss(NamedTuple):
    """Mean log loss and a bound on what the formula leaves out."""

    value: float
    remainder: float


class Cumulants(NamedTuple):
    """First four cumulants of a random number X: the fourth is E (X − E X)⁴ − 3 (Var X)²."""

    mean: float
    variance: float
    third: float
    fourth: float


def sum_of_indicators(chances: Array, sizes: Array, weights: Array) -> Cumulants:
    """Cumulants of Σ size · 1[independent event of the given chance]. Exact."""
    p = chances
    v = p * (1 - p)
    kappas = (p, v, v * (1 - 2 * p), v * (1 - 6 * v))
    return Cumulants(*(float(weights @ (sizes**k * kappa)) for k, kappa in enumerate(kappas, start=1)))


def mean_log(of: Cumulants) -> LogLoss:
    """E log X to the fourth cumulant; the remainder is the size of the last term kept. Asymptotic."""
    m = of.mean
    a, b, c = of.variance / m**2, of.third / m**3, of.fourth / m**4
    last = (c + 3 * a**2) / 4
    return LogLoss(math.log(m) - a / 2 + b / 3 - last, abs(last) + abs(b) * a)


def mean_log_unseen(on: Coordinates) -> float:
    """E log U of the unseen mass, hits of different coordinates being independent. Exact, by quadrature (1e-8).

    E log X = ∫ (e^(−t) − E e^(−tX)) dt/t, and E e^(−tU) = Π (1 − q + q e^(−tλ)) with q the chance to be unseen.
    """
    q = never(on)
    mean = float(on.weights @ (on.variances * q))
    t = np.exp(np.arange(-30.0, 40.0, TIME_STEP))
    with np.errstate(divide="ignore"):  # a coordinate that is never hit, far out: the transform is 0
        log_transform = on.weights @ np.log1p(q[:, None] * np.expm1(-np.outer(on.variances / mean, t)))
    return math.log(mean) + TIME_STEP * float((np.exp(-t) - np.exp(log_transform)).sum())


def seen(on: Coordinates) -> Cumulants:
    """Cumulants of the number S of coordinates seen, hits being independent."""
    return sum_of_indicators(ever(on), np.ones_like(on.variances), on.weights)


def over_branch(on: Coordinates, n_features: int, *, pairs: float = 0.0, deficit: float = 0.0) -> LogLoss:
    """E log loss for N features, N well above the rank r.

    ``pairs`` is E T/E U − 1, ``deficit`` E(S − r): zero for one-hot rows. Remainder: the last terms of both expansions,
    a tenth of deficit and pairs, half of ``pairs`` · r/D and what the total number of rows, which is fixed,
    correlates. Raises ValueError if N − 1 does not exceed E r by four standard deviations.
    """
    number = seen(on)
    r = number.mean - deficit
    gap = n_features - 1 - r
    if gap < 4 * math.sqrt(number.variance) or gap < 4:
        raise ValueError(
            f"n_features must exceed the rank {r:.1f} by four of its standard deviations, "
            f"{math.sqrt(number.variance):.1f}, got {n_features}; nearer the peak no expansion holds"
        )
    log_gap = mean_log(Cumulants(gap, number.variance, -number.third, number.fourth))
    spread = inverse_trace_variance(n_features, r) / ((n_features - 1) / gap) ** 2
    value = mean_log_unseen(on) + math.log1p(pairs) - log_gap.value + math.log(n_features - 1) - spread / 2
    remainder = log_gap.remainder + spread**2
    if deficit:
        remainder += LEADING * deficit / gap + (LEADING + 0.5 * r / on.n_samples) * pairs
    else:
        remainder += 0.5 * number.variance / gap**2 * r / on.n_samples + 1e-6
    return LogLoss(value, remainder)


def inverse_trace_variance(n_features: float, rank: float) -> float:
    """Var tr(GᵀG)⁻¹ of a Gaussian N × r matrix, N > r + 3. Exact.

    From E (tr W⁻¹)² = r [r (N − r − 2) + 2]/[(N − r)(N − r − 1)(N − r − 3)]. Raises ValueError for N <= r + 3.
    """
    m = n_features - rank
    if m <= 3:
        raise ValueError(f"n_features must exceed the rank by more than 3, got {n_features} and {rank}")
    return rank * (rank * (m - 2) + 2) / (m * (m - 1) * (m - 3)) - (rank / (m - 1)) ** 2


def below_branch(on: Coordinates, n_features: int) -> LogLoss:
    """E log loss for N features, N well below the rank. Deterministic equivalent, corrected.

    log of equivalent + correction, plus ½ Var(df_1) ∂²(log loss)/∂N² for the scatter of the rank over datasets, less
    half the relative variance of W = Σ λ(1 − R)². Remainder: half of both, 1/N² and the square of the correction.
    """
    log_kappa = math.log(effective_ridge(on, n_features))
    low, here, high = (under_branch(on, math.exp(log_kappa + k * SLOPE_STEP)) for k in (-1, 0, 1))
    near = [(point.n_features, math.log(point.equivalent)) for point in (low, here, high)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(near)]
    curvature = 2 * (slopes[1] - slopes[0]) / (near[2][0] - near[0][0])
    scatter = here.scatter * curvature / 2
    relative = here.correction / here.equivalent
    remainder = (abs(scatter) + here.variation / 2) / 2 + 1 / n_features**2 + relative**2
    return LogLoss(math.log(here.equivalent) + math.log1p(relative) + scatter - here.variation / 2, remainder)
