"""Distribution of the loss at and above the interpolation threshold, exact given the data and the teacher.

Averaged over the teacher and the features outside the row space, loss = T (1 + |w_s|²/χ²_ν) with ν = N − r + 1
degrees of freedom, for every N >= r: |θ|² = w_sᵀ(GᵀG)⁻¹w_s = |w_s|²/χ²_ν. Derived in docs/sparse_features/peak.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import mpmath
import numpy as np
import numpy.typing as npt
from mpmath import mpf
from scipy import integrate, stats

from theory.precision import GUARD, Real, as_mpf, ball, working
from theory.prediction import Prediction

Array = npt.NDArray[np.float64]
Given = Mapping[str, Array]


def degrees_of_freedom(offset: int) -> int:
    """ν = N − r + 1 at N = r + offset. Raises ValueError below the threshold."""
    if offset < 0 or offset != int(offset):
        raise ValueError(f"the law holds for N >= r, got N - r = {offset}; below the threshold the fit is not exact")
    return int(offset) + 1


@lru_cache(maxsize=256)
def mean_log(signal: float, degrees: int) -> float:
    """E log(1 + a/χ²_ν), a = |w_s|²: exists at every ν. Exact, by quadrature in log χ² (error below 1e-9).

    Raises ValueError for a negative signal or ν < 1.
    """
    if signal < 0 or degrees < 1:
        raise ValueError(f"need |w_s|² >= 0 and at least one degree of freedom, got {signal} and {degrees}")

    half = degrees / 2
    norm = half * math.log(2) + math.lgamma(half)

    def density(u: float) -> float:  # of u = log χ², times log(1 + a/χ²)
        x = math.exp(u)
        return math.log1p(signal / x) * math.exp(half * u - x / 2 - norm)

    return float(integrate.quad(density, -80, 8, limit=400, points=(-8, 0, 4), epsabs=1e-11, epsrel=1e-11)[0])


def below(level: float, signal: float, degrees: int) -> float:
    """P(loss/T <= level) = P(χ²_ν >= a/(level − 1)). Exact."""
    return float(stats.chi2.sf(signal / (level - 1), degrees)) if level > 1 else 0.0


def conditional(
    given: Given, *, offsets: Sequence[int], levels: Sequence[float], thresholds: Sequence[float], shift: int = 1
) -> Prediction:
    """Columns "log_loss" (offsets), "below" (offsets × levels) and "exceeds" (offsets × thresholds) of loss/T.

    ``given``: "limit" (T) and "signal" (|w_s|²). ``shift``: degrees of freedom at N = r, 1.
    """
    T, a = float(given["limit"][0]), float(f"{given['signal'][0]:.12g}")  # rounded, so that evaluations are kept
    nu = [degrees_of_freedom(offset) - 1 + shift for offset in offsets]
    return Prediction(
        {
            "log_loss": np.array([np.log(T) + mean_log(a, n) for n in nu]),
            "below": np.array([below(level, a, n) for n in nu for level in levels]),
            "exceeds": np.array([1 - below(level, a, n) for n in nu for level in thresholds]),
        }
    )


def exceedance(level: Real, *, offset: int, signal: Real = 1, digits: int = 30) -> mpf:
    """P(loss/T > level) = P(χ²_ν < a/(level − 1)) to ``digits`` digits: falls as level^−(ν/2)."""
    with working(digits + GUARD):
        half = mpf(degrees_of_freedom(offset)) / 2
        x = as_mpf(ball(signal)) / (as_mpf(ball(level)) - 1) / 2
        return +mpmath.gammainc(half, 0, x, regularized=True)


def log_height(rank: Real, offset: int = 0, digits: int = 20) -> mpf:
    """E log(loss/T) for a Gaussian teacher at N = r + offset: ψ((N + 1)/2) − ψ((N − r + 1)/2). Exact given the rank.

    loss/T = 1 + χ²_r/χ²_ν = χ²_(r+ν)/χ²_ν, ν = N − r + 1, and E log χ²_n = ψ(n/2) + log 2. At the threshold it is
    log r + γ + log 2 + O(1/r²): the height grows in proportion to the rank.

    Raises ValueError for a rank that is not positive and for a negative offset.
    """
    nu = degrees_of_freedom(offset)
    with working(digits + GUARD):
        r = as_mpf(ball(rank))
        if not r > 0:
            raise ValueError(f"rank must be positive, got {rank}; data of rank 0 teach nothing")
        return +(mpmath.digamma((r + nu) / 2) - mpmath.digamma(mpf(nu) / 2))


def log_heights(rank: Sequence[float], variance: Sequence[float]) -> Prediction:
    """Column "log_height" at N = r over datasets whose ranks have the given means and variances.

    To second order in the fluctuation of r: ψ((r̄ + 1)/2) + Var r ψ″((r̄ + 1)/2)/8 − ψ(1/2); allowance (Var r/r̄²)².
    """
    mean, spread = np.asarray(rank, dtype=float), np.asarray(variance, dtype=float)
    curvature = np.array([float(mpmath.psi(2, (r + 1) / 2)) / 8 for r in mean])
    values = np.array([float(log_height(r)) for r in mean]) + spread * curvature
    return Prediction({"log_height": values}, {"log_height": (spread / mean**2) ** 2})
