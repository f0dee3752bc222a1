"""The page of the judge's calibration: complete, linked both ways, and no burden to the report when it fails."""

import copy
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from compare.__main__ import main
from compare.calibration import figures, fresh_seeds, parts, site
from compare.calibration.tally import rate

COMMITTED = Path(__file__).parents[2] / "reports" / "calibration"
VOID = {"meta", "wbr", "link", "br", "input"}


class Page(HTMLParser):
    """Tags with what they stand in, and the text."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        entry = (tag, dict(attributes), tuple(self.stack))
        self.tags.append(entry)
        if tag not in VOID:
            self.stack.append(entry[:2])

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes), tuple(self.stack)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def named(self, tag):
        return [(attributes, inside) for name, attributes, inside in self.tags if name == tag]


def figures_of(agrees, sides, *, covered=950):
    rows = []
    for offset in (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0) if -1.0 in sides else (-1.0, 0.0, 1.0, 2.0, 3.0):
        far = offset if sides == [1.0] else abs(offset)
        good = 1000 if far <= 0 else agrees if far == 1 else 0
        bad = 0 if far <= 1 else 995
        rows.append({"offset": offset, "agrees": rate(good, 1000), "disagrees": rate(bad, 1000), "draws": 0.25})
        rows += [rows[-1] | {"offset": 1.5}] if offset == 1.0 else []
        rows += [rows[-1] | {"offset": -1.5}] if offset == -1.0 and -1.0 in sides else []
    return {
        "coverage": {"offset": 0.0, "first": rate(covered, 1000), "cap": rate(covered, 1000)},
        "pit": {"first": [50] * 20, "cap": [30, 70] * 5 + [50] * 10},
        "offsets": sorted(rows, key=lambda row: row["offset"]),
        "cost_over_oracle": 0.8,
    }


def kind(name, agrees, sides=(-1.0, 1.0), refutable_from=1.0, covered=950):
    own = figures_of(agrees, list(sides), covered=covered)
    beds = [{"bed": f"{name} {bed}", "margin": 0.1, "stderr_at_cap": 0.01} | own for bed in ("calm", "wild")]
    return {
        "kind": name, "quantity": "Value", "family": "relative", "meaning_of_offset": "in margins", "beds": beds,
        "wrong_at": list(sides), "refutable_from": refutable_from, "pooled": own,
    }  # fmt: skip


def made_judge():
    kinds = [kind("value", 10), kind("level <&>", 40, covered=800), kind("strict bound", 5, (1.0,), 0.0)]
    head = {"schema": 1, "part": "judge", "size": "quick", "cap": 8192, "looks": 8, "seed": 7, "versions": {"a": "1"}}
    return parts.completed(head | {"kinds": kinds}, "quick")


def made_matrix():
    seen = {"one[n=1]": ["rejected", 3.0], "one[n=2]": ["below", 0.5], "two": ["unchanged", 0.0]}
    blind = {"one[n=1]": ["below", 0.5], "one[n=2]": ["below", 0.2], "two": ["unusable", None]}
    planted = [{"error": "factor < 1", "link": "draws", "silent": "", "claims": seen}]
    planted.append({"error": "too faint", "link": "law", "silent": "small", "claims": blind})
    derived = [{"error": "exponent 2 % too large", "claims": {"two": {"": ["rejected", 9.0], "b": ["open", 2.0]}}}]
    unseen = [{"error": "too faint", "reason": "small; at most 0.5 margins"}]
    claims = ["one[n=1]", "one[n=2]", "two"]
    return {"schema": 1, "claims": claims, "planted": planted, "derived": derived, "unseen": unseen, "missed": [],
            "alarms": []}  # fmt: skip


def made_seeds():
    row = {"kind": fresh_seeds.AS_EXPECTED, "draws": 64, "gap in margins": 0.1}
    bad = row | {
        "kind": fresh_seeds.INCONCLUSIVE,
        "outcome": "inconclusive",
        "reason": "cap reached",
        "rivals left": [],
    }
    run = {"seconds": 60.0, "device": "cpu", "commit": "abc"}
    seeds = [{"seed": 1001, "claims": {"one": row, "two": row}}, {"seed": 1002, "claims": {"one": row, "two": bad}}]
    suite = {name: {"experiments": [], "cap": 128, "margin": 0.1} for name in ("one", "two")}
    return {"schema": 1, "tier": "standard", "versions": {}, "suite": suite, "seeds": [run | seed for seed in seeds]}


MADE = {"judge": made_judge, "matrix": made_matrix, "seeds": made_seeds}


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """A folder of reports whose calibration is made up, far from the repository's."""
    monkeypatch.setattr(site, "REPOSITORY", tmp_path / "nowhere")
    folder = tmp_path / "reports"
    (folder / "reference").mkdir(parents=True)
    (folder / "calibration").mkdir()
    for part, made in MADE.items():
        (folder / "calibration" / parts.FILES[part]).write_text(json.dumps(made()), encoding="utf-8")
    return folder


