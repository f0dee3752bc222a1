"""Pages of the papers: headline statements first, each with its verdicts, everything else folded below."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from compare import report
from compare.formatting import SYMBOLS, declared, number, plural, summary, with_error, words
from compare.papers import robustness
from compare.papers.liu_tegmark_2023 import paper as liu_tegmark_2023
from compare.papers.paper import Docket, Paper, Picture, Section, docket
from compare.papers.pictures import standalone
from compare.papers.sous_winer_2026 import paper as sous_winer_2026
from compare.verdict import PartVerdict, Verdict

PAPERS: tuple[Paper, ...] = (sous_winer_2026, liu_tegmark_2023)
UNDECIDED = {"inconclusive": "undecided", "error": "could not be judged"}
STATES = {
    "model": {
        "agrees": "our derivation agrees with the simulation",
        "disagrees": "refuted in our model",
        "mixed": "holds in part",
    },
    "recipes": {
        "agrees": "reproduced in our recipes",
        "disagrees": "contradicted in our recipes",
        "mixed": "holds in part of our recipes",
    },
}
"""The outcome of a headline in words, by what it is about."""
ADJECTIVES = ("exact", "empirical")
"""Kinds of claims that are no nouns."""


def state(section: Section) -> str:
    """The outcome of a headline in words; of one that is counted, the counts."""
    if not section.verdicts:
        return "no claim in this run"
    said = (STATES[section.headline.about] | UNDECIDED)[section.outcome]
    if found := cases(section):
        n = plural(len({unit for parts in found.values() for unit in parts}), section.headline.unit)
        said = "holds " + ", ".join(
            f"in {_inside(parts)} of {n}{case and f' ({words(case)})'}" for case, parts in found.items()
        )
    return said if section.sound else f"{said}; not all as expected"


def cases(section: Section) -> dict[str, dict[str, PartVerdict]]:
    """Of a headline that is counted: its parts by what the claims' names have in brackets, and by unit.

    The unit itself does not tell cases apart: ``[recipe=ntk,window=all]`` is the case ``window=all``. A part is named
    after its unit: ``ntk`` for ``ntk: exponent``.
    """
    found: dict[str, dict[str, PartVerdict]] = {}
    for verdict in section.verdicts if section.headline.unit else ():
        given = verdict.claim.name.partition("[")[2].removesuffix("]").split(",")
        case = ",".join(one for one in given if not one.startswith(f"{section.headline.unit}="))
        parts = {part.name.partition(":")[0].strip(): part for part in verdict.parts}
        if parts:
            found[case] = found.get(case, {}) | parts
    return found


def _inside(parts: Mapping[str, PartVerdict]) -> int:
    return sum(part.outcome == "agrees" for part in parts.values())


def units(section: Section) -> list[str]:
    """Of a headline that is counted, one sentence per case: in which units it holds, and in which it does not."""
    found = cases(section)
    every = list(dict.fromkeys(unit for parts in found.values() for unit in parts))
    return [_told(words(case), parts, every, section.headline.unit) for case, parts in found.items()]


def _told(case: str, parts: Mapping[str, PartVerdict], every: Sequence[str], unit: str) -> str:
    limits = {(part.margin, part.predicted) for part in parts.values()}
    margin, predicted = next(iter(limits))
    band = f"within {declared(margin)} of {number(predicted)}" if len(limits) == 1 else "within the margin"
    said = [f"{case}{case and ': '}{band} in {_inside(parts)} of {plural(len(every), unit)}"]
    for outcome, word in (("agrees", "these"), ("disagrees", "not"), ("inconclusive", "undecided")):
        some = [
            f"{unit} {with_error(part.measured, part.stderr)}"
            for unit, part in parts.items()
            if part.outcome == outcome
        ]
        said += [f"{word}: {', '.join(some)}"] if some else []
    left = [unit for unit in every if unit not in parts]
    said += [f"without a claim: {', '.join(left)}"] if left else []
    return "; ".join(said) + "."


def counts(section: Section) -> str:
    """``6 claims, all as expected: 6 agree · 13 of 13 rivals rejected``."""
    return summary(section.listed) if section.listed else "no claims"


def tally(found: Docket) -> str:
    """``34 claims: 25 exact, 6 empirical, 3 declared failures.``; empty if the paper does not tell them apart."""
    if found.paper.kind is None:
        return ""
    kinds = [found.paper.kind(verdict.claim) for verdict in found.verdicts]
    told = [
        f"{kinds.count(kind)} {kind}" if kind in ADJECTIVES else plural(kinds.count(kind), kind)
        for kind in (*ADJECTIVES, *sorted(set(kinds) - set(ADJECTIVES)))
    ]
    return f"{plural(len(kinds), 'claim')}: {', '.join(told)}."


def finding(found: Docket) -> str:
    """What was found, in two sentences; the paper's own only while every claim is as expected."""
    if found.complete:
        return found.paper.found
    strange = [verdict.claim.name for verdict in found.verdicts if not verdict.sound]
    empty = sum(not section.verdicts for section in found.sections)
    told = [f"{plural(len(strange), 'claim')} not as expected: {', '.join(strange)}."] if strange else []
    told += [f"{plural(empty, 'headline')} without a claim in this run."] if empty else []
    return " ".join(told)


