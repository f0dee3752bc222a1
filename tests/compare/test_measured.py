"""Data from elsewhere take the place of a simulation."""

import json

import numpy as np
import pytest

from compare import Claim, Experiment, Exponent, Measured, Medians, Value, formula, terminal
from compare.__main__ import main
from compare.claim import ClaimError
from compare.measured import widening
from compare.records import trial as recorded
from compare.trial import Trial

HEADINGS = "N,D,seed,loss"
POINTS = tuple((n, d) for n in (16, 32) for d in (64, 128))
ASKED = {
    "sizes": ("n_features", "n_samples"),
    "columns": {"N": "n_features", "D": "n_samples"},
    "source": "Somebody 2026",
    "licence": "CC0",
}


def rows(n_seeds, factor=1.0, spread=0.05, points=POINTS):
    rng = np.random.default_rng(20260718)
    return [
        f"{n},{d},{seed},{factor * n / d * (1 + spread * rng.standard_normal()):.9g}"
        for n, d in points
        for seed in range(n_seeds)
    ]


@pytest.fixture
def data(tmp_path):
    """A function that writes a file of runs and names it."""

    def write(lines, headings=HEADINGS, name="runs.csv", **more):
        (tmp_path / name).write_text("\n".join([headings, *lines]) + "\n", encoding="utf-8")
        return Measured(tmp_path / name, **{**ASKED, **more})

    return write


def claim(source, **more):
    fields = {
        "experiment": source, "predict": formula("N/D", over=source.at), "quantity": Value("loss", **source.at),
        "margin": 0.1, "because": "a reason", "rivals": {"half": formula("N/D/2", over=source.at)},
    }  # fmt: skip
    return Claim("made_up", "A statement.", "a source", **{**fields, **more})


@pytest.mark.parametrize(("n_seeds", "used"), [(16, 16), (31, 16), (40, 32), (48, 48)])
def test_one_look_at_all_seeds_that_fill_the_blocks(data, n_seeds, used):
    verdict = Trial(claim(data(rows(n_seeds)))).verdict()
    assert (verdict.outcome, verdict.draws, verdict.looks) == ("agrees", used, 1)
    assert [rival.outcome for rival in verdict.rivals] == ["disagrees"]
    (told,) = verdict.provenance.values()
    assert told.startswith(f"Somebody 2026. Licence: CC0. {used} of {n_seeds} seeds used. SHA-256: ")


def test_a_wrong_theory_is_refuted_and_advised(data):
    verdict = Trial(claim(data(rows(32, factor=2)))).verdict()
    assert verdict.outcome == "disagrees"
    assert "a missing factor 2" in verdict.advice


def test_blocks_are_those_of_the_seeds_in_order(data):
    source = data(rows(35)[::-1])
    blocks = source.blocks()
    values = source.table.values["loss"]  # (n_seeds, n_points)
    assert blocks.draws == 32
    assert blocks.means["loss"] == pytest.approx((values[:16] + values[16:32]) / 2)
    assert source.at == {"n_features": (16, 16, 32, 32), "n_samples": (64, 128, 64, 128)}


def test_the_standard_error_is_that_of_the_seeds(data):
    verdict = Trial(claim(data(rows(16)))).verdict()
    values = data(rows(16)).table.values["loss"]
    assert [p.stderr for p in verdict.points] == pytest.approx(values.std(axis=0, ddof=1) / 4)


@pytest.mark.parametrize("n_seeds", [2, 5, 15])
def test_too_few_seeds_give_points_and_intervals_but_no_verdict(data, n_seeds):
    verdict = Trial(claim(data(rows(n_seeds)))).verdict()
    assert verdict.outcome == "inconclusive"
    assert verdict.reason == f"too few draws: {n_seeds} seeds at every size, a verdict needs 16"
    values = data(rows(n_seeds)).table.values["loss"]
    errors = widening(n_seeds) * values.std(axis=0, ddof=1) / np.sqrt(n_seeds)
    assert [p.stderr for p in verdict.points] == pytest.approx(errors)
    assert [p.measured for p in verdict.points] == pytest.approx(values.mean(axis=0))
    assert [p.stderr for p in verdict.parts] == pytest.approx(errors / values.mean(axis=0), rel=0.15)
    assert verdict.rivals_rejected == 0


