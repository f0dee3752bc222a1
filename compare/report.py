"""Reports rendered from verdicts: one page of HTML that needs nothing else, and one of Markdown to commit."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from compare import formatting
from compare.claim import MODELS
from compare.verdict import RivalVerdict, Verdict

TITLES = {
    "dense": "Dense random features",
    "least_squares": "Least squares",
    "sparse": "Sparse features",
    "ticket": "Lottery tickets",
    "piecewise": "Piecewise-linear approximation",
}
FORMATS = (
    "declared", "duration", "headline", "number", "plural", "plus_minus", "shortened", "signed", "summary",
    "with_error", "words",
)  # fmt: skip
"""Functions of `compare.formatting` that the templates use."""
PASSIVE = {"disagrees": "rejected", "agrees": "not rejected: it agrees too", "inconclusive": "not rejected"}


def write_html(
    verdicts: Sequence[Verdict],
    info: Mapping[str, Any],
    path: Path,
    figure: Callable[[Verdict], str] | None = None,
) -> None:
    """Write the page of all verdicts; ``info`` tells how the run was made, ``figure`` draws (default: afresh).

    ``info["calibration"]``, if given, is the address of the page of the judge's calibration; ``info["papers"]`` maps
    the address of the page of every paper to its reference.
    """
    if figure is None:
        from compare.figures import claim_figure

        figure = claim_figure
    drawn = figure
    write(path, _rendered("report.html", verdicts, info, figure=lambda verdict: Markup(drawn(verdict))))


def write_markdown(verdicts: Sequence[Verdict], info: Mapping[str, Any], path: Path) -> None:
    """Write tables and claims; the same verdicts give the same text, whenever and wherever."""
    write(path, _rendered("report.md", verdicts, info))


def write(path: Path, text: str) -> None:
    """Replace the file at once, so that an interrupted run never leaves half a page."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def page(template: str) -> jinja2.Template:
    """A template of this package with the filters and formats that all pages share."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("compare"),
        autoescape=template.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"md": markdown_escaped, "breakable": breakable}
    environment.globals |= {name: getattr(formatting, name) for name in FORMATS}
    return environment.get_template(template)


def _rendered(template: str, verdicts: Sequence[Verdict], info: Mapping[str, Any], **more: Any) -> str:
    unknown = {"commit": "", "versions": {}, "errors": [], "device": "", "experiments": []}
    info = {**unknown, "calibration": "", "papers": {}, **info}
    return page(template).render(
        verdicts=verdicts, models=by_model(verdicts), anchors=anchors(verdicts), info=info, sentence=sentence,
        standing=standing, rejection=rejection, command=command, symbols=formatting.SYMBOLS, **more,
    )  # fmt: skip


def by_model(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """Verdicts under the title of their model, in the order of the models, then as given."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.claim.model, []).append(verdict)
    known = [model for model in MODELS if model in found]
    ordered = known + [model for model in found if model not in known]
    return {TITLES.get(model, model.replace("_", " ").capitalize()): found[model] for model in ordered}


def anchors(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Place of every claim on the page, by its name: readable, valid in a URL and unique."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for verdict in verdicts:
        slug = base = "claim-" + (re.sub(r"[^a-z0-9.]+", "-", verdict.claim.name.lower()).strip("-") or "unnamed")
        number = 1
        while slug in taken:
            number += 1
            slug = f"{base}--{number}"
        taken.add(slug)
        found[verdict.claim.name] = slug
    return found


def standing(verdict: Verdict) -> str:
    """Outcome, and how it relates to what was expected where that is not plain agreement."""
    if verdict.outcome == "error":
        return "error"
    if not verdict.as_expected:
        return f"{verdict.outcome}, expected {verdict.claim.expect}"
    return verdict.outcome if verdict.outcome == "agrees" else f"{verdict.outcome}, as expected"


def sentence(verdict: Verdict) -> str:
    """Say in plain words what was found."""
    claim = verdict.claim
    if verdict.outcome == "error":
        return f"The claim could not be judged: {verdict.reason}."
    said = []
    if verdict.parts:
        said.append(_of_simulation(verdict))
    if verdict.law is not None:
        said.append(_of_law(verdict))
    if not said:
        said.append(f"Nothing has been measured{': ' + verdict.reason if verdict.reason else ''}.")
    if claim.expect != "agrees" and verdict.as_expected:
        said.append(f"This was expected: {claim.evidence.rstrip('.')}.")
    elif not verdict.as_expected:
        said.append(f"This was not expected; the claim declares that it {_declared(claim.expect)}.")
    left = [rival.name for rival in verdict.rivals if rival.outcome != "disagrees"]
    if left:
        said.append(f"Not rejected by the same data: {', '.join(left)}.")
    elif verdict.rivals:
        one = len(verdict.rivals) == 1
        said.append("Its rival is rejected." if one else f"All {len(verdict.rivals)} rivals are rejected.")
    if verdict.advice:
        said.append(f"Advice: {verdict.advice}")
    return " ".join(said)


def _declared(expect: str) -> str:
    return "is inconclusive" if expect == "inconclusive" else expect


def _of_simulation(verdict: Verdict) -> str:
    outcomes = [part.outcome for part in verdict.parts]
    parts = formatting.plural(len(outcomes), "part")
    if set(outcomes) == {"agrees"}:
        where = f" in all {parts}" if len(outcomes) > 1 else ""
        return f"Simulation and theory agree within the margin{where}."
    if "disagrees" in outcomes:
        where = f" in {outcomes.count('disagrees')} of {parts}" if len(outcomes) > 1 else ""
        return f"Simulation and theory differ by more than the margin{where}."
    where = f" in {outcomes.count('inconclusive')} of {parts}" if len(outcomes) > 1 else ""
    reason = f": {verdict.reason}" if verdict.reason else ""
    return f"The data do not decide whether theory and simulation agree{where}{reason}."


def _of_law(verdict: Verdict) -> str:
    assert verdict.law is not None
    if verdict.law.outcome == "agrees":
        return "The finite-size theory approaches the law at the stated rate and ends within the stated bound."
    if verdict.law.outcome == "disagrees":
        return "The finite-size theory does not approach the law as stated."
    return "Whether the finite-size theory approaches the law is undecided."


def rejection(rival: RivalVerdict) -> str:
    """Word for what became of a rival."""
    return PASSIVE.get(rival.outcome, rival.outcome)


def command(verdict: Verdict, info: Mapping[str, Any]) -> str:
    """Shell commands that repeat the trial of one claim: with new draws and, on recorded ones, without.

    A file from elsewhere is told by its name alone, not by a path of this machine.
    """
    name = verdict.claim.name
    given = info.get("files", {}).get(name, name)
    plain = f"scaleproof check {shlex.quote(Path(given).name if Path(given).is_absolute() else given)}"
    if not verdict.claim.experiments or verdict.claim.elsewhere:
        return plain
    anew = f"{plain} --seed {info['seed']}" if "seed" in info else plain
    return f"{anew}\n{plain} --recorded" if info.get("device") == "recorded" else anew


def breakable(text: str) -> Markup:
    """HTML in which a long name may break after punctuation."""
    return Markup(re.sub(r"([\[,_.])", r"\1<wbr>", str(Markup.escape(text))))


def markdown_escaped(text: Any) -> str:
    """Text for a cell of a Markdown table: one line, nothing in it taken for markup."""
    line = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", line)
