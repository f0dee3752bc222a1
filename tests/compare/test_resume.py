"""Runs with a store: nothing twice, nothing stale, nothing lost, whatever is killed or broken."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from compare import prepared, source
from compare.__main__ import main
from compare.run import Run
from compare.shelf import Shelf
from compare.store import Store, StoreError
from compare.units import load_file
from compare.workers import InProcess

BODY = """
def slow(stream, *, mean):
    import time
    time.sleep(0.02)
    return lab(stream, mean=mean)

claims = [made("slow", 3.0, function=slow, margin=1e-4, cap=1024), made("quick", 2.0)]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite"


def executed(claims, path, tell=None, **more):
    """The run of these claims on the store, and what its shelf found there."""
    with InProcess() as here, Store(path) as store:
        shelf = Shelf(store, root=1, machine="this one", **({"tell": tell} if tell else {}))
        run = Run(claims, here, root=1, shelf=shelf, **more)
        run.execute()
        return run, shelf.chunks_found, sum(here.units_per_worker.values())


def bits(run):
    return {
        key: [{name: values.tobytes() for name, values in chunk.items()} for chunk in found.chunks]
        for key, found in run.evidence.items()
    }


def told(run):
    return [(verdict.outcome, verdict.reason, verdict.parts, verdict.rivals, verdict.law) for verdict in run.verdicts()]


def claims_of(path):
    source.code_hash.cache_clear()  # one process sees one state of the code
    sys.modules.pop(f"claim_files.{path.stem}", None)
    module = load_file(path)
    return getattr(module, "claims", None) or [module.good]


def test_a_second_run_computes_nothing_and_says_the_same(claim_file, path):
    claims = claims_of(claim_file("claims = [made('a', margin=0.02, cap=512), made('b', 2.0, margin=1e-4)]"))
    first, found, units = executed(claims, path)
    assert found == 0
    assert units > 0
    second, found, units = executed(claims, path)
    assert (found, units) == (sum(len(e.chunks) for e in first.evidence.values()), 0)
    assert bits(second) == bits(first)
    assert told(second) == told(first)


def test_more_draws_than_stored_are_added(claim_file, path):
    short = claims_of(claim_file("claims = [made('a', margin=1e-4, cap=128)]"))
    executed(short, path)
    long = claims_of(claim_file("claims = [made('a', margin=1e-4, cap=256)]", "longer"))
    long[0].experiment.function.__module__ = short[0].experiment.function.__module__
    run, *_ = executed(long, path)
    assert len(next(iter(run.evidence.values())).chunks) == 64


def test_holes_are_filled(claim_file, path):
    claims = claims_of(claim_file("claim = good"))
    first, *_ = executed(claims, path)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM chunks WHERE chunk IN (0, 3, 4, 15)")
        db.execute("UPDATE chunks SET data = zeroblob(length(data)) WHERE chunk = 7")
    second, found, units = executed(claims, path)
    assert (found, units) == (16 - 5, 5)  # at an eighth of five missing chunks, each is a unit
    assert bits(second) == bits(first)


def test_changed_code_seed_or_parameter_never_reuses_a_unit(claim_file, path):
    executed(claims_of(claim_file("claim = good")), path)
    file = claim_file("claim = good")
    file.write_text(file.read_text().replace("1 + spread * stream", "1 + 2 * spread * stream"))
    assert executed(claims_of(file), path)[1] == 0
    assert executed(claims_of(claim_file("claims = [made('good', parameters={'spread': 0.1})]")), path)[1] == 0
    claims = claims_of(claim_file("claim = good"))
    assert executed(claims, path)[1] > 0
    with InProcess() as here, Store(path) as store:
        for change in ({"root": 2}, {"machine": "another"}, {"oracle": True}):
            shelf = Shelf(store, **{"root": 1, "machine": "this one", **change})
            assert shelf.load(claims[0].experiment, 0, 100) == {}
        assert not here.units_per_worker


