"""From a table of runs to the constants of L = E + A/N^a + B/D^b, its frontier, intervals, and what to beware of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compare.parametric_fit import GROWTH_BOX, HUBER, Problem, Solution, minima
from compare.parametric_intervals import (
    LEVEL,
    RESAMPLES,
    SEED,
    Bootstrap,
    Interval,
    bootstrap,
    growth_profile,
    ratio_profile,
)
from compare.parametric_notes import REACH, Note, design_notes, notes
from compare.parametric_table import Runs
from compare.usage import UsageError
from theory.parametric import Law, Optimum, frontier, growth

UNKNOWN_GROWTH = Interval(*GROWTH_BOX, open_low=True, open_high=True)
UNKNOWN_RATIO = Interval(0.0, math.inf, open_low=True, open_high=True)
"""Of a table that does not tell the exponents: every value fits."""


@dataclass(frozen=True)
class Budget:
    """The frontier at one budget, with the profile's interval of D/N and how far beyond the table it lies."""

    compute: float
    best: Optimum
    ratio: Interval
    decades: float


@dataclass(frozen=True)
class Analysis:
    """A fitted table.

    law        constants
    profile    interval of a_opt, from the profile of the objective
    budgets    the frontier where it was asked for
    resampled  intervals of a_opt and of D/N from a bootstrap over runs; None if none was asked for
    notes      what to beware of; ``identified`` says whether the table tells both exponents apart at all
    """

    problem: Problem
    solution: Solution
    law: Law
    profile: Interval
    budgets: tuple[Budget, ...]
    resampled: Bootstrap | None
    notes: tuple[Note, ...]

    @property
    def growth(self) -> float:
        """a_opt, the exponent of N* in C."""
        return growth(self.law)

    @property
    def identified(self) -> bool:
        """Whether a note says that the table does not tell the exponents."""
        return not any(note.fatal for note in self.notes)

    @property
    def spread(self) -> float:
        """Median size of the residuals of log L."""
        return float(np.median(np.abs(self.problem.residuals(self.solution.at))))


def analysis(
    runs: Runs,
    budgets: Sequence[float] = (),
    *,
    huber: float = HUBER,
    floor: bool = True,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    reach: float = REACH,
) -> Analysis:
    """Fit, intervals and notes. Without budgets, ten times the largest compute of the table.

    Raises UsageError for a δ or a budget that is not positive.
    """
    for name, value in (("the Huber scale", huber), *(("a budget", C) for C in budgets)):
        if not (math.isfinite(value) and value > 0):
            raise UsageError(f"{name} must be positive and finite, got {value:g}")
    if resamples < 0 or 0 < resamples < 20:
        raise UsageError(f"a bootstrap needs at least 20 resamples, got {resamples}; pass 0 for none")
    problem = Problem(runs, huber, floor)
    design = list(design_notes(problem))
    told = not any(note.fatal for note in design)
    found = minima(problem)
    best = found[0]
    law, chosen = problem.law(best.at), list(budgets) or [10 * float(runs.compute.max())]
    planned = tuple(_budget(problem, best, law, C, told=told) for C in chosen)
    profile = growth_profile(problem, best) if told else UNKNOWN_GROWTH
    resampled = bootstrap(problem, best, chosen, resamples=resamples, seed=seed) if resamples and told else None
    places = [(budget.compute, budget.best, budget.ratio) for budget in planned]
    warned = notes(problem, design, found, profile if told else None, places, resampled, reach)
    return Analysis(problem, best, law, profile, planned, resampled, tuple(warned))


def _budget(problem: Problem, best: Solution, law: Law, compute: float, *, told: bool) -> Budget:
    decades = math.log10(compute / float(problem.runs.compute.max()))
    at = frontier(law, compute, flops=problem.runs.flops)
    ratio = ratio_profile(problem, best, compute) if told else UNKNOWN_RATIO
    return Budget(compute, at, ratio, max(0.0, decades))


def document(found: Analysis) -> dict[str, object]:
    """The same as numbers for machines."""
    runs = found.problem.runs
    return {
        "form": "L = E + A/N^a + B/D^b, C = k N D",
        "runs": len(runs),
        "k": runs.flops,
        "huber": found.problem.huber,
        "E": found.law.floor,
        "A": found.law.model,
        "B": found.law.data,
        "a": found.law.model_exponent,
        "b": found.law.data_exponent,
        "objective": found.solution.value,
        "median_residual": found.spread,
        "identified": found.identified,
        "a_opt": {"estimate": found.growth, **_intervals(found, found.profile, 0)},
        "budgets": [
            {
                "C": budget.compute,
                "N": budget.best.size,
                "D": budget.best.data,
                "loss": budget.best.loss,
                "decades_beyond_the_table": budget.decades,
                "D/N": {"estimate": budget.best.ratio, **_intervals(found, budget.ratio, k)},
            }
            for k, budget in enumerate(found.budgets, start=1)
        ],
        "level": LEVEL,
        "resamples": found.resampled.resamples if found.resampled else 0,
        "notes": [note.text for note in found.notes],
    }


def _intervals(found: Analysis, profile: Interval, place: int) -> dict[str, object]:
    """Both intervals as pairs; an open end is null."""
    both: dict[str, object] = {"profile": _pair(profile)}
    if found.resampled:
        both["bootstrap"] = _pair(resampled(found.resampled)[place])
    return both


def resampled(found: Bootstrap) -> tuple[Interval, ...]:
    """Intervals of a bootstrap: a_opt first, then D/N of every budget."""
    return found.growth, *found.ratios


def _pair(interval: Interval) -> list[float | None]:
    return [None if interval.open_low else interval.low, None if interval.open_high else interval.high]
