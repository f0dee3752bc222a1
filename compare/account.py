"""The account of a trial: why it is not decided, and its points for tables and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.estimate import standard_errors, total
from compare.rule import Outcome, draws_to_decide
from compare.verdict import Point

if TYPE_CHECKING:
    from compare.trial import Trial


def reason(trial: Trial, outcome: Outcome) -> str:
    """Why a claim is inconclusive, or which link failed, in a few words; empty where there is nothing to say."""
    law = trial.law
    if law and law.outcome == "disagrees":
        return f"symbolic law: deviation {law.deviation:.3g} from the finite-size theory"
    if outcome != "inconclusive":
        return ""
    if law and law.outcome == "inconclusive":
        return "symbolic law: a value is not finite"
    if trial.own is None or not trial.own.parts:
        return trial.note or "no evidence"
    undecided = [part for part in trial.own.parts if part.outcome == "inconclusive"]
    if any(not np.isfinite([part.gap, part.stderr]).all() for part in undecided):
        return "non-finite measurement"
    if any(2 * part.allowance >= part.margin > 0 for part in undecided if part.side == "two-sided"):
        return "bias-limited: twice the allowance reaches the margin"
    if trial.heavy:
        return "tail alarm: one block carries nearly all the spread; declare the tail index, or claim a logarithm"
    needed = max(
        (
            draws_to_decide(
                p.gap, p.stderr, draws=trial.draws, margin=p.margin, allowance=p.allowance, side=p.side, share=p.share
            )
            for p in undecided
        ),
        default=np.inf,
    )
    told = f"; about {needed:.2g} draws would decide" if np.isfinite(needed) else ""
    return f"cap of {trial.draws} draws reached{told}"


def points(trial: Trial) -> tuple[Point, ...]:
    """Every point of every column that the quantity uses: predicted, measured, and what the rivals say."""
    quantity = trial.claim.quantity
    if quantity is None or trial.own is None or not trial.blocks:
        return ()
    means, errors = total(trial.blocks), standard_errors(trial.blocks)
    own = trial.own.prediction
    rivals = {name: rival.prediction for name, rival in trial.rivals.items() if rival.prediction is not None}
    found = []
    for view in quantity.views:
        column = view.column
        predicted = own.values.get(column) if own else None
        allowance = own.allowance.get(column) if own else None
        for order, k in enumerate(view.index):
            found.append(
                Point(
                    column=column,
                    at={name: float(value[order]) for name, value in view.at.items()},
                    predicted=None if predicted is None else float(predicted[k]),
                    allowance=0.0 if allowance is None else float(allowance[k]),
                    measured=float(means[column][k]),
                    stderr=float(errors[column][k]),
                    rivals={name: float(p.values[column][k]) for name, p in rivals.items() if column in p.values},
                )
            )
    return tuple(found)
