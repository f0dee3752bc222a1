"""What the command line prints: the table of verdicts, the list and the page of a claim, the progress bar."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from compare.claim import Claim
from compare.formatting import NOTHING, distance, duration, headline, plural, summary
from compare.formula import Formula
from compare.measured import data_of, left_out
from compare.registry import LoadError
from compare.run import ROOT_SEED, Progress as Report
from compare.verdict import Verdict

STYLES = {"agrees": "green", "disagrees": "red", "inconclusive": "yellow", "error": "bold red"}
PLAIN_WIDTH = 180
NARROW = 100
"""Columns below which a row of the table of verdicts would be cut: then a claim has lines of its own."""


class Screen(Console):
    """A console that leaves a closed pipe to its caller."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would turn into an exit."""
        raise BrokenPipeError


def console(stderr: bool = False) -> Console:
    """A console: coloured on a terminal (unless NO_COLOR is set), plain and wide otherwise."""
    stream = sys.stderr if stderr else sys.stdout
    return Screen(file=stream, width=None if stream.isatty() else PLAIN_WIDTH, highlight=False, soft_wrap=False)


@contextmanager
def progress(quiet: bool) -> Iterator[Report]:
    """A progress bar with the time that the look still takes; a line per look off terminals; nothing when quiet."""
    screen = console(stderr=True)
    if quiet:
        yield lambda *_: None
        return
    if not screen.is_terminal:

        def line(text: str, done: int, planned: int) -> None:
            if done == planned:
                screen.print(text, markup=False)

        yield line
        return
    wide = screen.width >= NARROW
    rest = Column(no_wrap=True, overflow="ellipsis", max_width=screen.width - (54 if wide else 20))
    columns = (
        *([BarColumn(24)] if wide else []),
        MofNCompleteColumn(),
        *([TimeElapsedColumn()] if wide else []),
        TimeRemainingColumn(compact=not wide),
        TextColumn("{task.description}", markup=False, table_column=rest),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("starting")

        def report(text: str, done: int, planned: int) -> None:
            bar.update(task, description=text, completed=done, total=planned)

        yield report


def print_verdicts(verdicts: Sequence[Verdict], screen: Console) -> None:
    """The table: one row per claim, then what went wrong in words."""
    if not verdicts:
        return
    if screen.width < NARROW:
        for verdict in verdicts:
            _print_narrow(verdict, screen)
    else:
        _print_table(verdicts, screen)
    for verdict in verdicts:
        left = [rival.name for rival in verdict.rivals if rival.outcome != "disagrees"]
        if verdict.reason:
            screen.print(f"{verdict.claim.name}: {verdict.outcome}: {verdict.reason}", markup=False, soft_wrap=True)
        elif verdict.outcome == "disagrees" and not verdict.as_expected and distance(verdict):
            screen.print(f"{verdict.claim.name}: disagrees: {distance(verdict)}", markup=False, soft_wrap=True)
        if verdict.advice:
            screen.print(f"{verdict.claim.name}: advice: {verdict.advice}", markup=False, soft_wrap=True)
        for seeds in left_out(verdict.claim) if verdict.draws else ():
            screen.print(f"{verdict.claim.name}: {seeds}", markup=False, soft_wrap=True)
        if left and verdict.outcome not in ("error", "inconclusive"):
            screen.print(f"{verdict.claim.name}: not rejected: {', '.join(left)}", markup=False, soft_wrap=True)


def _outcome(verdict: Verdict) -> Text:
    outcome = Text(verdict.outcome, STYLES[verdict.outcome])
    return outcome.append("" if verdict.as_expected else f" (expected {verdict.claim.expect})", "red")


def _print_narrow(verdict: Verdict, screen: Console) -> None:
    """A claim in a few short lines."""
    row = headline(verdict)
    screen.print(Text(verdict.claim.name, "bold"))
    screen.print(Text("  ").append(_outcome(verdict)))
    for name, value in zip(("predicted", "measured", "gap", "can see"), row[1:], strict=True):
        if value != NOTHING:
            screen.print(Text(f"  {name:<9} {value}"))


def _print_table(verdicts: Sequence[Verdict], screen: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("claim", "quantity"):
        table.add_column(name, overflow="fold")
    for name in ("predicted", "measured", "gap", "can see"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for verdict in verdicts:
        row = headline(verdict)
        table.add_row(
            Text(verdict.claim.name),
            Text(verdict.claim.kind),
            row.predicted,
            row.measured,
            row.gap,
            row.reach,
            _outcome(verdict),
        )
    screen.print(table)


def closing_line(verdicts: Sequence[Verdict], errors: Sequence[LoadError], info: Mapping[str, Any]) -> str:
    """``31 claims, all as expected: 31 agree · 70 of 70 rivals rejected · 2 min 11 s``, and a seed of one's own."""
    parts = [summary(verdicts, info.get("scope", ""))]
    parts += [f"{plural(len(errors), 'file')} could not be used"] if errors else []
    parts += [duration(info["seconds"])]
    parts += [f"seed {info['seed']}"] if info["seed"] != ROOT_SEED else []
    return " · ".join(parts)


def print_list(claims: Sequence[Claim], screen: Console, short: bool = False) -> None:
    """Name and tier of every claim; unless ``short``, its quantity and statement too."""
    shown = 2 if short else 4
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("claim", "tier", "quantity", "statement")[:shown]:
        table.add_column(name, overflow="fold")
    for claim in claims:
        table.add_row(*(Text(text) for text in (claim.name, claim.tier, claim.kind, claim.statement)[:shown]))
    screen.print(table)


def print_claim(claim: Claim, cost: str, screen: Console) -> None:
    """Everything a claim declares."""
    lines = [
        claim.name,
        f"  {claim.statement}",
        f"  source        {claim.source}",
    ]
    if isinstance(claim.predict, Formula):
        lines.append(f"  formula       {claim.predict.told()}")
    if claim.formula_from:
        lines.append(f"  formula from  {claim.formula_from}")
    lines.append(f"  quantity      {claim.kind}")
    for view in claim.quantity.views if claim.quantity else ():
        lines.append(f"  points        {view.column} at {'; '.join(view.labels())}")
    if claim.experiments:
        lines += [
            f"  margin        {claim.margin}: {claim.because}",
            f"  draws         {'all, at one look' if claim.elsewhere else f'64 to {claim.cap}'}, tier {claim.tier}",
        ]
    lines += [f"  data          {data.name}: {data.source}; licence {data.licence}" for data in data_of(claim).values()]
    for experiment in claim.experiments.values():
        if experiment.elsewhere:
            continue
        parameters = "; ".join(f"{name}={_short(value)}" for name, value in experiment.parameters.items())
        lines.append(f"  experiment    {experiment.name}({parameters})")
        lines.append(f"  identities    {experiment.identities or 'none'}")
    if claim.given:
        lines.append(f"  given         {', '.join(claim.given)} (conditional law)")
    if claim.asymptote:
        sizes = ", ".join(f"{float(size):{'.0e' if float(size) >= 1e6 else 'g'}}" for size in claim.asymptote.sizes)
        lines.append(f"  law           symbolic against finite-size theory at {sizes}, bound {claim.asymptote.bound:g}")
    for name, rival in claim.rivals.items():
        lines.append(f"  rival         {name}" + (f": {rival.told()}" if isinstance(rival, Formula) else ""))
    if claim.expect != "agrees":
        lines.append(f"  expected      {claim.expect}: {claim.evidence}")
    lines.append(f"  cost          {cost}")
    hang = " " * (16 if screen.width >= NARROW // 2 else 4)
    for line in lines:
        indent = "  " if line == lines[1] else hang
        wrapped = textwrap.wrap(line, screen.width, subsequent_indent=indent, break_on_hyphens=False)
        screen.print("\n".join(wrapped), markup=False)


def _short(value: object) -> str:
    """A parameter on one line: ``4, 4, 16, ... (6 values)``."""
    if not isinstance(value, tuple):
        return str(value)
    told = ", ".join(map(str, value[:3] if len(value) > 4 else value))
    return f"{told}, ... ({len(value)} values)" if len(value) > 4 else told or "none"
