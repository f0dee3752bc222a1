"""A paper: its headline statements, and which claims test each."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

from compare.papers.robustness import Table
from compare.verdict import Verdict


@dataclass(frozen=True)
class Headline:
    """A statement of a paper in our words; ``claims`` are names or shell patterns, ``slot`` awaits its own formula."""

    title: str
    statement: str
    claims: tuple[str, ...]
    slot: str = ""


@dataclass(frozen=True)
class Paper:
    """What a paper states and what was found.

    key         name of its pages
    mark        text that the source of every claim about the paper contains
    provenance  what is the paper's and what is ours, before any verdict
    found       two sentences; shown only while every claim comes out as expected
    caveats     how far the verdicts reach
    robustness  what becomes of the headlines in other models
    """

    key: str
    reference: str
    mark: str
    provenance: str
    found: str
    headlines: tuple[Headline, ...]
    caveats: tuple[str, ...] = ()
    robustness: Table | None = None


@dataclass(frozen=True)
class Section:
    """One headline before its verdicts, in the order of its patterns."""

    headline: Headline
    verdicts: tuple[Verdict, ...]
    slot: Verdict | None

    @property
    def outcome(self) -> str:
        """Outcome of the headline: error, unexpected, else what its claims say together."""
        outcomes = {verdict.outcome for verdict in self.verdicts}
        if "error" in outcomes:
            return "error"
        decided = outcomes - {"inconclusive"}
        if not decided:
            return "inconclusive"
        return "agrees" if decided == {"agrees"} else "disagrees" if decided == {"disagrees"} else "mixed"

    @property
    def sound(self) -> bool:
        """Whether every claim is as expected and rejects its rivals."""
        return all(verdict.sound for verdict in self.verdicts)


@dataclass(frozen=True)
class Docket:
    """A paper with the verdicts of one run: headlines first, then what else was tried about it."""

    paper: Paper
    sections: tuple[Section, ...]
    others: tuple[Verdict, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All of them, slots not counted."""
        return (*(verdict for section in self.sections for verdict in section.verdicts), *self.others)

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
        named = [name for pattern in headline.claims for name in matching(pattern, waiting)]
        found = tuple(waiting.pop(name) for name in dict.fromkeys(named))
        sections.append(Section(headline, found, by_name.get(headline.slot)))
    others = (verdict for verdict in waiting.values() if paper.mark in verdict.claim.source)
    return Docket(paper, tuple(sections), tuple(others))


def matching(pattern: str, names: Sequence[str] | dict[str, Verdict]) -> list[str]:
    """Names equal to the pattern, beginning with it and a bracket, or matched by it as a shell pattern."""
    return [
        name
        for name in names
        if name == pattern or name.startswith(f"{pattern}[") or fnmatch.fnmatchcase(name, pattern)
    ]
