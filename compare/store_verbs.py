"""The verb ``store``: what the store holds, and its draws as CSV."""

from __future__ import annotations

import argparse
import csv
import fnmatch
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from compare.store import Source, Store
from compare.usage import UsageError, check_writable
from sim.streams import CHUNK

HEADER = ("experiment", "root_seed", "code", "machine", "draw", "column", "point", "value")


def store(options: argparse.Namespace) -> int:
    """Print a table of the store, or write its draws."""
    if not options.store.exists():
        raise UsageError(f"there is no store {options.store}; name one with --store FILE, or run `scaleproof check`")
    with Store(options.store) as opened:
        return info(opened) if options.action == "info" else export(opened, options.file, options.experiment)


def info(opened: Store) -> int:
    """One row per experiment, root seed, code and machine type."""
    from rich.table import Table

    from compare.formatting import duration
    from compare.terminal import console

    held = opened.contents()
    table = Table(box=None, header_style="bold")
    for name, justify in (("experiment", "left"), ("root seed", "right"), ("code", "left"), ("draws", "right"),
                          ("simulating", "right"), ("size", "right")):  # fmt: skip
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for source, chunks, seconds, size in held:
        draws, cost = str(chunks * CHUNK), duration(seconds)
        table.add_row(source.experiment, str(source.root), source.code, draws, cost, f"{size / 2**20:.1f} MiB")
    screen = console()
    screen.print(table)
    for machine in sorted({source.machine for source, *_ in held}):
        screen.print(f"machine type: {machine}", markup=False, soft_wrap=True)
    total = sum(seconds for _, _, seconds, _ in held)
    megabytes = opened.path.stat().st_size / 2**20
    screen.print(f"{opened.path}: {megabytes:.1f} MiB, {duration(total)} of simulation", markup=False, soft_wrap=True)
    return 0


def export(opened: Store, path: Path | None, pattern: str) -> int:
    """Write every draw of the matching experiments as one row per number; to standard output without a file."""
    chosen = [source for source, *_ in opened.contents() if fnmatch.fnmatch(source.experiment, pattern)]
    if not chosen:
        raise UsageError(f"no experiment in {opened.path} matches {pattern!r}; see `scaleproof store info`")
    if path is None:
        _write(opened, chosen, sys.stdout)
        return 0
    check_writable(path)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            _write(opened, chosen, file)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror or error}); the file is incomplete") from None
    print(f"wrote {path}")
    return 0


def _write(opened: Store, chosen: list[Source], file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for source in chosen:
        writer.writerows(_rows(opened, source))


def _rows(opened: Store, source: Source) -> Iterator[tuple[object, ...]]:
    who = (source.experiment, source.root, source.code, source.machine)
    for chunk, columns in opened.draws(source):
        for name, values in columns.items():
            for row, numbers in enumerate(values.tolist()):
                for point, value in enumerate(numbers):
                    yield (*who, chunk * CHUNK + row, name, point, repr(value))
