"""A whole curve: its level, its slopes, its shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Contrasts, Margin, Part, View, margin_of, slope_weights
from compare.rule import N_BLOCKS
from theory.prediction import Prediction

SHAPE = "shape"


class Curve(Contrasts):
    """Level (mean log ratio), slope in each named size, and root-mean-square shape of a curve of K points.

    ``slopes`` names the coordinates along which a slope is judged. The shape is Q = mean_k (log μ_k/p_k)², an
    upper-bound part with margin τ²; the jackknife's bias correction removes the sampling noise from Q, and the
    variance that noise gives to Q, 2/K² Σ_kl C_kl² with C the covariance of the log means, is added.
    """

    def __init__(
        self, column: str, slopes: Sequence[str], *, points: Sequence[int] | None = None, **at: npt.ArrayLike
    ) -> None:
        view = View.of(column, at, points)
        n_points = len(view.index)
        weights: dict[str, npt.ArrayLike] = {"level": np.full(n_points, 1 / n_points)}
        weights |= {f"slope in {name}": slope_weights(view.at[name]) for name in slopes}
        super().__init__("curve", view, weights)
        self.names = (*self.names, SHAPE)

    def _logs(self, means: Means) -> Array:
        (view,) = self.views
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(means[view.column][view.index]))

    def predicted(self, prediction: Prediction) -> Array:
        """Level and slopes of the predicted curve; the shape is zero by definition."""
        return np.append(super().measure(prediction.values), 0.0)

    def gaps(self, means: Means, prediction: Prediction, margin: Margin) -> Array:
        """Contrasts of log(μ/p), then Q."""
        del margin
        deviation = self._logs(means) - self._logs(prediction.values)
        return np.append(self.weights @ deviation, np.mean(deviation**2))

    def parts(self, prediction: Prediction, margin: Margin) -> tuple[Part, ...]:
        """Two-sided contrasts, one-sided shape with the square of its margin."""
        del prediction
        contrasts = [Part(name, margin_of(margin, name)) for name in self.names[:-1]]
        return (*contrasts, Part(SHAPE, margin_of(margin, SHAPE) ** 2, "upper"))

    def allowance(self, prediction: Prediction, margin: Margin) -> Array:
        """For Q: 2 τ ε + ε², with ε the root-mean-square relative allowance.

        A remainder of size ε along a deviation of size τ moves Q by up to (τ + ε)² − τ², not by ε².
        """
        allowance = super().allowance(prediction, margin)
        squared = allowance[-1]
        allowance[-1] = 2 * margin_of(margin, SHAPE) * np.sqrt(squared) + squared
        return allowance

    def distance(self, rival: Prediction, prediction: Prediction, margin: Margin) -> float:
        """Largest of the contrasts' distances and of the rival's root-mean-square deviation, in margins."""
        gaps = self.gaps(rival.values, prediction, margin)
        gaps[-1] = np.sqrt(gaps[-1])
        return float(np.max(np.abs(gaps) / [margin_of(margin, name) for name in self.names]))

    @np.errstate(all="ignore")
    def noise_variance(self, dropped: Sequence[Mapping[str, Array]]) -> Array:
        """Zero for the contrasts; for Q the variance it has even where theory and truth coincide."""
        logs = np.stack([self._logs(means) for means in dropped])  # (16, K)
        deviation = logs - logs.mean(axis=0)
        covariance = (N_BLOCKS - 1) / N_BLOCKS * deviation.T @ deviation  # (K, K)
        extra = 2 * (covariance**2).sum() / logs.shape[1] ** 2
        return np.append(np.zeros(len(self.names) - 1), extra)
