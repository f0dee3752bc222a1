"""The account of a trial: why it is not decided, and its points for tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.claim import Claim
from compare.estimate import sections, standard_errors, total
from compare.measured import widening
from compare.median import of_medians
from compare.rule import MAX_LOOKS, N_BLOCKS, Outcome, draws_at, draws_to_decide, one_signed
from compare.verdict import LawVerdict, PartVerdict, Point

if TYPE_CHECKING:
    from compare.trial import Trial

TOO_MANY = 1e9
"""Draws that nobody will make: how many more does not matter."""
CHEAPER = "one Level or Exponent over several points needs fewer"


def reason(trial: Trial, outcome: Outcome) -> str:
    """Why a claim is inconclusive, or which link failed, in a few words; empty where there is nothing to say."""
    law = trial.law
    if law and law.outcome == "disagrees":
        return f"symbolic law: {_of_law(trial.claim, law)}"
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
        return _without_logarithm(trial) or "non-finite measurement"
    cap = trial.claim.most_draws(trial.draws)
    elsewhere = bool(trial.claim.elsewhere)
    told = _told(undecided, trial.draws, np.inf if elsewhere else cap, "seeds" if elsewhere else "draws")
    limits = [limit for limit in map(_limit, undecided) if limit]
    if limits:
        return f"bias-limited: {limits[0]}{told}"
    if trial.heavy:
        return "tail alarm: one block carries nearly all the spread; declare the tail index, or claim a logarithm"
    if elsewhere:
        return f"all {trial.draws} seeds used" + told
    used = f"cap of {cap} draws reached" if trial.draws == cap else f"{trial.draws} draws used, the cap is {cap}"
    return used + told


def _of_law(claim: Claim, law: LawVerdict) -> str:
    """Which of its two conditions link 1 fails: the bound at the largest size, or the rate of approach."""
    size, before = law.sizes[-1], law.sizes[-2]
    if not law.deviation < law.bound:
        return (
            f"the finite-size theory at size {size:.3g} is {law.deviation:.3g} away from it, not below the bound "
            f"{law.bound:.3g}"
        )
    rate = np.log(law.deviations[-1] / law.deviations[-2]) / np.log(size / before)
    order = float(claim.asymptote.order) if claim.asymptote else np.nan
    return (
        f"its distance from the finite-size theory goes as size^{rate:.2f} between {before:.3g} and {size:.3g}; "
        f"order={order:.3g} declares size^{-order:.3g}"
    ).replace("^-", "^−")


def _without_logarithm(trial: Trial) -> str:
    """The prediction that is no positive number where its logarithm is compared and the measurement is positive."""
    claim, own = trial.claim, trial.own
    if claim.quantity is None or own is None or own.prediction is None or getattr(claim.quantity, "logged", False):
        return ""
    for view in claim.quantity.views:
        if view.column not in own.prediction.values:
            continue
        predicted = own.prediction.values[view.column][view.index]
        measured = trial.blocks[view.column].mean(axis=0)[view.index]
        if (np.isfinite(measured) & (measured > 0)).all() and (predicted <= 0).any():
            k = int(np.flatnonzero(predicted <= 0)[0])
            return f"the predicted {view.column!r} at {view.labels()[k]} is {predicted[k]:.3g} and has no logarithm"
    return ""


def _limit(part: PartVerdict) -> str:
    """How the allowance of an undecided part bars its agreement, even for a theory without a gap; else empty."""
    if not np.isfinite(part.allowance):  # not a number where the allowance leaves room for a mean of zero
        return "the remainder has no bound"
    factor, words = (2, "twice the allowance reaches") if part.side == "two-sided" else (1, "the allowance reaches")
    return f"{words} the margin" if factor * part.allowance >= part.margin > 0 else ""


def _told(undecided: Sequence[PartVerdict], draws: int, cap: float, unit: str = "draws") -> str:
    """Draws after which the claim would be decided if the gaps stayed: by its first refutation, else by all parts.

    Where they exceed the cap, the cap that would allow them. Data from elsewhere have no cap, here infinity.
    """
    refuting = [part for part in undecided if _refutes(part)]
    needed = min((_needed(part, draws) for part in refuting), default=np.inf)
    if not refuting:
        needed = max((_needed(part, draws) for part in undecided), default=np.inf)
    return _remedy(needed, cap, unit) if np.isfinite(needed) else ""


def _remedy(needed: float, cap: float, unit: str) -> str:
    """Draws needed, rounded up to two digits, and the smallest cap above the present one that holds as many."""
    if needed > TOO_MANY:
        return f"; only more than a billion {unit} would decide"
    whole = int(np.ceil(needed))
    step = 10 ** max(0, len(str(whole)) - 2)
    enough = -(-whole // step) * step
    told = f"; about {enough} {unit} would decide"
    if enough <= cap:
        return told
    caps = [draws_at(look) for look in range(MAX_LOOKS)]
    wide = [wider for wider in caps if wider >= enough]
    return f"{told}: set cap={wide[0]}" if wide else f"{told}, more than the largest cap of {caps[-1]}; {CHEAPER}"


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
