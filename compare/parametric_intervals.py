"""Intervals for the growth a_opt and for D/N at a budget: a profile of the objective, and a bootstrap over runs.

Profile: all values x whose best fit has n [S(x) − S] <= τ t²/2, with t Student's quantile at n − p degrees of freedom.
The scale τ = n/(n − p) · E ψ²/E ψ′, ψ = h′/δ, is that of a robust fit, which no likelihood gives. Where fewer than half
of the residuals are below δ, E ψ′ is their density at zero, taken from the half of them nearest to zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t as student

from compare.parametric_fit import GROWTH, GROWTH_BOX, Box, Objective, Problem, Solution, U, V, at_box, descend
from compare.parametric_table import FEWEST_SIZES, Array
from theory.parametric import Law, frontier, growth

LEVEL = 0.95
RESAMPLES = 200
SEED = 20240415
"""Of the bootstrap: the same table gives the same interval."""
RATIO_BOX = (math.log(1e-6), math.log(1e9))
"""Of log D/N: what lies outside is not looked for."""


Refit = Callable[[float, Array], Solution]
"""The best fit with the quantity held at a value, from coordinates near it."""


@dataclass(frozen=True)
class Interval:
    """Two ends; an end is open where the table sets none inside the box."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    def mapped(self, change: Callable[[float], float]) -> Interval:
        """The interval of a rising function of the quantity."""
        return Interval(change(self.low), change(self.high), self.open_low, self.open_high)


def scale(problem: Problem, at: Array) -> float:
    """τ, the factor between n S and half of a χ² variable."""
    r = problem.residuals(at)
    n, free = len(r), 4 + problem.floor
    window = max(problem.huber, float(np.median(np.abs(r))))
    density = float((np.abs(r) <= window).mean()) / window
    score = np.clip(r, -problem.huber, problem.huber) / problem.huber
    return float((score**2).mean()) / density * n / (n - free)


def growth_profile(problem: Problem, best: Solution) -> Interval:
    """Interval of a_opt."""

    def refit(growth: float, near: Array) -> Solution:
        start = near.copy()
        start[GROWTH] = growth
        box = (*problem.box[:GROWTH], (growth, growth))
        return descend(problem.objective, start, box)

    return _profile(problem, best, float(best.at[GROWTH]), refit, GROWTH_BOX, step=0.01)


def ratio_profile(problem: Problem, best: Solution, compute: float) -> Interval:
    """Interval of D*/N* at a budget."""
    place = math.log(frontier(problem.law(best.at), compute, flops=problem.runs.flops).ratio)
    budget = math.log(compute / problem.runs.flops)

    def refit(log_ratio: float, near: Array) -> Solution:
        objective, box = _at_ratio(problem, budget, log_ratio)
        found = descend(objective, near[V:], box)
        return Solution(np.array([tied(problem, found.at, budget, log_ratio)[0], *found.at]), found.value)

    return _profile(problem, best, place, refit, RATIO_BOX, step=0.1).mapped(math.exp)


def tied(problem: Problem, rest: Array, budget: float, log_ratio: float) -> tuple[float, Array]:
    """The first coordinate that puts D*/N* at the budget where it is wanted, and its gradient in the other four.

    log D*/N* = (1 − 2g) log(C/k) − (2/s) log(a A/(b B)), solved for log A = u + a · mean log N.
    """
    v, _, s, g = rest
    n, d = problem.centre
    a, b = (1 - g) * s, g * s
    excess = (1 - 2 * g) * budget - log_ratio
    u = v + b * d - a * n - math.log(a / b) + s * excess / 2
    slope_s = g * d - (1 - g) * n + excess / 2
    slope_g = s * (d + n) + 1 / g + 1 / (1 - g) - s * budget
    return u, np.array([1.0, 0.0, slope_s, slope_g])


