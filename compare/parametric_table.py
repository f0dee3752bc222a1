"""A table of training runs from a CSV file: parameters N, samples D, final loss L."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compare.usage import UsageError
from theory.parametric import FLOPS

Array = NDArray[np.float64]
FEWEST_RUNS = 8
"""Five constants are fitted; three more runs are the least that can contradict them."""
FEWEST_SIZES = 3
"""Of N and of D: two values do not tell a power law that ends in a floor from one that does not."""


@dataclass(frozen=True)
class Runs:
    """N, D and L of every run, and the line of the file each came from; k operations per parameter and sample."""

    size: Array
    data: Array
    loss: Array
    flops: float = FLOPS
    lines: Sequence[int] = field(default=())

    @property
    def compute(self) -> Array:
        """C = k N D of every run."""
        return self.flops * self.size * self.data

    def __len__(self) -> int:
        return len(self.loss)

    def chosen(self, rows: NDArray[np.intp]) -> Runs:
        """Some of the runs, in this order, repeated where asked."""
        return Runs(self.size[rows], self.data[rows], self.loss[rows], self.flops)


def runs(size: Sequence[float] | Array, data: Sequence[float] | Array, loss: Sequence[float] | Array,
         *, flops: float = FLOPS, lines: Sequence[int] = ()) -> Runs:  # fmt: skip
    """A table of runs. Raises UsageError for values that are not positive and finite, and where a fit is hopeless."""
    if not (math.isfinite(flops) and flops > 0):
        raise UsageError(f"the operations per parameter and sample must be positive, got {flops:g}; 6 is usual")
    columns = {"N": size, "D": data, "loss": loss}
    arrays = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    where = list(lines) or list(range(1, len(arrays["loss"]) + 1))
    for name, values in arrays.items():
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(bad):
            raise UsageError(_bad(name, values[bad[0]], where[bad[0]], len(bad), "line" if lines else "run"))
    table = Runs(arrays["N"], arrays["D"], arrays["loss"], float(flops), tuple(where))
    if len(table) < FEWEST_RUNS:
        raise UsageError(f"five constants need at least {FEWEST_RUNS} runs, got {len(table)}; add runs")
    for name in ("N", "D"):
        distinct = len(np.unique(arrays[name]))
        if distinct < FEWEST_SIZES:
            raise UsageError(
                f"the exponent of {name} needs at least {FEWEST_SIZES} distinct values of {name}, got {distinct}; "
                f"add runs at other {name}"
            )
    if len(np.unique(arrays["loss"])) == 1:
        raise UsageError(f"every run has the loss {arrays['loss'][0]:g}; there is nothing to fit")
    return table


def _bad(name: str, value: float, place: int, number: int, kind: str) -> str:
    more = f", and {number - 1} more" if number > 1 else ""
    return f"{name} must be positive and finite, got {value:g} in {kind} {place}{more}; correct or remove these runs"


def read(
    path: Path,
    *,
    size: str = "N",
    data: str = "D",
    loss: str = "loss",
    compute: str | None = None,
    flops: float = FLOPS,
) -> Runs:
    """Runs of a CSV file with a header; with ``compute``, a column of C, D is C/(k N).

    Raises UsageError for a file that cannot be read, a column that is missing, and as `runs`.
    """
    names = [size, compute or data, loss]
    rows, lines = _rows(path, names)
    N, second, L = np.array(rows).T if rows else np.empty((3, 0))
    if compute is None:
        return runs(N, second, L, flops=flops, lines=lines)
    bad = np.flatnonzero(~(np.isfinite(second) & (second > 0)))
    if len(bad):
        raise UsageError(_bad(compute, second[bad[0]], lines[bad[0]], len(bad), "line"))
    return runs(N, second / (flops * np.where(N > 0, N, 1)), L, flops=flops, lines=lines)


def _rows(path: Path, names: Sequence[str]) -> tuple[list[list[float]], list[int]]:
    """Numbers of the named columns, and the line of each row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            missing = [name for name in names if name not in header]
            if missing:
                raise UsageError(
                    f"{path} has no column {' and no column '.join(map(repr, missing))}; it has "
                    f"{', '.join(header) or 'no header'}; name the columns with --size, --data or --flop, and --loss"
                )
            rows, lines = [], []
            for row in reader:
                if any((value or "").strip() for value in row.values() if isinstance(value, str)):
                    rows.append([_number(path, name, row[name], reader.line_num) for name in names])
                    lines.append(reader.line_num)
            return rows, lines
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror or error}); pass a CSV file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is not a CSV file in UTF-8 ({error}); export it as one") from None


def _number(path: Path, name: str, text: str | None, line: int) -> float:
    try:
        return float((text or "").strip())
    except ValueError:
        raise UsageError(
            f"{path}, line {line}: {name} must be a number such as 1.2e9, got {(text or '').strip()!r}; "
            "correct or remove this run"
        ) from None
