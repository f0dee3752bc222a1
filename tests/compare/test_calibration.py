"""The experiment that measures the judge: its laws have mean 1, its truths are true, its counts are right."""

import json

import numpy as np
import pytest

from compare import calibration
from compare.__main__ import main

KINDS = {kind.name: kind for kind in calibration.kinds()}


@pytest.mark.parametrize("law", calibration.LAWS)
def test_laws_have_mean_one(law):
    sample = calibration.LAWS[law](np.random.default_rng(3), (200_000,))
    assert abs(sample.mean() - 1) < 5 * sample.std() / np.sqrt(sample.size)


@pytest.mark.parametrize("name", KINDS)
def test_the_spread_predicts_the_standard_error_of_the_part(name):
    law, rng = "lognormal, log-sd 0.3", np.random.default_rng(5)
    kind, n = KINDS[name], 1024
    parts = [
        kind.quantity.measure({"x": calibration.draws(kind, calibration.LAWS[law], rng, n).mean(axis=0)})[0]
        for _ in range(400)
    ]
    expected = calibration._spread(name, law) / np.sqrt(n)
    assert np.std(parts) == pytest.approx(expected, rel=0.15)  # 400 values: standard error 3.5 %


@pytest.mark.parametrize("name", KINDS)
def test_a_theory_off_by_margins_is_judged_as_such(name):
    law = "lognormal, log-sd 0.3"
    true = calibration.measure(KINDS[name], law, 0.0, runs=20, cap=1024, seed=1)
    wrong = calibration.measure(KINDS[name], law, 3.0, runs=20, cap=1024, seed=1)
    assert (true.agrees.count, true.disagrees.count) == (20, 0)
    assert (wrong.agrees.count, wrong.disagrees.count) == (0, 20)
    assert true.draws < 1


def test_limits_are_those_of_clopper_and_pearson():
    low, high = calibration.Rate(0, 100).limits
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_the_command_writes_what_it_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(calibration, "OFFSETS", (0.0,))
    monkeypatch.setattr(calibration.table, "__kwdefaults__", {"cap": 8192, "seed": 1, "offsets": (0.0,)})
    files = ["--json", str(tmp_path / "c.json"), "--markdown", str(tmp_path / "c.md")]
    assert main(["calibrate", "--runs", "3", "--cap", "256", *files]) == 0
    found = json.loads((tmp_path / "c.json").read_text())
    assert len(found["cells"]) == len(calibration.kinds()) * len(calibration.LAWS)
    assert all(cell["agrees"]["runs"] == 3 for cell in found["cells"])
    assert (tmp_path / "c.md").read_text().count("\n| ") == 1 + len(found["cells"])
    assert main(["calibrate", "--runs", "0", *files]) == 2
    assert "--runs must be at least 1, got 0" in capsys.readouterr().err
