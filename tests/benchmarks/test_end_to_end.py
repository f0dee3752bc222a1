"""From nothing to losses: one draw of a grid, the stages of the conditional sweep, and the price of 1 % precision."""

import math
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from sim import conditional, panels, streamed_features
from sim.streams import CHUNK, Stream
from tests.benchmarks import dense_routes as routes
from tests.benchmarks.conftest import TIER

FULL = TIER == "full"
N_SIZES = routes.sizes(8, 1024, 30) if FULL else routes.sizes(8, 256, 20)
D_SIZES = routes.sizes(32, 2048, 10) if FULL else routes.sizes(32, 512, 6)
CELLS = tuple(routes.grid(N_SIZES, D_SIZES))
N_MODES = (4096, 65536) if FULL else (1024, 16384)
GOALS = {4096: 50, 65536: 200}


def fresh(rng, N, D, n_modes, decay=1.0):
    """One cell by the definition: draw everything, fit by lstsq, loss in M dimensions."""
    variances = np.arange(1, n_modes + 1) ** -(1.0 + decay)
    F = rng.standard_normal((N, n_modes))
    X = rng.standard_normal((D, n_modes)) * np.sqrt(variances)
    w = rng.standard_normal(n_modes)
    theta = np.linalg.lstsq(X @ F.T, X @ w, rcond=None)[0]
    return variances @ (w - F.T @ theta) ** 2


def fresh_grid(n_modes, every):
    rng = np.random.Generator(np.random.SFC64(5))
    return np.array([fresh(rng, N, D, n_modes) for N, D in CELLS[::every]])


def cost(cell):
    """Cost of a fresh cell per mode, in drawn numbers: (N + D) of them and a product of N × D."""
    N, D = cell
    return N + D + N * D / 200


def one_chunk(n_modes):
    """Losses of a chunk of draws, the smallest unit of simulation."""
    return streamed_features.sampled(Stream(5, "bench", 0), decay=1, n_modes=n_modes, cells=CELLS)["loss"].numpy()


def peak_of_one_chunk(n_modes):
    """Largest memory of this process after one chunk, in GiB; Linux's rusage would count the parent's as well."""
    one_chunk(n_modes)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 2**20


@pytest.mark.parametrize("n_modes", N_MODES)
@pytest.mark.parametrize("route", ["fresh_cells", "streamed"])
def test_one_draw_of_the_grid(route, n_modes, measure, benchmark):
    """Sampled teacher and labels on both sides; different random numbers, so equality is that of the mean logs."""
    benchmark.group = f"grid-end-to-end M={n_modes}"
    every = 37 if n_modes > 16384 else 11 if n_modes > 4096 else 1  # a part of the cells stands for all, and says so
    off = routes.off_peak(CELLS)
    if route == "fresh_cells":
        measure(
            "baseline",
            lambda: fresh_grid(n_modes, every),
            rounds=1,
            goal=GOALS.get(n_modes),
            scale=sum(map(cost, CELLS)) / sum(map(cost, CELLS[::every])),
            note=f"every {every}th cell timed, scaled by drawn numbers and products" if every > 1 else "",
        )
        return
    losses = measure("candidate", lambda: one_chunk(n_modes), rounds=3, scale=1 / CHUNK, note="a quarter of a chunk")
    gap = np.log(fresh_grid(n_modes, max(every, 3))).mean() - np.log(losses[:, :: max(every, 3)]).mean()
    assert abs(gap) < 1.0
    assert np.isfinite(losses[:, off]).all()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:  # a process that has run nothing else
        peak = alone.submit(peak_of_one_chunk, n_modes).result()
    benchmark.extra_info["peak_GiB"] = round(peak, 3)
    assert peak < 2.0


@pytest.mark.benchmark(group="conditional-sweep")
@pytest.mark.parametrize("role", ["candidate", "dgemm"])
def test_conditional_sweep(role, measure):
    n = max(N_SIZES)
    if role == "dgemm":
        product, flops = routes.dgemm(n)
        measure(role, product, rounds=9, flops=flops)
        return
    stream = Stream(6, "bench", 0)
    given = panels.resolve(stream, decay=1, n_modes=4096, n_features=n)
    given = conditional.Features(*(a[0] for a in given))
    Z = stream.normal(max(D_SIZES), n)[0]
    # As counted for the sweep in which nothing but Gram matrices grows from one N to the next.
    flops = max(D_SIZES) * n * n + 2 * sum(min(n, D) ** 3 / 3 for D in D_SIZES)
    for N in N_SIZES:
        d = max([D for D in D_SIZES if D < N], default=0)
        flops += 4 * N * N * d + 4 * N * d * d + d**3
    measure(
        role,
        lambda: conditional.losses(given, Z, CELLS).bias.numpy(),
        rounds=5,
        flops=flops,
        share=70 if FULL else None,
    )