def dockets(verdicts: Sequence[Verdict]) -> list[Docket]:
    """The papers that some of the verdicts are about."""
    about = [p for p in PAPERS if any(p.is_about(verdict) for verdict in verdicts)]
    return [docket(paper, verdicts) for paper in about]


def pictures(found: Docket, verdicts: Sequence[Verdict]) -> Sequence[Picture]:
    """The pictures of a paper that the run has something to draw from."""
    return found.paper.pictures(verdicts) if found.paper.pictures else ()


def _rendered(template: str, found: Docket, verdicts: Sequence[Verdict], index: str, drawn: Sequence[Picture]) -> str:
    return report.page(template).render(
        docket=found, paper=found.paper, index=index, anchors=report.anchors(verdicts), finding=finding(found),
        state=state, counts=counts, units=units, tally=tally(found), pictures=drawn, svg=Markup,
        standing=report.standing, sentence=report.sentence,
        symbols=SYMBOLS, table=found.paper.robustness, cells=partial(robustness.shown, verdicts=verdicts),
        told=partial(robustness.summary, verdicts=verdicts),
    )  # fmt: skip


def write_markdown(verdicts: Sequence[Verdict], index: Path) -> list[Path]:
    """Write the page of every paper, and its pictures, next to the Markdown page of all verdicts.

    Returns the paths of the pages.
    """
    paths = []
    for found in dockets(verdicts):
        path = index.with_name(f"{found.paper.key}.md")
        drawn = pictures(found, verdicts)
        for picture in drawn:
            report.write(index.with_name(f"{found.paper.key}_{picture.name}.svg"), standalone(picture.svg))
        report.write(path, _rendered("paper.md", found, verdicts, index.name, drawn))
        paths.append(path)
    return paths


def write_beside(verdicts: Sequence[Verdict], html: Path) -> tuple[Mapping[str, str], bool]:
    """Write the page of every paper next to a page of verdicts; returns reference by file name, and success."""
    written: dict[str, str] = {}
    good = True
    for found in dockets(verdicts):
        path = html.with_name(f"{found.paper.key}.html")
        try:
            drawn = pictures(found, verdicts)
            report.write(path, _rendered("paper.html", found, verdicts, html.name, drawn))
            written[path.name] = found.paper.reference
        except OSError as error:
            reason = error.strerror or error
            print(f"error: cannot write {path} ({reason}); free space or choose another folder", file=sys.stderr)
            good = False
    return written, good


def committed_pages(verdicts: Sequence[Verdict], info: Mapping[str, Any], path: Path) -> None:
    """Write the Markdown page of all verdicts and, next to it, that of every paper."""
    references = {f"{found.paper.key}.md": found.paper.reference for found in dockets(verdicts)}
    report.write_markdown(verdicts, {**info, "papers": references}, path)
    write_markdown(verdicts, path)
