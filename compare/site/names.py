"""Names of files: readable, safe on every system and in every address, and one for each claim."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 100


def file_names(names: Iterable[str], suffix: str = ".html") -> dict[str, str]:
    """File name of every claim: ``dense_peak[decay=1,tail=0.5]`` is ``dense_peak-decay-1-tail-0.5.html``.

    Two names that would give one file, on a system that ignores case too, are told apart by a number.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        base = re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-._")[:LONGEST] or "claim"
        stem, number = base, 1
        while stem in taken:
            number += 1
            stem = f"{base}--{number}"
        taken.add(stem)
        found[name] = stem + suffix
    return found
