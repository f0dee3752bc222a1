"""The empirical tail alarm: parts whose spread one block carries almost alone are not decided.

For simulations that declare no tail index. Where the variance of a draw is infinite, one of the 16 blocks often
holds most of the sum of squares, at any number of draws; where it is finite, ever more rarely. Measured rates:
docs/verdicts.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from compare.experiment import Array
from compare.rule import draws_at

LARGEST_SHARES = (0.90, 0.87, 0.85, 0.83, 0.80, 0.78, 0.77, 0.76)
"""Largest share of the sum of squares in one block, by look; the last holds for all later looks. Set so that the
mean of lognormal draws with log-sd 0.7 exceeds each with probability 10⁻⁴; Gaussian blocks exceed 0.73 so often."""
ROUNDING = 1e-12
"""Standard errors below this are rounding, whose distribution over the blocks means nothing."""


def dominance(dropped: Array) -> Array:
    """Share of the largest block in the sum of squared deviations: max_g d_g² / Σ_g d_g², of 1/16 to 15/16.

    ``dropped`` holds the parts without block g, shape (16, n_parts). Zero where the deviations are rounding.
    """
    with np.errstate(all="ignore"):
        squares = (dropped - dropped.mean(axis=0)) ** 2
        total = squares.sum(axis=0)
        return np.asarray(np.where(total > ROUNDING**2, squares.max(axis=0) / total, 0.0))


def alarmed(dominance: Array, draws: int) -> npt.NDArray[np.bool_]:
    """Whether one block dominates each part; draws of a record may be those of any look."""
    look = sum(draws_at(k) < draws for k in range(len(LARGEST_SHARES) - 1))
    return np.asarray(dominance > LARGEST_SHARES[look])
