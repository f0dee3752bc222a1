"""Runs: what is simulated, how often, with which bits, and what an experiment that fails costs the others."""

import json
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from compare import Claim, Contrasts, Experiment, Level, Value, View
from compare.registry import from_files
from compare.rule import SUITE_PARTS
from compare.run import Run, SuiteTooLargeError
from compare.workers import InProcess, workers
from sim.streams import CHUNK

CALLS = Counter()


def lab(stream, *, mean, spread=0.05, fails_at=None):
    CALLS[mean] += 1
    if CALLS[mean] == fails_at:
        raise RuntimeError("boom")
    return {"loss": mean * (1 + spread * stream.normal(2)), "other": stream.normal(1)}


def odd(stream, *, kind):
    """What a user's function may get wrong."""
    CALLS[kind] += 1
    late = CALLS[kind] > 20
    noise = 1 + 0.05 * stream.normal(2)
    return {
        "number": lambda: 3,
        "empty": dict,
        "flat": lambda: {"loss": noise[:, 0]},
        "text": lambda: {"loss": "abc"},
        "rows": lambda: {"loss": noise[:2]},
        "points": lambda: {"loss": stream.normal(3) if late else noise},
        "columns": lambda: {"los": noise} if late else {"loss": noise},
        "exit": sys.exit,
        "nan": lambda: {"loss": noise * float("nan")},
        "infinite": lambda: {"loss": noise / 0.0},
        "negative": lambda: {"loss": -noise},
    }[kind]()


BUFFER = np.empty((CHUNK, 2))


def same_array(stream, *, mean):
    BUFFER[:] = mean * (1 + 0.05 * stream.normal(2).numpy())
    return {"loss": BUFFER}


def made(name, mean=1.0, function=lab, parameters=None, **more):
    fields = {
        "statement": "The mean is what it is.",
        "source": "made for a test",
        "experiment": Experiment(function, {"mean": mean} | (parameters or {}) if function is not odd else parameters),
        "predict": lambda: {"loss": [mean, mean]},
        "quantity": Value("loss", n=(1, 2)),
        "margin": 0.1,
        "because": "for a test",
        "rivals": {"twice as much": lambda: {"loss": [2 * mean, 2 * mean]}},
        "cap": 256,
    }
    return Claim(name=name, **(fields | more))


def executed(claims, **more):
    CALLS.clear()
    with InProcess() as here:
        run = Run(claims, here, **more)
        return run, run.execute()


def means(run):
    return {key: evidence.blocks().means for key, evidence in run.evidence.items()}


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(one[key][column], other[key][column]) for key in one for column in one[key]
    )


SHARP = {"margin": 1e-4, "cap": 256}  # never decided: runs to its cap