def test_theory_is_evaluated_once_until_its_code_changes(claim_file, path, monkeypatch):
    calls = []
    monkeypatch.setattr(prepared, "prepare", lambda claim, do=prepared.prepare: calls.append(claim.name) or do(claim))
    body = """
from fractions import Fraction
law = Asymptote(law=lambda: 1, finite=lambda n: 1 + 1 / n, sizes=(10, 1000), order=Fraction(1), bound=0.01)
claims = [made("both", asymptote=law),
          Claim(name="alone", statement="x.", source="y", asymptote=law, rivals={"two": lambda: 2})]
"""
    file = claim_file(body)
    first, *_ = executed(claims_of(file), path)
    assert calls == ["both", "alone"]
    second, *_ = executed(claims_of(file), path)
    assert calls == ["both", "alone"]
    assert told(second) == told(first)
    assert second.trials[0].own.prediction.values["loss"].tolist() == [1, 1]
    file.write_text(file.read_text().replace("1 + 1 / n", "1 + 2 / n"))
    third, *_ = executed(claims_of(file), path)
    assert len(calls) == 4
    assert third.trials[0].law.deviation == pytest.approx(0.002)


def test_conditional_laws_are_evaluated_once_on_the_same_data(claim_file, path, tmp_path):
    """Each evaluation of the claim or its rival leaves a letter in a file; the seventeen are 16 folds and the whole."""
    log = tmp_path / "log"
    body = f"""
def law(factor, letter):
    def predict(given):
        with open({str(log)!r}, "a") as file:
            file.write(letter)
        return {{"loss": factor * given["loss"] ** 0}}
    return predict
claims = [made("conditional", predict=law(1.0, "c"), rivals={{"twice": law(2.0, "r")}}, given=("loss",))]
"""
    file = claim_file(body)
    first, *_ = executed(claims_of(file), path)
    assert first.verdicts()[0].reason == ""
    assert sorted(log.read_text()) == ["c"] * 17 + ["r"] * 17
    again, *_ = executed(claims_of(file), path)
    assert len(log.read_text()) == 34
    without, *_ = executed(claims_of(file), path.with_name("new.sqlite"))
    assert len(log.read_text()) == 68
    assert told(first) == told(again) == told(without)
    assert first.verdicts()[0].sound
    with InProcess() as here, Store(path) as store:
        other = Shelf(store, root=2, machine="this one")
        Run(claims_of(file), here, root=2, device="cpu", shelf=other).execute()
    assert len(log.read_text()) == 102, "other draws"
    file.write_text(file.read_text().replace("factor * given", "1.01 * factor * given"))
    changed, *_ = executed(claims_of(file), path)
    assert len(log.read_text()) == 136, "another law"
    assert changed.trials[0].own.prediction.values["loss"] == pytest.approx(1.01)


def test_theory_that_captures_what_no_source_tells_is_always_evaluated(claim_file, path):
    (claim,) = claims_of(claim_file("claims = [(lambda t: made('a', predict="
                                    "lambda: {'loss': [next(t), 1.0]}))(iter([1.0] * 9))]"))  # fmt: skip
    assert prepared.identity(claim) is None
    assert executed([claim], path)[0].verdicts()[0].outcome == "agrees"


@pytest.mark.parametrize("act", ["load", "keep", "artefact", "keep_artefact"])
def test_a_store_that_fails_on_the_way_costs_no_verdict(act, claim_file, path, monkeypatch):
    claims = claims_of(claim_file("claims = [good, made('b', 2.0)]"))
    sound, *_ = executed(claims, path.with_name("other.sqlite"))

    def fail(*_, **__):
        raise StoreError("the store x cannot be used (database or disk is full); move it away")

    monkeypatch.setattr(Store, act, fail)
    warnings = []
    run, *_ = executed(claims, path, tell=warnings.append)
    assert told(run) == told(sound)
    assert warnings == ["the store x cannot be used (database or disk is full); move it away; going on without it, "
                        "what it holds is kept"]  # fmt: skip


COMMAND = [sys.executable, "-m", "compare", "check", "mine.py", "--store", "store.sqlite", "--quiet"]


