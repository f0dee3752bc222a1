"""The site without a browser: names of files, formulas, words, pictures, BibTeX, and what the command writes."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from argparse import Namespace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from compare.__main__ import main
from compare.calibration import site as calibration
from compare.experiment import Blocks
from compare.registry import from_files, suite
from compare.site import formulas, mathml, sources, verb
from compare.site.benchmarks import BenchmarkError, tiers
from compare.site.compact import compact
from compare.site.kinds import EMPIRICAL, MEANING
from compare.site.names import file_names
from compare.site.pictures import pictures, svg
from compare.site.publication import write_figures
from compare.site.words import farthest, plainly
from compare.site.writer import write_site
from compare.trial import Trial

ROOT = Path(__file__).parents[2]
WITHOUT_FORMULA = {
    "sparse_frontier_switch", "sparse_leak_noise", "sparse_no_second_peak", "sparse_relu_frontier_exponents",
    "sparse_relu_instability_overlap", "sparse_unaligned_seen", "sparse_unaligned_best_shape",
    "sparse_uniform_no_power_law",
}  # fmt: skip
"""Families whose statement says all there is to say in one line; give a new family a row in `compare.site.formulas`."""


@pytest.fixture(scope="module")
def claims():
    return suite().claims


def test_files_have_safe_names_of_their_own():
    names = ["dense_peak[decay=1,tail=0.5]", "Dense_peak[decay=1,tail=0.5]", "a/../b", "[x]", "", "…", "con/nul?*"]
    found = file_names(names)
    assert found["dense_peak[decay=1,tail=0.5]"] == "dense_peak-decay-1-tail-0.5.html"
    assert len({file.lower() for file in found.values()}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_][a-z0-9._-]*\.html", file) for file in found.values())
    assert not any(".." in file.removesuffix(".html") and "/" in file for file in found.values())


def test_every_claim_of_the_suite_has_a_file_of_its_own(claims):
    assert len(set(file_names([claim.name for claim in claims]).values())) == len(claims)


def test_families_without_a_formula_are_listed(claims):
    lacking = {formulas.family(c.name) for c in claims if c.has_formula and formulas.formula_of(c) is None}
    assert sorted(lacking - WITHOUT_FORMULA) == [], "give them a row in compare/site/formulas_*.py, or list them here"
    assert sorted(WITHOUT_FORMULA - {formulas.family(c.name) for c in claims}) == []


def test_every_formula_is_of_a_claim_and_can_be_typeset(claims):
    families = {formulas.family(claim.name) for claim in claims}
    assert [name for name, _, _ in formulas.ROWS if name not in families] == []
    assert len({name for name, _, _ in formulas.ROWS}) == len(formulas.ROWS)
    for _, text, label in formulas.ROWS:
        assert label in MEANING
        for line in text.splitlines():
            assert ET.fromstring(mathml.mathml(line)).get("display") == "block"


def test_what_was_read_off_measurements_is_called_empirical(claims):
    shown = {c.name: formulas.formula_of(c) for c in claims if c.formula_from == "measured"}
    assert [name for name, found in shown.items() if found and found.label != EMPIRICAL] == []


@pytest.mark.parametrize(
    "name", ["joint_better", "bend", "bias_falls", "loss_exponents", "half_costs", "symmetric_share"]
)
def test_figures_in_a_formula_are_those_of_the_claims(claims, name):
    found = [claim for claim in claims if formulas.family(claim.name) == f"ticket_{name}"]
    shown = {float(figure) for figure in re.findall(r"\d+\.\d+", formulas.formula_of(found[0]).text)}
    assert shown == {float(value) for claim in found for values in claim.predict().values.values() for value in values}


def text_of(formula):
    return "".join(ET.fromstring(mathml.mathml(formula)).itertext())


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("(a + b)/(c − d)", "a+bc−d"),
        ("x (a + b)", "x(a+b)"),
        ("D^(−α/η)", "D−α/η"),
        ("N^(1/(1 + η))", "N1/(1+η)"),
        ("N* ~ C", "N*~C"),
        ('N = r " at the peak"', "N=r\xa0at\xa0the\xa0peak"),
        ("Σ_i λ_i (1 − p_i)^D", "Σiλi(1−pi)D"),
    ],
)
def test_formulas_are_shown_as_they_are_meant(formula, shown):
    assert text_of(formula) == shown


@pytest.mark.parametrize(("formula", "below"), [("L_best/2", "best"), ("ρ_ij x", "ij"), ("λ_max", "max")])
def test_a_word_below_a_symbol_stays_whole(formula, below):
    found = next(ET.fromstring(mathml.mathml(formula)).iter("{http://www.w3.org/1998/Math/MathML}msub"))
    assert "".join(found[1].itertext()) == below


def test_fractions_scripts_and_limits():
    found = ET.fromstring(mathml.mathml("Σ_i a_i^2/b"))
    tags = [element.tag.rpartition("}")[2] for element in found.iter()]
    assert {"munder", "msubsup", "mfrac"} <= set(tags)
    assert "mfrac" not in mathml.mathml("D^(a/b)")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("(a + b", "is not closed"),
        ("a)", "closes nothing"),
        ("a_b_c", "two scripts"),
        ("a/", "missing"),
        ("x" * 401, "400"),
    ],
)
def test_a_formula_that_cannot_be_read_is_shown_in_the_error(formula, said):
    with pytest.raises(mathml.FormulaError, match=said):
        mathml.mathml(formula)


def test_letters_are_explained_and_no_words_are():
    found = dict(formulas.letters('L ~ N^(−α) " as " D → ∞', "dense"))
    assert set(found) == {"L", "N", "D", "α"}


def test_every_source_of_the_suite_has_bibtex(claims):
    lacking = {claim.source.split(";")[0] for claim in claims if not sources.of_source(claim)}
    assert lacking == set(), "add the paper to compare/site/sources.py"
    for claim in claims[:1]:
        entry = sources.of_page(claim, "abc")
        assert entry.count("{") == entry.count("}")
        assert r"\_" in entry
        assert "abc" in entry


def test_the_citation_file_says_the_same():
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'title: "{sources.TITLE}"' in cited
    assert sources.AUTHOR in cited


def test_a_compact_picture_keeps_what_it_shows():
    path = '<path d="M 1.23 2.34 L 3.45 4.56" clip-path="url(#x-p1)" style="fill: none; stroke: red"/>'
    svg = f"""<svg viewBox="0 0 9 9" role="img" aria-label="a" font-family="sans-serif">