def test_the_widening_is_that_of_students_t():
    assert widening(16) == widening(64) == 1
    assert widening(5) == pytest.approx(2.776 / 2.131, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: [], "runs.csv has no rows below its headings"),
        (
            lambda lines: lines[:-3],
            r"n_features=32, n_samples=128 has 13 of 16 seeds, it lacks 13, 14, 15; run what is",
        ),
        (lambda lines: [*lines, lines[0]], r"runs.csv, line 66: seed 0 of n_features=16, n_samples=64 is there twice"),
        (lambda lines: ["16,64,0,nan", *lines[1:]], r"runs.csv, line 2: 'loss' is 'nan', a finite number is needed"),
        (lambda lines: ["16,64,0,", *lines[1:]], r"runs.csv, line 2: 'loss' is '', a finite number is needed"),
        (lambda lines: ["16,64,0", *lines[1:]], r"runs.csv, line 2: 'loss' is None, a finite number is needed"),
        (lambda lines: ["x,64,0,1", *lines[1:]], r"line 2: 'n_features' is 'x', a finite number"),
        (lambda lines: ["16,64,0,-1", *lines[1:]], r"line 2: 'loss' is -1, a loss is not negative; pass signed=True"),
        (lambda lines: ["16,64,,1", *lines[1:]], r"line 2: 'seed' is empty"),
        (
            lambda lines: [line for line in lines if line.split(",")[2] == "0"],
            "1 seeds in common; an error bar needs 2",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(data, change, message):
    with pytest.raises(ClaimError, match=message):
        _ = data(change(rows(16))).table


def test_a_missing_column_is_told_with_those_that_are_there(data):
    message = "has no column 'loss'; did you mean 'los'. it has N, D, seed, los; rename one with columns="
    with pytest.raises(ClaimError, match=message):
        _ = data(rows(2), headings="N,D,seed,los").table


def test_a_renamed_column_that_the_file_lacks_is_named_as_the_file_would_have_it(data):
    message = "no column .N., which `columns` calls .n_features.; it has width, D, seed, loss; name it in columns="
    with pytest.raises(ClaimError, match=message):
        _ = data(rows(2), headings="width,D,seed,loss").table
    asked = {"sizes": "n_features", "columns": {"bin": "n_features"}}
    with pytest.raises(ClaimError, match=r"no column 'bin', which .*; did you mean 'bins'. it has bins, D, seed, loss"):
        _ = data(rows(2), headings="bins,D,seed,loss", **asked).table


def test_common_seeds_leave_out_what_some_sizes_lack(data):
    source = data(rows(20)[:-3], seeds="common")
    assert (source.table.dropped, source.draws) == (3, 16)
    assert source.provenance()["seeds"] == 20


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ClaimError) as told:
        _ = Measured(tmp_path / "nowhere.csv", **ASKED).table
    path = tmp_path / "nowhere.csv"
    assert str(told.value) == f"cannot read {path} (No such file or directory); give the CSV file of the runs, in UTF-8"


@pytest.mark.parametrize("missing", ["licence", "source"])
def test_licence_and_source_are_required(missing):
    with pytest.raises(ClaimError, match=f"the {missing} of runs.csv must be said"):
        Measured("runs.csv", **{**ASKED, missing: " "})


def test_seeds_are_all_or_common():
    with pytest.raises(ClaimError, match="seeds must be 'all' or 'common', got 'some'"):
        Measured("runs.csv", **ASKED, seeds="some")


