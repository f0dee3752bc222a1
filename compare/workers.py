"""Where units run: in this process, or on an embedded Dask cluster of single-threaded processes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from compare.units import Result, Unit, simulate

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def pin_threads() -> None:
    """One BLAS thread per process; call before numpy is imported. A user's own setting is left alone."""
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


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

        dask.config.set({"distributed.worker.daemon": False})
        self._cluster: Any = cluster(
            n_workers=self.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.ERROR,
        )
        self._client: Any = client(self._cluster)
        return self

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results as the workers finish; a unit whose worker dies is computed again by another."""
        import distributed

        as_completed: Any = distributed.as_completed
        futures = self._client.map(simulate, units, pure=False)
        for _, result in as_completed(futures, with_results=True):
            self.units_per_worker[result.worker] += 1
            yield result

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._cluster.close()


def workers(number: int) -> Workers:
    """One worker is this process; more are a local cluster. Raises ValueError below 1."""
    if number < 1:
        raise ValueError(f"--workers must be at least 1, got {number}")
    return InProcess() if number == 1 else LocalCluster(number)
