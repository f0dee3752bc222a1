"""Sparse rows, their rank and a whole grid of fits, beside what one would write first.

Gated here: a ratio that falls more than a quarter short of its goal fails.
"""

import functools

import numpy as np
import pytest

from sim.sparse_features.activations import activations, amplitudes
from sim.sparse_features.grid_losses import labelled, panels, sampled_grid
from sim.sparse_features.peeling import rank
from sim.sparse_features.rows import rows
from sim.streams import CHUNK, Stream
from tests.benchmarks import dense_routes as routes
from tests.benchmarks.conftest import TIER

FULL = TIER == "full"
SLACK = 0.75
_medians = {}


def generator(seed):
    return np.random.Generator(np.random.SFC64(seed))


def gate(benchmark, key, role, goal, scale=1.0):
    """Fails when both routes have been timed and their ratio is below the goal by more than the slack."""
    if benchmark.disabled:
        return
    times = _medians.setdefault(key, {})
    times[role] = benchmark.stats.stats.median * scale
    if len(times) == 2:
        ratio = times["baseline"] / times["candidate"]
        assert ratio >= SLACK * goal, f"{key}: {ratio:.3g}x, wanted {goal:g}x"


# sparse-draw: a goal of 100 ns per nonzero entry, written as ten normal numbers, which cost about that much

DRAWS = [(1, 1.5, 16384, 25_000), (1, 2, 65536, 40_000), (1, 1, 16384, 7_000)]  # decay, sparsity, M, D: 65000 entries
NORMALS = 10
EVERY = 250


def dense_rows(rng, law, n):
    """Every entry drawn, active or not."""
    active = rng.random((n, len(law.probabilities))) < law.probabilities
    return active * (law.scales * amplitudes(rng, law.amplitudes, active.size).reshape(active.shape))


