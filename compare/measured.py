"""Data measured elsewhere, in place of a simulation: a table of runs before the same judge.

The rule. A draw is a seed: the runs of all sizes with that seed. Sorted by seed, draw k belongs to block k mod 16, and
as many draws are used as fill 16 equal blocks; the last few, up to 15, are left out and counted. There is one look, at
all draws, and each level is spent on it. With fewer than 16 seeds the page shows points and intervals, and the verdict
is inconclusive: too few draws. Their errors are widened by `widening`, so that intervals drawn for 16 blocks hold for
them. Nothing is known of the tails of such data, so the tail alarm is on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

import numpy as np
from scipy import stats

from compare.claim import Claim, ClaimError
from compare.estimate import Means
from compare.experiment import Array, Blocks, Experiment
from compare.measured_table import Layout, Table, read
from compare.rule import N_BLOCKS
from compare.verdict import PartVerdict

if TYPE_CHECKING:
    from compare.trial import Accused, Trial


def made_elsewhere(*_stream: Any, **_parameters: Any) -> NoReturn:
    """Stands for the simulating function of data, which cannot be drawn again."""
    raise ClaimError("these data were measured elsewhere and cannot be simulated")


class Measured(Experiment):
    """Runs made elsewhere: a CSV file with one row per size and seed, in the place of an experiment.

    ``file``: its path, from the folder of the file that names it. ``sizes``: columns that tell the points, which are
    taken in rising order. ``loss``: the measured column or columns. ``seed``: what tells the runs of one size apart;
    runs of different sizes with one seed make one draw. ``columns``: new names for headings of the file. ``seeds``:
    "all" insists that every size has the same seeds, "common" takes those that all have. ``signed``: the loss may be
    negative. ``licence`` and ``source`` say who made the data and on what terms; both are required and recorded.

    The file is read when it is needed; whatever is wrong with it is a ClaimError that tells the line.
    """

    elsewhere: ClassVar[bool] = True

    def __init__(
        self,
        file: str | Path,
        *,
        sizes: str | Sequence[str],
        licence: str,
        source: str,
        seed: str = "seed",
        loss: str | Sequence[str] = "loss",
        columns: Mapping[str, str] | None = None,
        seeds: Literal["all", "common"] = "all",
        signed: bool = False,
    ) -> None:
        for name, value in (("licence", licence), ("source", source)):
            if not isinstance(value, str) or not value.strip():
                raise ClaimError(f"the {name} of {file} must be said, got {value!r}; who made the data, on what terms?")
        if seeds not in ("all", "common"):
            raise ClaimError(f"seeds must be 'all' or 'common', got {seeds!r}")
        named_in = sys._getframe(1).f_globals.get("__file__")
        folder = Path(named_in).parent if named_in else Path()
        layout = Layout(dict(columns or {}), _several(sizes), seed, _several(loss), signed, seeds == "common")
        told = {"file": str(file), "seed": seed, "seeds": seeds, "signed": signed, **(columns or {})}
        super().__init__(made_elsewhere, {**told, "sizes": layout.sizes, "losses": layout.losses})
        self.file, self.layout, self.licence, self.source = folder / file, layout, licence.strip(), source.strip()

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.file.name

    @cached_property
    def table(self) -> Table:
        """What the file holds."""
        return read(self.file, self.layout)

    @property
    def at(self) -> dict[str, tuple[float, ...]]:
        """Coordinates of the points, for a quantity or a formula: ``Exponent("loss", **data.at)``."""
        columns = zip(*self.table.points, strict=True)
        whole = [tuple(int(x) if x.is_integer() else x for x in column) for column in columns]
        return dict(zip(self.layout.sizes, whole, strict=True))

    @property
    def draws(self) -> int:
        """Seeds used: all that fill 16 equal blocks, or all where there are fewer than 16."""
        n_seeds = len(self.table.seeds)
        return n_seeds - n_seeds % N_BLOCKS if n_seeds >= N_BLOCKS else n_seeds

    def rows(self) -> dict[str, Array]:
        """Measured values of the draws used, (n_draws, n_points)."""
        return {name: values[: self.draws] for name, values in self.table.values.items()}

    def blocks(self) -> Blocks:
        """Blocks of the draws: draw k belongs to block k mod 16."""
        rows = self.rows()
        chunks = [{name: values[k : k + 1] for name, values in rows.items()} for k in range(self.draws)]
        return Blocks.of(chunks, tuple(rows))

    def provenance(self) -> dict[str, object]:
        """Where the data come from, and which file it was."""
        table = self.table
        return {
            "file": self.file.name,
            "sha256": table.sha256,
            "source": self.source,
            "licence": self.licence,
            "seeds": len(table.seeds) + table.dropped,
            "seeds_used": self.draws,
        }


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def data_of(claim: Claim) -> dict[str, Measured]:
    """The data of a claim, by the prefix of their columns."""
    return {prefix: e for prefix, e in claim.experiments.items() if isinstance(e, Measured)}


def provenance(claim: Claim) -> dict[str, object]:
    """Provenance of all data of a claim, in words, for a page."""
    return {
        f"Data, {data.name}": f"{data.source}. Licence: {data.licence}. {data.draws} of "
        f"{data.provenance()['seeds']} seeds used. SHA-256: {data.table.sha256[:16]}"
        for data in data_of(claim).values()
    }


def left_out(claim: Claim) -> list[str]:
    """``16 of 20 seeds used, in 16 equal blocks``, of the data of a claim whose files have been read."""
    found, sources = [], list(data_of(claim).values())
    for data in sources:
        seeds = len(data.table.seeds) + data.table.dropped
        if N_BLOCKS <= data.draws < seeds:
            of = f" of {data.name}" if len(sources) > 1 else ""
            found.append(f"{data.draws} of {seeds} seeds{of} used, in {N_BLOCKS} equal blocks")
    return found


def judge_data(trial: Trial) -> None:
    """Put a claim about data on trial: one look at all draws, or intervals alone where they are too few."""
    data = data_of(trial.claim)
    if not data or trial.own is None or trial.error:
        return
    for prefix, source in data.items():
        _check_coordinates(trial.claim, prefix, source)
        _check_spread(source)
    if all(source.draws >= N_BLOCKS for source in data.values()):
        trial.look({prefix: source.blocks() for prefix, source in data.items()}, 0)
    else:
        _show_few(trial, data)


def widening(draws: int) -> float:
    """Factor on the errors of a few draws: 97.5 % quantile of t with draws − 1 degrees of freedom over that with 15."""
    n = min(draws, N_BLOCKS)
    return float(stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, N_BLOCKS - 1))


def _check_coordinates(claim: Claim, prefix: str, data: Measured) -> None:
    """Raise ClaimError where a quantity gives a point other coordinates than the file."""
    for view in claim.quantity.views if claim.quantity else ():
        if view.column.rpartition(".")[0] != prefix:
            continue
        for name, known in data.at.items():
            said = view.at.get(name)
            for order, k in enumerate(view.index if said is not None else ()):
                if k < len(known) and said is not None and said[order] != known[k]:
                    raise ClaimError(
                        f"point {k} of {data.name} has {name}={known[k]:g}, the quantity says {said[order]:g}; the "
                        f"points are in rising order of {', '.join(data.layout.sizes)}: take them from `.at`"
                    )


def _check_spread(data: Measured) -> None:
    for name, values in data.table.values.items():
        if not np.ptp(values, axis=0).any():
            raise ClaimError(
                f"{data.name}: {name!r} is the same for all seeds; give independent runs, one row for each"
            )


def _show_few(trial: Trial, data: Mapping[str, Measured]) -> None:
    """Points and gaps with errors from the seeds themselves; nothing is judged."""
    claim = trial.claim
    draws = min(source.draws for source in data.values())
    trial.blocks = {
        f"{prefix}.{name}" if prefix else name: values[:draws]
        for prefix, source in data.items()
        for name, values in source.rows().items()
    }
    trial.draws, trial.looks = draws, 1
    trial.note = f"too few draws: {draws} seeds at every size, a verdict needs {N_BLOCKS}"
    if not claim.given and trial.own is not None and claim.quantity is not None and not trial.medians:
        trial.own.parts = _intervals(trial, trial.own)


def _intervals(trial: Trial, own: Accused) -> tuple[PartVerdict, ...]:
    """Gap and standard error of every part, by deleting one seed at a time; never judged."""
    quantity, prediction, margin, blocks = trial.claim.quantity, own.prediction, trial.claim.margin, trial.blocks
    assert quantity is not None
    assert prediction is not None
    n = trial.draws

    def gaps(means: Means) -> Array:
        return quantity.gaps(means, prediction, margin)

    with np.errstate(all="ignore"):
        gap = gaps({name: values.mean(axis=0) for name, values in blocks.items()})
        dropped = np.stack([gaps({m: np.delete(v, k, 0).mean(axis=0) for m, v in blocks.items()}) for k in range(n)])
        stderr = widening(n) * np.sqrt((n - 1) / n * ((dropped - dropped.mean(axis=0)) ** 2).sum(axis=0))
        allowance = quantity.allowance(prediction, margin)
    predicted = dict(zip(quantity.names, quantity.predicted(prediction).tolist(), strict=False))
    found = []
    for part, *numbers in zip(quantity.parts(prediction, margin), gap, stderr, allowance, strict=True):
        theta, s, b = map(float, numbers)
        at = predicted.get(part.name, 0.0)
        found.append(
            PartVerdict(
                part.name, part.side, at, at + theta, theta, s, b, part.margin, float("inf"), "inconclusive",
                part.share, part.strict,
            )
        )  # fmt: skip
    return tuple(found)
