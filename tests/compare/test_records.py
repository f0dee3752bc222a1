"""Recorded evidence: what is written, what is read again, and files that cannot be used."""

import json
import re
from pathlib import Path

import pytest

from compare import records, verbs
from compare.__main__ import main
from compare.registry import Registry, from_files, suite

BODY = """
claims = [
    made("exact"), made("sharp", margin=1e-4), made("off", said=1.5, expect="disagrees", evidence="made so"),
    made("rival_left", margin=0.3, rivals={"nearly the same": lambda: {"loss": [1, 1.001]}}),
    made("exponent", 2.0, quantity=Exponent("loss", n=(1, 2)), rivals={"one": lambda: {"loss": [2, 1]}}),
]
"""


@pytest.fixture
def recorded(claim_file, tmp_path, capsys):
    """Claim file, folder of records and what `check` said of the same draws."""
    path, folder = claim_file(BODY), tmp_path / "reference"
    assert main(["record", str(path), "--records", str(folder), "--workers", "1", "--quiet"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert sorted(printed[:-1]) == sorted(str(file) for file in folder.iterdir())
    return path, folder


def judged(path, *more):
    target = path.with_name("out.json")
    status = main(["check", str(path), "--quiet", "--json", str(target), *more])
    return status, json.loads(target.read_text())


def test_a_record_gives_the_verdicts_of_the_run_that_wrote_it(recorded):
    path, folder = recorded
    status, fresh = judged(path, "--workers", "1")
    status_again, again = judged(path, "--recorded", "--records", str(folder))
    assert status == status_again == 1
    for one, two in zip(fresh["claims"], again["claims"], strict=True):
        assert one["name"] == two["name"]
        assert one["outcome"] == two["outcome"]
        assert [rival["outcome"] for rival in one["rivals"]] == [rival["outcome"] for rival in two["rivals"]]
    sharp = [document["claims"][1]["parts"] for document in (fresh, again)]  # undecided, so both judge all draws
    for one, two in zip(*sharp, strict=True):
        assert [one[key] for key in ("gap", "stderr", "reach")] == pytest.approx(
            [two[key] for key in ("gap", "stderr", "reach")], rel=1e-6
        )


def test_a_record_holds_the_columns_in_use_one_block_per_line_and_where_it_comes_from(recorded):
    path, folder = recorded
    (claim, *_) = from_files([path]).claims
    file = folder / f"{claim.experiment.key}.json"
    text = file.read_text()
    record = json.loads(text)
    assert list(record) == [
        *("schema", "experiment", "function", "parameters", "root_seed", "draws", "cap", "seconds"),
        *("provenance", "columns"),
    ]
    assert set(record["columns"]) == {"loss"}
    assert (record["draws"], record["cap"], record["parameters"]) == (128, 128, {"mean": 1})
    assert set(record["provenance"]) == {"device", "versions", "commit"}
    blocks = [line for line in text.splitlines() if re.fullmatch(r" +\[[-\d., e]+\],?", line)]
    assert [json.loads(line.strip(" ,")) for line in blocks] == record["columns"]["loss"]
    assert len(blocks) == 16
    assert text.endswith("\n")
    assert [name.suffix for name in folder.iterdir()] == [".json"] * 2


def test_what_is_read_is_what_was_written(recorded):
    path, folder = recorded
    claim = from_files([path]).claims[0]
    record = records.read(claim.experiment, folder)
    blocks = records.blocks_of(record)
    assert blocks.draws == 128
    assert blocks.means["loss"].shape == (16, 2)
    assert records.columns_used([claim]) == {claim.experiment.key: {"loss"}}


BLOCKS = [[1.0, 1.0]] * 16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{", "is damaged (JSONDecodeError: .*); delete it and run `scaleproof record`"),
        ("[]", "is damaged (TypeError: .*); delete it"),
        ("{}", "is damaged (KeyError: 'schema'); delete it"),
        ("\xff\xfe", "is damaged (UnicodeDecodeError: .*); delete it"),
        ({"schema": 2}, "has schema 2, this version reads 1; run `scaleproof record`"),
        ({"columns": {"loss": BLOCKS[:15]}}, "is damaged (.*'loss' needs 16 rows of equal length); delete it"),
        ({"columns": {"loss": [[1.0], *BLOCKS[1:]]}}, "is damaged (ValueError: .*); delete it"),
        ({"columns": {"loss": [["x", 1], *BLOCKS[1:]]}}, "is damaged (ValueError: .*); delete it"),
        ({"columns": 3}, "is damaged (AttributeError: .*); delete it"),
        ({"columns": None, "draws": None}, "is damaged (AttributeError: .*); delete it"),
        ({"draws": 100}, "is damaged (ValueError: .* got 100); delete it"),
        ({"seconds": "long"}, "is damaged (ValueError: .*'long'); delete it"),
        ({"experiment": "another"}, "is damaged (ValueError: it holds another); delete it"),
    ],
)
def test_a_damaged_or_foreign_record_is_an_error_of_its_claims_alone(recorded, change, message):
    path, folder = recorded
    file = folder / f"{from_files([path]).claims[0].experiment.key}.json"
    if isinstance(change, str):
        file.write_text(change, encoding="latin-1")
    else:
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
    status, document = judged(path, "--recorded", "--records", str(folder))
    assert status == 2
    assert [claim["outcome"] for claim in document["claims"]] == ["error"] * 4 + ["agrees"]
    pattern = re.escape(f"{file} ") + re.sub(r"[()]", r"\\\g<0>", message)
    assert re.match(pattern, document["claims"][0]["reason"])
    assert "\n" not in document["claims"][0]["reason"]


def test_a_missing_record_or_column_is_inconclusive_and_says_what_to_do(recorded, tmp_path):
    path, folder = recorded
    status, document = judged(path, "--recorded", "--records", str(tmp_path / "nowhere"))
    assert status == 3
    for claim in document["claims"]:
        assert claim["outcome"] == "inconclusive"
        assert re.fullmatch(r"no record of claim_files\.mine\.lab-\w+ in .*nowhere; run .*record.*", claim["reason"])
    for file in folder.iterdir():
        record = json.loads(file.read_text())
        file.write_text(json.dumps(record | {"columns": {"unused": BLOCKS}}))
    status, document = judged(path, "--recorded", "--records", str(folder))
    assert status == 3
    assert document["claims"][0]["reason"].startswith("no record of")


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(claim_file, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    path = claim_file("claim = good")
    assert main(["record", str(path), "--records", str(tmp_path / "file" / "x"), "--workers", "1"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_record_serves_the_claims_that_were_not_named(recorded, monkeypatch, capsys):
    path, folder = recorded
    claims = from_files([path]).claims
    exact, sharp, _, _, exponent = claims
    assert records.sharing([exact], claims) == [claim for claim in claims[1:] if claim.name != "exponent"]
    assert records.sharing([exponent], claims) == []
    monkeypatch.setattr(verbs, "suite", lambda: Registry([sharp, exponent]))
    monkeypatch.setattr(verbs, "chosen", lambda *_: Registry([exact]))
    (folder / f"{exponent.experiment.key}.json").unlink()
    assert main(["record", "exact", "--records", str(folder), "--workers", "1", "--quiet"]) in (0, 3)
    assert "recorded too, since they share an experiment: sharp" in capsys.readouterr().out
    written = json.loads((folder / f"{exact.experiment.key}.json").read_text())
    assert written["draws"] == sharp.cap  # `exact` alone is decided at once
    assert not (folder / f"{exponent.experiment.key}.json").exists()


def test_a_record_that_cannot_be_replaced_costs_that_record_only(recorded, capsys):
    path, folder = recorded
    blocked, other = sorted(folder.iterdir())
    blocked.unlink()
    (blocked / "inside").mkdir(parents=True)
    before = other.stat().st_mtime_ns
    assert main(["record", str(path), "--records", str(folder), "--workers", "1", "--quiet"]) == 2
    assert f"cannot write the record of {blocked.stem}" in capsys.readouterr().err
    assert other.stat().st_mtime_ns > before


def test_every_record_of_the_suite_belongs_to_a_claim_and_every_claim_has_one():
    wanted = {experiment.key for claim in suite().with_formula for experiment in claim.experiments.values()}
    found = {file.stem for file in (Path(__file__).parents[2] / records.FOLDER).glob("*.json")}
    assert found == wanted
