"""Minimum-norm least squares on isotropic Gaussian inputs: exact risk at every finite size.

n samples, p fitted coordinates, x ~ N(0, I), y = β·x + ε, excess risk without the noise of the test point.
Derivations: docs/least_squares.md. Sources: Hastie, Montanari, Rosset & Tibshirani (2019); Belkin, Hsu & Xu
(2019). The subset model fits the first p of P coordinates with β_i² = i^−(1+decay); the rest acts as noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
from flint import arb
from mpmath import mpf

from theory.parameters import count, decay_of, finite_mean, modes_of, positive
from theory.precision import GUARD, Real, as_float, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.roots import bracketed_root
from theory.spectra import exponent

COLUMN_DIGITS = 25


def isotropic(*, n_samples: int, n_fitted: Sequence[int]) -> Prediction:
    """Columns "bias" (for |β| = 1) and "variance" (per unit noise variance), shape (n_points,).

    p < n: bias 0, variance p/(n − p − 1). p > n: bias 1 − n/p, variance n/(p − n − 1). Exact.

    Raises ValueError for sizes below 1 and for |p − n| < 2, where the mean is infinite.
    Source: Hastie et al. (2019); derived in docs/least_squares.md.
    """
    n, sizes = _sizes(n_samples, n_fitted)
    bias = np.array([0.0 if p < n else 1 - n / p for p in sizes])
    return Prediction({"bias": bias, "variance": np.array([float(variance(p, n)) for p in sizes])})


def proportional(*, n_samples: int, n_fitted: Sequence[int]) -> Prediction:
    """Columns of ``isotropic`` in the proportional limit, g = p/n: asymptotic(1/n), a rival at finite n.

    g < 1: bias 0, variance g/(1 − g). g > 1: bias 1 − 1/g, variance 1/(g − 1). The allowance is 0: it is the
    missing 1/n that a measurement should see.

    Raises ValueError as ``isotropic`` does. Source: Hastie et al. (2019).
    """
    n, sizes = _sizes(n_samples, n_fitted)
    bias = np.array([0.0 if p < n else 1 - n / p for p in sizes])
    return Prediction({"bias": bias, "variance": np.array([min(p, n) / abs(n - p) for p in sizes])})


def subset(*, decay: Real, n_coordinates: float, n_samples: int, n_fitted: Sequence[int]) -> Prediction:
    """Columns "bias" (noise-free risk) and "variance" (per unit noise variance), shape (n_points,).

    With T = Σ_{i<=p} β_i² and T_c = Σ_{p<i<=P} β_i², β_i² = i^−(1+decay), P = ``n_coordinates`` or ∞:
    p < n: bias T_c (n − 1)/(n − p − 1); p > n: bias T (1 − n/p) + T_c (p − 1)/(p − n − 1). variance as in
    ``isotropic``. Exact; allowance: rounding.

    Raises ValueError for bad sizes, |p − n| < 2, p > n_coordinates, decay <= 0.
    Source: Belkin, Hsu & Xu (2019); derived in docs/least_squares.md.
    """
    n, sizes = _sizes(n_samples, n_fitted)
    with working(COLUMN_DIGITS + GUARD):
        pairs = [as_float(risk_ball(p, n, decay=decay, n_coordinates=n_coordinates)) for p in sizes]
    bias, rounding = np.array(pairs).T
    return Prediction({"bias": bias, "variance": np.array([float(variance(p, n)) for p in sizes])}, {"bias": rounding})


def variance(n_fitted: Real, n_samples: Real) -> Fraction:
    """Risk per unit noise variance: p/(n − p − 1) for p < n, n/(p − n − 1) for p > n. Exact for whole sizes.

    Raises ValueError for sizes <= 0 and |p − n| < 2.
    """
    p, n = (
        positive("n_fitted", n_fitted, "it counts coordinates"),
        positive("n_samples", n_samples, "it counts"),
    )
    finite_mean(p, n, names=("n_fitted", "n_samples"))
    return min(p, n) / (abs(p - n) - 1)  # B1


def unfitted(n_fitted: Real, *, decay: Real, n_coordinates: float) -> arb:
    """Power of the coordinates not fitted, Σ_{p<i<=P} i^−(1+decay) = ζ(s, p+1) − ζ(s, P+1), real p. Exact.

    A ball at the working precision. Raises ValueError for p > n_coordinates, decay <= 0 and n_coordinates < 1.
    """
    s, modes = ball(exact(exponent(decay_of(decay)))), modes_of(n_coordinates)
    if modes is not None and exact(n_fitted) > modes:
        raise ValueError(
            f"n_fitted must not exceed n_coordinates, got {n_fitted} and {n_coordinates}; raise the latter"
        )
    tail = s.zeta(ball(n_fitted) + 1)
    return tail if modes is None else tail - s.zeta(arb(modes + 1))


def risk_ball(n_fitted: Real, n_samples: Real, *, decay: Real, n_coordinates: float) -> arb:
    """Noise-free risk of the subset model as a ball at the working precision; real sizes allowed."""
    p, n = exact(n_fitted), exact(n_samples)
    rest = unfitted(n_fitted, decay=decay, n_coordinates=n_coordinates)
    risk = rest * ball(1 + variance(p, n))  # B2: what is not fitted acts as noise
    if p > n:
        fitted = unfitted(Fraction(0), decay=decay, n_coordinates=n_coordinates) - rest
        risk += fitted * ball(1 - n / p)  # B2, p > n: part of the fitted coordinates is not reached
    return risk


def risk(
    n_fitted: Real,
    n_samples: Real,
    *,
    decay: Real,
    n_coordinates: float = math.inf,
    noise_variance: Real = 0,
    digits: int = 50,
) -> mpf:
    """Excess risk of the subset model, bias + noise_variance × variance, real sizes; exact for whole ones.

    Raises ValueError for bad sizes, |p − n| < 2 and noise_variance < 0. Source: docs/least_squares.md.
    """
    sigma2 = _noise(noise_variance)
    with working(digits + GUARD):
        bias = risk_ball(n_fitted, n_samples, decay=decay, n_coordinates=n_coordinates)
        return as_mpf(bias + ball(sigma2 * variance(n_fitted, n_samples)))


@dataclass(frozen=True)
class BestSubset:
    """Number of fitted coordinates (a real number) with the least risk below p = n, and that risk."""

    n_fitted: mpf
    risk: mpf


def best_subset(
    n_samples: Real,
    *,
    decay: Real,
    n_coordinates: float = math.inf,
    noise_variance: Real = 0,
    digits: int = 30,
) -> BestSubset:
    """Minimum over real 0 < p < n − 1 of (T_c(p) + σ²)(n − 1)/(n − p − 1) − σ², to ``digits`` digits.

    The stationary point is unique: (n − p − 1) s ζ(s+1, p+1) − T_c(p) − σ² falls with p.

    Raises ValueError for n_samples <= 3, bad parameters, or when fitting nothing is best.
    Source: derived in docs/least_squares.md, "The best subset".
    """
    n, sigma2 = positive("n_samples", n_samples, "it counts training samples"), _noise(noise_variance)
    s = exact(exponent(decay_of(decay)))
    with working(digits + 2 * GUARD):

        def slope(p: mpf) -> mpf:
            inner = ball(n - 1) - ball(p)
            rest = unfitted(p, decay=decay, n_coordinates=n_coordinates)
            return as_mpf(inner * ball(s) * ball(s + 1).zeta(ball(p) + 1) - rest - ball(sigma2))

        top = mpmath.mpf(n.numerator) / n.denominator - 2
        if modes_of(n_coordinates) is not None:
            top = min(top, mpf(n_coordinates))
        if n <= 3 or slope(mpf(0)) <= 0:
            raise ValueError(
                f"n_samples={n_samples} with noise_variance={noise_variance} leaves nothing to gain by "
                "fitting; raise n_samples or lower noise_variance"
            )
        logs = bracketed_root(lambda u: slope(mpmath.expm1(u)), mpf(0), mpmath.log1p(top), digits + 5)
        p = mpmath.expm1(logs)
        best = risk(p, n, decay=decay, n_coordinates=n_coordinates, noise_variance=sigma2, digits=digits)
        return BestSubset(p, best)


def peak(n_samples: int) -> int:
    """Location of the peak along n_fitted: p = n, where the rank of the design saturates. Exact."""
    return count("n_samples", n_samples)


def _noise(noise_variance: Real) -> Fraction:
    sigma2 = exact(noise_variance)
    if sigma2 < 0:
        raise ValueError(f"noise_variance must not be negative, got {noise_variance}; it is a variance")
    return sigma2


def _sizes(n_samples: int, n_fitted: Sequence[int]) -> tuple[int, list[int]]:
    """Whole sizes with |p − n| >= 2; raises ValueError otherwise."""
    n = count("n_samples", n_samples)
    if len(n_fitted) == 0:
        raise ValueError("n_fitted is empty; name at least one size")
    sizes = [count("n_fitted", p) for p in n_fitted]
    for p in sizes:
        finite_mean(p, n, names=("n_fitted", "n_samples"))
    return n, sizes
