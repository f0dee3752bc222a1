"""Each kind of quantity by cases solved by hand: parts, values, gaps, margins, allowances, distances, errors."""

import numpy as np
import pytest

from compare.curve import Curve, shape_noise
from compare.extrema import Frontier, Optimum, Peak
from compare.quantity import Contrasts, Exponent, Level, Ratio, Together, Value, View, margin_of, slope_weights
from theory.prediction import Prediction

N = np.array([8.0, 16.0, 32.0, 64.0])
LOG2 = np.log(2)
LAW = Prediction({"loss": 3 * N**-1.5})


def test_value_is_the_log_of_the_mean():
    value = Value("loss", n=(8, 16))
    prediction = Prediction({"loss": [2.0, 4.0]}, {"loss": [0.2, 0.0]})
    assert value.names == ("log value [n=8]", "log value [n=16]")
    assert value.measure({"loss": np.array([1.0, np.e])}) == pytest.approx([0, 1])
    assert value.gaps({"loss": np.array([2.2, 4.0])}, prediction, 0.1) == pytest.approx([np.log(1.1), 0])
    assert value.allowance(prediction, 0.1) == pytest.approx([-np.log(0.9), 0])
    assert [part.side for part in value.parts(prediction, 0.1)] == ["two-sided"] * 2
    assert value.size == 2


def test_level_is_the_mean_log():
    level = Level("loss", n=N)
    assert level.measure({"loss": np.exp([1.0, 2.0, 3.0, 6.0])}) == pytest.approx([3])
    prediction = Prediction({"loss": np.ones(4)}, {"loss": [0.1, 0.0, 0.2, 0.0]})
    assert level.allowance(prediction, 1.0) == pytest.approx([-(np.log(0.9) + np.log(0.8)) / 4])


def test_exponent_of_a_pure_power_law_and_of_a_bent_one():
    exponent = Exponent("loss", n=N)
    assert exponent.kind == "exponent in n"
    assert exponent.measure(LAW.values) == pytest.approx([1.5])
    bent = {"loss": np.exp([0.0, 0.0, 0.0, 1.0])}  # slope Σ (x − x̄) y / Σ (x − x̄)² = 1.5/(5 log 2)
    assert exponent.measure(bent) == pytest.approx([-0.3 / LOG2])
    oracle = -np.polynomial.Polynomial.fit(np.log(N), np.log(bent["loss"]), 1).convert().coef[1]
    assert exponent.measure(bent) == pytest.approx([oracle])


@pytest.mark.parametrize("quantity", [Exponent, Level, Value])
def test_a_column_of_logarithms_is_taken_as_it_is(quantity):
    of_logs, of_means = quantity("x", logged=True, n=N), quantity("x", n=N)
    means = np.array([1.0, 0.3, 0.2, 0.05])
    assert of_logs.measure({"x": np.log(means)}) == pytest.approx(of_means.measure({"x": means}))
    assert Ratio("x", [(0, 3)], logged=True, n=N).measure({"x": np.log(means)}) == pytest.approx([np.log(20)])


def test_exponent_cancels_curvature_that_theory_shares():
    curved = Prediction({"loss": N**-1.0 * (1 + 3 / N)})
    exponent = Exponent("loss", n=N)
    assert abs(exponent.measure(curved.values)[0] - 1) > 0.05
    assert exponent.gaps({"loss": 1.7 * curved.values["loss"]}, curved, 0.1) == pytest.approx([0], abs=1e-13)


def test_exponent_uses_its_points_only():
    exponent = Exponent("loss", points=(0, 2), n=(8, 32))
    assert exponent.measure({"loss": np.array([4.0, np.nan, 1.0, -5.0])}) == pytest.approx([1])


def test_ratio_of_pairs():
    ratio = Ratio("loss", [(0, 3), (2, 1)], n=N)
    assert ratio.names == ("log ratio [n=8 : n=64]", "log ratio [n=32 : n=16]")
    assert ratio.measure(LAW.values) == pytest.approx([1.5 * 3 * LOG2, -1.5 * LOG2])


def test_contrasts_of_a_mean_that_is_not_positive_are_not_a_number():
    value = Value("loss", n=(8, 16))
    assert np.isfinite(value.measure({"loss": np.array([1.0, -1.0])})).tolist() == [True, False]
    assert np.isfinite(value.measure({"loss": np.array([0.0, 1.0])})).tolist() == [False, True]


def test_contrasts_ignore_points_of_weight_zero():
    contrast = Contrasts("own", View.of("loss", {"n": (8, 16, 32)}, None), {"difference": (1, 0, -1)})
    assert contrast.measure({"loss": np.array([np.e, -1.0, 1.0])}) == pytest.approx([1])


