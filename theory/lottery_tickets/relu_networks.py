"""The least loss that ReLU networks of one input can have on x², on all of [−R, R] or on an even grid of points.

W neurons make at most W + 1 pieces. What any W + 1 lines leave bounds the loss of every network from below, and for
even W there is a network that leaves no more (docs/lottery_tickets/approximation.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp

from theory.parameters import count, positive, sizes_of
from theory.precision import Real
from theory.prediction import Prediction

POINTS = sp.Symbol("m", positive=True)


@cache
def sampled_line_error() -> sp.Expr:
    """Sum of the squared residuals of k² at k = 1..m from the best line: m (m² − 1)(m² − 4)/180, exact."""
    k, a, b = sp.symbols("k a b")
    error = sp.summation(sp.expand((k**2 - a * k - b) ** 2), (k, 1, POINTS))
    best = sp.solve([sp.diff(error, a), sp.diff(error, b)], [a, b], dict=True)[0]
    return sp.factor(sp.simplify(error.subs(best)))


def least_loss(n_neurons: int, *, half_width: Real, n_points: float = math.inf) -> Fraction:
    """Bound from below on the mean of (f − x²)² for every network of W ReLU neurons and an output bias.

    4R⁴/(45 n⁴) with n = W + 1 pieces; on M midpoints of equal cells (1 − n²/M²)(1 − 4n²/M²) times that: a piece with m
    points leaves g(m) = m (m² − 1)(m² − 4)/180 units, which is convex, so Σ g is least for M/n points each. Exact, and
    attained on all of [−R, R] for even W. Raises ValueError for fewer than two points a piece.
    """
    n, R = count("n_neurons", n_neurons) + 1, positive("half_width", half_width, "it is half the width of [-R, R]")
    whole = 4 * R**4 / (45 * Fraction(n) ** 4)
    if n_points == math.inf:
        return whole
    M = count("n_points", n_points)
    if 2 * n > M:
        raise ValueError(f"n_points must be at least {2 * n}, two for each of {n} pieces, got {M}; take a finer grid")
    g = Fraction(*sampled_line_error().subs(POINTS, sp.Rational(M, n)).as_numer_denom())
    return g * n / M * (2 * R / M) ** 4


def least_losses(*, n_neurons: Sequence[int], half_width: Real, n_points: float = math.inf) -> Prediction:
    """`least_loss` by width, for the columns "loss" and "least" and, as logarithms, "log_loss" and "log_pieces"."""
    losses = [float(least_loss(W, half_width=half_width, n_points=n_points)) for W in sizes_of("n_neurons", n_neurons)]
    loss, logarithm = np.array(losses), np.log(losses)
    return Prediction({"loss": loss, "least": loss, "log_loss": logarithm, "log_pieces": logarithm})
