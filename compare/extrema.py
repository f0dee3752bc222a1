"""Peaks and optima: where a curve is highest or lowest, without an argmax over noisy points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Location, Margin, Part, Quantity, View, margin_of, slope_weights
from theory.prediction import Prediction

PEAK = "peak"


class Peak(Quantity):
    """Location of a singular peak: at the predicted place the column lies above every point outside the margin.

    The prediction names "peak", one location per group (groups in order of first appearance in ``group``). The
    parts are strict one-sided contrasts of column means, which must have moments: log loss, not loss. They share
    one level of disagreement. The margin is in units of the location.
    """

    def __init__(
        self,
        column: str,
        *,
        group: str | None = None,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        view = View.of(column, at, points)
        (self.location,) = [name for name in view.at if name != group]
        self.kind = f"peak in {self.location}"
        self.views = (view,)
        self.names = (PEAK,)
        keys = view.at[group] if group else np.zeros(len(view.index))
        self.groups = [np.flatnonzero(keys == key) for key in dict.fromkeys(keys)]
        self.labels = [f" [{group}={key:g}]" if group else "" for key in dict.fromkeys(keys)]

    def measure(self, means: Means) -> Array:
        """Location of the highest measured point of each group; for display, never judged."""
        (view,) = self.views
        heights, places = self.heights(means), view.at[self.location]
        tops = [places[group[np.argmax(heights[..., group], axis=-1)]] for group in self.groups]
        return np.stack(tops, axis=-1)

    def located(self, means: Means, prediction: Prediction) -> tuple[Location, ...]:
        """Predicted peak and highest point of every group."""
        places = zip(self.labels, self.predicted(prediction), self.measure(means), strict=True)
        return tuple(Location(label.strip(" []"), float(at), float(top)) for label, at, top in places)

    def heights(self, means: Means) -> Array:
        """What has the peak, one value per point: the column itself."""
        (view,) = self.views
        return means[view.column][..., view.index]

    def predicted(self, prediction: Prediction) -> Array:
        """Predicted location in each group."""
        locations = prediction.values.get(PEAK)
        if locations is None or len(locations) != len(self.groups):
            raise ValueError(f"a peak needs the prediction {PEAK!r} with {len(self.groups)} locations")
        return locations

    def _contrasts(self, prediction: Prediction, margin: Margin) -> list[tuple[str, int, int]]:
        width = margin_of(margin, PEAK)
        places = self.views[0].at[self.location]
        contrasts = []
        for group, label, peak in zip(self.groups, self.labels, self.predicted(prediction), strict=True):
            top = group[np.argmin(np.abs(places[group] - peak))]
            if not abs(places[top] - peak) <= width:
                raise ValueError(
                    f"no point within {width:g} of the predicted peak at {self.location}={peak:g}{label}; add one"
                )
            for other in group[np.abs(places[group] - peak) > width]:
                name = f"above {self.location}={places[other]:g}{label}"
                contrasts.append((name, int(top), int(other)))
        return contrasts

    def parts(self, prediction: Prediction, margin: Margin) -> tuple[Part, ...]:
        """One strict lower-bound part per point outside the margin."""
        contrasts = self._contrasts(prediction, margin)
        return tuple(Part(name, 0.0, "lower", 1 / len(contrasts)) for name, _, _ in contrasts)

    def gaps(self, means: Means, prediction: Prediction, margin: Margin) -> Array:
        """Height at the predicted peak minus height outside, one per part."""
        heights = self.heights(means)
        contrasts = self._contrasts(prediction, margin)
        return np.stack([heights[..., top] - heights[..., other] for _, top, other in contrasts], axis=-1)

    def allowance(self, prediction: Prediction, margin: Margin) -> Array:
        """Zero: the margin is a distance in location."""
        return np.zeros(len(self._contrasts(prediction, margin)))

    def distance(self, rival: Prediction, prediction: Prediction, margin: Margin) -> float:
        """Largest distance between the two locations, in margins."""
        return float(np.max(np.abs(self.predicted(rival) - self.predicted(prediction))) / margin_of(margin, PEAK))

    @property
    def size(self) -> int:
        """One test: the contrasts share its level."""
        return 1


class Optimum(Quantity):
    """Minimum of a parabola or cubic in log size fitted to log means, per group of points.

    Parts: ``location [group]``, the log of the optimal size, and ``level [group]``, the log of the minimum.
    Theory goes through the same fit. A group without a minimum gives NaN, hence an inconclusive verdict. With
    ``logged=True`` the column is a logarithm already, such as the mean log loss where the mean loss is infinite.
    """

    def __init__(
        self,
        column: str,
        *,
        group: str,
        parts: Sequence[str] = ("location", "level"),
        degree: int = 3,
        logged: bool = False,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        view = View.of(column, at, points)
        self.logged = logged
        self.variable, *others = [name for name in view.at if name != group]
        if others or not set(parts) <= {"location", "level"}:
            raise ValueError(f"an optimum is sought in one variable for location or level, got {at.keys()}, {parts}")
        self.kind = f"optimum in {self.variable}"
        self.views = (view,)
        self.degree, self.wanted = degree, tuple(parts)
        self.keys = list(dict.fromkeys(view.at[group]))
        self.groups = [np.flatnonzero(view.at[group] == key) for key in self.keys]
        if degree not in (2, 3):
            raise ValueError(f"an optimum is sought with a polynomial of degree 2 or 3, got {degree}")
        if any(len(members) <= degree + 1 for members in self.groups):
            raise ValueError(f"a fit of degree {degree} needs more than {degree + 1} points in every group")
        self.names = tuple(f"{part} [{group}={key:g}]" for part in self.wanted for key in self.keys)

    def minima(self, means: Means) -> dict[str, Array]:
        """Log location and log level of the minimum of every group."""
        (view,) = self.views
        found = []
        for members in self.groups:
            x = np.log(view.at[self.variable][members])
            y = np.asarray(means[view.column], dtype=float)[..., view.index[members]]
            if not self.logged:
                with np.errstate(invalid="ignore", divide="ignore"):
                    y = np.log(y)
            found.append(minimum_of_fit(x, y, self.degree))
        location, level = (np.stack(values, axis=-1) for values in zip(*found, strict=True))
        return {"location": location, "level": level}

    def measure(self, means: Means) -> Array:
        """The wanted parts, group by group."""
        minima = self.minima(means)
        return np.concatenate([minima[part] for part in self.wanted], axis=-1)


def minimum_of_fit(x: Array, y: Array, degree: int) -> tuple[Array, Array]:
    """Minimum (x*, y*) of the least-squares polynomial of degree 2 or 3 through (x, y) inside the range of x.

    ``y`` has shape (..., n_points), both results (...). NaN where the polynomial has no such minimum.
    """
    centre, scale = (x.max() + x.min()) / 2, (x.max() - x.min()) / 2
    fit = _fit(tuple((x - centre) / scale), degree)
    with np.errstate(all="ignore"):
        c = y @ fit
        a, b, slope = 3 * c[..., 3] if degree == 3 else np.zeros_like(c[..., 0]), 2 * c[..., 2], c[..., 1]
        # Of the roots of slope + b t + a t², the one where b + 2 a t > 0; written without a division by a.
        root = np.sqrt(b * b - 4 * a * slope)
        t = np.where(b > 0, -2 * slope / (b + root), (root - b) / (2 * a))
        inside = (np.abs(t) <= 1 + 1e-12) & (b + 2 * a * t > 0)
        level = (c * t[..., None] ** np.arange(degree + 1)).sum(axis=-1)
    return np.where(inside, centre + scale * t, np.nan), np.where(inside, level, np.nan)


@cache
def _fit(x: tuple[float, ...], degree: int) -> Array:
    """Matrix that takes values at ``x`` to the coefficients of their least-squares polynomial, lowest power first."""
    operator: Array = np.linalg.pinv(np.vander(x, degree + 1, increasing=True)).T
    operator.setflags(write=False)
    return operator


class Frontier(Optimum):
    """Compute-optimal frontier: how the optimal size and the optimal loss scale with compute.

    Per iso-compute group the minimum of a cubic in log size; then the slopes against log compute. Parts:
    ``size exponent`` (growth of the optimal size) and ``loss exponent`` (fall of the optimal loss). ``logged`` as in
    `Optimum`.
    """

    def __init__(
        self,
        column: str,
        *,
        degree: int = 3,
        logged: bool = False,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        wanted = ("location", "level")
        super().__init__(column, group="compute", parts=wanted, degree=degree, logged=logged, points=points, **at)
        self.kind = "compute-optimal frontier"
        self.names = ("size exponent", "loss exponent")
        self.slope = slope_weights(np.array(self.keys))

    def measure(self, means: Means) -> Array:
        """Slopes of log size and of minus log loss along the frontier."""
        minima = self.minima(means)
        return np.stack([minima["location"] @ self.slope, -minima["level"] @ self.slope], axis=-1)
