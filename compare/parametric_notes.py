"""What to beware of in a fit: a design that does not tell the exponents, ends of the box, outliers, extrapolation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from compare.formatting import number, plural
from compare.parametric_fit import GROWTH, Problem, Solution, at_box
from compare.parametric_intervals import Bootstrap, Interval, scale
from theory.parametric import Optimum

REACH = 1.0
"""Decades of compute beyond the table from which on a budget is called an extrapolation."""
LINE = math.log(2)
"""Runs whose log D strays by less than this from a line in log N are taken to lie on it."""
FAR = 8.0
"""Residuals beyond so many times the median are listed: 5.4 standard deviations of a normal law."""
FEW_SIZES = 4


class Note(NamedTuple):
    """One warning; ``fatal`` where the exponents are not identified at all."""

    text: str
    fatal: bool = False


def notes(
    problem: Problem,
    design: Sequence[Note],
    found: Sequence[Solution],
    profile: Interval | None,
    budgets: Sequence[tuple[float, Optimum, Interval]],
    resampled: Bootstrap | None,
    reach: float,
) -> Iterator[Note]:
    """All warnings, the gravest first; budgets are C, the frontier there and the profile of D/N.

    Without a profile, since the design does not tell the exponents, nothing is said of intervals.
    """
    yield from design
    yield from _boxed(problem, found[0])
    if profile is not None:
        yield from _minima(problem, found)
        yield from _ends(profile, budgets, resampled)
    yield from _residuals(problem, found[0])
    for compute, best, _ in budgets:
        yield from _extrapolation(problem, compute, best, reach)


def design_notes(problem: Problem) -> Iterator[Note]:
    """Whether N and D vary apart, before any fit."""
    x, y = np.log(problem.runs.size), np.log(problem.runs.data)
    slope, height = np.polyfit(x, y, 1)
    off = y - slope * x - height
    if np.ptp(off) < LINE:
        ratio = np.exp(np.median(y - x))
        where = (
            f"the one ray D/N = {number(float(ratio), digits=2)}"
            if np.ptp(y - x) < LINE
            else f"one line, D ~ N^{number(float(slope), digits=2)}"
        )
        yield Note(
            f"All runs lie on {where}. Such a table does not say which of the two terms falls with N and which with "
            "D, so a_opt and D/N are not identified; add runs with several D at one N.",
            fatal=True,
        )
    for name, column in (("N", x), ("D", y)):
        if len(np.unique(column)) < FEW_SIZES:
            yield Note(
                f"Only {plural(len(np.unique(column)), 'distinct value')} of {name}: its exponent and the floor E "
                f"can stand in for each other; add runs at other {name}."
            )


def _minima(problem: Problem, found: Sequence[Solution]) -> Iterator[Note]:
    """A second minimum that fits nearly as well."""
    best = found[0]
    allowed = 2 * scale(problem, best.at)  # rise of n S at two standard errors
    for other in found[1:]:
        if len(problem.runs) * (other.value - best.value) < allowed:
            law = problem.law(other.at)
            yield Note(
                f"Another fit is as good: a = {number(law.model_exponent, digits=3)}, "
                f"b = {number(law.data_exponent, digits=3)}, a_opt = {number(float(other.at[GROWTH]), digits=3)}; "
                "the table does not choose between them.",
                fatal=True,
            )


def _boxed(problem: Problem, best: Solution) -> Iterator[Note]:
    """Constants at an end of what was searched."""
    boxed = at_box(problem, best.at)
    if "E" in boxed:
        yield Note("The fitted floor E is 0 within the table: the loss may fall to nothing, or E is not seen yet.")
    others = [name for name in boxed if name != "E"]
    if others:
        yield Note(
            f"The fit ended at an end of what was searched, in {', '.join(others)}: the form does not suit these "
            "runs, or they do not fix it.",
            fatal=True,
        )


def _ends(
    profile: Interval, budgets: Sequence[tuple[float, Optimum, Interval]], resampled: Bootstrap | None
) -> Iterator[Note]:
    """Intervals without an end, and a bootstrap that a few runs carry."""
    if profile.open_low or profile.open_high:
        yield Note(
            "The interval of a_opt reaches an end of what was searched, 0.01 to 0.99: the table does not bound it "
            f"from {_side(profile)}."
        )
    for compute, _, ratio in budgets:
        if ratio.open_low or ratio.open_high:
            yield Note(f"The table does not bound D/N at C = {number(compute, digits=3)} from {_side(ratio)}.")
    if resampled and resampled.boxed > 0.025 * resampled.resamples:
        yield Note(
            f"{resampled.boxed} of {resampled.resamples} resamples ended at an end of what was searched: a few runs "
            "carry the fit, and the bootstrap is not to be relied on."
        )


def _side(interval: Interval) -> str:
    return "either side" if interval.open_low and interval.open_high else "below" if interval.open_low else "above"


def _residuals(problem: Problem, best: Solution) -> Iterator[Note]:
    """Runs far off the fit."""
    r = problem.residuals(best.at)
    typical = float(np.median(np.abs(r)))
    far = np.flatnonzero(np.abs(r) > max(FAR * typical, 1e-9))
    if len(far):
        lines = problem.runs.lines or range(1, len(r) + 1)
        worst = sorted(far, key=lambda k: -abs(r[k]))[:5]
        told = ", ".join(f"line {lines[int(k)]} ({100 * math.expm1(r[k]):+.1f} %)".replace("-", "−") for k in worst)
        yield Note(
            f"{plural(len(far), 'run')} more than {FAR:g} times the typical residual off the fit: {told}"
            f"{', …' if len(far) > len(worst) else ''}. Few outliers can move the exponents; see what the fit without "
            "them gives, and say why they go if they go."
        )


def _extrapolation(problem: Problem, compute: float, best: Optimum, reach: float) -> Iterator[Note]:
    """Budgets beyond the table, and a frontier that no run has come near."""
    runs = problem.runs
    decades = math.log10(compute / float(runs.compute.max()))
    told = number(compute, digits=3)
    if decades > reach:
        yield Note(
            f"C = {told} lies {decades:.1f} decades beyond the largest run: the interval is that of the form, and "
            "says nothing of whether the form still holds there."
        )
    ratios = runs.data / runs.size
    if not ratios.min() <= best.ratio <= ratios.max():
        yield Note(
            f"D/N = {number(best.ratio, digits=3)} at C = {told} is outside the table, whose runs have D/N from "
            f"{number(float(ratios.min()), digits=3)} to {number(float(ratios.max()), digits=3)}; add runs there."
        )
