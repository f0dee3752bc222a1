"""The pytest plugin in a repository of somebody else's: what it collects, reports, writes, and what it leaves alone."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from compare.run import ROOT_SEED

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "scipy", "sympy", "torch", "matplotlib", "compare", "sim", "theory"}
HEAD = '''
import os
from compare import Claim, Experiment, Value

def lab(stream, *, mean):
    """Column "loss" of mean ``mean`` and relative spread 0.05 in two points."""
    return {"loss": mean * (1 + 0.05 * stream.normal(2))}

def made(name, said=1.0, **more):
    """A claim that the mean, which is 1, is ``said``."""
    fields = dict(
        statement="The mean is what it is.", source="made for a test", experiment=Experiment(lab, {"mean": 1}),
        predict=lambda: {"loss": [said, said]}, quantity=Value("loss", n=(1, 2)), margin=0.1, because="for a test",
        rivals={"three times": lambda: {"loss": [3.0, 3.0]}}, cap=64,
    )
    return Claim(name=name, **(fields | more))
'''


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder that holds the plugin under the name it is installed under."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "scaleproof_pytest").symlink_to(ROOT / "compare" / "pytest_plugin", target_is_directory=True)
    return folder


def ran(folder, installed, *words, plugins=(), first=()):
    """A finished pytest in ``folder``, with this plugin and those named alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCALEPROOF", "PYTEST"))}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (*first, installed, ROOT)))
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    chosen = [word for name in ("scaleproof_pytest", *plugins) for word in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *chosen, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory, installed):
    """A repository with packages of our names, claims of every outcome and tests of its own, and pytest's run there."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("compare", "sim", "theory"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    (folder / "conftest.py").touch()
    (folder / "mine_claim.py").write_text(
        HEAD
        + """
print("printed while it loads")
EVIDENCE = dict(evidence="made so")
claims = [
    made("good"), made("off", 1.5), made("sharp[n=1]", margin=1e-4), made("broken", predict=lambda: 1 / 0),
    made("known_off", 1.5, expect="disagrees", **EVIDENCE), made("slow", tier="full"),
    made("known_sharp", margin=1e-4, expect="inconclusive", **EVIDENCE),
]
"""
    )
    (folder / "deep").mkdir()
    (folder / "deep" / "mine_claim.py").write_text(HEAD + "claim = made('namesake')\n")
    (folder / "jwt_claim.py").write_text("import absent_package\n")
    (folder / "test_claim.py").write_text("def test_own(): pass\nif 0:\n    from compare import Claim\n")
    return folder, ran(folder, installed, "--junitxml=junit.xml", "--scaleproof-device=cpu")


def test_every_claim_is_a_test_and_inconclusive_is_an_outcome_of_its_own(repository):
    _, done = repository
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^mine_claim.py \.FIF\.si +\[", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^deep/mine_claim.py \. ", done.stdout, re.MULTILINE)
    assert re.search(r"^test_claim.py \. ", done.stdout, re.MULTILINE)
    assert re.search(r"^=+ 2 failed, 5 passed, 1 skipped, 1 inconclusive in ", done.stdout, re.MULTILINE)
    assert "jwt_claim" not in done.stdout


def test_a_failure_is_a_sentence_and_the_summary_has_a_line_for_every_claim(repository):
    _, done = repository
    _, failures, summary = re.split(r"^=+ (?:FAILURES|scaleproof: .*) =+$", done.stdout, flags=re.MULTILINE)
    assert "Simulation and theory differ by more than the margin in 2 of 2 parts. This was not expected" in failures
    assert re.search(
        r"could not be judged: ZeroDivisionError: division by zero \(mine_claim\.py, line \d+\)\.", failures
    )
    assert "Traceback" not in done.stdout + done.stderr
    lines = summary.splitlines()
    for line in (
        "agrees        good  (64 draws)",
        "disagrees     mine_claim.py::off  (64 draws), expected agrees, rivals rejected: 1 of 1",
        "disagrees     known_off  (64 draws), as expected",
        "inconclusive  known_sharp  (64 draws), as expected",
        "inconclusive  mine_claim.py::sharp[n=1]  (64 draws), expected agrees, rivals rejected: 1 of 1",
        "error         mine_claim.py::broken  (0 draws), expected agrees, rivals rejected: 0 of 1",
        f"seed {ROOT_SEED}, device cpu, commit none",
    ):
        assert line in lines, summary
    assert "cap of 64 draws reached; about" in lines[lines.index(next(x for x in lines if "sharp[n=1]" in x)) + 1]


def test_junit_has_the_facts_of_every_trial(repository):
    folder, _ = repository
    cases = {case.get("name"): case for case in ET.parse(folder / "junit.xml").iter("testcase")}
    found = {name: {p.get("name"): p.get("value") for p in case.iter("property")} for name, case in cases.items()}
    assert found["good"] == {
        "claim": "good", "outcome": "agrees", "expected": "agrees", "draws": "64", "rivals_rejected": "1 of 1",
        "parts": "2", "most_parts": found["good"]["most_parts"], "seed": str(ROOT_SEED), "device": "cpu",
        "scaleproof": found["good"]["scaleproof"],
    }  # fmt: skip
    assert found["sharp[n=1]"]["outcome"] == "inconclusive"
    assert found["test_own"] == found["slow"] == {}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {"off", "sharp[n=1]", "broken"}


def test_draws_are_kept_in_the_cache_of_pytest_and_nowhere_else(repository):
    folder, _ = repository
    assert (folder / ".pytest_cache" / "d" / "scaleproof" / "store.sqlite").is_file()
    assert not (folder / "reports").exists()


def test_without_claims_nothing_heavy_is_imported_and_no_process_started(tmp_path, installed):
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    (tmp_path / "conftest.py").write_text(
        "import subprocess, sys\n"
        "def pytest_unconfigure():\n"
        f"    print('heavy:', sorted({HEAVY!r} & set(sys.modules)), 'child:', bool(subprocess._active))\n"
    )
    done = ran(tmp_path, installed, "--co", "-q")
    assert done.stdout.splitlines()[-1] == "heavy: [] child: False", done.stdout + done.stderr
    assert "scaleproof" not in done.stdout.replace("heavy", "")


TWIN = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    facts = {"claim": asked.get("name"), "outcome": "agrees", "expected": "agrees", "draws": "64", "parts": "400",
             "rivals_rejected": "1 of 1", "most_parts": "600", "device": "cpu", "seed": asked.get("seed"),
             "store": asked.get("store")}
    claims = [{"name": name, "tier": "standard"} for name in ("one", "two")]
    print(json.dumps({"claims": claims, "sound": True, "sentence": "", "facts": facts}), flush=True)
"""
"""A judge that judges nothing and tells what it was asked."""


