"""Cumulants of a distribution, and how they fall with size: central limit theorems without distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Quantity, View, distinct, slope_weights

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
        self.kind = f"{NAMES[order]} in {next(iter(view.at))}"
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

    def measure(self, means: Means) -> Array:
        """Minus the slope."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(-(np.log(self.sign * self.cumulants(means)) @ self.weights))[..., None]
