"""The store of finished chunks: what comes back, what is never mixed up, and what a damaged file does."""

import multiprocessing
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest

from compare.store import SCHEMA, Source, Store, StoreError

ROOT = Path(__file__).parents[2]
SOURCE = Source("dense.ridgeless-0123456789", '{"decay": 1}', "c0de", 20260718, "cpu, numpy 2")


def chunk(k):
    rng = np.random.default_rng(k)
    return {"loss": rng.standard_normal((4, 3)), "log_loss": np.array([[np.nan, np.inf, -0.0]] * 4)}


def same_bits(a, b):
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "store.sqlite"


def test_chunks_come_back_bit_for_bit(path):
    with Store(path) as store:
        store.keep(SOURCE, 3, [chunk(3), chunk(4)], seconds=1.0)
    with Store(path) as store:
        found = store.load(SOURCE, 0, 10)
        assert set(found) == {3, 4}
        assert all(same_bits(found[k][0], chunk(k)) and found[k][1] == 0.5 for k in (3, 4))
        assert store.load(SOURCE, 4, 5).keys() == {4}
        assert [k for k, _ in store.draws(SOURCE)] == [3, 4]


@pytest.mark.parametrize("field", ["experiment", "code", "root", "machine"])
def test_nothing_is_shared_between_sources(path, field):
    other = Source(**vars(SOURCE) | {field: 5 if field == "root" else "another"})
    with Store(path) as store:
        store.keep(SOURCE, 0, [chunk(0)], 1.0)
        assert store.load(other, 0, 1) == {}


def test_a_chunk_stored_twice_is_one_row(path):
    with Store(path) as one, Store(path) as two:
        one.keep(SOURCE, 0, [chunk(0), chunk(1)], 1.0)
        two.keep(SOURCE, 1, [chunk(1), chunk(2)], 1.0)
        ((_, chunks, _, size),) = one.contents()
        assert chunks == 3
        assert size == 3 * 2 * 4 * 3 * 8


def _fill(path, first):
    with Store(path) as store:
        for k in range(first, first + 40):
            store.keep(SOURCE, k, [chunk(k)], 1.0)


def test_two_processes_write_at_once(path):
    """Ranges overlap: 0..39 and 20..59."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(path, first)) for first in (0, 20)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with Store(path) as store:
        found = store.load(SOURCE, 0, 100)
        assert sorted(found) == list(range(60))
        assert all(same_bits(columns, chunk(k)) for k, (columns, _) in found.items())
        assert store.contents()[0][1] == 60


def test_a_process_killed_while_writing_leaves_whole_units(path):
    code = f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, "tests/compare")
        from test_store import SOURCE, Store, chunk
        store = Store(Path({str(path)!r}))
        for k in range(0, 10**6, 5):
            store.keep(SOURCE, k, [chunk(k + j) for j in range(5)], 1.0)
            print(k, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        told = [int(child.stdout.readline()) for _ in range(20)]
        child.send_signal(signal.SIGKILL)
    with Store(path) as store:
        found = store.load(SOURCE, 0, 10**6)
        assert len(found) % 5 == 0
        assert set(range(told[-1] + 5)) <= set(found)
        assert all(same_bits(columns, chunk(k)) for k, (columns, _) in found.items())


def test_a_damaged_row_counts_as_missing_and_is_replaced(path):
    with Store(path) as store:
        store.keep(SOURCE, 0, [chunk(0), chunk(1)], 1.0)
        store.keep_artefact("law", b"text")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE chunks SET data = zeroblob(length(data)) WHERE chunk = 1")
        db.execute("UPDATE artefacts SET data = x'74'")
    with Store(path) as store:
        assert store.load(SOURCE, 0, 2).keys() == {0}
        assert store.artefact("law") is None
        store.keep(SOURCE, 1, [chunk(1)], 1.0)
        assert store.load(SOURCE, 0, 2).keys() == {0, 1}


def test_artefacts(path):
    with Store(path) as store:
        assert store.artefact("a") is None
        store.keep_artefact("a", b"one")
        store.keep_artefact("a", b"two")
        assert store.artefact("a") == b"two"


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_text("my thesis, the only copy" * 50)
    with pytest.raises(StoreError, match=r"store .*store\.sqlite cannot be used \(file is not a database\); move it"):
        Store(path)
    assert path.read_text().startswith("my thesis")


def test_a_database_of_another_program_is_refused_and_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(StoreError, match="belongs to another program"):
        Store(path)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


def test_another_schema_is_refused(path):
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StoreError, match=f"it has schema {SCHEMA + 1}, this version uses {SCHEMA}"):
        Store(path)


def test_a_file_damaged_in_the_middle_is_reported(path):
    with Store(path) as store:
        store.keep(SOURCE, 0, [chunk(k) for k in range(400)], 1.0)
    content = bytearray(path.read_bytes())
    content[4096 : len(content) - 4096] = os.urandom(len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be used"), Store(path) as store:
        store.load(SOURCE, 0, 400)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "file" / "store.sqlite")


@pytest.fixture
def read_only_folder():
    """A folder that this process may read only; root gives up its rights for the test."""
    with tempfile.TemporaryDirectory() as name:
        with Store(Path(name) / "store.sqlite") as store:
            store.keep(SOURCE, 0, [chunk(0)], 1.0)
        Path(name).chmod(0o555)
        rights = os.geteuid()
        if rights == 0:
            os.seteuid(65534)
        yield Path(name)
        os.seteuid(rights)
        Path(name).chmod(0o755)


@pytest.mark.parametrize("name", ["store.sqlite", "new.sqlite", "folder/new.sqlite"])
def test_a_read_only_folder(name, read_only_folder):
    with pytest.raises(StoreError, match="cannot be used"):
        Store(read_only_folder / name)


def test_a_full_disk_keeps_what_was_stored(path):
    """The size of files is limited by the operating system, so the write itself fails."""
    with Store(path) as store:
        store.keep(SOURCE, 0, [chunk(0)], 1.0)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        try:
            with pytest.raises(StoreError, match="cannot be used"):
                store.keep(SOURCE, 1, [chunk(k) for k in range(1, 4000)], 1.0)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        assert store.load(SOURCE, 0, 4000).keys() == {0}
        store.keep(SOURCE, 1, [chunk(1)], 1.0)
    with Store(path) as store:
        assert store.load(SOURCE, 0, 4000).keys() == {0, 1}
