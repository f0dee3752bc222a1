"""The verb ``parametric``: fit a table of runs, print the frontier, write numbers and a page."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Any


def arguments(verb: argparse.ArgumentParser) -> None:
    """Options of the command line."""
    verb.add_argument("file", type=Path, metavar="FILE.csv", help="one row per finished run, with a header")
    verb.add_argument("--size", default="N", metavar="COLUMN", help="parameters (default: N)")
    verb.add_argument("--data", default="D", metavar="COLUMN", help="samples or tokens (default: D)")
    verb.add_argument("--flop", metavar="COLUMN", help="compute C, in place of --data: D = C/(k N)")
    verb.add_argument("--loss", default="loss", metavar="COLUMN", help="final loss (default: loss)")
    verb.add_argument("--factor", type=float, default=6.0, metavar="K", help="C = K N D (default: 6)")
    verb.add_argument("--budget", type=float, action="append", metavar="C", help="default: ten times the largest run")
    verb.add_argument("--no-floor", action="store_true", help="fit without E")
    verb.add_argument("--huber", type=float, default=1e-3, metavar="DELTA", help="of log L (default: 0.001)")
    verb.add_argument("--resamples", type=int, default=200, metavar="N", help="of the bootstrap; 0 for none")
    verb.add_argument("--seed", type=int, default=20240415, metavar="N", help="of the bootstrap")
    verb.add_argument("--reach", type=float, default=1.0, metavar="DECADES", help="warn beyond (default: 1)")
    verb.add_argument("--json", type=Path, metavar="FILE", help="numbers for machines")
    verb.add_argument("--html", type=Path, metavar="FILE", help="one self-contained page")


def parametric(options: argparse.Namespace) -> int:
    """Fit a table of runs; 0 if the table tells the exponents, 1 if not."""
    from compare import parametric_page as page, report
    from compare.parametric import analysis, document
    from compare.parametric_table import read
    from compare.usage import check_writable

    check_writable(options.json, options.html)
    runs = read(
        options.file, size=options.size, data=options.data, loss=options.loss, compute=options.flop,
        flops=options.factor,
    )  # fmt: skip
    found = analysis(
        runs, options.budget or (), huber=options.huber, floor=not options.no_floor, resamples=options.resamples,
        seed=options.seed, reach=options.reach,
    )  # fmt: skip
    _print(found)
    if options.json:
        report.write(options.json, json.dumps(document(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        print(f"wrote {options.json}")
    if options.html:
        page.write_html(found, options.file.name, options.html, _command(options))
        print(f"wrote {options.html}")
    return 0 if found.identified else 1


def _print(found: Any) -> None:
    from rich.table import Table

    from compare import parametric_page as page
    from compare.parametric_intervals import LEVEL
    from compare.terminal import console

    screen = console()
    for line in (page.table_line(found), page.formula(found)):
        screen.print(line, markup=False, soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("quantity")
    for name in ("estimate", f"profile, {100 * LEVEL:g} %", f"bootstrap, {100 * LEVEL:g} %"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in page.rows(found):
        table.add_row(*row)
    screen.print(table)
    for line in (*page.plans(found), *(f"beware: {note.text}" for note in found.notes)):
        screen.print(line, markup=False, soft_wrap=True)


def _command(options: argparse.Namespace) -> str:
    """The command that repeats the fit."""
    words = ["scaleproof", "parametric", str(options.file)]
    defaults = {"size": "N", "data": "D", "flop": None, "loss": "loss", "factor": 6.0, "huber": 1e-3,
                "resamples": 200, "seed": 20240415}  # fmt: skip
    for name, default in defaults.items():
        value = getattr(options, name)
        if value != default:
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    for budget in options.budget or ():
        words += ["--budget", f"{budget:g}"]
    return shlex.join([*words, "--no-floor"] if options.no_floor else words)
