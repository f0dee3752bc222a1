"""The calibration of the judge as a page of the report, from the documents that `scaleproof calibrate` writes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from compare import report
from compare.calibration import fresh_seeds, judge, kill_matrix
from compare.calibration.cells import BELOW, MISSED, OPEN, REJECTED, STATES, UNCHANGED, UNUSABLE
from compare.calibration.findings import COVERAGE_HIGH, COVERAGE_LOW, FALSE_AGREEMENT, percent, share
from compare.calibration.page import HEAD, summary
from compare.calibration.parts import FILES, PARTS
from compare.calibration.tally import BINS, rate
from compare.formatting import plural
from compare.rule import AGREE_LEVEL
from compare.shelf import Shelf
from compare.source import module_hash

PAGE, OTHER = "calibration.html", "judge.html"
"""Name of the page; the other where the page of verdicts has that name itself."""
REPOSITORY = Path(__file__).parents[2]
SCHEMAS = {"judge": judge.SCHEMA, "matrix": kill_matrix.SCHEMA, "seeds": fresh_seeds.SCHEMA}
STATE_WORDS = {
    REJECTED: "rejects it",
    MISSED: "should, does not",
    OPEN: "would at its cap",
    BELOW: "below its reach",
    UNCHANGED: "predicts the same",
    UNUSABLE: "cannot be judged",
}
NAMED = 3
"""Groups of claims named as rejecting an error."""


class DocumentError(ValueError):
    """A document of the calibration that cannot be used; the message says which and what to do."""


def write_beside(html: Path, records: Path, shelf: Shelf | None = None) -> tuple[str, bool]:
    """Write the page next to a page of verdicts; returns its name, "" if there is none, and whether all went well.

    The documents are those beside the folder of records, else those of the package's repository. Without any there
    is no page. What cannot be read or written is told on standard error, and the rest is written. A page that a shelf
    holds is not drawn again.
    """
    shelf, folder = shelf or Shelf(), folder_of(records)
    name = PAGE if html.name.lower() != PAGE else OTHER
    key = f"page {identity(folder, html.name)}"
    known = shelf.known(key)
    sections, failures = found(folder) if known is None else ({}, [])
    if sections or known is not None:
        try:
            text = known.decode() if known is not None else rendered(sections, failures, html.name)
            report.write(html.with_name(name), text)
            if not failures:
                shelf.remember(key, text.encode())
            return name, not _told(failures)
        except OSError as error:
            reason = error.strerror or error
            failures.append(f"cannot write {html.with_name(name)} ({reason}); free space or choose another folder")
    return "", not _told(failures)


def _told(failures: Sequence[str]) -> bool:
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return bool(failures)


def identity(folder: Path, index: str) -> str:
    """Hash of all that the page is made from."""
    code = module_hash(__name__, without=frozenset({"theory", "sim"}))
    digest = hashlib.sha256(f"{index} {code} {importlib.metadata.version('matplotlib')}".encode())
    templates = sorted((Path(report.__file__).parent / "templates").iterdir())
    for file in (*templates, *(folder / FILES[part] for part in PARTS)):
        digest.update(file.read_bytes() if file.is_file() else b"none")
    return digest.hexdigest()


def folder_of(records: Path) -> Path:
    """Where the documents of the calibration are."""
    beside = records.parent / "calibration"
    held = any((beside / file).exists() for file in FILES.values())
    return beside if held else REPOSITORY / "reports" / "calibration"


def found(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What the page tells of every document in a folder, by part, and a sentence for each that cannot be used."""
    sections, failures = {}, []
    for part in PARTS:
        file = folder / FILES[part]
        if file.exists():
            try:
                sections[part] = section(part, file)
            except DocumentError as error:
                failures.append(str(error))
    return sections, failures


def section(part: str, file: Path) -> dict[str, Any]:
    """What the page tells of one document. Raises DocumentError for one that is damaged or of another schema."""
    remedy = f"repeat `scaleproof calibrate {part} --into {file.parent}`, or restore the file"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        schema = document["schema"]
        if schema == SCHEMAS[part]:
            return SECTIONS[part](document)
    except OSError as error:
        raise DocumentError(f"cannot read {file} ({error.strerror or error}); make it readable") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, StopIteration) as error:
        raise DocumentError(f"{file} is damaged ({type(error).__name__}: {error}); {remedy}") from error
    raise DocumentError(f"{file} has schema {schema!r}, needed is {SCHEMAS[part]}; {remedy}")