def started(folder, *more):
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.Popen([*COMMAND, *more], cwd=folder, env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip


def chunks_in(path):
    with contextlib.suppress(sqlite3.OperationalError), sqlite3.connect(path, timeout=60) as db:  # no table yet
        return db.execute("SELECT count(*) FROM chunks").fetchone()[0]
    return 0


def results(folder, name):
    document = json.loads((folder / name).read_text())
    return [(claim["name"], claim["outcome"], claim["draws"], claim["parts"]) for claim in document["claims"]]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_killed_at_any_moment_resumes_with_the_same_bits(workers, claim_file, tmp_path):
    claim_file(BODY)
    path = tmp_path / "store.sqlite"
    process = started(tmp_path, "--workers", workers)
    deadline = time.monotonic() + 240
    while not (path.exists() and path.stat().st_size and chunks_in(path) > 40):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    kept = chunks_in(path)
    assert 40 < kept < 1024 // 4 + 32
    for name, more in (("resumed.json", ("--store", "store.sqlite")), ("undisturbed.json", ("--store", "none"))):
        assert main_in(tmp_path, "--workers", "1", "--json", name, *more) == 3
    assert results(tmp_path, "resumed.json") == results(tmp_path, "undisturbed.json")
    assert chunks_in(path) == 1024 // 4 + 64 // 4


def main_in(folder, *more):
    process = started(folder, *more)
    _, err = process.communicate(timeout=300)
    assert "Traceback" not in err, err
    return process.returncode


def test_two_runs_at_once_on_one_store(claim_file, tmp_path):
    claim_file(BODY)
    names = ("one.json", "two.json")
    processes = [started(tmp_path, "--workers", "1", "--json", name) for name in names]
    for process in processes:
        _, err = process.communicate(timeout=300)
        assert (process.returncode, "warning" in err) == (3, False), err
    assert results(tmp_path, "one.json") == results(tmp_path, "two.json")
    assert chunks_in(tmp_path / "store.sqlite") == 1024 // 4 + 64 // 4


def test_a_refused_store_is_told_and_left_alone(claim_file, tmp_path, capsys):
    file, store = claim_file("claim = good"), tmp_path / "store.sqlite"
    store.write_text("not a database " * 100)
    assert main(["check", str(file), "--workers", "1", "--store", str(store), "--quiet"]) == 0
    err = capsys.readouterr().err
    assert re.search(r"warning: the store .* cannot be used \(file is not a database\); move it away .*without it", err)
    assert store.read_text() == "not a database " * 100


def test_store_info_and_export(claim_file, tmp_path, capsys):
    file, store, table = claim_file("claim = good"), str(tmp_path / "store.sqlite"), tmp_path / "draws.csv"
    assert main(["check", str(file), "--workers", "1", "--store", store, "--seed", "7"]) == 0
    assert main(["store", "info", "--store", store]) == 0
    out = capsys.readouterr().out
    assert re.search(r"mine\.lab-\w+ +7 +\w{16} +64 ", out)
    assert main(["store", "export", str(table), "--store", store]) == 0
    rows = [line.rsplit(",", 4) for line in table.read_text().splitlines()]
    assert rows[0][1:] == ["draw", "column", "point", "value"]
    losses = [float(row[4]) for row in rows[1:] if row[2] == "loss"]
    assert len(losses) == 64 * 2
    assert np.mean(losses) == pytest.approx(1, abs=0.02)
    assert [row[1] for row in rows[1:] if row[2] == "loss" and row[3] == "0"] == [str(k) for k in range(64)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["info", "--store", "nowhere.sqlite"], "there is no store nowhere.sqlite; name one with --store"),
        (["export", "--experiment", "dense*"], "no experiment in .* matches 'dense\\*'; see `scaleproof store info`"),
        (["export", "no/file/here.csv"], "cannot write"),
    ],
)
def test_store_errors(words, message, claim_file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no").write_text("a file")
    file = claim_file("claim = good")
    main(["check", str(file), "--workers", "1", "--store", "store.sqlite", "--quiet"])
    more = [] if "--store" in words else ["--store", "store.sqlite"]
    assert main(["store", *words, *more]) == 2
    assert re.search(message, capsys.readouterr().err)
