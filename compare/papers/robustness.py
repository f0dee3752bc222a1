"""How a paper's headlines fare in other models: one table, headline by model, every cell with its ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from compare.verdict import Verdict

STANDINGS = ("holds", "changes", "fails", "no theory")


@dataclass(frozen=True)
class Cell:
    """What becomes of one headline in one model.

    standing  one of `STANDINGS`
    note      how, in a few words
    claims    names of claims that show it, the first of them linked from the standing
    follows   what it follows from, where no claim shows it
    """

    standing: str
    note: str = ""
    claims: tuple[str, ...] = ()
    follows: str = ""

    def __post_init__(self) -> None:
        if self.standing not in STANDINGS:
            raise ValueError(f"standing must be one of {', '.join(STANDINGS)}, got {self.standing!r}")
        grounds = bool(self.claims) + bool(self.follows)
        if grounds != (self.standing != "no theory"):
            message = f"{self.standing!r} ({self.note}) with claims {self.claims} and follows {self.follows!r}"
            raise ValueError(f"a cell needs claims or what it follows from, and without theory neither; got {message}")


@dataclass(frozen=True)
class Row:
    """One model: what it is, and a cell for every column of the table."""

    model: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Headlines by models, and two sentences: what survives everywhere and what does not."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    survives: str
    fails: str

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"{row.model} needs {len(self.columns)} cells, one per column, got {len(row.cells)}")


class Shown(NamedTuple):
    """A cell before the verdicts of one run."""

    cell: Cell
    verdicts: tuple[Verdict, ...]

    @property
    def sound(self) -> bool:
        """Whether what the cell says is borne out by this run: all its claims are in it and as expected."""
        return len(self.verdicts) == len(self.cell.claims) and all(verdict.sound for verdict in self.verdicts)

    @property
    def ground(self) -> str:
        """Why no claim is linked, or what is wrong with those that are; empty if nothing is."""
        if self.cell.follows:
            return f"follows from {self.cell.follows}, not simulated"
        if not self.cell.claims or self.sound:
            return ""
        return "not as expected in this run" if self.verdicts else "not in this run"


def shown(table: Table, verdicts: Sequence[Verdict]) -> list[tuple[Row, list[Shown]]]:
    """The cells of every row with the verdicts on their claims."""
    by_name = {verdict.claim.name: verdict for verdict in verdicts}
    return [
        (row, [Shown(cell, tuple(by_name[name] for name in cell.claims if name in by_name)) for cell in row.cells])
        for row in table.rows
    ]


def summary(table: Table, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The two sentences, while every claim of the table is as expected; else what is not."""
    cells = [cell for _, row in shown(table, verdicts) for cell in row]
    strange = sorted({v.claim.name for cell in cells for v in cell.verdicts if not v.sound})
    if strange:
        return (f"Not as expected: {', '.join(strange)}.",)
    missing = sum(not cell.sound for cell in cells)
    if missing:
        return (f"{missing} of {len(cells)} cells rest on claims that are not in this run.",)
    return table.survives, table.fails
