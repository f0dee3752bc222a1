"""Dense power-law random features with ridge: bias and label-noise term as deterministic equivalents.

γ = κ (N − df_1)(D − df_1) defines κ. With p = N − df_1, q = D − df_1 and u = df_1 − df_2, all positive,

    bias  = κ N D u / (p q + u (p + q)),      noise = (df_2 p + df_1 u) / (p q + u (p + q)),

the loss being bias + σ² noise. Every term is positive, so nothing cancels, at N = D either.
Transcribed (Simon et al. 2023; Atanasov et al. 2024) and rearranged, see docs/random_features.md, "With ridge".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
import numpy as np
from flint import arb
from mpmath import mpf

from theory.effective_ridge import Equation, Solution, solution
from theory.parameters import count, decay_of, modes_of, positive
from theory.precision import GUARD, Real, as_float, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.roots import minimum
from theory.spectra import exponent

COLUMN_DIGITS = 25
Point = tuple[int, int, float]


def ridge_state(
    n_features: Real, n_samples: Real, gamma: Real, *, decay: Real, n_modes: float, digits: int
) -> Solution:
    """Balls of κ, df_p and the shortfall min(N, D) − df_1 at ridge γ > 0.

    Raises ValueError for sizes, ridge or decay that are not positive.
    """
    N = positive("n_features", n_features, "it counts random features")
    D = positive("n_samples", n_samples, "it counts training samples")
    g = positive("ridge", gamma, "for the ridgeless limit use ridgeless(), with |n_features - n_samples| >= 2")
    s = exact(exponent(decay_of(decay)))
    return solution(Equation(min(N, D), s, modes_of(n_modes), g, abs(N - D)), digits)


def _bias_and_noise(n_features: Real, n_samples: Real, state: Solution) -> tuple[arb, arb]:
    """A5 as balls, per unit teacher and per unit label-noise variance."""
    N, D = ball(n_features), ball(n_samples)
    smaller = ball(min(exact(n_features), exact(n_samples)))
    p, q = N - smaller + state.shortfall, D - smaller + state.shortfall  # N − df_1, D − df_1
    u = state.df1 - state.df2
    divisor = p * q + u * (p + q)  # N D − (N + D) df_2 − df_1² + 2 df_1 df_2
    return state.kappa * N * D * u / divisor, (state.df2 * p + state.df1 * u) / divisor


def ridge_loss(
    n_features: Real, n_samples: Real, gamma: Real, *, decay: Real, n_modes: float, digits: int = 50
) -> tuple[mpf, mpf]:
    """Bias and label-noise term (per unit noise variance) at ridge ``gamma`` > 0, for real sizes.

    bias = κ N D u/(p q + u (p + q)), noise = (df_2 p + df_1 u)/(p q + u (p + q)). Deterministic equivalent:
    relative error O(1/min(N, D)). The bias is symmetric in N and D, the noise is not.

    Raises ValueError for sizes, ridge or decay that are not positive and finite.
    Source: Simon, Karkada, Ghosh & Belkin (2023), Atanasov et al. (2024); see docs/random_features.md.
    """
    with working(digits + GUARD):
        state = ridge_state(n_features, n_samples, gamma, decay=decay, n_modes=n_modes, digits=digits)
        bias, noise = _bias_and_noise(n_features, n_samples, state)
        return as_mpf(bias), as_mpf(noise)


def ridge(*, decay: Real, n_modes: float, points: Sequence[Point]) -> Prediction:
    """Columns "bias" and "noise" (per unit label-noise variance) at points (N, D, γ), γ > 0.

    Shape (n_points,). Deterministic equivalent. Allowance, of the value: (1 + decay)/m, m = min(N, D), where
    γ >= 0.1 κ N D or X = max(N, D) >= 2m; elsewhere, nearer the ridgeless peak, m/(X (X − m − 1)) more, the
    known excess of the exact ridgeless factor over its deterministic equivalent.

    Raises ValueError for bad parameters, and for |N − D| < 2 with γ < 0.1 κ N D: there the hard edge of the
    singular values rules, see ``peak_height``.
    Source: Simon et al. (2023), Atanasov et al. (2024); remainder measured in docs/random_features.md.
    """
    if len(points) == 0:
        raise ValueError("points is empty; name at least one (n_features, n_samples, ridge)")
    rows, relative = [], []
    with working(COLUMN_DIGITS + GUARD):
        for N, D, gamma in points:
            N, D = count("n_features", N), count("n_samples", D)
            state = ridge_state(N, D, gamma, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS)
            rows.append([as_float(value) for value in _bias_and_noise(N, D, state)])
            relative.append(ridge_remainder(N, D, float(gamma), float(state.kappa), float(decay)))
    table = np.array(rows)  # (n_points, 2 columns, value and rounding)
    allowance = table[:, :, 1] + np.abs(table[:, :, 0]) * np.array(relative)[:, None]
    return Prediction(
        {"bias": table[:, 0, 0], "noise": table[:, 1, 0]}, {"bias": allowance[:, 0], "noise": allowance[:, 1]}
    )


def ridge_remainder(N: int, D: int, gamma: float, kappa: float, decay: float) -> float:
    """Relative remainder of the deterministic equivalent with ridge γ, by the rule stated in `ridge`.

    (1 + decay)/m, m = min(N, D), where γ >= 0.1 κ N D or X = max(N, D) >= 2m; elsewhere m/(X (X − m − 1)) more.
    Raises ValueError elsewhere for X − m < 2, where the hard edge of the singular values rules.
    """
    m, X = min(N, D), max(N, D)
    remainder = (1 + decay) / m
    if gamma >= 0.1 * kappa * N * D or X - m >= m:
        return remainder
    if X - m < 2:
        raise ValueError(
            f"ridge={gamma:g} is below 0.1 κ N D = {0.1 * kappa * N * D:.3g} at N={N}, D={D}: the "
            "deterministic equivalent misses the hard edge there; use peak_height for N = D"
        )
    return remainder + m / (X * (X - m - 1))


OPTIMAL_LOSS_REMAINDER = 0.02  # of L*, for N, D >= 60 (docs/random_features.md, "Optimal ridge")
OPTIMAL_RIDGE_REMAINDER = 0.06  # of γ*, the same


@dataclass(frozen=True)
class OptimalRidge:
    """Ridge γ* of the least bias, and that bias."""

    ridge: mpf
    loss: mpf


def optimal_ridge(n_features: Real, n_samples: Real, *, decay: Real, n_modes: float, digits: int = 20) -> OptimalRidge:
    """Ridge γ > 0 with the least bias at sizes N, D (no label noise), to ``digits`` digits.

    Minimum of the equivalent in ``ridge_loss``; the ridges measured at decay 1 near N = D = 100 agree within 1 %.

    Raises ValueError for bad parameters.
    Source: derived in docs/random_features.md, "Optimal ridge".
    """
    positive("n_features", n_features, "it counts random features")
    positive("n_samples", n_samples, "it counts training samples")
    with working(digits + GUARD):
        # κ N D at the ridgeless κ is the scale of γ*; the search spans ten decades about it.
        scale = as_mpf(_scale(n_features, n_samples, decay, n_modes))

        def log_bias(u: mpf, places: int) -> mpf:
            with mpmath.workdps(places):
                gamma = scale * mpmath.exp(u)
            with working(places):
                loss = ridge_loss(n_features, n_samples, gamma, decay=decay, n_modes=n_modes, digits=places)[0]
                return mpmath.log(loss)

        best = scale * mpmath.exp(minimum(log_bias, mpf(-18), mpf(6), digits + 1))
        return OptimalRidge(
            best, ridge_loss(n_features, n_samples, best, decay=decay, n_modes=n_modes, digits=digits)[0]
        )


def _scale(n_features: Real, n_samples: Real, decay: Real, n_modes: float) -> arb:
    """κ N D with κ the effective ridge at df_1 = min(N, D)/2, where γ is of order κ N D."""
    N, D = exact(n_features), exact(n_samples)
    s = exact(exponent(decay_of(decay)))
    half = solution(Equation(min(N, D) / 2, s, modes_of(n_modes)), 10).kappa
    return half * ball(N) * ball(D)
