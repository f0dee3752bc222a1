"""Errors planted in theory are rejected by some claim, and the matrix fails when they are not."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import compare.trial
import theory.conditional
import theory.random_features as law
import theory.ridgeless
from compare import records
from compare.calibration import kill_matrix
from compare.calibration.cells import reach_of_draws, retried
from compare.calibration.mutants import derived
from compare.calibration.planted import ERRORS, Planted
from compare.registry import suite
from compare.rule import DISAGREE_LEVEL

FOLDER = Path(__file__).parents[2] / records.FOLDER
CLAIMS = {claim.name: claim for claim in suite().with_formula}
ERROR = {error.name: error for error in ERRORS}
SOME = [
    CLAIMS["dense_model_exponent[decay=1]"],
    CLAIMS["dense_peak_location[n_samples=16]"],
    CLAIMS["least_squares_isotropic_risk[n_samples=40]"],
]
THEIRS = [ERROR["decay 5 % too large"], ERROR["peak at N = D +2"], ERROR["p/(n − p) for p/(n − p − 1)"]]
ONE_SIZE = [error for error in ERRORS if " 2 %" not in error.name and " 10 %" not in error.name]
"""One error of every kind: the sizes 2 % and 10 % are for the command."""


@pytest.fixture(scope="module")
def matrix():
    return kill_matrix.measure(into=None, errors=ONE_SIZE, folder=FOLDER)


def some(claims=SOME, errors=THEIRS):
    return kill_matrix.measure(into=None, claims=claims, errors=errors, folder=FOLDER)


def test_every_visible_error_is_rejected(matrix):
    assert matrix["alarms"] == []


def test_every_kind_of_error_is_there(matrix):
    planted = [row["error"] for row in matrix["planted"]]
    for kind in (
        "decay",
        "loss",
        "N and D swapped in the label noise",
        "factor 1/(1 − m/X) dropped",
        "factor of the label noise dropped",
        "peak at",
        "law: frontier exponents",
        "hard-edge factor",
        "law: hard-edge constant",
    ):
        assert any(name.startswith(kind) for name in planted), kind
    errors = {row["error"] for row in matrix["derived"]}
    for size in ("2 %", "5 %"):
        assert {f"constant {size} too large", f"constant {size} too small"} <= errors
    for size in ("2 %", "5 %", "10 %"):
        assert {f"{kind} {size} too large" for kind in ("exponent", "claimed value", "law")} <= errors
    assert {"peak 1 grid point too low", "peak 2 grid points too high"} <= errors
    assert {"N and D swapped, among the points", "a declared rival"} <= errors


def test_every_declared_rival_is_rejected(matrix):
    (rivals,) = [row["claims"] for row in matrix["derived"] if row["error"] == "a declared rival"]
    assert set(rivals) == set(CLAIMS)
    assert {state for cells in rivals.values() for state, _ in cells.values()} == {"rejected"}


def test_what_nothing_sees_has_its_reason(matrix):
    reasons = {row["error"]: row["reason"] for row in matrix["unseen"]}
    assert "symmetric in N and D; it changes no prediction" in reasons["N and D swapped in the double-descent factor"]
    assert "below the reach of every claim" in reasons["hard-edge factor 5 % too large"]


def test_toothless_claims_raise_an_alarm():
    assert some()["alarms"] == []
    toothless = [dataclasses.replace(claim, margin=margin) for claim, margin in zip(SOME, (1, 4, 1), strict=True)]
    assert some(toothless)["alarms"] == [f"{error.name}: no claim rejects it" for error in THEIRS]


def test_a_judge_that_rejects_nothing_raises_an_alarm(monkeypatch):
    monkeypatch.setattr(compare.trial, "decide", lambda *_, **__: "inconclusive")
    document = some()
    assert f"{THEIRS[0].name}: no claim rejects it; dense_model_exponent[decay=1] should" in document["alarms"]
    assert any("twice" not in alarm and "exponent decay/2" in alarm for alarm in document["alarms"])
    assert {"error": THEIRS[2].name, "claim": SOME[2].name, "where": ""} in document["missed"]


def test_an_error_declared_invisible_must_be():
    loud = dataclasses.replace(THEIRS[0], silent="nobody looks")
    (alarm,) = some(errors=[loud])["alarms"]
    assert alarm.startswith("decay 5 % too large: declared invisible (nobody looks), but dense_model_exponent")


def test_a_claim_without_a_record_is_refused(tmp_path):
    with pytest.raises(records.RecordError, match=r"dense_model_exponent\[decay=1\] cannot be judged: no record"):
        kill_matrix.measure(into=None, claims=SOME[:1], errors=[], folder=tmp_path)


def test_reach_counts_the_draws_recorded():
    claim = CLAIMS["least_squares_isotropic_risk[n_samples=40]"]
    trial = retried(claim, {}, FOLDER)
    look, n_looks = int(np.log2(trial.draws / 64)), claim.n_looks
    assert look < n_looks - 1
    level = DISAGREE_LEVEL * 2.0 ** -(n_looks - look)
    for part in trial.own.parts:
        k = (reach_of_draws(trial, part) - part.margin - 2 * part.allowance) / part.stderr
        assert stats.nct.sf(stats.t.isf(level, 15), 15, k) == pytest.approx(0.99, abs=1e-6)
        assert reach_of_draws(trial, part) > part.reach


def test_a_wrong_exponent_keeps_the_level_and_moves_the_slope():
    claim = CLAIMS["dense_model_exponent[decay=1]"]
    own = claim.predict()
    (slope,) = claim.quantity.predicted(own)
    mutants = {mutant.name: mutant.predict() for mutant in derived(claim, own) if "exponent 5 %" in mutant.name}
    moved = mutants["exponent 5 % too large [in n_features]"]
    assert claim.quantity.predicted(moved)[0] == pytest.approx(1.05 * slope)
    ratio = moved.values["unresolved"] / own.values["unresolved"]
    assert np.log(ratio).mean() == pytest.approx(0, abs=1e-12)


def test_planted_errors_are_taken_out_again():
    right, before = theory.ridgeless.double_descent_factor, law.ridgeless(decay=1, n_modes=64, cells=((4, 20),))
    error = ERROR["factor 1/(1 − m/X) dropped"]
    with error.inside():
        assert theory.conditional.double_descent_factor(4, 20) == 1
        wrong = law.ridgeless(decay=1, n_modes=64, cells=((4, 20),))
    assert wrong.values["bias"] < before.values["bias"]
    with pytest.raises(RuntimeError), error.inside():
        raise RuntimeError
    with pytest.raises(AttributeError), Planted("no such", {("theory.ridgeless", "no_such"): lambda f: f}).inside():
        pass
    for module in (theory.ridgeless, theory.conditional, law):
        assert module.double_descent_factor is right
    assert law.ridgeless(decay=1, n_modes=64, cells=((4, 20),)).values["bias"] == before.values["bias"]


def test_what_is_written_is_what_was_found(tmp_path):
    into = tmp_path / "folder" / "matrix.json"
    document = kill_matrix.measure(into=into, claims=SOME[:1], errors=THEIRS[:1], folder=FOLDER)
    found = json.loads(into.read_text())
    assert found.keys() == document.keys()
    state, distance = found["planted"][0]["claims"][SOME[0].name]
    assert (state, distance) == ("rejected", pytest.approx(document["planted"][0]["claims"][SOME[0].name][1], rel=1e-3))
    assert kill_matrix.markdown(found) == kill_matrix.markdown(document)


def test_the_page_shows_every_row(matrix):
    page = kill_matrix.markdown(matrix)
    for row in (*matrix["planted"], *matrix["derived"]):
        assert f"| {row['error']} |" in page
    assert "\nAlarms: none.\n" in page
    widths = {line.count("|") for line in page.splitlines() if line.startswith(("| ", "|---"))}
    assert len(widths) == 2
