"""The command ``scaleproof``, the same as ``python -m compare``."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from compare import decision_verb, parametric_verb
from compare.claim import TIERS, ClaimError
from compare.decision_verb import RECORDS_HELP
from compare.examples import EXIT_STATUSES, Parser, explain, interrupted
from compare.records import FOLDER
from compare.run import ROOT_SEED, SuiteTooLargeError
from compare.usage import UsageError
from compare.verbs import VERBS, locate_records

LOCAL = Path("reports") / "local"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = Parser(
        prog="scaleproof",
        description="Puts scaling-law theories on trial: prediction against independent simulation.",
        epilog=f"exit status of check: {'; '.join(EXIT_STATUSES)}",
    )
    top.add_argument("--debug", action="store_true", help="show tracebacks")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    making = verbs.add_parser("new", help="write the skeleton of a claim file")
    listing = verbs.add_parser("list", help="names and statements of all claims")
    showing = verbs.add_parser("show", help="everything a claim declares")
    checking = verbs.add_parser("check", help="put claims on trial")
    recording = verbs.add_parser("record", help="simulate and record evidence under reports/reference")
    reporting = verbs.add_parser("report", help="write the pages from recorded evidence")
    calibrating = verbs.add_parser("calibrate", help="measure the judge's own error rates")
    storing = verbs.add_parser("store", help="what the store of finished units holds; its draws as CSV")
    fitting = verbs.add_parser("parametric", help="fit E + A/N^a + B/D^b to a table of runs, with its frontier")
    planning = verbs.add_parser("plan", help="how N and D scale with a budget under the laws on trial")

    for verb in (listing, showing, checking, recording):
        verb.add_argument("claims", nargs="*", metavar="NAME|PATTERN|FILE.py[::NAME]", help="default: the whole suite")
    listing.add_argument("--short", action="store_true", help="names and tiers only")
    for verb in (listing, checking, recording, reporting):
        verb.add_argument("--tier", choices=TIERS, help="claims up to this tier (default: standard; list: full)")
    for verb in (checking, recording):
        verb.add_argument("--workers", type=int, metavar="N", help="processes (default: one per core)")
        verb.add_argument("--scheduler", metavar="ADDRESS", help="an existing Dask scheduler, in place of --workers")
        verb.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
        verb.add_argument("--seed", default=str(ROOT_SEED), metavar="N|fresh", help="root seed of all randomness")
        verb.add_argument("--quiet", action="store_true", help="no progress, no table: the closing line alone")
    for verb in (checking, recording, reporting, storing):
        verb.add_argument(
            "--store",
            type=Path,
            metavar="FILE|none",
            default=os.environ.get("SCALEPROOF_STORE", LOCAL / "store.sqlite"),
            help="where finished units are kept (default: the variable SCALEPROOF_STORE, else reports/local)",
        )
    storing.add_argument("action", choices=("info", "export"))
    storing.add_argument("file", nargs="?", type=Path, metavar="FILE.csv", help="export: default standard output")
    storing.add_argument("--experiment", default="*", metavar="PATTERN", help="export: experiments by name")
    checking.add_argument("--recorded", action="store_true", help="judge recorded evidence, simulate nothing")
    checking.add_argument("--oracle", action="store_true", help="simulate by brute force")
    checking.add_argument("--json", type=Path, metavar="FILE", help="results for machines")
    checking.add_argument("--junit", type=Path, metavar="FILE", help="results as JUnit XML")
    checking.add_argument("--html", type=Path, metavar="FILE", help="results as one self-contained page")
    reporting.add_argument("--html", type=Path, metavar="FILE", help="one page (default: reports/local/recorded.html)")
    reporting.add_argument("--markdown", type=Path, metavar="FILE", help="page to commit (default: reports/README.md)")
    for verb in (checking, reporting):
        verb.add_argument("--site", type=Path, metavar="FOLDER", help="results as a site, one page per claim")
        verb.add_argument("--figures", type=Path, metavar="FOLDER", help="the figure of every claim as PDF and SVG")
    for verb in (showing, checking):
        verb.add_argument("--records", type=Path, metavar="FOLDER", help=RECORDS_HELP)
    for verb in (recording, reporting):
        verb.add_argument("--records", type=Path, metavar="FOLDER", default=FOLDER, help=f"default: {FOLDER}")
    calibrating.add_argument("parts", nargs="*", metavar="judge|matrix|seeds", help="default: all three")
    calibrating.add_argument("--size", choices=("quick", "full"), default="quick", help="minutes, or a quarter hour")
    calibrating.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default: 1)")
    calibrating.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        default=LOCAL / "calibration",
        help="default: reports/local/calibration; the committed results are in reports/calibration",
    )
    parametric_verb.arguments(fitting)
    decision_verb.arguments(planning)
    making.add_argument("name", help="name of the claim and of the file, or a path to it")
    making.add_argument("path", nargs="?", type=Path, metavar="PATH", help="folder to write into (default: this one)")
    making.add_argument("--here", action="store_true", help="write into this folder, the default")
    for verb in verbs.choices.values():
        verb.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    explain(verbs.choices)
    return top


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Options of a command line on which names of claims may also follow options."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    unknown = [word for word in rest if word.startswith("-") or "claims" not in options]
    if unknown:
        top.error(f"unrecognized arguments: {' '.join(unknown)}")
    if rest:
        options.claims = [*options.claims, *rest]
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the return value is the exit status."""
    options = parsed(arguments)
    try:
        locate_records(options)
        status = VERBS[options.verb](options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read the output has seen enough: scaleproof list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (UsageError, ClaimError, SuiteTooLargeError, ValueError, OSError) as error:
        if options.debug:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted(options, arguments), file=sys.stderr)
        return 130
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        print(f"error: a fault of scaleproof itself, {type(error).__name__}: {error}; see --debug", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())


__all__ = ["main", "parser"]
