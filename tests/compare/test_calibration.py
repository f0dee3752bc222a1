"""The calibration: its fast route against trials one by one, its beds, its counts, its findings, its files."""

import json

import numpy as np
import pytest

from compare.__main__ import main
from compare.calibration import judge, parts
from compare.calibration.beds import SYNTHETIC, Bed, LogNormal
from compare.calibration.case import Case
from compare.calibration.findings import findings, not_shown
from compare.calibration.kinds import kinds
from compare.calibration.tally import limits, rate
from compare.experiment import Blocks
from compare.median import of_medians
from compare.rule import N_BLOCKS, draws_at
from compare.trial import Trial

KINDS = {kind.name: kind for kind in kinds()}
BEDS = {bed.family: bed for bed in reversed(judge.BEDS) if not bed.name.startswith("bank")}
RUNS, CAP = 8, 1024


def one_by_one(case, noise, offset, run):
    """Outcome and draws of one run through `Trial`, look after look."""
    trial = Trial(case.claim(offset))
    trial.rivals = {}
    for look, block in enumerate(noise):
        means = {name: column[:, run] for name, column in case.means(block, offset).items()}
        medians = means if of_medians(case.kind.quantity) else {}
        if medians:
            means = {name: rows[:N_BLOCKS] for name, rows in medians.items()}
        trial.look({"": Blocks(draws_at(look), means, medians)}, look)
        assert not trial.error, trial.details
        if trial.finished:
            break
    return trial.verdict().outcome, trial.draws


@pytest.mark.parametrize("name", KINDS)
def test_many_runs_at_once_are_the_trials_one_by_one(name):
    case = Case(KINDS[name], BEDS[KINDS[name].family], CAP)
    noise = list(case.bed.looks(np.random.default_rng(1), RUNS, case.n_looks))
    seen = set()
    for offset in (o for o in (0.0, 1.0, 1.5, -2.0, 3.0) if o in case.kind.offsets):
        estimates = [judge.parts_at(case, block, offset) for block in noise]
        verdict, draws = judge.verdicts(case, estimates, offset)
        words = [("inconclusive", "agrees", "disagrees")[v] for v in verdict]
        assert list(zip(words, draws, strict=True)) == [one_by_one(case, noise, offset, run) for run in range(RUNS)]
        seen |= set(words)
    assert {"agrees", "disagrees"} <= seen


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if Case(kind, BEDS[kind.family], CAP).shifted])
def test_an_offset_only_shifts_the_gap(name):
    """The short cut of `judged`: the estimate of the true theory, moved, is that of the wrong one."""
    case = Case(KINDS[name], BEDS[KINDS[name].family], CAP)
    noise = list(case.bed.looks(np.random.default_rng(2), RUNS, case.n_looks))
    tally = judge.judged(case, noise, (1.5,))
    verdict, draws = judge.verdicts(case, [judge.parts_at(case, block, 1.5) for block in noise], 1.5)
    assert tally.offsets[1.5] == [RUNS, (verdict == 1).sum(), (verdict == 2).sum(), draws.sum()]


@pytest.mark.parametrize("name", KINDS)
def test_offsets_are_margins(name):
    """Without noise the part on trial is off by the offset times the margin, and the allowance of a remainder."""
    case = Case(KINDS[name], BEDS[KINDS[name].family], CAP)
    part, kind = case.kind.parts[0], case.kind
    gaps = np.array([case.true_gaps(offset)[part] for offset in (0.0, 1.0)]) / case.margin
    if kind.name.startswith("shape"):
        np.testing.assert_allclose(gaps * case.margin, [0, case.margin**2], atol=1e-12)
    elif kind.name == "singular peak":
        np.testing.assert_allclose(gaps, [1, 0], atol=1e-9)
    else:
        np.testing.assert_allclose(np.abs(np.diff(gaps)), 1, rtol=1e-6)
        assert abs(gaps[0]) == pytest.approx(kind.allowance, abs=1e-9)


@pytest.mark.parametrize("bed", SYNTHETIC, ids=lambda bed: bed.name)
def test_beds_have_their_means_and_sums_their_law(bed):
    """Sums by blocks, made by a short cut for counts, have the mean and the spread of the rows."""
    rng, n = np.random.default_rng(3), 64
    rows = np.asarray(bed.rows(rng, 100_000), dtype=float)
    error = rows.std(axis=0) / np.sqrt(len(rows))
    assert (np.abs(rows.mean(axis=0) - bed.mean) < 5 * error).all()
    means = bed.sums(rng, 200, n).reshape(-1, len(bed.mean)) / n  # 3200 means of 64 draws
    assert (np.abs(means.mean(axis=0) - bed.mean) < 5 * rows.std(axis=0) / np.sqrt(n * len(means))).all()
    if type(bed).sums is not Bed.sums:
        expected = np.cov(rows, rowvar=False) / n
        np.testing.assert_allclose(np.cov(means, rowvar=False), expected, atol=0.2 * np.max(expected))