def test_together_joins_the_parts_of_its_quantities():
    both = Together(first=Exponent("loss", n=N), second_one=Value("mass", n=(8, 16)))
    assert both.names == ("first: exponent", "second one: log value [n=8]", "second one: log value [n=16]")
    assert both.kind == "exponent in n and value"
    assert both.size == 3
    means = LAW.values | {"mass": np.exp([2.0, 3.0])}
    assert both.measure(means) == pytest.approx([1.5, 2, 3])
    prediction = Prediction(LAW.values | {"mass": np.exp([2.0, 2.0])}, {"mass": [0.0, 0.1]})
    assert both.gaps(means, prediction, 0.1) == pytest.approx([0, 0, 1])
    assert both.allowance(prediction, 0.1) == pytest.approx([0, 0, -np.log(1 - 0.1 / np.exp(2))])
    margins = {"first: exponent": 0.02, "second one: log value": 0.1}
    assert [part.margin for part in both.parts(prediction, margins)] == [0.02, 0.1, 0.1]


@pytest.mark.parametrize("quantity", [Peak("loss", n=N), Curve("loss", ("n",), n=N)])
def test_together_refuses_quantities_with_their_own_gaps(quantity):
    with pytest.raises(TypeError, match="cannot be judged together"):
        Together(one=quantity, other=Level("loss", n=N))


def test_a_prediction_may_name_the_parts():
    exponent = Exponent("loss", n=N)
    prediction = Prediction({"exponent": [1.4]}, {"exponent": [0.03]})
    assert exponent.gaps(LAW.values, prediction, 0.1) == pytest.approx([0.1])
    assert exponent.allowance(prediction, 0.1) == pytest.approx([0.03])
    frontier = Frontier("loss", **VALLEYS)
    named = Prediction({"size exponent": [0.4], "loss exponent": [0.25]}, {"loss exponent": [0.01]})
    assert frontier.gaps({"loss": valleys()}, named, 0.1) == pytest.approx([0.1, 0.05])
    assert frontier.allowance(named, 0.1) == pytest.approx([0, 0.01])


def test_distance_of_a_rival_is_in_margins():
    exponent = Exponent("loss", n=N)
    assert exponent.distance(Prediction({"loss": N**-1.6}), LAW, 0.02) == pytest.approx(5)
    both = Together(a=exponent, b=Level("loss", n=N))
    rival = Prediction({"loss": 3 * 1.1 * N**-1.5})
    assert both.distance(rival, LAW, {"a: exponent": 0.02, "b: level": 0.05}) == pytest.approx(np.log(1.1) / 0.05)


# -- curve --------------------------------------------------------------------------------------------------------


def test_curve_parts_by_hand():
    curve = Curve("loss", ("n",), n=N)
    assert curve.names == ("level", "slope in n", "shape")
    assert curve.size == 3 + 1  # and the vetoes
    means = {"loss": LAW.values["loss"] * np.exp([0.1, 0.0, 0.0, 0.3])}
    # level 0.4/4; slope Σ (x − x̄) d / Σ (x − x̄)² = (1.5·0.3 − 1.5·0.1)/(5 log 2); Q = (0.01 + 0.09)/4
    assert curve.gaps(means, LAW, 1.0) == pytest.approx([0.1, 0.06 / LOG2, 0.025])
    assert curve.predicted(LAW) == pytest.approx([np.mean(np.log(LAW.values["loss"])), -1.5, 0])


def test_curve_margins_and_sides():
    parts = Curve("loss", ("n",), n=N).parts(LAW, {"level": 0.02, "slope in n": 0.03, "shape": 0.05})
    assert [(part.margin, part.side) for part in parts] == [
        (0.02, "two-sided"),
        (0.03, "two-sided"),
        (pytest.approx(0.05**2), "upper"),
    ]


def test_curve_distance_is_in_root_mean_square():
    curve = Curve("loss", ("n",), n=N)
    rival = Prediction({"loss": LAW.values["loss"] * np.exp([0.2, -0.2, -0.2, 0.2])})
    margin = {"level": 0.5, "slope in n": 0.5, "shape": 0.05}
    assert curve.distance(rival, LAW, margin) == pytest.approx(4)


def test_curve_allowance_bounds_the_worst_remainder():
    """A remainder of 1 % in every point moves Q between (τ − 0.01)² and (τ + 0.01)² where theory is off by τ."""
    tau, relative = 0.05, 0.01
    curve = Curve("loss", ("n",), n=N)
    prediction = Prediction({"loss": np.ones(4)}, {"loss": np.full(4, 1 - np.exp(-relative))})
    level, _, shape = curve.allowance(prediction, tau)
    assert level == pytest.approx(relative)
    assert shape == pytest.approx(2 * tau * relative + relative**2)
    signs = np.array([1, -1, -1, 1])
    for towards in (-1, 1):
        means = {"loss": np.exp((tau + towards * relative) * signs)}
        assert abs(curve.gaps(means, prediction, tau)[-1] - tau**2) <= shape * (1 + 1e-9)