@pytest.mark.benchmark(group="gram-stage")
@pytest.mark.parametrize("role", ["candidate", "dgemm"])
def test_gram_stage(role, measure):
    n = max(N_SIZES)
    if role == "dgemm":
        product, flops = routes.dgemm(n)
        measure(role, product, rounds=9, flops=flops)
        return
    n_modes = 4096

    def stage():
        return panels.resolve(Stream(7, "bench", 0), decay=1, n_modes=n_modes, n_features=n)

    measure(role, stage, rounds=3, flops=CHUNK * (2 * n * n * n_modes + 2 * n**3), share=65 if FULL else None)


if FULL:
    WORLD, PRECISION = {"n_modes": 1024, "n": routes.sizes(8, 256, 20), "d": routes.sizes(32, 512, 6)}, 0.01
else:
    WORLD, PRECISION = {"n_modes": 256, "n": (8, 16, 32), "d": (24, 64, 128)}, 0.04
CELLS_EQUAL = [cell for cell in routes.grid(WORLD["n"], WORLD["d"]) if abs(math.log(cell[0] / cell[1])) > 0.12]


def error(sample):
    """Relative standard error of the mean, per column."""
    sample = np.asarray(sample)
    return sample.std(0, ddof=1) / np.sqrt(len(sample)) / sample.mean(0)


def by_fresh_cells():
    """Means and their relative errors, every cell with as many fresh draws as it needs; 95 % of the cells count."""
    rng = np.random.Generator(np.random.SFC64(8))
    found, pilot = [], 64
    for N, D in CELLS_EQUAL:
        sample = [fresh(rng, N, D, WORLD["n_modes"]) for _ in range(pilot)]
        while error(sample) > PRECISION:
            more = math.ceil(len(sample) * ((float(error(sample)) / PRECISION) ** 2 - 1)) + 1
            sample += [fresh(rng, N, D, WORLD["n_modes"]) for _ in range(min(more, 3 * len(sample)))]
        found.append((np.mean(sample), error(sample)))
    return np.array(found)


def by_ladder():
    """The same by conditional sweeps, in levels: the largest sizes, those up to a quarter of the largest, and so on."""
    found, levels = {}, [max(WORLD["n"])]
    while levels[0] >= 4 * min(WORLD["n"]):
        levels.insert(0, max(N for N in WORLD["n"] if levels[0] >= 4 * N))
    for low, high in zip([0, *levels[:-1]], levels, strict=True):
        cells = [cell for cell in CELLS_EQUAL if low < cell[0] <= high]
        draws = []
        while len(draws) < 4 or (error(np.concatenate(draws)) <= PRECISION).mean() < 0.95:
            stream = Stream(9, f"ladder {high}", len(draws))
            columns = streamed_features.ridgeless(stream, decay=1, n_modes=WORLD["n_modes"], cells=cells)
            draws.append(columns["bias"].numpy())
        sample = np.concatenate(draws)
        found |= dict(zip(cells, zip(sample.mean(0), error(sample), strict=True), strict=True))
    return np.array([found[cell] for cell in CELLS_EQUAL])


_kept = {}


@pytest.mark.benchmark(group="equal-precision")
@pytest.mark.parametrize("route", [by_fresh_cells, by_ladder], ids=lambda route: route.__name__)
def test_equal_precision(route, measure, benchmark):
    fast = route is by_ladder
    found = measure("candidate" if fast else "baseline", route, rounds=1, goal=200 if FULL else None)
    _kept[route] = found
    reached = float((found[:, 1] <= PRECISION).mean())
    benchmark.extra_info["note"] = f"{PRECISION:.0%} on {reached:.0%} of {len(CELLS_EQUAL)} cells"
    assert reached >= 0.95
    if len(_kept) == 2:
        (a, sa), (b, sb) = (_kept[r].T for r in (by_fresh_cells, by_ladder))
        z = np.log(a / b) / np.hypot(sa, sb)
        benchmark.extra_info["equality"] = f"z rms {np.sqrt((z**2).mean()):.2f}, max {np.abs(z).max():.2f}"
        assert np.abs(z).max() < 5
