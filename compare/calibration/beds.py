"""Beds of the calibration: laws of draws with known means, as block means of many runs at every look.

A bed draws rows of columns, independent from draw to draw and correlated along the columns, as nested sizes of one
draw are. Only sums over the 16 blocks are kept: every block receives whole chunks, chunk c belonging to block
c mod 16 as in `compare.experiment.Blocks`, and draws are exchangeable, so the order within a block does not matter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from compare.experiment import Array
from compare.rule import N_BLOCKS, draws_at

PILOT_DRAWS, PILOT_SEED = 2**18, 7
"""Draws and seed of the pilot that gives the covariance of a bed."""
PIECE = 2**15
"""Rows made at a time, so that they stay in the cache."""
Rows = npt.NDArray[np.float32] | Array
"""Raw draws; single precision suffices, sums are taken in double."""
RELATIVE_COLUMNS = 18
RARE = 0.1
SHARED = 0.8
"""Share of a draw's (log) deviation that its columns have in common."""


class Bed(ABC):
    """A law of rows (n_draws, n_columns) with known column means ``mean`` (n_columns,)."""

    name: str
    family: str
    """Which kinds of quantity it serves: relative (mean 1), rate, share, power or median."""
    mean: Array

    @abstractmethod
    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Independent draws, shape (n_draws, n_columns)."""

    def sums(self, rng: np.random.Generator, runs: int, n_draws: int) -> Array:
        """Sums of ``n_draws`` new draws of every block of every run, shape (16, runs, n_columns)."""
        total = np.zeros((N_BLOCKS, runs, len(self.mean)))
        step = max(1, PIECE // (N_BLOCKS * runs))
        for first in range(0, n_draws, step):
            m = min(step, n_draws - first)
            total += self.rows(rng, m * N_BLOCKS * runs).reshape(m, *total.shape).sum(axis=0, dtype=float)
        return total

    def looks(self, rng: np.random.Generator, runs: int, n_looks: int) -> Iterator[Array]:
        """Means of all draws so far by block, shape (16, runs, n_columns), at every look."""
        total, have = np.zeros((N_BLOCKS, runs, len(self.mean))), 0
        for look in range(n_looks):
            wanted = draws_at(look) // N_BLOCKS
            total += self.sums(rng, runs, wanted - have)
            have = wanted
            yield total / have

    @cached_property
    def covariance(self) -> Array:
        """Covariance of one draw, (n_columns, n_columns), from a pilot of its own seed."""
        return np.atleast_2d(np.cov(self.rows(np.random.default_rng(PILOT_SEED), PILOT_DRAWS), rowvar=False))


class Relative(Bed):
    """Positive columns of mean 1."""

    family = "relative"
    mean = np.ones(RELATIVE_COLUMNS)

    def __init__(self, name: str) -> None:
        self.name = name


class LogNormal(Relative):
    """Lognormal columns whose logs have standard deviation ``sd`` and correlation 0.8."""

    def __init__(self, sd: float) -> None:
        super().__init__(f"lognormal, log-sd {sd:g}")
        self.sd = sd

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Rows exp(sd · (√0.8 z + √0.2 z_k) − sd²/2)."""
        log = rng.standard_normal((n_draws, len(self.mean)), dtype=np.float32)
        log *= np.float32(self.sd * np.sqrt(1 - SHARED))
        log += np.float32(self.sd * np.sqrt(SHARED)) * rng.standard_normal((n_draws, 1), dtype=np.float32)
        log -= np.float32(self.sd**2 / 2)
        return np.exp(log, out=log)


