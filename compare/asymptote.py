"""Link 1: a symbolic law against the finite-size theory at sizes that no simulation reaches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from compare.claim import Asymptote
from compare.verdict import LawVerdict, RivalVerdict

DIGITS = 60
RATE = 0.9
"""Share of the stated order that the observed rate must reach."""
EXACT = mpmath.mpf(10) ** -30
"""Below this deviation the rate is rounding and is not judged."""


def numbers(value: Any) -> list[Any]:
    """One or several numbers (sympy, mpmath, Fraction, float) as mpf."""
    if hasattr(value, "mid") and hasattr(value, "rad"):  # an enclosure of python-flint
        return [mpmath.mpf(value.mid().str(DIGITS, radius=False))]
    if isinstance(value, tuple | list | np.ndarray):
        return [number for item in value for number in numbers(item)]
    if hasattr(value, "evalf"):
        value = str(value.evalf(DIGITS))
    if hasattr(value, "numerator") and hasattr(value, "denominator"):
        return [mpmath.mpf(int(value.numerator)) / int(value.denominator)]
    return [mpmath.mpf(value)]


def _deviation(finite: Any, law: list[Any]) -> Any:
    found = numbers(finite)
    if len(found) != len(law):
        raise ValueError(f"the law has {len(law)} values, the finite-size theory {len(found)}; return as many of both")
    deviations = [abs(a - b) for a, b in zip(found, law, strict=True)]
    if not all(mpmath.isfinite(deviation) for deviation in deviations):  # max() may pass over a NaN
        return mpmath.nan
    return max(deviations)


def judge_law(asymptote: Asymptote) -> LawVerdict:
    """Outcome of link 1: ends below the bound and falls at the stated rate, or disagrees; NaN is inconclusive."""
    if len(asymptote.sizes) < 2:
        raise ValueError(f"an asymptote needs at least two sizes, got {asymptote.sizes}")
    with mpmath.workdps(DIGITS):
        law = numbers(asymptote.law())
        deviations = [_deviation(asymptote.finite(size), law) for size in asymptote.sizes]
        last, before = deviations[-1], deviations[-2]
        first_size, last_size = (mpmath.mpf(size) for size in asymptote.sizes[-2:])
        if not all(mpmath.isfinite(d) for d in deviations):
            outcome = "inconclusive"
        else:
            allowed = before * (first_size / last_size) ** (RATE * asymptote.order)
            good = last < asymptote.bound and (last < EXACT or last <= allowed)
            outcome = "agrees" if good else "disagrees"
        text = ", ".join(mpmath.nstr(value, 12) for value in law)
    return LawVerdict(
        outcome,  # type: ignore[arg-type]
        text,
        float(last),
        asymptote.bound,
        tuple(float(size) for size in asymptote.sizes),
        tuple(float(d) for d in deviations),
    )


def judge_rival_law(asymptote: Asymptote, name: str, law: Callable[[], Any]) -> RivalVerdict:
    """A rival law is rejected when the largest size lies farther from it than the bound."""
    with mpmath.workdps(DIGITS):
        rival, true = numbers(law()), numbers(asymptote.law())
        deviation = _deviation(asymptote.finite(asymptote.sizes[-1]), rival)
        distance = max(abs(a - b) for a, b in zip(rival, true, strict=True)) / asymptote.bound
    rejected = math.isfinite(float(deviation)) and deviation > asymptote.bound
    return RivalVerdict(name, "disagrees" if rejected else "inconclusive", float(distance), 0)