def test_curve_noise_variance_by_hand():
    """One block off in two points together: covariance c of all four entries, so 2/K² · 4 c²."""
    dropped = [{"loss": np.ones(2)} for _ in range(15)] + [{"loss": np.full(2, np.exp(0.16))}]
    c = 15 / 16 * 0.16**2 * (15 / 16)  # (G−1)/G Σ (deviation)², deviations 0.15 and fifteen of −0.01
    assert shape_noise(Curve("loss", (), n=(8, 16)).covariance(dropped)) == pytest.approx(2 / 4 * 4 * c**2)


# -- margins ------------------------------------------------------------------------------------------------------


def test_margins_by_name_by_kind_of_part_and_for_all():
    assert margin_of(0.1, "anything") == 0.1
    assert margin_of(1, "anything") == 1.0
    margins = {"log value": 0.1, "log value [n=8]": 0.2}
    assert margin_of(margins, "log value [n=8]") == 0.2
    assert margin_of(margins, "log value [n=16]") == 0.1


def test_a_missing_margin_is_named():
    with pytest.raises(ValueError, match="no margin for the part 'shape'; margins are given for"):
        Curve("loss", ("n",), n=N).parts(LAW, {"level": 0.1, "slope in n": 0.1})


# -- peak ---------------------------------------------------------------------------------------------------------

PLACES = (10.0, 20.0, 30.0, 40.0, 50.0)


def peaked_at(*places):
    return Prediction({"peak": places})


def test_peak_is_above_every_point_outside_the_margin():
    peak = Peak("log_loss", n=PLACES)
    heights = {"log_loss": np.array([0.0, 1.0, 5.0, 4.0, 2.0])}
    parts = peak.parts(peaked_at(31), 5.0)
    assert [part.name for part in parts] == [f"above n={n}" for n in (10, 20, 40, 50)]
    assert {(part.margin, part.side, part.share) for part in parts} == {(0.0, "lower", 0.25)}
    assert peak.gaps(heights, peaked_at(31), 5.0) == pytest.approx([5, 4, 1, 3])
    assert peak.gaps(heights, peaked_at(31), 12.0) == pytest.approx([5, 3])  # 20 and 40 are within the margin
    assert peak.gaps(heights, peaked_at(41), 5.0) == pytest.approx([4, 3, -1, 2])
    assert peak.measure(heights) == pytest.approx([30])
    assert peak.size == 1
    assert not peak.allowance(peaked_at(31), 5.0).any()
    assert peak.distance(peaked_at(45), peaked_at(30), 5.0) == pytest.approx(3)


def test_peak_per_group():
    peak = Peak("y", group="d", d=(1, 1, 1, 2, 2, 2), n=(1, 2, 3, 1, 2, 3))
    parts = peak.parts(peaked_at(1, 3), 0.5)
    assert [part.name for part in parts] == [f"above n={n} [d={d}]" for d, n in ((1, 2), (1, 3), (2, 1), (2, 2))]
    assert peak.gaps({"y": np.array([9.0, 1, 2, 3, 5, 8])}, peaked_at(1, 3), 0.5) == pytest.approx([8, 7, 5, 3])


def test_a_peak_off_the_grid_is_refused():
    with pytest.raises(ValueError, match=r"no point within 2 of the predicted peak at n=25; add one"):
        Peak("log_loss", n=PLACES).parts(peaked_at(25), 2.0)


@pytest.mark.parametrize("prediction", [Prediction({"log_loss": np.ones(5)}), peaked_at(1, 2)])
def test_a_peak_needs_one_location_per_group(prediction):
    with pytest.raises(ValueError, match="a peak needs the prediction 'peak' with 1 locations"):
        Peak("log_loss", n=PLACES).parts(prediction, 2.0)


# -- optimum and frontier -----------------------------------------------------------------------------------------

GRID = np.geomspace(4, 64, 7)
VALLEYS = {"compute": np.repeat((100.0, 400.0, 1600.0), 7), "n": np.concatenate([GRID, 2 * GRID, 4 * GRID])}


def valleys(curvature=0.3, cubic=0.0):
    """log loss with minima at 16 C^½/10 of height C^−0.3, quadratic plus a cubic term that keeps the minimum."""
    x = np.log(VALLEYS["n"] / (1.6 * VALLEYS["compute"] ** 0.5))
    return VALLEYS["compute"] ** -0.3 * np.exp(curvature * x**2 + cubic * x**3)