<g>
<g>
{path}
{path}
</g>
</g>
<path d="M 0 0 L 1 1 z" style="fill: none"/>
<text style="font-size: 9px; font-family: 'A', b; text-anchor: end" transform="rotate(-0 1 2)">α</text>
<defs>
<clipPath id="x-p1"><rect/></clipPath>
</defs></svg>"""
    found = compact(svg, "a", "T <1>", "words & more")
    drawn = ET.fromstring(found)
    assert [e.tag for e in drawn][:3] == ["title", "desc", "style"]
    assert drawn.find("title").text == "T <1>"
    assert [e.get("d") for e in drawn.iter("path")] == ["M1.2 2.3L3.4 4.5M1.2 2.3L3.4 4.5"]
    assert drawn.find("path").get("clip-path") == f"url(#{drawn.find('.//clipPath').get('id')})"
    assert ".a" in drawn.find("style").text
    assert "font-family" not in drawn.find("style").text
    assert "rotate" not in found


class Page(HTMLParser):
    """The words and the links of a page."""

    def __init__(self, path):
        super().__init__()
        self.words, self.links, self.ids = [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.links += [found["href"]] if tag == "a" else []
        self.ids += [found["id"]] if "id" in found else []

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


BODY = """
bad = made("bad[n=1,m=2]", said=1.5, expect="disagrees", evidence="it is off by half")
broken = made("broken", said=float("nan"))
SIZES = (8, 16, 32, 64)
falling = Claim(name="falling", statement="It falls.", source="made for a test",
    experiment=Experiment(fall, {"sizes": SIZES}), predict=lambda: {"loss": [1 / n for n in SIZES]},
    quantity=Exponent("loss", n=SIZES), margin=0.1, because="for a test", cap=128,
    rivals={"flat <&>": lambda: {"loss": [1.0] * 4}},
    asymptote=Asymptote(law=lambda: 1, finite=lambda n: 1 + 1 / n, sizes=(10, 1000), order=1, bound=0.1))
