"""Results for machines: the JSON contract (results.schema.json beside this file) and JUnit XML."""

from __future__ import annotations

import importlib.metadata
import json
import math
import platform
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.measured import data_of
from compare.registry import LoadError
from compare.verdict import Verdict

SCHEMA = 1
SCHEMA_FILE = Path(__file__).with_name("results.schema.json")
PART_FIELDS = ("name", "side", "gap", "stderr", "allowance", "margin", "reach", "share", "strict", "outcome")
PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "torch", "python-flint")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the figures, without importing them."""
    found = {"python": platform.python_version()}
    for package in ("scaleproof", *PACKAGES):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def commit() -> str:
    """Commit of the source tree, with ``+`` when it has uncommitted changes; empty outside a checkout."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        try:
            done = subprocess.run(["git", "-C", str(here), *words], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return ""
        return done.stdout.strip()

    name = git("rev-parse", "--short=12", "HEAD")
    return name + "+" if name and git("status", "--porcelain", "--", "theory", "sim", "compare") else name


def exit_status(verdicts: Sequence[Verdict], errors: Sequence[LoadError]) -> int:
    """2 any error; else 1 an unexpected verdict or a rival not rejected; else 3 an unexpected inconclusive; else 0."""
    outcomes = [verdict.outcome for verdict in verdicts]
    if errors or "error" in outcomes:
        return 2
    surprising = [v for v in verdicts if not v.as_expected]
    if any(v.outcome != "inconclusive" for v in surprising):
        return 1
    if any(not v.sound for v in verdicts if v.as_expected):
        return 1
    return 3 if surprising else 0


def summary(verdicts: Sequence[Verdict], info: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of the suite and how it was run."""
    count = {name: sum(v.outcome == name for v in verdicts) for name in ("agrees", "disagrees", "inconclusive")}
    return {
        "claims": len(verdicts),
        "agree": count["agrees"],
        "disagree": count["disagrees"],
        "inconclusive": count["inconclusive"],
        "error": sum(v.outcome == "error" for v in verdicts),
        "as_expected": sum(v.as_expected for v in verdicts),
        "rivals": sum(v.n_rivals for v in verdicts),
        "rivals_rejected": sum(v.rivals_rejected for v in verdicts),
        "tests": sum(v.claim.size for v in verdicts),
        **{key: info[key] for key in ("seconds", "tier", "device", "seed", "versions", "commit")},
        "units_per_worker": info.get("units_per_worker", {}),
        "experiments": info.get("experiments", []),
    }


def document(verdicts: Sequence[Verdict], errors: Sequence[LoadError], info: Mapping[str, Any]) -> dict[str, Any]:
    """The whole JSON document; numbers that are not finite become null."""
    found = {
        "schema": SCHEMA,
        "suite": summary(verdicts, info),
        "claims": [_claim(verdict) for verdict in verdicts],
        "errors": [{"file": error.file, "message": error.message} for error in errors],
    }
    return _finite(found)  # type: ignore[no-any-return]


def _claim(verdict: Verdict) -> dict[str, Any]:
    claim, law = verdict.claim, verdict.law
    return {
        "name": claim.name,
        "model": claim.model,
        "statement": claim.statement,
        "source": claim.source,
        "formula_from": claim.formula_from,
        "quantity": claim.kind,
        "tier": claim.tier,
        "outcome": verdict.outcome,
        "expect": claim.expect,
        "reason": verdict.reason,
        "advice": verdict.advice,
        "parts": [{key: getattr(part, key) for key in PART_FIELDS} for part in verdict.parts],
        "draws": verdict.draws,
        "cap": claim.cap,
        "looks": verdict.looks,
        "seconds": verdict.seconds,
        "data": [] if verdict.outcome == "error" else [data.provenance() for data in data_of(claim).values()],
        "experiments": [experiment.key for experiment in claim.experiments.values()],
        "asymptote": law and {"outcome": law.outcome, "law": law.law, "deviation": law.deviation, "bound": law.bound},
        "rivals": [
            {"name": r.name, "outcome": r.outcome, "distance": r.distance, "draws": r.draws} for r in verdict.rivals
        ],
        "points": [
            {
                "at": {"column": point.column, **point.at},
                "predicted": point.predicted,
                "allowance": point.allowance,
                "measured": point.measured,
                "stderr": point.stderr,
            }
            for point in verdict.points
        ],
    }


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """Write the document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _printable(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "?", text)


def write_junit(verdicts: Sequence[Verdict], errors: Sequence[LoadError], path: Path) -> None:
    """One test case per claim: failure for an unexpected outcome or a rival left, error for an error."""
    suite = ET.Element("testsuite", name="scaleproof", tests=str(len(verdicts) + len(errors)))
    for verdict in verdicts:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=verdict.claim.model,
            name=verdict.claim.name,
            time=f"{verdict.seconds:.3f}",
        )
        if verdict.outcome == "error":
            ET.SubElement(case, "error", message=_printable(verdict.reason))
        elif not verdict.sound:
            left = [rival.name for rival in verdict.rivals if rival.outcome != "disagrees"]
            text = f"{verdict.outcome}, expected {verdict.claim.expect}; {verdict.reason}"
            text += f"; advice: {verdict.advice}" if verdict.advice else ""
            text += f"; not rejected: {', '.join(left)}" if left else ""
            ET.SubElement(case, "failure", message=_printable(text))
    for error in errors:
        case = ET.SubElement(suite, "testcase", classname="file", name=error.file)
        ET.SubElement(case, "error", message=_printable(error.message))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.indent(suite)
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
