"""A verdict in words for somebody who has never seen one."""

from __future__ import annotations

import math

from compare.bound import Bound
from compare.formatting import declared, headline, is_logarithm, number, peak_location, percent, plural, words
from compare.verdict import PartVerdict, RivalVerdict, Verdict

MEANING = {
    "agrees": "Theory and simulation agree: they differ by less than the margin, with the error of both counted.",
    "disagrees": "Theory and simulation disagree: they differ by more than the margin, with the error of both counted.",
    "inconclusive": "The data do not decide: an agreement and a disagreement are both still possible.",
    "error": "The claim could not be judged.",
}
"""What an outcome says."""


BOUND = {
    "agrees": "The bound holds: the measurement does not cross it by more than the margin, with the error counted.",
    "disagrees": "The bound is broken: the measurement crosses it by more than the margin, with the error counted.",
}
PEAK = {
    "agrees": "The measured curve is highest where the theory puts the peak; no other point comes near it.",
    "disagrees": "The measured curve is higher elsewhere than where the theory puts the peak.",
}
LAW = {
    "agrees": "The two agree: the distance shrinks as fast as stated and ends below the bound.",
    "disagrees": "The two disagree: the distance does not shrink as stated, or ends above the bound.",
}
BEFORE = "had been declared harmless before the data were seen"


def plainly(verdict: Verdict) -> list[str]:
    """Sentences that say what was predicted, what was found, by how much it was allowed to differ, and the verdict."""
    if verdict.outcome == "error" or not (verdict.parts or verdict.law):
        reason = f"Reason: {verdict.reason.rstrip('.')}." if verdict.reason else ""
        return [MEANING[verdict.outcome], reason] if reason else [MEANING[verdict.outcome]]
    told = _of_link_1(verdict) if law_fails(verdict) else [_compared(verdict), _meaning(verdict)]
    if verdict.outcome == "inconclusive" and verdict.reason:
        told.append(f"Reason: {verdict.reason.rstrip('.')}.")
    if verdict.parts and verdict.outcome != "disagrees" and deciding(verdict).margin > 0:
        told.append(_reach(verdict))
    told += [_rivals(verdict)] if verdict.rivals else []
    if not verdict.as_expected:
        told.append(f"This was not expected: the claim declares “{verdict.claim.expect}”.")
    elif verdict.outcome != "agrees":
        told.append(f"This was expected: {verdict.claim.evidence.rstrip('.')}.")
    if verdict.claim.elsewhere:
        return [_of_data(one) for one in told]
    return [_of_figures(one) for one in told] if verdict.claim.formula_from == "measured" else told


def law_fails(verdict: Verdict) -> bool:
    """Whether it is the formula for infinite size, not the simulation, that speaks against a claim with both links."""
    return bool(verdict.parts) and verdict.law is not None and verdict.law.outcome == verdict.outcome == "disagrees"


def _of_link_1(verdict: Verdict) -> list[str]:
    """What a failed link 1 means; link 2 is told apart."""
    outcomes = {part.outcome for part in verdict.parts}
    apart = next(o for o in ("disagrees", "inconclusive", "agrees") if o in outcomes)
    found = {"agrees": "agree", "disagrees": "disagree as well", "inconclusive": "are not decided"}[apart]
    return [
        "The formula for infinite size does not fit the theory of finite size, compared without a simulation: "
        f"{verdict.reason.removeprefix('symbolic law: ')}.",
        f"Theory of finite size and simulation {found}, which does not mend that.",
    ]


def _of_figures(sentence: str) -> str:
    """The sentence for a figure that an earlier measurement gave, in place of a theory."""
    return (
        sentence.replace("Theory and simulation", "The earlier figure and the new measurement")
        .replace("the theory says", "an earlier measurement says")
        .replace("a theory that is off", "a figure that is off")
    )


def _of_data(sentence: str) -> str:
    """The sentence for data measured elsewhere: nothing was simulated here."""
    return sentence.replace("Theory and simulation", "Theory and data").replace("the simulation gives", "the data give")


def _compared(verdict: Verdict) -> str:
    """What theory and measurement say about the part that decides."""
    line, law, place = headline(verdict), verdict.law, peak_location(verdict)
    if not verdict.parts:
        assert law is not None
        return (
            f"Nothing was simulated: a formula for infinite size is compared with the theory of finite size, which "
            f"at size {number(law.sizes[-1])} is {number(law.deviation, digits=2)} away from it. It may be "
            f"{declared(law.bound)} away."
        )
    if place is not None:
        name = words(getattr(verdict.claim.quantity, "location", "") or "its coordinate")
        return (
            f"The theory puts the peak at {name} = {number(place.predicted)}, give or take "
            f"{line.reach.removeprefix('±')}; the highest measured point is at {number(place.measured)}."
        )
    part, several = deciding(verdict), len(verdict.parts) > 1
    what = f"Of {plural(len(verdict.parts), 'compared number')} this one stands for the rest. " if several else ""
    if not part.margin > 0:
        return (
            f"{what}The theory says that {_name(part.name)} is {'above' if part.side == 'lower' else 'below'} 0. "
            f"Measured: {number(part.gap, part.stderr)} with a standard error of {number(part.stderr, digits=2)}."
        )
    return (
        f"{what}For {_name(part.name)} the theory says {part_predicted(verdict)}; the simulation gives "
        f"{line.measured}, where digits in brackets are the standard error of the last ones. "
        f"The difference is {line.gap}; {_allowed(part)}."
    )