class Mixed(Relative):
    """Columns 0.8 · (a draw common to all) + 0.2 · (one of its own); heavy tails keep their index."""

    def one(self, rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float32]:
        """Independent draws of mean 1."""
        raise NotImplementedError

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Rows of the mixture."""
        own = self.one(rng, (n_draws, len(self.mean)))
        own *= np.float32(1 - SHARED)
        own += np.float32(SHARED) * self.one(rng, (n_draws, 1))
        return own


class InverseGamma(Mixed):
    """Heavy tails of index 5, just inside the guard of moments."""

    def __init__(self) -> None:
        super().__init__("inverse gamma, tail index 5")

    def one(self, rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float32]:
        """4/Γ(5)."""
        return np.float32(4) / rng.standard_gamma(5, size=size, dtype=np.float32)


class LeftSkewed(Mixed):
    """Skewed to the left: 5/4 U^(1/4), skewness −1.05."""

    def __init__(self) -> None:
        super().__init__("skewed to the left")

    def one(self, rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.float32]:
        """5/4 U^(1/4)."""
        return np.float32(1.25) * np.sqrt(np.sqrt(rng.random(size, dtype=np.float32)))


class RareLarge(LogNormal):
    """One draw in ten three times as large; four in five columns take the draw's own case, the fifth another."""

    def __init__(self) -> None:
        super().__init__(0.3)
        self.name = "one draw in ten three times as large"

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Lognormal rows times 1/1.2 or 3/1.2."""
        size = (n_draws, len(self.mean))
        alone, rare = rng.random(size, dtype=np.float32), rng.random((n_draws, 1)) < RARE
        large = (alone < (1 - SHARED) * RARE) | ((alone > 1 - SHARED) & rare)
        return super().rows(rng, n_draws) * np.where(large, np.float32(3 / 1.2), np.float32(1 / 1.2))


RATE_SIZES = np.array([8.0, 16.0, 32.0, 64.0, 128.0])
RATE = 1.2
RATE_LAW = 3 * RATE_SIZES**-RATE
"""Probabilities 0.25 to 0.009."""


@dataclass
class Indicators(Bed):
    """Indicators of nested events, of probability ``mean`` (falling), on the same draw at every column."""

    name: str
    family: str
    mean: Array

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """One where a uniform number lies below the probability."""
        return np.asarray(rng.random((n_draws, 1)) < self.mean, dtype=float)

    def sums(self, rng: np.random.Generator, runs: int, n_draws: int) -> Array:
        """The same law, by multinomial counts of how many of the nested events happen."""
        steps = np.diff(np.concatenate([[0.0], self.mean[::-1], [1.0]]))  # all events, all but the first, ..., none
        counts = rng.multinomial(n_draws, steps, size=(N_BLOCKS, runs))[..., :-1]
        return np.asarray(np.cumsum(counts, axis=-1)[..., ::-1], dtype=float)


@dataclass
class Overdispersed(Bed):
    """Shares of ``trials`` tries whose chance is half or one and a half times ``mean``, alike in all columns."""

    name: str
    family: str
    mean: Array
    trials: int = 8

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Binomial shares given the draw's chance."""
        chance = self.mean * rng.choice([0.5, 1.5], size=(n_draws, 1))
        return np.asarray(rng.binomial(self.trials, chance) / self.trials)

    def sums(self, rng: np.random.Generator, runs: int, n_draws: int) -> Array:
        """The same law, by counting the draws of either chance first."""
        high = self.trials * rng.binomial(n_draws, 0.5, size=(N_BLOCKS, runs, 1))
        hits = rng.binomial(high, 1.5 * self.mean)
        return np.asarray((hits + rng.binomial(self.trials * n_draws - high, 0.5 * self.mean)) / self.trials)


POWER_SIZES = np.array([2.0, 4.0, 8.0, 16.0])


class CubedSums(Bed):
    """Cubes of standardised sums of n = 2, 4, 8, 16 gamma variables of the given shape, sums nested in n.

    E x³ = 2/√(n · shape): shape 1 sums exponentials, shape 1/2 squares of Gaussian variables.
    """

    family = "power"

    def __init__(self, name: str, shape: float) -> None:
        self.name, self.degrees = name, shape * POWER_SIZES
        self.mean = 2 / np.sqrt(self.degrees)

    def rows(self, rng: np.random.Generator, n_draws: int) -> Rows:
        """Rows x³."""
        new = rng.standard_gamma(np.diff(self.degrees, prepend=0.0), size=(n_draws, len(self.mean)))
        x = (np.cumsum(new, axis=1) - self.degrees) / np.sqrt(self.degrees)
        return np.asarray(x * x * x)


SYNTHETIC: tuple[Bed, ...] = (
    LogNormal(0.3),
    LogNormal(0.7),
    InverseGamma(),
    LeftSkewed(),
    RareLarge(),
    Indicators("nested indicators", "rate", RATE_LAW),
    Overdispersed("shares of eight tries, over-dispersed", "rate", RATE_LAW),
    Indicators("below the median", "share", np.array([0.5])),
    Indicators("below the first decile", "share", np.array([0.1])),
    CubedSums("cubed sums of exponentials", 1.0),
    CubedSums("cubed sums of squared Gaussians", 0.5),
)
