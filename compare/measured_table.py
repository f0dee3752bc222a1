"""Runs made elsewhere, read from a table with one row per size and seed; what is wrong is told with its line."""

from __future__ import annotations

import csv
import difflib
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compare.claim import ClaimError
from compare.experiment import Array

FEWEST_SEEDS = 2


@dataclass(frozen=True)
class Table:
    """``values[column]`` has shape (n_seeds, n_points), the points in rising order of their sizes."""

    points: tuple[tuple[float, ...], ...]
    seeds: tuple[str, ...]
    values: Mapping[str, Array]
    sha256: str
    dropped: int
    """Seeds that some size lacks, left out because the claim asked for the common ones."""


@dataclass(frozen=True)
class Layout:
    """What the columns of a file are: headings renamed, sizes, seed, losses."""

    renamed: Mapping[str, str]
    sizes: tuple[str, ...]
    seed: str
    losses: tuple[str, ...]
    signed: bool
    common: bool

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are needed."""
        return (*self.sizes, self.seed, *self.losses)


def read(path: Path, layout: Layout) -> Table:
    """The table of a CSV file with a line of headings (``.tsv``: tabs).

    Raises ClaimError for a file that cannot be read, a column that is missing, a value that is no finite number, a
    negative loss, a size and seed given twice, and sizes that have not the same seeds.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ClaimError(f"cannot read {path} ({reason}); give the CSV file of the runs, in UTF-8") from None
    found: dict[tuple[float, ...], dict[str, list[float]]] = defaultdict(dict)
    for line, row in _rows(text, path, layout):
        where = f"{path.name}, line {line}"
        point = tuple(_number(row, name, where) for name in layout.sizes)
        seed = (row[layout.seed] or "").strip()
        if not seed:
            raise ClaimError(f"{where}: {layout.seed!r} is empty; every run needs the seed that made it")
        if seed in found[point]:
            raise ClaimError(f"{where}: seed {seed} of {_label(layout, point)} is there twice; keep one row per run")
        found[point][seed] = [_loss(row, name, where, layout) for name in layout.losses]
    if not found:
        raise ClaimError(f"{path.name} has no rows below its headings; give one row per size and seed")
    points = tuple(sorted(found))
    seeds, dropped = _seeds(found, points, path, layout)
    values = {
        name: np.array([[found[point][seed][i] for point in points] for seed in seeds])
        for i, name in enumerate(layout.losses)
    }
    return Table(points, seeds, values, hashlib.sha256(raw).hexdigest(), dropped)


def _rows(text: str, path: Path, layout: Layout) -> Iterator[tuple[int, dict[str, str]]]:
    lines = csv.DictReader(text.splitlines(), delimiter="\t" if path.suffix == ".tsv" else ",")
    headings = [heading.strip() for heading in lines.fieldnames or ()]
    lines.fieldnames = [layout.renamed.get(heading, heading) for heading in headings]
    for name in layout.names:
        if name not in lines.fieldnames:
            raise ClaimError(f"{path.name} has no column {_missing(name, headings, layout)}")
    for row in lines:
        yield lines.line_num, row


def _missing(name: str, headings: Sequence[str], layout: Layout) -> str:
    """The heading that a file lacks: the one that was to be renamed, where there is one; and what may be meant."""
    renamed = next((heading for heading, new in layout.renamed.items() if new == name), "")
    near = difflib.get_close_matches(renamed or name, headings, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    wanted = f"{renamed!r}, which `columns` calls {name!r}" if renamed else repr(name)
    remedy = (
        f"name it in columns={{heading: {name!r}}}" if renamed else f"rename one with columns={{heading: {name!r}}}"
    )
    return f"{wanted}; {hint}it has {', '.join(headings) or 'none'}; {remedy}"


def _number(row: Mapping[str, str], name: str, where: str) -> float:
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise ClaimError(
            f"{where}: {name!r} is {row[name]!r}, a finite number is needed; run it again, or leave that seed out at "
            "every size and say so in `source`"
        )
    return value


def _loss(row: Mapping[str, str], name: str, where: str, layout: Layout) -> float:
    value = _number(row, name, where)
    if value < 0 and not layout.signed:
        raise ClaimError(
            f"{where}: {name!r} is {value:g}, a loss is not negative; pass signed=True if it is a logarithm or signed"
        )
    return value


def _label(layout: Layout, point: Sequence[float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in zip(layout.sizes, point, strict=True))


def _seeds(
    found: Mapping[tuple[float, ...], Mapping[str, object]],
    points: Sequence[tuple[float, ...]],
    path: Path,
    layout: Layout,
) -> tuple[tuple[str, ...], int]:
    """Seeds that all sizes have, in order, and how many others there are."""
    every = set().union(*(found[point] for point in points))
    common = set.intersection(*(set(found[point]) for point in points))
    if every != common and not layout.common:
        point = min(points, key=lambda p: len(found[p]))
        missing = sorted(every - set(found[point]), key=_order)
        several = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise ClaimError(
            f"{path.name}: {_label(layout, point)} has {len(found[point])} of {len(every)} seeds, it lacks {several}; "
            f"run what is missing, or pass seeds='common' to use the {len(common)} seeds that all sizes have"
        )
    if len(common) < FEWEST_SEEDS:
        raise ClaimError(
            f"{path.name}: the sizes have {len(common)} seeds in common; an error bar needs {FEWEST_SEEDS} at least, a "
            "verdict 16"
        )
    return tuple(sorted(common, key=_order)), len(every - common)


def _order(seed: str) -> tuple[float, str]:
    """Numbers in their order, then words in theirs."""
    try:
        return float(seed), seed
    except ValueError:
        return math.inf, seed
