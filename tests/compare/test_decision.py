"""The decision page: every number from its theory, every row with its verdicts, and no more than they carry."""

import math
from functools import cache

import pytest

from compare import Claim, Experiment, Level, decision_page as page
from compare.__main__ import main
from compare.decision import addresses, claims_behind, decision, fraction
from compare.decision_laws import TEMPLATES, World, rows, spelled
from compare.papers.paper import matching
from compare.registry import suite
from compare.verdict import PartVerdict, RivalVerdict, Verdict
from theory.random_features_laws import ALPHA
from theory.sparse_features.iso_compute import compute_optimal

WORLD = World(1e8, "1", "2", "3")


@cache
def found(compute=1e8, decay="1", sparsity="2", teacher_decay="3"):
    return {row.key: row for row in rows(World(compute, decay, sparsity, teacher_decay))}


def simulate(stream):
    """Never called."""
    raise NotImplementedError


def verdict(name, outcome="agrees", parts=()):
    claim = Claim(
        name=name,
        statement="The loss | falls.",
        source="docs/x.md",
        experiment=Experiment(simulate),
        predict=dict,
        quantity=Level("loss", n_samples=[1]),
        margin=0.1,
        because="it is",
        rivals={"a": dict},
    )
    return Verdict(claim, outcome, rivals=(RivalVerdict("a", "disagrees", 3.0, 64),), parts=tuple(parts))


def part(name, measured):
    return PartVerdict(name, "two-sided", measured, measured, 0.0, 0.01, 0.0, 0.05, 0.1, "agrees")


def test_the_rows_at_one_point():
    told = {key: tuple(map(fraction, row.values)) for key, row in found().items() if row.values}
    assert told == {
        "dense": ("1/2", "1/2", "1/2"),
        "dense_ridge": ("1/2", "1/2", "1/2"),
        "sparse": ("1/3", "2/3", "1/3"),
        "teacher": ("3/5", "2/5", "4/5"),
        "leak": ("1/2", "1/2", "1/2"),
        "one_pass": ("1/3", "2/3", "1/3"),
        "routed": ("1/2", "1/2", "1/2"),
        "zipf": ("1/3", "2/3", "1/3"),
    }


@pytest.mark.parametrize("point", [("1", "2", "3"), ("1/2", "3", "4"), ("2", "3/2", "0")])
def test_sizes_multiply_to_the_budget(point):
    for row in found(1e8, *point).values():
        if row.values:
            assert row.values[0] + row.values[1] == pytest.approx(1)
        for level in row.levels:
            assert level.n_features * level.n_samples == pytest.approx(1e8)


@pytest.mark.parametrize(("key", "close"), [("sparse", 0.003), ("teacher", 0.02)])
def test_levels_grow_as_the_exponents_say(key, close):
    near, far = found()[key], found(1e10)[key]
    growth = math.log(far.levels[0].ratio / near.levels[0].ratio, 100)
    assert growth == pytest.approx(near.values[1] - near.values[0], abs=close)


def test_levels_are_those_of_the_finite_size_theory():
    best = compute_optimal(1e8, decay=1, sparsity=2)
    assert found()["sparse"].levels[0].n_features == pytest.approx(float(best.n_features))
    assert sorted(level.ratio for level in found()["dense"].levels) == pytest.approx([1 / 3, 3])
    assert found()["dense_ridge"].levels[0].ratio == pytest.approx(1)


def test_below_the_peak_the_page_says_so():
    row = found(1e8, "3", "3/2", "0")["sparse"]
    assert any("below the peak" in caveat for caveat in row.caveats)
    beyond = compute_optimal(1e8, decay=3, sparsity=1.5)
    assert row.levels[0].n_features < float(beyond.n_features)


def test_below_sparsity_one_nothing_favours_the_data():
    row = found(1e8, "1", "1/2", "0")["sparse"]
    assert row.values[0] == row.values[1] == 0.5
    assert row.levels[0].ratio == pytest.approx(1 / 3)


def test_a_model_without_a_law_says_why():
    told = {key: row.why for key, row in found(1e8, "1", "1", "1").items() if row.why}
    assert set(told) == {"sparse", "teacher", "leak", "zipf"}
    assert "logarithm" in told["sparse"]


def test_no_fixed_step_above_the_line():
    row = found(1e8, "1/2", "3", "4")["one_pass"]
    assert any("No fixed step" in caveat for caveat in row.caveats)
    assert row.values[0] == pytest.approx(1 / 4)


def test_every_pattern_names_claims_of_the_suite():
    names = [claim.name for claim in suite().claims]
    for row, _ in TEMPLATES:
        for pattern in row.claims:
            assert matching(pattern, names), pattern
    assert 20 <= len(claims_behind(suite().claims)) <= 45


