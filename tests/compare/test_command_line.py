"""The command line as people use it, and misuse it: what it prints, writes and returns."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compare import records
from compare.__main__ import main
from compare.registry import from_files
from compare.run import ROOT_SEED

COMMAND = (sys.executable, "-m", "compare")
FULL_DISK = Path("/dev/full")


def checked(path, *more):
    """Exit status of a check in this process."""
    return main(["check", str(path), "--workers", "1", *more])


def shell(*words, cwd, **more):
    path = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [*COMMAND, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120, **more
    )


def said(capsys):
    """Standard output and error, neither with a traceback."""
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return out, err


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("claim = good", 0),
        ("claim = made('off', said=1.5, expect='disagrees', evidence='made so')", 0),
        ("claim = made('sharp', margin=1e-4, expect='inconclusive', evidence='made so')", 0),
        ("claims = [good, made('off', said=1.5)]", 1),
        ("claim = made('agrees_after_all', expect='disagrees', evidence='made so')", 1),
        ("claims = [good, made('rival_left', rivals={'nearly the same': lambda: {'loss': [1, 1.001]}})]", 1),
        ("claims = [good, made('sharp', margin=1e-4)]", 3),
        ("claim = made('sharp', margin=1e-4, rivals={'near': lambda: {'loss': [1, 1.00001]}})", 3),
        (
            "claim = made('sharp', margin=1e-4, expect='inconclusive', evidence='made so', "
            "rivals={'near': lambda: {'loss': [1, 1.00001]}})",
            1,
        ),
        ("claims = [made('off', said=1.5), made('sharp', margin=1e-4)]", 1),
        ("claims = [good, made('off', said=1.5), made('broken', predict=lambda: 1 / 0)]", 2),
        ("claims = [good, undefined]", 2),
    ],
)
def test_exit_statuses(claim_file, body, status, capsys):
    assert checked(claim_file(body)) == status
    said(capsys)


def test_the_table_names_outcomes_reasons_rivals_and_counts(claim_file, capsys):
    body = """claims = [good, made("off", said=1.5), made("sharp", margin=1e-4),
        made("rival_left", rivals={"nearly the same": lambda: {"loss": [1, 1.001]}})]"""
    assert checked(claim_file(body)) == 1
    out, _ = said(capsys)
    head, good, off, sharp, left, *rest = out.splitlines()
    assert re.split(r"  +", head.strip()) == ["claim", "quantity", "predicted", "measured", "gap", "can see", "verdict"]
    assert re.fullmatch(r"good +value +1\.0000 +\d\.\d+\(\d+\) +[−+]?\d\.\d+ % +±\d+ % +agrees *", good)
    assert off.rstrip().endswith("disagrees (expected agrees)")
    assert sharp.rstrip().endswith("inconclusive (expected agrees)")
    assert left.rstrip().endswith("agrees")
    assert any(line.startswith("sharp: inconclusive: cap of 128 draws reached; about") for line in rest)
    assert "rival_left: not rejected: nearly the same" in rest
    assert rest[-1].startswith("4 claims, 2 not as expected: 2 agree, 1 disagrees, 1 inconclusive · ")
    assert out.isascii() or "\x1b" not in out


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        (
            "claim = made('left', rivals={'near': lambda: {'loss': [1, 1.001]}, 'far': lambda: {'loss': [2, 2]}})",
            1,
            "1 claim, all as expected, but 1 rival not rejected: 1 agrees · 1 of 2 rivals rejected · ",
        ),
        (
            "claims = [good, made('broken', predict=lambda: 1 / 0)]",
            2,
            "2 claims, 1 not as expected: 1 agrees, 1 error with 1 rival not tried · 1 of 2 rivals rejected · ",
        ),
    ],
)
def test_the_closing_line_is_no_success_where_the_exit_status_is_none(claim_file, body, status, line, capsys):
    assert checked(claim_file(body), "--quiet") == status
    assert said(capsys)[0].startswith(line)


def test_one_claim_of_a_file_is_checked_shown_listed_and_recorded(claim_file, tmp_path, capsys):
    path = claim_file(
        "claims = [good, made('other', quantity=Value('unused', n=(1,)), predict=lambda: {'unused': [1]})]"
    )
    one, records = f"{path}::goo", tmp_path / "records"
    assert checked(one, "--quiet") == 0
    assert said(capsys)[0].startswith("1 claim, all as expected")
    assert main(["list", one, "--short"]) == 0
    assert said(capsys)[0].split() == ["claim", "tier", "good", "standard"]
    assert main(["show", one, "--records", str(records)]) == 0
    assert said(capsys)[0].startswith("good\n  The mean")
    main(["record", one, "--records", str(records), "--workers", "1", "--quiet"])
    assert "recorded too, since they share an experiment: other\n" in said(capsys)[0]
    (record,) = records.glob("*.json")
    assert set(json.loads(record.read_text())["columns"]) == {"loss", "unused"}


def test_quiet_leaves_the_closing_line(claim_file, capsys):
    assert checked(claim_file("claim = good"), "--quiet") == 0
    out, err = said(capsys)
    assert re.fullmatch(r"1 claim, all as expected: 1 agrees · 1 of 1 rivals rejected · [\d.]+ s\n", out)
    assert err == ""


SIMULATED = """
from sim import random_features as features
import theory.random_features as law
WORLD = {"decay": 1, "n_modes": 64}
def simulated(name, function, predict, column, at, **parameters):
    return made(name, experiment=Experiment(function, WORLD | parameters), predict=predict,
                quantity=Value(column, n=at), rivals={"two": lambda: {column: [2] * len(at)}})
