"""The suite on further root seeds: how often true theories come out as declared, claim by claim.

A claim-run is one simulated claim on one root seed. What is counted are the ways of `kind`; only the first is a
success. Fixed seeds are 1001, 1002, ... in this order and are never picked anew; fresh ones are drawn by the
operating system and recorded.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scipy import stats

from compare import workers as crews
from compare.claim import Claim
from compare.registry import suite, within_tier
from compare.results import commit, versions
from compare.run import Progress, Run
from compare.verdict import Verdict
from sim.device import choose

SCHEMA = 1
FIRST_SEED = 1001
FILE = Path("reports") / "calibration" / "fresh_seeds.json"
NEEDED_RUNS = 400
"""Claim-runs that the requirement asks for, with at most one of them inconclusive and none refuted."""

AS_EXPECTED, INCONCLUSIVE, UNEXPECTED, RIVAL_LEFT, ERROR = KINDS = (
    "as expected",
    "inconclusive",
    "unexpected outcome",
    "rival not rejected",
    "error",
)


class OtherSuiteError(ValueError):
    """Runs that exist already were made with other claims; they cannot be added up."""


def fixed_seeds(number: int) -> list[int]:
    """The first ``number`` of the fixed root seeds. Raises ValueError below 1."""
    if number < 1:
        raise ValueError(f"the number of seeds must be at least 1, got {number}")
    return list(range(FIRST_SEED, FIRST_SEED + number))


def random_seeds(number: int) -> list[int]:
    """Root seeds that nobody has chosen. Raises ValueError below 1."""
    return [secrets.randbits(32) for _ in fixed_seeds(number)]


def remembered(claim: Claim) -> Claim:
    """The same claim, whose laws and predictions are worked out once however often it is put on trial.

    They do not depend on the seed. A prediction that is conditional on measured columns is left as it is.
    """
    once: Callable[[Callable[..., Any]], Callable[..., Any]] = functools.cache
    changes: dict[str, Any] = {}
    if claim.asymptote is not None:
        law, finite = once(claim.asymptote.law), once(claim.asymptote.finite)
        changes["asymptote"] = dataclasses.replace(claim.asymptote, law=law, finite=finite)
    if not claim.given:
        changes["predict"] = claim.predict and once(claim.predict)
        changes["rivals"] = {name: once(rival) for name, rival in claim.rivals.items()}
    return dataclasses.replace(claim, **changes)


def kind(verdict: Verdict) -> str:
    """How a claim-run came out: one of KINDS.

    An outcome other than the declared one is an error, inconclusive or, what counts as a false alarm, unexpected.
    """
    if verdict.sound:
        return AS_EXPECTED
    if verdict.as_expected:
        return RIVAL_LEFT
    return {"error": ERROR, "inconclusive": INCONCLUSIVE}.get(verdict.outcome, UNEXPECTED)


def measure(
    seeds: int | Sequence[int],
    *,
    workers: int = 1,
    progress: Progress | None = None,
    into: Path | None = FILE,
    tier: str = "standard",
    device: str | None = None,
    claims: Sequence[Claim] | None = None,
) -> dict[str, Any]:
    """Put the simulated claims of a tier on trial with every seed (a number: so many of the fixed ones).

    ``into`` is written after every seed, and seeds that it already holds are not run again; an interruption
    costs the seed in progress. Raises OtherSuiteError if it was written for other claims.
    """
    wanted = fixed_seeds(seeds) if isinstance(seeds, int) else list(dict.fromkeys(seeds))
    suited = within_tier(suite().with_formula if claims is None else claims, tier)
    tried = [remembered(claim) for claim in suited if claim.experiments]
    document = _begun(into, tried, tier)
    done = {row["seed"] for row in document["seeds"]}
    waiting = [seed for seed in wanted if seed not in done]
    if not waiting:
        return document
    chosen = choose(device)
    with crews.workers(workers) as crew:
        for number, seed in enumerate(waiting, start=1):
            run = Run(tried, crew, root=seed, device=chosen, progress=_told(progress, seed, number, len(waiting)))
            verdicts = run.execute()
            row = {"seed": seed, "seconds": round(run.seconds, 1), "device": chosen, "commit": commit()}
            document["seeds"].append(row | {"claims": {v.claim.name: _row(v) for v in verdicts}})
            document["totals"] = totals(document)
            if into is not None:
                _write(document, into)
    return document


def _told(progress: Progress | None, seed: int, number: int, of: int) -> Progress | None:
    if progress is None:
        return None
    return lambda text, done, planned: progress(f"seed {seed} ({number} of {of}): {text}", done, planned)


def _suite(claims: Sequence[Claim]) -> dict[str, Any]:
    """What makes two runs of a claim alike: its experiments, its cap and its margin."""
    return {
        claim.name: {
            "experiments": [experiment.key for experiment in claim.experiments.values()],
            "cap": claim.cap,
            "margin": dict(claim.margin) if isinstance(claim.margin, Mapping) else claim.margin,
        }
        for claim in claims
    }


def _begun(into: Path | None, claims: Sequence[Claim], tier: str) -> dict[str, Any]:
    """The document so far, or an empty one."""
    empty = {"schema": SCHEMA, "tier": tier, "versions": versions(), "suite": _suite(claims), "seeds": []}
    if into is None or not into.exists():
        return empty
    found: dict[str, Any] = json.loads(into.read_text(encoding="utf-8"))
    differing = [key for key in ("schema", "tier", "suite") if found.get(key) != empty[key]]
    if differing:
        raise OtherSuiteError(
            f"{into} holds runs of another {' and '.join(differing)}, which cannot be added up; "
            "move it away, or write to another file"
        )
    return found


def _row(verdict: Verdict) -> dict[str, Any]:
    """One claim-run: how it came out, its draws, and how near the margin it lies; the reason if it failed."""
    parts = [part for part in verdict.parts if part.margin]
    row: dict[str, Any] = {
        "kind": kind(verdict),
        "draws": verdict.draws,
        "gap in margins": max((round(abs(part.gap) / part.margin, 3) for part in parts), default=None),
    }
    if not verdict.sound:
        left = [rival.name for rival in verdict.rivals if rival.outcome != "disagrees"]
        row |= {"outcome": verdict.outcome, "reason": verdict.reason, "rivals left": left}
    return row


def _write(document: Mapping[str, Any], into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    partial = into.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(into)


def limits(count: int, runs: int) -> tuple[float, float]:
    """95 % Clopper-Pearson limits of a rate."""
    interval = stats.binomtest(count, runs).proportion_ci()
    return float(interval.low), float(interval.high)


def totals(document: Mapping[str, Any]) -> dict[str, Any]:
    """Claim-runs by kind with 95 % limits, and whether the requirement is met."""
    counts = Counter(row["kind"] for seed in document["seeds"] for row in seed["claims"].values())
    runs = counts.total()
    shown = {
        name: {"count": counts[name], "limits": [round(limit, 6) for limit in limits(counts[name], runs)]}
        for name in KINDS
    }
    met = runs >= NEEDED_RUNS and counts[INCONCLUSIVE] <= 1 and runs == counts[AS_EXPECTED] + counts[INCONCLUSIVE]
    return {"seeds": len(document["seeds"]), "claim-runs": runs, **shown, "requirement met": met}


def markdown(document: Mapping[str, Any]) -> str:
    """One section: what was run, how it came out in all and claim by claim."""
    found = totals(document)
    runs, n_seeds = found["claim-runs"], found["seeds"]
    seeds = [row["seed"] for row in document["seeds"]]
    fixed = sorted(seeds) == list(range(min(seeds), max(seeds) + 1)) and min(seeds) == FIRST_SEED
    named = f"{min(seeds)} to {max(seeds)}, fixed before the first run" if fixed else ", ".join(map(str, seeds))
    lines = [
        "## The suite on further seeds",
        "",
        f"The simulated claims of the tier {document['tier']}, {len(document['suite'])} of them, on {n_seeds} further "
        f"root seeds ({named}): {runs} claim-runs, each with the whole procedure up to the claim's cap. Brackets are "
        "95 % Clopper-Pearson limits.",
        "",
        "| how a claim-run came out | count | share |",
        "|---|---:|---:|",
    ]
    for name in KINDS:
        low, high = found[name]["limits"]
        lines.append(f"| {name} | {found[name]['count']} | [{100 * low:.2f}, {100 * high:.2f}] % |")
    lines += [
        "",
        f"Required: at least {NEEDED_RUNS} claim-runs, at most one of them inconclusive, all others as expected with "
        f"every rival rejected. {'Met.' if found['requirement met'] else '**Not met.**'}",
        "",
        "*Largest gap* is the largest |measured − predicted| of any seed in margins, at the look of the verdict; "
        "*draws* the largest number used, as a share of the cap.",
        "",
        "| claim | as expected | largest gap | draws |",
        "|---|---:|---:|---:|",
    ]
    for name, declared in document["suite"].items():
        rows = [seed["claims"][name] for seed in document["seeds"]]
        good = sum(row["kind"] == AS_EXPECTED for row in rows)
        gaps = [row["gap in margins"] for row in rows if row["gap in margins"] is not None]
        gap = f"{max(gaps):.2f}" if gaps else "one-sided"
        draws = max(row["draws"] for row in rows) / declared["cap"]
        lines.append(f"| `{name}` | {good} of {len(rows)} | {gap} | {draws:.2f} |")
    failed = [
        f"- seed {seed['seed']}, `{name}`: {row['kind']}. {row['reason'] or ', '.join(row['rivals left'])}"
        for seed in document["seeds"]
        for name, row in seed["claims"].items()
        if row["kind"] != AS_EXPECTED
    ]
    return "\n".join(lines + (["", "Not as expected:", "", *failed] if failed else [])) + "\n"
