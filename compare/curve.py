"""A whole curve: its level, its slopes, its shape.

The shape is Q = mean_k (log μ_k/p_k)², judged against τ². Its error grows with it: with R = √Q and s the standard
error of R along the deviation, the interval of R, R ± t s, is that of Q with the half-width t (τ + R) s at the
margin. So the rule is given (τ + R) s. Where theory is exact Q is pure noise of variance (2/K²) tr C², C the
covariance of the K log means; the rest of the jackknife's variance of Q, over 4 Q, is s². Near Q = 0 that says
nothing, so s is at most that of the noisiest direction, √(λ_max/K), λ_max the largest eigenvalue of C. Both
variances are added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compare.estimate import Estimate, Means
from compare.experiment import Array
from compare.quantity import Contrasts, Margin, Part, View, margin_of, slope_weights
from compare.rule import K_REACH, N_BLOCKS
from theory.prediction import Prediction

SHAPE, POINT = "shape", "point"


class Curve(Contrasts):
    """Level (mean log ratio), slope in each named size, and root-mean-square shape of a curve of K points.

    ``slopes`` names the coordinates along which a slope is judged. The shape is Q = mean_k (log μ_k/p_k)², an
    upper-bound part with margin τ²; the jackknife's bias correction removes the sampling noise from Q. Every point
    has a veto: off by more than √K τ (or by the margin given as "point"), which alone makes Q exceed τ², it refutes
    the curve. The vetoes share one level; a curve agrees without them.
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
            return np.asarray(np.log(means[view.column][..., view.index]))

    def predicted(self, prediction: Prediction) -> Array:
        """Level and slopes of the predicted curve; the shape is zero by definition."""
        return np.append(super().measure(prediction.values), 0.0)

    def gaps(self, means: Means, prediction: Prediction, margin: Margin) -> Array:
        """Contrasts of log(μ/p), then Q."""
        del margin
        deviation = self._logs(means) - self._logs(prediction.values)
        shape = np.mean(deviation**2, axis=-1, keepdims=True)
        return np.concatenate([deviation @ self.weights.T, shape], axis=-1)

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

    def vetoes(self, prediction: Prediction, margin: Margin) -> tuple[tuple[Part, ...], Array]:
        """Two-sided log ratios, one per point."""
        (view,) = self.views
        n_points = len(view.index)
        named = not isinstance(margin, int | float) and POINT in margin
        width = margin_of(margin, POINT) if named else n_points**0.5 * margin_of(margin, SHAPE)
        parts = tuple(Part(f"{POINT} [{label}]", width, share=1 / n_points) for label in view.labels())
        relative = prediction.allowance[view.column][view.index] / prediction.values[view.column][view.index]
        with np.errstate(divide="ignore", invalid="ignore"):
            return parts, np.where(relative < 1, -np.log1p(-relative), np.inf)

    def veto_gaps(self, means: Means, prediction: Prediction) -> Array:
        """Log ratios of all points."""
        return self._logs(means) - self._logs(prediction.values)

    @property
    def size(self) -> int:
        """Its parts, and one level that the vetoes share."""
        return len(self.names) + 1

    def covariance(self, dropped: Sequence[Means]) -> Array:
        """Jackknife covariance of the log means, shape (..., K, K)."""
        logs = np.stack([self._logs(means) for means in dropped])  # (16, ..., K)
        deviation = logs - logs.mean(axis=0)
        return np.asarray((N_BLOCKS - 1) / N_BLOCKS * np.einsum("g...k,g...l->...kl", deviation, deviation))

    @np.errstate(all="ignore")
    def spread(self, estimate: Estimate, dropped: Sequence[Means], margin: Margin) -> tuple[Array, Array]:
        """The jackknife's errors of the contrasts; for Q see the module's text."""
        tau = margin_of(margin, SHAPE)
        covariance = self.covariance(dropped)
        n_points = covariance.shape[-1]
        known = np.isfinite(covariance).all(axis=(-2, -1), keepdims=True)
        largest = np.linalg.eigvalsh(np.where(known, covariance, 0.0))[..., -1]
        root = np.sqrt(np.maximum(estimate.gap[..., -1], 0.0))
        noise = shape_noise(covariance)
        linear = np.sqrt(np.maximum(estimate.stderr[..., -1] ** 2 - noise, 0.0))
        along = np.fmin(linear / (2 * root), np.sqrt(largest / n_points))
        here, there = estimate.stderr.copy(), estimate.stderr.copy()
        here[..., -1] = np.sqrt(((tau + root) * along) ** 2 + noise)
        there[..., -1] = np.sqrt(((2 * tau + K_REACH * along) * along) ** 2 + noise)
        return here, there


def shape_noise(covariance: Array) -> Array:
    """Variance of Q where theory and truth coincide, 2/K² tr C², from C (..., K, K)."""
    return np.asarray(2 * (covariance**2).sum(axis=(-2, -1)) / covariance.shape[-1] ** 2)
