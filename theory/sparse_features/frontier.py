"""Columns of experiments with redrawn sparse datasets: mean log losses over a grid (N, D), one-hot or independent rows.

And the compute-optimal frontier at fixed C = N D^k in the limit of large C, on the over-parameterised branch:

    N* = r(D*) [1 + (1 + kη)/α],   v* = Γ(1 − 1/η) [1 + (1 + kη)/α],   β = α/(1 + kη),
    N* = v*^(kη/(1+kη)) c^(k/(1+kη)) C^(1/(1+kη)),   L* = c^(−kβ) T (1 + β) v*^β C^(−β).

Derivations: docs/sparse_features/frontier.md; the symbolic laws are in `theory.sparse_features.frontier_laws`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import zeta

from theory.parameters import count, decay_of, positive, sizes_of
from theory.prediction import Prediction
from theory.sparse_features.coordinates import Array, Coordinates, continuum, independent, never, one_hot, sparsity_of
from theory.sparse_features.log_means import LogLoss, below_branch, over_branch, seen
from theory.sparse_features.pairs import pair_loss
from theory.sparse_features.rank import leading_deficit, probabilities
from theory.sparse_features.scaling_function import threshold, unseen_constant
from theory.sparse_features.under_branch import equivalent

Cells = Sequence[tuple[int, int]]
SUM_ERROR = 1e-6  # relative, of sums over coordinates


def one_hot_unseen(*, decay: float, sparsity: float, n_samples: Sequence[int]) -> Prediction:
    """Column "loss" of infinitely many features on one-hot rows: Σ λ_i (1 − i^−η/ζ(η))^D. Exact, every i to infinity.

    Raises ValueError for η <= 1, decay <= 0 or sizes below 1.
    """
    on = (one_hot(decay, sparsity, D) for D in sizes_of("n_samples", n_samples))
    loss = np.array([float(at.weights @ (at.variances * never(at))) for at in on])
    return Prediction({"loss": loss}, {"loss": SUM_ERROR * loss})


def one_hot_log_loss(N: int, D: int, decay: float, sparsity: float, amplitudes: str) -> LogLoss:
    """E log loss of N features on D one-hot rows, on the branch where N lies."""
    on = one_hot(decay, sparsity, D, amplitudes)
    return (over_branch if seen(on).mean < N else below_branch)(on, count("n_features", N))


def one_hot_log_losses(*, decay: float, sparsity: float, cells: Cells, amplitudes: str = "gaussian") -> Prediction:
    """Column "log_loss" (cells): mean log loss of N features on D one-hot rows, for every (N, D).

    Deterministic equivalent with its first correction below the peak, exact expansion beyond; see `log_means`.
    """
    return _column([one_hot_log_loss(N, D, decay, sparsity, amplitudes) for N, D in cells])


def one_hot_log_ratios(*, decay: float, sparsity: float, cells: Cells, amplitudes: str = "gaussian") -> Prediction:
    """Column "log_ratio": mean log loss of the first less that of the second of every two cells."""
    known = one_hot_log_losses(decay=decay, sparsity=sparsity, cells=cells, amplitudes=amplitudes)
    value, remainder = known.values["log_loss"], known.allowance["log_loss"]
    return Prediction({"log_ratio": value[::2] - value[1::2]}, {"log_ratio": remainder[::2] + remainder[1::2]})


def log_losses(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    cells: Cells,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "log_loss" (cells) for rows of independent activations, N beyond the rank: T = U + pairs, r = S − deficit.

    Asymptotic in r/D; the remainder is that of `over_branch`. Raises ValueError near or below the peak.
    """
    p = probabilities(sparsity=sparsity, scale=scale, n_modes=n_modes)
    sizes = sorted({D for _, D in cells})
    lost = pair_loss(
        decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=sizes, scale=scale, amplitudes=amplitudes
    )
    pairs = dict(zip(sizes, lost, strict=True))
    found = []
    for N, D in cells:
        on = independent(decay, sparsity, D, n_modes, scale, amplitudes)
        share = pairs[D] / float(on.weights @ (on.variances * never(on)))
        found.append(over_branch(on, N, pairs=share, deficit=leading_deficit(p, D)))
    return _column(found)


def _column(found: Sequence[LogLoss]) -> Prediction:
    """Column "log_loss" with its remainders."""
    value, remainder = np.array(found).T
    return Prediction({"log_loss": value}, {"log_loss": remainder})


