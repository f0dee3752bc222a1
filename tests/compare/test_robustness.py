"""The table of headlines by models: every cell has its ground, and says no more than the verdicts of the run."""

import dataclasses

import pytest

from compare import Claim, Experiment, Level
from compare.papers import pages
from compare.papers.paper import Headline, Paper
from compare.papers.robustness import Cell, Row, Table, shown, summary
from compare.registry import suite
from compare.verdict import RivalVerdict, Verdict


def simulate(stream):
    """Never called."""
    raise NotImplementedError


def verdict(name, outcome="agrees"):
    claim = Claim(
        name=name,
        statement="It falls.",
        source="Someone 2026; docs/x.md",
        experiment=Experiment(simulate),
        predict=dict,
        quantity=Level("loss", n_samples=[1]),
        margin=0.1,
        because="it is",
        rivals={"a": dict, "b": dict},
    )
    return Verdict(claim, outcome, rivals=tuple(RivalVerdict(rival, "disagrees", 3.0, 64) for rival in "ab"))


TABLE = Table(
    columns=("data exponent", "peak"),
    rows=(
        Row("groups", (Cell("holds", "α/η", ("sparse_a", "sparse_b")), Cell("fails", "N = D", follows="the rank"))),
        Row("experts", (Cell("changes", "1 − 1/η", ("sparse_c",)), Cell("no theory"))),
    ),
    survives="Much.",
    fails="Little.",
)
ALL = [verdict("sparse_a"), verdict("sparse_b"), verdict("sparse_c")]


def test_cells_and_their_grounds():
    (groups, first), (_, second) = shown(TABLE, ALL)
    assert groups.model == "groups"
    assert [v.claim.name for v in first[0].verdicts] == ["sparse_a", "sparse_b"]
    assert [cell.ground for cell in (*first, *second)] == ["", "follows from the rank, not simulated", "", ""]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (ALL, ("Much.", "Little.")),
        (ALL[:2], ("1 of 4 cells rest on claims that are not in this run.",)),
        ([*ALL[:2], verdict("sparse_c", "inconclusive")], ("Not as expected: sparse_c.",)),
    ],
)
def test_the_sentences_are_shown_only_while_they_hold(given, told):
    assert summary(TABLE, given) == told


def test_a_cell_without_its_claims_says_so():
    (_, first), (_, second) = shown(TABLE, [verdict("sparse_a"), verdict("sparse_c", "disagrees")])
    assert first[0].ground == second[0].ground == "not as expected in this run"
    assert shown(TABLE, [])[0][1][0].ground == "not in this run"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Cell("perhaps", "", ("sparse_a",)),
        lambda: Cell("holds", "by analogy"),
        lambda: Cell("holds", "", ("sparse_a",), "the rank"),
        lambda: Cell("no theory", "", ("sparse_a",)),
        lambda: dataclasses.replace(TABLE, columns=("one",)),
    ],
)
def test_a_cell_without_ground_is_refused(wrong):
    with pytest.raises(ValueError, match=r"standing must be|needs claims or what|needs 1 cells"):
        wrong()


def test_the_table_on_both_pages(tmp_path, monkeypatch):
    paper = Paper("x", "Someone 2026", "Someone 2026", "Ours.", "So.", (Headline("A", "A.", ("none",)),))
    monkeypatch.setattr(pages, "PAPERS", (dataclasses.replace(paper, robustness=TABLE),))
    pages.write_beside(ALL, tmp_path / "index.html")
    html = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert '<a href="index.html#claim-sparse-a" title="sparse_a">holds</a> <a' in html
    assert "not simulated" in html
    (path,) = pages.write_markdown(ALL, tmp_path / "README.md")
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("| model | data exponent | peak |")
    assert lines[start - 2].strip() == "Much. Little."
    assert lines[start + 2] == (
        "| groups | [holds](README.md#claim-sparse-a) [2](README.md#claim-sparse-b): α/η | "
        "fails: N = D *(follows from the rank, not simulated)* |"
    )
    assert lines[start + 3] == "| experts | [changes](README.md#claim-sparse-c): 1 − 1/η | no theory |"
    assert not lines[start + 4].startswith("|")


def test_cells_of_shipped_tables_rest_on_shipped_claims():
    names = {claim.name for claim in suite().claims}
    for paper in pages.PAPERS:
        for row in paper.robustness.rows if paper.robustness else ():
            for cell in row.cells:
                assert set(cell.claims) <= names, (row.model, cell)
