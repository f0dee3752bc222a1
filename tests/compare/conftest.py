"""Claim files written for a test: cheap draws of known mean, so that every outcome can be had at will."""

import sys

import pytest

HEAD = '''
import math
from compare import Asymptote, Claim, Exponent, Experiment, Level, Prediction, Value

def lab(stream, *, mean, spread=0.05, n_points=2):
    """Columns of mean ``mean`` and relative spread ``spread``; one more that nobody judges."""
    return {"loss": mean * (1 + spread * stream.normal(n_points)), "unused": stream.normal(1)}

def made(name, mean=1.0, said=None, function=lab, parameters=None, **more):
    """A claim that the mean of `lab` is ``said`` (default: the truth), against a theory that is off by two."""
    said = mean if said is None else said
    fields = dict(
        statement="The mean is what it is.", source="made for a test",
        experiment=Experiment(function, {"mean": mean} | (parameters or {})),
        predict=lambda: {"loss": [said, said]}, quantity=Value("loss", n=(1, 2)),
        margin=0.1, because="for a test", rivals={"twice as much": lambda: {"loss": [2 * mean, 2 * mean]}}, cap=128,
    )
    return Claim(name=name, **(fields | more))

good = made("good")
'''


@pytest.fixture
def claim_file(tmp_path):
    """A function that writes a claim file with this body below the definitions above and returns its path."""

    def write(body, name="mine"):
        path = tmp_path / f"{name}.py"
        path.write_text(HEAD + body + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def forget_claim_files():
    """Files of one name in several tests are no clash."""
    yield
    for name in [name for name in sys.modules if name.startswith("claim_files.")]:
        del sys.modules[name]
