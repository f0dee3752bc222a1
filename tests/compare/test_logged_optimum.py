"""Optima of columns that are logarithms already."""

import numpy as np
import pytest

from compare.extrema import Frontier, Optimum
from theory.prediction import Prediction

SIZES = np.tile(np.geomspace(10, 100, 7), 3)
COMPUTE = np.repeat([1e3, 1e4, 1e5], 7)
LOGS = np.log(SIZES / 30) ** 2 - 0.3 * np.log(COMPUTE)
AXES = {"n_features": SIZES, "compute": COMPUTE}


@pytest.mark.parametrize("kind", [Frontier, lambda *a, **k: Optimum(*a, group="compute", **k)])
def test_logged_column_is_that_of_its_exponential(kind):
    of_logs = kind("y", logged=True, **AXES).measure({"y": LOGS})
    assert np.allclose(of_logs, kind("y", **AXES).measure({"y": np.exp(LOGS)}))


def test_negative_logarithms_have_a_frontier():
    size, loss = Frontier("y", logged=True, **AXES).measure({"y": LOGS})
    assert size == pytest.approx(0, abs=1e-9)
    assert loss == pytest.approx(0.3)
    assert np.isnan(Frontier("y", **AXES).measure({"y": LOGS})).all()


def test_allowance_of_a_logarithm_is_absolute():
    optimum = Optimum("y", group="compute", parts=("level",), logged=True, **AXES)
    allowance = optimum.allowance(Prediction({"y": LOGS}, {"y": np.full(21, 0.01)}), 0.1)
    assert (allowance > 0.005).all()
    assert (allowance < 0.03).all()
