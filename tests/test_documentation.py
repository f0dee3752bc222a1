"""README and docs keep their word: examples run, commands exist, links resolve, pages are fresh."""

import doctest
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compare.__main__ import main, parser

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_sessions_run(page):
    sessions = "\n".join(block for block in blocks(page, "python") if block.startswith(">>>"))
    test = doctest.DocTestParser().get_doctest(sessions, {}, page.name, str(page), 0)
    report = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_exist(page):
    for line in "\n".join(blocks(page, "console")).splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words[:1] == ["scaleproof"]:
            parser().parse_args(words[1:])
        elif words[:1] == ["make"]:
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text()
        else:
            assert not words, line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_resolve(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert not target.startswith("http"), target
        assert (page.parent / target).exists(), target


def test_the_claim_of_the_readme_agrees(tmp_path, capsys):
    (source,) = [block for block in blocks(ROOT / "README.md", "python") if "claim = Claim" in block]
    file = tmp_path / "readme_claim.py"
    file.write_text(source, encoding="utf-8")
    assert main(["check", str(file), "--workers", "1"]) == 0, capsys.readouterr()
    assert "1 of 1 rivals rejected" in capsys.readouterr().out


def test_the_simulation_of_the_docs_runs():
    from sim.streams import Stream

    (source,) = [block for block in blocks(ROOT / "docs" / "adding_a_claim.md", "python") if "def coin" in block]
    names = {}
    exec(source, names)  # the page's own example
    heads = names["coin"](Stream(1, "coin", 0), bias=(-1.0, 0.0, 1.0), n_tosses=4000)["heads"]
    assert heads.shape == (4, 3)
    assert abs(float(heads[:, 1].mean()) - 0.5) < 0.03  # standard error 0.004


def test_no_page_names_a_machine():
    for page in [*PAGES, *(ROOT / "reports").glob("*.md"), ROOT / "Makefile", ROOT / ".ci" / "run"]:
        assert not re.search(r"(?<![\w.])/(home|root|work|tmp|Users)/", page.read_text(encoding="utf-8")), page


def test_the_edit_of_the_readme_turns_red(tmp_path):
    for folder in ("theory", "sim", "compare"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    green, red = [block for block in blocks(ROOT / "README.md", "text") if "dense_label_noise" in block]

    def told():
        command = [sys.executable, "-m", "compare", "check", "--recorded", "dense_label_noise*", "--store", "none"]
        command += ["--records", str(ROOT / "reports" / "reference")]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8").stdout

    def shown(page, output):
        return all(line.rstrip() in [ours.rstrip()[: len(line)] for ours in output.splitlines()] for line in page)

    assert shown(green.splitlines(), told()), told()
    edited = tmp_path / "theory" / "ridgeless.py"
    before = edited.read_text(encoding="utf-8")
    assert before.count("Fraction(N, D - N - 1)") == 1
    edited.write_text(before.replace("D - N - 1)", "D - N)"), encoding="utf-8")
    assert shown(red.splitlines(), told()), told()
