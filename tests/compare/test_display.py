"""Claims and verdicts in a notebook: what they show, and that the example notebook runs as it is printed."""

import importlib
import importlib.util
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from compare import Claim, Experiment, Value
from compare.display import recorded, verdict

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def lab(stream, *, mean):
    return {"loss": mean * (1 + 0.05 * stream.normal(2))}


def made(name="good", said=1.0, **more):
    fields = {
        "statement": "The mean <b>is</b> what it is.", "source": "made for a test",
        "experiment": Experiment(lab, {"mean": 1}), "predict": lambda: {"loss": [said, said]},
        "quantity": Value("loss", n=(1, 2)), "margin": 0.1, "because": "for a test",
        "rivals": {"three <times>": lambda: {"loss": [3.0, 3.0]}}, "cap": 64,
    }  # fmt: skip
    return Claim(name=name, **(fields | more))


@pytest.fixture(scope="module")
def found():
    return verdict(made())


def test_a_claim_shows_what_it_declares():
    html, text = made()._repr_html_(), made()._repr_markdown_()
    for told in ("made for a test", "0.1: for a test", "64 to 64", "test_display.lab"):
        assert told in html
        assert told in text
    assert "The mean &lt;b&gt;is&lt;/b&gt; what it is." in html
    assert "three &lt;times&gt;" in html
    assert "<svg" not in html


def test_a_verdict_shows_sentence_figure_parts_and_rivals(found):
    html = found._repr_html_()
    assert found.outcome == "agrees"
    assert "✓ agrees.</strong> Simulation and theory agree within the margin in all 2 parts." in html
    (svg,) = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    ET.fromstring(svg)
    assert html.count("✓ agrees</td>") == 2
    assert "three &lt;times&gt;: rejected;" in html
    assert len(html) < 30_000
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert "**✓ agrees.** Simulation and theory agree" in found._repr_markdown_()


def test_a_long_table_is_cut_and_says_so(found):
    long = replace(found, parts=found.parts * 10)
    assert "and 8 parts more" in long._repr_html_()
    assert long._repr_html_().count("✓ agrees</td>") == 12


def test_an_error_and_a_claim_without_record_are_shown_too(tmp_path):
    broken = verdict(made("broken", predict=lambda: 1 / 0))
    assert "No figure: the claim could not be judged." in broken._repr_html_()
    missing = recorded(made(), tmp_path)
    assert missing.outcome == "inconclusive"
    assert "no record of" in missing._repr_html_()


def test_the_display_is_no_part_of_what_a_prediction_depends_on():
    from compare.source import files

    claim = importlib.import_module("compare.claim")
    assert "display.py" not in {path.name for path in files(Path(claim.__file__), "compare")}


def outcomes(notebook):
    """Heading, and outcome in words, of everything that the notebook shows."""
    outputs = ["".join(out["data"]["text/html"]) for cell in notebook["cells"] for out in cell.get("outputs", ())]
    return [re.findall(r"<strong>(.*?)</strong>", html) for html in outputs]


def test_the_example_notebook_runs_and_shows_what_it_has_stored():
    spec = importlib.util.spec_from_file_location("notebook_outputs", NOTEBOOK.with_name("notebook_outputs.py"))
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    found = outcomes(program.executed(stored))
    assert found == outcomes(stored), "write the outputs anew with: python docs/notebook_outputs.py"
    assert [words[1:] for words in found] == [[], ["✓ agrees."], ["✗ disagrees, expected agrees."]]


def test_the_notebook_is_small():
    assert NOTEBOOK.stat().st_size < 120_000
