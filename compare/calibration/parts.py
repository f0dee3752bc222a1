"""The parts of the calibration, their files, and the page composed of those that exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.calibration import fresh_seeds, judge, kill_matrix, kill_report, page
from compare.calibration.findings import findings, not_shown
from compare.usage import UsageError, check_writable

PARTS = ("judge", "matrix", "seeds")
SIZES = ("quick", "full")
N_SEEDS = {"quick": 1, "full": 12}
"""Root seeds of the part `seeds`; twelve are 408 claim-runs of the suite of 34 simulated claims."""
FILES: Mapping[str, str] = {"judge": "judge.json", "matrix": "kill_matrix.json", "seeds": "fresh_seeds.json"}
PAGES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "judge": page.markdown,
    "matrix": kill_report.markdown,
    "seeds": fresh_seeds.markdown,
}
README = "README.md"
Progress = Callable[[str, int, int], None]


def calibrated(parts: Sequence[str], size: str, into: Path, *, workers: int = 1, progress: Progress) -> list[Path]:
    """Measure the parts asked for (none: all), write their files into a folder, and return the paths written."""
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise UsageError(f"the parts of the calibration are {', '.join(PARTS)}; got {unknown[0]!r}")
    if workers < 1:
        raise UsageError(f"--workers must be at least 1, got {workers}")
    wanted = [part for part in PARTS if part in parts or not parts]
    check_writable(*(into / FILES[part] for part in wanted), into / README)
    for part in wanted:
        file = into / FILES[part]
        if part == "judge":
            write(completed(judge.measure(progress, size=size, workers=workers), size), file)
        elif part == "matrix":
            kill_matrix.measure(progress=progress, into=file)
        else:
            fresh_seeds.measure(N_SEEDS[size], workers=workers, progress=progress, into=file)
    (into / README).write_text(composed(into), encoding="utf-8")
    return [*(into / FILES[part] for part in wanted), into / README]


def completed(document: Mapping[str, Any], size: str) -> dict[str, Any]:
    """A document of the judge with its command, findings and what was not shown."""
    command = f"scaleproof calibrate judge --size {size}"
    return {**document, "command": command, "findings": findings(document), "not_shown": not_shown(document)}


def write(document: Mapping[str, Any], path: Path) -> None:
    """Write JSON with one line per small object, so that a change can be read."""
    path.write_text(lined(document) + "\n", encoding="utf-8")


def lined(value: Any, indent: int = 0) -> str:
    """JSON whose objects and lists are broken only where one line would pass 200 characters."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= 200 or not isinstance(value, dict | list):
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        inner = [f"{pad}{json.dumps(key)}: {lined(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + lined(item, indent + 1) for item in value) + "\n" + " " * indent + "]"


def composed(folder: Path) -> str:
    """The page of all parts that a folder holds."""
    lines = [
        "# The judge on trial",
        "",
        "How often the judge is right on draws of known truth, which wrong theories the evidence kills, and how often "
        "true theories come out as they should on further seeds. Written by `scaleproof calibrate`; do not edit.",
        "",
    ]
    for part in PARTS:
        file = folder / FILES[part]
        if file.exists():
            lines.append(PAGES[part](json.loads(file.read_text(encoding="utf-8"))))
    return "\n".join(lines)
