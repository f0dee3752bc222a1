"""Rows whose activation probabilities are drawn by chance: how much of a coordinate D rows determine.

A coordinate of variance λ, active with probability p in n ~ Binomial(D, p) of the rows, has x = λ χ²_n/p there, and is
resolved to r = x/(x + R) by rows that know everything else up to R. With P(p < t) = t^ν the averages over p, n and
the chi-square depend on y = λ/R alone:

    E (1 − r)^k = ∫ t^(k−1)/(k−1)! e^(−t) Φ(t y) dt,    Φ(s) = E_p [1 − p (1 − (1 + 2s/p)^(−1/2))]^D.

A coordinate is never active with probability q = ν B(ν, D + 1). Derived in docs/sparsity_models/unaligned.md.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import beta

from theory.parameters import count, positive
from theory.precision import Real
from theory.sparse_features.row_law import Array

LOG_T = np.arange(-45.0, 3.9, 0.35)
LOG_S, LOG_Y = np.linspace(-90.0, 70.0, 1601), np.linspace(-40.0, 60.0, 1001)
LARGEST_TAIL = 10  # for which the nodes of `_probabilities` are dense enough
RAREST = 1e-8  # of 1/D: coordinates rarer than that are never active


def tail_of(value: Real) -> float:
    """Exponent ν of P(p < t) = t^ν. Raises ValueError unless it is positive and at most 10."""
    tail = float(positive("tail", value, "P(p < t) = t^tail must grow from 0 to 1"))
    if tail > LARGEST_TAIL:
        raise ValueError(
            f"tail must be at most {LARGEST_TAIL}, got {value}: beyond, hardly any coordinate is rare and the dense "
            "laws hold (theory.random_features)"
        )
    return tail


def silent(tail: Real, n_samples: float) -> float:
    """Probability q = ν B(ν, D + 1) that no row of D shows a coordinate. Exact, real D."""
    nu = tail_of(tail)
    return float(nu * beta(nu, n_samples + 1))


class Shares:
    """E (1 − r)^k and its lack to 1, k = 1, 2, as functions of y = λ/R; relative error below 1e-6.

    ``p`` and ``weights`` are nodes of the average over p, short of coordinates never active; ``silent`` is q.
    """

    def __init__(self, p: Array, weights: Array, silent: float, n_samples: int) -> None:
        self.silent = silent
        hit = p[:, None] * -np.expm1(-0.5 * np.log1p(2 * np.exp(LOG_S) / p[:, None]))
        lack = CubicSpline(LOG_S, weights @ -np.expm1(n_samples * np.log1p(-hit)))
        at = lack(LOG_Y[:, None] + LOG_T)
        weight = 0.35 * np.exp(LOG_T - np.exp(LOG_T))
        self._lacking = [CubicSpline(LOG_Y, at @ w) for w in (weight, weight * np.exp(LOG_T))]

    def lacking(self, k: int, y: Array) -> Array:
        """1 − E (1 − r)^k, k = 1 or 2."""
        return np.asarray(self._lacking[k - 1](np.log(y)))

    def scale(self, variances: Array, size: float) -> float:
        """R at which Σ E r = size. Raises ValueError unless 0 < size < number of coordinates ever active."""

        def excess(log_scale: float) -> float:
            return float(self.lacking(1, variances * math.exp(-log_scale)).sum()) - size

        low, high = -30.0, 30.0
        if not excess(low) > 0 > excess(high):
            raise ValueError(f"size must lie above 0 and below the number of coordinates that are seen, got {size}")
        return math.exp(brentq(excess, low, high, xtol=1e-12))


def shares(tail: Real, n_samples: float) -> Shares:
    """The averages for D rows. Raises ValueError for a tail that is not positive or a D below 1."""
    return _by_chance(tail_of(tail), count("n_samples", n_samples))


@cache
def _by_chance(tail: float, n_samples: int) -> Shares:
    return Shares(*_probabilities(tail, n_samples), silent(tail, n_samples), n_samples)


def uniform_shares(scale: Real, n_samples: float) -> Shares:
    """The averages where all p are equal to ``scale``. Raises ValueError unless 0 < scale < 1 and D is at least 1."""
    p, D = float(positive("scale", scale, "it is a probability")), count("n_samples", n_samples)
    if p >= 1:
        raise ValueError(f"scale must be below 1, got {scale}; at 1 rows are dense: use theory.random_features")
    return Shares(np.array([p]), np.ones(1), (1 - p) ** D, D)


def _probabilities(tail: float, n_samples: int) -> tuple[Array, Array]:
    """Gaussian nodes and weights of ∫ · dt^ν over log t, down to RAREST/D."""
    width = -math.log(RAREST / n_samples)
    n = math.ceil(width / 1.5)
    point, weight = np.polynomial.legendre.leggauss(8)
    step = width / n
    p = np.exp(-step * (np.arange(n)[:, None] + (point + 1) / 2)).ravel()
    return p, np.tile(step * weight / 2, n) * tail * p**tail
