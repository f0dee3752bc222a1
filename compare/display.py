"""Claims and verdicts as they show themselves in a notebook: HTML with the figure, Markdown, and a verdict to show."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from compare import formatting, records
from compare.claim import Claim
from compare.report import page, sentence, standing
from compare.run import ROOT_SEED, Run
from compare.shelf import Shelf
from compare.verdict import Verdict
from compare.workers import InProcess

MOST_PARTS = 12
"""Rows of the table of parts; the page of a report has all."""


def verdict(claim: Claim, *, seed: int = ROOT_SEED, device: str | None = None) -> Verdict:
    """The verdict on fresh draws, simulated in this process and not kept.

    The simulating function may stand in the notebook itself. Raises ValueError for a device that is not there, and
    `compare.run.SuiteTooLargeError` for a claim of more parts than the error level is set for.
    """
    with InProcess() as here:
        chosen, _ = here.settle(device)
        return Run([claim], here, root=seed, device=chosen, shelf=Shelf()).execute()[0]


def recorded(claim: Claim, folder: Path = records.FOLDER) -> Verdict:
    """The verdict on recorded evidence, without simulating; inconclusive where there is no record."""
    return records.judge([claim], folder)[0]


def claim_html(claim: Claim) -> str:
    """What a claim declares."""
    return _html(claim, None, "", _declared(claim))


def verdict_html(found: Verdict) -> str:
    """Statement, verdict in words, figure, parts and rivals of a trial."""
    from compare.figures import claim_figure  # matplotlib takes a second to load

    return _html(found.claim, found, claim_figure(found), _found(found))


def _html(claim: Claim, found: Verdict | None, figure: str, told: list[tuple[str, str]]) -> str:
    return page("notebook.html").render(
        claim=claim, verdict=found, figure=Markup(figure), told=told, most=MOST_PARTS, symbols=formatting.SYMBOLS,
        sentence=sentence, standing=standing,
    )  # fmt: skip


def claim_markdown(claim: Claim) -> str:
    """What a claim declares, as Markdown."""
    return _markdown(claim, "", _declared(claim))


def verdict_markdown(found: Verdict) -> str:
    """Statement, verdict in words and rivals, as Markdown."""
    said = f"**{formatting.SYMBOLS[found.outcome]} {standing(found)}.** {sentence(found)}\n\n"
    return _markdown(found.claim, said, _found(found))


def _markdown(claim: Claim, said: str, told: list[tuple[str, str]]) -> str:
    lines = [f"- {name}: {text}" for name, text in told]
    return f"**{claim.name}**: {claim.statement}\n\n{said}" + "\n".join(lines) + "\n"


def _margin(claim: Claim) -> str:
    if isinstance(claim.margin, dict):
        return ", ".join(f"{name} {formatting.declared(margin)}" for name, margin in claim.margin.items())
    return formatting.declared(float(claim.margin))  # type: ignore[arg-type]


def _declared(claim: Claim) -> list[tuple[str, str]]:
    """Names and texts of what a claim declares."""
    told = [("source", claim.source), ("quantity", claim.kind)]
    if claim.experiments:
        told.append(("margin", f"{_margin(claim)}: {claim.because}"))
        told.append(("draws", "all that there are" if claim.elsewhere else f"64 to {claim.cap}"))
        told += [("experiment", experiment.name) for experiment in claim.experiments.values()]
    told.append(("rivals", ", ".join(claim.rivals)))
    if claim.expect != "agrees":
        told.append(("expected", f"{claim.expect}: {claim.evidence}"))
    return told


def _found(found: Verdict) -> list[tuple[str, str]]:
    """Names and texts of what a trial found beside its parts."""
    claim = found.claim
    told = []
    if claim.experiments:
        told.append(("margin", f"{_margin(claim)}: {claim.because}"))
        seconds = f"; {formatting.duration(found.seconds)} of simulation" if found.seconds else ""
        told.append(("draws", f"{found.draws} of at most {claim.most_draws(found.draws)}{seconds}"))
    for rival in found.rivals:
        word = "rejected" if rival.outcome == "disagrees" else "not rejected"
        distance = f"; {formatting.number(rival.distance, digits=2)} margins from the claim"
        told.append(("rival", f"{rival.name}: {word}{distance if claim.experiments else ''}"))
    return [*told, ("source", claim.source)]
