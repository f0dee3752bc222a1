"""Gradient descent on one-hot rows, infinitely many features: exact mean loss, and the best use of D T = C.

Sign amplitudes: coordinate i has the curvature a_i² n_i/D, n_i ~ Bin(D, p_i) the rows that show it, so that after t
steps h the mean loss is

    Σ_i λ_i E (1 − h a_i² n_i/D)^(2t),      p_i = i^−η/ζ(η),  a_i² = ζ(η) i^(η−1−α).

Derived in docs/sparsity_models/teacher.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaln, gammaln, zeta

from theory.parameters import decay_of, positive
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.coordinates import one_hot

Array = npt.NDArray[np.float64]
SUM_ERROR = 1e-6  # relative, of sums over coordinates
WIDTH, LEAST = 7.5, 16.0  # hits counted: within WIDTH standard deviations of the mean and LEAST more
CHUNKS = 8
APART = 0.02  # in log D
GONE = -60.0  # logarithm of what counts as nothing
POISSON = 1e7  # rows from which on the hits of a coordinate are Poisson; relative error of what is left then 1/D


def losses(*, decay: Real, sparsity: Real, step: Real, cells: Sequence[tuple[int, int]]) -> Prediction:
    """Column "loss" after t steps on D one-hot rows, for every (t, D) of ``cells``. Exact up to rounding and sums.

    Raises ValueError as `loss_at`.
    """
    found = np.array([loss_at(t, D, decay=decay, sparsity=sparsity, step=step) for t, D in cells])
    return Prediction({"loss": found}, {"loss": SUM_ERROR * found})


def loss_at(times: float, n_samples: float, *, decay: Real, sparsity: Real, step: Real) -> float:
    """Mean loss after t steps on D rows; both may be real numbers (hits are then Poisson-like, of the same mean).

    Raises ValueError for sparsity outside (1, 1 + decay], where some step of any size is unstable, and for steps of
    2/ζ(sparsity) or more.
    """
    alpha, eta, h = _admitted(decay, sparsity, step)
    on = one_hot(alpha, eta, n_samples, "sign")
    kept = _kept(on.n_samples, on.probabilities, h * on.gains / on.n_samples, times)
    return float(on.weights @ (on.variances * kept))


def _admitted(decay: Real, sparsity: Real, step: Real) -> tuple[float, float, float]:
    alpha, eta, h = float(decay_of(decay)), float(exact(sparsity)), float(positive("step", step, "see the formula"))
    if not 1 < eta <= 1 + alpha:
        raise ValueError(
            f"sparsity must lie above 1 and at most at 1 + decay, got {sparsity} and {decay}: below, all is seen; "
            "above, rare coordinates make every fixed step unstable"
        )
    if h * zeta(eta, 1) >= 2:
        raise ValueError(f"step must be below 2/ζ(sparsity) = {2 / zeta(eta, 1):.4g}, got {step}; lower it")
    return alpha, eta, h


def _kept(D: float, p: Array, rate: Array, times: float) -> Array:
    """E |1 − rate n|^(2t), n ~ Bin(D, p), for every coordinate; rate n < 1 where it matters, but not for all n <= D."""
    mean = D * p
    low = np.maximum(0.0, np.floor(mean - WIDTH * np.sqrt(mean) - LEAST))
    high = np.minimum(np.floor(D), np.ceil(mean + WIDTH * np.sqrt(mean) + LEAST))
    some = (rate * high >= 1) | (2 * times * np.log1p(-np.minimum(rate * low, 0.5)) > GONE)
    kept = np.zeros_like(p)
    for part in np.array_split(np.flatnonzero(some), CHUNKS):  # of similar numbers of hits
        if len(part):
            n = low[part, None] + np.arange(1 + (high - low)[part].max())
            share = rate[part, None] * n
            with np.errstate(divide="ignore"):
                left = 2 * times * np.where(share < 0.5, np.log1p(-np.minimum(share, 0.5)), np.log(np.abs(1 - share)))
            logs = np.where(n <= high[part, None], left + _log_chance(n, D, p[part, None]), GONE)
            kept[part] = np.exp(np.maximum(logs, GONE)).sum(1)
    return kept


def _log_chance(n: Array, D: float, p: Array) -> Array:
    """Logarithm of the chance of n hits in D rows."""
    if D > POISSON:
        return np.asarray(n * np.log(D * p) - D * p - gammaln(n + 1))
    rest = np.maximum(D - n, 0.0)
    return np.asarray(n * np.log(p) + rest * np.log1p(-p) - betaln(n + 1, rest + 1) - np.log1p(D))


class Optimum(NamedTuple):
    """Best numbers of steps and samples at D T = compute, and the loss there."""

    times: float
    n_samples: float
    loss: float


@cache
def compute_optimal(compute: float, *, decay: Real, sparsity: Real, step: Real) -> Optimum:
    """Minimum over D of the loss at D T = C, real sizes: where the loss at D/δ and at D δ is equal, log δ = `APART`.

    Asymptotic(APART²) in place, of a factor that does not depend on C. Raises ValueError as `loss_at`.
    """
    alpha, eta, _ = _admitted(decay, sparsity, step)
    C = float(positive("compute", compute, "it is n_samples times steps"))
    centre = eta / (1 + alpha + eta) * np.log(C)

    def level(log_d: float) -> float:
        D = np.exp(log_d)
        return float(np.log(loss_at(C / D, D, decay=decay, sparsity=sparsity, step=step)))

    place = brentq(lambda x: level(x + APART) - level(x - APART), centre - 2, centre + 2, xtol=1e-12, rtol=1e-13)
    D = float(np.exp(place))
    return Optimum(C / D, D, float(np.exp(level(place))))
