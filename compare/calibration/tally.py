"""What the calibration counts, and its figures with their limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from compare.calibration.case import Kind
from compare.rule import AGREE_LEVEL

BINS = 20
"""Bins of the ranks T₁₅((θ − truth)/s)."""


@dataclass
class Tally:
    """What was counted for one kind on one bed, or on all of them."""

    offsets: dict[float, list[float]] = field(default_factory=dict)
    """By offset: runs, agreements, disagreements, draws."""
    covered: list[int] = field(default_factory=lambda: [0, 0])
    covered_runs: int = 0
    pit: list[npt.NDArray[np.int64]] = field(default_factory=lambda: [np.zeros(BINS, dtype=np.int64) for _ in range(2)])

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        for offset, counts in other.offsets.items():
            have = self.offsets.setdefault(offset, [0.0] * 4)
            self.offsets[offset] = [a + b for a, b in zip(have, counts, strict=True)]
        self.covered = [a + b for a, b in zip(self.covered, other.covered, strict=True)]
        self.covered_runs += other.covered_runs
        self.pit = [a + b for a, b in zip(self.pit, other.pit, strict=True)]


def limits(count: float, runs: float) -> tuple[float, float]:
    """95 % Clopper-Pearson limits of a probability."""
    low = stats.beta.ppf(0.025, count, runs - count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, runs - count) if count < runs else 1.0
    return float(low), float(high)


def rate(count: float, runs: float) -> dict[str, object]:
    """A count among runs with its limits, as JSON values."""
    return {"count": int(count), "runs": int(runs), "limits": [float(f"{limit:.4g}") for limit in limits(count, runs)]}


def oracle_share(kind: Kind, planned: float) -> float:
    """Draws of the oracle's single look as a share of the cap: (k/planned)², k = z(0.99) + z(1 − 10⁻⁴), both tails.

    ``planned`` are the standard errors at the cap that the allowances leave of the margin.
    """
    tails = 2 if min(kind.offsets) < -1 and not kind.name.startswith("shape") else 1
    k = stats.norm.isf(AGREE_LEVEL) + stats.norm.isf(1e-4 / tails)
    return float((k / planned) ** 2)


def figures(tally: Tally, kind: Kind, cap: int, planned: float) -> dict[str, Any]:
    """A tally as JSON values; ``planned`` as in `oracle_share`."""
    rows = [
        {
            "offset": offset,
            "agrees": rate(agrees, runs),
            "disagrees": rate(disagrees, runs),
            "draws": round(draws / runs / cap, 4),
        }
        for offset, (runs, agrees, disagrees, draws) in sorted(tally.offsets.items())
    ]
    zero = tally.offsets[0.0]
    covered = (rate(count, tally.covered_runs) for count in tally.covered)
    return {
        "coverage": {"offset": kind.cover, **dict(zip(("first", "cap"), covered, strict=True))},
        "pit": dict(zip(("first", "cap"), (counts.tolist() for counts in tally.pit), strict=True)),
        "offsets": rows,
        "cost_over_oracle": round(zero[3] / zero[0] / cap / oracle_share(kind, planned), 3),
    }
