"""Gradient descent with a fixed step on least squares: when it is stable, and how the loss falls with the steps taken.

Step h on |y − Xw|²/(2D) from zero, teacher w with E w wᵀ = I, infinitely many features. With S = XᵀX/D the error after
t steps is (I − hS)^t w, hence the loss tr Λ (I − hS)^(2t). Derived in docs/sparse_features/descent.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import mpmath
import numpy as np
import numpy.typing as npt
from mpmath import mpf
from scipy import interpolate, special, stats

from theory.parameters import decay_of, positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.spectra import exponent

Array = npt.NDArray[np.float64]
LOWEST = -36.0  # of log y, y = h l/2: below, no coordinate has moved
COARSEST = 0.012  # step in log y
ONE_BY_ONE = 64  # coordinates evaluated themselves; the others through a spline with
KNOTS_PER_FACTOR = 14  # knots per factor e of the index
NEGLIGIBLE = 1e-15


def stability_threshold(step: Real) -> Fraction:
    """Largest curvature ω = 2/h at which the step h does not diverge: |1 − hl| <= 1 for 0 <= l <= 2/h. Exact.

    Raises ValueError for steps that are not positive.
    """
    return 2 / positive("step", step, "descent moves against the gradient")


def population_loss(time: Real, *, decay: Real, step: Real, digits: int = 30) -> mpf:
    """Σ_{i>=1} λ_i (1 − hλ_i)^(2t) with unlimited data: h^(−α/s) B(α/s, 2t + 1)/s, s = 1 + α; real t >= 0.

    The integral ∫_0 λ(1 − hλ)^(2t) di up to hλ = 1; by Euler and Maclaurin the sum differs by less than any power of
    1/t (below 1e-5 at h = 1/2, α = 1, t >= 50). Early times of any data: until the coordinates that D rows do not
    show begin to matter.

    Raises ValueError for decay <= 0, t < 0 and steps outside (0, 1], beyond which the first coordinate overshoots.
    """
    s, h, t = (
        exact(exponent(decay_of(decay))),
        positive("step", step, "descent moves against the gradient"),
        exact(time),
    )
    if h > 1 or t < 0:
        raise ValueError(f"the law needs 0 < step <= 1/λ_1 = 1 and time >= 0, got step={step}, time={time}")
    with working(digits + GUARD):
        part = as_mpf(ball((s - 1) / s))  # α/s
        return +(as_mpf(ball(h)) ** -part * mpmath.beta(part, 2 * as_mpf(ball(t)) + 1) / as_mpf(ball(s)))


def independent_coordinates(
    times: Sequence[int], *, step: Real, n_samples: int, probabilities: Array, gains: Array, variances: Array
) -> Array:
    """Σ λ_i E (1 − h a_i² χ²_n/D)^(2t), n ~ Bin(D, p_i), over stable values h a_i² χ²_n/D < 2; shape (n_times,).

    What descent leaves if coordinates do not disturb each other. By Jensen's inequality, (1 − hx)^(2t) being convex,
    [(I − hS)^(2t)]_ii >= (1 − hS_ii)^(2t): a lower bound of the mean loss of stable descents, exact up to those that
    other coordinates make unstable. Arrays (n_modes,) must vary smoothly beyond the first 64 coordinates. Relative
    error of the numbers below 1e-6 at D <= 10⁵.

    Raises ValueError for a step that is not positive.
    """
    h = float(positive("step", step, "descent moves against the gradient"))
    t = np.asarray(times, dtype=float)
    nodes = _nodes(len(variances))
    place, weight = _grid(min(COARSEST, (2 / n_samples) ** 0.5))
    left = np.exp(2 * t * _log_distance(place)[:, None])  # |1 − 2y|^(2t)
    kept = np.array(
        [_kept(n_samples, probabilities[i], 2 * n_samples / (h * gains[i]), place, weight, left) for i in nodes]
    )
    kept[:, t == 0] = 1.0
    head = nodes < ONE_BY_ONE
    total = variances[nodes[head]] @ kept[head]
    if head.all():
        return np.asarray(total)
    tail = np.arange(nodes[head][-1] + 1, len(variances))
    rest = interpolate.CubicSpline(np.log1p(nodes[nodes >= ONE_BY_ONE - 8]), kept[nodes >= ONE_BY_ONE - 8])
    return np.asarray(total + variances[tail] @ rest(np.log1p(tail)))


def _nodes(n_modes: int) -> npt.NDArray[np.intp]:
    """Indices (from 0) of the coordinates to be evaluated."""
    if n_modes <= 2 * ONE_BY_ONE:
        return np.arange(n_modes)
    knots = int(np.log(n_modes / ONE_BY_ONE) * KNOTS_PER_FACTOR) + 2
    beyond = np.round(np.geomspace(ONE_BY_ONE, n_modes - 1, knots)).astype(np.intp)
    return np.unique(np.concatenate([np.arange(ONE_BY_ONE), beyond]))


def _grid(step: float) -> tuple[Array, Array]:
    """Places y in (0, 1) and weights dy of a quadrature, equal steps of log y below 1/2 and of log(1 − y) above."""
    count = int((np.log(0.5) - LOWEST) / step) + 1
    u = np.linspace(LOWEST, np.log(0.5), count)
    weight = np.exp(u) * (u[1] - u[0])
    weight[[0, -1]] /= 2
    return np.concatenate([np.exp(u), -np.expm1(u[::-1])]), np.concatenate([weight, weight[::-1]])


def _log_distance(y: Array) -> Array:
    """Logarithm of |1 − 2y|, finite."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.where(y < 0.25, np.log1p(-2 * np.minimum(y, 0.25)), np.log(np.abs(1 - 2 * y))), -700.0)


def _kept(n_samples: int, p: float, stretch: float, place: Array, weight: Array, left: Array) -> Array:
    """E |1 − 2y|^(2t) over y < 1, y = χ²_n/stretch: shape (n_times,)."""
    mean = n_samples * p
    width = 12 * np.sqrt(mean) + 12
    n = np.arange(max(1, int(mean - width)), min(n_samples, int(mean + width)) + 1)
    chance = stats.binom.pmf(n, n_samples, p)
    n, chance = n[chance > NEGLIGIBLE], chance[chance > NEGLIGIBLE]
    x = stretch * place
    inside = x < max(20.0, float(n.max()) + 12 * np.sqrt(2.0 * n.max()) + 60) if len(n) else x < 0
    half, x = n[:, None] / 2, x[inside]
    density = chance @ np.exp((half - 1) * np.log(x / 2) - x / 2 - special.gammaln(half)) / 2
    still = (1 - p) ** n_samples + float(chance @ special.gammainc(n / 2, stretch * np.exp(LOWEST) / 2))
    return np.asarray(still + (density * stretch * weight[inside]) @ left[inside])