claims = [good, bad, broken, falling]
"""
FALL = """
def fall(stream, *, sizes):
    return {"loss": [(1 + 0.05 * z) / n for n, z in zip(sizes, stream.normal(len(sizes)))]}
"""


def judged(claim):
    """The verdict on blocks of draws around the true means, of one seed."""
    noise = np.random.default_rng(7)
    (experiment,) = claim.experiments.values()
    mean = np.array(
        [1 / n for n in experiment.parameters.get("sizes", ())] or [experiment.parameters.get("mean", 1.0)] * 2
    )
    blocks = Blocks(128, {"loss": mean * (1 + 0.02 * noise.normal(size=(16, len(mean))))})
    held = Trial(claim)
    held.look({"": blocks}, 1)
    return held.verdict()


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A claim file and a folder of records far from the repository's."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("claims_for_tests", Path(__file__).with_name("conftest.py"))
    head = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(head)
    folder = tmp_path_factory.mktemp("made")
    file = folder / "mine.py"
    file.write_text(head.HEAD.replace("good = made", FALL + "good = made") + BODY, encoding="utf-8")
    (folder / "reports" / "reference").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "REPOSITORY", folder)
        yield file


@pytest.fixture(scope="module")
def made(mine):
    """A site and figures of claims of every outcome."""
    verdicts = [judged(claim) for claim in from_files([mine]).claims]
    info = {"seed": 3, "device": "cpu", "errors": [{"file": "<other>.py", "message": "is & empty"}]}
    assert write_site(verdicts, info, mine.parent / "site", mine.parent / "reports" / "reference")
    write_figures(verdicts, mine.parent / "figures")
    return verdicts, mine.parent


def page(made, name):
    return Page(made[1] / "site" / "claims" / f"{name}.html")


def test_the_site_has_an_index_and_a_page_for_every_claim(made):
    verdicts, folder = made
    assert {verdict.outcome for verdict in verdicts} == {"agrees", "disagrees", "error"}
    files = {path.name for path in (folder / "site" / "claims").iterdir()}
    assert files == {"good.html", "bad-n-1-m-2.html", "broken.html", "falling.html"}
    index = Page(folder / "site" / "index.html")
    assert {f"claims/{file}" for file in files} <= set(index.links)
    assert "<other>.py: is & empty" in index.text
    assert not list((folder / "site").glob("calibration*"))


def test_links_between_pages_lead_somewhere(made):
    for path in (made[1] / "site").rglob("*.html"):
        for link in Page(path).links:
            to, _, anchor = link.partition("#")
            target = (path.parent / to).resolve() if to else path
            assert target.exists(), link
            assert not anchor or anchor in Page(target).ids


def test_a_page_says_what_was_found_in_plain_words(made):
    text = page(made, "good").text
    assert "Theory and simulation agree" in text
    assert "The same data reject the one rival" in text
    assert "would have been rejected in 99 of 100 such trials" in text
    text = page(made, "bad-n-1-m-2").text
    assert "Theory and simulation disagree" in text
    assert "This was expected: it is off by half." in text
    assert "could not be judged" in page(made, "broken").text


def test_data_from_elsewhere_are_not_called_a_simulation(tmp_path):
    (claim,) = from_files([ROOT / "docs" / "tutorial" / "runs.py"]).claims
    write_site([Trial(claim).verdict()], {"device": "cpu"}, tmp_path / "site", tmp_path / "none" / "reference")
    text = " ".join(Page(tmp_path / "site" / "claims" / "quanta_loss_of_runs.html").text.split())
    assert "the data give" in text
    assert "Theory and data agree" in text
    assert "32, in 1 look" in text
    assert "of at most" not in text
    assert "Licence: CC0. 32 of 32 seeds used." in text
    assert "the simulation" not in text
    assert "Identities" not in text


def test_a_figure_found_before_is_not_called_a_theory(mine):
    good = next(claim for claim in from_files([mine]).claims if claim.name == "good")
    told = " ".join(plainly(judged(dataclasses.replace(good, formula_from="measured"))))
    assert "an earlier measurement says" in told
    assert "The earlier figure and the new measurement agree" in told
    assert "theory says" not in told


def test_a_page_has_data_rivals_command_and_bibtex(made):
    text = page(made, "falling").text
    assert "flat <&>" in text
    assert re.search(r"farthest from the measurement at n = \d+: \d+", text)
    assert "scaleproof check falling" in text
    assert "@software{scaleproof_falling" in text
    assert "4 points" in text
    for title in ("Residuals in margins", "Local exponents", "What was judged", "Rivals", "Towards the law"):
        assert title in text


def test_pages_load_nothing_and_are_small(made):
    for path in (made[1] / "site").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href)=["']?(?:https?:|//)|@import|url\((?!#)""", text)
        assert len(text) < 60_000
        assert "default-src 'none'" in text