def part_predicted(verdict: Verdict) -> str:
    """The theory's number, as a bound where it is one."""
    sides = {"lower": "at least ", "upper": "at most "}
    return sides.get(deciding(verdict).side, "") + headline(verdict).predicted


def _allowed(part: PartVerdict) -> str:
    """The margin in the unit of the difference, and in which direction."""
    width = percent(part.margin).removeprefix("+") if is_logarithm(part.name) else declared(part.margin)
    beyond = {"lower": "falling short by up to ", "upper": "an excess of up to "}.get(part.side, "up to ")
    return f"{beyond}{width} {BEFORE}"


def _meaning(verdict: Verdict) -> str:
    """What the outcome says about this kind of claim."""
    if not verdict.parts:
        return LAW.get(verdict.outcome, MEANING[verdict.outcome])
    if verdict.locations:
        return PEAK.get(verdict.outcome, MEANING[verdict.outcome])
    if deciding(verdict).side != "two-sided" and deciding(verdict).margin > 0:
        return BOUND.get(verdict.outcome, MEANING[verdict.outcome])
    return MEANING[verdict.outcome]


def _reach(verdict: Verdict) -> str:
    away = headline(verdict).reach.removeprefix("±")
    kind = deciding(verdict).name.partition(" [")[0]
    alike = sorted(part.reach for part in verdict.parts if part.name.partition(" [")[0] == kind)
    if is_logarithm(kind) and 1.1 * alike[0] < alike[-1] < 100:
        least, most = (percent(math.expm1(end)).removeprefix("+") for end in (alike[0], alike[-1]))
        away = f"{least} to {most}, by the number compared,"
    return (
        f"How sharp the test is: a theory that is off by {away} or more would have been rejected in 99 of 100 such "
        f"trials; a smaller error could have passed unseen."
    )


def _rivals(verdict: Verdict) -> str:
    """What became of the wrong theories on the same data."""
    rejected, left = verdict.rivals_rejected, [r.name for r in verdict.rivals if r.outcome != "disagrees"]
    on = "The same data reject" if verdict.parts else "The same comparison rejects"
    if not left:
        what = (
            "the one rival, a theory that somebody could believe"
            if rejected == 1
            else (f"all {rejected} rivals, theories that somebody could believe")
        )
        return f"{on} {what}."
    return f"{on} {rejected} of {plural(len(verdict.rivals), 'rival')}; not {', '.join(left)}: the claim is not sound."


def deciding(verdict: Verdict) -> PartVerdict:
    """The part that the sentences are about: the first with the outcome of the claim."""
    return next((part for part in verdict.parts if part.outcome == verdict.outcome), verdict.parts[0])


def _name(part: str) -> str:
    """Name of a part as a noun in a sentence."""
    base, bracket, where = part.partition(" [")
    base = words(base.rpartition(": ")[2])
    noun = {
        "exponent": "the exponent", "level": "the level of the curve",
        "log ratio to bound": "the value", "log value": "the value",
        "difference": "the difference", "location": "the place of the peak", "shape": "the shape of the curve",
    }.get(base, f"“{base}”")  # fmt: skip
    return f"{noun} at {words(where.removesuffix(']'))}" if bracket else noun


def where_rejected(verdict: Verdict, rival: RivalVerdict) -> str:
    """After how many draws a rival fell, and the point at which it is farthest from the measurement."""
    if rival.outcome != "disagrees":
        return "not rejected"
    told = f"after {rival.draws} draws" if rival.draws else "without draws"
    worst = farthest(verdict, rival.name)
    if worst is None:
        return told
    point, away = verdict.points[worst[0]], worst[1]
    at = ", ".join(f"{words(name)} = {number(value)}" for name, value in point.at.items())
    return f"{told}; farthest from the measurement at {at}: {number(away, digits=2)} standard errors"


def farthest(verdict: Verdict, rival: str) -> tuple[int, float] | None:
    """Number of the point at which a rival is farthest from the measurement, and how far in standard errors.

    A bound is crossed on one side only. None where the points do not tell: for the size of an effect, and for a rival
    that predicts none of them.
    """
    sides = {part.side for part in verdict.parts}
    sign = {"lower": 1, "upper": -1}.get(next(iter(sides))) if len(sides) == 1 else 0
    if sign and not isinstance(verdict.claim.quantity, Bound):
        return None
    found = {
        k: (point.rivals[rival] - point.measured) / point.stderr
        for k, point in enumerate(verdict.points)
        if rival in point.rivals and point.stderr > 0
    }
    away = [(k, sign * distance if sign else abs(distance)) for k, distance in found.items()]
    known = [(k, distance) for k, distance in away if 0 < distance < float("inf")]
    return max(known, key=lambda pair: pair[1], default=None)
