"""The kill matrix in words: what is unseen and why, what must not be, JSON and Markdown."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare.calibration.cells import MISSED, OPEN, REJECTED, STATES, UNCHANGED, UNUSABLE, Cell
from compare.calibration.mutants import SWAPPED
from compare.calibration.planted import SYMMETRIC


def alarms(document: Mapping[str, Any]) -> list[str]:
    """What must not be: a visible error that no claim rejects, an unseen one that nobody has declared invisible."""
    found = []
    for row in document["planted"]:
        states = {name: state for name, (state, _) in row["claims"].items()}
        rejecting = [name for name, state in states.items() if state == REJECTED]
        blind = [name for name, state in states.items() if state == MISSED]
        if row["silent"] and rejecting:
            found.append(f"{row['error']}: declared invisible ({row['silent']}), but {rejecting[0]} rejects it")
        if not row["silent"] and not rejecting:
            found.append(f"{row['error']}: no claim rejects it" + (f"; {blind[0]} should" if blind else ""))
    for error, name, where, (state, distance) in _derived_cells(document):
        if state == MISSED:
            found.append(f"{name}: {error} {where}, {distance:.2g} margins away, should be rejected")
    return found


def _derived_cells(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Cell]]:
    for row in document["derived"]:
        for name, cells in row["claims"].items():
            for where, (state, distance) in cells.items():
                yield row["error"], name, where, (state, distance)


def unseen(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Errors that no claim rejects, each with the reason."""
    rows = [(row["error"], row["silent"], list(row["claims"].items())) for row in document["planted"]]
    for row in document["derived"]:
        cells = [(name, cell) for name, found in row["claims"].items() for cell in found.values()]
        rows.append((row["error"], SYMMETRIC if row["error"] == SWAPPED else "", cells))
    return [
        {"error": error, "reason": "; ".join(filter(None, [silent, _reason(cells)]))}
        for error, silent, cells in rows
        if not any(state == REJECTED for _, (state, _) in cells)
    ]


def _reason(cells: Sequence[tuple[str, Cell]]) -> str:
    judged = [(distance, state, name) for name, (state, distance) in cells if state not in (UNCHANGED, UNUSABLE)]
    if not judged:
        return "it changes no prediction"
    distance, _, name = max(judged)
    if any(state == OPEN for _, state, _ in judged):
        return f"within reach of a claim's cap, but not of the recorded draws; at most {distance:.2g} margins ({name})"
    return f"below the reach of every claim; at most {distance:.2g} margins ({name})"


def missed(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Single cells where a claim did not reject what its draws reject with 99 % power."""
    planted = [
        {"error": row["error"], "claim": name, "where": ""}
        for row in document["planted"]
        for name, (state, _) in row["claims"].items()
        if state == MISSED
    ]
    return planted + [
        {"error": error, "claim": name, "where": where}
        for error, name, where, (state, _) in _derived_cells(document)
        if state == MISSED
    ]


def text(document: Mapping[str, Any]) -> str:
    """JSON with one claim of one error per line."""

    def rows(table: Sequence[Mapping[str, Any]]) -> str:
        texts = []
        for row in table:
            head = json.dumps({k: v for k, v in row.items() if k != "claims"}, ensure_ascii=False)[:-1]
            claims = [
                f"   {json.dumps(n)}: {json.dumps(_finite(c), ensure_ascii=False)}" for n, c in row["claims"].items()
            ]
            texts.append(f'  {head}, "claims": {{\n' + ",\n".join(claims) + "\n  }}")
        return "[\n" + ",\n".join(texts) + "\n ]"

    tables = ("planted", "derived")
    rest = json.dumps({k: v for k, v in document.items() if k not in tables}, indent=1, ensure_ascii=False)
    return rest[:-2] + "".join(f',\n "{name}": {rows(document[name])}' for name in tables) + "\n}\n"


def _finite(cells: Any) -> Any:
    """Distances with four digits, null where there is none."""
    if isinstance(cells, Mapping):
        return {key: _finite(cell) for key, cell in cells.items()}
    state, distance = cells
    return [state, float(f"{distance:.4g}") if distance is not None and math.isfinite(distance) else None]


def markdown(document: Mapping[str, Any]) -> str:
    """One section: errors planted in theory against groups of claims, mutants by kind, and what nothing sees."""
    groups = list(dict.fromkeys(name.split("[")[0] for name in document["claims"]))
    seeing = [group for group in groups if any(_mark(row, group) not in ("", "·") for row in document["planted"])]
    numbers = {group: str(number) for number, group in enumerate(seeing, start=1)}
    lines = [
        "## Which errors which claims reject",
        "",
        "Deliberate errors, judged on the recorded draws as rivals are; those marked *law* are errors of a symbolic "
        "law, judged against the finite-size theory. ● every claim of the group that it reaches rejects it, ◐ some "
        "do, · the prediction changes by less than the reach, ! not rejected although these draws reject such a "
        "distance with 99 % power, × the claim ends in an error; empty: the prediction does not change. Groups that "
        "reject none of these are left out.",
        "",
        "| error | " + " | ".join(numbers.values()) + " |",
        "|---|" + ":-:|" * len(numbers),
        *(
            f"| {row['error']} | " + " | ".join(_mark(row, group) for group in numbers) + " |"
            for row in document["planted"]
        ),
        "",
        "; ".join(f"{number} `{group}`" for group, number in numbers.items()) + ".",
        "",
        "Mutants of each claim's own prediction, counted over claims and their sizes or parts. *Open*: a run to the "
        "claim's cap would reject it with 99 % power, the recorded draws, which end at the verdict, need not.",
        "",
        "| mutant | " + " | ".join(STATES) + " |",
        "|---|" + "---:|" * len(STATES),
    ]
    for row in document["derived"]:
        counts = Counter(state for cells in row["claims"].values() for state, _ in cells.values())
        lines.append(f"| {row['error']} | " + " | ".join(str(counts[state]) for state in STATES) + " |")
    lines += ["", "No claim rejects:", ""]
    lines += [f"- {row['error']}: {row['reason']}" for row in document["unseen"]]
    found = document["alarms"]
    lines += ["", "Alarms: " + ("none." if not found else ""), *(f"- {alarm}" for alarm in found)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _mark(row: Mapping[str, Any], group: str) -> str:
    """The sign of an error before a group of claims."""
    states = [state for name, (state, _) in row["claims"].items() if name.split("[")[0] == group]
    states = [state for state in states if state != UNCHANGED]
    if MISSED in states:
        return "!"
    if REJECTED in states:
        return "●" if set(states) == {REJECTED} else "◐"
    if states and set(states) == {UNUSABLE}:
        return "×"
    return "·" if states else ""
