"""How long a run still takes at most, from what its units have cost so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

from compare.units import Result


class Forecast:
    """Cost of a chunk by experiment, and how many units run at once, both as measured in this run."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self._start = clock, clock()
        self._seconds: Counter[str] = Counter()
        self._chunks: Counter[str] = Counter()

    def learn(self, result: Result) -> None:
        """Count a unit that was computed; one that failed tells nothing."""
        if result.chunks:
            self._seconds[result.key] += result.seconds  # type: ignore[assignment]
            self._chunks[result.key] += len(result.chunks)

    def left(self, owed: Mapping[str, int]) -> float | None:
        """Seconds that the chunks owed, by experiment, take; None while the cost of one of them is unknown.

        The units run as many at a time as they did on average since the start.
        """
        if any(chunks and not self._chunks[key] for key, chunks in owed.items()):
            return None
        work = sum(chunks * self._seconds[key] / self._chunks[key] for key, chunks in owed.items() if chunks)
        elapsed = self._clock() - self._start
        at_once = sum(self._seconds.values()) / elapsed if elapsed > 0 else 1.0
        return work / max(1.0, at_once)
