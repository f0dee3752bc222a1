"""The bound on ReLU networks: sampled lines by least squares, the limit of a fine grid, all partitions, bad input."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from theory.lottery_tickets import relu_networks as law
from theory.piecewise_linear import laws as pieces


@pytest.mark.parametrize("m", [1, 2, 3, 7, 20])
def test_a_line_through_squares(m):
    k = np.arange(1.0, m + 1)
    line = np.polynomial.Polynomial.fit(k, k**2, min(1, m - 1))
    assert float(law.sampled_line_error().subs(law.POINTS, m)) == pytest.approx(np.sum((line(k) - k**2) ** 2), abs=1e-9)


def test_the_limit_of_a_fine_grid_is_the_law_of_pieces():
    for W in (2, 5, 32):
        whole = law.least_loss(W, half_width=3)
        assert whole == Fraction(*pieces.quadratic_optimum().subs({pieces.N: W + 1, pieces.R: 3}).as_numer_denom())
        fine = law.least_loss(W, half_width=3, n_points=10**9)
        assert float(fine / whole - 1) == pytest.approx(-5 * (W + 1) ** 2 / 1e18, rel=1e-6)
    assert float(law.least_loss(2, half_width=2)) == pytest.approx(0.0175583, rel=1e-6)


def test_no_partition_of_a_grid_beats_the_bound():
    """All ways to cut 12 midpoints of [−2, 2] into three pieces, lines by least squares."""
    x = 2 * (2 * np.arange(12) + 1 - 12) / 12
    least = math.inf
    for first, second in combinations(range(2, 11), 2):
        error = 0.0
        for part in (x[:first], x[first:second], x[second:]):
            if len(part) > 2:
                error += np.sum((np.polynomial.Polynomial.fit(part, part**2, 1)(part) - part**2) ** 2)
        least = min(least, error / 12)
    assert least == pytest.approx(float(law.least_loss(2, half_width=2, n_points=12)))  # four points each


def test_columns():
    found = law.least_losses(n_neurons=(2, 4), half_width=2).values
    assert np.exp(found["log_loss"]) == pytest.approx(found["loss"])
    assert found["loss"][0] / found["loss"][1] == pytest.approx((5 / 3) ** 4)


def test_bad_input():
    with pytest.raises(ValueError, match="n_points must be at least 6, two for each of 3 pieces, got 5"):
        law.least_loss(2, half_width=2, n_points=5)
    with pytest.raises(ValueError, match="half_width must be positive and finite, got -1"):
        law.least_loss(2, half_width=-1)
    with pytest.raises(ValueError, match="n_neurons must be an integer of at least 1, got 0"):
        law.least_losses(n_neurons=(0,), half_width=2)