@pytest.mark.parametrize(("degree", "cubic"), [(2, 0.0), (3, 0.0), (3, 0.04)])
def test_optimum_of_an_exact_valley(degree, cubic):
    optimum = Optimum("loss", group="compute", degree=degree, **VALLEYS)
    assert optimum.names == tuple(f"{part} [compute={c}]" for part in ("location", "level") for c in (100, 400, 1600))
    found = optimum.measure({"loss": valleys(cubic=cubic)})
    assert found[:3] == pytest.approx(np.log([16, 32, 64]))
    assert found[3:] == pytest.approx(-0.3 * np.log([100, 400, 1600]))


def test_optimum_of_one_kind_of_part():
    optimum = Optimum("loss", group="compute", parts=("level",), **VALLEYS)
    assert optimum.size == 3
    assert optimum.measure({"loss": valleys()}) == pytest.approx(-0.3 * np.log([100, 400, 1600]))


@pytest.mark.parametrize(
    "loss",
    [GRID**-1.0, np.exp(-0.3 * np.log(GRID / 16) ** 2), -np.ones(7), np.where(GRID[3] == GRID, np.nan, GRID)],
)
def test_a_group_without_a_minimum_is_not_a_number(loss):
    optimum = Optimum("loss", group="g", g=np.zeros(7), n=GRID)
    assert np.isnan(optimum.measure({"loss": loss})).all()


@pytest.mark.parametrize("cubic", [0.0, 0.04])
def test_frontier_exponents(cubic):
    frontier = Frontier("loss", **VALLEYS)
    assert frontier.names == ("size exponent", "loss exponent")
    assert frontier.measure({"loss": valleys(cubic=cubic)}) == pytest.approx([0.5, 0.3])


# -- what is refused when a quantity is written --------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(8,), (8, 8), (0, 8), (-1, 8)])
def test_a_slope_needs_two_positive_sizes(sizes):
    with pytest.raises(ValueError, match="at least two different positive sizes"), np.errstate(all="ignore"):
        slope_weights(sizes)


def test_coordinates_and_points_must_match():
    with pytest.raises(ValueError, match="one value per point each, got lengths"):
        Value("loss", n=(1, 2), m=(1, 2, 3))
    with pytest.raises(ValueError, match="3 points of 'loss' are selected, but 2 have coordinates"):
        Value("loss", points=(0, 1, 2), n=(1, 2))


def test_an_exponent_has_one_variable():
    with pytest.raises(ValueError, match="against one variable"):
        Exponent("loss", n=(1, 2), m=(1, 2))


def test_an_optimum_needs_enough_points_and_known_parts():
    with pytest.raises(ValueError, match="needs more than 4 points in every group"):
        Optimum("loss", group="g", g=np.zeros(4), n=(1, 2, 3, 4))
    with pytest.raises(ValueError, match="location or level"):
        Optimum("loss", group="g", parts=("width",), g=np.zeros(7), n=GRID)


def test_parts_need_different_names():
    """Two points with one label would lose one of them, and one verdict would latch both."""
    with pytest.raises(ValueError, match="two parts are called"):
        Value("loss", n=(8, 8))
    with pytest.raises(ValueError, match="two parts are called"):
        Ratio("loss", [(0, 1), (0, 1)], n=(8, 16))


# -- vetoes -------------------------------------------------------------------------------------------------------


def test_a_point_has_a_veto_where_it_alone_breaks_the_shape():
    curve = Curve("loss", ("n",), n=N)
    prediction = Prediction(LAW.values, {"loss": 0.01 * LAW.values["loss"]})
    parts, allowance = curve.vetoes(prediction, {"level": 1, "slope in n": 1, "shape": 0.05})
    assert [part.name for part in parts] == [f"point [n={n:g}]" for n in N]
    assert [part.margin for part in parts] == pytest.approx([2 * 0.05] * 4)
    assert {(part.side, part.share) for part in parts} == {("two-sided", 1 / 4)}
    assert allowance == pytest.approx([-np.log(0.99)] * 4)
    means = {"loss": LAW.values["loss"] * np.exp([0, parts[1].margin, 0, 0])}
    assert curve.veto_gaps(means, LAW) == pytest.approx([0, parts[1].margin, 0, 0])
    assert curve.gaps(means, LAW, 1.0)[-1] == pytest.approx(0.05**2)
    assert curve.size == len(curve.names) + 1


def test_the_veto_of_a_point_may_have_its_own_margin():
    curve = Curve("loss", (), n=N)
    parts, _ = curve.vetoes(LAW, {"level": 1, "shape": 0.05, "point": 0.02})
    assert {part.margin for part in parts} == {0.02}


def test_other_quantities_have_no_vetoes():
    assert Exponent("loss", n=N).vetoes(LAW, 0.1)[0] == ()