def bad(function, predict, column, at, **parameters):
    return [simulated("bad", function, predict, column, at, **parameters), good]
"""
NO_THEORY = "lambda: {'unresolved': [1, 1]}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("claims = [made('bad', predict=lambda: 1 / 0), good]", "bad: error: ZeroDivisionError: division by zero"),
        (
            "claims = [made('bad', predict=lambda: {'loss': [1, 1, 1]}), good]",
            "bad: error: the prediction of 'loss' has 3 points, the experiment 2; predict every point in the exper",
        ),
        (
            "claims = [made('bad', predict=lambda: {'loss': [1, math.nan]}), good]",
            "bad: error: the prediction of 'loss' is not finite: [ 1. nan]; check its parameters",
        ),
        (
            "claims = [made('bad', quantity=Value('los', n=(1, 2))), good]",
            "bad: error: the experiment has no column 'los'; it has loss, unused",
        ),
        (
            "claims = [made('bad', quantity=Value('loss', n=(1, 2, 3))), good]",
            "bad: error: the experiment gives 2 points of 'loss', the quantity names 3; list the coordinates",
        ),
        (
            "claims = [made('bad', parameters={'typo': 3}), good]",
            "bad: error: the experiment claim_files.mine.lab failed: TypeError: lab() got an unexpected keyword",
        ),
        (
            "claims = bad(features.ridge, lambda: {'bias': [1]}, 'bias', (8,), points=((8, 16, -0.5),))",
            "ridge must be positive and finite, got -0.5; for the ridgeless limit use `ridgeless`",
        ),
        (
            "P = ((8, 16, -1),)\n"
            "claims = bad(features.ridge, lambda: law.ridge(**WORLD, points=P), 'bias', (8,), points=P)",
            "ridge must be positive and finite, got -1; for the ridgeless limit",
        ),
        (
            "WORLD['decay'] = 0\n"
            f"claims = bad(features.unresolved, {NO_THEORY}, 'unresolved', (8, 9), n_features=(8, 9))",
            "decay must be positive and finite, got 0; the spectrum i^-(1+decay) is summable only then",
        ),
        (
            f"claims = bad(features.unresolved, {NO_THEORY}, 'unresolved', (0, 8), n_features=(0, 8))",
            "n_features must be at least 1, got 0; pass a whole number of at least 1",
        ),
        (
            "claims = bad(features.ridgeless, lambda: {'log_bias': [1]}, 'log_bias', (8,), cells=((8, -3),))",
            "n_samples must be at least 1, got -3; pass a whole number of at least 1",
        ),
        (
            "claims = bad(features.ridgeless, lambda: {'bias': [1]}, 'bias', (12,), cells=((12, 16),))",
            "the mean of 'bias' cannot be judged at n=12: tail index 2.5, a mean needs more than 4 (Gaussian regressi",
        ),
        ("claims = [made('bad', function=late), good]", "claim_files.mine.late failed: RuntimeError: too late"),
    ],
)
def test_what_is_wrong_with_one_claim_is_one_sentence_and_the_others_run(claim_file, body, message, capsys):
    late = "def late(stream, *, mean):\n    raise RuntimeError('too late')\n"
    assert checked(claim_file(SIMULATED + late + body)) == 2
    out, _ = said(capsys)
    (line,) = [line for line in out.splitlines() if line.startswith("bad: error: ")]
    assert message in line
    assert re.search(r"^good +value .* agrees *$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        ("lambda: 3", r"the prediction must be .*, got 3"),
        ("lambda: None", r"the prediction must be .*, got None"),
        ("lambda: {'los': [1, 1]}", r"no column 'loss'.*los"),
    ],
)
def test_a_prediction_that_is_no_dict_or_lacks_the_column_says_so(claim_file, predict, message, capsys):
    assert checked(claim_file(f"claims = [made('bad', predict={predict}), good]")) == 2
    assert re.search(f"bad: error: .*{message}", said(capsys)[0])


def test_a_file_that_does_not_load_costs_itself_and_debug_shows_where(claim_file, capsys, monkeypatch):
    fine, broken = claim_file("claim = good"), claim_file("claim = undefined", "broken")
    monkeypatch.chdir(broken.parent)
    assert checked(fine, "broken.py", "brken.py") == 2
    out, err = said(capsys)
    assert re.search(r"^error: broken.py: NameError: name 'undefined' is not defined \(line \d+\)$", err, re.MULTILINE)
    assert "error: brken.py: there is no such claim file; did you mean broken.py?" in err
    assert out.splitlines()[-1].startswith(
        "1 claim, all as expected: 1 agrees · 1 of 1 rivals rejected · 2 files could"
    )
    assert checked(broken, "--debug") == 2
    _, err = capsys.readouterr()
    assert "Traceback" in err
    assert "pass --debug" not in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "dense_pek"], "no claim matches 'dense_pek'; did you mean dense_peak"),
        (["check", "zzzz*"], "no claim matches 'zzzz*'; `scaleproof list` shows all names"),
        (["list", "dense_pek"], "no claim matches 'dense_pek'; did you mean dense_peak"),
        (["show", "dense_pek"], "no claim matches 'dense_pek'; did you mean dense_peak"),
        (["check", "FILE", "--seed", "-3"], "--seed must be a non-negative whole number or 'fresh', got '-3'"),
        (["check", "FILE", "--seed", "1.5"], "--seed must be a non-negative whole number or 'fresh', got '1.5'"),
        (["check", "FILE", "--workers", "0"], "--workers must be at least 1, got 0"),
        (["check", "FILE", "--device", "tpu"], "device must be 'cpu', 'cuda' or 'cuda:NUMBER', got 'tpu'; omit it"),
        (
            ["check", "FILE", "--json", "FILE/out.json"],
            "cannot write FILE/out.json (File exists); choose a writable file",
        ),
        (["check", "FILE", "--junit", "."], "cannot write . (it is a folder); choose a writable file"),
        (["check", "FILE", "--html", "FILE/a/b.html"], "cannot write FILE/a/b.html (Not a directory); choose"),
        (["new", "two words"], "the name must be letters, digits and underscores, got 'two words'"),
        (["new", "my.claim"], "the name must be letters, digits and underscores, got 'my.claim'"),
        (["new", ""], "the name must be letters, digits and underscores, got '.py'"),
        (["new", "__"], "the name must be letters, digits and underscores, got '__'"),
        (["new", "mine"], "mine.py exists; choose another name or remove it"),
        (["new", "mine.py"], "mine.py exists; choose another name or remove it"),
    ],
)
def test_wrong_usage_is_one_sentence_with_the_remedy(claim_file, words, message, capsys, monkeypatch):
    path = claim_file("claim = good")
    monkeypatch.chdir(path.parent)
    assert main([word.replace("FILE", "mine.py") for word in words]) == 2
    out, err = said(capsys)
    assert out == ""
    assert err.startswith(f"error: {message.replace('FILE', 'mine.py')}")
    assert err.count("\n") == 1
    assert [file.name for file in path.parent.iterdir()] == ["mine.py"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: VERB"),
        (["chekc"], "invalid choice: 'chekc'"),
        (["check", "--tier", "huge"], "argument --tier: invalid choice: 'huge' (choose from"),
        (["check", "--workers", "two"], "argument --workers: invalid int value: 'two'"),
        (["check", "--margin", "1"], "unrecognized arguments: --margin"),
        (["new", "a", "b", "c"], "unrecognized arguments: c"),
    ],
)
def test_unknown_words_are_wrong_usage(words, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert message in said(capsys)[1]


def test_a_claim_in_a_file_may_not_take_a_name_of_the_suite_run_with_it(claim_file, capsys):
    path = claim_file("claim = made('dense_model_exponent[decay=1]')")
    assert checked(path, "dense_model_exponent[decay=1]") == 2
    assert "the name 'dense_model_exponent[decay=1]' is both in the suite and in a file" in said(capsys)[1]


@pytest.mark.skipif(not FULL_DISK.exists(), reason="the system has no /dev/full")
def test_a_full_disk_costs_the_file_on_it_only(claim_file, tmp_path, capsys):
    target = tmp_path / "out.xml"
    assert checked(claim_file("claim = good"), "--json", str(FULL_DISK), "--junit", str(target)) == 2
    out, err = said(capsys)
    assert "error: cannot write /dev/full (No space left on device); free space or choose another file" in err
    assert "1 claim, all as expected" in out
    assert "good" in target.read_text()


def test_a_fresh_seed_is_told_and_repeats(claim_file, tmp_path, capsys):
    path, target = claim_file("claim = good"), tmp_path / "out.json"

    def measured(seed):
        assert checked(path, "--seed", seed, "--json", str(target)) == 0
        document = json.loads(target.read_text())
        return document["suite"]["seed"], document["claims"][0]["points"], said(capsys)[0].splitlines()[-1]

    seed, points, line = measured("fresh")
    assert line.endswith(f" · seed {seed}")
    again, same_points, _ = measured(str(seed))
    other, other_points, _ = measured("fresh")
    usual, _, usual_line = measured(str(ROOT_SEED))
    assert again == seed != other
    assert same_points == points != other_points
    assert (usual, "seed" in usual_line) == (ROOT_SEED, False)


def test_list_and_show_say_what_a_claim_declares(claim_file, tmp_path, capsys):
    path = claim_file("claims = [good, made('known[n=1]', said=2, expect='disagrees', evidence='record 12')]")
    assert main(["list", str(path)]) == 0
    lines = said(capsys)[0].splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [[name, "standard", "value"] for name in ("good", "known[n=1]")]
    assert main(["list", str(path), "--short"]) == 0
    assert [line.split() for line in said(capsys)[0].splitlines()[1:]] == [
        [name, "standard"] for name in ("good", "known[n=1]")
    ]
    assert main(["show", str(path), "--records", str(tmp_path)]) == 0
    out, _ = said(capsys)
    for text in (
        "The mean is what it is.",
        "source        made for a test",
        "quantity      value",
        "points        loss at n=1; n=2",
        "margin        0.1: for a test",
        "draws         64 to 128, tier standard",
        "experiment    claim_files.mine.lab(mean=1)",
        "identities    none",
        "rival         twice as much",
        "expected      disagrees: record 12",
        "cost          not recorded yet",
    ):
        assert text in out


def test_show_tells_long_parameters_in_short_and_indents_what_is_wrapped(claim_file, tmp_path, capsys, monkeypatch):
    lab = "def many(stream, *, mean, sizes, pair):\n    return lab(stream, mean=mean)\n"
    more = "statement='A statement that is long ' * 12, parameters={'sizes': (4, 4, 16, 16, 64, 64), 'pair': (1, 2)}"
    path = claim_file(f"{lab}claims = [made('a', function=many, {more}), made('b', formula_from='standard')]")
    assert main(["show", str(path), "--records", str(tmp_path)]) == 0
    out, _ = said(capsys)
    assert "many(mean=1; sizes=4, 4, 16, ... (6 values); pair=1, 2)" in out
    assert out.count("formula from") == 1
    assert "formula from  standard" in out
    monkeypatch.setattr("compare.terminal.PLAIN_WIDTH", 60)
    assert main(["show", f"{path}::a", "--records", str(tmp_path)]) == 0
    name, *lines = said(capsys)[0].splitlines()
    assert name == "a"
    assert all(line.startswith("  ") for line in lines)
    assert sum(line.startswith(" " * 16) for line in lines) >= 1
    assert max(map(len, lines)) <= 60


def test_recorded_evidence_without_names_says_which_claims_these_are(claim_file, monkeypatch, tmp_path, capsys):
    found = from_files([claim_file("claims = [good, made('long', tier='full')]")])
    for place in ("compare.registry.suite", "compare.verbs.suite"):
        monkeypatch.setattr(place, lambda: found)

    def closing(*words):
        assert main(["check", "--recorded", "--records", str(tmp_path), "--store", "none", *words]) == 3
        return said(capsys)[0].splitlines()[-1]

    assert closing().startswith("1 claim (tier standard; --tier full for all 2), 1 not as expected: 1 inconclusive")
    for words in (["--tier", "standard"], ["good"]):
        assert closing(*words).startswith("1 claim, 1 not as expected")
    assert closing("--tier", "full").startswith("2 claims, 2 not as expected")


def test_what_has_no_record_says_what_to_record(claim_file, monkeypatch, tmp_path, capsys):
    path = claim_file("claim = good")
    monkeypatch.chdir(path.parent)
    empty = ["--recorded", "--records", str(tmp_path / "empty"), "--store", "none"]
    assert main(["check", path.name, *empty]) == 3
    assert "; run `scaleproof record mine.py` or name another --records" in said(capsys)[0]
    assert main(["check", "dense_label_noise_below_peak[decay=1]", *empty]) == 3
    assert "; run `scaleproof record 'dense_label_noise_below_peak[decay=1]'` or name" in said(capsys)[0]
    assert "; run `scaleproof record FILE.py` or" in records.trial(from_files([path]).claims[0], tmp_path).note


def test_names_with_brackets_and_patterns_choose_from_the_suite(capsys):
    assert main(["list", "dense_model_exponent[decay=1]"]) == 0
    assert len(said(capsys)[0].splitlines()[1:]) >= 1
    assert main(["list", "dense_model_exponent[decay=*]", "--tier", "smoke"]) == 0
    assert said(capsys)[0].count("dense_model_exponent[") == 1
    assert main(["show", "dense_model_exponent[decay=1]"]) == 0
    assert "law           symbolic against finite-size theory" in said(capsys)[0]


def test_a_damaged_record_is_told_where_the_cost_would_stand(claim_file, tmp_path, capsys):
    assert main(["record", str(path := claim_file("claim = good")), "--records", str(tmp_path), "--workers", "1"]) == 0
    (record,) = tmp_path.glob("*.json")
    record.write_text("{")
    said(capsys)
    assert main(["show", str(path), "--records", str(tmp_path)]) == 2
    assert "is damaged" in said(capsys)[1]


def test_the_skeleton_of_a_new_claim_works_as_it_stands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my_law_2"]) == 0
    assert said(capsys)[0] == "wrote my_law_2.py; put it on trial with: scaleproof check my_law_2.py\n"
    text = Path("my_law_2.py").read_text(encoding="utf-8")
    assert "NAME" not in text
    assert len(text.splitlines()) < 45
    started = time.perf_counter()
    assert checked("my_law_2.py", "--json", "out.json") == 0
    assert time.perf_counter() - started < 20
    document = json.loads(Path("out.json").read_text())
    (claim,) = document["claims"]
    assert (claim["name"], claim["outcome"]) == ("my_law_2", "agrees")
    assert [rival["outcome"] for rival in claim["rivals"]] == ["disagrees"] * 2
    assert document["suite"]["rivals_rejected"] == 2


def test_a_new_claim_may_go_into_another_folder_and_begin_with_a_digit(tmp_path, capsys):
    target = tmp_path / "deep" / "er" / "2nd_law.py"
    assert main(["new", str(target.with_suffix(""))]) == 0
    assert 'name="2nd_law"' in target.read_text(encoding="utf-8")
    assert main(["list", str(target)]) == 0
    said(capsys)


def test_help_and_list_import_nothing_heavy(tmp_path):
    code = (
        "import sys\nfrom compare.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'dask', 'distributed', 'matplotlib'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    for words in (["--help"], ["list"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=120
        )
        assert done.stdout.splitlines()[-1] == "heavy: []", words
        assert done.stderr == ""
    assert "dense_model_exponent[decay=1]" in done.stdout


def test_output_that_is_no_terminal_is_plain_and_a_closed_pipe_is_no_error(claim_file, tmp_path):
    path = claim_file("claim = good")
    done = shell("check", path.name, "--workers", "1", "--json", "out.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert not list(tmp_path.glob("reports"))
    first = (tmp_path / "out.json").read_text()

    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [*COMMAND, "check", path.name, "--workers", "1", "--json", "out.json"],
            cwd=tmp_path, stdout=closed, stderr=subprocess.PIPE, text=True, check=False, timeout=120,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (
        json.loads((tmp_path / "out.json").read_text())["claims"][0]["points"]
        == json.loads(first)["claims"][0]["points"]
    )


@pytest.mark.parametrize("no_color", [False, True])
def test_colour_on_a_terminal_unless_no_color_is_set(claim_file, monkeypatch, no_color, capsys):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert checked(claim_file("claims = [good, made('off', said=1.5)]")) == 1
    out, _ = said(capsys)
    assert ("\x1b[32m" in out) is not no_color
    assert ("\x1b[31m" in out) is not no_color


def test_an_interrupt_ends_quietly_with_130(claim_file, tmp_path):
    slow = "import time, pathlib\ndef slow(stream, *, mean):\n    pathlib.Path('started').touch()\n    time.sleep(60)\n"
    path = claim_file(slow + "claim = made('slow', function=slow)")
    running = subprocess.Popen(
        [*COMMAND, "check", path.name, "--workers", "1"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    try:
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130
    said, again = err.splitlines()[-2:]
    assert said.startswith("interrupted; no report was written, ")
    assert again.endswith(f" with: scaleproof check {path.name} --workers 1")
    assert "Traceback" not in out + err


def test_a_report_without_records_leaves_the_pages_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 2
    assert "there are no records in reports/reference; pass --records FOLDER" in said(capsys)[1]
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("option", [["--oracle"], ["--seed", "3"], ["--workers", "2"], ["--device", "cpu"]])
def test_recorded_evidence_takes_no_options_of_a_simulation(option, capsys):
    assert main(["check", "--recorded", *option, "dense_frontier_law"]) == 2
    assert "--recorded simulates nothing; drop --seed" in said(capsys)[1]


def test_records_are_those_of_the_working_folder_else_of_the_installation(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--recorded", "dense_label_noise*", "--store", "none"]) == 0
    assert "2 claims, all as expected" in said(capsys)[0]
    assert main(["show", "dense_label_noise_below_peak[decay=1]"]) == 0
    assert re.search(r"cost +[\d.]+ s for \d+ draws; expect", said(capsys)[0])
    monkeypatch.setattr("compare.records.__file__", str(tmp_path / "site-packages" / "compare" / "records.py"))
    for words in (["check", "--recorded", "dense_frontier_law"], ["plan", "--compute", "1e8"]):
        assert main(words) == 2
        assert "no reports/reference here; run in the repository or pass --records FOLDER" in said(capsys)[1]
    assert main(["show", "dense_label_noise_below_peak[decay=1]"]) == 0
    assert "not recorded yet" in said(capsys)[0]
    Path("reports/reference").mkdir(parents=True)
    assert main(["check", "--recorded", "dense_label_noise_below_peak[decay=1]", "--store", "none"]) == 3
    assert "no record of" in said(capsys)[0]


def test_the_hint_to_debug_is_given_where_a_traceback_tells_more(claim_file, capsys):
    hint = "pass --debug to see where it went wrong"
    assert checked(claim_file("claim = made('bad', predict=lambda: 1 / 0)")) == 2
    assert hint in said(capsys)[1]
    assert checked(claim_file("claim = made('bad', quantity=Value('los', n=(1, 2)))", "other")) == 2
    out, err = said(capsys)
    assert "no column" in out
    assert hint not in err
