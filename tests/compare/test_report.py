"""Reports and figures, from verdicts made up here."""

import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from compare import formatting
from compare.claim import Asymptote, Claim
from compare.curve import Curve
from compare.experiment import Experiment
from compare.extrema import Peak
from compare.figure_points import curves_of
from compare.figure_style import tick
from compare.figures import claim_figure, figure_text
from compare.quantity import Exponent, Level, Location, Together, Value
from compare.report import write_html, write_markdown
from compare.verdict import LawVerdict, PartVerdict, Point, RivalVerdict, Verdict
from theory.prediction import Prediction

SIZES = (16, 24, 32, 48, 64, 96, 128)


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


simulate.identities = "averages over the label noise exactly"


def made_claim(name, quantity=None, statement="The loss falls as N^-decay.", **more):
    simulated = {
        "experiment": Experiment(simulate, {"decay": 1, "n_features": SIZES}),
        "predict": lambda: Prediction({"loss": [1.0]}),
        "quantity": quantity,
        "margin": 0.02,
        "because": "half of a 5 % error in the exponent",
    }
    return Claim(
        name=name,
        statement=statement,
        source="Maloney, Roberts & Sully 2022; docs/random_features.md",
        rivals={"5 % steeper": dict, "factor m forgotten": dict},
        **((simulated if quantity else {}) | more),
    )


def part(name="exponent", gap=0.0005, stderr=0.0012, outcome="agrees", **more):
    fields = {
        "side": "two-sided",
        "predicted": 1.0,
        "allowance": 0.001,
        "margin": 0.02,
        "reach": 0.031,
    } | more
    measured = fields["predicted"] + gap
    return PartVerdict(name=name, measured=measured, gap=gap, stderr=stderr, outcome=outcome, **fields)


def rivals(second="disagrees"):
    return RivalVerdict("5 % steeper", "disagrees", 2.5, 64), RivalVerdict("factor m forgotten", second, 31.0, 256)


def points(factor=1.0, noise=0.02, samples=(0,), column="loss", predicted=True):
    rng = np.random.default_rng(7)
    found = []
    for n_samples in samples:
        for n in SIZES:
            theory = 3.0 / n + (1.0 / n_samples if n_samples else 0.0)
            at = {"n_features": float(n)} | ({"n_samples": float(n_samples)} if n_samples else {})
            found.append(
                Point(
                    column, at, theory if predicted else None, 0.01 * theory if predicted else 0.0,
                    factor * theory * (1 + noise * rng.normal()), noise * theory,
                    {"5 % steeper": theory * (n / 16) ** -0.05, "factor m forgotten": 1.8 * theory},
                )
            )  # fmt: skip
    return tuple(found)


PLACES = (Location("n_samples=32", 32.0, 32.0), Location("n_samples=64", 64.0, 60.0))


def peak_verdict():
    quantity = Peak("log_loss", group="n_samples", n_features=np.tile(SIZES, 2), n_samples=np.repeat([32, 64], 7))
    found, parts = [], []
    for top in (32, 64):
        for n in SIZES:
            at = {"n_features": float(n), "n_samples": float(top)}
            found.append(Point("log_loss", at, None, 0.0, 2 - abs(math.log(n / top)), 0.05))
            if n != top:
                name = f"above n_features={n} [n_samples={top}]"
                parts.append(part(name, gap=abs(math.log(n / top)), stderr=0.06, margin=0.0, side="lower",
                                  predicted=0.0, allowance=0.0, reach=0.4))  # fmt: skip
    claim = made_claim("dense_peak[decay=1]", quantity, "The loss peaks where features equal samples.", margin=4.0)
    return Verdict(claim, "agrees", parts=tuple(parts), rivals=rivals(), points=tuple(found),
                   locations=PLACES, draws=128, looks=2)  # fmt: skip