def written(reports, index="index.html"):
    name, good = site.write_beside(reports / index, reports / "reference")
    assert good
    return (reports / name).read_text(encoding="utf-8")


def drop_all(reports):
    for file in parts.FILES.values():
        (reports / "calibration" / file).unlink()


@pytest.fixture
def checked(reports, claim_file, capsys):
    """A function that runs ``check`` on a cheap claim and returns status, standard error and the index page."""

    def run():
        to, held = str(reports / "index.html"), str(reports / "reference")
        claims = str(claim_file("claim = good"))
        status = main(["check", claims, "--html", to, "--records", held, "--store", "none", "--workers", "1"])
        return status, capsys.readouterr().err, Page((reports / "index.html").read_text(encoding="utf-8"))

    return run


def links(page):
    return [attributes["href"] for attributes, _ in page.named("a")]


def test_kinds_beds_errors_and_seeds_are_all_there(reports):
    page = Page(written(reports))
    rows = {" ".join(word.split()) for word in page.words}
    for entry in made_judge()["kinds"]:
        assert {entry["kind"], *(bed["bed"] for bed in entry["beds"])} <= rows
    assert {"factor < 1", "too faint", "exponent 2 % too large", "small; at most 0.5 margins"} <= rows
    assert {"1001", "1002", *fresh_seeds.KINDS} <= rows
    assert "Seed 1002, two : inconclusive: cap reached" in page.text.replace("two:", "two :")


@pytest.mark.parametrize("part", parts.PARTS)
def test_what_is_committed_is_shown_in_full(part):
    file = COMMITTED / parts.FILES[part]
    if not file.exists():
        pytest.skip(f"{file.name} is not recorded")
    document = json.loads(file.read_text(encoding="utf-8"))
    page = Page(site.rendered({part: site.section(part, file)}, [], "index.html"))
    rows = {" ".join(word.split()) for word in page.words}
    wanted = {
        "judge": [entry["kind"] for entry in document.get("kinds", [])],
        "matrix": [row["error"] for row in document.get("planted", []) + document.get("derived", [])],
        "seeds": [str(row["seed"]) for row in document.get("seeds", [])],
    }[part]
    assert wanted
    assert set(wanted) <= rows


def test_the_short_sentences_are_the_rates_of_the_document(reports):
    text = Page(written(reports)).text
    assert "A theory without error was called wrong in 0 of 3000 claims" in text
    # 5000 claims at the margin: 2 · 10 + 2 · 40 + 5 agree
    assert "One wrong by exactly the margin passed in 2.1 %" in text
    assert "worst: level <&>, one side, 4 %" in text
    assert "One wrong by twice the margin was rejected in 99.5 %" in text
    assert "covered the truth in 90 %" in text
    assert "from 80 % (level <&>) to 95 %" in text
    assert "Of 2 errors planted in the theory, 1 are rejected" in text
    assert "On 2 further root seeds 3 of 4 claim-runs came out as declared" in text
    assert f"The limits of {len(made_judge()['findings'])} rates exclude what the judge promises" in text
    assert "The requirement of 400 claim-runs is not met yet." in text
    assert "level <&>: coverage of the 95 % interval at the cap must be at least 93 %" in text


def test_the_same_documents_give_the_same_text(reports):
    assert written(reports) == written(reports)


