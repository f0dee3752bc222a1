"""One thread, CPU time, and what every benchmark records beside its seconds."""

import os
import time

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

TIER = os.environ.get("SCALEPROOF_BENCH", "quick")
"""quick: a couple of minutes; full: the sizes of the goals, about twenty."""


def pytest_collection_modifyitems(items):
    """Every benchmark counts CPU time: on a shared machine the clock measures the neighbours."""
    for item in items:
        for marker in item.iter_markers("benchmark"):
            marker.kwargs.setdefault("timer", time.process_time)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield


@pytest.fixture
def measure(benchmark):
    """Run a route, assert that it equals ``expected`` and record what the summary needs.

    ``role`` is baseline, candidate or dgemm; ``goal`` the least ratio of this baseline to the candidate.
    """

    def run(role, route, *, expected=None, tolerance=1e-8, where=slice(None), rounds=5, goal=None, flops=None, **info):
        libraries = [
            f"{x['internal_api']} {x.get('version') or ''} {x.get('architecture') or ''}".strip()
            for x in threadpool_info()
        ]
        benchmark.extra_info.update(role=role, goal=goal, flops=flops, tier=TIER, libraries=libraries, **info)
        found = benchmark.pedantic(route, rounds=rounds, iterations=1, warmup_rounds=int(rounds > 1))
        if expected is not None:
            gap = float(np.max(np.abs(np.asarray(found)[where] / np.asarray(expected)[where] - 1)))
            benchmark.extra_info["equality"] = gap
            assert gap <= tolerance, f"relative gap {gap:.1e}: a fast wrong answer does not score"
        return found

    return run
