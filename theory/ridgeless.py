"""Dense power-law random features without ridge: the scalar quantities, at any precision and for real sizes.

Derivations: docs/random_features.md. Letters of the formulas: N = n_features, D = n_samples, M = n_modes,
m = min(N, D), X = max(N, D), κ from df_1(κ) = m, s = 1 + decay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import mpmath
from flint import arb
from mpmath import mpf

from theory.effective_ridge import Solution, resolution
from theory.parameters import finite_mean, positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.roots import minimum


def unresolved_loss(n: Real, *, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Loss of n random features and unlimited data, or of n samples and unlimited features.

    L∞(n) = κ n [1 + (n df_3 − df_2²)/(n (n − df_2)²)] with df_1(κ) = n; loss is the population mean squared
    error for an isotropic teacher. Deterministic equivalent with its 1/n correction: relative error below
    0.3/n², or 0.5/n² for n <= 2 (measured up to decay 3; docs/random_features.md). ``n`` may be any real number
    in (0, n_modes).

    Raises ValueError for bad sizes, as ``effective_ridge`` does.
    Source: leading term Maloney, Roberts & Sully (2022); correction derived in docs/random_features.md.
    """
    with working(digits + GUARD):
        return as_mpf(unresolved_ball(n, decay=decay, n_modes=n_modes, digits=digits))


