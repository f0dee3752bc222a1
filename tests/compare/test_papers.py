"""Pages of papers: every verdict in its place, nothing said that the verdicts do not carry."""

import dataclasses
from pathlib import Path

import pytest

from compare import Claim, Experiment, Level, formula_missing, records
from compare.papers import pages
from compare.papers.paper import Headline, Paper, docket
from compare.registry import suite
from compare.trial import Trial
from compare.verdict import RivalVerdict, Verdict


def simulate(stream):
    """Never called."""
    raise NotImplementedError


def verdict(name, outcome="agrees", rejected=True, source="Sous & Winer 2026; docs/x.md", **more):
    claim = Claim(
        name=name,
        statement="The loss falls.",
        source=source,
        experiment=Experiment(simulate),
        predict=dict,
        quantity=Level("loss", n_samples=[1]),
        margin=0.1,
        because="it is",
        rivals={"a": dict, "b": dict},
        **more,
    )
    word = "disagrees" if rejected else "inconclusive"
    return Verdict(claim, outcome, rivals=tuple(RivalVerdict(rival, word, 3.0, 64) for rival in "ab"))


PAPER = Paper(
    key="someone",
    reference="Sous & Winer 2026",
    marks=("Sous & Winer 2026",),
    provenance="Ours.",
    found="First. Second.",
    headlines=(
        Headline("One", "It falls.", ("sparse_a",), "sparse_slot"),
        Headline("Two", "It peaks.", ("sparse_*", "dense_d")),
    ),
)


def test_every_claim_of_the_paper_once():
    given = [
        verdict(name)
        for name in ("sparse_b", "dense_d", "sparse_a[decay=1]", "sparse_a[decay=2]", "sparse_slot", "other_c")
    ]
    given.append(verdict("dense_elsewhere", source="Hastie 2019; docs/x.md"))
    found = docket(PAPER, given)
    assert [v.claim.name for v in found.sections[0].verdicts] == ["sparse_a[decay=1]", "sparse_a[decay=2]"]
    assert [v.claim.name for v in found.sections[1].verdicts] == ["sparse_b", "dense_d"]
    assert found.sections[0].slot.claim.name == "sparse_slot"
    assert [v.claim.name for v in found.others] == ["other_c"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (verdict("sparse_a"), verdict("sparse_b"), "First. Second."),
        (verdict("sparse_a", outcome="disagrees"), verdict("sparse_b"), "1 claim not as expected: sparse_a."),
        (verdict("sparse_a"), verdict("sparse_b", rejected=False), "1 claim not as expected: sparse_b."),
        (verdict("sparse_a"), verdict("other_b"), "1 headline without a claim in this run."),
    ],
)
def test_the_finding_is_shown_only_while_it_holds(first, second, told):
    assert pages.finding(docket(PAPER, [first, second])) == told


def test_states_of_a_headline():
    agree, refuted = verdict("sparse_a"), verdict("sparse_b", "disagrees", expect="disagrees", evidence="shown")
    both = docket(dataclasses.replace(PAPER, headlines=(Headline("All", "It.", ("sparse_*",)),)), [agree, refuted])
    assert pages.state(both.sections[0]) == "holds in part"
    strange = docket(PAPER, [verdict("sparse_a", outcome="inconclusive")])
    assert pages.state(strange.sections[0]) == "undecided; not all as expected"
    assert pages.state(strange.sections[1]) == "no claim in this run"


def test_pages_are_written_and_link_back(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "PAPERS", (PAPER,))
    given = [verdict("sparse_a"), verdict("sparse_b"), verdict("other_c")]
    written, good = pages.write_beside(given, tmp_path / "index.html")
    assert good
    assert written == {"someone.html": "Sous & Winer 2026"}
    text = (tmp_path / "someone.html").read_text(encoding="utf-8")
    assert 'href="index.html#claim-sparse-a"' in text
    assert text.index("It falls.") < text.index("Further claims")
    (path,) = pages.write_markdown(given, tmp_path / "README.md")
    assert "[`sparse_b`](README.md#claim-sparse-b)" in path.read_text(encoding="utf-8")


def test_no_page_about_a_paper_that_no_claim_is_about(tmp_path):
    assert pages.write_beside([verdict("dense_a", source="Hastie 2019; docs/x.md")], tmp_path / "index.html") == (
        {},
        True,
    )
    assert not list(tmp_path.iterdir())


def test_an_unwritable_page_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pages, "PAPERS", (PAPER,))
    assert pages.write_beside([verdict("sparse_a")], tmp_path / "none" / "index.html") == ({}, False)
    assert "cannot write" in capsys.readouterr().err


def test_a_missing_formula_is_inconclusive_and_simulates_nothing():
    claim = dataclasses.replace(verdict("sparse_slot").claim, predict=formula_missing)
    trial = Trial(claim)
    assert trial.finished
    assert trial.verdict().outcome == "inconclusive"
    assert "formula not available" in trial.verdict().reason


def test_every_headline_of_a_shipped_paper_has_claims_and_its_slot():
    claims = suite().claims
    for paper in pages.PAPERS:
        found = docket(paper, [Verdict(claim, claim.expect) for claim in claims])
        for section in found.sections:
            assert section.verdicts, section.headline.title
            if section.headline.slot:
                assert section.slot is not None, section.headline.title
                assert section.slot.claim.predict is formula_missing
        assert paper.yours or all(headline.slot for headline in paper.headlines)
        for headline in paper.headlines:
            for pattern in (*headline.claims, *headline.beside):
                assert (
                    pages.docket(
                        dataclasses.replace(paper, headlines=(Headline("", "", (pattern,)),)),
                        [Verdict(claim, claim.expect) for claim in claims],
                    )
                    .sections[0]
                    .verdicts
                ), pattern


def test_a_slot_that_is_filled_in_is_judged_on_recorded_evidence():
    from compare.claims import sparse_paper_formulas, sparse_unseen_mass

    ours = sparse_paper_formulas.like(sparse_unseen_mass, "sparse_unseen_mass[decay=1,sparsity=3]")
    folder = Path(__file__).parents[2] / records.FOLDER
    right = sparse_paper_formulas.slot("sparse_paper_x", "It is.", ours, predict=ours.predict)
    assert records.trial(right, folder).verdict().sound
    wrong = sparse_paper_formulas.slot("sparse_paper_x", "It is.", ours, predict=next(iter(ours.rivals.values())))
    assert records.trial(wrong, folder).verdict().outcome == "disagrees"
