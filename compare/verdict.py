"""What comes out of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compare.claim import Claim, notebook_form
from compare.quantity import Location
from compare.rule import Outcome, Side


@dataclass(frozen=True)
class PartVerdict:
    """One scalar part at the look where it was decided, or at the last one."""

    name: str
    side: Side
    predicted: float
    measured: float
    gap: float
    stderr: float
    allowance: float
    margin: float
    reach: float
    outcome: Outcome
    share: float = 1.0
    strict: bool = False
    """Whether the theory is refuted from zero on, not only from the margin on."""


@dataclass(frozen=True)
class RivalVerdict:
    """A rival: rejected (``disagrees``) or not, its distance in margins, the draws that it took."""

    name: str
    outcome: Outcome
    distance: float
    draws: int


@dataclass(frozen=True)
class LawVerdict:
    """A symbolic law against the finite-size theory at growing sizes."""

    outcome: Outcome
    law: str
    deviation: float
    bound: float
    sizes: tuple[float, ...]
    deviations: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    """One point of one column, for tables and plots."""

    column: str
    at: Mapping[str, float]
    predicted: float | None
    allowance: float
    measured: float
    stderr: float
    rivals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The outcome of a claim and everything that led to it."""

    claim: Claim
    outcome: Outcome
    reason: str = ""
    parts: tuple[PartVerdict, ...] = ()
    rivals: tuple[RivalVerdict, ...] = ()
    law: LawVerdict | None = None
    points: tuple[Point, ...] = ()
    locations: tuple[Location, ...] = ()
    draws: int = 0
    looks: int = 0
    seconds: float = 0.0
    provenance: Mapping[str, object] = field(default_factory=dict)
    advice: str = ""
    """A question that names the likely mistake of a claim that is not as expected; see `compare.advice`."""

    @property
    def as_expected(self) -> bool:
        """Whether the outcome is the declared one."""
        return self.outcome == self.claim.expect

    @property
    def n_rivals(self) -> int:
        """Number of rivals that the data must reject: all that are declared, none where the formula is missing."""
        return len(self.rivals or self.claim.rivals) if self.claim.has_formula else 0

    @property
    def rivals_rejected(self) -> int:
        """Number of rivals that the data reject."""
        return sum(rival.outcome == "disagrees" for rival in self.rivals)

    @property
    def sound(self) -> bool:
        """As expected, and every rival rejected."""
        return self.as_expected and self.rivals_rejected == len(self.rivals)

    def _repr_html_(self) -> str:
        return notebook_form("verdict_html", self)

    def _repr_markdown_(self) -> str:
        return notebook_form("verdict_markdown", self)
