"""Beds for medians: draws whose mean is carried by a few of them, as block medians at every look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy import optimize, stats

from compare.calibration.beds import PILOT_DRAWS, PILOT_SEED, SHARED, Bed, Rows
from compare.experiment import Array
from compare.median import FEWEST_DRAWS
from compare.rule import N_BLOCKS, draws_at

MEDIAN_SIZES = np.array([8.0, 16.0, 32.0, 64.0])
AT_ONCE = 50
"""Runs whose draws are held at a time."""


class Skewed(Bed):
    """Lognormal draws, of which a share is ``factor`` times larger; columns fall as 1/size, correlated by 0.8.

    ``mean`` holds the medians, and ``covariance`` that of their influence functions sign(x − m)/(2 f(m)).
    """

    family = "median"

    def __init__(self, name: str, sd: float, share: float = 0.0, factor: float = 1.0) -> None:
        self.name, self.sd, self.share, self.shift = name, sd, share, float(np.log(factor))
        self.log_median = float(optimize.brentq(lambda y: self._law("cdf", y) - 0.5, -5 * sd, 5 * sd + self.shift))
        self.mean = np.exp(self.log_median) / MEDIAN_SIZES

    def _law(self, what: str, y: float) -> float:
        law = getattr(stats.norm, what)
        return float((1 - self.share) * law(y, 0, self.sd) + self.share * law(y, self.shift, self.sd))

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Rows; a draw that is large is so at all columns."""
        log = rng.standard_normal((n_draws, len(MEDIAN_SIZES)), dtype=np.float32)
        log *= np.float32(self.sd * np.sqrt(1 - SHARED))
        log += np.float32(self.sd * np.sqrt(SHARED)) * rng.standard_normal((n_draws, 1), dtype=np.float32)
        log += np.float32(self.shift) * (rng.random((n_draws, 1), dtype=np.float32) < self.share)
        return np.exp(log) / MEDIAN_SIZES.astype(np.float32)

    @cached_property
    def covariance(self) -> Array:
        """Covariance of the influence functions, from a pilot of its own seed; f(m) is that of the law."""
        above = self.rows(np.random.default_rng(PILOT_SEED), PILOT_DRAWS) > self.mean
        density = self._law("pdf", self.log_median) / self.mean
        return np.cov((above - 0.5) / density, rowvar=False)

    def looks(self, rng: np.random.Generator, runs: int, n_looks: int) -> Iterator[Array]:
        """Medians of the 16 blocks and of all draws, shape (17, runs, n_columns); not numbers before 256 draws."""
        found = np.full((n_looks, N_BLOCKS + 1, runs, len(self.mean)), np.nan)
        for first in range(0, runs, AT_ONCE):
            here = slice(first, min(first + AT_ONCE, runs))
            n, longest = here.stop - here.start, draws_at(n_looks - 1) // N_BLOCKS
            draws = self.rows(rng, n * N_BLOCKS * longest).reshape(n, N_BLOCKS, longest, -1)
            for look in range(n_looks):
                if draws_at(look) < FEWEST_DRAWS:
                    continue
                used = draws[:, :, : draws_at(look) // N_BLOCKS]
                found[look, :-1, here] = np.moveaxis(np.median(used, axis=2), 1, 0)
                found[look, -1, here] = np.median(used.reshape(n, -1, used.shape[-1]), axis=1)
        yield from found


MEDIAN_BEDS: tuple[Bed, ...] = (
    Skewed("lognormal, log-sd 1.5", 1.5),
    Skewed("one draw in five a hundred times as large", 0.7, 0.2, 100.0),
)
