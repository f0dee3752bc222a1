"""Cumulants of a distribution, and how they fall with size: central limit theorems without distances.

A power of a variable is far more skewed than the variable: the cube of a standardised sum of eight exponentials
has skewness 12. A low mean then comes with a low standard error, and the symmetric interval is too short above. So
it is taken on the scale log(1 + c κ), c two thirds of the skewness of x^p over its standard deviation, which makes
Student's ratio symmetric to this order: for a bound at distance d above the measured value the error is
s · c d/log(1 + c d). c is computed, not estimated: from the moments of the gamma law with the skewness of the
bound, which sums of skewed variables follow to first order beyond the Gaussian. Where c d is negative nothing is
gained: the error stays s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from compare.estimate import Estimate, Means
from compare.experiment import Array
from compare.quantity import Margin, Quantity, View, distinct, margin_of, slope_weights
from compare.rule import K_REACH

NAMES = {3: "skewness", 4: "excess kurtosis"}


class Cumulant(Quantity):
    """Skewness √n κ₃ (order 3) or excess kurtosis n κ₄ (order 4) at every point, n the first coordinate.

    ``Cumulant({1: "x", 2: "x2", 3: "x3"}, 3, mean=..., variance=..., n=(8, 16, 32))``: a column of every power of
    the variable up to the order. Moments are taken about the *predicted* mean and over the predicted variance,
    one value for all points or one each, so a part is linear in the columns. About a mean of 0 only the column
    of the highest power is needed. The margin is absolute.
    """

    def __init__(
        self,
        powers: Mapping[int, str],
        order: int,
        *,
        mean: npt.ArrayLike = 0.0,
        variance: npt.ArrayLike = 1.0,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        if order not in NAMES:
            raise ValueError(f"cumulants of order 3 and 4 are known, got {order}")
        view = View.of(powers.get(order, ""), at, points)
        self.sizes = next(iter(view.at.values()))
        m, v = (np.broadcast_to(np.asarray(value, dtype=float), self.sizes.shape) for value in (mean, variance))
        needed = range(1, order + 1) if m.any() else (order,)
        if not set(needed) <= set(powers) or not (v > 0).all():
            raise ValueError(f"needs columns of the powers {list(needed)} and positive variances, got {powers}, {v}")
        self.kind, self.order = f"{NAMES[order]} in {next(iter(view.at))}", order
        self.views = tuple(View(powers[j], view.index, view.at, view.whole) for j in needed)
        self.names = tuple(distinct([f"{NAMES[order]} [{label}]" for label in view.labels()]))
        scale = v ** (-order / 2)
        self.terms = {powers[j]: special.comb(order, j) * (-m) ** (order - j) * scale for j in needed}
        self.constant = (-m) ** order * scale - (3.0 if order == 4 else 0.0)
        self.growth = self.sizes ** (order / 2 - 1)

    def cumulants(self, means: Means) -> Array:
        """κ at every point."""
        index = self.views[0].index
        raw = [weight * means[column][..., index] for column, weight in self.terms.items()]
        return np.asarray(self.constant + np.sum(raw, axis=0))

    def measure(self, means: Means) -> Array:
        """√n κ₃ or n κ₄."""
        return np.asarray(self.growth * self.cumulants(means))

    @np.errstate(all="ignore")
    def spread(self, estimate: Estimate, dropped: Sequence[Means], margin: Margin) -> tuple[Array, Array]:
        """Errors towards the nearer bound, and those of a value below the margin by the reach; see the module."""
        measured = np.mean([self.measure(means) for means in dropped], axis=0)  # linear: that of all draws
        margins = np.array([margin_of(margin, name) for name in self.names])
        bound = measured - estimate.gap + np.where(estimate.gap >= 0, margins, -margins)
        c = power_skewness(bound / self.growth, self.order) / self.growth
        there = estimate.stderr
        for _ in range(20):  # the reach grows with the error there, and the error with the reach
            there = estimate.stderr * stretch(np.abs(c) * K_REACH * there)
        return estimate.stderr * stretch(c * (bound - measured)), there


def stretch(x: Array) -> Array:
    """x/log(1 + x) for positive x, else 1."""
    return np.asarray(np.where(x > 1e-9, x / np.log1p(np.maximum(x, 1e-9)), 1.0))


def power_skewness(cumulant: Array, order: int) -> Array:
    """Two thirds of the skewness of x^order over its standard deviation, x a standardised gamma variable.

    ``cumulant`` is its skewness, or its excess kurtosis 3/2 · skewness² (negative: taken as zero). The central
    moments follow μ_{r+1} = r (μ_{r−1} + skewness/2 · μ_r), exactly.
    """
    skewness = np.asarray(cumulant, dtype=float)
    skewness = skewness if order == 3 else np.sqrt(np.maximum(skewness, 0.0) / 1.5)
    moments = [np.ones_like(skewness), np.zeros_like(skewness)]
    for r in range(1, 3 * order):
        moments.append(r * (moments[r - 1] + skewness / 2 * moments[r]))
    one, two, three = (moments[k * order] for k in (1, 2, 3))
    return np.asarray(2 / 3 * (three - 3 * one * two + 2 * one**3) / (two - one**2) ** 2)


class CumulantExponent(Cumulant):
    """Exponent of the fall of a cumulant with size: minus the slope of log |κ| in log n; 1/2 or 1 for sums.

    ``sign=-1`` for a negative cumulant. A cumulant of the other sign is not a number, so every point should be
    resolved to several standard errors.
    """

    def __init__(
        self,
        powers: Mapping[int, str],
        order: int,
        *,
        sign: int = 1,
        mean: npt.ArrayLike = 0.0,
        variance: npt.ArrayLike = 1.0,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        super().__init__(powers, order, mean=mean, variance=variance, points=points, **at)
        self.kind = f"exponent of {NAMES[order]} in {next(iter(self.views[0].at))}"
        self.names, self.sign, self.weights = ("exponent",), sign, slope_weights(self.sizes)

    def spread(self, estimate: Estimate, dropped: Sequence[Means], margin: Margin) -> tuple[Array, Array]:
        """The jackknife's own: the logarithm is nearly symmetric."""
        del dropped, margin
        return estimate.stderr, estimate.stderr

    def measure(self, means: Means) -> Array:
        """Minus the slope."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(-(np.log(self.sign * self.cumulants(means)) @ self.weights))[..., None]
