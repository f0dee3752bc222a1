"""The effective ridge κ: how much of the spectrum a model of given size resolves.

Ridgeless, κ solves df_1(κ) = n. With N features, D samples and ridge γ it solves γ = κ (N − df_1)(D − df_1),
which is the same equation with n = min(N, D) and a shortfall: df_1(κ) + δ(κ) = n, where
δ = min(N, D) − df_1 >= 0 is the positive root of δ² + |N − D| δ = γ/κ. Written so, nothing cancels at N = D.
Derived in docs/random_features.md, "The effective ridge".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb
from mpmath import mpf

from theory.parameters import decay_of, modes_of, positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.spectra import exponent, sums_ball

START_DIGITS = 15  # precision of the search before Newton steps double it


@dataclass(frozen=True)
class Equation:
    """df_1(κ) + δ(κ) = size, with δ² + gap·δ = ridge/κ; ``s`` and ``modes`` give the spectrum."""

    size: Fraction
    s: Fraction
    modes: int | None
    ridge: Fraction = Fraction(0)
    gap: Fraction = Fraction(0)


@dataclass(frozen=True)
class Solution:
    """Balls that contain κ, df_1, df_2, df_3, df_4 and the shortfall δ = size − df_1."""

    kappa: arb
    df1: arb
    df2: arb
    df3: arb
    df4: arb
    shortfall: arb


def effective_ridge(n: Real, *, decay: Real, n_modes: float, digits: int = 50) -> mpf:
    """Effective ridge κ with Σ_{i<=M} λ_i/(λ_i + κ) = n, for real 0 < n < M.

    Exact, to ``digits`` digits: the root is enclosed, see `enclosure`.

    Raises ValueError for decay <= 0, n_modes < 1, n <= 0 or n >= n_modes (then no mode is left unresolved).
    Source: the self-consistent equation of deterministic equivalents; derived in docs/random_features.md.
    """
    with working(digits + GUARD):
        return as_mpf(enclosure(_resolving(n, decay, n_modes), digits))


def resolution(n: Real, *, decay: Real, n_modes: float, digits: int = 50) -> Solution:
    """Certified balls of κ and of the degrees of freedom where df_1(κ) = n, for real 0 < n < M.

    Raises ValueError for decay <= 0, n_modes < 1, n <= 0 or n >= n_modes.
    """
    return solution(_resolving(n, decay, n_modes), digits)


def _resolving(n: Real, decay: Real, n_modes: float) -> Equation:
    size = positive("n", n, "a model of size n resolves n of the modes")
    modes = modes_of(n_modes)
    if modes is not None and size >= modes:
        raise ValueError(
            f"n must be below n_modes, got n={n} and n_modes={n_modes}; every mode is then resolved "
            "and the loss is 0: raise n_modes or lower n"
        )
    return Equation(size, exact(exponent(decay_of(decay))), modes)


def solution(equation: Equation, digits: int) -> Solution:
    """Solve an equation to ``digits`` digits: the enclosure of κ and what follows from it."""
    kappa = enclosure(equation, digits)
    with working(digits + GUARD):
        sums = sums_ball(kappa, equation.s, equation.modes, digits + GUARD - 10)
        return Solution(kappa, *sums, _shortfall(equation, kappa))


def enclosure(equation: Equation, digits: int) -> arb:
    """κ as a ball of relative radius 10^−digits at most: Newton at growing precision, then a certificate.

    Raises ArithmeticError if no root can be certified, for sizes too near 0 or n_modes.
    """
    with working(START_DIGITS + GUARD):
        start = _start(equation)
    guard = GUARD
    while True:
        found = _newton_ball(equation, start, digits, guard) if start is not None else None
        if found is None:
            with working(START_DIGITS + GUARD):
                coarse = _coarse(equation).mid()
            with working(digits + guard):
                places = digits + guard - 10  # of the sums: a flat residual needs more of them than the root
                found = _certify(equation, _polish(equation, coarse, places), digits, places)
        if found is not None:
            return found
        guard *= 2  # cancellation at extreme parameters: more digits inside, the same outside
        if guard > 64 * GUARD:
            raise ArithmeticError(
                f"no certified root of df_1(kappa) = {float(equation.size)} at {digits} digits; "
                "raise digits, or move the size away from 0 and from n_modes"
            )


def _start(equation: Equation) -> arb | None:
    """Root to about START_DIGITS digits by Newton from the law of infinitely many modes, None if it strays."""
    s = ball(equation.s)
    angle = arb.pi() / s
    u = (s * (angle / angle.sin() / (ball(equation.size) + arb(1) / 2)).log()).mid()
    for _ in range(8):
        residual, slope = _residual_and_slope(equation, u.exp(), START_DIGITS)
        step = (residual / slope).mid() if slope < 0 else arb(2)
        if not abs(step) < 1:
            return None
        u = (u - step).mid()
        if abs(step) < arb(10) ** (-START_DIGITS // 2):
            return u
    return None


def _newton_ball(equation: Equation, u: arb, digits: int, guard: int) -> arb | None:
    """Enclosure of κ from Newton steps whose precision doubles, None if the last step proves nothing.

    The residual f(u), u = log κ, falls, and |d log|f'|/du| <= 1: f' = −Σ r(1−r) − (γ/κ)/(2δ + gap), where
    d r(1−r)/du = −r(1−r)(1−2r) and the logarithm of the last term has slope between −1 and −1/2. On |v − u| <= w
    therefore f'(v) lies between e^−w f'(u) and e^w f'(u): the root is u − f/f' e^±w if that stays inside.
    """
    places = START_DIGITS
    while 2 * places < digits + 5:
        places = min(2 * places, digits)
        with working(places + guard):
            residual, slope = _residual_and_slope(equation, u.exp(), places + guard - 10)
            if not slope < 0:
                return None
            u = (u - residual / slope).mid()
    with working(digits + guard):
        residual, slope = _residual_and_slope(equation, u.exp(), digits + guard - 10)
        if not slope < 0:
            return None
        w = arb(10) ** (-(places - 4))
        step = residual / slope * arb(0, w.upper()).exp()
        if not abs(step) < w:
            return None
        kappa = (u - step).exp()
        return kappa if kappa.rel_accuracy_bits() > 3.33 * digits else None


def _shortfall(equation: Equation, kappa: arb) -> arb:
    """δ = 2(γ/κ) / (gap + sqrt(gap² + 4γ/κ)), the positive root without cancellation."""
    if not equation.ridge:
        return arb(0)
    load, gap = ball(equation.ridge) / kappa, ball(equation.gap)
    return 2 * load / (gap + (gap * gap + 4 * load).sqrt())


def _residual_and_slope(equation: Equation, kappa: arb, digits: int) -> tuple[arb, arb]:
    """df_1 + δ − size and its derivative with respect to log κ."""
    df1, df2, *_ = sums_ball(kappa, equation.s, equation.modes, digits)
    delta = _shortfall(equation, kappa)
    slope = df2 - df1  # dr/d(log κ) = −r(1 − r)
    if equation.ridge:
        slope -= ball(equation.ridge) / kappa / (2 * delta + ball(equation.gap))
    return df1 - ball(equation.size) + delta, slope


def _coarse(equation: Equation) -> arb:
    """Root to about START_DIGITS/2 digits: Newton in log κ, kept inside a bracket."""
    s, size = ball(equation.s), ball(equation.size)
    whole = (arb.pi() / s) / (arb.pi() / s).sin()
    # df_1 < C_s κ^(−1/s) and δ <= sqrt(γ/κ): both below size/2 at this κ, so it lies above the root.
    high = (2 * whole / size) ** s
    if equation.ridge:
        high = high.max(4 * ball(equation.ridge) / (size * size))
    high = high.log().mid()
    low = _below(lambda u: _residual_and_slope(equation, u.exp(), START_DIGITS)[0] > 0, high)
    u = high
    for _ in range(200):
        residual, slope = _residual_and_slope(equation, u.exp(), START_DIGITS)
        if residual > 0:
            low = u
        elif residual < 0:
            high = u
        step = u - (residual / slope).mid() if slope < 0 else u
        u, before = (step if low < step < high else (low + high) / 2).mid(), u
        if abs(u - before) < arb(10) ** (-START_DIGITS // 2):
            return u
    return u


def _below(positive_at: Callable[[arb], bool], high: arb) -> arb:
    """Go down from ``high`` in doubling steps until the residual is positive."""
    step = arb(1)
    for _ in range(60):
        if positive_at(high - step):
            return (high - step).mid()
        step *= 2
    raise ArithmeticError("no effective ridge above exp(-2^60): the size is too near n_modes")


def _polish(equation: Equation, u: arb, places: int) -> arb:
    """Newton steps at the working precision until the digits stand."""
    for _ in range(12):
        residual, slope = _residual_and_slope(equation, u.exp(), places)
        step = (residual / slope).mid()
        u = (u - step).mid()
        if abs(step) < arb(10) ** (-(places // 2 + 4)):
            break
    return u


def _certify(equation: Equation, u: arb, digits: int, places: int) -> arb | None:
    """κ as a ball of relative radius 10^−digits, if the residual has opposite signs at its ends."""
    width = arb(10) ** (-digits)
    above, below = (u - width).exp(), (u + width).exp()
    if _residual_and_slope(equation, above, places)[0] > 0 and _residual_and_slope(equation, below, places)[0] < 0:
        return above.union(below)
    return None
