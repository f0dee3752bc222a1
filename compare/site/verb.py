"""What the verbs of the command line ask of the site: which folders to write, and the pages of `report`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.registry import LoadError
from compare.shelf import Shelf, open_store
from compare.verdict import Verdict

LOCAL = Path("reports") / "local" / "recorded.html"
COMMITTED = Path("reports") / "README.md"


def asked(options: argparse.Namespace) -> list[Path]:
    """A file of every folder asked for, so that a folder that cannot be written is found before the work."""
    return [folder / file for folder, file in ((options.site, "index.html"), (options.figures, "probe.pdf")) if folder]


def folders(
    options: argparse.Namespace,
    verdicts: Sequence[Verdict],
    info: Mapping[str, Any],
    errors: Sequence[Mapping[str, str]],
    failed: list[bool],
) -> list[tuple[Path | None, Callable[[Path], None]]]:
    """The folders asked for, each with what writes it; a part that failed is noted in ``failed``."""

    def site(folder: Path) -> None:
        from compare.site.writer import told, write_site

        with open_store(options.store, again=True) as opened:
            page = {**info, "errors": errors}
            failed.append(not write_site(verdicts, page, folder, options.records, Shelf(opened)))
        print(told(verdicts, folder))

    def figures(folder: Path) -> None:
        from compare.site.publication import write_figures

        print(f"wrote {len(write_figures(verdicts, folder))} figures to {folder}")

    return [(options.site, site), (options.figures, figures)]


def pages(
    options: argparse.Namespace,
    verdicts: Sequence[Verdict],
    info: Mapping[str, Any],
    errors: Sequence[LoadError],
) -> bool:
    """Write what ``scaleproof report`` was asked for; returns whether all of it could be written.

    Without ``--site`` and ``--figures`` the page of all verdicts and the one to commit are written as well, to their
    usual places where no other is named.
    """
    from compare import report
    from compare.calibration.site import write_beside
    from compare.figure_shelf import recalled_figure
    from compare.papers import pages as papers

    usual = not (options.site or options.figures)
    html, markdown = options.html or (LOCAL if usual else None), options.markdown or (COMMITTED if usual else None)
    told = [{"file": error.file, "message": error.message} for error in errors]
    page, good = {**info, "errors": told}, []
    for path in (html, markdown):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
    if markdown:
        papers.committed_pages(verdicts, page, markdown)
    if html:
        calibration, well = write_beside(html, options.records)
        references, written = papers.write_beside(verdicts, html)
        with open_store(options.store, again=True) as opened:
            page |= {"calibration": calibration, "papers": references}
            report.write_html(verdicts, page, html, lambda verdict: recalled_figure(verdict, Shelf(opened)))
        good += [well, written]
    if html or markdown:
        print(f"wrote {' and '.join(str(path) for path in (markdown, html) if path)}")
    failed: list[bool] = []
    for folder, write in folders(options, verdicts, info, told, failed):
        if folder is not None:
            write(folder)
    return all(good) and not any(failed)
