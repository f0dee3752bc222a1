"""The one judging rule: interval against margin, at doubling looks, with levels fixed for the whole suite.

For a scalar part with gap θ, standard error s (delete-one-block jackknife, 15 degrees of freedom), allowance b
and margin δ, at one look:

    |θ| + t_A s + b < δ   agrees          |θ| − t_D s − b > δ   disagrees          otherwise   inconclusive

One-sided parts put −θ (lower bound) or θ (upper bound) in place of |θ|. Derivation and measured error rates:
docs/verdicts.md.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

Outcome = Literal["agrees", "disagrees", "inconclusive", "error"]
Side = Literal["two-sided", "lower", "upper"]

N_BLOCKS = 16
FIRST_LOOK = 64
"""Draws at the first look; every further look doubles them."""
MAX_LOOKS = 12
SUITE_PARTS = 600
"""Scalar parts for which the level of disagreement is set. The suite refuses to exceed it, so that adding a
claim never changes the level, and with it the verdict, of another."""
AGREE_LEVEL = 0.01
"""Chance that a theory wrong by exactly the margin agrees, per claim."""
DISAGREE_LEVEL = 0.01 / SUITE_PARTS
"""Chance that a theory wrong by exactly the margin disagrees, per part; the suite's share is 1 %."""
REACH_POWER = 0.99
K_REACH = 10.0
"""Standard errors from the margin to the reach, rounded up, for parts whose error grows with their gap."""


def draws_at(look: int) -> int:
    """Draws used at look number ``look`` = 0, 1, ... : 64 · 2^look."""
    return int(FIRST_LOOK * 2**look)


def looks_for(cap: int) -> int:
    """Number of looks whose last one uses ``cap`` draws. Raises ValueError if there is none."""
    looks = [draws_at(look) for look in range(MAX_LOOKS)]
    if cap not in looks:
        raise ValueError(f"cap must be one of {', '.join(map(str, looks))} draws, got {cap!r}")
    return looks.index(cap) + 1


def level_share(look: int, n_looks: int) -> float:
    """Share of a level that a look spends: 1/2 at the last, halved backwards, the first two alike. Sums to 1."""
    return 1.0 if n_looks == 1 else float(2.0 ** -(n_looks - max(look, 1)))


@cache
def quantile(level: float) -> float:
    """Upper quantile of Student's t with N_BLOCKS − 1 degrees of freedom."""
    return float(stats.t.isf(level, N_BLOCKS - 1))


def one_signed(gap: npt.ArrayLike, side: Side) -> npt.NDArray[np.float64]:
    """The gap in the direction that hurts the theory."""
    gap = np.asarray(gap, dtype=float)
    return np.asarray({"two-sided": np.abs(gap), "lower": -gap, "upper": gap}[side])


Flags = npt.NDArray[np.bool_]


def decisions(
    gap: npt.ArrayLike,
    stderr: npt.ArrayLike,
    *,
    look: int,
    n_looks: int,
    margin: float,
    allowance: npt.ArrayLike = 0.0,
    side: Side = "two-sided",
    share: float = 1.0,
    strict: bool = False,
) -> tuple[Flags, Flags]:
    """Where one look at one scalar part agrees and where it disagrees, for arrays of gaps and errors.

    ``share`` is the part's share of a level of disagreement; a ``strict`` part agrees within the margin, but
    disagrees from zero on.
    """
    distance, spent = one_signed(gap, side), level_share(look, n_looks)
    stderr, allowance = np.asarray(stderr, dtype=float), np.asarray(allowance, dtype=float)
    with np.errstate(invalid="ignore"):
        beyond = distance - quantile(DISAGREE_LEVEL * share * spent) * stderr - allowance
        within = distance + quantile(AGREE_LEVEL * spent) * stderr + allowance
        finite = np.isfinite(distance) & np.isfinite(stderr)
        disagrees = finite & (beyond > (0.0 if strict else margin))
        return finite & (within < margin) & ~disagrees, disagrees


def decide(
    gap: float,
    stderr: float,
    *,
    look: int,
    n_looks: int,
    margin: float,
    allowance: float = 0.0,
    side: Side = "two-sided",
    share: float = 1.0,
    strict: bool = False,
) -> Outcome:
    """Outcome of one look at one scalar part, as in `decisions`."""
    agrees, disagrees = decisions(
        gap,
        stderr,
        look=look,
        n_looks=n_looks,
        margin=margin,
        allowance=allowance,
        side=side,
        share=share,
        strict=strict,
    )
    return "disagrees" if disagrees else "agrees" if agrees else "inconclusive"


@cache
def _standard_errors_for_power(level: float) -> float:
    """The k with P(noncentral t(k) > quantile(level)) = REACH_POWER at N_BLOCKS − 1 degrees of freedom."""
    t, df = quantile(level), N_BLOCKS - 1
    return float(optimize.brentq(lambda k: stats.nct.sf(t, df, k) - REACH_POWER, 0.1, 80))


def reach(
    stderr: float, *, draws: int, cap: int, n_looks: int, margin: float, allowance: float, share: float = 1.0
) -> float:
    """Smallest true deviation that the whole procedure, up to its cap, rejects with 99 % power.

    ρ = δ + 2b + k_D s √(draws/cap). The allowance counts twice: bias may hide a wrong prediction by b, and the
    rule grants b. Counts the last look only, which is conservative.
    """
    at_cap = stderr * np.sqrt(draws / cap)
    level = DISAGREE_LEVEL * share * level_share(n_looks - 1, n_looks)
    return float(margin + 2 * allowance + _standard_errors_for_power(level) * at_cap)


def draws_to_decide(
    gap: float, stderr: float, *, draws: int, margin: float, allowance: float, side: Side, share: float
) -> float:
    """Draws after which this gap would be decided at the level of a last look; infinite if the allowance bars it."""
    distance = float(one_signed(gap, side))
    if distance < margin - allowance:
        room, t = margin - allowance - distance, quantile(AGREE_LEVEL / 2)
    elif distance > margin + allowance:
        room, t = distance - margin - allowance, quantile(DISAGREE_LEVEL * share / 2)
    else:
        return float("inf")
    return float(draws * (t * stderr / room) ** 2)
