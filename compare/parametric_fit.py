"""The fit of L = E + A/N^a + B/D^b to a table of runs: robust, deterministic, from many starts.

Minimised is the mean of Huber's function of the residuals of log L,

    S = (1/n) Σ h(r_i)/δ,   r_i = log L_i − log[E + A/N_i^a + B/D_i^b],   h(r) = r²/2 for |r| <= δ, else δ |r| − δ²/2,

the three terms added as logarithms (Hoffmann et al. 2022 use δ = 10⁻³). The coordinates are the logarithms of the two
falling terms at the geometric mean sizes and of the floor, the sum s = a + b and the growth g = b/s of the best N: they
are nearly uncorrelated, so that every start finds its minimum in some fifty steps of L-BFGS-B.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from compare.parametric_table import Array, Runs
from theory.parametric import Law

HUBER = 1e-3
"""δ, in units of log L: larger residuals count by their size, not by their square."""
U, V, FLOOR, SUM, GROWTH = range(5)
SUM_BOX, GROWTH_BOX = (0.02, 5.0), (0.01, 0.99)
TERMS_BELOW = 12.0
"""The floor and both terms may be e^12 times below the least loss, where they are not seen."""
STARTS = tuple(itertools.product((0.5, 1.5), (0.25, 0.5, 0.75), (0.2, 0.8)))
"""s, g, and the floor as a share of the least loss."""
Box = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Problem:
    """A table with δ, and with or without a floor E."""

    runs: Runs
    huber: float = HUBER
    floor: bool = True

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Mean log N and log D."""
        return float(np.log(self.runs.size).mean()), float(np.log(self.runs.data).mean())

    @cached_property
    def _logs(self) -> tuple[Array, Array, Array]:
        x, y = np.log(self.runs.size) - self.centre[0], np.log(self.runs.data) - self.centre[1]
        return x, y, np.log(self.runs.loss)

    @cached_property
    def box(self) -> Box:
        """Bounds of the five coordinates."""
        least, most = float(self._logs[2].min()), float(self._logs[2].max())
        term = (least - TERMS_BELOW, most + TERMS_BELOW)
        floor = (least - TERMS_BELOW, least) if self.floor else (-np.inf, -np.inf)
        return term, term, floor, SUM_BOX, GROWTH_BOX

    def model(self, at: Array) -> tuple[Array, Array]:
        """Logarithm of the fitted loss (runs) and its gradient (5, runs)."""
        x, y, _ = self._logs
        s, g = at[SUM], at[GROWTH]
        logs = [at[U] - (1 - g) * s * x, at[V] - g * s * y]
        terms = np.stack([*logs, np.full_like(x, at[FLOOR])] if self.floor else logs)
        top = terms.max(axis=0)
        shares = np.exp(terms - top)
        total = shares.sum(axis=0)
        shares /= total
        first, second = shares[0] * x, shares[1] * y
        floor = shares[2] if self.floor else np.zeros_like(x)
        gradient = np.stack([shares[0], shares[1], floor, -(1 - g) * first - g * second, s * (first - second)])
        return top + np.log(total), gradient

    def residuals(self, at: Array) -> Array:
        """Measured less fitted log loss."""
        return np.asarray(self._logs[2] - self.model(at)[0])

    def objective(self, at: Array) -> tuple[float, Array]:
        """S and its gradient."""
        fitted, gradient = self.model(at)
        r = self._logs[2] - fitted
        size, delta = np.abs(r), self.huber
        value = np.where(size <= delta, r * r / (2 * delta), size - delta / 2)
        return float(value.mean()), -gradient @ (np.clip(r, -delta, delta) / delta) / len(r)

    def law(self, at: Array) -> Law:
        """The five constants."""
        s, g = float(at[SUM]), float(at[GROWTH])
        a, b = (1 - g) * s, g * s
        A, B = np.exp(at[U] + a * self.centre[0]), np.exp(at[V] + b * self.centre[1])
        return Law(float(np.exp(at[FLOOR])) if self.floor else 0.0, float(A), float(B), a, b, "fit")

    def moved(self, at: Array, other: Problem) -> Array:
        """The coordinates of the same law about the centre of another table."""
        found, s, g = at.copy(), at[SUM], at[GROWTH]
        found[U] -= (1 - g) * s * (other.centre[0] - self.centre[0])
        found[V] -= g * s * (other.centre[1] - self.centre[1])
        return found

    def resampled(self, rows: NDArray[np.intp]) -> Problem:
        """The same problem on other runs of the table."""
        return replace(self, runs=self.runs.chosen(rows))


@dataclass(frozen=True)
class Solution:
    """A minimum: the coordinates and S there."""

    at: Array
    value: float


Objective = Callable[[Array], tuple[float, Array]]


def descend(objective: Objective, start: Array, box: Box) -> Solution:
    """The minimum of S downhill of a start, by L-BFGS-B."""
    low, high = np.array(box).T
    fixed = {"maxiter": 500, "maxfun": 1000, "ftol": 1e-13, "gtol": 1e-10}
    free = np.isfinite(high) & np.isfinite(low)
    start = np.where(free, np.clip(start, low, high), start)
    limits = [(a, b) if ok else (c, c) for (a, b), ok, c in zip(box, free, start, strict=True)]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=limits, options=fixed)
    return Solution(np.asarray(found.x), float(found.fun))


def starts(problem: Problem) -> list[Array]:
    """Where the search begins: the two falling terms share what the floor leaves of the typical loss."""
    least, middle = float(problem.runs.loss.min()), float(np.median(problem.runs.loss))
    found = []
    for s, g, share in STARTS if problem.floor else [start for start in STARTS if start[2] == STARTS[0][2]]:
        floor = share * least if problem.floor else 1.0
        term = np.log((middle - floor if problem.floor else middle) / 2)
        found.append(np.array([term, term, np.log(floor), s, g]))
    return found


def minima(problem: Problem, begin: Sequence[Array] | None = None) -> list[Solution]:
    """Every distinct minimum found, the best first; two are distinct if their growths differ by more than 0.01."""
    found = [descend(problem.objective, start, problem.box) for start in begin or starts(problem)]
    kept: list[Solution] = []
    for solution in sorted(found, key=lambda one: one.value):
        if all(abs(solution.at[GROWTH] - other.at[GROWTH]) > 0.01 for other in kept):
            kept.append(solution)
    return kept


def at_box(problem: Problem, at: Array) -> list[str]:
    """Names of the quantities at an end of their box."""
    names = ("A", "B", "E", "a + b", "a_opt")
    ends = zip(names, at, problem.box, strict=True)
    return [
        name for name, value, (low, high) in ends
        if np.isfinite(low) and min(value - low, high - value) < 1e-6 * (high - low)
    ]  # fmt: skip
