"""Recorded evidence: 16 block means per column of an experiment, with provenance, as small reviewed files.

A column whose medians some claim judges has, under "medians", the 16 medians of the blocks and that of all draws.
Records without that key hold no medians.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compare.claim import Claim
from compare.experiment import Array, Blocks, Experiment
from compare.median import median_columns
from compare.rule import N_BLOCKS, looks_for
from compare.run import Evidence
from compare.shelf import Shelf
from compare.trial import Trial
from compare.verdict import Verdict

SCHEMA = 1
FOLDER = Path("reports") / "reference"
TABLES = ("columns", "medians")
DIGITS = 10
"""Significant digits of a recorded block mean or median."""


def found_folder() -> Path | None:
    """``reports/reference`` of the working folder, else of the repository that this package is used from, if any."""
    beside = Path(__file__).resolve().parents[1] / FOLDER
    return next((folder for folder in (FOLDER, beside) if folder.is_dir()), None)


class RecordError(ValueError):
    """A record that cannot be used; the message says which and what to do."""


def sharing(claims: Sequence[Claim], known: Iterable[Claim]) -> list[Claim]:
    """Claims of ``known`` that share an experiment with these: a record of it must serve them as well."""
    names, keys = {claim.name for claim in claims}, experiment_keys(claims)
    return [c for c in known if c.has_formula and c.name not in names and keys & experiment_keys([c])]


def experiment_keys(claims: Iterable[Claim]) -> set[str]:
    """Keys of all experiments of some claims."""
    return {experiment.key for claim in claims for experiment in claim.experiments.values()}


def columns_used(claims: Iterable[Claim]) -> dict[str, set[str]]:
    """Columns of each experiment (by key) that some claim judges or is conditional on."""
    used: dict[str, set[str]] = {}
    for claim in claims:
        if not claim.has_formula:
            continue
        views = claim.quantity.views if claim.quantity else ()
        for name in (*(view.column for view in views), *claim.given):
            prefix, _, column = name.rpartition(".")
            if prefix in claim.experiments:
                used.setdefault(claim.experiments[prefix].key, set()).add(column)
    return used


def write(evidence: Evidence, columns: set[str], folder: Path, root: int, provenance: Mapping[str, Any]) -> Path:
    """Record the named columns of an experiment; replaces its former record. Returns the file."""
    blocks = evidence.blocks()
    record = {
        "schema": SCHEMA,
        "experiment": evidence.experiment.key,
        "function": evidence.experiment.name,
        "parameters": evidence.experiment.parameters,
        "root_seed": root,
        "draws": blocks.draws,
        "cap": evidence.cap,
        "seconds": round(evidence.seconds, 1),
        "provenance": dict(provenance),
        "columns": {name: _rounded(means) for name, means in blocks.means.items() if name in columns},
    }
    if blocks.medians:
        record["medians"] = {name: _rounded(medians) for name, medians in blocks.medians.items() if name in columns}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{evidence.experiment.key}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(_text(record), encoding="utf-8")
    partial.replace(path)
    return path


def _rounded(rows: Array) -> list[list[float]]:
    return [[float(f"{value:.{DIGITS}g}") for value in row] for row in rows.tolist()]


def _text(record: Mapping[str, Any]) -> str:
    """JSON with one block per line, so that a change of a record is a readable diff."""
    head = json.dumps({k: v for k, v in record.items() if k not in TABLES}, indent=1, ensure_ascii=False)
    text = head.removesuffix("\n}")
    for table in TABLES:
        if table in record:
            columns = [
                f"  {json.dumps(name)}: [\n   " + ",\n   ".join(json.dumps(row) for row in rows) + "\n  ]"
                for name, rows in record[table].items()
            ]
            text += f",\n {json.dumps(table)}: {{\n" + ",\n".join(columns) + "\n }"
    return text + "\n}\n"


def read(experiment: Experiment, folder: Path) -> Mapping[str, Any] | None:
    """The record of an experiment, or None. Raises RecordError if the file is damaged or of another schema."""
    path = folder / f"{experiment.key}.json"
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        schema = record["schema"]
        if schema == SCHEMA:
            blocks_of(record)
            looks_for(record["draws"])
            float(record["seconds"])
            if record["experiment"] != experiment.key:
                raise ValueError(f"it holds {record['experiment']}")
    except (AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise RecordError(f"{path} is damaged ({reason}); delete it and run `scaleproof record`") from None
    if schema != SCHEMA:
        raise RecordError(f"{path} has schema {schema}, this version reads {SCHEMA}; run `scaleproof record`")
    return record  # type: ignore[no-any-return]


def blocks_of(record: Mapping[str, Any]) -> Blocks:
    """Blocks of a record. Raises RecordError unless every column has 16 rows of numbers or NaN, its medians 17."""
    means = {name: _rows(record, name, rows, N_BLOCKS) for name, rows in record["columns"].items()}
    medians = {name: _rows(record, name, rows, N_BLOCKS + 1) for name, rows in record.get("medians", {}).items()}
    return Blocks(int(record["draws"]), means, medians)


def _rows(record: Mapping[str, Any], name: str, rows: Any, wanted: int) -> Array:
    array = np.array(rows, dtype=float)
    if array.ndim != 2 or array.shape[0] != wanted:
        what = "column" if wanted == N_BLOCKS else "medians of"
        raise RecordError(f"record {record['experiment']}: {what} {name!r} needs {wanted} rows of equal length")
    return array


def judge(claims: Sequence[Claim], folder: Path, shelf: Shelf | None = None) -> list[Verdict]:
    """Verdicts of today's theory on recorded evidence, without simulating.

    Predictions of unchanged code are taken from the shelf, where one is given.
    """
    return [trial(claim, folder, shelf).verdict() for claim in claims]


def trial(claim: Claim, folder: Path, shelf: Shelf | None = None, asked: str = "FILE.py") -> Trial:
    """The trial of one claim on its recorded evidence; inconclusive where there is no record.

    ``asked`` is what `scaleproof record` is to be given for this claim: its file, or its name in the suite.
    """
    held = Trial(claim, shelf)
    if held.finished:  # an error, nothing to judge, or data that are judged at once
        return held
    wanted, medians = columns_used([claim]), median_columns(claim)
    try:
        found = {}
        for prefix, experiment in claim.experiments.items():
            record = read(experiment, folder)
            if (
                record is None
                or not wanted.get(experiment.key, set()) <= set(record["columns"])
                or not medians.get(experiment.key, set()) <= set(record.get("medians", {}))
            ):
                held.note = (
                    f"no record of {experiment.key} in {folder}; run `scaleproof record {shlex.quote(asked)}` or name "
                    "another --records"
                )
                return held
            found[prefix] = record
        blocks = {prefix: blocks_of(record) for prefix, record in found.items()}
    except RecordError as error:
        held.fail(str(error))
        return held
    draws = min(block.draws for block in blocks.values())
    look = min(looks_for(draws), claim.n_looks) - 1
    held.look(blocks, look, math.fsum(record["seconds"] for record in found.values()))
    return held