def test_figures_are_written_as_pdf_and_svg_with_plain_colours(made):
    folder = made[1] / "figures"
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{kind}" for name in ("good", "bad-n-1-m-2", "falling") for kind in ("pdf", "svg")
    }
    svg = (folder / "falling.svg").read_text(encoding="utf-8")
    assert "#0072b2" in svg
    assert not re.findall(r"#0[a0-5]0[a0-9]0[0-9]\b", svg.replace("#000000", ""))
    assert (folder / "falling.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_verdict_gives_the_same_bytes(made, tmp_path):
    falling = next(verdict for verdict in made[0] if verdict.claim.name == "falling")
    first, second = ([path.read_bytes() for path in write_figures([falling], tmp_path / name)] for name in "ab")
    assert first == second != []
    one, other = ([svg(falling, picture, "a") for picture in pictures(falling)] for _ in range(2))
    assert one == other


def test_rivals_are_marked_where_they_are_farthest(made):
    falling = next(verdict for verdict in made[0] if verdict.claim.name == "falling")
    away = [abs(p.rivals["flat <&>"] - p.measured) / p.stderr for p in falling.points]
    assert farthest(falling, "flat <&>") == (int(np.argmax(away)), pytest.approx(max(away)))
    assert farthest(falling, "no such rival") is None


def test_the_command_writes_a_site_of_recorded_evidence(mine, tmp_path, capsys):
    records = str(mine.parent / "reports" / "reference")
    status = main(["check", str(mine), "--recorded", "--records", records, "--site", str(tmp_path / "site"), "--quiet"])
    assert status == 2  # one claim cannot be judged; there is no evidence for the others
    assert f"wrote {tmp_path / 'site' / 'index.html'} and 4 pages of claims" in capsys.readouterr().out
    good = Page(tmp_path / "site" / "claims" / "good.html").text
    assert "no record of" in good
    assert f"scaleproof check {mine.name}" in good  # by its file: the suite does not know it


def test_report_without_wishes_writes_its_two_pages_and_with_a_site_only_that(tmp_path, monkeypatch):
    monkeypatch.setattr(verb, "LOCAL", tmp_path / "local.html")
    monkeypatch.setattr(verb, "COMMITTED", tmp_path / "committed.md")
    monkeypatch.chdir(tmp_path)
    common = {"html": None, "markdown": None, "figures": None, "records": tmp_path / "none" / "reference"}
    common["store"] = Path("none")
    monkeypatch.setattr(calibration, "REPOSITORY", tmp_path)
    assert verb.pages(Namespace(**common, site=tmp_path / "site"), [], {}, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]
    assert verb.pages(Namespace(**common, site=None), [], {}, [])
    assert {"local.html", "committed.md"} <= {path.name for path in tmp_path.iterdir()}


def test_a_folder_that_cannot_be_written_is_found_before_the_work(tmp_path, capsys):
    (tmp_path / "site").write_text("a file", encoding="utf-8")
    assert main(["report", "--site", str(tmp_path / "site")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", '{"full": {"groups": [{}], "machine": {}}}'])
def test_damaged_benchmarks_are_told_with_the_remedy(tmp_path, text):
    file = tmp_path / "benchmarks.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"benchmarks\.json is damaged .* restore it or run `make bench`"):
        tiers(file)


def test_recorded_benchmarks_are_read_and_none_are_no_page(tmp_path):
    assert tiers(tmp_path / "nothing.json") == []
    assert all(found["rows"] for _, found in tiers(ROOT / "reports" / "benchmarks.json"))
