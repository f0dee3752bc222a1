"""Fewer features than the rank of sparse data: the loss, its first correction, its scatter over datasets.

With R = x/(x + κ), df_k = Σ E R^k, B_jk = Σ λ E R^j (1 − R)^k, df_1(κ) = N, y = N − df_2 and W = T + B_02,

    loss = (N/y) W − 2 J_τ − J_εδ,   J = ½ log(1 − df_2/N).

The first term is the deterministic equivalent. The rest is its correction of relative order 1/N and 1/(r − N):
derivatives of the mean correction of log det(F XᵀX Fᵀ) in the spectrum, along x → x + τλx, ελ, δx². Here
Σ λ(1 − R)² counts unseen coordinates too (R = 0), so that T is in B_02. Derivations: docs/sparse_features/frontier.md.
"""

from __future__ import annotations

import math
from math import comb
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from theory.sparse_features.coordinates import Array, Coordinates, filters, resolved


class Loss(NamedTuple):
    """Loss of N features at one κ."""

    n_features: float  # N = df_1(κ)
    equivalent: float  # N/(N − df_2) Σ λ E(1 − R)²
    correction: float  # to be added, relative order 1/N + 1/(r − N)
    scatter: float  # variance over datasets of df_1 at fixed κ, hits being independent
    variation: float  # relative variance over datasets of W at fixed κ


class Powers:
    """E R^j (1 − R)^k, summed over the coordinates; from E (1 − R)^m, m <= 4."""

    def __init__(self, on: Coordinates, kappa: float) -> None:
        self.on = on
        self.kept, self.lacking = filters(on, kappa, 4)

    def mean(self, j: int, k: int) -> Array:
        """E R^j (1 − R)^k of every coordinate, j + k <= 4; without loss of digits where R is small."""
        if j == 0:
            return np.asarray(self.kept[k - 1])
        # R^j = Σ_m C(j, m) (−1)^m (1 − R)^m, and Σ_m C(j, m) (−1)^m = 0: the ones drop out of E (1 − R)^(m + k)
        terms = [-comb(j, m) * (-1) ** m * self.lacking[m + k - 1] for m in range(j + 1) if m + k]
        return np.asarray(sum(terms))

    def df(self, j: int) -> float:
        """df_j = Σ E R^j."""
        return float(self.on.weights @ self.mean(j, 0))

    def b(self, j: int, k: int) -> float:
        """B_jk = Σ λ E R^j (1 − R)^k."""
        weights = self.on.weights * self.on.variances
        return float(weights @ self.mean(j, k))


def under_branch(on: Coordinates, kappa: float) -> Loss:
    """The loss of N = df_1(κ) features, N below the rank. Deterministic equivalent; remainder of the second order.

    Sums relative to 1e-8.
    """
    of = Powers(on, kappa)
    df1, df2, df3, df4 = (of.df(j) for j in (1, 2, 3, 4))
    y, W = df1 - df2, of.b(0, 2)
    a, spread = df2 / y, df2 - df3
    b11, b12, b21, b22 = of.b(1, 1), of.b(1, 2), of.b(2, 1), of.b(2, 2)
    tau = -(b21 - spread * b11 / y) / y  # J_τ
    # derivatives along δ (divided by κ) of B_12, W, df_2 and df_2 − df_3; those along ε carry 1/κ
    d_b12 = b22 - 2 * of.b(3, 1) - a * (of.b(1, 3) - 2 * b22)
    d_W = -2 * (b21 - a * b12)
    d_df2 = 2 * (df3 - spread * a)
    d_spread = 2 * df3 - 3 * df4 - a * (2 * df2 - 5 * df3 + 3 * df4)
    along = b12 - spread * W / y  # (df_2)_ε κ/2
    mixed = 2 * (-a * along + d_b12 - d_spread * W / y - spread * (d_W / y + W * d_df2 / y**2))
    both = -0.5 * (mixed / y + 2 * along * d_df2 / y**2)  # J_εδ
    scatter = df2 - float(on.weights @ of.mean(1, 0) ** 2)
    variation = float((on.weights * on.variances**2) @ (of.mean(0, 4) - of.mean(0, 2) ** 2)) / W**2
    return Loss(df1, df1 / y * W, -2 * tau - both, scatter, variation)


def equivalent(on: Coordinates, kappa: float) -> tuple[float, float]:
    """Size N = df_1(κ) and the loss N/(N − df_2) Σ λ E(1 − R)² alone. Deterministic equivalent."""
    kept, lacking = filters(on, kappa, 2)
    df1, df2 = (float(on.weights @ x) for x in (lacking[0], 2 * lacking[0] - lacking[1]))
    return df1, df1 / (df1 - df2) * float((on.weights * on.variances) @ kept[1])


def effective_ridge(on: Coordinates, n_features: float) -> float:
    """κ with df_1(κ) = n_features. ValueError if the rank is not above n_features."""

    def excess(log_kappa: float) -> float:
        return resolved(on, math.exp(log_kappa)) - n_features

    high = 5.0
    while excess(high) > 0:
        high += 5
    low = high - 10
    while excess(low) < 0:
        low -= 10
        if low < -320:
            raise ValueError(
                f"n_features must lie below the rank of the data, got {n_features}; above it the fit is exact and the "
                "loss is T_X (N - 1)/(N - r - 1)"
            )
    return math.exp(brentq(excess, low, low + 10, xtol=1e-12, rtol=1e-13))
