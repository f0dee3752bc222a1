"""Where units run: in this process, or on an embedded Dask cluster of single-threaded processes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from compare.units import Result, Unit, simulate


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers(Protocol):
    """Computes units in any order; results carry their place."""

    units_per_worker: Counter[str]

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results as they come."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""


class InProcess:
    """One unit after the other, here."""

    def __init__(self) -> None:
        self.units_per_worker: Counter[str] = Counter()

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results in the order of the units."""
        for unit in units:
            result = simulate(unit)
            self.units_per_worker[result.worker] += 1
            yield result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LocalCluster:
    """``dask.distributed`` processes on this machine, one thread each."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.units_per_worker: Counter[str] = Counter()

    def __enter__(self) -> Self:
        import logging

        import dask
        from distributed import Client, LocalCluster as Cluster

        cluster: Any = Cluster
        client: Any = Client

        dask.config.set(
            {
                "distributed.worker.daemon": False,
                "distributed.deploy.lost-worker-timeout": "1 h",  # a busy machine may restart a worker slowly
            }
        )
        self._cluster: Any = cluster(
            n_workers=self.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # any free port: two runs at once do not warn of one taken
            silence_logs=logging.CRITICAL,
        )
        self._client: Any = client(self._cluster)
        self._client.run(_leave_interrupts_to_the_parent)
        return self

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results as the workers finish; a unit whose worker dies is computed again by another."""
        import distributed

        as_completed: Any = distributed.as_completed
        futures = self._client.map(simulate, units, pure=False)
        unit_of = {future.key: unit for future, unit in zip(futures, units, strict=True)}
        for future, found in as_completed(futures, with_results=True, raise_errors=False):
            if future.status != "finished":
                yield _lost(unit_of[future.key], found)
                continue
            self.units_per_worker[found.worker] += 1
            yield found

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._cluster.close()


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal; the first one stops the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _lost(unit: Unit, failure: object) -> Result:
    """The result of a unit whose worker processes died, one after the other."""
    error = "its worker processes died; if memory is short, pass fewer --workers"
    return Result(unit.key, unit.first, (), 0.0, "none", error, f"{failure}\n")


def workers(number: int) -> Workers:
    """One worker is this process; more are a local cluster. Raises ValueError below 1."""
    if number < 1:
        raise ValueError(f"--workers must be at least 1, got {number}")
    return InProcess() if number == 1 else LocalCluster(number)