def curve_verdict():
    samples = (32, 128, 512)
    quantity = Curve("loss", ["n_features"], n_features=np.tile(SIZES, 3), n_samples=np.repeat(samples, 7))
    parts = (
        part("level", predicted=-2.0, reach=0.03),
        part("slope in n_features", gap=-0.011, stderr=0.008, outcome="inconclusive"),
        part("shape", gap=0.00005, stderr=0.00002, margin=0.0004, side="upper", predicted=0.0, allowance=0.0),
    )
    claim = made_claim("dense_curve[decay=1]", quantity, "The whole curve <N, D> & its \"shape\" hold 'as is'.")
    return Verdict(
        claim, "inconclusive", "cap of 8192 draws reached; about 2e+04 draws would decide", parts,
        rivals("inconclusive"), None, points(samples=samples), draws=8192, looks=8, seconds=75.0,
    )  # fmt: skip


def many_parts():
    names = [f"log value [n_features={n}, n_samples={d}]" for d in range(40, 640, 40) for n in SIZES]
    gaps = np.random.default_rng(3).normal(scale=0.004, size=len(names))
    parts = tuple(part(name, gap=float(gap), predicted=-3.0) for name, gap in zip(names, gaps, strict=True))
    samples = tuple(range(40, 640, 40))
    quantity = Value("loss", n_features=np.tile(SIZES, 15), n_samples=np.repeat(samples, 7))
    claim = made_claim("least_squares_values[ridge=0]", quantity)
    return Verdict(
        claim, "agrees", "", parts, rivals(), None, points(samples=samples), draws=256, looks=3, seconds=12.0
    )


def verdicts():
    exponent = Exponent("loss", n_features=SIZES)
    law = LawVerdict("agrees", "1.00000000000, 0.500000000000", 2e-9, 1e-6, (1e3, 1e6, 1e9), (2e-3, 2e-6, 2e-9))
    link = Asymptote(lambda: 1, lambda n: 1 + 2 / n, (1e3, 1e6, 1e9), 1, 1e-6)
    good = made_claim("dense_model_exponent[decay=1]", exponent)
    refuted = made_claim("sparse_exponent[decay=0.5,sparsity=3]", exponent, expect="disagrees", evidence="record 12")
    surprising = made_claim("sparse_exponent[decay=2,sparsity=3]", exponent)
    off = part(gap=0.15, stderr=0.006, outcome="disagrees")
    return [
        Verdict(good, "agrees", "", (part(),), rivals(), law, points(), draws=512, looks=4, seconds=30.5),
        curve_verdict(),
        peak_verdict(),
        Verdict(made_claim("ticket_law", asymptote=link), "agrees", "", (), rivals(), law),
        Verdict(refuted, "disagrees", "", (off,), rivals(), None, points(1.2), draws=64, looks=1, seconds=3.0),
        Verdict(surprising, "disagrees", "", (off,), rivals("agrees"), None, points(1.2), draws=64, looks=1),
        Verdict(made_claim("piecewise_bound", exponent), "error", "ValueError: ridge is not <positive>"),
        Verdict(
            made_claim("least_squares_broken", exponent), "inconclusive", "non-finite measurement",
            (part(gap=math.nan, stderr=math.nan, outcome="inconclusive"),), rivals(), None,
            tuple(Point("loss", {"n_features": n}, 1.0, 0.0, math.nan, math.nan) for n in SIZES), draws=64, looks=1,
        ),
        many_parts(),
    ]  # fmt: skip


INFO = {
    "seed": 20260718,
    "tier": "standard",
    "device": "cpu",
    "versions": {"python": "3.11", "numpy": "2.0"},
    "commit": "0123abc",
    "seconds": 131.0,
    "errors": [{"file": "mine/<bad>.py", "message": "SyntaxError: invalid syntax & more"}],
}


