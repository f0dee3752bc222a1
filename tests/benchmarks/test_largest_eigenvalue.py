"""Largest eigenvalue of XᵀX/D: Golub–Kahan beside singular values, the Gram matrix and drawing X.

Same array, same run, one thread, CPU time, equality asserted. The goals are set for the full sizes: at least 20 times
as fast as singular values and at most 0.35 of the time of drawing X (a baseline with ratio 1/0.35). Gated there: a
ratio that falls more than a quarter short of its goal fails.
"""

import functools

import numpy as np
import pytest
from scipy.linalg import eigvalsh, svdvals

from sim.largest_eigenvalue import largest_eigenvalue
from sim.sparse_features.activations import activations
from sim.sparse_features.rows import rows
from tests.benchmarks.conftest import TIER

FULL = TIER == "full"
SHAPES = [(256, 2048), (512, 4096), (2048, 1024)] if FULL else [(256, 1024)]
SPARSE = {"decay": 1, "sparsity": 2, "n_modes": 4096}
SAMPLES = 2048 if FULL else 512
SLACK = 0.75
_medians = {}


def gate(benchmark, shape, route):
    """Fails when a goal and both routes have been timed and their ratio is below the goal by more than the slack."""
    if benchmark.disabled or not FULL:
        return
    times = _medians.setdefault(shape, {})
    times[route] = benchmark.stats.stats.median
    for baseline, goal in GOALS.items():
        if baseline in times and golub_kahan in times:
            ratio = times[baseline] / times[golub_kahan]
            assert ratio >= SLACK * goal, f"{shape}: {ratio:.3g}x {baseline.__name__}, wanted {goal:.3g}x"


def draw(shape):
    D, M = shape
    return np.random.Generator(np.random.SFC64(1)).standard_normal((D, M)) / np.arange(1.0, M + 1)


drawn = functools.cache(draw)


def golub_kahan(shape):
    return [largest_eigenvalue(drawn(shape))]


@functools.cache
def golub_kahan_once(shape):
    return golub_kahan(shape)


def singular_values(shape):
    return svdvals(drawn(shape), check_finite=False)[:1] ** 2 / shape[0]


@functools.cache
def singular_values_once(shape):
    return singular_values(shape)


def gram(shape):
    X = drawn(shape)
    K = X @ X.T if shape[0] < shape[1] else X.T @ X
    return eigvalsh(K, subset_by_index=[len(K) - 1, len(K) - 1], check_finite=False) / shape[0]


GOALS = {singular_values: 20, draw: 2.86}


@pytest.mark.parametrize("route", [singular_values, gram, draw, golub_kahan], ids=lambda route: route.__name__)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
def test_largest_eigenvalue(route, shape, measure, benchmark):
    benchmark.group = f"largest-eigenvalue {shape[0]}x{shape[1]}"
    fast = route is golub_kahan
    drawn(shape)
    measure(
        "candidate" if fast else "baseline",
        lambda: route(shape),
        expected=None if route is draw else (singular_values_once if fast else golub_kahan_once)(shape),
        tolerance=1e-10,
        rounds=31 if fast else 15 if route is draw else 5,
        goal=GOALS.get(route) if FULL else None,
    )
    gate(benchmark, shape, route)


def sparse_rows():
    return rows(np.random.default_rng(2), activations(**SPARSE), SAMPLES)


drawn_rows = functools.cache(sparse_rows)


def sparse_golub_kahan():
    return [largest_eigenvalue(drawn_rows())]


@functools.cache
def sparse_golub_kahan_once():
    return sparse_golub_kahan()


def sparse_singular_values():
    X = drawn_rows().toarray()
    return svdvals(X[:, X.any(0)], check_finite=False)[:1] ** 2 / SAMPLES


@pytest.mark.benchmark(group="largest-eigenvalue-sparse")
@pytest.mark.parametrize(
    "route", [sparse_singular_values, sparse_rows, sparse_golub_kahan], ids=lambda route: route.__name__
)
def test_largest_eigenvalue_of_sparse_rows(route, measure):
    fast = route is sparse_golub_kahan
    drawn_rows()
    measure(
        "candidate" if fast else "baseline",
        route,
        expected=None if route is sparse_rows else (sparse_singular_values() if fast else sparse_golub_kahan_once()),
        tolerance=1e-9,
        rounds=31 if fast else 7,
    )
