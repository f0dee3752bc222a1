"""Loss beyond the rank for a teacher with E w_i² = ω_i: exact given the data, and its mean logarithm on one-hot rows.

For N >= r the fit is exact, θ = G(GᵀG)⁻¹ Vᵀw, so that the weights of the teacher enter twice: what the rows do not show
is lost as signal, T_ΛΩ = tr (I − P) Λ (I − P) Ω, and what they show is written on the features of what they do not show
as cross-talk, T tr VᵀΩV/(N − r − 1). Derived in docs/sparsity_models/teacher.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.parameters import count, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.coordinates import Coordinates, ever, never, one_hot
from theory.sparse_features.log_means import LogLoss, mean_log_unseen

Array = npt.NDArray[np.float64]
Given = Mapping[str, Array]
Cells = Sequence[tuple[int, int]]


def conditional_loss(given: Given, *, n_features: Sequence[int]) -> Prediction:
    """Column "loss" = T_ΛΩ + T tr VᵀΩV/(N − r − 1). Exact given the data, for Gaussian features.

    ``given``: "rank" r, "limit" T, "signal" T_ΛΩ, "weight" tr VᵀΩV. With Ω = I it is T (N − 1)/(N − r − 1).
    Raises ValueError for N < r + 2, where the mean is infinite or the fit not exact.
    """
    rank = round(float(given["rank"][0]))
    sizes = sizes_of("n_features", n_features)
    if min(sizes) < rank + 2:
        raise ValueError(f"the law needs at least r + 2 = {rank + 2} features, got {min(sizes)}; raise n_features")
    cross = given["limit"][0] * given["weight"][0] / (np.array(sizes) - rank - 1.0)
    return Prediction({"loss": given["signal"][0] + cross})


def teacher_decay_of(value: Real) -> float:
    """τ of ω_i = i^−τ as a float; ValueError unless at least 0."""
    tau = float(exact(value))
    if tau < 0:
        raise ValueError(f"teacher_decay must be at least 0, got {value}; 0 is an isotropic teacher")
    return tau


class Sums(NamedTuple):
    """Means over one-hot datasets: sums over the coordinates not seen, and over those seen."""

    signal: float  # E U_ω = Σ λ_i ω_i (1 − p_i)^D
    mass: float  # E U = Σ λ_i (1 − p_i)^D
    rank: float  # E r
    weight: float  # E Σ_seen ω_i
    square: float  # E Σ_seen ω_i²

    def cross_talk(self, n_features: float) -> float:
        """Weight in the row space per feature left, Σ_seen ω/(N − 1 − r)."""
        return self.weight / (n_features - 1 - self.rank)


def sums(on: Coordinates, teacher: Array) -> Sums:
    """Exact sums over the coordinates of one-hot rows."""
    hidden, shown = on.weights * never(on), on.weights * ever(on)
    lost = on.variances * hidden
    return Sums(
        *(float(part) for part in (lost @ teacher, lost.sum(), shown.sum(), shown @ teacher, shown @ teacher**2))
    )


def weights(on: Coordinates, decay: float, teacher_decay: float) -> Array:
    """Mean squares ω_i = E w_i² = i^−τ of the teacher at the nodes of ``on``, shape (n,); τ = ``teacher_decay``. Exact.

    The variances there must be i^−(1+decay).
    """
    return np.asarray(on.variances ** (teacher_decay / (1 + decay)))


def mean_loss(n_features: float, n_samples: float, *, decay: float, sparsity: float, teacher_decay: float) -> float:
    """E U_ω + E U Σ_seen ω/(N − 1 − E r) on one-hot rows, real sizes. Asymptotic (covariances over datasets left out).

    Raises ValueError if N − 1 does not exceed the mean rank.
    """
    on = one_hot(decay, sparsity, n_samples)
    found = sums(on, weights(on, decay, teacher_decay_of(teacher_decay)))
    if n_features - 1 <= found.rank:
        raise ValueError(f"n_features must exceed the rank {found.rank:.6g} by more than 1, got {n_features}")
    return float(found.signal + found.mass * found.cross_talk(n_features))


def log_losses(*, decay: float, sparsity: float, teacher_decay: float, cells: Cells) -> Prediction:
    """Column "log_loss" (cells): mean log loss of N features on D one-hot rows, N beyond the rank.

    Allowance: that of `mean_log_loss`. Raises ValueError for N nearer the rank than four of its standard deviations.
    """
    tau = teacher_decay_of(teacher_decay)
    found = []
    for N, D in cells:
        on = one_hot(decay, sparsity, count("n_samples", D))
        found.append(mean_log_loss(on, weights(on, decay, tau), count("n_features", N)))
    value, remainder = np.array(found).T
    return Prediction({"log_loss": value}, {"log_loss": remainder})


def mean_log_loss(on: Coordinates, teacher: Array, n_features: int) -> LogLoss:
    """E log(U_ω + U Q), Q = tr Ω (GᵀG)⁻¹ over the coordinates seen.

    With Q at its mean the loss is Σ_unseen λ_i (ω_i + Q), whose mean logarithm is exact for independent hits; to second
    order Q then adds its covariance with U/(U_ω + U Q) less half its relative variance, and the fixed number of rows,
    which correlates the hits, half of what it takes off the variance of the loss. Asymptotic; the remainder is the
    last of these and the 3/2 power of the others.

    Raises ValueError unless N − 1 exceeds the mean rank by four of its standard deviations, and by 4.
    """
    q = never(on)
    spread = on.weights * q * ever(on)  # variances of the indicators
    found = sums(on, teacher)
    gap = n_features - 1 - found.rank
    if gap < 4 * np.sqrt(spread.sum()) or gap < 4:
        raise ValueError(
            f"n_features must exceed the rank {found.rank:.1f} by four of its standard deviations, "
            f"{np.sqrt(spread.sum()):.1f}, got {n_features}; nearer the peak no expansion holds"
        )
    moves = found.cross_talk(n_features) * (teacher / found.weight + 1 / gap)  # of Q, by a coordinate that is seen
    Q = found.cross_talk(n_features) * (1 + spread.sum() / gap**2 + spread @ teacher / (found.weight * gap))
    left = on._replace(variances=on.variances * (teacher + Q))
    loss = found.signal + found.mass * Q
    slopes = on.variances * (found.mass * teacher - found.signal) / loss**2  # of U/L, by a coordinate that is seen
    covariance = float(spread @ (slopes * moves))
    variance = (found.mass / loss) ** 2 * (trace_variance(found, n_features) + float(spread @ moves**2))
    drift = on.weights @ (left.variances * on.probabilities * q / (1 - on.probabilities))
    fixed = float(on.n_samples * (drift / loss) ** 2 / 2)
    value = mean_log_unseen(left) + covariance - variance / 2 + fixed
    return LogLoss(value, fixed + (abs(covariance) + variance) ** 1.5 + 1e-6)


def trace_variance(of: Sums, n_features: float) -> float:
    """Var tr Ω W⁻¹, W Wishart of N degrees of freedom in r dimensions, m = N − r. Exact given r and ω.

    2 [(Σ ω)² + (m − 1) Σ ω²]/[m (m − 1)² (m − 3)], from the covariances of the entries of an inverse Wishart matrix.
    """
    m = n_features - of.rank
    return 2 * (of.weight**2 + (m - 1) * of.square) / (m * (m - 1) ** 2 * (m - 3))
