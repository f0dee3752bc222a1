"""Recorded evidence: 16 block means per column of an experiment, with provenance, as small reviewed files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compare.claim import Claim
from compare.experiment import Blocks, Experiment
from compare.rule import N_BLOCKS, looks_for
from compare.run import Evidence
from compare.trial import Trial
from compare.verdict import Verdict

SCHEMA = 1
FOLDER = Path("reports") / "reference"
DIGITS = 10
"""Significant digits of a recorded block mean."""


class RecordError(ValueError):
    """A record that cannot be used; the message says which and what to do."""


def columns_used(claims: Iterable[Claim]) -> dict[str, set[str]]:
    """Columns of each experiment (by key) that some claim judges or is conditional on."""
    used: dict[str, set[str]] = {}
    for claim in claims:
        views = claim.quantity.views if claim.quantity else ()
        for name in (*(view.column for view in views), *claim.given):
            prefix, _, column = name.rpartition(".")
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
        "columns": {
            name: [[float(f"{value:.{DIGITS}g}") for value in row] for row in means.tolist()]
            for name, means in blocks.means.items()
            if name in columns
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{evidence.experiment.key}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(_text(record), encoding="utf-8")
    partial.replace(path)
    return path


def _text(record: Mapping[str, Any]) -> str:
    """JSON with one block per line, so that a change of a record is a readable diff."""
    head = json.dumps({k: v for k, v in record.items() if k != "columns"}, indent=1, ensure_ascii=False)
    columns = [
        f"  {json.dumps(name)}: [\n   " + ",\n   ".join(json.dumps(row) for row in rows) + "\n  ]"
        for name, rows in record["columns"].items()
    ]
    return head.removesuffix("\n}") + ',\n "columns": {\n' + ",\n".join(columns) + "\n }\n}\n"


def read(experiment: Experiment, folder: Path) -> Mapping[str, Any] | None:
    """The record of an experiment, or None. Raises RecordError if the file is damaged or of another schema."""
    path = folder / f"{experiment.key}.json"
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        schema = record["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is damaged ({error}); delete it and run `scaleproof record`") from None
    if schema != SCHEMA:
        raise RecordError(f"{path} has schema {schema}, this version reads {SCHEMA}; run `scaleproof record`")
    return record  # type: ignore[no-any-return]


def blocks_of(record: Mapping[str, Any]) -> Blocks:
    """Block means of a record. Raises RecordError unless every column has 16 rows of finite numbers or NaN."""
    means = {}
    for name, rows in record["columns"].items():
        array = np.array(rows, dtype=float)
        if array.ndim != 2 or array.shape[0] != N_BLOCKS:
            raise RecordError(f"record {record['experiment']}: column {name!r} needs {N_BLOCKS} rows of equal length")
        means[name] = array
    return Blocks(int(record["draws"]), means)


def judge(claims: Sequence[Claim], folder: Path) -> list[Verdict]:
    """Verdicts of today's theory on recorded evidence, without simulating."""
    return [_judge_one(claim, folder) for claim in claims]


def _judge_one(claim: Claim, folder: Path) -> Verdict:
    trial = Trial(claim)
    if trial.error or not claim.experiments:
        return trial.verdict()
    try:
        records = {prefix: read(experiment, folder) for prefix, experiment in claim.experiments.items()}
        wanted = columns_used([claim])
        missing = [
            key
            for prefix, record in records.items()
            if (key := claim.experiments[prefix].key) in wanted
            and (record is None or not wanted[key] <= set(record["columns"]))
        ]
        if missing:
            return Verdict(claim, "inconclusive", f"no record of {missing[0]}; run `scaleproof record {claim.name}`")
        found = {prefix: record for prefix, record in records.items() if record is not None}
        blocks = {prefix: blocks_of(record) for prefix, record in found.items()}
    except RecordError as error:
        trial.fail(str(error))
        return trial.verdict()
    draws = min(block.draws for block in blocks.values())
    look = min(looks_for(draws), claim.n_looks) - 1
    trial.look(blocks, look, math.fsum(record["seconds"] for record in found.values()))
    return trial.verdict()
