"""The page on Liu & Tegmark 2023: counts per recipe, kinds of claims, pictures from the points of a run."""

import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from compare import Claim, Experiment, Level
from compare.papers import liu_tegmark_figures as figures, liu_tegmark_network as kept, pages
from compare.papers.liu_tegmark_2023 import kind, paper
from compare.papers.liu_tegmark_lines import lines
from compare.papers.paper import docket
from compare.papers.pictures import standalone
from compare.registry import suite
from compare.run import ROOT_SEED
from compare.verdict import PartVerdict, Point, RivalVerdict, Verdict
from sim.lottery_tickets.bank import BANK
from sim.lottery_tickets.matching import contributions
from sim.lottery_tickets.sweep import sweep
from sim.lottery_tickets.trained import grid, trained_networks
from sim.streams import Stream

WIDTHS = (8, 16, 32, 64, 128, 256)
RECIPES = {"standard": "standard,0.003,nodes", "ntk": "ntk,0.01,nodes", "wet": "standard,0.003,batches"}


def verdict(name, outcome="agrees", points=(), parts=(), recipes=("standard",), **fields):
    sweeps = {key: Experiment(sweep, {"n_neurons": WIDTHS, **BANK[RECIPES[key]]}) for key in recipes}
    claim = Claim(
        name=name,
        statement="It falls.",
        source="Liu & Tegmark 2023; docs/x.md",
        experiment=sweeps,
        predict=dict,
        quantity=Level("standard.log_loss", n_neurons=WIDTHS),
        margin=0.25,
        because="it is",
        rivals={"a": dict},
        expect=outcome,
        evidence="shown",
        **fields,
    )
    rivals = (RivalVerdict("a", "disagrees", 3.0, 64),)
    return Verdict(claim, outcome, points=tuple(points), parts=tuple(parts), rivals=rivals)


def part(recipe, measured, outcome):
    return PartVerdict(f"{recipe}: exponent", "two-sided", 1.0, measured, measured - 1, 0.05, 0.0, 0.25, 0.4, outcome)


def swept(recipe, exponent=1.0, total=False):
    """Points of log_loss = −exponent log N and of averages of four that lose twice as much as one of that total."""
    found = [Point(f"{recipe}.log_loss", {"n_neurons": N}, None, 0, -exponent * math.log(N), 0.05) for N in WIDTHS]
    four = [N for N in WIDTHS if 4 * N in WIDTHS]
    at = {N: {"total_width": 4 * N} if total else {"n_neurons": N} for N in four}
    height = {N: math.log(2) - exponent * math.log(4 * N) for N in four}
    return found + [Point(f"{recipe}.log_average4", at[N], None, 0, height[N], 0.05) for N in four]


def histogram():
    places = np.arange(-5.375, 0.6, 0.25)
    shares = np.where(np.abs(places - 0.125) < 0.01, 0.25, 0.75 / (len(places) - 1))
    return [Point("standard.share", {"log10_loss": z}, None, 0, s, 0.01) for z, s in zip(places, shares, strict=True)]


BANKED = [
    verdict("ticket_bank_reproduced[recipe=ntk,window=all]", parts=[part("ntk", 1.1, "agrees")]),
    verdict(
        "ticket_bank_exponent[window=32]",
        "disagrees",
        parts=[part("standard", 0.9, "agrees"), part("ntk", 0.5, "disagrees"), part("wet", 0.7, "inconclusive")],
    ),
]
BY_RECIPE = next(k for k, headline in enumerate(paper.headlines) if headline.unit)


def section(given, k=BY_RECIPE):
    return docket(paper, given).sections[k]


def test_recipes_are_counted_and_those_without_a_claim_stay_in_the_count():
    assert pages.state(section(BANKED)) == "holds in 1 of 3 recipes (window = all), in 1 of 3 recipes (window = 32)"
    assert section(BANKED).outcome == "mixed"
    first, second = pages.units(section(BANKED))
    assert first.endswith("within 0.25 of 1 in 1 of 3 recipes; these: ntk 1.100(50); without a claim: standard, wet.")
    assert second.endswith("these: standard 0.900(50); not: ntk 0.500(50); undecided: wet 0.700(50).")


def test_a_declared_failure_is_a_contradiction_whatever_was_found_beside_it():
    k = next(k for k, h in enumerate(paper.headlines) if "ticket_half" in h.claims)
    given = [verdict("ticket_half[ntk]", "disagrees"), verdict("ticket_half_costs[ntk]")]
    found = section(given, k)
    assert pages.state(found) == "contradicted in our recipes"
    assert [v.claim.name for v in found.beside] == ["ticket_half_costs[ntk]"]
    assert pages.counts(found).startswith("2 claims, all as expected: 1 agrees, 1 disagrees")
    assert pages.tally(docket(paper, given)) == "2 claims: 0 exact, 1 empirical, 1 declared failure."


