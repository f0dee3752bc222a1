"""A paper: its headline statements, and which claims test each."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from compare.claim import Claim
from compare.papers.robustness import Table
from compare.verdict import Verdict


@dataclass(frozen=True)
class Headline:
    """A statement of a paper in our words.

    claims  names or shell patterns of the claims that decide it
    slot    claim that awaits the paper's own formula, if it has one that is not known
    beside  names or patterns of claims with what was found in its place; listed, but they do not decide
    about   "model": a theory that is simulated; "recipes": networks trained by recipes of ours
    unit    what a part of its claims is ("recipe"), if the statement is judged by how many of them it holds in
    """

    title: str
    statement: str
    claims: tuple[str, ...]
    slot: str = ""
    beside: tuple[str, ...] = ()
    about: Literal["model", "recipes"] = "model"
    unit: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture drawn from the verdicts of a run: ``svg`` fits into a page, ``caption`` says what one sees."""

    name: str
    title: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Paper:
    """What a paper states and what was found.

    key         name of its pages
    marks       texts of which the source of every claim about the paper contains one
    provenance  what is the paper's and what is ours, before any verdict
    found       two sentences; shown only while every claim comes out as expected
    caveats     how far the verdicts reach
    robustness  what becomes of the headlines in other models
    setting     title of the column of verdicts
    kind        what a claim is, in a word that is counted on the page
    pictures    pictures of a run; those that it has nothing to draw from are left out
    yours       what an author can do; without it, fill in the slots
    """

    key: str
    reference: str
    marks: tuple[str, ...]
    provenance: str
    found: str
    headlines: tuple[Headline, ...]
    caveats: tuple[str, ...] = ()
    robustness: Table | None = None
    setting: str = "in our model"
    kind: Callable[[Claim], str] | None = None
    pictures: Callable[[Sequence[Verdict]], Sequence[Picture]] | None = None
    yours: str = ""

    def is_about(self, verdict: Verdict) -> bool:
        """Whether the verdict is on a claim about this paper."""
        return any(mark in verdict.claim.source for mark in self.marks)


@dataclass(frozen=True)
class Section:
    """One headline before its verdicts, in the order of its patterns; ``beside`` do not decide."""

    headline: Headline
    verdicts: tuple[Verdict, ...]
    slot: Verdict | None
    beside: tuple[Verdict, ...] = ()

    @property
    def listed(self) -> tuple[Verdict, ...]:
        """All verdicts under the headline."""
        return (*self.verdicts, *self.beside)

    @property
    def outcome(self) -> str:
        """Outcome of the headline: error, unexpected, else what the claims that decide it say together."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        if "error" in outcomes:
            return "error"
        if self.headline.unit:
            outcomes = {part.outcome for verdict in self.verdicts for part in verdict.parts}
        decided = outcomes - {"inconclusive"}
        if not decided:
            return "inconclusive"
        return "agrees" if decided == {"agrees"} else "disagrees" if decided == {"disagrees"} else "mixed"

    @property
    def sound(self) -> bool:
        """Whether every claim is as expected and rejects its rivals."""
        return all(verdict.sound for verdict in self.listed)


@dataclass(frozen=True)
class Docket:
    """A paper with the verdicts of one run: headlines first, then what else was tried about it."""

    paper: Paper
    sections: tuple[Section, ...]
    others: tuple[Verdict, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All of them, slots not counted."""
        return (*(verdict for section in self.sections for verdict in section.listed), *self.others)

    @property
    def complete(self) -> bool:
        """Whether every headline has claims among the verdicts, all as expected."""
        return all(section.verdicts and section.sound for section in self.sections) and all(
            verdict.sound for verdict in self.others
        )


def docket(paper: Paper, verdicts: Sequence[Verdict]) -> Docket:
    """Verdicts sorted under the headlines of a paper; a claim stands under the first headline that names it.

    A headline may name claims about other models, for contrast.
    """
    slots = {headline.slot for headline in paper.headlines if headline.slot}
    by_name = {verdict.claim.name: verdict for verdict in verdicts}
    waiting = {name: verdict for name, verdict in by_name.items() if name not in slots}
    sections = []
    for headline in paper.headlines:
        deciding, beside = (_taken(patterns, waiting) for patterns in (headline.claims, headline.beside))
        sections.append(Section(headline, deciding, by_name.get(headline.slot), beside))
    others = (verdict for verdict in waiting.values() if paper.is_about(verdict))
    return Docket(paper, tuple(sections), tuple(others))


def _taken(patterns: Sequence[str], waiting: dict[str, Verdict]) -> tuple[Verdict, ...]:
    """Verdicts that match, no longer waiting."""
    named = [name for pattern in patterns for name in matching(pattern, waiting)]
    return tuple(waiting.pop(name) for name in dict.fromkeys(named))


def matching(pattern: str, names: Sequence[str] | dict[str, Verdict]) -> list[str]:
    """Names equal to the pattern, beginning with it and a bracket, or matched by it as a shell pattern."""
    return [
        name
        for name in names
        if name == pattern or name.startswith(f"{pattern}[") or fnmatch.fnmatchcase(name, pattern)
    ]
