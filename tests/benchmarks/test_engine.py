"""What the cluster costs beside the simulation: units of a second on two workers against one after the other."""

import time
from pathlib import Path

import numpy as np
import pytest

from compare.experiment import Experiment
from compare.units import Unit, load_file, simulate
from compare.workers import LocalCluster

N_UNITS = 8
"""Units of each worker."""


@pytest.fixture(scope="module")
def units():
    function = load_file(Path(__file__).with_name("waiting.py")).wait
    experiment = Experiment(function, {"seconds": 1.0})
    return [Unit.of(experiment, 1, k, k + 1, "cpu", False) for k in range(2 * N_UNITS)]


def numbers(results):
    ordered = sorted(results, key=lambda result: result.first)
    return np.stack([result.chunks[0]["x"] for result in ordered])[:N_UNITS]


@pytest.fixture(scope="module")
def cluster(units):
    with LocalCluster(2) as crew:
        list(crew.compute(units[:2]))  # torch is loaded
        yield crew


@pytest.mark.benchmark(group="engine", timer=time.perf_counter)
@pytest.mark.parametrize("route", ["one_after_the_other", "two_workers"])
def test_engine(route, units, cluster, measure):
    if route == "two_workers":
        measure("candidate", lambda: numbers(cluster.compute(units)), expected=numbers(map(simulate, units[:N_UNITS])),
                tolerance=0.0, rounds=1, note="wall clock; waiting units of 1 s")  # fmt: skip
    else:
        measure("baseline", lambda: numbers(map(simulate, units[:N_UNITS])), rounds=1, goal=0.99)
