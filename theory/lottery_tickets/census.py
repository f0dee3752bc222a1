"""Networks of two SiLU neurons on y = x²: the constant they may end at, and the pair that is best at its weight.

Derived in docs/lottery_tickets/census.md; constants in `census_laws`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import Chebyshev, Polynomial
from scipy.optimize import brentq

from theory.lottery_tickets import census_laws as symbolic
from theory.parameters import positive
from theory.prediction import Prediction

Array = npt.NDArray[np.float64]
N_NODES = 80
LEAST, MOST = 0.1, 3.4
"""Range of wR in which the stationary bias is known in float64: below, rounding; above, not checked."""
UNEQUAL = 5e-4
"""Largest relative change of the mean |b| of the best two neurons when ||w₁| − |w₂||/max |w| + |b₁ − b₂| goes from 0
to 0.1, for wR between 2.4 and 3; it is quadratic, docs/lottery_tickets/census.md."""


class Pair(NamedTuple):
    """Bias b >= 0, readout a and mean squared error of the best pair at an input weight."""

    bias: float
    readout: float
    loss: float


def constant_loss(radius: float) -> float:
    """Mean squared error 4R⁴/45 of the best constant. Exact. Raises ValueError unless the radius is positive."""
    value = positive("radius", radius, "x is uniform on [-R, R]")
    return float(symbolic.constant_loss().subs(symbolic.RADIUS, value))


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def silu(z: Array, order: int = 0) -> Array:
    """SiLU z/(1 + e^−z), or its first or second derivative. Exact."""
    s = _sigmoid(z)
    return np.asarray([z * s, s + z * s * (1 - s), s * (1 - s) * (2 + z * (1 - 2 * s))][order])


class _Line:
    """Means over x in [−R, R], and pairs on it."""

    def __init__(self, radius: float) -> None:
        x, q = np.polynomial.legendre.leggauss(N_NODES)
        self.x, self.q = radius * x, q / 2
        self.y = self.x**2

    def covariance(self, f: Array, g: Array) -> float:
        return float((f - f @ self.q) * (g - g @ self.q) @ self.q)

    def pair(self, b: float, w: float, order: int = 0) -> Array:
        return silu(b + w * self.x, order) + silu(b - w * self.x, order)

    def fitted(self, b: float, w: float) -> Pair:
        """The pair of these inner weights with readout and output bias by least squares."""
        g = self.pair(b, w)
        a = self.covariance(g, self.y) / self.covariance(g, g)
        return Pair(b, a, self.covariance(a * g - self.y, a * g - self.y))

    def stationary(self, b: float, w: float) -> float:
        """<g′ y> <g g> − <g y> <g g′>, covariances, g′ = dg/db: zero where the loss does not change with b."""
        g, h = self.pair(b, w), self.pair(b, w, 1)
        g_g, g_y = self.covariance(g, g), self.covariance(g, self.y)
        return self.covariance(h, self.y) * g_g - g_y * self.covariance(g, h)


@cache
def best_pair(weight: float, radius: float) -> Pair:
    """The pair a (silu(wx + b) + silu(−wx + b)) + c closest to x² in the mean square, at a given w. Exact.

    silu(z) − z/2 is even, so −b is as good as b; the positive one is returned. Float64, residual below 10⁻⁹ of b for
    wR in [0.1, 3.4]. Raises ValueError outside. For small w: b = 1.0319582 + 0.0525619 w²R², `census_laws.bias_shift`.
    """
    line = "x is uniform on [-R, R]"
    reach = float(positive("weight", weight, "take |w|: the pair has ±w") * positive("radius", radius, line))
    if not LEAST <= reach <= MOST:
        raise ValueError(
            f"weight × radius must be between {LEAST} and {MOST}, got {reach}; for small weights use census_laws"
        )
    on = _Line(radius)
    b = float(brentq(on.stationary, 0.9, 2.0, args=(weight,), xtol=1e-13))
    return on.fitted(b, weight)


def pair_at(bias: float, weight: float, radius: float) -> Pair:
    """The pair of any bias and weight, readout and output bias by least squares. Exact; float64.

    Even in the bias, with a maximum at 0. Raises ValueError unless weight and radius are positive.
    """
    positive("weight", weight, "take |w|: the pair has ±w")
    return _Line(float(positive("radius", radius, "x is uniform on [-R, R]"))).fitted(bias, weight)


@cache
def bias_polynomial(low: float, high: float, radius: float, degree: int) -> tuple[tuple[float, ...], float]:
    """Coefficients c_k of b(w) ≈ Σ c_k w^k for w in [low, high], and a bound on the error.

    Interpolation at Chebyshev points; the bound is twice the largest error on 101 points. Raises ValueError as
    `best_pair`.
    """
    if not low < high:
        raise ValueError(f"the window needs low < high, got {low} and {high}; swap them")
    fit = Chebyshev.interpolate(
        lambda ws: np.array([best_pair(float(w), radius).bias for w in ws]), degree, domain=[low, high]
    )
    at = np.linspace(low, high, 101)
    error = max(abs(fit(w) - best_pair(float(w), radius).bias) for w in at)
    return tuple(float(c) for c in fit.convert(kind=Polynomial).coef), 2 * float(error)


def biases(given: Mapping[str, Array], *, windows: Sequence[float], radius: float) -> Prediction:
    """Column "bias": sum of |b| over the tickets of a window, Σ_k c_k Σ w^k, given the columns "weight0", "weight1", ….

    For pairs symmetric within 0.1 at their best bias. The allowance is the interpolation of b(w) and `UNEQUAL`;
    training that stops before the best bias is not in it. One point per window between neighbouring ``windows``.
    Raises ValueError as `bias_polynomial`, and for windows outside 2.4 <= wR <= 3, where `UNEQUAL` is not known.
    """
    if not 2.4 <= min(windows) * radius <= max(windows) * radius <= 3:
        raise ValueError(f"windows × radius must be between 2.4 and 3, got {windows!r} × {radius}; move the windows")
    powers = sorted(name for name in given if name.startswith("weight"))
    values, errors = [], []
    for k, (low, high) in enumerate(pairwise(windows)):
        coefficients, error = bias_polynomial(low, high, radius, len(powers) - 1)
        values.append(sum(c * given[name][k] for c, name in zip(coefficients, powers, strict=True)))
        errors.append(error * given["weight0"][k] + UNEQUAL * values[-1])
    return Prediction({"bias": np.array(values)}, {"bias": np.array(errors)})


def constants(given: Mapping[str, Array], *, radius: float) -> Prediction:
    """Column "constant_loss": the loss in constant networks, 4R⁴/45 times their share. Exact at a minimum over c."""
    return Prediction({"constant_loss": constant_loss(radius) * given["constant"]})


def facing(given: Mapping[str, Array]) -> Prediction:
    """Column "opposite": half of the networks that are not constant, if training leaves signs as chance has them."""
    return Prediction({"opposite": (1 - given["constant"]) / 2})


def constant_stiffness(bias: Array, readout: Array, radius: float) -> float:
    """Smallest curvature of the loss in the input weights of a network with w = 0: a minimum where it is positive.

    Half the Hessian at w = 0 and the best c: −(4R⁴/45) diag(a_i silu″(b_i)) + (R²/3) v vᵀ with v_i = a_i silu′(b_i).
    Exact; b and a do not enter the loss there.
    """
    b, a = (np.asarray(values, dtype=float) for values in (bias, readout))
    v = a * silu(b, 1)
    hessian = np.diag(-constant_loss(radius) * a * silu(b, 2)) + radius**2 / 3 * np.outer(v, v)
    return float(np.linalg.eigvalsh(hessian)[0])
