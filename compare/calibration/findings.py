"""Where a measured error rate misses what the judge promises.

A finding is a 95 % limit that excludes the requirement. A rate whose limits contain it is not a finding; where the
runs are too few to show that it is met, that is said apart (`not_shown`). Every kind must meet the requirements over
all its beds together, and the wider ones on every single bed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Requirement:
    """What a rate must be; ``pooled`` over the beds of a kind, ``single`` on every one of them."""

    name: str
    sense: Literal["at most", "at least"]
    pooled: float
    single: float


COVERAGE_LOW = Requirement("coverage of the 95 % interval at the cap", "at least", 0.93, 0.92)
COVERAGE_HIGH = Requirement("coverage of the 95 % interval at the cap", "at most", 0.97, 0.98)
AGREES = Requirement("agreement with a true theory", "at least", 0.999, 0.998)
FALSE_ALARM = Requirement("false alarm at zero deviation", "at most", 1e-4, 1e-3)
FALSE_ALARM_AT_MARGIN = Requirement("false alarm at exactly the margin", "at most", 1e-3, 2e-3)
FALSE_AGREEMENT = Requirement("false agreement at exactly the margin", "at most", 0.02, 0.03)
POWER = Requirement("rejection at twice the margin", "at least", 0.99, 0.98)


def checks(entry: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[tuple[Requirement, Mapping[str, Any]]]:
    """Requirements of a kind with the rates measured, worst side first where there are two."""
    at = {row["offset"]: row for row in figures["offsets"]}
    yield COVERAGE_LOW, figures["coverage"]["cap"]
    yield COVERAGE_HIGH, figures["coverage"]["cap"]
    yield AGREES, at[0]["agrees"]
    yield FALSE_ALARM, at[0]["disagrees"]
    for side in entry["wrong_at"]:
        yield FALSE_AGREEMENT, at[side]["agrees"]
        if entry["refutable_from"] >= 1:
            yield FALSE_ALARM_AT_MARGIN, at[side]["disagrees"]
        if 2 * side in at:
            yield POWER, at[2 * side]["disagrees"]


def share(rate: Mapping[str, Any]) -> float:
    """A rate as a number."""
    return float(rate["count"] / rate["runs"])


def percent(value: float) -> str:
    """``1.23 %``, with the digits that small rates need."""
    return f"{100 * value:.3g} %"


def told(rate: Mapping[str, Any]) -> str:
    """``1.2 % (12 of 1000, limits 0.6 % to 2.1 %)``."""
    low, high = rate["limits"]
    return f"{percent(share(rate))} ({rate['count']} of {rate['runs']}, limits {percent(low)} to {percent(high)})"


def _each(document: Mapping[str, Any]) -> Iterator[tuple[str, Requirement, float, Mapping[str, Any], bool]]:
    for entry in document["kinds"]:
        for requirement, rate in checks(entry, entry["pooled"]):
            yield entry["kind"], requirement, requirement.pooled, rate, True
        for bed in entry["beds"] if len(entry["beds"]) > 1 else ():
            for requirement, rate in checks(entry, bed):
                yield f"{entry['kind']}, {bed['bed']}", requirement, requirement.single, rate, False


def findings(document: Mapping[str, Any]) -> list[str]:
    """One sentence per requirement that the limits of a rate exclude."""
    found = []
    for where, requirement, bound, rate, _ in _each(document):
        low, high = rate["limits"]
        if (low > bound) if requirement.sense == "at most" else (high < bound):
            found.append(f"{where}: {requirement.name} must be {requirement.sense} {percent(bound)}, is {told(rate)}")
    return found


def not_shown(document: Mapping[str, Any]) -> list[str]:
    """One sentence per requirement, over all beds of a kind, that the runs are too few to show to be met."""
    found = []
    for where, requirement, bound, rate, pooled in _each(document):
        low, high = rate["limits"]
        met, missed = (high <= bound, low > bound) if requirement.sense == "at most" else (low >= bound, high < bound)
        if pooled and not met and not missed:
            found.append(f"{where}: {requirement.name} {requirement.sense} {percent(bound)}: {told(rate)}")
    return found
