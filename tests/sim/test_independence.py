"""The simulation knows nothing of the theory, and importing it costs nothing."""

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import sim

SOURCES = sorted(Path(sim.__path__[0]).rglob("*.py"))
FORBIDDEN_WORDS = {
    "kappa", "κ", "dof", "df", "df1", "df2", "df3", "effective_ridge", "degrees_of_freedom", "exponent",
    "double_descent", "deterministic_equivalent", "predict", "prediction", "predicted", "asymptotic",
    "frontier", "slope", "zeta", "nsum", "brentq", "newton", "bisect",
    "theory", "sympy", "mpmath", "flint", "compare",
}  # fmt: skip


def knowledge(source):
    """Names and text in the source, apart from docstrings and comments, that belong to the theory."""
    names = {
        part
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.NAME
        for part in (token.string.lower(), *token.string.lower().split("_"))
    }
    phrases = {word for word in FORBIDDEN_WORDS if "_" in word and any(word in name for name in names)}
    return sorted(names & FORBIDDEN_WORDS | phrases)


ALLOWED = {
    "one_hot": {"zeta"},  # one coordinate per row is drawn with probability i^−η/ζ(η): the law itself
    "one_hot_losses": {"zeta"},
    "one_hot_teacher": {"zeta"},
    "one_hot_descent": {"zeta"},
    "k_hot": {"brentq"},  # a tilt that makes rejection quick; the law of the rows does not depend on it
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_result_under_test_appears(path):
    assert set(knowledge(path.read_text())) <= ALLOWED.get(path.stem, set())


@pytest.mark.parametrize(
    "planted",
    [
        "def loss(N): return effective_ridge(N) * N",
        "kappa = 1.0",
        "factor = (D - 1) / (D - N - 1); double_descent_factor = factor",
        "loss = N ** -exponent",
        "df2 = (spectrum / (spectrum + κ)).sum()",
        "from theory import random_features",
        "import theory.random_features as law",
        "loss.predicted_slope = 2",
        "degrees_of_freedom_1 = 3",
        "from scipy.optimize import brentq",
    ],
)
def test_planted_knowledge_is_found(planted):
    assert knowledge(f'"""Doc."""\n{planted}\n')


def test_the_scan_sees_the_models():
    assert {"random_features", "least_squares", "sweeps", "linalg"} <= {path.stem for path in SOURCES}


BACK_END = ("linalg", "device", "streams", "network", "trainer", "trained", "sweep")
"""Trainers, and brute-force twins that use torch's own gradients and optimiser."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_the_back_end_uses_torch(path):
    """Models import torch for type checking alone, under ``if TYPE_CHECKING``."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    imports = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in typing_only
    ]
    assert any("torch" in line for line in imports) == (path.stem in BACK_END)


def test_importing_the_models_does_not_import_torch():
    names = (path.relative_to(Path(sim.__path__[0]).parent).with_suffix("") for path in SOURCES)
    modules = ", ".join(".".join(name.parts) for name in names if name.stem != "__init__")
    forbidden = ("torch", "sympy", "mpmath", "flint", "theory")
    code = f"import sys, {modules}; print([m for m in {forbidden} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
