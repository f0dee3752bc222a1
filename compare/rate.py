"""How a probability scales: a binomial fit with logarithmic link to shares of successes, zeros kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Quantity, View
from theory.prediction import Prediction

CEILING = -1e-6
"""Largest fitted log probability."""
MAX_STEPS, MAX_HALVINGS, TOLERANCE = 100, 30, 1e-10


class Rate(Quantity):
    """Exponent β of p = A x^−β by maximum likelihood from a column of indicators; one size is named.

    ``Rate("grokked", n_samples=(16, 32, 64))``. The fit needs no logarithm of a measured share, so points without
    a success count. It depends on shares only: all points have equally many draws. If a draw is itself the share
    of successes in a number of trials that differs from point to point, give it as ``trials``. Theory goes through
    the same fit. Fewer than two points with a success, or a fit at p = 1, are not a number.
    """

    def __init__(
        self,
        column: str,
        *,
        trials: npt.ArrayLike = 1.0,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        (name, _), *others = at.items()
        if others:
            raise ValueError(f"a rate is taken against one variable, got {sorted(at)}")
        view = View.of(column, at, points)
        self.kind = f"rate in {name}"
        self.views = (view,)
        self.names = ("exponent",)
        self.sizes, self.trials = view.at[name], np.broadcast_to(np.asarray(trials, dtype=float), len(view.index))
        if (self.sizes <= 0).any() or np.ptp(self.sizes) == 0:
            raise ValueError(f"a rate needs at least two different positive sizes, got {self.sizes}")

    def measure(self, means: Means) -> Array:
        """Minus the slope of the fit."""
        (view,) = self.views
        return -fitted_rate(self.sizes, means[view.column][..., view.index], self.trials)[..., 1:]

    def predicted(self, prediction: Prediction) -> Array:
        """The fit to the predicted probabilities as fractional successes, or the exponent as named."""
        found = super().predicted(prediction)
        if not np.isfinite(found).all():
            raise ValueError(f"the predicted probabilities of {self.views[0].column!r} have no fit p = A x^-beta < 1")
        return found


def fitted_rate(sizes: npt.ArrayLike, shares: npt.ArrayLike, trials: npt.ArrayLike = 1.0) -> Array:
    """Maximum-likelihood (log A, −β) of p = A x^−β < 1 from shares of successes (..., n_points); NaN without one.

    Newton steps on the concave Σ_k t_k (y_k η_k + (1 − y_k) log(1 − e^η_k)), η = log A − β log x, each halved
    until it gains and stays below p = 1.
    """
    x, y = np.log(np.asarray(sizes, dtype=float)), np.asarray(shares, dtype=float)
    t, origin = np.broadcast_to(np.asarray(trials, dtype=float), x.shape), x.mean()
    X = np.stack([np.ones_like(x), x - origin], axis=-1)
    first, last = (
        extreme(np.where(y > 0, x, other), axis=-1) for extreme, other in ((np.min, np.inf), (np.max, -np.inf))
    )
    possible = np.isfinite(y).all(axis=-1) & ((y >= 0) & (y <= 1)).all(axis=-1) & (last > first)
    y = np.where(possible[..., None], y, 0.5)

    def value(beta: Array) -> Array:
        eta = beta @ X.T
        gain = y * eta + (1 - y) * np.log(-np.expm1(np.minimum(eta, CEILING)))
        return np.asarray(np.where((eta <= CEILING).all(axis=-1), gain @ t, -np.inf))

    beta = np.zeros((*y.shape[:-1], 2))
    beta[..., 0] = np.minimum(np.log(y @ t / t.sum()), -0.05)  # flat, at the overall share
    best, done = value(beta), ~possible
    for _ in range(MAX_STEPS):
        p = np.exp(beta @ X.T)
        score = (t * (y - p) / (1 - p)) @ X
        information = np.einsum("...k,ki,kj->...ij", t * (1 - y) * p / (1 - p) ** 2, X, X)
        ridge = 1e-14 * np.trace(information, axis1=-2, axis2=-1)[..., None, None] * np.eye(2)
        step = np.linalg.solve(information + ridge + 1e-300 * np.eye(2), score[..., None])[..., 0]
        done = done | (np.abs(step) < TOLERANCE).all(axis=-1)
        scale = np.where(done, 0.0, 1.0)
        for _ in range(MAX_HALVINGS):
            tried = value(beta + scale[..., None] * step)
            worse = tried < best - 1e-13 * np.abs(best)
            scale = np.where(worse, scale / 2, scale)
            if not worse.any():
                break
        if done.all():
            break
        beta, best = beta + np.where(worse, 0.0, scale)[..., None] * step, np.where(worse, best, tried)
    beta[..., 0] -= beta[..., 1] * origin
    return np.where((possible & done)[..., None], beta, np.nan)
