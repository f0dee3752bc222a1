"""Nested routes beside their baselines: same arrays, same run, one thread, CPU time, equality asserted.

``make bench`` runs the quick sizes, ``make bench-full`` those of the goals. Compare within a group of one run only.
"""

import functools

import numpy as np
import pytest

from tests.benchmarks import dense_routes as routes
from tests.benchmarks.conftest import TIER

FULL = TIER == "full"
N_SIZES = routes.sizes(8, 1024, 30) if FULL else routes.sizes(8, 256, 20)
D_SIZES = routes.sizes(32, 2048, 10) if FULL else routes.sizes(32, 512, 6)
CELLS = routes.grid(N_SIZES, D_SIZES)
CURVE = (512, 1024) if FULL else (128, 256)  # N, D
N_PATH = routes.sizes(16, CURVE[0], 26 if FULL else 12)
PATH = [(N, CURVE[1], g) for N in N_PATH for g in ([10.0**-k for k in range(8)] if FULL else [1e-6, 1e-4, 1e-2, 1.0])]
TIMES = routes.sizes(1, 4096, 64)


def goal(value):
    """The goals are set for the full sizes."""
    return value if FULL else None


@functools.cache
def arrays(n_features, n_samples, n_modes, decay=1.0):
    return routes.Arrays(n_features, n_samples, n_modes, decay)


@functools.cache
def expected(route, *args):
    return route(*args)


def on_grid():
    return arrays(max(N_SIZES), max(D_SIZES), 4096 if FULL else 1024)


def on_curve():
    return arrays(*CURVE, 2048)


GRID_FLOPS = (
    max(D_SIZES) * max(N_SIZES) ** 2
    + max(D for D in D_SIZES if max(N_SIZES) > D) ** 2 * max(N_SIZES)
    + sum(min(max(N_SIZES), D) ** 3 / 3 for D in D_SIZES)
    + sum(max([D for D in D_SIZES if D < N], default=0) ** 3 / 3 for N in N_SIZES)
)  # as counted for nested Cholesky factors: Gram matrices and factors, corrections not counted


@pytest.mark.benchmark(group="grid-solve")
@pytest.mark.parametrize(
    ("route", "wanted"),
    [(routes.numpy_lstsq, 20), (routes.torch_gelsy, 8), (routes.scikit_learn_ridge, 5), (routes.nested_cholesky, None)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_grid_solve(route, wanted, measure):
    if route is routes.scikit_learn_ridge:
        pytest.importorskip("sklearn")
    world = on_grid()
    reference = routes.numpy_lstsq(world, CELLS) if not FULL else routes.torch_gelsy(world, CELLS)
    measure(
        "candidate" if wanted is None else "baseline",
        lambda: route(world, CELLS),
        expected=reference,
        where=routes.off_peak(CELLS),
        rounds=15 if wanted is None else 3,
        goal=goal(wanted),
        flops=GRID_FLOPS if wanted is None else None,
        share=goal(50) if wanted is None else None,
    )


@pytest.mark.benchmark(group="curve")
@pytest.mark.parametrize("route", [routes.lstsq_per_size, routes.nested_curve], ids=lambda route: route.__name__)
def test_curve(route, measure):
    world, fast = on_curve(), route is routes.nested_curve
    reference = expected(routes.nested_curve, world) if not fast else expected(routes.lstsq_per_size, world)
    role = "candidate" if fast else "baseline"
    measure(role, lambda: route(world), expected=reference, rounds=15 if fast else 1 + 2 * (not FULL), goal=goal(400))


@pytest.mark.benchmark(group="trace")
@pytest.mark.parametrize("route", [routes.qr_trace_per_size, routes.nested_traces], ids=lambda route: route.__name__)
def test_trace(route, measure):
    world, fast = on_curve(), route is routes.nested_traces
    reference = expected(routes.nested_traces, world) if not fast else expected(routes.qr_trace_per_size, world)
    role = "candidate" if fast else "baseline"
    measure(role, lambda: route(world), expected=reference, rounds=9 if fast else 1 + 2 * (not FULL), goal=goal(150))


@pytest.mark.benchmark(group="ridge-path")
@pytest.mark.parametrize(
    ("route", "wanted"),
    [
        (routes.scikit_learn_path, 13),
        (routes.svd_per_size, None),
        (routes.eigh_per_size, None),
        (routes.nested_ridge_path, None),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_ridge_path(route, wanted, measure):
    if route is routes.scikit_learn_path:
        pytest.importorskip("sklearn")
    fast = route is routes.nested_ridge_path
    measure(
        "candidate" if fast else "baseline",
        lambda: route(on_curve(), PATH),
        expected=expected(routes.svd_per_size, on_curve(), tuple(PATH)),
        rounds=9 if fast else 3,
        goal=goal(wanted),
    )


@pytest.mark.benchmark(group="descent")
@pytest.mark.parametrize(
    "route", [routes.data_loop, routes.gram_loop, routes.closed_form], ids=lambda route: route.__name__
)
def test_descent(route, measure):
    world = arrays(64, 128, 512)
    step = 128 / np.linalg.norm(world.Phi, 2) ** 2  # the largest curvature is 1/step
    measure(
        "candidate" if route is routes.closed_form else "baseline",
        lambda: route(world, step, TIMES),
        expected=expected(routes.gram_loop, world, step, tuple(TIMES)),
        rounds=15 if route is routes.closed_form else 5,
        goal=goal(46) if route is routes.data_loop else None,
    )


@pytest.mark.benchmark(group="grid-solve")
def test_dgemm_for_the_grid(measure):
    product, flops = routes.dgemm(max(N_SIZES))
    measure("dgemm", product, rounds=15, flops=flops)