class Page(HTMLParser):
    """Tags, ids, links and text of a page; complains about elements that are left open."""

    VOID = frozenset({"meta", "input", "br", "wbr", "link", "img"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.tags, self.text = [], [], [], [], []
        self.addresses, self.headings = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        for name, value in attrs:
            if name in ("href", "src", "action", "data", "xlink:href"):
                self.addresses.append(value)
            if name in ("aria-labelledby", "aria-describedby", "for"):
                self.addresses += [f"#{word}" for word in value.split()]
            self.addresses += [f"#{found}" for found in re.findall(r"url\(#([^)]+)\)", value or "")]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "index.html"
    write_html(verdicts(), INFO, path)
    assert [file.name for file in path.parent.iterdir()] == ["index.html"]
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_every_claim_has_a_row_a_section_and_a_figure_or_a_text(html, page):
    sections = [a for tag, a in page.tags if tag == "section" and a.get("class") == "claim"]
    assert len(sections) == len(verdicts())
    assert {f"#{a['id']}" for a in sections} <= set(page.addresses)
    drawn = [a for tag, a in page.tags if tag == "svg"]
    assert len(drawn) + html.count('class="no-figure"') == len(verdicts())
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in drawn)
    assert html.count("No figure: the claim could not be judged.") == 1


def test_ids_are_unique_and_every_link_stays_on_the_page(page):
    assert len(page.ids) == len(set(page.ids))
    assert {address for address in page.addresses if not address.startswith("#")} == set()
    assert {address[1:] for address in page.addresses} <= set(page.ids)


def test_the_page_loads_nothing(html):
    assert set(re.findall(r"https?://[^\"' <)]+", html)) == {"http" + "://www.w3.org/2000/svg"}
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_text_is_escaped(html, page):
    assert "<N, D>" not in html
    assert "The whole curve <N, D> & its \"shape\" hold 'as is'." in page.text
    assert "mine/<bad>.py" in page.text
    assert any("ridge is not <positive>" in text for text in page.text)


def test_headings_descend_one_level_at_a_time_and_there_are_landmarks(html, page):
    assert page.headings[0] == 1
    assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert {"header", "main", "footer"} <= {tag for tag, _ in page.tags}
    assert '<html lang="en">' in html
    assert html.startswith("<!DOCTYPE html>")


def test_the_page_says_what_was_found(page):
    text = " ".join(" ".join(page.text).split())
    assert "9 claims, 4 not as expected: 4 agree, 2 disagree, 2 inconclusive, 1 error" in text
    assert "Simulation and theory agree within the margin in all 105 parts." in text
    assert "This was expected: record 12." in text
    assert "Not rejected by the same data: factor m forgotten." in text
    assert "scaleproof check 'dense_model_exponent[decay=1]' --seed 20260718" in text
    assert "Law 1, 0.5; deviation 2.0e−9 at size 1e9; bound 1e−6: ✓ agrees" in text
    assert "512 of at most 8192, in 4 looks" in text
    assert "Maloney, Roberts & Sully 2022; docs/random_features.md" in page.text
    assert "averages over the label noise exactly" in text
    assert "✗ disagrees, expected agrees" in text
    assert "✗ disagrees, as expected" in text


def test_no_verdicts_and_little_information_still_make_a_page(tmp_path):
    write_html([], {}, tmp_path / "empty.html")
    assert "No claims were put on trial." in (tmp_path / "empty.html").read_text(encoding="utf-8")
    write_markdown([], {}, tmp_path / "empty.md")
    assert "no claims" in (tmp_path / "empty.md").read_text(encoding="utf-8")


def test_figures_are_wellformed_and_the_same_every_time(html):
    figures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert {claim_figure(verdict) for verdict in verdicts()[:4]} <= set(figures)
    for text in figures:
        ET.fromstring(text)
        assert "#0a0a0" not in text
        assert "<style" not in text
        assert "<metadata" not in text


def test_figures_of_claims_that_differ_only_in_name_share_no_id():
    exponent = Exponent("loss", n_features=SIZES)
    ids = [
        set(re.findall(r' id="([^"]+)"', claim_figure(Verdict(made_claim(name, exponent), "agrees", points=points()))))
        for name in ("dense_a", "dense_b")
    ]
    assert all(ids)
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    "odd",
    [
        (Point("loss", {}, 1.0, 0.0, 1.01, 0.01),),
        (Point("loss", {"n": 4.0}, None, 0.0, -1.0, 0.0),),
        (Point("loss", {"n": 4.0}, 0.0, 0.0, 0.0, 0.0, {"zero": 0.0}),),
        tuple(Point("$loss_1$ <b>", {"n": float(n)}, 1e-9 / (1 + n), 0.0, 1e-9, 1e-10) for n in range(50)),
        tuple(Point(f"column {n}", {"n": float(n)}, 1.0, 0.0, 2.0, math.nan) for n in range(5)),
        tuple(Point("a", {"n": n, "m": -n}, n, 0.0, n, 1e-12, {"_lost": math.inf}) for n in (1e-5, 1.0, 1e9)),
    ],
    ids=["no coordinate", "one negative", "zero", "odd name", "columns", "ranges"],
)  # fmt: skip
def test_odd_points_are_drawn_without_warnings(odd):
    claim = made_claim("dense_odd", Exponent("loss", n_features=SIZES))
    odd_parts = (
        part(gap=math.inf, outcome="inconclusive"),
        part(stderr=0.0, margin=0.0, side="lower"),
        part(gap=-9.0, stderr=5.0, side="upper", outcome="disagrees"),
    )
    far = (RivalVerdict("r" * 90, "agrees", math.inf, 0), RivalVerdict("near", "agrees", 0.0, 0))
    law = LawVerdict("inconclusive", "nan", math.nan, 0.0, (1.0, 2.0), (0.0, math.nan))
    ET.fromstring(claim_figure(Verdict(claim, "inconclusive", "", odd_parts, far, law, odd)))


