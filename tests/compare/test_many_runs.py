"""Quantities measured for many runs at once, as the calibration does, against one run after the other."""

import numpy as np
import pytest

from compare.bound import Bound
from compare.cumulant import Cumulant, CumulantExponent
from compare.curve import Curve
from compare.extrema import Frontier, Optimum, Peak, minimum_of_fit
from compare.quantity import Exponent, Level, Ratio, Together, Value
from compare.rate import Rate
from compare.vertex import SmoothPeak
from theory.prediction import Prediction

N = np.array([8.0, 16.0, 32.0, 64.0])
BATCH = 6
WIDE = np.repeat([1.0, 10.0, 100.0], 6)
SWEPT = np.tile(np.geomspace(1, 32, 6), 3)
BATCHED = [
    Value("x", n=N),
    Level("x", n=N),
    Exponent("x", n=N),
    Ratio("x", [(0, 3), (1, 2)], n=N),
    Curve("x", ("n",), n=N),
    Bound("x", n=N),
    Rate("x", n=N),
    SmoothPeak("x", centre=22, half_width=2, lowest=True, n=N),
    Cumulant({3: "x"}, 3, n=N),
    CumulantExponent({3: "x"}, 3, n=N),
    Together(one=Value("x", n=N), two=Exponent("x", n=N)),
    Optimum("x", group="g", degree=2, g=WIDE, n=SWEPT),
    Frontier("x", compute=WIDE, n=SWEPT),
]


@pytest.mark.parametrize("quantity", BATCHED, ids=lambda quantity: type(quantity).__name__)
def test_many_runs_at_once_are_the_runs_one_by_one(quantity):
    """Leading dimensions of the means are runs; a run without an answer (an optimum at the edge) stays alone."""
    rng, n_points = np.random.default_rng(5), len(quantity.views[0].index)
    curved = 0.5 * np.exp(0.2 * np.log(quantity.views[0].at["n"] / 6) ** 2 - 0.5)
    means = {"x": np.minimum(curved * rng.lognormal(0, 0.1, (BATCH, n_points)), 0.99)}
    means["x"][0] = 0.9 * means["x"][0][::-1] ** 2
    one_by_one = [quantity.measure({"x": row}) for row in means["x"]]
    np.testing.assert_allclose(quantity.measure(means), one_by_one, rtol=1e-10)
    assert np.isfinite(one_by_one).any()
    theory = Prediction({"x": curved})
    gaps = [quantity.gaps({"x": row}, theory, 1.0) for row in means["x"]]
    np.testing.assert_allclose(quantity.gaps(means, theory, 1.0), gaps, rtol=1e-9, atol=1e-12)


def test_a_peak_is_measured_for_many_runs_at_once():
    quantity, theory = Peak("y", n=N), Prediction({"peak": N[1]})
    means = {"y": np.random.default_rng(6).standard_normal((BATCH, len(N)))}
    one_by_one = [quantity.gaps({"y": row}, theory, 1.0) for row in means["y"]]
    np.testing.assert_array_equal(quantity.gaps(means, theory, 1.0), one_by_one)


def test_optima_of_cubics_against_roots_of_the_derivative():
    rng = np.random.default_rng(7)
    x = np.sort(rng.uniform(-1, 3, 9))
    y = rng.standard_normal((300, 9))
    places, levels = minimum_of_fit(x, y, 3)
    for row, place, level in zip(y, places, levels, strict=True):
        fit = np.polynomial.Polynomial.fit(x, row, 3)
        roots = fit.deriv().roots()
        inside = [r.real for r in roots if abs(r.imag) < 1e-12 and x[0] <= r.real <= x[-1] and fit.deriv(2)(r.real) > 0]
        if inside:
            assert (place, level) == (pytest.approx(inside[0]), pytest.approx(fit(inside[0])))
        else:
            assert np.isnan([place, level]).all()
    assert 30 < np.isfinite(places).sum() < 270
