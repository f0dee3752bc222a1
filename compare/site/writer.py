"""Writes the site: the index, one page per claim, and the pages of the papers, the judge and the engine."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from compare import records, report
from compare.claim import TIERS, Claim
from compare.figure_shelf import recalled_pictures
from compare.formatting import SYMBOLS, headline, plural
from compare.shelf import Shelf
from compare.site import sources, words
from compare.site.benchmarks import BenchmarkError, tiers
from compare.site.expressions import expression_of
from compare.site.formulas import formula_of
from compare.site.names import file_names
from compare.verdict import Verdict

INDEX, CLAIMS, BENCHMARKS = "index.html", "claims", "benchmarks.html"
FILTERED = 10
"""Claims from which on the index has filters."""


def write_site(
    verdicts: Sequence[Verdict], info: Mapping[str, Any], folder: Path, evidence: Path, shelf: Shelf | None = None
) -> bool:
    """Write all pages into a folder, which is made; returns whether everything could be written.

    ``evidence`` is the folder of records; the calibration and the benchmarks are looked for beside it. What cannot be
    read or written is told on standard error, and the rest is written. Pictures drawn before are taken from the shelf.
    """
    from compare.calibration.site import write_beside as write_calibration
    from compare.papers.pages import write_beside as write_papers

    (folder / CLAIMS).mkdir(parents=True, exist_ok=True)
    info = {"commit": "", "versions": {}, "errors": [], "device": "", **info}
    files = file_names([verdict.claim.name for verdict in verdicts])
    calibration, good = write_calibration(folder / INDEX, evidence)
    papers, all_papers = write_papers(verdicts, folder / INDEX)
    for name in papers:
        _to_claims(folder / name, verdicts, files)
    measured, benchmarks_good = _benchmarks(evidence.parent / "benchmarks.json")
    places = [("All claims", INDEX), *((reference.split(",")[0], name) for name, reference in papers.items())]
    places += [("The judge's error rates", calibration)] if calibration else []
    places += [("Benchmarks", BENCHMARKS)] if measured else []
    site = {"places": places, "info": info}
    if measured:
        _write(folder / BENCHMARKS, "site/benchmarks.html", site, here=BENCHMARKS, root="", tiers=measured)
    for k, verdict in enumerate(verdicts):
        turn = [(v.claim.name, files[v.claim.name]) if v else None for v in _neighbours(verdicts, k)]
        page = _of_claim(verdict, info, evidence, shelf or Shelf()) | {"before": turn[0], "after": turn[1]}
        _write(folder / CLAIMS / files[verdict.claim.name], "site/claim.html", site, here="", root="../", **page)
    _write(folder / INDEX, "site/index.html", site, here=INDEX, root="", **_of_index(verdicts, files))
    return good and all_papers and benchmarks_good


def _neighbours(verdicts: Sequence[Verdict], k: int) -> tuple[Verdict | None, Verdict | None]:
    return verdicts[k - 1] if k else None, verdicts[k + 1] if k + 1 < len(verdicts) else None


def _write(path: Path, template: str, site: Mapping[str, Any], **page: Any) -> None:
    """Render one page with what all pages share and put it in place."""
    text = report.page(template).render(
        **site, **page, symbols=SYMBOLS, standing=report.standing, rejection=report.rejection, command=report.command,
        where_rejected=words.where_rejected,
    )  # fmt: skip
    report.write(path, re.sub(r"\n{2,}", "\n", text))


def _of_index(verdicts: Sequence[Verdict], files: Mapping[str, str]) -> dict[str, Any]:
    """Rows of the table and the values by which it can be filtered."""
    anchors = report.anchors(verdicts)
    rows = [
        {
            "verdict": verdict, "line": headline(verdict), "anchor": anchors[verdict.claim.name],
            "file": files[verdict.claim.name], "paper": paper_of(verdict),
            "model": report.TITLES.get(verdict.claim.model, verdict.claim.model),
        }
        for verdict in verdicts
    ]  # fmt: skip
    present = {verdict.claim.tier for verdict in verdicts}
    return {
        "verdicts": verdicts, "rows": rows, "outcomes": [o for o in SYMBOLS if any(v.outcome == o for v in verdicts)],
        "tiers": [tier for tier in TIERS if tier in present],
        "models": list(dict.fromkeys(row["model"] for row in rows)),
        "papers": sorted({row["paper"] for row in rows}), "filtered": len(rows) >= FILTERED,
    }  # fmt: skip


def paper_of(verdict: Verdict) -> str:
    """Authors and year that the source of a claim begins with."""
    return re.split(r"[;:]|, (?=[a-z])", verdict.claim.source)[0].strip()


def _of_claim(verdict: Verdict, info: Mapping[str, Any], evidence: Path, shelf: Shelf) -> dict[str, Any]:
    """What the page of one claim shows beyond its verdict."""
    claim, file = verdict.claim, info.get("files", {}).get(verdict.claim.name, "")
    figures = [one | {"svg": Markup(one["svg"])} for one in recalled_pictures(verdict, shelf)]
    own = sources.of_file(claim, Path(file)) if file else sources.of_page(claim, str(info["commit"]))
    entries = (own, sources.of_source(claim))
    return {
        "verdict": verdict, "formula": _shown(claim), "figures": figures, "plainly": words.plainly(verdict),
        "file": Path(file).name, "bibtex": "\n".join(filter(None, entries)),
        "recorded": _recorded(verdict, evidence, info),
    }  # fmt: skip


def _shown(claim: Claim) -> dict[str, Any] | None:
    """The formula of a claim for its page: its own expression where it has one, else the one that is known of it."""
    if (own := expression_of(claim)) is not None:
        return own | {"mathml": Markup(own["mathml"])}
    if (formula := formula_of(claim)) is None:
        return None
    return {
        "mathml": Markup(formula.mathml), "label": formula.label, "meaning": formula.meaning,
        "letters": formula.letters,
    }  # fmt: skip


def _recorded(verdict: Verdict, evidence: Path, info: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the records behind a verdict, by the prefix of their experiment; none for fresh draws."""
    if info.get("device") != "recorded":
        return {}
    found = {}
    for prefix, experiment in verdict.claim.experiments.items():
        try:
            record = records.read(experiment, evidence)
        except records.RecordError:
            continue  # the verdict says so already
        if record is not None:
            kept = {key: record[key] for key in ("draws", "root_seed", "seconds", "provenance")}
            found[prefix] = kept | {"file": f"{evidence.name}/{experiment.key}.json"}
    return found


def _to_claims(page: Path, verdicts: Sequence[Verdict], files: Mapping[str, str]) -> None:
    """Let the links of a paper's page lead to the pages of the claims, not to the rows of the index."""
    places = {anchor: f"{CLAIMS}/{files[name]}" for name, anchor in report.anchors(verdicts).items()}
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(rf'href="{re.escape(INDEX)}#([^"]+)"')
    report.write(page, pattern.sub(lambda m: f'href="{places[m[1]]}"' if m[1] in places else m[0], text))


def _benchmarks(file: Path) -> tuple[list[tuple[str, Mapping[str, Any]]], bool]:
    try:
        return tiers(file), True
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return [], False


def told(verdicts: Sequence[Verdict], folder: Path) -> str:
    """One line on what was written."""
    return f"wrote {folder / INDEX} and {plural(len(verdicts), 'page')} of claims beside it"