def test_a_peak_in_one_group_is_marked_where_it_is_predicted():
    whole = peak_verdict()
    one = [point for point in whole.points if point.at["n_samples"] == 32]
    parts = tuple(part for part in whole.parts if part.name.endswith("[n_samples=32]"))
    verdict = Verdict(whole.claim, "agrees", parts=parts, points=tuple(one), locations=PLACES[:1])
    unmarked = Verdict(whole.claim, "agrees", points=tuple(one))
    strokes = [len(re.findall("fill-opacity: 0.13|opacity: 0.13", claim_figure(v))) for v in (verdict, unmarked)]
    assert strokes[0] > strokes[1] == 0


def texts(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


def test_points_that_make_no_curve_are_listed_and_counters_are_no_axis():
    def found(at):
        return tuple(Point("loss", one, 1.0, 0.0, 1.01, 0.01) for one in at)

    cells = found(
        {"n_features": a, "n_samples": b} for a, b in ((24.0, 32.0), (28.0, 40.0), (24.0, 40.0), (20.0, 40.0))
    )
    said = texts(claim_figure(Verdict(made_claim("dense_cells", Value("loss", n=[1])), "agrees", points=cells)))
    assert "features, below: samples" in said
    counted = found({"branch": float(b), "ratio": 2.0**-k} for b in (0, 1) for k in (1, 2, 3))
    said = texts(claim_figure(Verdict(made_claim("dense_ratio", Value("loss", n=[1])), "agrees", points=counted)))
    assert "ratio" in said
    assert "branch" not in said
    assert [text.replace("\u00a0", " ") for text in said if text.startswith("branch")] == ["branch = 0", "branch = 1"]
    swapped = found({"distance": abs(n - 40.0), "n_fitted": float(n)} for n in (20, 30, 50, 60))
    said = texts(claim_figure(Verdict(made_claim("dense_fit", Value("loss", n=[1])), "agrees", points=swapped)))
    assert "fitted" in said


def test_curves_of_quantities_judged_together_are_told_apart():
    both = Together(below=Level("loss", n=[1, 2, 3]), above=Level("loss", n=[5, 6, 7]))
    found = tuple(Point("loss", {"n": float(n)}, 1.0 / n, 0.0, 1.0 / n, 0.01) for n in (1, 2, 3, 5, 6, 7))
    said = texts(claim_figure(Verdict(made_claim("dense_both", both), "agrees", points=found)))
    assert {"below", "above"} <= set(said)


def test_a_rival_far_away_does_not_flatten_the_data():
    far = tuple(Point("loss", {"n": n}, 1 / n, 0.0, 1 / n, 0.01 / n, {"far": 1e6}) for n in (1.0, 2.0, 4.0))
    said = texts(claim_figure(Verdict(made_claim("dense_far", Value("loss", n=[1])), "agrees", points=far)))
    assert "rival: far (off the scale)" in said
    assert not any("10⁶" in text for text in said)


def test_a_peak_in_heights_of_its_own_shows_no_other_column():
    class Own(Peak):
        def heights(self, means):
            return -super().heights(means)

    whole = peak_verdict()
    claim = made_claim("dense_own", Own("log_loss", n_features=SIZES), margin=4.0)
    verdict = Verdict(claim, "agrees", parts=whole.parts, points=whole.points, locations=PLACES)
    said = texts(claim_figure(verdict))
    assert "log loss" not in said
    assert "height of the predicted peak above each other point" in said
    assert figure_text(verdict) == "The predicted peak stands above 12 of 12 other points."


def test_names_of_code_become_words():
    assert formatting.words("exponent in samples_minus_features_minus_1") == "exponent in samples − features − 1"
    assert formatting.words("above n_features=24 [n_samples=16]") == "above features = 24 [samples = 16]"


def test_figure_text_names_what_is_drawn():
    text = figure_text(curve_verdict())
    assert text == "Predicted and measured loss against features at 21 points; 2 of 3 parts within the margin."


def test_markdown_is_the_same_text_whatever_the_run_was(tmp_path):
    one, other = tmp_path / "a.md", tmp_path / "b.md"
    write_markdown(verdicts(), INFO, one)
    write_markdown(verdicts(), INFO | {"seconds": 7.0, "commit": "fff", "device": "cuda", "versions": {}}, other)
    text = one.read_text(encoding="utf-8")
    assert text == other.read_text(encoding="utf-8")
    assert "1]`](#claim-dense-model-exponent-decay-1) | 1.0000 | 1.0005(12) | ±0.031 | ✓ agrees | 2 of 2 |" in text
    assert text.count("The loss falls as N^-decay.") > 4
    assert "  - 5 % steeper: rejected, 2.5 margins away\n" in text
    assert "law 1, 0.5, deviation 2.0e−9 at size 1e9, bound 1e−6: agrees" in text
    assert "predicted 64, measured 60, gap −4, can see ±4" in text
    assert text.count("- Source: Maloney, Roberts &amp; Sully 2022") == len(verdicts())
    assert "The whole curve &lt;N, D&gt; &amp; its" in text
    assert text.index("## Dense random features") < text.index("## Least squares") < text.index("## Sparse features")
    rows = [line for line in text.splitlines() if line.startswith("| [`")]
    assert len(rows) == len(verdicts())
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_folder_that_is_missing_raises_and_an_old_page_survives(tmp_path):
    with pytest.raises(OSError, match="missing"):
        write_markdown(verdicts(), INFO, tmp_path / "missing" / "README.md")
    target = tmp_path / "page.md"
    target.mkdir()
    with pytest.raises(OSError, match=r"page\.md"):
        write_markdown(verdicts(), INFO, target)
    assert list(tmp_path.iterdir()) == [target]


def test_importing_the_report_imports_no_simulation_and_no_plotting():
    code = "import sys, compare.report; print({'torch', 'sim', 'matplotlib'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.2345, 0.0012, "1.2345(12)"),
        (-0.5, 0.02, "−0.500(20)"),
        (12.34, 1.5, "12.3(1.5)"),
        (1234, 56, "1234(56)"),
        (0.1, 0.0999, "0.10(10)"),
        (3.0, 0.999, "3.0(1.0)"),
        (1.234e-7, 1.2e-9, "1.234(12)e−7"),
        (5e7, 3e5, "5.000(30)e7"),
        (-3e-9, 1e-3, "0.0000(10)"),
        (0.25, 0.0, "0.250000"),
        (64, 0.0, "64"),
        (math.nan, 1.0, "nan"),
        (2.0, math.inf, "2(∞)"),
    ],
)
def test_with_error(value, error, text):
    assert formatting.with_error(value, error) == text