def test_other_coordinates_than_those_of_the_file_are_an_error(data):
    source = data(rows(16))
    wrong = {"n_features": (16, 32, 16, 32), "n_samples": (64, 64, 128, 128)}
    made = Trial(claim(source, quantity=Value("loss", **wrong)))
    assert "point 1 of runs.csv has n_features=16, the quantity says 32; the points are in rising order" in made.error


def test_copies_of_one_run_are_no_draws(data):
    assert "'loss' is the same for all seeds" in Trial(claim(data(rows(16, spread=0)))).error


def test_medians_need_their_256_draws(data):
    points = ((16, 64), (16, 128))
    few = data(rows(32, points=points))
    quantity = Medians(Exponent("loss", n_samples=few.at["n_samples"]))
    assert "medians are not judged before 256 draws" in Trial(claim(few, quantity=quantity)).verdict().reason
    many = data(rows(256, points=points))
    assert Trial(claim(many, quantity=quantity)).verdict().outcome == "agrees"


def simulated(_stream):
    raise AssertionError("these are not drawn")


def test_data_and_simulations_are_not_mixed(data):
    source = data(rows(16))
    with pytest.raises(ClaimError, match="data from elsewhere and simulations are not judged together"):
        claim(source, experiment={"a": source, "b": Experiment(simulated)})


def test_data_need_no_record(data, tmp_path):
    assert recorded(claim(data(rows(16))), tmp_path).verdict().outcome == "agrees"


FILE = """
from compare import Claim, Measured, Value, formula
data = Measured("{name}", sizes=("N", "D"), source="Somebody 2026", licence="CC0")
claim = Claim(
    name="elsewhere", statement="A statement.", source="a source", experiment=data,
    predict=formula("N/D", over=data.at), quantity=Value("loss", **data.at), margin=0.1, because="a reason",
    rivals={{"half": formula("N/D/2", over=data.at)}},
)
"""


def test_a_claim_about_data_from_the_command_line(tmp_path, capsys, data):
    (tmp_path / "mine.py").write_text(FILE.format(name="runs.csv"), encoding="utf-8")
    data(rows(20))
    out = tmp_path / "out.json"
    assert main(["check", str(tmp_path / "mine.py"), "--workers", "1", "--store", "none", "--json", str(out)]) == 0
    assert "elsewhere: 16 of 20 seeds used, in 16 equal blocks\n" in capsys.readouterr().out
    (found,) = json.loads(out.read_text())["claims"]
    assert found["draws"] == 16
    assert found["data"][0]["seeds"] == 20
    assert len(found["data"][0]["sha256"]) == 64
    capsys.readouterr()
    assert main(["show", str(tmp_path / "mine.py")]) == 0
    printed = capsys.readouterr().out
    assert "data          runs.csv: Somebody 2026; licence CC0" in printed
    assert "draws         all, at one look" in printed
    assert "cost          no simulation" in printed


@pytest.mark.parametrize(("n_seeds", "more", "told"), [(16, {}, 0), (15, {}, 0), (17, {"margin": 1e-6}, 1)])
def test_seeds_left_out_are_told_whatever_the_verdict(n_seeds, more, told, data, capsys):
    verdict = Trial(claim(data(rows(n_seeds)), **more)).verdict()
    terminal.print_verdicts([verdict], terminal.console())
    lines = capsys.readouterr().out.splitlines()
    assert lines.count(f"made_up: 16 of {n_seeds} seeds used, in 16 equal blocks") == told
    assert (verdict.outcome == "agrees") is (n_seeds == 16)


def test_a_broken_table_costs_its_own_file_only(tmp_path, capsys, data):
    (tmp_path / "broken.py").write_text(FILE.format(name="empty.csv"), encoding="utf-8")
    data([], name="empty.csv")
    assert main(["check", str(tmp_path / "broken.py"), "--workers", "1", "--store", "none"]) == 2
    assert "broken.py: empty.csv has no rows below its headings" in capsys.readouterr().err
