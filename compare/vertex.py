"""Smooth peaks: the vertex of a parabola fitted in a window that theory fixes beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Location, Quantity, View
from theory.prediction import Prediction


class SmoothPeak(Quantity):
    """Log size at which a smooth curve is highest: the vertex of a quadratic in log size fitted to log means.

    ``SmoothPeak("loss", centre=64, half_width=0.5, n_features=...)``. The fit uses the points with
    |log size − log centre| <= half_width. Both are constants of the claim, taken from theory and never from the
    measured curve, so own theory and rivals go through one and the same fit and its bias cancels. With
    ``logarithm=False`` the column itself has the peak (a mean log loss). ``lowest=True`` seeks a minimum. A
    parabola that opens the wrong way has no vertex: not a number. Not for cusps: see `Peak`.
    """

    names = ("log location",)

    def __init__(
        self,
        column: str,
        *,
        centre: float,
        half_width: float,
        logarithm: bool = True,
        lowest: bool = False,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        (name, _), *others = at.items()
        if others:
            raise ValueError(f"a peak is sought in one variable, got {sorted(at)}")
        view = View.of(column, at, points)
        self.kind = f"smooth peak in {name}"
        self.views = (view,)
        self.logarithm, self.sign = logarithm, -1.0 if lowest else 1.0
        self.centre, self.half_width = float(np.log(centre)), half_width
        x = np.log(view.at[name]) - self.centre
        self.window = np.flatnonzero(np.abs(x) <= half_width * (1 + 1e-12))
        if len(np.unique(x[self.window])) < 4:
            raise ValueError(
                f"a parabola needs at least four sizes within {half_width:g} of log {name} = log {centre:g}, "
                f"got {len(self.window)}; widen the window or add points"
            )
        # Rows: constant, slope and curvature of the least-squares parabola, as weights of its points.
        self.weights = np.linalg.pinv(np.vander(x[self.window], 3, increasing=True))

    def measure(self, means: Means) -> Array:
        """The vertex, inside the window or not."""
        (view,) = self.views
        heights = means[view.column][..., view.index[self.window]]
        with np.errstate(invalid="ignore", divide="ignore"):
            heights = np.log(heights) if self.logarithm else heights
            _, slope, curvature = np.moveaxis(heights @ self.weights.T, -1, 0)
            vertex = self.centre - slope / (2 * curvature)
        return np.where(self.sign * curvature < 0, vertex, np.nan)[..., None]

    def predicted(self, prediction: Prediction) -> Array:
        """The vertex of the predicted curve, or the log location as named."""
        found = super().predicted(prediction)
        if not np.isfinite(found).all():
            raise ValueError(f"the predicted {self.views[0].column!r} has no {self.kind} in the window of the fit")
        return found

    def located(self, means: Means, prediction: Prediction) -> tuple[Location, ...]:
        """Predicted and measured vertex, as sizes."""
        return (Location("", float(np.exp(self.predicted(prediction)[0])), float(np.exp(self.measure(means)[0]))),)
