"""The recorded benchmarks of the engine, read for their page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FIELDS = ("name", "baseline", "candidate", "ratio", "goal", "met", "equality", "percent_of_dgemm", "note")


class BenchmarkError(ValueError):
    """A record of benchmarks that cannot be used; the message says which and what to do."""


def tiers(file: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """Name of every tier with its rows and its machine; none where there is no record. Raises BenchmarkError."""
    if not file.exists():
        return []
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return [
            (
                name,
                {
                    "rows": [{field: row[field] for field in FIELDS} for row in tier["groups"]],
                    "machine": _machine(tier),
                },
            )
            for name, tier in document.items()
        ]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BenchmarkError(
            f"{file} is damaged ({type(error).__name__}: {error}); restore it or run `make bench`"
        ) from None


def _machine(tier: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was measured and on what, in a few words each."""
    machine = tier["machine"]
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    return [
        ("measured", tier["timer"]), ("processor", machine["processor"]), ("Python", machine["python"]),
        ("versions", versions), ("libraries", ", ".join(machine["libraries"])),
    ]  # fmt: skip
