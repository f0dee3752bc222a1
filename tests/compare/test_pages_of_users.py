"""What the pages tell of a claim from somebody's own file: its expression, its file, how to repeat and to cite it."""

import hashlib
import re
import xml.etree.ElementTree as ET

import pytest
import sympy

from compare import formula
from compare.__main__ import main
from compare.registry import from_files
from compare.site.expressions import displayed, expression_of

OWN = """
from compare import formula
AT = {"n": (1, 2)}
claim = Claim(
    name="mine", statement="It falls.", source="my notes", experiment=Experiment(lab, {"mean": 1.0}),
    predict=formula("1 + Sum(k, (k, 1, n)) * 0", "loss", over=AT, remainder="1/(100 * n)"),
    quantity=Value("loss", n=(1, 2)), margin=0.1, because="for a test",
    rivals={"square root": formula("sqrt(n + 3)", "loss", over=AT)}, cap=128,
)
"""


@pytest.mark.parametrize(
    ("expression", "shown"),
    [("exp(-N)", "loss=e-N"), ("1/(N + 1)", "loss=1N+1"), ("zeta(2, N)", "loss=ζ(2,N)"), ("Sum(1/k, (k, 1, N))", None)],
)
def test_an_expression_is_presentation_mathml_with_its_text_beside(expression, shown):
    read = formula(expression, "loss", over={"n_features": (1, 2)}).expression
    tree = ET.fromstring(displayed("loss", read))
    assert tree.get("alttext") == f"loss = {read}"
    text = "".join("".join(tree.itertext()).split())
    assert shown is None or text == shown
    assert "&" not in text


def test_entities_of_the_printer_become_characters():
    alpha, N = sympy.symbols("alpha N", positive=True)
    for expression in (
        N**-alpha,
        sympy.pi * sympy.I,
        sympy.Sum(N, (N, 1, sympy.oo)),
        sympy.gamma(N),
        sympy.Piecewise((1, N < 3), (2, True)),
    ):
        ET.fromstring(displayed("some_loss", expression))


def test_a_claim_without_an_expression_shows_none(claim_file):
    (claim,) = from_files([claim_file("claim = good")]).claims
    assert expression_of(claim) is None


def test_the_page_of_an_own_claim_has_its_expression_its_file_and_an_entry_to_cite(claim_file, tmp_path, capsys):
    path = claim_file(OWN)
    site = tmp_path / "site"
    assert main(["check", str(path), "--workers", "1", "--store", "none", "--site", str(site)]) == 0
    page = (site / "claims" / "mine.html").read_text(encoding="utf-8")
    assert page.count("<math") == 2, "the prediction and its remainder"
    assert 'alttext="relative remainder = 1/(100*n)"' in page
    assert "@misc{mine" in page
    assert f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}" in page
    assert "author of mine.py" in page
    assert "the file mine.py is needed" in page
    assert re.search(r"scaleproof check mine\.py", page)
    assert str(tmp_path) not in page, "no path of a machine"
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "<form" not in index, "one claim needs no filter"
    capsys.readouterr()
    assert main(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"formula +loss = .*, relative remainder 1/\(100\*n\)", out)
    assert re.search(r"rival +square root: loss = sqrt\(n \+ 3\)", out)
