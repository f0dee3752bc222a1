"""Declared remainders: what corrections to an asymptotic law can do to an exponent at finite sizes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize

from compare.experiment import Array
from compare.quantity import slope_weights

UNDECLARED = float("inf")
"""Allowance of a law without a declared remainder: no verdict but inconclusive, "bias-limited"."""


def declared_remainder(
    sizes: npt.ArrayLike, bound: float | None, order: float = 1.0, *, monotone: bool = False
) -> float:
    """Allowance of the slope over ``sizes`` for the law A n^−a (1 + r(n)) with |r(n)| <= bound · n^−order.

    Unknown signs at every size, which add up at worst, or ``monotone``: r(n) = B n^−w with one |B| <= bound and
    one w >= order. Infinite without a bound, or where the bound leaves room for a mean of zero. Use:
    ``Prediction({"exponent": a}, {"exponent": declared_remainder(sizes, 0.6, 1)})``.

    Raises ValueError for sizes below 1 or all alike, and for a negative bound or order.
    """
    n, weights = np.asarray(sizes, dtype=float), slope_weights(sizes)
    if bound is None:
        return UNDECLARED
    if not (bound >= 0 and order >= 0 and (n >= 1).all()):
        raise ValueError(f"a remainder needs sizes of at least 1 and bound, order >= 0, got {n}, {bound}, {order}")
    if (bound * n**-order >= 1).any():
        return UNDECLARED
    return _one_term(n, weights, bound, order) if monotone else _any_signs(weights, bound * n**-order)


def _any_signs(weights: Array, largest: Array) -> float:
    """max_± Σ_k |w_k| |log(1 ± r_k)|, the sign of r_k that of w_k or its opposite. Above Σ |w_k| log(1 + r_k)."""
    return max(abs(float(weights @ np.log1p(sign * np.sign(weights) * largest))) for sign in (1, -1))


def _one_term(n: Array, weights: Array, bound: float, order: float) -> float:
    """Max over w >= order and both signs of |Σ w_k log(1 ± bound n_k^−w)|.

    The sum is monotone in B, so |B| = bound is worst; in w it may peak inside: a term that falls slowly is
    nearly a constant factor and does no harm.
    """

    def effect(order: float, sign: int) -> float:
        return abs(float(weights @ np.log1p(sign * bound * n**-order)))

    grid = order + np.concatenate([[0.0], np.geomspace(1e-3, 50, 400)])
    worst = 0.0
    for sign in (1, -1):
        values = [effect(w, sign) for w in grid]
        top = int(np.argmax(values))
        low, high = grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)]
        found = optimize.minimize_scalar(lambda w, s=sign: -effect(w, s), bounds=(low, high), method="bounded")
        worst = max(worst, values[top], -float(found.fun))
    return worst
