"""The peak N = D at small ridge: the hard edge of the singular values.

The deterministic equivalent puts a constant density of singular values at zero. That of a real square
Gaussian matrix is larger there, by rho(0)/rho(∞) = π/2, and the mean loss with it. Derived in
docs/random_features.md, "The hard edge"; the density itself is transcribed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import mpmath
import numpy as np
from mpmath import mpf

from theory.parameters import count, positive
from theory.precision import GUARD, Real, as_mpf, ball, certified, working
from theory.prediction import Prediction
from theory.ridge import COLUMN_DIGITS, Point, ridge_loss, ridge_state


def singular_value_density(s: Real, digits: int = 30) -> mpf:
    """Density rho(s) of the scaled singular values of a large real square Gaussian matrix, s >= 0.

    rho(s) = (s/2)[J0(s)² + J1(s)²] + (1/2) J0(s) [1 − ∫_0^s J0]; rho(0) = 1/2, rho(∞) = 1/π. For an n × n
    matrix of variance 1 entries, s = 2 sqrt(n) × singular value. Asymptotic(1/n).

    Transcribed: Verbaarschot (1994), chiral orthogonal ensemble, no zero modes; Forrester (1993), hard edge.

    Raises ValueError for s < 0.
    """
    with working(digits + GUARD):
        x = as_mpf(ball(s))
        if x < 0:
            raise ValueError(f"a singular value is not negative, got {s}; pass s >= 0")
        j0, j1 = mpmath.besselj(0, x), mpmath.besselj(1, x)
        return x / 2 * (j0**2 + j1**2) + j0 / 2 * (1 - j0_integral(x))


def j0_integral(x: mpf) -> mpf:
    """∫_0^x J0 = x J0(x) + (π x/2) [J1(x) H0(x) − J0(x) H1(x)], H the Struve functions."""
    struve = mpmath.struveh
    j0, j1 = mpmath.besselj(0, x), mpmath.besselj(1, x)
    return x * j0 + mpmath.pi * x / 2 * (j1 * struve(0, x) - j0 * struve(1, x))


def hard_edge_factor(ridge_over_kappa: Real, digits: int = 30) -> mpf:
    """Mean bias at N = D over its deterministic equivalent, as a function of γ/κ; from π/2 at 0 down to 1.

    R = 4 k ∫_0^∞ rho(s) s²/(s² + k²)² ds, k = 2 sqrt(γ/κ), which is in closed form
    R = k I0(k) K0(k) + [I0(k) + k I1(k)] ∫_k^∞ K0(t) dt. Asymptotic(1/N).

    Raises ValueError for γ/κ <= 0.
    Source: derived from the transcribed density in docs/random_features.md, "The hard edge".
    """
    ratio = positive("ridge_over_kappa", ridge_over_kappa, "the limit at 0 is pi/2")
    with working(digits + GUARD):
        argument = 2 * ball(ratio).sqrt()  # k
        i0, i1 = (as_mpf(argument.bessel_i(order, scaled=True)) for order in (0, 1))
        k = as_mpf(argument)
        k0, tail = k0_and_tail(k)
        return k * i0 * k0 + (i0 + k * i1) * tail


def k0_and_tail(k: mpf) -> tuple[mpf, mpf]:
    """e^k K0(k) and e^k ∫_k^∞ K0, k > 0, at the working precision.

    They are the integrals of exp(k − k cosh t) and of the same over cosh t, t from 0 to ∞. By the trapezoid
    rule: the integrands are even and analytic for |Im t| < π/2, so that the error falls as exp(−π²/h), or as
    exp(−2π²/(k h²)) where k narrows the strip.
    """
    nats = mpmath.mp.prec * mpmath.log(2) + 5
    h = min(mpmath.pi**2 / nats, mpmath.pi * mpmath.sqrt(2 / (k * nats)))
    whole = tail = mpf(1) / 2
    t = mpf(0)
    while True:
        t += h
        cosh = mpmath.cosh(t)
        term = mpmath.exp(k - k * cosh)
        whole, tail = whole + term, tail + term / cosh
        if term < tail * mpmath.eps:
            return h * whole, h * tail


def peak_height(*, decay: Real, n_modes: float, points: Sequence[Point]) -> Prediction:
    """Columns "bias" and "noise" (per unit label-noise variance) at the peak, points (N, N, γ), γ > 0.

    R(γ/κ) times the deterministic equivalent of ``ridge``, both columns; shape (n_points,). At γ << κ the
    bias is (π/4) κ N² sqrt(κ/γ). Allowance (decay + 1/2)/N of the value, measured for N = 20..50,
    decay 0.5..2 and γ/κ >= 1e-4 (docs/random_features.md).

    Raises ValueError for N != D, no points, or parameters that are not positive.
    Source: derived in docs/random_features.md, "The hard edge", from a transcribed density.
    """
    if len(points) == 0:
        raise ValueError("points is empty; name at least one (n_features, n_samples, ridge)")
    rows, relative = [], []
    for N, D, gamma in points:
        N, D = count("n_features", N), count("n_samples", D)
        if N != D:
            raise ValueError(f"the peak lies at n_features = n_samples, got {N} and {D}; elsewhere use ridge()")
        with working(COLUMN_DIGITS + GUARD):
            state = ridge_state(N, D, gamma, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS)
            ratio = as_mpf(ball(gamma) / state.kappa)
            factor, error = certified(partial(hard_edge_factor, ratio), COLUMN_DIGITS)
            columns = ridge_loss(N, D, gamma, decay=decay, n_modes=n_modes, digits=COLUMN_DIGITS)
            rows.append([float(factor * value) for value in columns])
        relative.append((float(decay) + 0.5) / N + float(error / factor) + 2.0**-51)  # remainder, quadrature, rounding
    table = np.array(rows)  # (n_points, 2 columns)
    allowance = table * np.array(relative)[:, None]
    return Prediction({"bias": table[:, 0], "noise": table[:, 1]}, {"bias": allowance[:, 0], "noise": allowance[:, 1]})
