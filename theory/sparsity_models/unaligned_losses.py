"""Unaligned sparsity at finite size: losses of N features on D rows, in the mean and in a typical dataset.

With R from Σ E r = N and df_2 = Σ E r² (theory.sparsity_models.unaligned_rows), m = min(N, D),

    loss = N/(N − df_2) Σ λ [(1 − df_2/D') E (1 − r)² + (N − df_2)/D' E r(1 − r)] D'/(D' − N),  D' = D − 1,  N < D,
    loss = Σ λ E (1 − r),  Σ E r = D,                                                              N infinite.

A coordinate never seen (r = 0) costs N/(N − df_2) + N/(D' − N) times its variance. The mean log loss takes the loss as
W = Σ λ_i w_i, w_i independent and either of two values, that of a coordinate never seen and the mean of the others:

    E log W = log E W + ∫ (e^(−t) − Π E e^(−t λ_i w_i/E W)) dt/t.

Deterministic equivalents. Derived in docs/sparsity_models/unaligned.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from theory.parameters import Cell, cells_of, sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import spectrum
from theory.sparsity_models.unaligned_rows import shares

LOG_TIME, STEP = np.arange(-30.0, 40.0, 0.2), 0.2
REMAINDER = 0.03
"""Of mean log losses where N <= D/20, absolute: relative order 1/N and the variance over features; measured, docs."""


class Costs(NamedTuple):
    """What is lost of each unit of variance; arrays of shape (n_modes,)."""

    variances: Array
    silent: float  # probability that a coordinate is never seen
    unseen: float  # part lost of such a coordinate
    seen: Array  # mean part lost of the others


def mean(of: Costs) -> float:
    """Mean loss E W = Σ λ_i [q u + (1 − q) s_i] at the given costs. Exact.

    q = ``silent`` is the chance that a coordinate is never seen, u and s_i are the parts then lost and lost otherwise.
    """
    return float(of.variances @ (of.silent * of.unseen + (1 - of.silent) * of.seen))


def mean_log(of: Costs) -> float:
    """E log W by quadrature, relative error 1e-8."""
    scale = mean(of)
    seen, unseen = of.variances * of.seen / scale, of.variances * of.unseen / scale
    t = np.exp(LOG_TIME)
    logs = np.logaddexp(np.log(of.silent) - np.outer(t, unseen), np.log1p(-of.silent) - np.outer(t, seen))
    transform = np.exp(logs.sum(1))
    return float(np.log(scale) + STEP * (np.exp(-t) - transform).sum())


@cache
def infinite(decay: float, tail: float, n_modes: int, n_samples: int) -> Costs:
    """Costs of infinitely many features on D rows: E (1 − r) with Σ E r = D. Deterministic equivalent.

    Of coordinates never seen everything is lost. Raises ValueError for parameters out of range and unless D is below
    the mean number of coordinates ever seen.
    """
    variances, of = spectrum(decay, n_modes), shares(tail, n_samples)
    lost = 1 - of.lacking(1, variances / of.scale(variances, n_samples))
    return Costs(variances, of.silent, 1.0, np.maximum(lost - of.silent, 0) / (1 - of.silent))


@cache
def finite(decay: float, tail: float, n_modes: int, n_features: int, n_samples: int) -> Costs:
    """N < D features. Raises ValueError otherwise."""
    N, rows = n_features, n_samples - 1
    if not rows > N:
        raise ValueError(f"n_features must be below n_samples - 1, got {N} and {n_samples}; take fewer features")
    variances, of = spectrum(decay, n_modes), shares(tail, n_samples)
    y = variances / of.scale(variances, N)
    one, two = of.lacking(1, y), of.lacking(2, y)
    df2 = float((2 * one - two).sum())
    unseen = N / (N - df2) + N / (rows - N)
    mixed = N / (rows - N)  # of E r(1 − r) = E(1 − r) − E(1 − r)²
    every = unseen * (1 - two) + mixed * (two - one)
    return Costs(variances, of.silent, unseen, np.maximum(every - of.silent * unseen, 0) / (1 - of.silent))


def losses(*, decay: Real, tail: Real, n_modes: int, cells: Sequence[Cell]) -> Prediction:
    """Columns "loss" and "log_loss" at cells (N, D), N < D; allowance REMAINDER of both.

    The allowance was measured for log losses and N <= D/20. Raises ValueError for N >= D − 1 and bad parameters.
    """
    return _columns([finite(float(decay), float(tail), n_modes, N, D) for N, D in cells_of(cells)])


def limits(*, decay: Real, tail: Real, n_modes: int, n_samples: Sequence[int]) -> Prediction:
    """Columns "loss" and "log_loss" of infinitely many features; allowance REMAINDER. Raises ValueError as `losses`."""
    return _columns([infinite(float(decay), float(tail), n_modes, D) for D in sizes_of("n_samples", n_samples)])


def _columns(costs: list[Costs]) -> Prediction:
    loss, log_loss = np.array([mean(of) for of in costs]), np.array([mean_log(of) for of in costs])
    return Prediction(
        {"loss": loss, "log_loss": log_loss}, {"loss": REMAINDER * loss, "log_loss": np.full(len(costs), REMAINDER)}
    )