def test_a_row_is_as_good_as_its_claims():
    agree = verdict("sparse_frontier_exponents[decay=1,sparsity=2]")
    differ = verdict("sparse_frontier_favours_data[decay=1,sparsity=3]", "disagrees")
    lines = {line.row.key: line for line in decision(WORLD, [agree, differ, verdict("other")]).lines}
    assert lines["sparse"].outcome == "mixed"
    assert lines["sparse"].said == "~ agrees in part, 1 of 2 claims; not all as expected"
    assert lines["sparse"].tried == "α = 1, η = 2; α = 1, η = 3"
    assert lines["sparse"].here
    assert lines["dense"].said == "not judged"


def test_points_not_on_trial_are_told():
    line = decision(World(1e8, "1.5", "2", "3"), [verdict("sparse_frontier_exponents[decay=1,sparsity=2]")]).lines[2]
    assert not line.here


def test_the_row_without_a_law_is_measured():
    parts = (part("size exponent", 0.4312), part("loss exponent", 0.3081))
    relu = verdict("sparse_relu_frontier_exponents[decay=1,sparsity=2]", parts=parts)
    line = {line.row.key: line for line in decision(WORLD, [relu]).lines}["relu"]
    assert line.exponents == ("0.431", "0.569", "0.138", "0.308")
    bare = {line.row.key: line for line in decision(WORLD, []).lines}["relu"]
    assert bare.exponents == ("–",) * 4
    assert "no recorded frontier" in bare.row.why


def test_a_factor_shrinks_the_budget():
    plain, six = (decision(WORLD, [], factor=k).lines[2].row.levels[0] for k in (1.0, 6.0))
    assert six.n_features * six.n_samples == pytest.approx(1e8 / 6)
    assert six.ratio < plain.ratio
    with pytest.raises(ValueError, match="factor"):
        decision(WORLD, [], factor=0.0)


@pytest.mark.parametrize(
    ("world", "named"),
    [
        (World(1.0, "1", "2", "3"), "compute"),
        (World(math.nan, "1", "2", "3"), "compute"),
        (World(1e8, "0", "2", "3"), "decay"),
        (World(1e8, "1", "-2", "3"), "sparsity"),
        (World(1e8, "1", "2", "-1"), "teacher_decay"),
    ],
)
def test_wrong_parameters_are_named(world, named):
    with pytest.raises(ValueError, match=named):
        rows(world)


def test_pages_link_to_the_claims(tmp_path):
    index = tmp_path / "reports" / "README.md"
    index.parent.mkdir()
    index.touch()
    given = [verdict("sparse_frontier_exponents[decay=1,sparsity=2]")]
    plan = decision(WORLD, given)
    for name in ("plan.md", "plan.html"):
        path = tmp_path / name
        page.write(plan, path, addresses(given, path, index), "scaleproof plan")
        text = path.read_text(encoding="utf-8")
        assert "reports/README.md#claim-sparse-frontier-exponents-decay-1-sparsity-2" in text
        assert "34.1" in text
        assert "http" not in text.replace("http-equiv", "")
    assert "The loss \\| falls." in (tmp_path / "plan.md").read_text(encoding="utf-8")
    page.write(plan, tmp_path / "bare.html", addresses(given, tmp_path / "bare.html", None), "scaleproof plan")
    assert "README.md" not in (tmp_path / "bare.html").read_text(encoding="utf-8")


def test_the_verb_prints_and_writes(tmp_path, capsys):
    markdown, html = tmp_path / "plan.md", tmp_path / "plan.html"
    words = ["--compute", "1e8", "--quick", "--markdown", str(markdown), "--html", str(html)]
    assert main(["plan", *words]) == 0
    said = capsys.readouterr().out
    assert "decaying teacher" in said
    assert "−1/5" in said
    assert markdown.read_text(encoding="utf-8").startswith("# How to spend C = 1e8")
    assert main(["plan", "--compute", "1e8", "--quick", "--html", str(markdown)]) == 2
    assert "must end in .html" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--compute", "-1"], "compute must be at least 10"), (["--compute", "1e8", "--decay", "much"], "decay")],
)
def test_wrong_words_are_told(words, message, tmp_path, capsys):
    pages = ["--markdown", str(tmp_path / "p.md"), "--html", str(tmp_path / "p.html")]
    assert main(["plan", *words, *pages]) == 2
    assert message in capsys.readouterr().err


def test_without_records_there_are_no_verdicts(tmp_path, capsys):
    pages = ["--markdown", str(tmp_path / "p.md"), "--html", str(tmp_path / "p.html")]
    assert main(["plan", "--compute", "1e8", "--records", str(tmp_path), *pages]) == 2
    assert "--quick" in capsys.readouterr().err


def test_formulas_and_fractions_as_text():
    assert spelled(ALPHA / (1 + ALPHA)) == "α/(α + 1)"
    assert [fraction(value) for value in (1 / 3, -0.2, 0.43121, 0.0)] == ["1/3", "−1/5", "0.431", "0"]
