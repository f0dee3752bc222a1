"""The terminal: time left, narrow windows, Ctrl-C and how to go on, help with examples, near words, expected cost."""

import re
import shlex
import sys

import pytest

from compare import terminal
from compare.__main__ import main, parser
from compare.examples import EXAMPLES
from compare.forecast import Forecast
from compare.run import Run
from compare.units import Result, load_file
from compare.workers import InProcess
from sim.streams import CHUNK

ANSI = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


def result(key, chunks, seconds, error=""):
    return Result(key, 0, ({},) * chunks, seconds, "here", error)


def test_a_forecast_knows_nothing_before_every_cost_is_known_and_counts_what_runs_at_once():
    now = [100.0]
    forecast = Forecast(lambda: now[0])
    assert forecast.left({"a": 1}) is None
    assert forecast.left({"a": 0}) == 0
    now[0] += 4.0
    forecast.learn(result("a", 2, 4.0))
    assert forecast.left({"a": 10}) == pytest.approx(20.0)
    assert forecast.left({"a": 10, "b": 1}) is None
    forecast.learn(result("b", 1, 4.0))  # two units in the time of one
    assert forecast.left({"a": 10, "b": 5}) == pytest.approx((20.0 + 20.0) / 2)
    forecast.learn(result("b", 0, 50.0, "failed"))
    assert forecast.left({"b": 1}) == pytest.approx(2.0)


def test_a_run_tells_the_time_left_up_to_the_cap(claim_file):
    path = claim_file("claims = [made('a', margin=1e-4, cap=128), made('b', 2.0, margin=1e-4, cap=64)]")
    told = []
    with InProcess() as here:
        Run(load_file(path).claims, here, progress=lambda *words: told.append(words)).execute()
    looks = [words for words in told if "draws" in words[0]]
    for text, *_ in looks[1:]:
        assert re.match(r"(64|128) draws, [12] claims? open(, at most \d.* left)?: claim_files.mine.lab$", text)
    assert "at most" in looks[-2][0]
    assert re.match(r"128 draws, 1 claim open: ", looks[-1][0])  # nothing is left
    assert looks[-1][1] == looks[-1][2]


@pytest.fixture
def window(monkeypatch):
    """A function that makes standard output and error a terminal of so many columns."""

    def make(columns):
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", "30")
        monkeypatch.delenv("NO_COLOR", raising=False)
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)

    return make


@pytest.mark.parametrize("columns", [40, 120])
def test_the_bar_fits_its_window(columns, window, capsys):
    window(columns)
    with terminal.progress(quiet=False) as report:
        report("64 draws, 12 claims open, at most 2 min 11 s left: sparse_features.losses_of_all_kinds", 3, 8)
    shown = ANSI.sub("", capsys.readouterr().err)
    assert "3/8" in shown
    assert "64 draws" in shown
    assert max(map(len, re.split(r"[\r\n]+", shown))) <= columns


def test_a_narrow_window_gives_every_claim_lines_of_its_own(claim_file, window, capsys):
    window(40)
    name = "a_long_name_of_a_claim[n=1]"
    path = claim_file(f"claims = [made({name!r}), made('off', said=1.5), made('broken', predict=lambda: 1 / 0)]")
    assert main(["check", str(path), "--workers", "1"]) == 2
    lines = [line.rstrip() for line in ANSI.sub("", capsys.readouterr().out).splitlines()]
    place = lines.index(name)
    assert lines[place + 1] == "  agrees"
    assert re.match(r"  predicted 1\.0", lines[place + 2])
    assert re.match(r"  can see +±", lines[place + 5])
    assert lines[lines.index("off") + 1] == "  disagrees (expected agrees)"
    assert lines[lines.index("broken") + 1] == "  error (expected agrees)"
    assert max(len(line) for line in lines[: lines.index("broken")]) <= 40


