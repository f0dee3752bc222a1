"""One mutant before one claim: rejected or not on the recorded draws, and whether it could have been."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compare import records
from compare.admission import admitted
from compare.calibration.mutants import RIVAL, Mutant
from compare.claim import Asymptote, Claim
from compare.extrema import Peak
from compare.quantity import Quantity
from compare.rule import level_share, looks_for, one_signed, reach
from compare.trial import Accused, Trial
from compare.verdict import PartVerdict
from theory.prediction import Prediction

REJECTED, MISSED, OPEN, BELOW, UNCHANGED, UNUSABLE = STATES = (
    "rejected",
    "missed",  # beyond what these draws reject with 99 % power, and not rejected
    "open",  # within the reach of the claim's cap, but not of the draws recorded
    "below",  # below the reach
    "unchanged",  # the claim's prediction does not change
    "unusable",  # the mutant is no prediction that this claim could judge
)
SAME = 1e-9
"""Distance in margins below which a prediction is unchanged: rounding."""
Cell = tuple[str, float]
"""State, and distance from the claim's own prediction in margins (for laws: in bounds)."""


def retried(claim: Claim, rivals: Mapping[str, Callable[..., Any]], folder: Path) -> Trial:
    """The trial of a claim on its record, with other rivals and without its law. Raises RecordError without one."""
    nobody: Mapping[str, Any] = {"nobody": claim.predict}
    held = records.trial(dataclasses.replace(claim, asymptote=None, rivals=rivals or nobody), folder)
    if held.error or not held.blocks:
        raise records.RecordError(f"{claim.name} cannot be judged: {held.error or held.note}")
    return held


def own_prediction(trial: Trial) -> Prediction:
    """The claim's own prediction, at the measured means if it is conditional."""
    assert trial.own is not None
    assert trial.own.prediction is not None
    return trial.own.prediction


def given_means(trial: Trial) -> list[dict[str, Any]]:
    """Arguments of a claim's prediction: none, or the measured means of the columns that it is given."""
    given = trial.claim.given
    return [{name: trial.blocks[name].mean(axis=0) for name in given}] if given else []


def on_draws(own: Trial, mutants: Sequence[Mutant], folder: Path) -> list[tuple[Mutant, Cell]]:
    """Cells of the mutants of a claim on its recorded draws; ``own`` is its trial there."""
    found = {mutant.name: _form(own, mutant) for mutant in mutants}
    usable = {name: predict for name, predict in found.items() if predict is not None}
    trial = retried(own.claim, usable, folder)
    cells = {name: _cell(trial, trial.rivals[name]) for name in usable}
    return [(mutant, cells.get(mutant.name, (UNUSABLE, float("nan")))) for mutant in mutants]


def _form(trial: Trial, mutant: Mutant) -> Callable[..., Any] | None:
    """A mutant as the trial needs it, or None if the claim cannot judge it: a peak off its grid, a value no number.

    Where a quantity is compared part by part, a mutant names the parts, with the allowance of the claim's own
    prediction: an error does not know that it is one. That spares the propagation of an allowance per mutant.
    """
    claim, quantity = trial.claim, trial.claim.quantity
    assert quantity is not None
    assert trial.own is not None
    means = {name: block.mean(axis=0) for name, block in trial.blocks.items()}
    try:
        prediction = admitted(mutant.predict(*given_means(trial)))
        gaps = quantity.gaps(means, prediction, claim.margin)
        quantity.parts(prediction, claim.margin)
        if not np.isfinite(gaps).all():
            return None
        if claim.given or mutant.error == RIVAL or type(quantity).gaps is not Quantity.gaps:
            return mutant.predict
        parts = dict(zip(quantity.names, np.asarray(quantity.predicted(prediction)), strict=True))
    except (ArithmeticError, LookupError, ValueError):
        return None
    allowance = {part.name: np.array([part.allowance]) for part in trial.own.parts}
    return lambda: Prediction(parts, allowance)


def _cell(trial: Trial, accused: Accused) -> Cell:
    claim, quantity = trial.claim, trial.claim.quantity
    assert quantity is not None
    assert trial.own is not None
    own, mutant = trial.own.prediction, accused.prediction
    assert own is not None
    assert mutant is not None
    distance = quantity.distance(mutant, own, claim.margin)
    if accused.outcome == "disagrees":
        return REJECTED, distance
    if not distance > SAME:
        return UNCHANGED, 0.0
    shifts = _shifts(trial, accused, own, mutant)
    seen = [float(one_signed(shift, part.side)) for shift, part in zip(shifts, accused.parts, strict=True)]
    if any(shift >= reach_of_draws(trial, part) for shift, part in zip(seen, accused.parts, strict=True)):
        return MISSED, distance
    within_cap = any(shift >= part.reach for shift, part in zip(seen, accused.parts, strict=True))
    return (OPEN if within_cap else BELOW), distance


def _shifts(trial: Trial, accused: Accused, own: Prediction, mutant: Prediction) -> Any:
    """Gap that the mutant would have if the claim's own prediction were the truth, of every part.

    The heights about a peak are not predicted: there it is the gap measured, so that a peak is never missed.
    """
    quantity = trial.claim.quantity
    assert quantity is not None
    if isinstance(quantity, Peak):
        return [part.gap for part in accused.parts]
    if any(set(quantity.names) <= set(prediction.values) for prediction in (own, mutant)):
        return quantity.predicted(own) - quantity.predicted(mutant)
    return quantity.gaps(own.values, mutant, trial.claim.margin)


def reach_of_draws(trial: Trial, part: PartVerdict) -> float:
    """Deviation that the recorded draws, at their look, reject with 99 % power; a part's reach is that of the cap."""
    n_looks, cap = trial.claim.n_looks, trial.claim.cap
    margin = 0.0 if part.strict else part.margin
    look = min(looks_for(trial.draws), n_looks) - 1

    def at(stderr: float, allowance: float, margin: float, share: float) -> float:
        return reach(stderr, draws=1, cap=1, n_looks=n_looks, margin=margin, allowance=allowance, share=share)

    of_cap = (part.reach - margin - 2 * part.allowance) / at(1.0, 0.0, 0.0, part.share)
    stderr = of_cap * np.sqrt(cap / trial.draws)
    share = part.share * level_share(look, n_looks) / level_share(n_looks - 1, n_looks)
    return at(float(stderr), part.allowance, margin, share)


def on_law(asymptote: Asymptote, laws: Mapping[str, Callable[[], Any]]) -> dict[str, Cell]:
    """Cells of wrong symbolic laws, by link 1: rejected where the largest size is farther off than the bound."""
    if not laws:
        return {}
    alone = Claim(name="law", statement="", source="", asymptote=asymptote, rivals=dict(laws))
    trial = Trial(alone)
    if trial.error:
        return dict.fromkeys(laws, (UNUSABLE, float("nan")))
    cells: dict[str, Cell] = {}
    for rival in trial.rival_laws:
        state = BELOW if rival.distance > 0 else UNCHANGED
        state = MISSED if rival.distance > 2 else state  # the finite-size theory is within one bound of the law
        cells[rival.name] = (REJECTED if rival.outcome == "disagrees" else state, rival.distance)
    return cells
