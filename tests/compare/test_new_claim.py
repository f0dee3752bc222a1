"""A claim in one file: the skeleton, and the tutorial from its first to its last section."""

import json
import re
from pathlib import Path

import pytest

from compare.__main__ import main
from compare.skeleton import target
from compare.usage import UsageError

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")
QUANTA, RUNS = DOCS / "tutorial" / "quanta.py", DOCS / "tutorial" / "runs.py"


def checked(tmp_path, *files):
    """Exit status of a check and the claims of its JSON, by name."""
    out = tmp_path / "out.json"
    status = main(["check", *map(str, files), "--workers", "1", "--store", "none", "--json", str(out)])
    return status, {claim["name"]: claim for claim in json.loads(out.read_text())["claims"]}


@pytest.mark.parametrize(
    ("name", "path", "here", "written"),
    [
        ("law", None, False, "law.py"),
        ("law", None, True, "law.py"),
        ("law.py", None, False, "law.py"),
        ("deep/law", None, False, "deep/law.py"),
        ("law", "compare/claims", False, "compare/claims/law.py"),
        ("law", "deep/law.py", False, "deep/law.py"),
    ],
)
def test_a_skeleton_goes_where_it_is_asked_to(name, path, here, written):
    assert target(name, path and Path(path), here=here) == Path(written)


@pytest.mark.parametrize(
    ("name", "path", "here", "message"),
    [
        ("law", "deep", True, "--here and deep are two places"),
        ("deep/law", None, True, "deep/law is a path already; drop --here"),
        ("law", "deep/other.py", False, "pass deep/law.py"),
        ("my law", None, False, "letters, digits and underscores, got 'my law'"),
    ],
)
def test_two_places_and_impossible_names_are_refused(name, path, here, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        target(name, path and Path(path), here=here)


def test_the_skeleton_runs_in_its_folder_and_is_not_overwritten(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my_law", "laws"]) == 0
    assert capsys.readouterr().out.startswith("wrote laws/my_law.py; put it on trial with: scaleproof check laws/my")
    assert main(["new", "my_law", "laws"]) == 2
    assert "laws/my_law.py exists" in capsys.readouterr().err
    status, claims = checked(tmp_path, "laws/my_law.py")
    assert status == 0
    assert claims["my_law"]["outcome"] == "agrees"
    assert claims["my_law"]["advice"] == ""


def test_the_code_of_the_tutorial_is_that_of_its_files():
    code, runs = QUANTA.read_text(encoding="utf-8"), RUNS.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    shown = [block for block in blocks if not block.startswith(">>>")]
    assert [block for block in shown if block not in code + runs] == []
    for block in shown:
        code = code.replace(block, "")
    assert re.fullmatch(r'""".*?"""\s*', code, re.DOTALL), "a reader who copies all blocks has the whole file"


def test_the_tutorial_from_the_draft_to_the_page(tmp_path, capsys):
    """Both files agree, the draft with N and D exchanged gets the advice that the page shows."""
    wrong = QUANTA.read_text(encoding="utf-8").split("def data_exponent")[0]
    mistaken = wrong.replace(
        "predict=formula(LOSS,",
        'predict=formula("Sum(i**-s / zeta(s) * (1 - i**-s / zeta(s))**N, (i, 1, D)) + zeta(s, D + 1) / zeta(s)",',
    ).replace('name="quanta_loss"', 'name="draft"')
    draft = tmp_path / "draft.py"
    draft.write_text(mistaken + "\nclaims = [values]\n", encoding="utf-8")
    page = tmp_path / "page.html"
    written = ["--html", str(page), "--json", str(tmp_path / "out.json")]
    status = main(["check", str(QUANTA), str(RUNS), str(draft), "--workers", "1", "--store", "none", *written])
    claims = {claim["name"]: claim for claim in json.loads((tmp_path / "out.json").read_text())["claims"]}
    out = capsys.readouterr().out
    assert status == 1
    draft_claim = claims.pop("draft")
    assert draft_claim["outcome"] == "disagrees"
    assert set(claims) == {"quanta_loss", "quanta_data_exponent", "quanta_loss_of_runs"}
    for claim in claims.values():
        assert claim["outcome"] == "agrees", claim["reason"]
        assert {rival["outcome"] for rival in claim["rivals"]} == {"disagrees"}
        assert claim["advice"] == ""
    assert claims["quanta_data_exponent"]["asymptote"]["law"].startswith("0.66666")
    (data,) = claims["quanta_loss_of_runs"]["data"]
    assert (data["licence"], data["seeds_used"]) == ("CC0", 32)
    (advice,) = re.findall(r"^quanta_loss: (advice: .*)$", PAGE, re.MULTILINE)
    assert f"draft: {advice}" in out
    html = page.read_text(encoding="utf-8")
    assert "look swapped" in html
    assert "Licence: CC0" in html
