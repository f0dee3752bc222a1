"""What a person is told of a claim that fails: the link, the sign, the base, the remedy, as reported by readers."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compare.__main__ import main
from compare.registry import from_files
from compare.run import Run
from compare.site.words import plainly
from compare.workers import InProcess

LAW = """
claim = made("both", asymptote=Asymptote(law=lambda: 1, finite=lambda n: 1 + n ** (-1 / 3), sizes=(10**6, 10**9),
             order=1, bound={bound}))
"""


def judged(path):
    with InProcess() as here:
        run = Run(from_files([path]).claims, here, root=1)
        run.execute()
        return run.verdicts()[0]


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        (0.01, "its distance from the finite-size theory goes as size^−0.33 between 1e+06 and 1e+09; "
               "order=1 declares size^−1"),
        (1e-4, "the finite-size theory at size 1e+09 is 0.001 away from it, not below the bound 0.0001"),
    ],
)  # fmt: skip
def test_a_law_that_fails_says_which_condition_and_blames_no_simulation(claim_file, bound, told):
    verdict = judged(claim_file(LAW.format(bound=bound)))
    assert verdict.reason == f"symbolic law: {told}"
    first, second, *rest = plainly(verdict)
    assert told in first
    assert second == "Theory of finite size and simulation agree, which does not mend that."
    assert not any("differ by more than the margin" in line for line in (first, second, *rest))


GRID = """
import numpy as np
N = np.array([4.0, 8, 16, 32, 64])
def curve(stream, *, n):
    return {"loss": (1 + 0.01 * stream.normal(len(n)).numpy()) * TRUTH(np.array(n, dtype=float))}
claim = Claim(name="grid", statement="x.", source="y", experiment=Experiment(curve, {"n": (4, 8, 16, 32, 64)}),
    predict=lambda: {"loss": SAID(N)}, quantity=QUANTITY, margin=0.05, because="z",
    rivals={"flat": lambda: {"loss": 9 * N ** 3}}, cap=64)
"""
VALUES, SLOPE = 'Value("loss", n=(4, 8, 16, 32, 64))', 'Exponent("loss", n=(4, 8, 16, 32, 64))'


def on_grid(claim_file, truth, said, quantity=VALUES):
    return judged(
        claim_file(f"TRUTH, SAID = lambda n: {truth}, lambda n: {said}\n" + GRID.replace("QUANTITY", quantity))
    )


@pytest.mark.parametrize(
    ("truth", "said", "quantity", "told"),
    [
        ("np.log(n)", "np.log2(n)", VALUES, "1/ln 2 = 1.443, natural against base-2 logarithm"),
        ("np.log(n)", "np.log10(n)", VALUES, "ln 10 = 2.303, natural against base-10 logarithm"),
        ("np.sqrt(2) / n", "1 / n", VALUES, "a missing factor √2"),
        ("n ** -0.55", "n ** 0.67", SLOPE, "the measurement falls where the prediction grows, an exponent with"),
        ("n ** -0.55", "n ** 0.55", SLOPE, "an exponent with the wrong sign?"),
        ("n ** -0.5", "n ** -1.5", SLOPE, "a forgotten factor n"),
    ],
)  # fmt: skip
def test_advice_knows_bases_and_signs(claim_file, truth, said, quantity, told):
    verdict = on_grid(claim_file, truth, said, quantity)
    assert verdict.outcome == "disagrees"
    assert told in verdict.advice


def test_a_prediction_without_a_logarithm_is_not_called_a_measurement(claim_file):
    verdict = on_grid(claim_file, "1 / n", "np.log(1 / n)")
    assert verdict.outcome == "inconclusive"
    assert verdict.reason == "the predicted 'loss' at n=4 is -1.39 and has no logarithm"


def test_the_sharpness_of_several_numbers_is_a_range(claim_file):
    verdict = judged(claim_file("""
def uneven(stream, *, mean):
    return {"loss": 1 + stream.normal(2).numpy() * [0.02, 0.1]}
claim = made("uneven", function=uneven, margin=0.2)
"""))  # fmt: skip
    assert verdict.outcome == "agrees"
    least, most = re.search(
        r"off by (\d+) % to (\d+) %, by the number compared, or more", " ".join(plainly(verdict))
    ).groups()
    assert int(least) < int(most)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_of_a_terminal_is_told_in_two_lines_by_one_process(claim_file, tmp_path, workers):
    slow = "import time, pathlib\ndef slow(stream, *, mean):\n    pathlib.Path('started').touch()\n    time.sleep(60)\n"
    path = claim_file(slow + "claim = made('slow', function=slow)")
    running = subprocess.Popen(
        [sys.executable, "-m", "compare", "check", path.name, "--workers", str(workers)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)
    try:
        _, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "Traceback" not in err
    said, again = err.splitlines()[-2:]
    assert said.startswith("interrupted; no report was written")
    assert f"scaleproof check {path.name} --workers {workers}" in again


def test_a_page_that_agrees_with_a_rival_left_is_not_green(claim_file, tmp_path):
    path = claim_file("claim = made('left', rivals={'nearly': lambda: {'loss': [1, 1.001]}})")
    arguments = ["check", str(path), "--workers", "1", "--store", "none", "--site", str(tmp_path / "site")]
    assert main(arguments) == 1
    page = (tmp_path / "site" / "claims" / "left.html").read_text(encoding="utf-8")
    assert "agrees, but a rival is not rejected" in page
    assert 'class="box inconclusive"' in page
    assert "0 of 1 rival; not nearly: the claim is not sound." in page


def test_an_error_names_the_line_of_the_file(claim_file):
    body = "def late(stream, *, mean):\n    return {'loss': 1 / 0}\n"
    path = claim_file(body + "claims = [made('late', function=late), made('early', predict=lambda: {}['x'])]")
    line = path.read_text().splitlines().index("    return {'loss': 1 / 0}") + 1
    with InProcess() as here:
        run = Run(from_files([path]).claims, here, root=1)
        run.execute()
        late, early = run.verdicts()
    assert late.reason.endswith(f"ZeroDivisionError: division by zero (mine.py, line {line})")
    assert early.reason == f"KeyError: 'x' (mine.py, line {line + 1})"