def test_claims_that_name_one_experiment_share_its_draws():
    run, verdicts = executed([made("a"), made("b", margin=0.2), made("c", quantity=Level("loss", n=(1, 2)))])
    assert [verdict.outcome for verdict in verdicts] == ["agrees"] * 3
    assert CALLS == {1.0: 64 // CHUNK}
    assert len(run.evidence) == 1


def test_different_parameters_and_different_functions_are_different_experiments():
    run, _ = executed([made("a"), made("b", 2.0), made("c", function=same_array)])
    assert CALLS == {1.0: 64 // CHUNK, 2.0: 64 // CHUNK}
    assert len(run.evidence) == 3
    one, two, _ = (found["loss"] for found in means(run).values())
    assert not np.array_equal(2 * one, two)


def test_order_selection_and_names_of_claims_change_no_bit():
    a, b = made("a"), made("b", 2.0, margin=0.02)
    first, verdicts = executed([a, b])
    for claims in ([b, a], [made("renamed"), b], [made("a", margin=0.09), made("again"), b]):
        again, _ = executed(claims)
        assert same(means(first), means(again))
    alone, (verdict,) = executed([b])
    assert verdict.parts == verdicts[1].parts
    assert same(means(alone), {key: found for key, found in means(first).items() if key in alone.evidence})


def test_later_looks_continue_the_draws_of_earlier_ones():
    short, _ = executed([made("a", margin=1e-4, cap=64)])
    long, (verdict,) = executed([made("a", **SHARP)])
    assert (verdict.draws, verdict.looks, verdict.outcome) == (256, 3, "inconclusive")
    assert CALLS == {1.0: 256 // CHUNK}
    (few,), (many,) = short.evidence.values(), long.evidence.values()
    assert all(np.array_equal(one["loss"], two["loss"]) for one, two in zip(few.chunks, many.chunks, strict=False))
    rows = np.concatenate([chunk["loss"] for chunk in many.chunks])
    assert len(np.unique(rows)) == rows.size == 512


def test_a_claim_that_is_decided_waits_for_nobody_and_draws_stop_at_the_largest_cap():
    _, verdicts = executed([made("quick"), made("slow", **SHARP), made("capped", margin=1e-4, cap=128)])
    assert [verdict.draws for verdict in verdicts] == [64, 256, 128]
    assert CALLS == {1.0: 256 // CHUNK}


def test_two_experiments_of_one_claim():
    claim = made(
        "both",
        experiment={"one": Experiment(lab, {"mean": 1}), "two": Experiment(lab, {"mean": 2})},
        predict=lambda: {"one.loss": [1, 1]},
        quantity=Value("one.loss", n=(1, 2)),
        rivals={"three": lambda: {"one.loss": [3, 3]}},
    )
    run, (verdict,) = executed([claim])
    assert verdict.outcome == "agrees"
    assert len(run.evidence) == 2


def test_seeds_decide_the_draws():
    runs = [executed([made("a")], root=root)[0] for root in (1, 1, 2)]
    assert same(means(runs[0]), means(runs[1]))
    assert not same(means(runs[0]), means(runs[2]))


def test_an_array_that_a_function_uses_again_is_copied():
    fresh, _ = executed([made("a", function=same_array)])
    (evidence,) = fresh.evidence.values()
    rows = np.concatenate([chunk["loss"] for chunk in evidence.chunks])
    assert len(np.unique(rows)) == rows.size


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("number", "an experiment returns named columns, a non-empty dict of arrays; got int"),
        ("empty", "an experiment returns named columns, a non-empty dict of arrays; got dict"),
        ("flat", r"column 'loss' must have shape \(n_draws, n_points\) = \(4, ...\), got \(4,\)"),
        ("rows", r"column 'loss' must have shape \(n_draws, n_points\) = \(4, ...\), got \(2, 2\)"),
        ("text", "could not convert string to float: 'abc'"),
        ("points", "from {'loss': 2} to {'loss': 3} between draws; return the same columns"),
        ("columns", "from {'loss': 2} to {'los': 2} between draws; return the same columns"),
        ("exit", "SystemExit"),
    ],
)
def test_a_function_that_returns_something_else_is_an_error_of_its_claims_alone(kind, message):
    bad = made("bad", function=odd, parameters={"kind": kind}, **SHARP)
    _, (error, fine) = executed([bad, made("fine")])
    assert (error.outcome, fine.outcome) == ("error", "agrees")
    with pytest.raises(RuntimeError, match=rf"the experiment .*\.odd failed: .*{message}"):
        raise RuntimeError(error.reason)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # numpy's, on the infinite one
@pytest.mark.parametrize("kind", ["nan", "infinite", "negative"])
def test_a_measurement_that_is_not_finite_is_inconclusive(kind):
    bad = made("bad", function=odd, parameters={"kind": kind}, cap=64)
    _, (verdict, fine) = executed([bad, made("fine")])
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "non-finite measurement")
    assert fine.outcome == "agrees"


def test_what_was_drawn_before_an_experiment_failed_is_kept():
    bad = made("bad", 3.0, parameters={"fails_at": 20}, **SHARP)
    run, (verdict, fine) = executed([bad, made("fine", **SHARP)])
    assert re.search(r"lab failed: RuntimeError: boom \(test_run\.py, line \d+\)$", verdict.reason)
    assert (fine.outcome, fine.draws) == ("inconclusive", 256)
    assert [len(evidence.chunks) for evidence in run.evidence.values()] == [16, 64]


def test_progress_counts_to_the_end_of_every_look():
    told = []
    executed([made("a", **SHARP)], progress=lambda *line: told.append(line))
    ends = [text.partition(",")[0] for text, done, planned in told if done == planned]
    assert [text for text in ends if "draws" in text] == ["64 draws", "128 draws", "256 draws"]
    assert all(0 <= done <= planned for _, done, planned in told)


def test_claims_that_join_a_suite_leave_every_verdict_as_it_was():
    """Levels are set for 600 parts, however many there are: intervals, outcomes, reaches and reasons stay."""
    undecided, refuted = made("undecided", margin=0.005), made("refuted", predict=lambda: {"loss": [1.2, 1.0]})
    old = executed([undecided, refuted])[1]
    assert [verdict.outcome for verdict in old] == ["inconclusive", "disagrees"]
    many = {f"part {k}": (1.0, -1.0) for k in range(SUITE_PARTS - 4)}
    joined = made("joined", quantity=Contrasts("many", View.of("loss", {"n": (1, 2)}, None), many))
    run, found = executed([joined, undecided, refuted])
    assert run.tests == SUITE_PARTS
    for before, after in zip(old, found[-2:], strict=True):
        assert (before.parts, before.outcome, before.reason) == (after.parts, after.outcome, after.reason)
        assert before.rivals == after.rivals


def test_a_suite_beyond_the_level_of_disagreement_is_refused():
    huge = made("huge", quantity=Value("loss", n=range(1, 602)))
    with pytest.raises(SuiteTooLargeError, match="have 601 scalar parts, the error level is set for 600; run fewer"):
        executed([huge])


def test_the_number_of_workers_is_at_least_one():
    assert isinstance(workers(1), InProcess)
    with pytest.raises(ValueError, match="--workers must be at least 1, got 0"):
        workers(0)


OWN = """
import multiprocessing, os, pathlib
from sim import random_features
import theory.random_features as law

WORLD = {"decay": 1, "n_modes": 64, "n_features": (12, 16)}
features = made(
    "features", experiment=Experiment(random_features.unresolved, WORLD), margin=0.1, quantity=
    Value("unresolved", n=(12, 16)), predict=lambda: law.unresolved(**WORLD),
    rivals={"half": lambda: {"unresolved": law.unresolved(**WORLD).values["unresolved"] / 2}},
)
def killed(stream, *, mean):
    flag = pathlib.Path(__file__).with_name("killed")
    if multiprocessing.parent_process() and not flag.exists():
        flag.touch()
        os._exit(9)
    return lab(stream, mean=mean)

once = made("killed_once", 3.0, function=killed)
claims = [good, once, made("sharp", margin=1e-4, cap=128), made("wide", 2.0), features]
"""

WATCHED = """
import json, sys
from compare import __main__, run

execute = run.Run.execute

def watched(self):
    verdicts = execute(self)
    bits = {key: {name: means.tobytes().hex() for name, means in found.blocks().means.items()}
            for key, found in self.evidence.items()}
    print("bits", json.dumps(bits))
    return verdicts

run.Run.execute = watched
sys.exit(__main__.main(sys.argv[1:]))
"""


def test_a_file_outside_the_repository_on_two_processes_one_of_them_killed_gives_the_bits_of_one(claim_file, tmp_path):
    path = claim_file(OWN)
    command = [sys.executable, "-c", WATCHED, "--debug", "check", path.name, "--workers", "2", "--json", "two.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stdout.splitlines()
    two = json.loads(lines[0].removeprefix("bits "))
    (shown,) = [line for line in lines if line.startswith("units per worker: process ")]
    units = json.loads((tmp_path / "two.json").read_text())["suite"]["units_per_worker"]
    assert (tmp_path / "killed").exists()
    assert len(units) >= 2
    assert min(units.values()) >= 1
    assert all(f"{worker}: {count}" in shown for worker, count in units.items())

    found = from_files([path])
    assert found.errors == []
    run, verdicts = executed(found.claims)
    one = {
        key: {name: column.tobytes().hex() for name, column in columns.items()} for key, columns in means(run).items()
    }
    assert one == two
    assert [verdict.outcome for verdict in verdicts] == ["agrees", "agrees", "inconclusive", "agrees", "agrees"]
    assert sum(units.values()) == sum(len(found.chunks) for found in run.evidence.values()) // 2