def _at_ratio(problem: Problem, budget: float, log_ratio: float) -> tuple[Objective, Box]:
    """The objective as a function of four coordinates, D*/N* held."""

    def objective(rest: Array) -> tuple[float, Array]:
        u, slope = tied(problem, rest, budget, log_ratio)
        value, gradient = problem.objective(np.array([u, *rest]))
        return value, gradient[V:] + gradient[U] * slope

    return objective, problem.box[V:]


def _profile(
    problem: Problem,
    best: Solution,
    place: float,
    refit: Refit,
    box: tuple[float, float],
    step: float,
) -> Interval:
    """Both ends, each from the best fit outwards; where S does not change at all, as without noise, a point."""
    n, free = len(problem.runs), 4 + problem.floor
    quantile = float(student.ppf(0.5 + LEVEL / 2, n - free))
    allowed = scale(problem, best.at) * quantile**2 / 2
    if allowed <= 0:
        return Interval(place, place)

    def end(wall: float, stride: float) -> tuple[float, bool]:
        near, known = best.at, {place: -1.0}

        def excess(x: float) -> float:
            """√(rise of n S over what is allowed) − 1, nearly linear in x."""
            nonlocal near
            if x not in known:
                from_both = [refit(x, start) for start in ([near] if near is best.at else [near, best.at])]
                found = min(from_both, key=lambda one: one.value)
                near = found.at
                known[x] = math.sqrt(max(n * (found.value - best.value), 0) / allowed) - 1
            return known[x]

        return _crossing(excess, place, wall, stride)

    (low, open_low), (high, open_high) = end(box[0], -step), end(box[1], step)
    return Interval(low, high, open_low, open_high)


def _crossing(excess: Callable[[float], float], place: float, wall: float, stride: float) -> tuple[float, bool]:
    """Where ``excess`` turns positive on the way from ``place`` to the wall; the wall, and True, if nowhere."""
    inner = place
    while True:
        outer = min(place + stride, wall) if stride > 0 else max(place + stride, wall)
        if excess(outer) > 0:
            fine = 1e-3 * abs(outer - place)
            return float(brentq(excess, inner, outer, xtol=fine, maxiter=60)), False
        if outer == wall:
            return wall, True
        inner, stride = outer, 2 * stride


@dataclass(frozen=True)
class Bootstrap:
    """Intervals of a_opt and of D/N at every budget; ``boxed`` of ``resamples`` ended at an end of the box."""

    growth: Interval
    ratios: tuple[Interval, ...]
    resamples: int
    boxed: int
    laws: tuple[Law, ...] = field(default=(), repr=False)


def bootstrap(
    problem: Problem, best: Solution, budgets: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Bootstrap:
    """Percentiles over resamples of the runs, each fitted anew from the best fit of the table."""
    rng = np.random.default_rng(seed)
    laws, boxed = [], 0
    for _ in range(resamples):
        again = problem.resampled(_rows(rng, problem))
        at = descend(again.objective, problem.moved(best.at, again), again.box).at
        boxed += bool(set(at_box(again, at)) - {"E"})
        laws.append(again.law(at))
    ratios = tuple(between([frontier(law, C, flops=problem.runs.flops).ratio for law in laws]) for C in budgets)
    return Bootstrap(between([growth(law) for law in laws]), ratios, resamples, boxed, tuple(laws))


def between(values: Sequence[float]) -> Interval:
    """The central part of the values."""
    tails = (1 - LEVEL) / 2
    low, high = np.quantile(np.array(values), (tails, 1 - tails))
    return Interval(float(low), float(high))


def _rows(rng: np.random.Generator, problem: Problem) -> NDArray[np.intp]:
    """Rows drawn with replacement, until three sizes of either kind are among them."""
    n = len(problem.runs)
    for _ in range(100):
        rows = rng.integers(n, size=n)
        if min(len(np.unique(column[rows])) for column in (problem.runs.size, problem.runs.data)) >= FEWEST_SIZES:
            return rows
    return np.arange(n)
