"""The verb ``plan``: how N and D scale with a budget under every law on trial."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from compare.verdict import Verdict

LOCAL = Path("reports") / "local"
INDEX = Path("reports") / "README.md"
RECORDS_HELP = "recorded evidence (default: reports/reference here, else in the repository)"


def arguments(verb: argparse.ArgumentParser) -> None:
    """Options of the command line."""
    verb.add_argument("--compute", type=float, required=True, metavar="C", help="the budget, such as 1e8")
    verb.add_argument("--factor", type=float, default=1.0, metavar="K", help="C = K N D (default: 1)")
    verb.add_argument("--decay", default="1", metavar="α", help="spectrum i^-(1+α) (default: 1)")
    verb.add_argument("--sparsity", default="2", metavar="η", help="activity i^-η (default: 2)")
    verb.add_argument("--teacher-decay", default="3", metavar="τ", help="teacher i^-τ (default: 3)")
    verb.add_argument("--quick", action="store_true", help="no verdicts: exponents and levels only")
    verb.add_argument("--markdown", type=Path, metavar="FILE.md", default=LOCAL / "plan.md")
    verb.add_argument("--html", type=Path, metavar="FILE.html", default=LOCAL / "plan.html")
    verb.add_argument("--index", type=Path, metavar="FILE", default=INDEX, help="page of all claims, to link to")
    verb.add_argument("--records", type=Path, metavar="FOLDER", help=RECORDS_HELP)


def plan(options: argparse.Namespace) -> int:
    """Print the table and write the pages; 0 if every claim behind the table is as expected, else 1."""
    from compare import decision_page as page
    from compare.decision import addresses, decision
    from compare.decision_laws import World
    from compare.usage import UsageError, check_writable

    for path, ending in ((options.markdown, ".md"), (options.html, ".html")):
        if path.suffix != ending:
            raise UsageError(f"the name of the page must end in {ending}, got {path}")
    check_writable(options.markdown, options.html)
    if not options.quick:
        refuse_empty(options.records)
    world = World(options.compute, options.decay, options.sparsity, options.teacher_decay)
    decision(world, (), factor=options.factor)  # wrong parameters are told before the claims are judged
    verdicts = [] if options.quick else judged(options.records)
    found = decision(world, verdicts, factor=options.factor)
    _print(page.COLUMNS, page.table(found))
    for path in (options.markdown, options.html):
        index = options.index if options.index.exists() else None
        page.write(found, path, addresses(verdicts, path, index), _command(options))
    if verdicts:
        print(page.closing(found))
    print(f"wrote {options.markdown} and {options.html}")
    return 0 if all(line.section.sound for line in found.lines) else 1


def refuse_empty(records: Path) -> None:
    """Raise UsageError where a folder holds no records."""
    from compare.usage import UsageError

    if not any(records.glob("*.json")):
        raise UsageError(
            f"there are no records in {records}; pass --records FOLDER, or --quick for a table without verdicts"
        )


def judged(records: Path) -> list[Verdict]:
    """Today's theory on the recorded evidence of the claims behind the rows."""
    from compare import records as evidence, terminal
    from compare.decision import claims_behind
    from compare.registry import suite

    claims = claims_behind(suite().claims)
    with terminal.progress(quiet=False) as progress:
        found = []
        for claim in claims:
            found += evidence.judge([claim], records)
            progress(f"judging {claim.name}", len(found), len(claims))
    return found


def _print(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    from compare.terminal import console

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if "C^" in name or name == "D/N" else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table, markup=False)


def _command(options: argparse.Namespace) -> str:
    """The command that repeats the page."""
    words = ["scaleproof", "plan", "--compute", f"{options.compute:g}"]
    for name, default in (("decay", "1"), ("sparsity", "2"), ("teacher_decay", "3")):
        if getattr(options, name) != default:
            words += [f"--{name.replace('_', '-')}", getattr(options, name)]
    words += ["--factor", f"{options.factor:g}"] if options.factor != 1 else []
    return shlex.join([*words, "--quick"] if options.quick else words)