def rendered(sections: Mapping[str, Mapping[str, Any]], failures: Sequence[str], index: str) -> str:
    """The page; ``index`` is the address of the page of verdicts. The same documents give the same text."""
    return report.page("calibration.html").render(
        {part: sections.get(part) for part in PARTS}, failures=failures, index=index,
        short=[sentence for section in sections.values() for sentence in section["short"]],
    )  # fmt: skip


def grouped(number: int) -> str:
    """``39 200``: thousands apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}") if number >= 10_000 else str(number)


def limits_told(rate: Mapping[str, Any]) -> str:
    """``limits 0.6 % to 2.1 %``."""
    low, high = rate["limits"]
    return f"limits {percent(low)} to {percent(high)}"


def of_judge(document: Mapping[str, Any]) -> dict[str, Any]:
    """Sentences, figures and tables of the error rates on draws of known truth."""
    from compare.calibration import figures  # matplotlib takes a second to load

    kinds, findings = document["kinds"], list(document["findings"])
    span = figures.rank_span(document)
    return {
        "document": document,
        "short": [*judge_in_short(kinds), f"{_missed(len(findings))} what the judge promises (see the findings)."],
        "operating": Markup(figures.operating_curve(document)),
        "coverage": Markup(figures.coverage(document)),
        "agreement": Markup(figures.false_agreement(document)),
        "ranks": [(entry["kind"], Markup(figures.ranks(entry, span))) for entry in kinds],
        "band": (percent(COVERAGE_LOW.pooled), percent(COVERAGE_HIGH.pooled)),
        "allowed": percent(FALSE_AGREEMENT.pooled),
        "nominal": percent(AGREE_LEVEL),
        "bins": BINS,
        "head": HEAD,
        "rows": [(entry["kind"], summary(entry, entry["pooled"])) for entry in kinds],
        "beds": [
            {
                "kind": entry["kind"],
                "meaning": entry["meaning_of_offset"],
                "rows": [(bed["bed"], f"{bed['margin']:.3g}", summary(entry, bed)) for bed in entry["beds"]],
            }
            for entry in kinds
        ],
        "findings": findings,
        "not_shown": [*document["not_shown"]],
        "command": document["command"],
        "runs": grouped(max(entry["pooled"]["coverage"]["cap"]["runs"] for entry in kinds)),
    }


def _missed(number: int) -> str:
    return f"The limits of {plural(number, 'rate')} exclude" if number else "No limits of any rate exclude"


def judge_in_short(kinds: Sequence[Mapping[str, Any]]) -> list[str]:
    """False alarm, false agreement, rejection and coverage over all kinds, and in the worst of them."""
    alarm, _ = _over(kinds, 0, "disagrees", max)
    passed, worst_passed = _over(kinds, 1, "agrees", max)
    seen, worst_seen = _over(kinds, 2, "disagrees", min)
    covering = [(entry["kind"], entry["pooled"]["coverage"]["cap"]) for entry in kinds]
    covered = _sum(found for _, found in covering)
    (least, low), *_, (most, high) = sorted(covering, key=lambda pair: share(pair[1])) * 2
    return [
        f"A theory without error was called wrong in {grouped(alarm['count'])} of {grouped(alarm['runs'])} claims "
        f"(95 % limit {percent(alarm['limits'][1])}).",
        f"One wrong by exactly the margin passed in {percent(share(passed))} ({limits_told(passed)}); {worst_passed}.",
        f"One wrong by twice the margin was rejected in {percent(share(seen))} ({limits_told(seen)}); {worst_seen}.",
        f"The 95 % interval covered the truth in {percent(share(covered))} ({limits_told(covered)}), from "
        f"{percent(share(low))} ({least}) to {percent(share(high))} ({most}).",
    ]


def _over(
    kinds: Sequence[Mapping[str, Any]], far: float, outcome: str, worse: Callable[..., Any]
) -> tuple[dict[str, Any], str]:
    """Rate of an outcome at so many margins on the sides where a theory is wrong, and the kind where it is worst."""
    rates = [
        (entry["kind"], row[outcome])
        for entry in kinds
        for row in entry["pooled"]["offsets"]
        if row["offset"] in {far * side for side in entry["wrong_at"]}
    ]
    kind, found = worse(rates, key=lambda pair: share(pair[1]))
    return _sum(found for _, found in rates), f"worst: {kind}, one side, {percent(share(found))}"


def _sum(rates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    pairs = [(found["count"], found["runs"]) for found in rates]
    counts, runs = zip(*pairs, strict=True)
    return rate(sum(counts), sum(runs))


def of_matrix(document: Mapping[str, Any]) -> dict[str, Any]:
    """Sentences and tables of the errors that the recorded evidence rejects."""
    planted = [(row, list(row["claims"].items())) for row in document["planted"]]
    derived = [
        (row, [(name, cell) for name, cells in row["claims"].items() for cell in cells.values()])
        for row in document["derived"]
    ]
    rejected, unseen = sum(_rejected(cells) for _, cells in planted), document["unseen"]
    mutants, of = sum(_rejected(cells) for _, cells in derived), sum(len(cells) for _, cells in derived)
    single = sum(state == REJECTED for _, cells in derived for _, (state, _) in cells)
    alarms = document["alarms"]
    return {
        "short": [
            f"Of {plural(len(planted), 'error')} planted in the theory, {rejected} are rejected by at least one of "
            f"{len(document['claims'])} claims, and of {plural(len(derived), 'kind')} of mutants of the claims' own "
            f"predictions {mutants} ({grouped(single)} of {grouped(of)} single ones). What no claim can see, "
            f"{len(unseen)} of them, is listed with its reason; "
            f"{plural(len(alarms), 'visible error') if alarms else 'no visible error'} went unrejected."
        ],
        "head": [STATE_WORDS[state] for state in STATES],
        "planted": [(row["error"], *_counted(cells), _groups(cells)) for row, cells in planted],
        "derived": [(row["error"], *_counted(cells)) for row, cells in derived],
        "unseen": [(row["error"], row["reason"]) for row in unseen],
        "alarms": [*alarms],
        "claims": document["claims"],
    }


def _rejected(cells: Sequence[tuple[str, Any]]) -> bool:
    return any(state == REJECTED for _, (state, _) in cells)


def _counted(cells: Sequence[tuple[str, Any]]) -> list[int]:
    counts = Counter(state for _, (state, _) in cells)
    if set(counts) - set(STATES):
        raise ValueError(f"states are {', '.join(STATES)}; got {min(set(counts) - set(STATES))!r}")
    return [counts[state] for state in STATES]


def _groups(cells: Sequence[tuple[str, Any]]) -> str:
    """The first groups of claims that reject an error."""
    groups = list(dict.fromkeys(name.split("[")[0] for name, (state, _) in cells if state == REJECTED))
    more = f" and {len(groups) - NAMED} more" if len(groups) > NAMED else ""
    return (", ".join(groups[:NAMED]) or "no claim") + more


def of_seeds(document: Mapping[str, Any]) -> dict[str, Any]:
    """Sentence and tables of the suite on further root seeds."""
    totals = fresh_seeds.totals(document)
    runs, good = totals["claim-runs"], totals[fresh_seeds.AS_EXPECTED]
    met = "is met" if totals["requirement met"] else "is not met yet"
    kinds = {seed["seed"]: Counter(row["kind"] for row in seed["claims"].values()) for seed in document["seeds"]}
    return {
        "short": [
            f"On {plural(totals['seeds'], 'further root seed')} {good['count']} of {plural(runs, 'claim-run')} came "
            f"out as declared with every rival rejected (95 % limit: at least {percent(good['limits'][0])}). The "
            f"requirement of {fresh_seeds.NEEDED_RUNS} claim-runs {met}."
        ],
        "tier": document["tier"],
        "n_claims": len(document["suite"]),
        "kinds": fresh_seeds.KINDS,
        "totals": [(kind, rate(totals[kind]["count"], runs)) for kind in fresh_seeds.KINDS],
        "met": totals["requirement met"],
        "needed": fresh_seeds.NEEDED_RUNS,
        "seeds": [(seed, [kinds[seed["seed"]][kind] for kind in fresh_seeds.KINDS]) for seed in document["seeds"]],
        "failed": [
            (seed["seed"], name, row["kind"], row["reason"] or ", ".join(row["rivals left"]))
            for seed in document["seeds"]
            for name, row in seed["claims"].items()
            if row["kind"] != fresh_seeds.AS_EXPECTED
        ],
    }


SECTIONS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "judge": of_judge,
    "matrix": of_matrix,
    "seeds": of_seeds,
}
