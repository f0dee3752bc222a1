"""The store: finished chunks of simulation in one SQLite file, so that nothing is computed twice.

A chunk is known by its experiment (function and parameters), the hash of the code that simulates it, the root seed,
the machine type (device, processor, BLAS kernel, versions of the numerical packages) and its number; only equal
chunks are equal bit for bit. Many processes may use one store: write-ahead logging, one transaction per unit, a
chunk has one row. A checksum guards every row; a damaged row counts as missing. Beside the chunks the store keeps
small artefacts (laws, predictions, figures) under a hash of all they depend on.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from compare.experiment import Array

SCHEMA = 1
APPLICATION = 0x5CA1E
WAIT_SECONDS = 60.0
"""How long a process waits for another one's transaction."""

Columns = Mapping[str, Array]

TABLES = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
CREATE TABLE IF NOT EXISTS sources (
    id INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL, parameters TEXT NOT NULL, code TEXT NOT NULL, root TEXT NOT NULL, machine TEXT NOT NULL,
    UNIQUE (experiment, code, root, machine)
);
CREATE TABLE IF NOT EXISTS chunks (
    source INTEGER NOT NULL REFERENCES sources (id), chunk INTEGER NOT NULL,
    seconds REAL NOT NULL, layout TEXT NOT NULL, data BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (source, chunk)
);
CREATE TABLE IF NOT EXISTS artefacts (key TEXT PRIMARY KEY, data BLOB NOT NULL, checksum INTEGER NOT NULL);
"""


class StoreError(OSError):
    """A store that cannot be used; the message says which and what to do."""


@dataclass(frozen=True)
class Source:
    """Where chunks come from: all that decides their bits, but for their number."""

    experiment: str
    parameters: str
    code: str
    root: int
    machine: str


class Store:
    """An open store. Raises StoreError where the file cannot be opened, read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        fresh = not path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
            with self._reported():
                self._prepare(fresh)
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            raise self._unusable(error.strerror or str(error)) from None
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from None

    def _prepare(self, fresh: bool) -> None:
        application, version = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        empty = not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not (fresh or empty) and application != APPLICATION:
            raise self._unusable("it belongs to another program")
        if not (fresh or empty) and version != SCHEMA:
            raise self._unusable(f"it has schema {version}, this version uses {SCHEMA}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(TABLES)

    def _unusable(self, reason: str) -> StoreError:
        return StoreError(f"the store {self.path} cannot be used ({reason}); move it away or pass --store FILE")

    def _reported(self) -> _Reported:
        return _Reported(self)

    def _source(self, source: Source) -> int:
        values = (source.experiment, source.code, str(source.root), source.machine)
        where = "experiment = ? AND code = ? AND root = ? AND machine = ?"
        found = self._db.execute(f"SELECT id FROM sources WHERE {where}", values).fetchone()
        if found is None:
            self._db.execute(
                "INSERT OR IGNORE INTO sources (experiment, code, root, machine, parameters) VALUES (?, ?, ?, ?, ?)",
                (*values, source.parameters),
            )
            found = self._db.execute(f"SELECT id FROM sources WHERE {where}", values).fetchone()
        return int(found[0])

    def load(self, source: Source, first: int, last: int) -> dict[int, tuple[Columns, float]]:
        """Stored chunks ``first`` to ``last`` − 1 with the seconds that each took; damaged ones are left out."""
        found = {}
        with self._reported():
            rows = self._db.execute(
                "SELECT chunk, seconds, layout, data, checksum FROM chunks JOIN sources ON source = sources.id "
                "WHERE experiment = ? AND code = ? AND root = ? AND machine = ? AND chunk >= ? AND chunk < ?",
                (source.experiment, source.code, str(source.root), source.machine, first, last),
            )
            for chunk, seconds, layout, data, checksum in rows:
                if zlib.crc32(data) == checksum:
                    found[chunk] = (_unpacked(layout, data), seconds)
        return found

    def keep(self, source: Source, first: int, chunks: Sequence[Columns], seconds: float) -> None:
        """Store consecutive chunks of one unit, all or none; those already there stay one row."""
        rows = [(first + k, *_packed(columns)) for k, columns in enumerate(chunks)]
        with self._reported():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                number = self._source(source)
                self._db.executemany(
                    "INSERT OR REPLACE INTO chunks (source, chunk, layout, data, checksum, seconds) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [(number, *row, seconds / len(rows)) for row in rows],
                )
                self._db.execute("COMMIT")
            except sqlite3.Error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def artefact(self, key: str) -> bytes | None:
        """What was kept under this key, or None."""
        with self._reported():
            row = self._db.execute("SELECT data, checksum FROM artefacts WHERE key = ?", (key,)).fetchone()
        return row[0] if row is not None and zlib.crc32(row[0]) == row[1] else None

    def keep_artefact(self, key: str, data: bytes) -> None:
        """Keep ``data`` under a key that hashes all it depends on."""
        with self._reported():
            self._db.execute("INSERT OR REPLACE INTO artefacts VALUES (?, ?, ?)", (key, data, zlib.crc32(data)))

    def contents(self) -> list[tuple[Source, int, float, int]]:
        """Per source: chunks, seconds of simulation and bytes."""
        with self._reported():
            rows = self._db.execute(
                "SELECT experiment, parameters, code, root, machine, count(*), sum(seconds), sum(length(data)) "
                "FROM chunks JOIN sources ON source = sources.id GROUP BY source ORDER BY experiment, root, source"
            ).fetchall()
        return [
            (Source(experiment, parameters, code, int(root), machine), chunks, seconds, size)
            for experiment, parameters, code, root, machine, chunks, seconds, size in rows
        ]

    def draws(self, source: Source) -> Iterator[tuple[int, Columns]]:
        """All stored chunks of a source in order."""
        for chunk, (columns, _) in sorted(self.load(source, 0, 2**62).items()):
            yield chunk, columns

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reported:
    """Turns an error of SQLite into a StoreError with the remedy."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise self.store._unusable(str(error)) from None


def _packed(columns: Columns) -> tuple[str, bytes, int]:
    arrays = {name: np.ascontiguousarray(values, dtype="<f8") for name, values in columns.items()}
    layout = json.dumps({name: values.shape for name, values in arrays.items()})
    data = b"".join(values.tobytes() for values in arrays.values())
    return layout, data, zlib.crc32(data)


def _unpacked(layout: str, data: bytes) -> Columns:
    columns, start = {}, 0
    for name, shape in json.loads(layout).items():
        size = int(np.prod(shape))
        columns[name] = np.frombuffer(data, dtype="<f8", count=size, offset=start).reshape(shape).astype(float)
        start += 8 * size
    return columns
