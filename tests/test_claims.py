"""The scientific regression: every claim on recorded evidence, the smoke claims on fresh draws as well."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from compare import records
from compare.calibration.fresh_seeds import remembered
from compare.papers.pages import committed_pages
from compare.registry import suite, within_tier
from compare.rule import SUITE_PARTS
from compare.run import ROOT_SEED, Run, count_parts
from compare.workers import InProcess

ROOT = Path(__file__).parents[1]
SUITE = suite()
SMOKE = within_tier(SUITE.claims, "smoke")
CLAIMS = {claim.name: claim for claim in SUITE.claims}
REMEMBERED = [remembered(claim) for claim in SMOKE]
FURTHER_SEEDS = (2101, 2102, 2103)
"""Root seeds fixed before they were looked at; never picked anew."""


def told(verdict):
    """What a reader needs when a claim does not come out as expected."""
    lines = [f"{verdict.claim.name}: {verdict.outcome}, expected {verdict.claim.expect}; {verdict.reason}"]
    for part in verdict.parts:
        lines.append(
            f"  {part.name}: predicted {part.predicted:.6g}, measured {part.measured:.6g}, gap {part.gap:+.3g} ± "
            f"{part.stderr:.2g}, allowance {part.allowance:.2g}, margin {part.margin:.3g}: {part.outcome}"
        )
    if verdict.law:
        lines.append(f"  law {verdict.law.law}: deviation {verdict.law.deviation:.3g}, bound {verdict.law.bound:.1g}")
    lines += [f"  not rejected: {r.name}, {r.distance:.2g} margins away" for r in verdict.rivals if not is_rejected(r)]
    return "\n".join(lines)


def is_rejected(rival):
    return rival.outcome == "disagrees"


@pytest.fixture(scope="module")
def recorded():
    return {name: records.trial(claim, ROOT / records.FOLDER) for name, claim in CLAIMS.items()}


@pytest.fixture(scope="module")
def fresh():
    with InProcess() as here:
        run = Run(REMEMBERED, here)
        return {verdict.claim.name: verdict for verdict in run.execute()}


def test_every_claim_file_loads():
    assert [f"{error.file}: {error.message}" for error in SUITE.errors] == []
    assert len(SUITE.claims) >= 20
    assert count_parts(SUITE.claims) <= SUITE_PARTS


@pytest.mark.parametrize("name", CLAIMS)
def test_recorded(name, recorded):
    verdict = recorded[name].verdict()
    assert verdict.sound, told(verdict)


@pytest.mark.parametrize("name", [claim.name for claim in SMOKE])
def test_fresh(name, fresh):
    assert fresh[name].sound, told(fresh[name])


@pytest.mark.parametrize("seed", FURTHER_SEEDS)
def test_further_seeds(seed):
    """A verdict that hangs on the pinned seed is no verdict."""
    with InProcess() as here:
        verdicts = Run(REMEMBERED, here, root=seed).execute()
    assert all(verdict.sound for verdict in verdicts), "\n".join(told(v) for v in verdicts if not v.sound)
    assert {verdict.draws for verdict in verdicts if verdict.claim.experiments} != {0}


@pytest.mark.parametrize("name", [claim.name for claim in SUITE.claims if claim.experiments])
def test_every_rival_lies_within_reach(name, recorded):
    """A rival that the cap could not reject with 99 % power would make the claim blunt."""
    trial, quantity = recorded[name], CLAIMS[name].quantity
    verdict = trial.verdict()
    for label, rival in trial.rivals.items():
        if any(part.side == "lower" and part.margin == 0 for part in verdict.parts):
            assert quantity.distance(rival.prediction, trial.own.prediction, CLAIMS[name].margin) > 1, label
            continue
        gaps = (
            quantity.gaps(rival.prediction.values, trial.own.prediction, CLAIMS[name].margin)
            if not set(quantity.names) <= set(rival.prediction.values)
            else quantity.predicted(rival.prediction) - quantity.predicted(trial.own.prediction)
        )
        reach = [part.reach for part in verdict.parts]
        assert np.any(np.abs(gaps) >= reach), f"{label}: gaps {gaps}, reach {reach}"


@pytest.mark.parametrize("name", CLAIMS)
def test_form(name, recorded):
    """Every claim, whoever wrote it, keeps the rules of docs/adding_a_claim.md."""
    claim, verdict = CLAIMS[name], recorded[name].verdict()
    assert re.match(r"(dense|least_squares|sparse|ticket|piecewise)_\w+(\[[\w=,.]+\])?$", name)
    assert re.search(r"\b(19|20)\d\d[;,]", claim.source), "authors and year come first"
    assert "docs/" in claim.source, "then where the formula is derived"
    assert claim.statement.endswith(".")
    assert claim.formula_from, "say whose formula is judged"
    assert len(claim.rivals) >= 2
    if not claim.has_formula:
        assert claim.expect == "inconclusive"
        return
    distances = [rival.distance for rival in verdict.rivals]
    if claim.experiments:
        assert min(distances) <= 4, f"the nearest rival is {min(distances):.2g} margins away"
    for part in verdict.parts:
        if part.margin:
            doubled = 2 if part.side == "two-sided" else 1  # a bias can hide a wrong theory on one side only
            assert doubled * part.allowance < part.margin, f"{part.name} cannot be decided"


def test_at_most_three_parameter_points_of_a_statement():
    statements = Counter(claim.statement for claim in SUITE.claims)
    assert max(statements.values()) <= 3


def test_recorded_evidence_belongs_to_claims():
    """A record that no claim reads is stale; delete it or restore its claim."""
    wanted = {f"{key}.json" for key in records.columns_used(SUITE.claims)}
    found = {path.name for path in (ROOT / records.FOLDER).glob("*.json")}
    assert found == wanted


def test_the_pages_under_reports_are_fresh(recorded, tmp_path):
    """After a change of theory or evidence: scaleproof report."""
    verdicts = [recorded[claim.name].verdict() for claim in SUITE.claims]
    committed_pages(verdicts, {"seed": ROOT_SEED}, tmp_path / "README.md")
    fresh = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.glob("*.md")}
    committed = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "reports").glob("*.md")}
    committed.pop("benchmarks.md", None)
    assert committed == fresh, "stale: run `scaleproof report`"
    pictures = [{path.name for path in folder.glob("*.svg")} for folder in (tmp_path, ROOT / "reports")]
    assert pictures[0] == pictures[1]
