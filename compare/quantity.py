"""Quantities: functions from column means to one or a few scalar parts.

A quantity acts alike on measured and on predicted means, so curvature and estimator bias at finite size cancel
in the gap. A prediction may instead name the parts themselves (a theory that gives only an exponent, a peak
location or a relation); then those values are used as they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from compare.estimate import Estimate, Means, propagated_allowance
from compare.experiment import Array
from compare.rule import Side
from theory.prediction import Prediction

Margin = float | Mapping[str, float]
Statistic = Literal["mean", "median"]


@dataclass(frozen=True)
class Part:
    """One scalar that the rule judges. ``share`` divides the level of disagreement among the parts of one test.

    A ``strict`` part agrees within its margin, but disagrees from zero on.
    """

    name: str
    margin: float
    side: Side = "two-sided"
    share: float = 1.0
    strict: bool = False


@dataclass(frozen=True)
class Location:
    """A place on an axis, predicted and as the highest measured point shows it."""

    label: str
    predicted: float
    measured: float


@dataclass(frozen=True)
class View:
    """Points of one column that a quantity uses: their indices in the experiment and their coordinates."""

    column: str
    index: npt.NDArray[np.intp]
    at: Mapping[str, Array]
    whole: bool
    """Whether these are all points of the experiment."""

    @staticmethod
    def of(column: str, at: Mapping[str, npt.ArrayLike], points: Sequence[int] | None) -> View:
        """View of the given points (default: all), whose coordinates are listed in ``at`` in the same order."""
        coordinates = {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in at.items()}
        sizes = {len(value) for value in coordinates.values()}
        if len(sizes) != 1:
            raise ValueError(f"coordinates of {column!r} need one value per point each, got lengths {sorted(sizes)}")
        n_points = sizes.pop()
        index = np.arange(n_points) if points is None else np.asarray(points, dtype=np.intp)
        if len(index) != n_points:
            raise ValueError(f"{len(index)} points of {column!r} are selected, but {n_points} have coordinates")
        return View(column, index, coordinates, points is None)

    def labels(self) -> list[str]:
        """``n_features=20, n_samples=40`` for every point."""
        return [", ".join(f"{name}={value[k]:.6g}" for name, value in self.at.items()) for k in range(len(self.index))]


class Quantity(ABC):
    """Base of all quantities. A new kind needs ``kind``, ``views``, ``names`` and ``measure``."""

    kind: str
    """In words, with the variable: 'exponent in n_features'."""
    views: tuple[View, ...]
    names: tuple[str, ...]
    """Names of the parts."""
    statistic: Statistic = "mean"
    """What is taken of the draws of a column at a point; "means" below are these. See `compare.median`."""

    @abstractmethod
    def measure(self, means: Means) -> Array:
        """Value of every part from column means (..., n_points), shape (..., n_parts).

        A trial passes one dimension. Leading ones, for many runs at once, are needed by the calibration only.
        """

    def predicted(self, prediction: Prediction) -> Array:
        """What the theory says about every part: named directly, or measured on its column values."""
        if not set(self.names) <= set(prediction.values):
            return self.measure(prediction.values)
        return np.array([float(prediction.values[name][0]) for name in self.names])

    def gaps(self, means: Means, prediction: Prediction, margin: Margin) -> Array:
        """Measured minus predicted, shape (..., n_parts)."""
        del margin
        return self.measure(means) - self.predicted(prediction)

    def allowance(self, prediction: Prediction, margin: Margin) -> Array:
        """What the theory's stated remainder can do to every part, shape (n_parts,)."""
        if not set(self.names) <= set(prediction.values):
            return propagated_allowance(lambda means: self.gaps(means, prediction, margin), prediction)
        return np.array([float(prediction.allowance[name][0]) for name in self.names])

    def parts(self, prediction: Prediction, margin: Margin) -> tuple[Part, ...]:
        """The scalars to judge, with margins by name or one for all."""
        del prediction
        return tuple(Part(name, margin_of(margin, name)) for name in self.names)

    def vetoes(self, prediction: Prediction, margin: Margin) -> tuple[tuple[Part, ...], Array]:
        """Scalars that may refute a theory but are not needed for its agreement, with their allowances."""
        del prediction, margin
        return (), np.zeros(0)

    def veto_gaps(self, means: Means, prediction: Prediction) -> Array:
        """Measured minus predicted of the vetoes, shape (..., n_vetoes)."""
        raise NotImplementedError(f"{type(self).__name__} declares no vetoes")

    def distance(self, rival: Prediction, prediction: Prediction, margin: Margin) -> float:
        """Distance of a rival from the prediction in margins, at the part where it is largest."""
        away = np.abs(self.predicted(rival) - self.predicted(prediction))
        return float(np.max(away / [margin_of(margin, name) for name in self.names]))

    def located(self, means: Means, prediction: Prediction) -> tuple[Location, ...]:
        """Predicted and measured places, for quantities that are places; never judged."""
        del means, prediction
        return ()

    def spread(self, estimate: Estimate, dropped: Sequence[Means], margin: Margin) -> tuple[Array, Array]:
        """Standard errors of the parts: those that the rule uses, and those they would have near the reach.

        The jackknife's own, twice, unless the error of a part grows with its gap. ``dropped`` are the means
        without each block.
        """
        del dropped, margin
        return estimate.stderr, estimate.stderr

    @property
    def size(self) -> int:
        """Scalar parts counted against the suite; parts that share one level count once."""
        return len(self.names)


def margin_of(margin: Margin, name: str) -> float:
    """The margin of a part: its own, that of the part's kind (the name up to ' ['), or the one for all."""
    if isinstance(margin, int | float):
        return float(margin)
    for key in (name, name.split(" [")[0]):
        if key in margin:
            return float(margin[key])
    raise ValueError(f"no margin for the part {name!r}; margins are given for {sorted(margin)}")


