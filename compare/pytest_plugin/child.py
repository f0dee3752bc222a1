"""The process beside pytest: it loads claim files and puts claims on trial. Run as a program, never imported.

Every line of its standard input is a question, every line of its standard output the answer, both JSON. Whatever
else is printed goes to standard error.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

OWN = {"compare": "registry.py", "sim": "streams.py", "theory": "prediction.py"}
"""A file by which each package of Scaleproof is known."""


def stranger() -> str:
    """One sentence if Python finds another package first under a name of Scaleproof's; else empty."""
    for name, known in OWN.items():
        spec = importlib.util.find_spec(name)
        if spec is None:
            return f"the package {name!r} of Scaleproof is not found; install scaleproof for {sys.executable}"
        folders = list(spec.submodule_search_locations or ())
        if not any(Path(folder, known).is_file() for folder in folders):
            where = spec.origin or ", ".join(folders)
            return (
                f"Python finds another {name!r} before Scaleproof's: {where}; take its folder off PYTHONPATH, "
                "or rename it"
            )
    return ""


def claims_of(file: str) -> list[Any]:
    """The claims of a file. Raises ValueError with one sentence where it cannot be used."""
    from compare.registry import from_files

    path = Path(file).resolve()
    for name, module in list(sys.modules.items()):  # two folders may have files of one name
        if name.startswith("claim_files.") and getattr(module, "__file__", "") != str(path):
            del sys.modules[name]
    found = from_files([path])
    for error in found.errors:
        print(error.details, file=sys.stderr)
        raise ValueError(f"{path.name}: {error.message}")
    return found.claims


def collect(file: str) -> dict[str, Any]:
    """Name and tier of every claim of a file."""
    return {"claims": [{"name": claim.name, "tier": claim.tier} for claim in claims_of(file)]}


def check(file: str, name: str, seed: str, device: str | None, store: str, debug: bool) -> dict[str, Any]:
    """Whether a claim is sound, the sentence about it, and the facts of its trial as strings."""
    from compare.report import sentence
    from compare.results import versions
    from compare.rule import SUITE_PARTS
    from compare.verbs import run_claims

    (claim,) = [claim for claim in claims_of(file) if claim.name == name]
    options = argparse.Namespace(seed=seed, device=device, store=Path(store), quiet=True, debug=debug, tier=claim.tier)
    options.workers, options.scheduler = 1, None
    _, (verdict,), info = run_claims(options, [claim])
    facts = {
        "claim": claim.name,
        "outcome": verdict.outcome,
        "expected": claim.expect,
        "draws": str(verdict.draws),
        "rivals_rejected": f"{verdict.rivals_rejected} of {verdict.n_rivals}",
        "parts": str(claim.size),
        "most_parts": str(SUITE_PARTS),
        "seed": str(info["seed"]),
        "device": str(info["device"]),
        "scaleproof": versions()["scaleproof"],
    }
    return {"sound": verdict.sound, "sentence": sentence(verdict), "facts": facts}


def answer(question: dict[str, Any], strange: str) -> dict[str, Any]:
    """The answer to a question, or its ``error``; none ends the process."""
    from traceback import print_exc

    if strange:
        return {"error": strange}
    try:
        return {"collect": collect, "check": check}[question.pop("ask")](**question)  # type: ignore[operator, no-any-return]
    except (Exception, SystemExit) as error:
        if not isinstance(error, ValueError):
            print_exc()
        plain = isinstance(error, ValueError | OSError) or type(error).__name__ == "UsageError"
        return {"error": str(error) if plain else f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answer until there are no more questions."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    strange = stranger()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), strange)), file=answers, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C reaches every process of a terminal
        sys.exit(130)