def test_other_numbers():
    assert [formatting.number(x) for x in (0.335, 1e-7, 123456, -1 / 3, -math.inf)] == [
        "0.3350", "1.000e−7", "123456", "−0.3333", "−∞",
    ]  # fmt: skip
    assert [formatting.signed(x, 0.01) for x in (0.5, -0.5, 0.0, -1e-9)] == [
        "+0.500",
        "−0.500",
        "0.000",
        "0.000",
    ]
    assert [formatting.declared(x) for x in (0.02, 1e-6, -0.0, 4)] == ["0.02", "1e−6", "0", "4"]
    assert formatting.plus_minus(0.01) == "±0.010"
    assert formatting.percent(-0.0032, 0.0001) == "−0.320 %"
    assert [formatting.duration(x) for x in (0.84, 9.96, 59.7, 131, 11100)] == [
        "0.8 s", "10 s", "1 min 00 s", "2 min 11 s", "3 h 05 min",
    ]  # fmt: skip
    assert [tick(x) for x in (0.0, 0.05, -2, 1e-7, 2e5)] == ["0", "0.05", "−2", "10⁻⁷", "2·10⁵"]


def test_summary_counts_what_is_unexpected_and_the_rivals_of_errors():
    assert formatting.summary([]) == "no claims"
    good = [verdict for verdict in verdicts() if verdict.sound]
    assert formatting.summary(good) == "5 claims, all as expected: 4 agree, 1 disagrees · 10 of 10 rivals rejected"
    assert formatting.summary(verdicts()).endswith("14 of 18 rivals rejected")


