"""The verbs of the command line."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.claim import Claim
from compare.decision_verb import plan
from compare.examples import print_tracebacks
from compare.parametric_verb import parametric
from compare.registry import LoadError, chosen, shortest, suite, within_tier
from compare.run import ROOT_SEED
from compare.shelf import Shelf, open_store
from compare.site.verb import asked, folders, pages
from compare.skeleton import new
from compare.store_verbs import store
from compare.usage import UsageError, check_writable, root_seed
from compare.verdict import Verdict


def locate_records(options: argparse.Namespace) -> None:
    """Put the folder of records in its place where none was named; UsageError where the verb needs one in vain."""
    from compare import records

    if getattr(options, "records", ".") is not None:
        return
    found = records.found_folder()
    if found is None and (getattr(options, "recorded", False) or not getattr(options, "quick", True)):
        raise UsageError(f"no {records.FOLDER} here; run in the repository or pass --records FOLDER")
    options.records = found or records.FOLDER


def print_errors(errors: Sequence[LoadError], debug: bool) -> None:
    """One sentence per file that could not be used."""
    for error in errors:
        print(f"error: {shortest(error.file)}: {error.message}", file=sys.stderr)
        if debug and error.details:
            print(error.details, file=sys.stderr)


def run_claims(options: argparse.Namespace, claims: list[Claim]) -> tuple[Any, list[Verdict], dict[str, Any]]:
    """Simulate and judge; returns the run, the verdicts and what is known of the run."""
    from compare import terminal, workers
    from compare.results import commit, versions
    from compare.run import Run

    root, oracle = root_seed(options.seed), getattr(options, "oracle", False)
    options.seed = str(root)  # an interrupted run with a fresh seed says which it was
    try:
        number = options.workers if options.workers is not None else workers.usable_cores()
        crew = workers.workers(number, options.scheduler)
        device, machine = crew.settle(options.device)
    except ValueError as error:
        raise UsageError(str(error)) from None
    with crew, open_store(options.store) as opened, terminal.progress(options.quiet) as progress:
        shelf = Shelf(opened, root=root, machine=machine, oracle=oracle)
        run = Run(claims, crew, root=root, device=device, oracle=oracle, shelf=shelf, progress=progress)
        verdicts = run.execute()
    info = {
        "tracebacks": [trial.details for trial in run.trials],
        "seconds": run.seconds,
        "tier": options.tier or "standard",
        "device": device,
        "seed": root,
        "versions": versions(),
        "commit": commit(),
        "units_per_worker": dict(crew.units_per_worker),
        "chunks_stored_before": shelf.chunks_found,
        "experiments": run.costs(),
    }
    return run, verdicts, info


def recorded(
    claims: list[Claim], folder: Path, tier: str, store: Path, files: Mapping[str, Path] | None = None
) -> tuple[list[Verdict], dict[str, Any]]:
    """Judge recorded evidence; what the store knows of today's theory is not worked out again.

    ``files`` has the file of each claim that the suite does not have.
    """
    from compare import records
    from compare.results import commit, versions

    start = time.perf_counter()
    with open_store(store) as opened:
        asked = {claim.name: shortest(str((files or {}).get(claim.name, claim.name))) for claim in claims}
        trials = [records.trial(claim, folder, Shelf(opened), asked[claim.name]) for claim in claims]
        verdicts = [trial.verdict() for trial in trials]
    seconds = time.perf_counter() - start
    info = {"tier": tier, "device": "recorded", "seed": ROOT_SEED, "versions": versions(), "commit": commit()}
    return verdicts, info | {"seconds": seconds, "tracebacks": [trial.details for trial in trials]}


def check(options: argparse.Namespace) -> int:
    """Put claims on trial, print, write, and return the exit status."""
    from compare import results, terminal

    start = time.perf_counter()
    check_writable(options.json, options.junit, options.html, *asked(options))
    picked = chosen(options.claims, options.tier or "standard")
    claims, errors = picked.claims, picked.errors
    print_errors(errors, options.debug)
    if options.recorded and (options.oracle or options.workers or options.device or options.seed != str(ROOT_SEED)):
        raise UsageError("--recorded simulates nothing; drop --seed, --workers, --device and --oracle")
    if options.recorded:
        verdicts, info = recorded(claims, options.records, options.tier or "standard", options.store, picked.files)
    else:
        _, verdicts, info = run_claims(options, claims)
    info["files"] = {name: shortest(str(file)) for name, file in picked.files.items()}
    document = results.document(verdicts, errors, info)
    wrote = write_results(options, verdicts, errors, info, document)
    screen = terminal.console()
    if not options.quiet:
        terminal.print_verdicts(verdicts, screen)
    if len(info.get("units_per_worker", {})) > 1 and options.debug:
        share = ", ".join(f"{worker}: {n}" for worker, n in sorted(info["units_per_worker"].items()))
        screen.print(f"units per worker: {share}", markup=False)
    whole = {**info, "seconds": time.perf_counter() - start}
    if options.recorded and not options.claims and not options.tier and len(suite().claims) > len(claims):
        whole["scope"] = f"tier standard; --tier full for all {len(suite().claims)}"
    screen.print(terminal.closing_line(verdicts, errors, whole), markup=False, soft_wrap=True)
    print_tracebacks(info["tracebacks"], errors, options.debug)
    status = results.exit_status(verdicts, errors)
    return status if wrote else 2


def write_results(
    options: argparse.Namespace,
    verdicts: Sequence[Verdict],
    errors: Sequence[LoadError],
    info: Mapping[str, Any],
    document: Mapping[str, Any],
) -> bool:
    """Write the files asked for, each on its own; a full disk costs that file only."""
    from compare import results
    from compare.calibration.site import write_beside
    from compare.papers.pages import write_beside as write_papers

    def page_at(path: Path) -> None:
        from compare.figure_shelf import recalled_figure
        from compare.report import write_html

        with open_store(options.store, again=True) as opened:
            shelf = Shelf(opened)
            calibration, all_well = write_beside(path, options.records, shelf)
            papers, all_papers = write_papers(verdicts, path)
            page = {**info, "errors": document["errors"], "calibration": calibration, "papers": papers}
            write_html(verdicts, page, path, lambda verdict: recalled_figure(verdict, shelf))
            failed.append(not (all_well and all_papers))

    failed: list[bool] = []
    writers: list[tuple[Path | None, Callable[[Path], None]]] = [
        (options.json, lambda path: results.write_json(document, path)),
        (options.junit, lambda path: results.write_junit(verdicts, errors, path)),
        (options.html, page_at),
        *folders(options, verdicts, info, document["errors"], failed),
    ]
    for path, write in writers:
        try:
            if path is not None:
                write(path)
        except OSError as error:
            reason = error.strerror or error
            print(f"error: cannot write {path} ({reason}); free space or choose another file", file=sys.stderr)
            failed.append(True)
    return not any(failed)


def record(options: argparse.Namespace) -> int:
    """Simulate and write one record per experiment."""
    from compare import records, results, terminal

    start = time.perf_counter()
    check_writable(options.records / "probe.json")
    picked = chosen(options.claims, options.tier or "full")
    claims, errors = picked.claims, picked.errors
    print_errors(errors, options.debug)
    others = records.sharing(claims, [*suite().claims, *picked.left_out])
    if others:
        print(f"recorded too, since they share an experiment: {', '.join(claim.name for claim in others)}")
    run, verdicts, info = run_claims(options, [*claims, *others])
    provenance = {key: info[key] for key in ("device", "versions", "commit")}
    columns, keys = records.columns_used([*claims, *others]), records.experiment_keys(claims)
    wrote = True
    for key, evidence in run.evidence.items():
        if evidence.chunks and key in columns and key in keys:
            try:
                print(records.write(evidence, columns[key], options.records, info["seed"], provenance))
            except OSError as error:
                print(f"error: cannot write the record of {key} ({error.strerror or error})", file=sys.stderr)
                wrote = False
    if not options.quiet:
        terminal.print_verdicts(verdicts, terminal.console())
    print(terminal.closing_line(verdicts, errors, {**info, "seconds": time.perf_counter() - start}))
    print_tracebacks(info["tracebacks"], errors, options.debug)
    return results.exit_status(verdicts, errors) if wrote else 2


def report(options: argparse.Namespace) -> int:
    """Write the pages from recorded evidence: those asked for, without any wish the two pages of all verdicts."""
    from compare import results

    if not any(options.records.glob("*.json")):
        raise UsageError(
            f"there are no records in {options.records}; pass --records FOLDER, or run `scaleproof record`"
        )
    check_writable(options.html, options.markdown, *asked(options))
    found = suite()
    print_errors(found.errors, options.debug)
    claims = within_tier(found.claims, options.tier or "full")
    verdicts, info = recorded(claims, options.records, options.tier or "full", options.store)
    good = pages(options, verdicts, info, found.errors)
    return results.exit_status(verdicts, found.errors) if good else 2


def show(options: argparse.Namespace) -> int:
    """Print everything that the claims declare, and their recorded cost."""
    from compare import cost, terminal

    found = chosen(options.claims, "full")
    print_errors(found.errors, options.debug)
    for claim in found.claims:
        terminal.print_claim(claim, cost.recorded(claim, options.records), terminal.console())
    return 2 if found.errors else 0


def listing(options: argparse.Namespace) -> int:
    """Print names and tiers; unless --short, quantities and statements too."""
    from compare import terminal

    found = chosen(options.claims, options.tier or "full")
    print_errors(found.errors, options.debug)
    terminal.print_list(found.claims, terminal.console(), short=options.short)
    return 2 if found.errors else 0


def calibrate(options: argparse.Namespace) -> int:
    """Put the judge itself on trial and write its error rates."""
    from compare import terminal
    from compare.calibration.parts import calibrated

    with terminal.progress(quiet=False) as progress:
        paths = calibrated(options.parts, options.size, options.into, workers=options.workers, progress=progress)
    print(f"wrote {', '.join(map(str, paths))}")
    return 0


VERBS = {
    "list": listing,
    "show": show,
    "check": check,
    "record": record,
    "report": report,
    "calibrate": calibrate,
    "new": new,
    "store": store,
    "parametric": parametric,
    "plan": plan,
}