STOPPED = """
import os
calls = []
def stopped(stream, *, mean):
    calls.append(1)
    if os.environ.get("STOP") and len(calls) > 4:
        raise KeyboardInterrupt
    return lab(stream, mean=mean)
claim = made("slow", function=stopped, cap=64)
"""


@pytest.mark.parametrize("words", [["--seed", "fresh"], ["--seed=fresh"], []])
def test_ctrl_c_says_how_to_go_on_and_nothing_finished_is_lost(claim_file, words, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path = claim_file(STOPPED)
    monkeypatch.setenv("STOP", "1")
    asked = ["check", path.name, "--workers", "1", "--store", "kept.sqlite", *words]
    assert main(asked) == 130
    _, err = capsys.readouterr()
    said, again = err.splitlines()[-2:]
    assert said == "interrupted; no report was written, finished units are in kept.sqlite"
    command = shlex.split(again.removeprefix("go on with: "))
    assert command[:2] == ["scaleproof", "check"]
    assert "fresh" not in command
    monkeypatch.delenv("STOP")
    load_file(path).calls.clear()
    assert main(command[1:]) == 0
    assert len(load_file(path).calls) == 64 // CHUNK - 4  # four chunks were kept


def test_ctrl_c_without_a_store_and_elsewhere_promises_nothing(claim_file, capsys, monkeypatch):
    path = claim_file(STOPPED)
    monkeypatch.setenv("STOP", "1")
    assert main(["check", str(path), "--workers", "1", "--store", "none"]) == 130
    said, again = capsys.readouterr().err.splitlines()[-2:]
    assert said == "interrupted; no report was written, nothing was kept, as asked by --store none"
    assert again == shlex.join(
        ["repeat", "it", "with:", "scaleproof", "check", str(path), "--workers", "1", "--store", "none"]
    )

    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules["compare.__main__"].VERBS, "list", stop)
    assert main(["list", "x y"]) == 130
    assert capsys.readouterr().err == "interrupted; nothing was written\nrepeat it with: scaleproof list 'x y'\n"


def verbs():
    (found,) = [action for action in parser()._actions if action.dest == "verb"]
    return found.choices


def test_the_help_of_every_verb_has_examples_that_are_right():
    assert set(verbs()) == set(EXAMPLES)
    for name, verb in verbs().items():
        shown = verb.format_help()
        for line in EXAMPLES[name]:
            assert f"\n  {line}\n" in shown
            words = shlex.split(line)
            assert words[:2] == ["scaleproof", name]
            parser().parse_args(words[1:])


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["chekc"], "check"),
        (["check", "--tier", "standrad"], "standard"),
        (["store", "exprot"], "export"),
    ],
)
def test_a_misspelt_word_gets_the_nearest(words, near, capsys):
    with pytest.raises(SystemExit):
        main(words)
    assert capsys.readouterr().err.rstrip().endswith(f"; did you mean {near!r}?")


def test_a_misspelt_claim_gets_the_nearest_names(capsys):
    assert main(["show", "dense_peak_locaton[n_samples=16]"]) == 2
    assert "did you mean dense_peak_location[n_samples=16]" in capsys.readouterr().err


def test_show_tells_the_expected_time(claim_file, tmp_path, capsys):
    path = claim_file("claims = [good, made('long', cap=1024)]")
    assert main(["record", str(path), "--records", str(tmp_path), "--workers", "1", "--quiet"]) == 0
    (record,) = tmp_path.glob("*.json")
    record.write_text(re.sub(r'"seconds": [\d.]+', '"seconds": 90', record.read_text()))
    assert main(["show", str(path), "--records", str(tmp_path)]) == 0
    costs = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  cost")]
    assert costs == [
        "  cost          90 s for 64 draws; expect 1 min 30 s on one core, at most 3 min 00 s",
        "  cost          90 s for 64 draws; expect 1 min 30 s on one core, at most 24 min 00 s",
    ]
