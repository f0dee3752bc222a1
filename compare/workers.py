"""Where units run: here, on an embedded Dask cluster of single-threaded processes, or on any Dask scheduler."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, Protocol, Self

from compare.units import Result, Unit, simulate, simulate_elsewhere


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers(Protocol):
    """Computes units in any order; results carry their place."""

    units_per_worker: Counter[str]

    def settle(self, device: str | None) -> tuple[str, str]:
        """The device to simulate on, the one asked for or the best present, and the machine type."""

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results as they come."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""


def settle(device: str | None) -> tuple[str, str]:
    """`Workers.settle` for the machine that this process runs on."""
    from compare.machine import machine_type
    from sim.device import choose

    chosen = choose(device)
    return chosen, machine_type(chosen)


class InProcess:
    """One unit after the other, here."""

    def __init__(self) -> None:
        self.units_per_worker: Counter[str] = Counter()

    def settle(self, device: str | None) -> tuple[str, str]:
        """Device and type of this machine."""
        return settle(device)

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


class _Dask:
    """Units on a Dask cluster, which is reached when the first unit needs it."""

    def __init__(self) -> None:
        self.units_per_worker: Counter[str] = Counter()
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def _connect(self) -> Any:
        raise NotImplementedError

    @property
    def client(self) -> Any:
        """The connected client."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def compute(self, units: Sequence[Unit]) -> Iterator[Result]:
        """Results as the workers finish; a unit whose worker dies is computed again by another."""
        import distributed

        if not units:
            return
        as_completed: Any = distributed.as_completed
        futures = self.client.map(simulate_elsewhere, units, pure=False)
        unit_of = {future.key: unit for future, unit in zip(futures, units, strict=True)}
        for future, found in as_completed(futures, with_results=True, raise_errors=False):
            if future.status != "finished":
                yield _lost(unit_of[future.key], found)
                continue
            self.units_per_worker[found.worker] += 1
            yield found

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()


class LocalCluster(_Dask):
    """``dask.distributed`` processes on this machine, one thread each."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self.workers = workers
        self._cluster: Any = None

    def settle(self, device: str | None) -> tuple[str, str]:
        """Device and type of this machine."""
        return settle(device)

    def _connect(self) -> Any:
        import logging

        import dask
        from distributed import Client, LocalCluster as Cluster

        cluster: Any = Cluster
        connect: Any = Client
        dask.config.set(
            {
                "distributed.worker.daemon": False,
                "distributed.deploy.lost-worker-timeout": "1 h",  # a busy machine may restart a worker slowly
            }
        )
        with _interrupts_left_to_this_process():
            self._cluster = cluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",  # any free port: two runs at once do not warn of one taken
                silence_logs=logging.CRITICAL,
            )
            return connect(self._cluster)

    def __exit__(self, *words: object) -> None:
        super().__exit__(*words)
        if self._cluster is not None:
            self._cluster.close()


class Scheduler(_Dask):
    """An existing Dask cluster, by the address of its scheduler.

    Its workers need this package in the same version, one thread each (``dask worker --nthreads 1``), and the claim
    files at the same paths. Raises ValueError where no scheduler answers or none of its workers is up.
    """

    PATIENCE = "10 s"

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def _connect(self) -> Any:
        from distributed import Client

        connect: Any = Client
        try:
            client = connect(self.address, timeout=self.PATIENCE)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            advice = "start one with `dask scheduler` and pass the address that it prints"
            raise ValueError(f"no Dask scheduler answers at {self.address!r} ({reason}); {advice}") from None
        if not client.scheduler_info()["workers"]:
            client.close()
            raise ValueError(
                f"the Dask scheduler at {self.address} has no workers; start some with "
                f"`dask worker --nthreads 1 {self.address}`"
            )
        return client

    def settle(self, device: str | None) -> tuple[str, str]:
        """Device and machine types of the workers. Raises ValueError where they would choose different devices."""
        found = sorted(set(self.client.run(settle, device).values()))
        devices = sorted({chosen for chosen, _ in found})
        if len(devices) > 1:
            raise ValueError(f"the workers at {self.address} would use {' and '.join(devices)}; pass --device")
        return devices[0], " | ".join(machine for _, machine in found)


@contextmanager
def _interrupts_left_to_this_process() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; those started here do not see it, this one sees it at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # whoever starts it later lets the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(unit: Unit, failure: object) -> Result:
    """The result of a unit whose worker processes died, one after the other."""
    error = "its worker processes died; if memory is short, pass fewer --workers"
    return Result(unit.key, unit.first, (), 0.0, "none", error, f"{failure}\n")


def workers(number: int, scheduler: str | None = None) -> Workers:
    """A scheduler by address; else one worker is this process, more are a local cluster. ValueError below 1."""
    if scheduler is not None:
        return Scheduler(scheduler)
    if number < 1:
        raise ValueError(f"--workers must be at least 1, got {number}")
    return InProcess() if number == 1 else LocalCluster(number)