def test_processes_of_xdist_share_a_seed_and_a_store(tmp_path, installed):
    (tmp_path / "pair_claim.py").write_text("from compare import Claim\n")
    (tmp_path / "twin.py").write_text(TWIN)
    (tmp_path / "conftest.py").write_text(
        f"import pathlib, scaleproof_pytest.judge as j\nj.PROGRAM = pathlib.Path({str(tmp_path / 'twin.py')!r})\n"
    )
    words = ("-n2", "--scaleproof-seed=fresh", "--junitxml=junit.xml")
    done = ran(tmp_path, installed, *words, plugins=("xdist",))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scaleproof: 2 agrees" in done.stdout
    assert "warning: these claims have 800 scalar parts, the error level is set for 600" in done.stdout
    said = [(p.get("name"), p.get("value")) for p in ET.parse(tmp_path / "junit.xml").iter("property")]
    (seed,) = {value for name, value in said if name == "seed"}
    assert f"seed {seed}, device cpu" in done.stdout
    assert seed.isdecimal()
    assert seed != str(ROOT_SEED)
    assert {value for name, value in said if name == "store"} == {
        str(tmp_path / ".pytest_cache" / "d" / "scaleproof" / "store.sqlite")
    }


@pytest.mark.parametrize("named", [False, True])
def test_a_package_of_our_name_on_the_path_is_told_by_its_file(tmp_path, installed, named):
    theirs = tmp_path / "theirs"
    (theirs / "sim").mkdir(parents=True)
    (theirs / "sim" / "__init__.py").touch()
    (tmp_path / "mine_claim.py").write_text(HEAD + "claim = made('good')\n")
    done = ran(tmp_path, installed, *(["mine_claim.py"] if named else []), first=(theirs,))
    assert done.returncode == 2
    found = theirs / "sim" / "__init__.py"
    assert f"Python finds another 'sim' before Scaleproof's: {found}; take its folder off PYTHONPATH" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_file_that_does_not_load_is_one_sentence(tmp_path, installed):
    (tmp_path / "bad_claim.py").write_text("from compare import Claim\nclaim = undefined\n")
    done = ran(tmp_path, installed)
    assert done.returncode == 2
    assert "bad_claim.py: NameError: name 'undefined' is not defined (line 2)" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wrong_seed_is_wrong_usage(tmp_path, installed):
    done = ran(tmp_path, installed, "--scaleproof-seed=1.5")
    assert done.returncode == 4
    assert "--scaleproof-seed must be a non-negative whole number or 'fresh', got '1.5'" in done.stderr


CHILD = """
import json, os, sys
for line in sys.stdin:
    if "die" in line:
        print("no memory left", file=sys.stderr)
        os._exit(7)
    print("hello", file=sys.stderr)
    print(json.dumps({"got": json.loads(line)}), flush=True)
"""


def test_a_judge_that_dies_costs_one_question(tmp_path, monkeypatch):
    judge = importlib.import_module("compare.pytest_plugin.judge")
    program = tmp_path / "child.py"
    program.write_text(CHILD)
    monkeypatch.setattr(judge, "PROGRAM", program)
    asked = judge.Judge(tmp_path)
    try:
        assert asked.ask("one", x=1) == {"got": {"ask": "one", "x": 1}, "printed": "hello\n"}
        with pytest.raises(judge.JudgeError, match="ended with status 7; it said last: no memory left"):
            asked.ask("die")
        assert asked.ask("two")["printed"] == "hello\n"
    finally:
        asked.close()
    asked.close()


def test_its_constants_are_those_of_the_package():
    from compare import pytest_plugin
    from compare.claim import TIERS

    assert int(pytest_plugin.ROOT_SEED) == ROOT_SEED
    assert pytest_plugin.TIERS == TIERS


def test_it_is_installed_under_a_name_of_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"scaleproof": "scaleproof_pytest"}
    assert project["tool"]["setuptools"]["package-dir"]["scaleproof_pytest"] == "compare/pytest_plugin"
    assert "scaleproof_pytest" in project["tool"]["setuptools"]["packages"]
