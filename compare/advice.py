"""Advice for a claim that does not come out as declared: one question that names the likely mistake.

A guess is a corrected prediction: twice the prediction, its coordinates exchanged, a constant less. It is given as
advice only if the very draws that refute the claim accept the correction, see `compare.advice_points`. Advice is
never part of a verdict: it changes no outcome, and a claim that is as expected gets none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.advice_guesses import guesses
from compare.advice_points import Seen, seen, told
from compare.verdict import PartVerdict, RivalVerdict, Verdict

if TYPE_CHECKING:
    from compare.trial import Trial

ALIKE = 2.0
"""Guesses whose residuals are within this factor of the best are equally good: the simplest is told."""
FACTORS = {
    -1.0: "an exponent with the wrong sign", 2.0: "is the prediction half of what it should be",
    0.5: "is the prediction twice what it should be",
}  # fmt: skip
"""What it means if a measured part is so many times the predicted one."""


def advised(trial: Trial, verdict: Verdict) -> str:
    """One sentence, worded as a question, or nothing where the data support none."""
    if verdict.outcome == "error" or trial.own is None or not trial.claim.has_formula:
        return ""
    if not verdict.as_expected and trial.blocks:
        found = _of_values(trial) or _of_points(trial) or _of_parts(verdict.parts)
        if found:
            return found
    return _of_rivals(verdict.rivals)


def _of_values(trial: Trial) -> str:
    """A measurement that is not a number, or has no logarithm, by column and point."""
    quantity = trial.claim.quantity
    assert quantity is not None
    for view in quantity.views:
        blocks = trial.blocks[view.column][:, view.index]  # (16, n_points)
        bad = ~np.isfinite(blocks)
        if bad.any():
            k = int(np.flatnonzero(bad.any(axis=0))[0])
            return (
                f"{view.column!r} is not finite at {view.labels()[k]}, in {int(bad[:, k].sum())} of {len(blocks)} "
                "blocks of draws: does the simulation divide by zero, take the logarithm of zero, or diverge?"
            )
    gaps = [part.gap for part in trial.own.parts] if trial.own else []
    if np.isfinite(gaps).all() or getattr(quantity, "logged", False):
        return ""
    for view in quantity.views:
        means = trial.blocks[view.column].mean(axis=0)[view.index]
        if (means <= 0).any():
            k = int(np.flatnonzero(means <= 0)[0])
            return (
                f"the mean of {view.column!r} at {view.labels()[k]} is {means[k]:.3g} and has no logarithm: is the "
                "column a logarithm already (logged=True), or signed (Mean)?"
            )
    return ""


def _of_points(trial: Trial) -> str:
    """The simplest guess that the data accept, from the points of the predicted columns."""
    points = seen(trial)
    if points is None or not points.differs():
        return ""
    accepted = [(guess, points.rms(guess)) for guess in guesses(points, trial.claim) if points.accepts(guess)]
    if accepted:
        best = min(rms for _, rms in accepted)
        return next(guess.words for guess, rms in accepted if rms <= ALIKE * best)
    return _of_range(points)


def _of_range(points: Seen) -> str:
    """Agreement on one side of a size only."""
    residual, error = points.own()
    away = np.abs(residual) > points.room(5 * error)
    within = np.abs(residual) <= points.room(3.5 * error)
    if points.blind or not (away | within).all():
        return ""
    for name, x in points.varying().items():
        good, bad = x[within], x[away]
        if len(np.unique(good)) >= 2 and len(bad):
            if good.max() < bad.min():
                return f"it agrees only up to {name} = {good.max():.6g}: does the law hold beyond?"
            if good.min() > bad.max():
                return (
                    f"it agrees only from {name} = {good.min():.6g} on: is it an asymptotic law, used at sizes that "
                    "are too small?"
                )
    return ""


def _of_parts(parts: tuple[PartVerdict, ...]) -> str:
    """A part that theory names directly and that is off by a telling factor."""
    for part in parts:
        if part.outcome == "agrees" or not part.predicted or part.side != "two-sided":
            continue
        ratio, error = part.measured / part.predicted, abs(part.stderr / part.predicted)
        for factor, words in FACTORS.items():
            if abs(ratio - factor) <= 3.5 * error + 0.02 * abs(factor) and error < 0.05 * abs(factor):
                return (
                    f"the predicted {part.name} is {part.predicted:.4g}, the measured one "
                    f"{told(part.measured, part.stderr)}: {words}?"
                )
    return ""


def _of_rivals(rivals: tuple[RivalVerdict, ...]) -> str:
    """A rival that no data can reject while the claim agrees."""
    for rival in rivals:
        if rival.outcome != "disagrees" and rival.distance < 1e-9:
            return (
                f"the rival {rival.name!r} predicts the same as the claim, in all that this quantity sees, so no data "
                "can reject it: another rival?"
            )
        if rival.outcome != "disagrees" and rival.distance < 1:
            return (
                f"the rival {rival.name!r} lies {rival.distance:.2g} margins from the prediction, so no data can "
                "reject it while the claim agrees: a margin below half that distance, or a rival farther away?"
            )
    return ""


__all__ = ["advised"]