def test_headline_shows_the_part_that_decided():
    good, curve, peak, law, *_, many = (formatting.headline(verdict) for verdict in verdicts())
    assert good == ("exponent", "1.0000", "1.0005(12)", "+0.0005", "±0.031")
    assert curve.part == "slope in n_features"
    assert peak == ("location [n_samples=64]", "64", "60", "−4", "±4")
    assert law == ("law", "1, 0.5", "within 2.0e−9", "2.0e−9", "±1e−6")
    assert many.gap == "+0.82 %"
    names = (
        "exponent",
        "slope in n",
        "log ratio [n=1, m=2 : n=2, m=1]",
        "noise below: level",
        "a: log value [n=1]",
    )
    assert [formatting.is_logarithm(name) for name in names] == [False, False, True, True, True]


def test_curves_of_equal_compute_are_not_joined():
    """No two points share their number of features, and yet there are two curves."""
    claim = made_claim("sparse_frontier", Level("loss", n_features=(1, 2, 3, 4, 5, 6), compute=(9, 9, 9, 99, 99, 99)))
    points = tuple(
        Point("loss", {"n_features": float(k), "compute": 9.0 if k < 4 else 99.0}, 1.0, 0.0, 1.0, 0.1)
        for k in range(1, 7)
    )
    (curves,) = curves_of(Verdict(claim, "agrees", points=points))
    assert {name: len(members) for name, members in curves.series.items()} == {"compute=9": 3, "compute=99": 3}
