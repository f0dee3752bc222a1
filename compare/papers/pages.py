"""Pages of the papers: headline statements first, each with its verdicts, everything else folded below."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from compare import report
from compare.formatting import SYMBOLS, plural, summary
from compare.papers import robustness
from compare.papers.paper import Docket, Paper, Section, docket
from compare.papers.sous_winer_2026 import paper as sous_winer_2026
from compare.verdict import Verdict

PAPERS: tuple[Paper, ...] = (sous_winer_2026,)
STATE = {
    "agrees": "our derivation agrees with the simulation",
    "disagrees": "refuted in our model",
    "mixed": "holds in part",
    "inconclusive": "undecided",
    "error": "could not be judged",
}


def state(section: Section) -> str:
    """The outcome of a headline in words."""
    if not section.verdicts:
        return "no claim in this run"
    words = STATE[section.outcome]
    return words if section.sound else f"{words}; not all as expected"


def counts(section: Section) -> str:
    """``6 claims, all as expected: 6 agree · 13 of 13 rivals rejected``."""
    return summary(section.verdicts) if section.verdicts else "no claims"


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
    about = [p for p in PAPERS if any(p.mark in verdict.claim.source for verdict in verdicts)]
    return [docket(paper, verdicts) for paper in about]


def _rendered(template: str, found: Docket, verdicts: Sequence[Verdict], index: str) -> str:
    return report.page(template).render(
        docket=found, paper=found.paper, index=index, anchors=report.anchors(verdicts), finding=finding(found),
        state=state, counts=counts, standing=report.standing, sentence=report.sentence,
        symbols=SYMBOLS, table=found.paper.robustness, cells=partial(robustness.shown, verdicts=verdicts),
        told=partial(robustness.summary, verdicts=verdicts),
    )  # fmt: skip


def write_markdown(verdicts: Sequence[Verdict], index: Path) -> list[Path]:
    """Write the page of every paper next to the Markdown page of all verdicts; returns their paths."""
    paths = []
    for found in dockets(verdicts):
        path = index.with_name(f"{found.paper.key}.md")
        report.write(path, _rendered("paper.md", found, verdicts, index.name))
        paths.append(path)
    return paths


def write_beside(verdicts: Sequence[Verdict], html: Path) -> tuple[Mapping[str, str], bool]:
    """Write the page of every paper next to a page of verdicts; returns reference by file name, and success."""
    written: dict[str, str] = {}
    good = True
    for found in dockets(verdicts):
        path = html.with_name(f"{found.paper.key}.html")
        try:
            report.write(path, _rendered("paper.html", found, verdicts, html.name))
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
