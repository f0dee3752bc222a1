"""A lost algorithm is noticed by the ordinary suite: a few quick ratios against half of those on record.

Routes take turns, CPU time counts, and the best of the turns is taken: a busy machine slows both.
"""

import json
import time
from pathlib import Path

import pytest

from tests.benchmarks import dense_routes as routes, summary, test_dense as dense, test_sparse as sparse
from tests.benchmarks.conftest import TIER

REPORTS = Path(__file__).parents[2] / "reports"
RECORDED = json.loads((REPORTS / "benchmarks.json").read_text(encoding="utf-8"))
QUICK = {
    "grid-solve": (routes.numpy_lstsq, routes.nested_cholesky, lambda: (dense.on_grid(), dense.CELLS)),
    "curve": (routes.lstsq_per_size, routes.nested_curve, lambda: (dense.on_curve(),)),
    "trace": (routes.qr_trace_per_size, routes.nested_traces, lambda: (dense.on_curve(),)),
    "ridge-path": (routes.svd_per_size, routes.nested_ridge_path, lambda: (dense.on_curve(), dense.PATH)),
}


def best(route, arguments, before):
    start = time.process_time()
    route(*arguments)
    return min(before, time.process_time() - start)


@pytest.mark.skipif(TIER != "quick", reason="the ratios of the quick tier are compared")
@pytest.mark.parametrize("group", QUICK)
def test_ratio_is_kept(group):
    slow, fast, arguments = QUICK[group]
    slowest = fastest = float("inf")
    for _ in range(3):
        slowest = best(slow, arguments(), slowest)
        for _ in range(3):
            fastest = best(fast, arguments(), fastest)
    (recorded,) = (
        row["ratio"]
        for row in RECORDED["quick"]["groups"]
        if (row["name"], row["baseline"], row["candidate"]) == (group, slow.__name__, fast.__name__)
    )
    assert slowest / fastest > recorded / 2, f"{slowest / fastest:.3g}x, on record {recorded:g}x"


@pytest.mark.skipif(TIER != "quick", reason="the sizes of the quick tier are compared")
@pytest.mark.parametrize(
    ("slow", "fast", "least"),
    [
        (
            lambda: sparse.matrix_rank(sparse.data(*sparse.RANKS[0])[1]),
            lambda: sparse.rank(sparse.data(*sparse.RANKS[0])[0]),
            75,
        ),
        (sparse.shared_draw, sparse.nested, 3 / sparse.CHUNK),
    ],
    ids=["rank", "sparse-grid"],
)
def test_sparse_ratio_is_kept(slow, fast, least):
    """Half of the goal for ranks; a draw of the grid beside a third of what a plain loop over its cells costs."""
    slow(), fast()
    slowest = min(best(slow, (), float("inf")) for _ in range(2))
    fastest = min(best(fast, (), float("inf")) for _ in range(3))
    assert slowest / fastest > least


def test_the_page_is_that_of_the_record():
    assert (REPORTS / "benchmarks.md").read_text(encoding="utf-8") == summary.markdown(RECORDED)


def bench(group, name, median, **info):
    return {"group": group, "name": f"test_it[{name}]", "stats": {"median": median}, "extra_info": info}


def test_rows_of_a_summary():
    rows = summary.rows([
        bench("solve", "slow", 3.0, role="baseline", goal=4, equality=1e-9, scale=2),
        bench("solve", "fast", 1.0, role="candidate", flops=5.0, share=40),
        bench("solve", "dgemm", 0.5, role="dgemm", flops=10.0),
    ])  # fmt: skip
    assert [(row["baseline"], row["ratio"], row["met"], row["percent_of_dgemm"]) for row in rows] == [
        ("dgemm", None, False, 25.0),
        ("slow", 6.0, True, 25.0),
    ]
    assert rows[1]["equality"] == 1e-9
    assert not summary.rows([bench("solve", "slow", 3.0, role="baseline", goal=4)])
