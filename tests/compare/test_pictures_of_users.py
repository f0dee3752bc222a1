"""Pictures of a page as users asked for them: points far away, rings on markers, one look for every rival."""

import re
from pathlib import Path

import matplotlib
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import compare
from compare.claim import Claim
from compare.experiment import Experiment
from compare.figure_points import ASIDE, curves_of
from compare.figure_style import CROSSES, MARKERS, SERIES, STYLE
from compare.quantity import Together, Value
from compare.site.pictures import pictures
from compare.verdict import Point, Verdict
from theory.prediction import Prediction


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


SIZES, CELLS = (1.0, 2.0, 4.0), ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0))


def verdict(points, quantity=None, margin=0.08):
    claim = Claim(
        name="made", statement="Made up.", source="nowhere", because="it is made up", margin=margin,
        experiment=Experiment(simulate, {"n": SIZES}), predict=lambda: Prediction({"loss": [1.0]}),
        quantity=quantity or Value("loss", n=SIZES), rivals={"first": dict, "second": dict},
    )  # fmt: skip
    return Verdict(claim, "disagrees", points=tuple(points))


def curve(factor=1.0, column="loss", **rivals):
    """Points of a curve 1/n, measured ``factor`` times higher; rivals by their factors."""
    told = rivals or {"first": 1.04, "second": 3.0}
    return [
        Point(column, {"n": n}, 1 / n, 0.0, factor / n, 0.01 / n, {name: by / n for name, by in told.items()})
        for n in SIZES
    ]


def cells(**rivals):
    """Points that make no curve."""
    return [Point("loss", {"a": a, "b": b}, 1.0, 0.0, 1.01 + 0.001 * k, 0.01, rivals) for k, (a, b) in enumerate(CELLS)]


def drawn(found, key):
    """The picture of this key and the axes of its panels."""
    one = next(one for one in pictures(found) if one.key == key)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.5, one.height))
        one.draw(figure)
    return one, figure.axes


def markers(axes, look):
    """Places of the markers of one look."""
    return [place for line in axes.get_lines() if line.get_marker() == look for place in line.get_xydata()]


def labels(axes):
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


@pytest.mark.parametrize("factor", [0.5, 2.0, 10.0])
def test_residuals_of_a_claim_that_fails_are_inside_the_axes(factor):
    _, (axes,) = drawn(verdict(curve(factor)), "margins0")
    low, high = axes.get_ylim()
    heights = [y for _, y in markers(axes, MARKERS[0])]
    assert len(heights) == len(SIZES)
    assert all(low < y < high for y in heights)
    ends = [y for lines in axes.collections for path in lines.get_paths() for _, y in path.vertices]
    assert low < min(ends) <= min(heights)
    assert max(heights) <= max(ends) < high


def test_residuals_that_would_crush_the_band_are_arrows_with_their_value():
    one, (axes,) = drawn(verdict(curve(1e4)), "margins0")
    high = axes.get_ylim()[1]
    assert high < 40
    assert [y for _, y in markers(axes, "^")] == [high] * len(SIZES)
    assert [text.get_text() for text in axes.texts].count("115") == len(SIZES)
    assert "arrow at the edge" in one.caption
    assert "arrow" not in drawn(verdict(curve(2.0)), "margins0")[0].caption


def test_a_ring_is_on_the_marker_of_its_rival():
    _, (axes, _) = drawn(verdict(cells(first=1.02, second=0.995)), "measured0")
    rings = [line for line in axes.get_lines() if line.get_markersize() == 7]
    crosses = {tuple(place) for look in CROSSES[:2] for place in markers(axes, look)}
    assert len(rings) == 2
    for ring in rings:
        (place,) = ring.get_xydata()
        assert tuple(place) in crosses
        assert place[0] % 1 == pytest.approx(ASIDE)


def test_a_rival_has_one_look_in_all_figures_of_a_claim():
    near = verdict(cells(first=7.0, second=1.05))
    _, (axes, _) = drawn(near, "measured0")
    _, (rest,) = drawn(near, "margins0")
    seen = markers(axes, CROSSES[1])
    assert seen
    assert len(markers(rest, CROSSES[1])) == len(seen)
    assert not markers(rest, CROSSES[0])
    assert labels(rest) == ["rival: first (off the scale)", "rival: second"]


def test_a_rival_has_one_look_in_the_columns_of_a_claim():
    both = Together(loss=Value("loss", n=SIZES), gap=Value("gap", n=SIZES))
    points = curve(first=1.0, second=1.05) + curve(column="gap", first=1.05, second=1.1)
    one, other = curves_of(verdict(points, both))
    assert one.rivals == ["second"]
    assert one.style("second") == other.style("second") != other.style("first")


def test_captions_speak_of_what_is_drawn():
    line = drawn(verdict(curve()), "measured0")[0].caption
    assert "Solid: the theory" in line
    assert "Dashed or dotted: rivals" in line
    assert "Bars" not in line
    single = drawn(verdict(cells(first=1.05, second=0.96)), "measured0")[0].caption
    assert "Bars: the theory" in single
    assert "Crosses beside them: rivals" in single
    assert "Solid" not in single
    assert "Dashed" not in single


def test_the_band_of_residuals_is_there_for_one_point_and_is_no_rivals_dash():
    alone = verdict([Point("loss", {"a": 1.0}, 1.0, 0.0, 1.01, 0.01, {"first": 1.05})], Value("loss", a=[1.0]))
    _, (axes,) = drawn(alone, "margins0")
    assert {line.get_linestyle() for line in axes.get_lines() if list(line.get_ydata()) in ([1, 1], [-1, -1])} == {"-"}
    assert axes.patches
    assert any(to_hex(line.get_color()) == SERIES[0] for line in axes.get_lines())


def test_long_lines_wrap_and_tables_show_that_they_scroll():
    css = (Path(compare.__file__).parent / "templates" / "site" / "site.css").read_text(encoding="utf-8")
    rule = re.search(r"^pre\{([^}]*)\}", css, re.MULTILINE)
    assert rule is not None
    assert "white-space:pre-wrap" in rule[1]
    assert "overflow-wrap:anywhere" in rule[1]
    assert re.search(r"^\.scroll,\.formula\{background:[^}]* local", css, re.MULTILINE)