class Contrasts(Quantity):
    """Linear combinations of logarithms of means: f = Σ_k w_k log μ_k, one set of weights per part.

    ``weights[part]`` has one weight per point of the view. Levels, slopes and ratios are contrasts. With
    ``logged=True`` the column is a logarithm already (a mean log loss) and its mean is taken as it is.
    """

    def __init__(self, kind: str, view: View, weights: Mapping[str, npt.ArrayLike], logged: bool = False) -> None:
        self.kind, self.logged = kind, logged
        self.views = (view,)
        self.names = tuple(weights)
        self.weights = np.array([np.asarray(w, dtype=float) for w in weights.values()])  # (n_parts, n_points)

    def measure(self, means: Means) -> Array:
        """Σ_k w_k log μ_k; not a number where a mean is not positive."""
        (view,) = self.views
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = means[view.column][..., view.index] if self.logged else np.log(means[view.column][..., view.index])
            return np.stack([logs[..., row != 0] @ row[row != 0] for row in self.weights], axis=-1)


def distinct(names: Sequence[str]) -> Sequence[str]:
    """The names of parts, which must differ: a part is known and latched by its name."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"two parts are called {repeated[0]!r}; give coordinates that tell their points apart")
    return names


def slope_weights(x: npt.ArrayLike) -> Array:
    """Fixed least-squares weights of the slope in log x."""
    centred = np.log(np.asarray(x, dtype=float))
    centred = centred - centred.mean()
    if not np.isfinite(centred).all() or np.ptp(centred) == 0:
        raise ValueError(f"a slope needs at least two different positive sizes, got {centred}")
    return np.asarray(centred / (centred @ centred))


class Exponent(Contrasts):
    """Exponent of a power law: minus the least-squares slope of log mean against log size.

    ``Exponent("loss", n_features=(16, 32, 64))``; positive when the column falls. Weights are fixed and equal,
    never taken from the data.
    """

    def __init__(
        self, column: str, *, logged: bool = False, points: Sequence[int] | None = None, **at: npt.ArrayLike
    ) -> None:
        (name, sizes), *others = at.items()
        if others:
            raise ValueError(f"an exponent is taken against one variable, got {sorted(at)}")
        weights = {"exponent": -slope_weights(sizes)}
        super().__init__(f"exponent in {name}", View.of(column, at, points), weights, logged)


class Value(Contrasts):
    """Log of the mean at each point, one part per point; the margin is a relative error."""

    def __init__(
        self, column: str, *, logged: bool = False, points: Sequence[int] | None = None, **at: npt.ArrayLike
    ) -> None:
        view = View.of(column, at, points)
        names = distinct([f"log value [{label}]" for label in view.labels()])
        super().__init__("value", view, dict(zip(names, np.eye(len(view.index)), strict=True)), logged)


class Level(Contrasts):
    """Mean log of a column over its points: the level of a curve, judged as one relative error."""

    def __init__(
        self, column: str, *, logged: bool = False, points: Sequence[int] | None = None, **at: npt.ArrayLike
    ) -> None:
        view = View.of(column, at, points)
        super().__init__("level", view, {"level": np.full(len(view.index), 1 / len(view.index))}, logged)


class Ratio(Contrasts):
    """Log ratio of the means at two points, one part per pair of points."""

    def __init__(
        self,
        column: str,
        pairs: Sequence[tuple[int, int]],
        *,
        logged: bool = False,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        view = View.of(column, at, points)
        identity, labels = np.eye(len(view.index)), view.labels()
        names = distinct([f"log ratio [{labels[i]} : {labels[j]}]" for i, j in pairs])
        super().__init__(
            "ratio", view, {name: identity[i] - identity[j] for name, (i, j) in zip(names, pairs, strict=True)}, logged
        )


class Mean(Quantity):
    """The mean itself at each point, one part per point; the margin is an absolute error.

    For signed columns, shares of successes and indicators of an event at a fixed level, where a relative error
    means nothing. `Value` takes the logarithm.
    """

    def __init__(self, column: str, *, points: Sequence[int] | None = None, **at: npt.ArrayLike) -> None:
        view = View.of(column, at, points)
        self.kind, self.views = "mean", (view,)
        self.names = tuple(distinct([f"mean [{label}]" for label in view.labels()]))

    def measure(self, means: Means) -> Array:
        """μ_k."""
        (view,) = self.views
        return np.asarray(means[view.column][..., view.index], dtype=float)


class Together(Quantity):
    """Several quantities judged as one claim, all of means or all of medians; every part must agree."""

    def __init__(self, **quantities: Quantity) -> None:
        self.quantities = {name.replace("_", " "): quantity for name, quantity in quantities.items()}
        for name, quantity in quantities.items():
            if type(quantity).gaps is not Quantity.gaps or type(quantity).parts is not Quantity.parts:
                raise TypeError(f"{name}: a {quantity.kind} cannot be judged together with others; make it a claim")
        statistics = {quantity.statistic for quantity in quantities.values()}
        if len(statistics) != 1:
            raise TypeError(
                f"quantities of one statistic are judged together, got {sorted(statistics)}; make two claims"
            )
        (self.statistic,) = statistics
        kinds = {quantity.kind: None for quantity in quantities.values()}
        self.kind = " and ".join(kinds)
        self.views = tuple(view for quantity in quantities.values() for view in quantity.views)
        self.names = tuple(f"{label}: {name}" for label, quantity in self.quantities.items() for name in quantity.names)

    def measure(self, means: Means) -> Array:
        """The parts of all quantities, in order."""
        return np.concatenate([quantity.measure(means) for quantity in self.quantities.values()], axis=-1)
