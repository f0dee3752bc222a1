"""The account of a trial: why it is not decided, and its points for tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.estimate import sections, standard_errors, total
from compare.measured import widening
from compare.median import of_medians
from compare.rule import MAX_LOOKS, N_BLOCKS, Outcome, draws_at, draws_to_decide, one_signed
from compare.verdict import PartVerdict, Point

if TYPE_CHECKING:
    from compare.trial import Trial

TOO_MANY = 1e9
"""Draws that nobody will make: how many more does not matter."""


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
    if trial.draws < N_BLOCKS:  # data from elsewhere
        return trial.note
    undecided = [part for part in trial.own.parts if part.outcome == "inconclusive"]
    if any(not np.isfinite([part.gap, part.stderr]).all() for part in undecided):
        return "non-finite measurement"
    cap = trial.claim.most_draws(trial.draws)
    told = _told(undecided, trial.draws, cap=np.inf if trial.claim.elsewhere else cap)
    limits = [limit for limit in map(_limit, undecided) if limit]
    if limits:
        return f"bias-limited: {limits[0]}{told}"
    if trial.heavy:
        return "tail alarm: one block carries nearly all the spread; declare the tail index, or claim a logarithm"
    if trial.claim.elsewhere:
        return f"all {trial.draws} draws used" + told
    used = f"cap of {cap} draws reached" if trial.draws == cap else f"{trial.draws} draws used, the cap is {cap}"
    return used + told


def _limit(part: PartVerdict) -> str:
    """How the allowance of an undecided part bars its agreement, even for a theory without a gap; else empty."""
    if not np.isfinite(part.allowance):  # not a number where the allowance leaves room for a mean of zero
        return "the remainder has no bound"
    factor, words = (2, "twice the allowance reaches") if part.side == "two-sided" else (1, "the allowance reaches")
    return f"{words} the margin" if factor * part.allowance >= part.margin > 0 else ""


def _told(undecided: Sequence[PartVerdict], draws: int, cap: float) -> str:
    """Draws after which the claim would be decided if the gaps stayed: by its first refutation, else by all parts.

    Where they exceed the cap, the cap that would allow them. Data from elsewhere have no cap, here infinity.
    """
    refuting = [part for part in undecided if _refutes(part)]
    needed = min((_needed(part, draws) for part in refuting), default=np.inf)
    if not refuting:
        needed = max((_needed(part, draws) for part in undecided), default=np.inf)
    return _remedy(needed, cap) if np.isfinite(needed) else ""


def _remedy(needed: float, cap: float) -> str:
    """Draws needed, rounded up to two digits, and the smallest cap above the present one that holds as many."""
    if needed > TOO_MANY:
        return "; only more than a billion draws would decide"
    whole = int(np.ceil(needed))
    step = 10 ** max(0, len(str(whole)) - 2)
    enough = -(-whole // step) * step
    told = f"; about {enough} draws would decide"
    if enough <= cap:
        return told
    caps = [draws_at(look) for look in range(MAX_LOOKS)]
    wide = [wider for wider in caps if wider >= enough]
    return f"{told}: set cap={wide[0]}" if wide else f"{told}, more than the largest cap of {caps[-1]}"


def _refutes(part: PartVerdict) -> bool:
    return float(one_signed(part.gap, part.side)) > part.allowance + (0.0 if part.strict else part.margin)


def _needed(part: PartVerdict, draws: int) -> float:
    """Draws that decide one part at its own share of the level; a strict part is refuted from zero on."""
    margins = (part.margin, 0.0) if part.strict else (part.margin,)
    return min(
        draws_to_decide(
            part.gap,
            part.stderr,
            draws=draws,
            margin=margin,
            allowance=part.allowance,
            side=part.side,
            share=part.share,
        )
        for margin in margins
    )


def points(trial: Trial) -> tuple[Point, ...]:
    """Every point of every column that the quantity uses: predicted, measured, and what the rivals say."""
    quantity = trial.claim.quantity
    if quantity is None or trial.own is None or not trial.blocks:
        return ()
    if of_medians(quantity):
        measured, blocks = sections(trial.medians)
    else:
        measured, blocks = total(trial.blocks), dict(trial.blocks)
    errors = standard_errors(blocks)
    if trial.draws < N_BLOCKS:
        errors = {name: widening(trial.draws) * error for name, error in errors.items()}
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
                    measured=float(measured[column][k]),
                    stderr=float(errors[column][k]),
                    rivals={name: float(p.values[column][k]) for name, p in rivals.items() if column in p.values},
                )
            )
    return tuple(found)
