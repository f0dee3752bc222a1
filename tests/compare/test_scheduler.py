"""Runs on a Dask scheduler that somebody else started: bits, devices, and errors that say what to start."""

import os
import re
import subprocess
import sys
import time

import pytest

from compare.__main__ import main
from compare.run import Run
from compare.units import load_file
from compare.workers import InProcess, Scheduler, settle, workers


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A folder from which workers import."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def address(tmp_path_factory, library):
    """A scheduler with two workers, each a process of its own."""
    folder = tmp_path_factory.mktemp("cluster")
    where = folder / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--dashboard-address", ":0"]
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard"]
    started = [subprocess.Popen([*dask, "--scheduler-file", str(where)], cwd=folder, stderr=subprocess.DEVNULL)]
    try:
        for k in range(2):
            own = [*work, "--scheduler-file", str(where), "--local-directory", str(folder / f"worker {k}")]
            environment = os.environ | {"PYTHONPATH": str(library)}
            started.append(subprocess.Popen(own, cwd=folder, env=environment, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 120
        while True:
            assert time.monotonic() < deadline, "the workers did not come up"
            if where.exists() and (found := re.search(r'"address": "(tcp://[^"]+)"', where.read_text())):
                from distributed import Client

                with Client(found[1], timeout="60 s") as client:
                    client.wait_for_workers(2, timeout="100 s")
                yield found[1]
                break
            time.sleep(0.2)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def test_the_bits_of_one_process(address, claim_file):
    claims = load_file(claim_file("claims = [made('a', margin=0.02, cap=512), made('b', 2.0)]")).claims

    def executed(crew):
        with crew:
            run = Run(claims, crew, root=3)
            run.execute()
            shown = {key: [c["loss"].tobytes() for c in found.chunks] for key, found in run.evidence.items()}
            return shown, dict(crew.units_per_worker)

    here, _ = executed(InProcess())
    there, shares = executed(workers(1, address))
    assert there == here
    assert len(shares) == 2


def test_device_and_machine_are_those_of_the_workers(address):
    with Scheduler(address) as crew:
        assert crew.settle(None) == settle(None)


def test_on_the_command_line(address, claim_file, capsys):
    assert main(["check", str(claim_file("claim = good")), "--scheduler", address, "--quiet"]) == 0
    assert "1 claim, all as expected" in capsys.readouterr().out


def test_workers_that_live_on_load_what_has_changed(address, library, claim_file):
    """The file, then a module that it imports: each change must be seen, in the processes that had loaded the old."""
    file = claim_file("import helper\n\ndef other(stream, *, mean):\n    return lab(stream, mean=helper.scale * mean)\n"
                      "claim = made('other', function=other)")  # fmt: skip
    helper = library / "helper.py"
    outcomes = []
    for scale, spread in (("1.0", "0.05"), ("1.5", "0.05"), ("1.0", "0.06")):
        helper.write_text(f"scale = {scale}\n")
        file.write_text(file.read_text().replace("spread=0.05", f"spread={spread}"))
        outcomes.append(in_a_process(file, address, library))
    assert outcomes == [0, 1, 0]


def in_a_process(file, address, library):
    command = [sys.executable, "-m", "compare", "check", file.name, "--scheduler", address, "--store", "s.sqlite"]
    environment = os.environ | {"PYTHONPATH": str(library)}
    done = subprocess.run(command, cwd=file.parent, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "error" not in done.stderr, done.stderr
    return done.returncode


def test_no_scheduler_there(monkeypatch, claim_file, capsys):
    monkeypatch.setattr(Scheduler, "PATIENCE", "0.5 s")
    assert main(["check", str(claim_file("claim = good")), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    err = capsys.readouterr().err
    assert re.search(r"no Dask scheduler answers at 'tcp://127.0.0.1:1' \(.*\); start one with `dask scheduler`", err)


def test_no_workers_there():
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address if "://" in cluster.scheduler_address else cluster.scheduler.address
        with pytest.raises(ValueError, match="has no workers; start some with `dask worker --nthreads 1"):
            Scheduler(address).settle(None)