def test_blocks_receive_whole_chunks_in_turn():
    """The same rows, cut into chunks as a run does, give the same block means at every look."""
    kept = []

    class Kept(LogNormal):
        def rows(self, rng, n_draws):
            kept.append(super().rows(rng, n_draws))
            return kept[-1]

    looks = list(Kept(0.3).looks(np.random.default_rng(4), 1, 3))
    draws = np.concatenate(kept).reshape(-1, N_BLOCKS, kept[0].shape[-1])  # (draws of a block, 16, n_columns)
    chunks = [{"x": draws[4 * c : 4 * c + 4, g]} for c in range(len(draws) // 4) for g in range(N_BLOCKS)]
    for look, found in enumerate(looks):
        blocks = Blocks.of(chunks[: draws_at(look) // 4])
        np.testing.assert_allclose(found[:, 0], blocks.means["x"], rtol=1e-6)


def test_limits_are_those_of_clopper_and_pearson():
    assert limits(0, 100) == (0, pytest.approx(1 - 0.025**0.01))
    assert limits(100, 100) == (pytest.approx(0.025**0.01), 1)
    assert limits(7, 50) == (pytest.approx(0.058186, abs=1e-5), pytest.approx(0.267397, abs=1e-5))


@pytest.fixture(scope="module")
def document():
    return parts.completed(judge.measure(only=("value", "share of indicators"), beds=few(), runs=400), "quick")


def few():
    return ("lognormal, log-sd 0.3", "below the median")


def test_the_document_holds_what_was_counted(document):
    assert (document["schema"], document["cap"], document["looks"]) == (1, 8192, 8)
    assert [entry["kind"] for entry in document["kinds"]] == ["value", "share of indicators"]
    for entry in document["kinds"]:
        assert [row["offset"] for row in entry["pooled"]["offsets"]] == sorted(KINDS[entry["kind"]].offsets)
        assert sum(entry["pooled"]["pit"]["cap"]) == entry["pooled"]["coverage"]["cap"]["runs"] == 400
        assert entry["pooled"]["offsets"] == entry["beds"][0]["offsets"]
    assert document["findings"] == []
    assert any("false alarm at zero deviation" in sentence for sentence in document["not_shown"])
    assert json.loads(parts.lined(document)) == json.loads(json.dumps(document))


def test_a_limit_that_excludes_the_promise_is_a_finding(document):
    spoilt = json.loads(json.dumps(document))
    row = next(row for row in spoilt["kinds"][0]["pooled"]["offsets"] if row["offset"] == 1)
    row["agrees"] = rate(30, 400)
    (sentence,) = findings(spoilt)
    assert sentence.startswith("value: false agreement at exactly the margin must be at most 2 %, is 7.5 %")
    row["agrees"] = rate(10, 400)  # limits 1.2 to 4.5 %: neither met nor missed
    assert findings(spoilt) == []
    assert any("2.5 % (10 of 400" in sentence for sentence in not_shown(spoilt))


def test_two_workers_count_the_same():
    one, two = (judge.measure(only=("value",), beds=few(), runs=400, cap=256, workers=n) for n in (1, 2))
    assert one == two


def test_the_command_writes_what_it_measured(tmp_path, monkeypatch, capsys):
    shipped = [KINDS["share of indicators"]]
    monkeypatch.setattr(judge, "kinds", lambda: shipped)
    monkeypatch.setitem(judge.POOLED_RUNS, "quick", 400)
    assert main(["calibrate", "judge", "--into", str(tmp_path / "new")]) == 0
    found = json.loads((tmp_path / "new" / "judge.json").read_text())
    assert found["command"] == "scaleproof calibrate judge --size quick"
    page = (tmp_path / "new" / "README.md").read_text()
    assert page.count("| share of indicators |") == 4  # summary, operating curve, two laws
    assert main(["calibrate", "jury", "--into", str(tmp_path)]) == 2
    assert "the parts of the calibration are judge, matrix, seeds; got 'jury'" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["calibrate", "judge", "--into", str(tmp_path / "file")]) == 2
    assert "cannot write" in capsys.readouterr().err
    assert main(["calibrate", "judge", "--workers", "0", "--into", str(tmp_path)]) == 2
    assert "--workers must be at least 1, got 0" in capsys.readouterr().err
