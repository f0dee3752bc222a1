"""The command line as it explains itself: examples of every verb, near words for a misspelt one, how to go on."""

from __future__ import annotations

import argparse
import difflib
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from compare.registry import LoadError

EXAMPLES = {
    "list": ("scaleproof list --short", "scaleproof list 'dense_*' --tier smoke", "scaleproof list my_claim.py"),
    "show": ("scaleproof show 'dense_peak_location[n_samples=16]'", "scaleproof show my_claim.py"),
    "check": (
        "scaleproof check",
        "scaleproof check dense_peak --workers 2",
        "scaleproof check my_claim.py --seed fresh --html page.html",
        "scaleproof check --recorded",
    ),
    "record": ("scaleproof record 'dense_*' --workers 2", "scaleproof record my_claim.py --records my_records"),
    "report": ("scaleproof report", "scaleproof report --site pages"),
    "calibrate": ("scaleproof calibrate judge --size quick", "scaleproof calibrate --size full --workers 2"),
    "store": ("scaleproof store info", "scaleproof store export draws.csv --experiment 'random_features.*'"),
    "parametric": ("scaleproof parametric docs/parametric/runs.csv",),
    "plan": ("scaleproof plan --compute 1e8",),
    "new": ("scaleproof new my_claim", "scaleproof new my_claim claims"),
}
"""Command lines by verb."""
EXIT_STATUSES = (
    "0 all as expected and all rivals rejected",
    "1 an unexpected verdict or a rival not rejected",
    "2 wrong usage or an error",
    "3 an unexpected inconclusive",
)
"""Exit statuses of ``check`` and ``record``."""


JUDGING = ("check", "record")
"""Verbs whose exit status is a judgement."""


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest word where one of a few was misspelt."""

    def error(self, message: str) -> NoReturn:
        """End with the message, and with what may have been meant."""
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        near = difflib.get_close_matches(wrong[1], re.findall(r"[\w-]+", wrong[2]), 1) if wrong else []
        super().error(f"{message}; did you mean {near[0]!r}?" if near else message)


def explain(verbs: Mapping[str, argparse.ArgumentParser]) -> None:
    """Put the examples of every verb below its options."""
    for name, verb in verbs.items():
        if name in EXAMPLES and not verb.epilog:
            statuses = ("", "exit status:", *(f"  {line}" for line in EXIT_STATUSES)) if name in JUDGING else ()
            verb.epilog = "\n".join(("examples:", *(f"  {line}" for line in EXAMPLES[name]), *statuses))
            verb.formatter_class = argparse.RawDescriptionHelpFormatter


def interrupted(options: argparse.Namespace, words: Sequence[str] | None) -> str:
    """What an interrupted command leaves behind, and the command line that goes on from there.

    A seed that was drawn is written out: with another one, nothing that was kept would be found.
    """
    told = list(sys.argv[1:] if words is None else words)
    if options.verb not in JUDGING or getattr(options, "recorded", False):
        return f"interrupted; nothing was written\nrepeat it with: {shlex.join(['scaleproof', *told])}"
    for place, word in enumerate(told):
        if word.startswith("--se") and word.endswith("=fresh"):
            told[place] = f"--seed={options.seed}"
        elif word == "fresh" and told[place - 1].startswith("--se"):
            told[place] = str(options.seed)
    kept = "nothing was kept, as asked by --store none"
    if options.store != Path("none"):
        kept = f"finished units are in {options.store}"
    again = "repeat it" if options.store == Path("none") else "go on"
    return f"interrupted; no report was written, {kept}\n{again} with: {shlex.join(['scaleproof', *told])}"


def worth_seeing(details: str) -> bool:
    """Whether a traceback tells more than the sentence: not for a ClaimError, which says what to do."""
    return bool(details) and not re.search(r"^compare\.claim\.ClaimError: ", details, re.MULTILINE)


def print_tracebacks(tracebacks: Sequence[str], errors: Sequence[LoadError], debug: bool) -> None:
    """With --debug the tracebacks of claims; without it the hint, where any traceback is worth seeing."""
    if debug:
        print("".join(tracebacks), file=sys.stderr, end="")
    elif any(map(worth_seeing, [*tracebacks, *(error.details for error in errors)])):
        print("pass --debug to see where it went wrong", file=sys.stderr)