def leading_unresolved_loss(n: Real, *, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Leading deterministic equivalent κ n of ``unresolved_loss``; relative error decay/(2n) + O(1/n²).

    Raises ValueError as ``effective_ridge`` does. Source: Maloney, Roberts & Sully (2022).
    """
    with working(digits + GUARD):
        return as_mpf(leading_ball(n, decay=decay, n_modes=n_modes, digits=digits))


def unresolved_ball(n: Real, *, decay: Real, n_modes: float, digits: int) -> arb:
    """Ball of ``unresolved_loss``, at the working precision."""
    state = resolution(n, decay=decay, n_modes=n_modes, digits=digits)
    size = ball(n)
    loss = state.kappa * size  # A4, leading: L∞ = κ n
    loss *= 1 + correction(state, size)  # A4, next order in 1/n
    return loss


def leading_ball(n: Real, *, decay: Real, n_modes: float, digits: int) -> arb:
    """Ball of ``leading_unresolved_loss``, at the working precision."""
    return resolution(n, decay=decay, n_modes=n_modes, digits=digits).kappa * ball(n)


def correction(state: Solution, size: arb) -> arb:
    """Relative 1/n correction of the unresolved loss: (n df_3 − df_2²)/(n (n − df_2)²)."""
    return (size * state.df3 - state.df2**2) / (size * (size - state.df2) ** 2)


def double_descent_factor(n_features: Real, n_samples: Real) -> Fraction:
    """Ridgeless bias divided by the unresolved loss of m = min(N, D): (X − 1)/(X − m − 1), X = max(N, D).

    Exact for Gaussian features, as a mean, for whole sizes with X − m >= 2; a rational function of real sizes
    besides. Symmetric in its arguments.

    Raises ValueError for sizes <= 0 and for |N − D| < 2, where the mean is infinite.
    Source: derived in docs/random_features.md, "The double-descent factor".
    """
    features = positive("n_features", n_features, "it counts random features")
    samples = positive("n_samples", n_samples, "it counts training samples")
    finite_mean(features, samples)
    m, X = min(features, samples), max(features, samples)
    return (X - 1) / (X - m - 1)  # A2


def growth(N: Real, D: Real) -> Fraction:
    """Relative excess m/(X − m − 1) of the ridgeless bias over the unresolved loss. Exact."""
    return double_descent_factor(N, D) - 1  # E1: (X − 1)/(X − m − 1) − 1


def inverse_trace_correction(state: Solution, size: arb) -> arb:
    """Relative 1/n correction c = (df_2 − df_3)/(n − df_2)² of the mean inverse trace of n samples T in M dimensions.

    E Tr(TᵀT)⁻¹ = (1 + c)/κ; deterministic equivalent, relative remainder O(1/n²).
    """
    return (state.df2 - state.df3) / (size - state.df2) ** 2


def resolved_noise_ball(state: Solution, size: arb) -> arb:
    """E Tr[(TᵀT)⁻¹TᵀΛT(TᵀT)⁻¹] for n samples T, with its 1/n correction.

    It is G E Tr(TᵀT)⁻¹ with G = −Σ λ_i² ∂/∂λ_i, and G df_p = p κ [A df_p − (1 + A) df_{p+1}],
    A = G(1/κ) = df_2/(n − df_2).
    """
    df2, df3, df4, rest = state.df2, state.df3, state.df4, size - state.df2
    leading = df2 / rest  # A
    c = inverse_trace_correction(state, size)
    change2 = 2 * (leading * df2 - (1 + leading) * df3)  # G df_2/κ
    change3 = 3 * (leading * df3 - (1 + leading) * df4)  # G df_3/κ
    return leading * (1 + c) + (change2 - change3) / rest**2 + 2 * c * change2 / rest  # A(1 + c) + Gc/κ


def label_noise(n_features: int, n_samples: int, *, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Ridgeless label-noise term per unit noise variance.

    N < D: N/(D − N − 1), exact. N > D: E Tr[(TᵀT)⁻¹TᵀΛT(TᵀT)⁻¹] + E[L∞(T) Tr(TᵀT)⁻¹]/(N − D − 1) with both
    means to their 1/D correction (deterministic equivalent, relative remainder O(1/D²)).

    Raises ValueError for bad sizes and |N − D| < 2.
    Source: derived in docs/random_features.md, "Label noise".
    """
    with working(digits + GUARD):
        return as_mpf(label_noise_ball(n_features, n_samples, decay=decay, n_modes=n_modes, digits=digits))


def label_noise_ball(n_features: int, n_samples: int, *, decay: Real, n_modes: float, digits: int) -> arb:
    """Ball of ``label_noise``, at the working precision."""
    N, D = n_features, n_samples
    finite_mean(N, D)
    if N < D:
        return ball(Fraction(N, D - N - 1))  # A3, N < D
    state, size = resolution(D, decay=decay, n_modes=n_modes, digits=digits), ball(D)
    unresolved = size * (1 + correction(state, size)) * (1 + inverse_trace_correction(state, size))  # L∞ Tr(TᵀT)⁻¹
    return resolved_noise_ball(state, size) + unresolved / (N - D - 1)  # A3, N > D


@dataclass(frozen=True)
class Optimum:
    """Compute-optimal shape at N·D = compute: ratio m/X <= 1, m = smaller, X = larger, and the loss there."""

    ratio: mpf
    smaller: mpf
    larger: mpf
    loss: mpf


def loss_at_shape(ratio: Real, compute: Real, *, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Ridgeless loss L∞(m) (X − 1)/(X − m − 1) at m/X = ratio and m X = compute, for real sizes.

    Raises ValueError where X − m <= 1 (no finite mean) or m >= n_modes.
    """
    with working(digits + GUARD):
        m = mpmath.sqrt(as_mpf(ball(ratio) * ball(compute)))
        X = as_mpf(ball(compute)) / m
        if not X - m > 1:
            raise ValueError(f"the mean is finite for X - m > 1 only, got m={m} and X={X}; lower the ratio")
        loss = unresolved_loss(m, decay=decay, n_modes=n_modes, digits=digits)
        return loss * (X - 1) / (X - m - 1)  # A4 × A2


def compute_optimal(compute: Real, *, decay: Real, n_modes: float, digits: int = 20) -> Optimum:
    """Best real m, X at m X = compute, to ``digits`` digits; N and D may be either (the bias is symmetric).

    Minimum of L∞(m) (X − 1)/(X − m − 1) over log(m/X) between m = 1 and X − m = 2: approaches
    m/X = decay/(decay + 2) as compute grows.

    Raises ValueError for compute < 20 or when no minimum lies inside (n_modes too small).
    Source: derived in docs/random_features.md, "Compute-optimal shape".
    """
    C = positive("compute", compute, "it is n_features × n_samples")
    if C < 20:
        raise ValueError(f"compute must be at least 20 to have a minimum between its ends, got {compute}")
    with working(2 * digits + 3 * GUARD):
        size = as_mpf(ball(C))
        shortest = (mpmath.sqrt(1 + size) - 1) ** 2 / size  # m/X at X − m = 2
        low, high = -mpmath.log(size), mpmath.log(shortest) - mpf(10) ** (-digits // 2)
        if n_modes != math.inf and n_modes * n_modes <= C * exact(shortest):
            raise ValueError(
                f"n_modes={n_modes} is too small for compute={compute}: features could resolve every "
                "mode, and the least loss is 0; raise n_modes above sqrt(compute)"
            )

        def log_loss(u: mpf, places: int) -> mpf:
            with working(places):
                return mpmath.log(loss_at_shape(mpmath.exp(u), C, decay=decay, n_modes=n_modes, digits=places))

        ratio = mpmath.exp(minimum(log_loss, low, high, digits + 1))
        m = mpmath.sqrt(ratio * size)
        loss = loss_at_shape(ratio, C, decay=decay, n_modes=n_modes, digits=digits)
        return Optimum(ratio, m, size / m, loss)
