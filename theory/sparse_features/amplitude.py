"""Amplitude of the peak on its two sides, fixed data in the limit of large rank, on the line sparsity = 1 + decay.

There a_i = 1, and the modes of the data have squares χ²_n (Gaussian amplitudes) or n (signs), n ~ Poisson(u^−η) on
u > 0. With κ the effective ridge, the missing share μ = (r − N)/r is

    μ(κ) = ∫ e^−t [1 − (1 − φ(t/κ))^(1/η)] dt,   φ(x) = (1 + 2x)^(−1/2) or e^−x,

from E κ/(x + κ) = ∫ e^−t E e^(−t x/κ) dt and ∫ (1 − e^(−m a)) du = Γ(1 − 1/η) a^(1/η). The deterministic equivalent
just below the threshold is L/T = N/(N − df₂), N − df₂ = r κ μ′(κ). Derived in docs/sparse_features/peak.md.
"""

from __future__ import annotations

import mpmath
from mpmath import mpf

from theory.parameters import positive
from theory.precision import GUARD, Real, as_mpf, ball, working


def amplitude(kappa: Real, *, sparsity: Real, amplitudes: str = "gaussian", digits: int = 15) -> mpf:
    """μ/(κ μ′(κ)): (L/T) μ/(1 − μ) at the share μ(κ) below the threshold. Tends to 2 (Gaussian) or 1 (signs).

    Deterministic equivalent in the limit of large rank; the seen error, which vanishes with κ, is left out. Raises
    ValueError for other amplitudes, sparsity <= 1 or κ <= 0.
    """
    eta = positive("sparsity", sparsity, "it must exceed 1")
    if eta <= 1:
        raise ValueError(f"the limiting spectrum exists for sparsity above 1, got {sparsity}")
    if amplitudes not in ("gaussian", "sign"):
        raise ValueError(f"amplitudes must be gaussian or sign, got {amplitudes!r}")
    working_digits = digits + GUARD
    with working(working_digits):
        e, q = as_mpf(ball(eta)), as_mpf(ball(positive("kappa", kappa, "it is an effective ridge")))

        def rest(x: mpf) -> mpf:  # 1 − φ(x)
            return -mpmath.expm1(-mpmath.log1p(2 * x) / 2 if amplitudes == "gaussian" else -x)

        def slope(x: mpf) -> mpf:  # −x φ′(x)
            return x * (1 + 2 * x) ** mpf("-1.5") if amplitudes == "gaussian" else x * mpmath.exp(-x)

        def missing(v: mpf) -> mpf:  # t = e^v, dt = t dv
            t = mpmath.exp(v)
            return t * mpmath.exp(-t) * -mpmath.expm1(mpmath.log(rest(t / q)) / e)

        def moving(v: mpf) -> mpf:  # κ ∂_κ of the integrand; d(t/κ) = −(t/κ) dκ/κ
            t = mpmath.exp(v)
            return t * mpmath.exp(-t) * rest(t / q) ** (1 / e - 1) * slope(t / q) / e

        far, start = mpmath.log(3 * working_digits), mpmath.log(q) - 3 * working_digits
        cuts = [start, mpmath.log(q) - 5, mpmath.log(q) + 2, mpmath.log(q) + 5, far]
        cuts = [cut for cut in cuts[:-1] if cut < far - 1] + [far]
        return +(mpmath.quad(missing, cuts) / mpmath.quad(moving, cuts))
