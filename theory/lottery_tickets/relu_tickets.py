"""Random ReLU tickets: mean, spread and law of the loss, and the skewness of the output, as predictions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import mpmath
import sympy as sp
from mpmath import mpf

from theory.lottery_tickets import relu_laws as laws
from theory.parameters import count, positive, sizes_of
from theory.precision import Real
from theory.prediction import Prediction

PLACEMENTS = {"independent": laws.mse, "stratified": laws.stratified_mse}


def _radius(value: Real) -> Fraction:
    return positive("radius", value, "it is half the width of the interval of x")


def _rational(value: sp.Expr) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def mse(n_tickets: int, *, radius: Real, placement: str = "independent") -> Fraction:
    """Mean squared error of N random ReLU tickets: 32 R⁴/(15 N), or 16 R⁴ (1/(6N³) − 1/(30N⁴)) if stratified.

    Exact at every N. Raises ValueError for a radius that is not positive, N below 1 or an unknown placement.
    Derived in docs/lottery_tickets/exact.md.
    """
    if placement not in PLACEMENTS:
        raise ValueError(f"placement must be one of {', '.join(PLACEMENTS)}, got {placement!r}; pass one of these")
    n, R = count("n_tickets", n_tickets), _radius(radius)
    unit = PLACEMENTS[placement]().subs({laws.N: sp.Integer(n), laws.RADIUS: 1})
    return _rational(unit) * R**4


def relative_variance(n_tickets: int) -> Fraction:
    """Variance of the loss of N independent tickets over its squared mean, 116/63 − 131/(126 N). Exact, any R."""
    return _rational(laws.spread().subs(laws.N, sp.Integer(count("n_tickets", n_tickets))))


def losses(*, n_tickets: Sequence[int], radius: Real, placement: str = "independent") -> Prediction:
    """Columns "mse" and, for independent tickets, "variance" of the loss; shape (n_sizes,). Exact."""
    sizes = sizes_of("n_tickets", n_tickets)
    means = [mse(N, radius=radius, placement=placement) for N in sizes]
    columns = {"mse": [float(value) for value in means]}
    if placement == "independent":
        columns["variance"] = [float(relative_variance(N) * value**2) for N, value in zip(sizes, means, strict=True)]
    return Prediction(columns)  # type: ignore[arg-type]


def output_variance(n_tickets: int, *, radius: Real) -> Fraction:
    """Variance of f_N(0), 5 R⁴/(3N). Exact."""
    return _rational(laws.centre().variance) * _radius(radius) ** 4 / count("n_tickets", n_tickets)


def third_cumulants(*, n_tickets: Sequence[int], radius: Real) -> Prediction:
    """Column "third": third cumulant of f_N(0), κ (5R⁴/3)^(3/2)/N² with κ = 6 sqrt(15)/25. Exact."""
    at = laws.centre()
    per_ticket = float(at.skewness * at.variance ** sp.Rational(3, 2)) * float(_radius(radius)) ** 6
    return Prediction({"third": [per_ticket / N**2 for N in sizes_of("n_tickets", n_tickets)]})  # type: ignore[dict-item]


def distance_at_mean(n_tickets: int, digits: int = 25) -> mpf:
    """sqrt(N) (P(f_N(0) <= its mean) − 1/2), by inversion of the characteristic function of a ticket. Exact.

    A ticket 4R (−t)_+ is 0 or uniform on (0, 4R), each with probability 1/2: with s in units of its standard deviation
    r = sqrt(5/48) on (0, 1) and mean 1/4, log φ = log(1/2 + (e^(is) − 1)/(2is)) − is/4, taken at s/(r sqrt N), N times.
    Good to 2^−N, since f_N(0) has an atom of that mass, hence N >= 100. Raises ValueError for N below 100.
    """
    if (n := count("n_tickets", n_tickets)) < 100:
        raise ValueError(f"n_tickets must be at least 100, got {n}; below, its atom of mass 2^-N shows")
    with mpmath.workdps(digits + 10):
        scale = 1 / mpmath.sqrt(mpf(5) / 48 * n)

        def integrand(s: mpf) -> mpf:
            u = 1j * s * scale
            return mpmath.im((mpf(1) / 2 * (1 + mpmath.expm1(u) / u) * mpmath.exp(-u / 4)) ** n) / s

        panels = [mpf(0), 2, 4, 6, 9, 13, 12 / scale]  # at the end |φ| < 0.6^N
        return -mpmath.sqrt(n) * mpmath.quad(integrand, panels) / mpmath.pi


# The law of the loss at N = ∞.

MODES = 48


def roots(n_modes: int) -> list[mpf]:
    """Positive zeros ω_k of tan ω + tanh ω, one near (k − 1/4) π; the eigenvalues are λ_k = 64 R⁴/ω_k⁴. Exact.

    At the working precision of mpmath. Raises ValueError for n_modes below 1.
    """

    def scaled(w: mpf) -> mpf:
        return mpmath.sin(w) + mpmath.cos(w) * mpmath.tanh(w)

    starts = [(k - mpf(1) / 4) * mpmath.pi for k in range(1, count("n_modes", n_modes) + 1)]
    return [mpmath.findroot(scaled, start) for start in starts]


def limit_cdf(level: Real, *, digits: int = 20) -> mpf:
    """Probability that loss/(mean loss) is at most ``level`` at N = ∞: the law of Σ λ_k χ²_k/Σ λ_k, χ²_k with 1 degree.

    Talbot's inversion of Π (1 + 2 s λ_k/Σλ)^(−1/2)/s; modes beyond `MODES` enter by their mean, which is good to
    10⁻¹². Exact in the limit, asymptotic(1/N) for N tickets. Raises ValueError for a level that is not positive.
    """
    x = positive("level", level, "a loss is positive")
    with mpmath.workdps(digits):
        trace, _ = laws.power_sums()
        shares = [mpf(int(trace.q)) / int(trace.p) / w**4 for w in roots(MODES)]
        rest = 1 - mpmath.fsum(shares)

        def transform(s: mpmath.mpc) -> mpmath.mpc:
            return mpmath.fprod(1 / mpmath.sqrt(1 + 2 * s * share) for share in shares) * mpmath.exp(-s * rest) / s

        return mpmath.invertlaplace(transform, mpf(x.numerator) / x.denominator, method="talbot", degree=30)


def limit_median(digits: int = 15) -> mpf:
    """Median of loss/(mean loss) at N = ∞. Exact to about ``digits`` − 5 places."""
    with mpmath.workdps(digits):
        return mpmath.findroot(lambda x: limit_cdf(x) - mpf(1) / 2, (mpf("0.45"), mpf("0.5")), solver="anderson")


REMAINDER = 0.2
"""Declared bound on N × |P(N) − P(∞)| for the distribution function of the loss near its median."""


def below(level: float, *, n_tickets: Sequence[int], radius: Real) -> Prediction:
    """Column "below": probability that N × loss is at most ``level``. Asymptotic(1/N), allowance 0.2/N.

    The order follows from the expansion of Σ_ij <g̃_i, g̃_j>/N; its constant is not derived, the bound is declared.
    Raises ValueError for a level or radius that is not positive.
    """
    sizes = sizes_of("n_tickets", n_tickets)
    share = float(limit_cdf(float(level) / float(mse(1, radius=radius))))
    return Prediction({"below": [share] * len(sizes)}, {"below": [REMAINDER / N for N in sizes]})  # type: ignore[dict-item]
