"""Wrong theories are caught by evidence: edits of the source of theory/, judged on recorded draws and by link 1."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "reports" / "reference"

EDITS = {
    "decay exponent 5 % larger": (
        {"theory/spectra.py": [("return 1 + decay", "return 1 + decay * 21 / 20")]},
        ["dense_model_exponent[decay=1]", "dense_data_exponent[decay=1]", "least_squares_subset[decay=1]"],
    ),
    "X/(X − m) for (X − 1)/(X − m − 1)": (
        {"theory/ridgeless.py": [("return (X - 1) / (X - m - 1)", "return X / (X - m)")]},
        ["dense_double_descent[decay=1]"],
    ),
    "1/m correction dropped": (
        {"theory/ridgeless.py": [("loss *= 1 + correction(state, size)", "loss *= 1")]},
        ["dense_resolution_limit[decay=0.5]", "dense_resolution_limit[decay=1]", "dense_resolution_limit[decay=2]"],
    ),
    "N and D swapped in the label noise": (
        {"theory/ridgeless.py": [("Fraction(N, D - N - 1)", "Fraction(D, D - N - 1)")]},
        ["dense_label_noise_below_peak[decay=1]"],
    ),
    "optimal ratio decay/(decay + 1)": (
        {"theory/random_features_laws.py": [("subs(SIZE, sp.sqrt(RATIO * C))", "subs(SIZE, RATIO * C)")]},
        ["dense_optimal_ratio[decay=1]", "dense_optimal_ratio[decay=2]"],
    ),
    "π/2 dropped": (
        {"theory/hard_edge.py": [("return k * i0 * k0 + (i0 + k * i1) * tail", "return mpf(1) + 0 * (k * k0 * tail)")]},
        ["dense_hard_edge[decay=1]"],
    ),
    "N/(N − r) for (N − 1)/(N − r − 1)": (
        {"theory/sparse_features/overparameterised.py": [("return (N - 1) / (N - r - 1)", "return N / (N - r)")]},
        ["sparse_overparameterised[decay=1,sparsity=3]", "sparse_overparameterised[decay=1,sparsity=1.5]"],
    ),
    "Gaussian spikes one-sided": (
        {
            "theory/sparse_features/instability.py": [
                ("special.gammaincc(n / 2, x / 2)", "special.gammaincc(n / 2, x / 2) / 2")
            ]
        },
        ["sparse_instability_probability[decay=0.5,sparsity=3]"],
    ),
    "activation c i^−(η + 1/10)": (
        {
            "theory/sparse_features/row_law.py": [
                ("np.minimum(1.0, c * i**-eta)", "np.minimum(1.0, c * i ** -(eta + 0.1))")
            ]
        },
        ["sparse_unseen_mass[decay=1,sparsity=3]", "sparse_rank[sparsity=2]"],
    ),
}
ALL = sorted({name for _, names in EDITS.values() for name in names})


def judged(folder, names):
    """Outcomes on recorded evidence of the source tree in ``folder``, and the exit status."""
    out = folder / "results.json"
    command = [sys.executable, "-m", "compare", "check", "--recorded", "--quiet", "--records", str(RECORDS)]
    done = subprocess.run(
        [*command, "--json", str(out), *names], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert out.exists(), done.stderr
    return {claim["name"]: claim for claim in json.loads(out.read_text())["claims"]}, done.returncode


@pytest.fixture
def copy(tmp_path):
    for package in ("theory", "sim", "compare"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_true_theory_passes(copy):
    found, status = judged(copy, ALL)
    assert {name: claim["outcome"] for name, claim in found.items()} == dict.fromkeys(ALL, "agrees")
    assert status == 0


@pytest.mark.parametrize("wrong", EDITS)
def test_a_wrong_theory_is_caught(wrong, copy):
    edits, names = EDITS[wrong]
    for file, replacements in edits.items():
        text = (copy / file).read_text(encoding="utf-8")
        for old, new in replacements:
            assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        (copy / file).write_text(text, encoding="utf-8")
    found, status = judged(copy, names)
    outcomes = {name: (claim["outcome"], claim["reason"]) for name, claim in found.items()}
    assert {outcome for outcome, _ in outcomes.values()} == {"disagrees"}, outcomes
    assert status == 1