def test_index_and_calibration_link_to_each_other(checked, reports):
    status, err, index = checked()
    assert status == 0
    assert "error" not in err
    assert "calibration.html" in links(index)
    assert "How often the judge is right" in index.text
    page = Page((reports / "calibration.html").read_text(encoding="utf-8"))
    assert "index.html" in links(page)


def test_report_writes_the_page_too(reports):
    reference = COMMITTED.parent / "reference"
    for file in reference.glob("*.json"):
        (reports / "reference" / file.name).write_bytes(file.read_bytes())
    at = ["--html", str(reports / "x.html"), "--markdown", str(reports / "x.md"), "--tier", "smoke"]
    assert main(["report", "--records", str(reports / "reference"), *at]) == 0
    assert "calibration.html" in links(Page((reports / "x.html").read_text(encoding="utf-8")))
    assert "x.html" in links(Page((reports / "calibration.html").read_text(encoding="utf-8")))


def test_every_link_within_the_page_leads_somewhere_and_ids_are_unique(reports):
    page = Page(written(reports))
    ids = [attributes["id"] for _, attributes, _ in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [attributes["href"] for _, attributes, _ in page.tags if attributes.get("href", "").startswith("#")]
    used += [f"#{a[key]}" for _, a, _ in page.tags for key in ("aria-labelledby",) if key in a]
    used += [f"#{name}" for name in re.findall(r"url\(#([^)]+)\)", str(page.tags))]
    assert used
    assert {target[1:] for target in used} <= set(ids)


def test_a_page_of_verdicts_called_calibration_is_not_overwritten(reports):
    name, good = site.write_beside(reports / "calibration.html", reports / "reference")
    assert good
    assert name == "judge.html"
    assert not (reports / "calibration.html").exists()


def test_without_documents_there_is_neither_page_nor_link(checked, reports):
    drop_all(reports)
    status, err, index = checked()
    assert status == 0
    assert "error" not in err
    assert not (reports / "calibration.html").exists()
    assert not [href for href in links(index) if "calibration" in href]


def test_documents_of_the_repository_serve_where_there_are_none_beside_the_records(reports, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "REPOSITORY", tmp_path)
    assert site.folder_of(tmp_path / "elsewhere" / "reference") == reports / "calibration"


@pytest.mark.parametrize("part", parts.PARTS)
def test_one_document_is_enough(reports, part):
    for other in set(parts.PARTS) - {part}:
        (reports / "calibration" / parts.FILES[other]).unlink()
    page = Page(written(reports))
    named = {"judge": "rates", "matrix": "matrix", "seeds": "seeds"}
    assert [name for name in ("rates", "matrix", "seeds") if f"#{name}" in links(page)] == [named[part]]


def without(document, key):
    return {name: value for name, value in document.items() if name != key}


def emptied(document):
    changed = copy.deepcopy(document)
    changed["kinds"][0]["pooled"]["pit"]["cap"] = [1, 2]
    return changed


def no_runs(document):
    changed = copy.deepcopy(document)
    changed["kinds"][0]["pooled"]["offsets"][0]["agrees"]["runs"] = 0
    return changed


@pytest.mark.parametrize(
    ("part", "damage", "said"),
    [
        ("judge", lambda d: json.dumps(d)[:-40], "is damaged (JSONDecodeError"),
        ("judge", lambda d: json.dumps(without(d, "kinds")), "is damaged (KeyError: 'kinds')"),
        ("judge", lambda d: json.dumps(emptied(d)), "ranks of value must be 20 counts, got [1, 2]"),
        ("judge", lambda d: json.dumps(no_runs(d)), "is damaged (ZeroDivisionError"),
        ("judge", lambda d: json.dumps(d | {"schema": 99}), "has schema 99, needed is 1"),
        ("matrix", lambda _: "[]", "is damaged (TypeError"),
        ("matrix", lambda d: json.dumps(d).replace("rejected", "refused"), "got 'refused'"),
        ("seeds", lambda d: json.dumps(d | {"seeds": []}), "is damaged ("),
    ],
)
def test_a_damaged_document_costs_its_section_only(checked, reports, part, damage, said):
    file = reports / "calibration" / parts.FILES[part]
    file.write_text(damage(MADE[part]()), encoding="utf-8")
    status, err, index = checked()
    assert status == 2
    assert f"error: {file} " in err
    assert said in err
    assert f"repeat `scaleproof calibrate {part} --into {file.parent}`, or restore the file" in err
    assert "Traceback" not in err
    assert "good" in index.text
    page = Page((reports / "calibration.html").read_text(encoding="utf-8"))
    assert said in page.text
    ids = {attributes.get("id") for _, attributes, _ in page.tags}
    assert len({"rates", "matrix", "seeds"} & ids) == 2


def test_a_page_that_cannot_be_written_costs_the_link_only(checked, reports):
    (reports / "calibration.html").mkdir()
    status, err, index = checked()
    assert status == 2
    assert f"error: cannot write {reports / 'calibration.html'} (Is a directory); free space" in err
    assert "good" in index.text
    assert "calibration.html" not in links(index)


def test_wide_content_scrolls_in_a_region_of_its_own(reports):
    page = Page(written(reports))
    tables = page.named("table")
    assert len(tables) == 1 + len(made_judge()["kinds"]) + 2 + 2
    for _, inside in tables:
        regions = [attributes for _, attributes in inside if attributes.get("class") == "scroll"]
        assert len(regions) == 1
        assert regions[0]["role"] == "region"
        assert regions[0]["tabindex"] == "0"
        assert regions[0]["aria-label"]


def test_tables_and_figures_speak(reports):
    page = Page(written(reports))
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(attributes.get("scope") in ("row", "col") for attributes, _ in page.named("th"))
    drawn = [attributes for attributes, _ in page.named("svg")]
    assert len(drawn) == 3 + len(made_judge()["kinds"])
    assert all(attributes["role"] == "img" and len(attributes["aria-label"]) > 40 for attributes in drawn)


def test_the_page_loads_nothing(reports):
    text = written(reports)
    page = Page(text)
    assert not [tag for tag, *_ in page.tags if tag in ("script", "link", "img", "iframe")]
    addresses = [a[key] for _, a, _ in page.tags for key in ("src", "href", "xlink:href") if key in a]
    assert not [address for address in addresses if ":" in address or address.startswith("//")]
    policy = [a["content"] for a, _ in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"]


@pytest.mark.parametrize("draw", [figures.operating_curve, figures.coverage, figures.false_agreement])
def test_a_figure_is_sound_xml_in_the_colours_of_the_page(draw):
    svg = draw(made_judge())
    ET.fromstring(svg)
    assert svg == draw(made_judge())
    assert "currentColor" in svg
    assert "#0a0a0" not in svg


def test_the_pooled_curve_leaves_out_sides_and_kinds_that_promise_something_else():
    document = made_judge()
    document["kinds"].append(kind("bound", 10, (1.0,)))
    agrees = dict(figures.pooled_curve(document, "agrees"))
    assert agrees[-1.0]["runs"] == 2000  # the bound is right there
    assert agrees[1.0] == rate(60, 3000)  # 10 + 40 + 10, without the strict bound


def test_a_kind_outside_the_band_stands_out():
    """Limits outside 93 to 97 % change colour and marker; below the axis an arrow with the number."""
    document = made_judge()
    document["kinds"] = document["kinds"][:1]
    assert "--series-2" not in figures.coverage(document)
    document["kinds"] = made_judge()["kinds"][1:2]
    low = figures.coverage(document)
    assert "--series-2" in low
    assert ">80<" in low


def test_a_bin_beyond_the_axis_of_ranks_has_an_arrowhead():
    entry = made_judge()["kinds"][0]
    assert figures.ranks(entry, 0.25).count("<use") > figures.ranks(entry, 0.5).count("<use")
    assert figures.rank_span(made_judge()) == 0.5


def test_the_band_of_ranks_holds_a_uniform_count_with_probability_95_percent():
    from scipy import stats

    low, high = figures.rank_band(39_200)
    held = stats.binom.cdf(high, 39_200, 1 / 20) - stats.binom.cdf(low - 1, 39_200, 1 / 20)
    assert 0.95 <= held < 0.956
    assert "10 of 20 bins outside" in figures.ranks(made_judge()["kinds"][0], 0.5)