@pytest.mark.parametrize("world", DRAWS, ids=lambda world: f"sparsity={world[1]}")
@pytest.mark.parametrize("route", ["ten_normals_per_entry", "entry_by_entry", "sparse_rows"])
def test_draw(route, world, measure, benchmark):
    decay, sparsity, M, D = world
    benchmark.group = f"sparse-draw M={M} D={D} sparsity={sparsity}"
    law = activations(decay=decay, sparsity=sparsity, n_modes=M)
    expected = D * law.probabilities.sum()
    if route == "ten_normals_per_entry":
        numbers = np.empty(NORMALS * round(expected))
        measure("baseline", lambda: generator(1).standard_normal(out=numbers), rounds=9, goal=1)
        gate(benchmark, benchmark.group, "baseline", 1)
    elif route == "entry_by_entry":
        note = f"every {EVERY}th row drawn"
        measure("baseline", lambda: dense_rows(generator(2), law, D // EVERY), rounds=1, scale=EVERY, note=note)
    else:
        X = measure("candidate", lambda: rows(generator(3), law, D), rounds=15)
        counts = np.bincount(X.indices, minlength=M)[1:50]
        p = law.probabilities[1:50]
        assert abs(X.nnz - expected) < 5 * np.sqrt(expected)
        assert np.abs((counts - D * p) / np.sqrt(D * p * (1 - p))).max() < 5
        gate(benchmark, benchmark.group, "candidate", 1)
        if not benchmark.disabled:
            per_entry = 1e9 * benchmark.stats.stats.median / X.nnz
            benchmark.extra_info["note"] = f"{X.nnz} entries, {per_entry:.0f} ns each"


# rank: given the data

RANKS = [(1.5, 16384, 813), (2, 65536, 400), (1.2, 4096, 300)] if FULL else [(1.5, 4096, 400)]  # sparsity, M, D


def matrix_rank(X):
    """Of the dense data."""
    return np.linalg.matrix_rank(X)


def matrix_rank_of_seen(X):
    """From the sparse data, columns without entries left out."""
    return np.linalg.matrix_rank(X[:, np.unique(X.indices)].toarray())


@functools.cache
def data(sparsity, n_modes, n_samples):
    X = rows(generator(4), activations(decay=1, sparsity=sparsity, n_modes=n_modes), n_samples)
    return X, X.toarray()


@pytest.mark.parametrize("world", RANKS, ids=lambda world: f"sparsity={world[0]}")
@pytest.mark.parametrize("route", [matrix_rank, matrix_rank_of_seen, rank], ids=lambda route: route.__name__)
def test_rank(route, world, measure, benchmark):
    benchmark.group = f"rank D={world[2]} M={world[1]} sparsity={world[0]}"
    sparse, dense = data(*world)
    known = rank(sparse)
    if route is rank:
        assert known == matrix_rank_of_seen(sparse)
        measure("candidate", lambda: rank(sparse), rounds=25)
        gate(benchmark, benchmark.group, "candidate", 150)
        return
    whole = route is matrix_rank
    found = measure(
        "baseline", lambda: route(dense if whole else sparse), rounds=1 if whole else 5, goal=150 if whole else None
    )
    benchmark.extra_info["equality"] = f"rank {found}"
    assert found == known
    if whole:
        gate(benchmark, benchmark.group, "baseline", 150)


# sparse-grid: 176 cells of one draw, features included, one teacher

N_SIZES = routes.sizes(8, 512 if FULL else 256, 16)
D_SIZES = routes.sizes(32, 2048 if FULL else 1024, 11)
CELLS = tuple(routes.grid(N_SIZES, D_SIZES))
WORLD = {"decay": 1, "sparsity": 1.5, "n_modes": 16384 if FULL else 8192}
LAW = activations(**WORLD)
PART = 1 if FULL else 17
"""Every so many cells are timed by fresh draws."""
GOAL = 150 if FULL else 100


def fresh(rng, N, D):
    """One cell by the definition: draw everything dense, fit by lstsq, loss in M dimensions."""
    F = rng.standard_normal((N, len(LAW.variances)))
    X = dense_rows(rng, LAW, D)
    w = rng.standard_normal(len(LAW.variances))
    theta = np.linalg.lstsq(X @ F.T, X @ w, rcond=None)[0]
    return LAW.variances @ (w - F.T @ theta) ** 2


def fresh_cells():
    rng = generator(5)
    return np.array([fresh(rng, N, D) for N, D in CELLS[::PART]])


def cost(cell):
    """Cost of a fresh cell per mode, in drawn numbers: N features, two for every entry of D rows, a product N × D."""
    N, D = cell
    return N + 2 * D + N * D / 200


def shared_draw():
    """The first draw of the chunk, its arrays dense, a plain lstsq and a loss in M dimensions per cell."""
    rng, M = Stream(5, "bench", 0).generators[0], len(LAW.variances)
    sparse, _ = labelled(rng, LAW, max(D_SIZES), 0.0)
    F, w = np.empty((max(N_SIZES), M)), np.empty(M)
    for modes, features, teacher in panels(rng, np.unique(sparse.indices), M, max(N_SIZES)):
        F[:, modes], w[modes] = features.T, teacher[:, 0]
    X = sparse.toarray()
    Phi, y, losses = X @ F.T, X @ w, []
    for N, D in CELLS:
        theta = np.linalg.lstsq(Phi[:D, :N], y[:D], rcond=None)[0]
        losses.append(LAW.variances @ (w - F[:N].T @ theta) ** 2)
    return np.array(losses)


@functools.cache
def reference():
    """Losses of `shared_draw`, and the cells whose N is not next to the rank."""
    X = rows(Stream(5, "bench", 0).generators[0], LAW, max(D_SIZES))
    ranks = {D: rank(X[:D]) for D in D_SIZES}
    return shared_draw(), np.array([abs(N - ranks[D]) > 2 for N, D in CELLS])


def nested():
    """A chunk of draws, the smallest unit of simulation; shape (n_draws, n_cells)."""
    return sampled_grid(Stream(5, "bench", 0), **WORLD, cells=CELLS)["loss"].numpy()


@pytest.mark.benchmark(group="sparse-grid")
@pytest.mark.parametrize("route", [fresh_cells, shared_draw, nested], ids=lambda route: route.__name__)
def test_sparse_grid(route, measure, benchmark):
    if route is nested:
        losses = measure("candidate", nested, rounds=5, scale=1 / CHUNK, note="a quarter of a chunk of draws")
        expected, off = reference()
        gap = np.abs(losses[0] / expected - 1)[off].max()
        benchmark.extra_info["equality"] = float(gap)
        assert gap <= 1e-8
        assert off.mean() > 0.7
        gate(benchmark, "sparse-grid", "candidate", GOAL, 1 / CHUNK)
        return
    if route is shared_draw:
        measure("baseline", shared_draw, rounds=1)
        return
    scale = sum(map(cost, CELLS)) / sum(map(cost, CELLS[::PART]))
    note = f"every {PART}th cell timed, scaled by drawn numbers and products" if PART > 1 else "all cells timed"
    losses = measure("baseline", fresh_cells, rounds=1, goal=GOAL, scale=scale, note=note)
    assert abs(np.log(losses).mean() - np.log(reference()[0][::PART]).mean()) < 1
    gate(benchmark, "sparse-grid", "baseline", GOAL, scale)
