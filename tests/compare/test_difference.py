"""The difference of two contrasts."""

import numpy as np
import pytest

from compare import Difference, Exponent, Peak, Prediction, Value

SIZES = (1, 2, 4)


def columns(first, second):
    x = np.array(SIZES, dtype=float)
    return {"a.loss": 3 * x**-first, "b.loss": 5 * x**-second}


GAP = Difference(Exponent("a.loss", n_features=SIZES), Exponent("b.loss", n_samples=SIZES))


def test_difference_of_exponents():
    assert GAP.measure(columns(1.0, 0.25)) == pytest.approx([0.75])
    assert GAP.names == ("difference",)
    assert GAP.kind == "exponent in n_features minus exponent in n_samples"
    assert [view.column for view in GAP.views] == ["a.loss", "b.loss"]


def test_leading_dimensions_of_many_runs():
    runs = [columns(1.0, 0.25), columns(0.5, 0.75)]
    means = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
    assert GAP.measure(means).tolist() == [pytest.approx([0.75]), pytest.approx([-0.25])]


def test_allowances_of_both_add_up():
    values = columns(1.0, 0.25)
    law = Prediction(values, {name: 0.01 * value for name, value in values.items()})
    alone = [Exponent(name, n=SIZES).allowance(law, 0.1)[0] for name in values]
    assert min(alone) > 0
    assert GAP.allowance(law, 0.1) == pytest.approx([sum(alone)], rel=1e-3)


def test_a_theory_may_name_the_difference():
    assert GAP.predicted(Prediction({"difference": [0.5]})) == pytest.approx([0.5])


def test_parts_go_in_pairs():
    both = Difference(Value("a.loss", n=SIZES), Value("b.loss", n=SIZES))
    assert both.measure(columns(0, 0)) == pytest.approx([np.log(3 / 5)] * 3)
    with pytest.raises(ValueError, match="parts to subtract must have the same names"):
        Difference(Value("a.loss", n=SIZES), Value("b.loss", n=(1, 2, 8)))


def test_places_are_not_subtracted():
    peak = Peak("a.loss", group="n", m=SIZES, n=SIZES)
    with pytest.raises(TypeError, match="a difference is of Value"):
        Difference(peak, peak)
