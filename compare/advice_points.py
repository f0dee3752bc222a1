"""What advice looks at: the points of a trial with their errors, and whether the draws accept a corrected prediction.

Residuals are differences of logarithms where all is positive, else differences in units of the measured size. A guess
is accepted if, with everything it fits fitted anew without every block in turn,

    |residual| <= tolerance + 3.5 standard errors   at every point,

if its residuals are a third of the claim's own or less, and if the data could have told: their errors are below a
fifth of the claim's residuals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.estimate import leave_one_out, sections, total
from compare.experiment import Array
from compare.formatting import MINUS, number
from compare.median import of_medians
from compare.quantity import Quantity
from compare.rule import N_BLOCKS

if TYPE_CHECKING:
    from compare.trial import Trial

WIDEST_TOLERANCE = 0.1
"""A correction that leaves more than this relative error explains nothing, however wide the margin."""
BETTER = 3.0
RESOLVED = 5.0


@dataclass(frozen=True)
class Guess:
    """A corrected prediction (n_points,) as a function of the measured values, the number it fits, and its words."""

    words: str
    corrected: Callable[[Array], Array]
    fitted: int = 0


@dataclass(frozen=True)
class Seen:
    """Points of the predicted columns: coordinates, measured values with replicates, predicted values.

    ``replicates`` (16, n_points) are the values without each block (medians: of each block alone); the variance of
    a function f of the values is ``weight`` Σ_g (f_g − f̄)². ``blind``: the quantity does not see a common factor.
    """

    at: Mapping[str, Array]
    measured: Array
    replicates: Array
    weight: float
    predicted: Array
    allowance: Array
    columns: frozenset[str]
    logged: bool
    blind: bool
    tolerance: float

    @property
    def positive(self) -> bool:
        """Whether residuals are differences of logarithms."""
        return not self.logged and bool((self.measured > 0).all() and (self.predicted > 0).all())

    @property
    def scale(self) -> float:
        """Unit of residuals that are plain differences."""
        return 1.0 if self.logged else float(np.sqrt(np.mean(self.measured**2)))

    def varying(self) -> dict[str, Array]:
        """Positive coordinates that are not the same at all points."""
        return {name: x for name, x in self.at.items() if (x > 0).all() and len(np.unique(x)) > 1}

    def residual(self, measured: Array, predicted: Array) -> Array:
        """Measured minus predicted at every point, (n_points,); without their common part if the quantity is blind."""
        with np.errstate(all="ignore"):
            log = self.positive
            gap = np.log(measured) - np.log(predicted) if log else (measured - predicted) / self.scale
        return gap - gap.mean() if self.blind else gap

    def error(self, function: Callable[[Array], Any]) -> Any:
        """Standard error of a function of the measured values."""
        values = np.stack([function(row) for row in self.replicates])
        return np.sqrt(self.weight * ((values - values.mean(axis=0)) ** 2).sum(axis=0))

    def own(self) -> tuple[Array, Array]:
        """Residuals of the claim and their errors."""
        return self.residual(self.measured, self.predicted), self.error(lambda row: self.residual(row, self.predicted))

    def room(self, errors: Array) -> Array:
        """Largest residual that is no contradiction: tolerance, errors and the theory's allowance."""
        scale = np.abs(self.predicted) if self.positive else self.scale
        return self.tolerance + errors + self.allowance / scale

    def differs(self) -> bool:
        """Whether prediction and measurement differ significantly at some point."""
        residual, error = self.own()
        return bool(np.isfinite(residual).all() and (np.abs(residual) > self.room(5 * error)).any())

    def of(self, guess: Guess) -> tuple[Array, Array]:
        """Residuals of a guess and their errors, with its constants fitted anew in every replicate."""

        def residual(row: Array) -> Array:
            return self.residual(row, guess.corrected(row))

        return residual(self.measured), self.error(residual)

    def rms(self, guess: Guess) -> float:
        """Root-mean-square residual of a guess, no less than its error."""
        residual, error = self.of(guess)
        return max(_rms(residual), _rms(error))

    def accepts(self, guess: Guess) -> bool:
        """Whether the draws accept the corrected prediction where they refute the claim's own."""
        residual, error = self.of(guess)
        own = _rms(self.own()[0])
        return bool(
            np.isfinite(residual).all()
            and np.isfinite(error).all()
            and len(self.measured) > guess.fitted + self.blind
            and (np.abs(residual) <= self.room(3.5 * error)).all()
            and BETTER * _rms(residual) <= own
            and RESOLVED * _rms(error) <= own
        )


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def seen(trial: Trial) -> Seen | None:
    """The points of a trial; None where theory predicts no columns, only parts, or a bound."""
    claim, own = trial.claim, trial.own
    quantity = claim.quantity
    if quantity is None or own is None or own.prediction is None or trial.draws < N_BLOCKS:
        return None
    if all(part.side != "two-sided" and part.margin > 0 for part in own.parts):
        return None  # a bound is no equality that a correction could restore
    chosen = {(view.column, int(k)): (view, i) for view in quantity.views for i, k in enumerate(view.index)}
    if not chosen or any(column not in own.prediction.values for column, _ in chosen):
        return None
    if of_medians(quantity):
        measured, blocks = sections(trial.medians)
        rows, weight = [{name: block[g] for name, block in blocks.items()} for g in range(N_BLOCKS)], 1 / 240
    else:
        measured, weight = total(trial.blocks), (N_BLOCKS - 1) / N_BLOCKS
        rows = leave_one_out(trial.blocks)

    def picked(columns: Mapping[str, Array]) -> Array:
        return np.array([columns[column][k] for column, k in chosen])

    common = set.intersection(*(set(view.at) for view, _ in chosen.values()))
    at = {name: np.array([view.at[name][i] for view, i in chosen.values()]) for name in sorted(common)}
    values = picked(own.prediction.values)
    blind, logged = _is_blind(quantity, own.prediction.values), bool(getattr(quantity, "logged", False))
    found = Seen(
        at, picked(measured), np.stack([picked(row) for row in rows]), weight, values,
        picked(own.prediction.allowance), frozenset(column for column, _ in chosen), logged, blind, 0.0,
    )  # fmt: skip
    return Seen(**{**vars(found), "tolerance": _tolerance(quantity, claim.margin, found)})


def _is_blind(quantity: Quantity, values: Mapping[str, Array]) -> bool:
    """Whether a common factor of all columns (a constant, of logarithms) leaves every part as it is."""
    logged = getattr(quantity, "logged", False)
    moved = {name: value + 1 if logged else 2 * value for name, value in values.items()}
    with np.errstate(all="ignore"):
        return bool(np.allclose(quantity.measure(moved), quantity.measure(values), rtol=1e-9, atol=1e-9))


def _tolerance(quantity: Quantity, margin: Any, points: Seen) -> float:
    """What the margin means for one point, at most `WIDEST_TOLERANCE`."""
    smallest = min(margin.values()) if isinstance(margin, Mapping) else float(margin)
    if quantity.kind.startswith("exponent"):
        spans = [np.ptp(np.log(x)) for x in points.varying().values()]
        smallest *= max(spans, default=1.0) / 2
    elif not points.positive and not points.logged:
        smallest /= points.scale
    return float(min(smallest, WIDEST_TOLERANCE))


def told(value: float, error: float) -> str:
    """``2.00 ± 0.01``: both rounded at the first digit of the error."""
    if not (error > 0 and math.isfinite(error)) or not 1e-6 < error < 10:
        return number(value)
    decimals = max(0, -int(f"{error:.0e}".partition("e")[2]))
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", MINUS)
