"""What a run takes from the store and puts there; a store that fails costs time, never a verdict."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from compare.experiment import Experiment
from compare.store import Columns, Source, Store, StoreError
from compare.units import Result, simulating_code

Found = TypeVar("Found")
NO_STORE = Path("none")


def warn(text: str) -> None:
    """Tell the user at once."""
    print(f"warning: {text}", file=sys.stderr, flush=True)


class Shelf:
    """The part of a store that belongs to one run. Without a store nothing is found and nothing kept."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        root: int = 0,
        machine: str = "",
        oracle: bool = False,
        tell: Callable[[str], None] = warn,
    ) -> None:
        self.store, self.root, self.machine, self.oracle, self.tell = store, root, machine, oracle, tell
        self.chunks_found = 0

    def _tried(self, act: Callable[[Store], Found], otherwise: Found) -> Found:
        if self.store is None:
            return otherwise
        try:
            return act(self.store)
        except StoreError as error:
            self.tell(f"{error}; going on without it, what it holds is kept")
            self.store = None
            return otherwise

    def source(self, experiment: Experiment) -> Source | None:
        """Identity of the chunks of an experiment in this run; None where its code has no source."""
        code = simulating_code(experiment.function.__module__)
        if not code:
            return None
        parameters = json.dumps(experiment.parameters, sort_keys=True)
        return Source(experiment.key, parameters, code + "+oracle" * self.oracle, self.root, self.machine)

    def load(self, experiment: Experiment, first: int, last: int) -> dict[int, tuple[Columns, float]]:
        """Stored chunks ``first`` to ``last`` − 1 with their seconds, as many as there are."""
        nothing: dict[int, tuple[Columns, float]] = {}
        source = self.source(experiment)
        found = self._tried(lambda store: store.load(source, first, last), nothing) if source else nothing
        self.chunks_found += len(found)
        return found

    def keep(self, experiment: Experiment, result: Result) -> None:
        """Store a finished unit."""
        source = self.source(experiment)
        if source and result.chunks and not result.error:
            self._tried(lambda store: store.keep(source, result.first, result.chunks, result.seconds), None)

    def recalled(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The artefact kept under this key, else what ``make`` gives, which is then kept."""
        found = self.known(key)
        if found is None:
            found = make()
            self.remember(key, found)
        return found

    def known(self, key: str) -> bytes | None:
        """The artefact kept under this key."""
        return self._tried(lambda store: store.artefact(key), None)

    def remember(self, key: str, data: bytes) -> None:
        """Keep an artefact."""
        self._tried(lambda store: store.keep_artefact(key, data), None)


@contextlib.contextmanager
def open_store(path: Path, *, again: bool = False) -> Iterator[Store | None]:
    """The store of a run; none if it is not wanted or was refused, which is told the first time."""
    opened = None
    if path != NO_STORE:
        try:
            opened = Store(path)
        except StoreError as error:
            if not again:
                warn(f"{error}; going on without it")
    with opened or contextlib.nullcontext():
        yield opened
