"""Which errors of a theory which claims reject, judged on recorded evidence: nothing is simulated.

Two tables. *Planted* errors sit in the functions of theory/ and reach every claim through its own prediction, or
through its symbolic law; *derived* mutants are made from one claim's prediction (`mutants`). Mutants are judged as
rivals are, by `compare.trial.Trial`, on the same draws. A cell is one of STATES.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mpmath

from compare import records
from compare.asymptote import DIGITS, numbers
from compare.calibration.cells import UNCHANGED, Cell, given_means, on_draws, on_law, own_prediction, retried
from compare.calibration.fresh_seeds import remembered
from compare.calibration.kill_report import alarms, markdown, missed, text, unseen
from compare.calibration.mutants import RIVAL, Mutant, derived, percent
from compare.calibration.planted import ERRORS, Planted, forget
from compare.claim import Claim
from compare.registry import suite
from compare.run import Progress
from compare.trial import Trial

__all__ = ["FILE", "alarms", "markdown", "measure", "missed", "unseen"]

SCHEMA = 1
FILE = Path("reports") / "calibration" / "kill_matrix.json"

LAW_ERRORS = (-0.1, -0.05, -0.02, 0.02, 0.05, 0.1)


def measure(
    *,
    progress: Progress | None = None,
    into: Path | None = FILE,
    claims: Sequence[Claim] | None = None,
    errors: Sequence[Planted] = ERRORS,
    folder: Path = records.FOLDER,
) -> dict[str, Any]:
    """Both tables as JSON values: every planted error against every claim, every claim against its own mutants.

    Raises RecordError for a claim without a usable record.
    """
    told = progress or (lambda *_: None)
    tried = [remembered(claim) for claim in (suite().with_formula if claims is None else claims)]
    planned = len(errors) + 2 * len(tried)
    held: dict[str, Trial] = {}
    for claim in tried:
        told(f"predictions: {claim.name}", len(held), planned)
        if claim.experiments:
            held[claim.name] = retried(claim, {}, folder)
    touched = _touched(tried, errors, held)
    mutants: dict[str, list[Mutant]] = {claim.name: [] for claim in tried}
    laws: dict[str, dict[str, Any]] = {claim.name: {} for claim in tried}
    for done, error in enumerate(errors, start=len(tried)):
        told(f"planting: {error.name}", done, planned)
        with error.inside():
            for claim in tried:
                if not set(error.functions) & touched[claim.name]:
                    continue
                if error.link == "law" and claim.asymptote is not None:
                    laws[claim.name][error.name] = _once(_original(claim.asymptote.law))
                elif error.link == "draws" and claim.predict is not None:
                    mutants[claim.name].append(_faulty(claim, error))
    planted: dict[str, dict[str, Cell]] = {error.name: {} for error in errors}
    own: dict[str, dict[str, dict[str, Cell]]] = {}
    for done, claim in enumerate(tried, start=len(errors) + len(tried)):
        told(f"judging: {claim.name}", done, planned)
        for error in errors:
            if claim.experiments if error.link == "draws" else claim.asymptote:
                planted[error.name][claim.name] = (UNCHANGED, 0.0)
        found = _own_laws(claim)
        if claim.name in held:
            prediction = own_prediction(held[claim.name])
            found += on_draws(held[claim.name], mutants[claim.name] + derived(claim, prediction), folder)
        for mutant, cell in found:
            if mutant.where == PLANTED:
                planted[mutant.error][claim.name] = cell
            else:
                own.setdefault(mutant.error, {}).setdefault(claim.name, {})[mutant.where] = cell
        if claim.asymptote is not None:
            for name, cell in on_law(claim.asymptote, laws[claim.name]).items():
                planted[name][claim.name] = cell
    document = {
        "schema": SCHEMA,
        "claims": [claim.name for claim in tried],
        "planted": [{"error": e.name, "link": e.link, "silent": e.silent, "claims": planted[e.name]} for e in errors],
        "derived": [{"error": error, "claims": found} for error, found in own.items()],
    }
    document |= {"unseen": unseen(document), "missed": missed(document), "alarms": alarms(document)}
    if into is not None:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(text(document), encoding="utf-8")
    return document


PLANTED = "planted in theory"
"""Place of a mutant that sits in the functions of theory."""


def _original(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function behind a remembered one, which would not see an error."""
    return getattr(function, "__wrapped__", function)


def _faulty(claim: Claim, error: Planted) -> Mutant:
    """What a claim predicts while the error is planted; a conditional prediction plants it whenever it is asked."""
    assert claim.predict is not None
    predict = _original(claim.predict)
    if not claim.given:
        return Mutant(error.name, PLANTED, _once(predict))

    def committed(*given: Any) -> Any:
        with error.inside():
            return predict(*given)

    return Mutant(error.name, PLANTED, committed)


def _touched(claims: Sequence[Claim], errors: Sequence[Planted], held: Mapping[str, Trial]) -> dict[str, set[Any]]:
    """Functions, of those in which errors are planted, that each claim's prediction or law calls."""
    calls: set[Any] = set()
    found: dict[str, set[Any]] = {claim.name: set() for claim in claims}

    def noted(key: Any, right: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            calls.add(key)
            return right(*args, **more)

        return call

    keys = {key for error in errors for key in error.functions}
    with Planted("noted", {key: functools.partial(noted, key) for key in keys}).inside():
        for claim in claims:
            calls.clear()
            if claim.predict is not None:
                _original(claim.predict)(*given_means(held[claim.name]))
            if claim.asymptote is not None:
                forget()
                _original(claim.asymptote.law)()
            found[claim.name] = set(calls)
    return found


def _once(predict: Callable[[], Any]) -> Callable[[], Any]:
    """A prediction worked out now; an exception is kept for whoever asks."""
    try:
        found = predict()
    except Exception as error:
        return functools.partial(_raise, error)
    return lambda: found


def _raise(error: Exception) -> None:
    raise error


def _own_laws(claim: Claim) -> list[tuple[Mutant, Cell]]:
    """Each value of a symbolic law off by a relative error; rivals of a claim without draws."""
    if claim.asymptote is None:
        return []
    mutants = []
    with mpmath.workdps(DIGITS):
        values = numbers(claim.asymptote.law())
        for k in range(len(values)):
            for error in LAW_ERRORS:
                wrong = [value * (1 + mpmath.mpf(str(error))) if i == k else value for i, value in enumerate(values)]
                where = f"value {k + 1}" if len(values) > 1 else ""
                mutants.append(Mutant(f"law {percent(error)}", where, functools.partial(tuple, wrong)))
    if not claim.experiments:
        mutants += [Mutant(RIVAL, name, rival) for name, rival in claim.rivals.items()]
    cells = on_law(claim.asymptote, {mutant.name: mutant.predict for mutant in mutants})
    return [(mutant, cells[mutant.name]) for mutant in mutants]