class Optimum(NamedTuple):
    """Compute-optimal sizes and loss."""

    n_features: float
    n_samples: float
    loss: float


def over_optimum(
    compute: float, *, decay: float, sparsity: float, scale: float = 1.0, data_power: float = 1.0
) -> Optimum:
    """Optimum beyond the peak at N D^k = C, k = ``data_power``. Asymptotic(C^(−1/(1+kη))).

    Raises ValueError for η <= 1 and where a parameter is not positive.
    """
    alpha, eta, k = float(decay_of(decay)), sparsity_of(sparsity), _data_power(data_power)
    C = float(positive("compute", compute, "it is n_features n_samples^k"))
    c = float(positive("scale", scale, "it multiplies every activation probability"))
    v, beta = threshold(sparsity) * (1 + (1 + k * eta) / alpha), alpha / (1 + k * eta)
    N = v ** (k * eta / (1 + k * eta)) * c ** (k / (1 + k * eta)) * C ** (1 / (1 + k * eta))
    loss = c ** (-k * beta) * unseen_constant(decay, sparsity) * (1 + beta) * v**beta * C**-beta
    return Optimum(N, (C / N) ** (1 / k), loss)


def _data_power(k: float) -> float:
    return float(positive("data_power", k, "compute is n_features times a power of n_samples"))


class Switch(NamedTuple):
    """Best places v = N/(cD)^(1/η) below and beyond the peak, and loss of the former over the latter."""

    under: float
    over: float
    ratio: float


def branch_switch(*, decay: float, sparsity: float, amplitudes: str = "gaussian", data_power: float = 1.0) -> Switch:
    """Minima of v^β F(v), the loss at fixed compute over c^(−kβ) C^(−β), on both sides. Deterministic equivalent.

    A ratio above 1 puts the optimum beyond the peak, below 1 under it: a first-order switch. Numbers to 1e-7.
    """
    alpha, eta, k = float(decay_of(decay)), sparsity_of(sparsity), _data_power(data_power)
    beta, over = alpha / (1 + k * eta), threshold(sparsity) * (1 + (1 + k * eta) / alpha)
    on = continuum(decay, sparsity, amplitudes)
    v, level = lowest(on, beta)
    return Switch(v, over, math.exp(level) / (over**beta * unseen_constant(decay, sparsity) * (1 + beta)))


def finite_switch(n_samples: float, *, decay: float, sparsity: float, amplitudes: str = "gaussian") -> float:
    """The ratio of `branch_switch` (k = 1) from N^β · loss of one-hot rows at finite D, on either branch.

    Without the correction of relative order 1/N. Raises ValueError as `branch_switch`.
    """
    beta = float(decay_of(decay)) / (1 + sparsity_of(sparsity))
    on = one_hot(decay, sparsity, n_samples, amplitudes)
    rank, left = seen(on).mean, float(on.weights @ (on.variances * never(on)))
    over = rank * (1 + 1 / beta)  # the minimum of N^β N/(N − r)
    return float(math.exp(lowest(on, beta)[1]) / (over**beta * left * over / (over - rank)))


def lowest(on: Coordinates, power: float) -> tuple[float, float]:
    """N below the peak with the least N^power · loss, and the log of that. ValueError if there is none."""

    def level(log_kappa: float) -> float:
        size, loss = equivalent(on, math.exp(log_kappa))
        return power * math.log(size) + math.log(loss)

    grid = np.arange(-12.0, 8.0) + (0.0 if math.isinf(on.n_samples) else _shift(on))
    values: Array = np.array([level(x) for x in grid])
    inside = np.flatnonzero((values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])) + 1
    if not len(inside):
        raise ValueError(f"no optimum below the peak for n_samples={on.n_samples}; use the over-parameterised one")
    best = inside[np.argmin(values[inside])]
    found = minimize_scalar(level, bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-6})
    return equivalent(on, math.exp(found.x))[0], float(found.fun)


def _shift(on: Coordinates) -> float:
    """Logarithm of the eigenvalue at the edge of what D rows show, i^η = cD: the unit of κ."""
    edge = np.argmin(np.abs(np.log(on.n_samples * on.probabilities)))
    return float(np.log(on.gains[edge]))


def one_hot_scale(sparsity: float) -> float:
    """Scale c = 1/ζ(η) of one-hot rows. ValueError for η <= 1."""
    return 1 / float(zeta(sparsity_of(sparsity)))