def test_kinds_of_the_shipped_claims():
    claims = {claim.name: claim for claim in suite().claims}
    assert kind(claims["ticket_average[radius=2]"]) == "exact"
    assert kind(claims["ticket_network_average"]) == "exact"
    assert kind(claims["ticket_symmetric_share"]) == "empirical"
    contradicted = {name for name, claim in claims.items() if claim.model == "ticket" and claim.expect == "disagrees"}
    assert {kind(claims[name]) for name in contradicted} <= {"declared failure"}


def test_lines_are_known_by_the_parameters_of_their_sweeps():
    given = [
        verdict("ticket_x", points=swept("standard"), recipes=("standard", "ntk")),
        verdict("ticket_y", points=swept("ntk", 2.0, total=True), recipes=("standard", "ntk")),
    ]
    first, second = lines(given)
    assert (first.label, second.label) == ("standard, 0.003", "ntk, 0.01")
    assert [exponent for _, exponent, _ in figures.local(second)] == pytest.approx([2.0] * 5)
    assert figures._gaps(second)[32] == pytest.approx((math.log(2), 0.05 * math.sqrt(2)))
    assert set(second.values["log_average4"]) == {8, 16, 32, 64}
    lost = Point("standard.log_loss", {"n_neurons": 8}, None, 0, math.nan, math.nan)
    assert lines([verdict("ticket_x", points=[lost])]) == []


def test_pictures_without_points_are_left_out():
    assert [picture.name for picture in figures.pictures([])] == ["tickets"]
    assert [picture.name for picture in figures.pictures(BANKED)] == ["tickets"]


def test_pictures_say_what_the_points_show_and_are_the_same_again():
    recipes = ("standard", "ntk", "wet")
    points = [point for recipe in recipes for point in swept(recipe)]
    given = [verdict("ticket_x", points=[*points, *histogram()], recipes=recipes)]
    drawn = {picture.name: picture for picture in figures.pictures(given)}
    assert list(drawn) == ["width", "ensembles", "census", "tickets"]
    assert "of 3 recipes" in drawn["width"].caption
    assert "loses 2 to 2 times" in drawn["ensembles"].caption
    assert "25 % learn nothing but a constant" in drawn["census"].caption
    assert "standard, 0.003, batches" in drawn["width"].svg
    assert [picture.svg for picture in figures.pictures(given)] == [picture.svg for picture in drawn.values()]
    ids = [name for picture in drawn.values() for name in re.findall(r' id="([^"]+)"', picture.svg)]
    assert len(ids) == len(set(ids))


def test_a_picture_stands_alone():
    alone = standalone(figures.tickets().svg)
    root = ElementTree.fromstring(alone)
    assert {"width", "height", "viewBox"} <= set(root.attrib)
    assert "var(" not in alone
    assert "currentColor" not in alone
    with pytest.raises(ValueError, match="viewBox"):
        standalone("<svg>")


def test_pages_carry_the_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "PAPERS", (paper,))
    given = [*BANKED, verdict("ticket_x", points=swept("standard"))]
    (page,) = pages.write_markdown(given, tmp_path / "README.md")
    text = page.read_text(encoding="utf-8")
    linked = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert linked == [f"liu_tegmark_2023_{name}.svg" for name in ("width", "ensembles", "tickets")]
    assert all((tmp_path / name).read_text(encoding="utf-8").startswith("<svg") for name in linked)
    assert "never says that a plot of the paper is wrong" in text
    assert "formula_missing" not in text
    _, good = pages.write_beside(given, tmp_path / "index.html")
    html = (tmp_path / "liu_tegmark_2023.html").read_text(encoding="utf-8")
    assert good
    assert html.count("<svg") == 3
    assert "<figcaption>" in html


def test_the_network_of_the_picture_is_the_first_of_its_stream():
    stream = Stream(ROOT_SEED, kept.STREAM, 0)
    again = trained_networks(stream, kept.RECIPE, kept.N_NEURONS, 2, 0)[0, 0].numpy()
    np.testing.assert_allclose(again, kept.NETWORK, atol=0.1)  # rounding grows to 0.01 over 6000 steps
    x, q = grid(kept.RECIPE, 200)
    output = contributions(np.array(kept.NETWORK), kept.RECIPE, x).sum(0) + kept.NETWORK[-1]
    assert (output - x**2) ** 2 @ q < 1e-4
