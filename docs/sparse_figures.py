"""Figures of docs/sparse_features.md, drawn from the recorded evidence and today's theory.

    python docs/sparse_figures.py          writes docs/sparse_features/*.svg

Lines are theory, points are measured with 95 % intervals, as the claims named in each title judge them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import matplotlib as mpl  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from compare import records  # noqa: E402
from compare.figure_style import INTERVAL, MARKERS, ticks  # noqa: E402
from compare.registry import suite  # noqa: E402
from compare.verdict import Point, Verdict  # noqa: E402
from theory.sparse_features.frontier import one_hot_scale  # noqa: E402
from theory.sparse_features.scaling_function import scaling_function, threshold  # noqa: E402

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9")
CLAIMS = {claim.name: claim for claim in suite().claims}


def verdict(name: str) -> Verdict:
    """The verdict on recorded evidence."""
    return records.trial(CLAIMS[name], ROOT / records.FOLDER).verdict()


def drawn(axes: Axes, points: Sequence[Point], x: str, k: int, label: str) -> None:
    """Theory as a line, measurement as points, along one coordinate."""
    rows = sorted(points, key=lambda point: point.at[x])
    at = [point.at[x] for point in rows]
    axes.plot(at, [point.predicted for point in rows], color=COLOURS[k], linewidth=1.2)
    axes.errorbar(
        at, [point.measured for point in rows], [INTERVAL * point.stderr for point in rows],
        color=COLOURS[k], fmt=MARKERS[k], markersize=4, elinewidth=1, capsize=1.5, label=label,
    )  # fmt: skip


def logarithmic(axes: Axes, x: str, y: str, title: str) -> None:
    """Both axes logarithmic, named, with a light grid."""
    axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    axes.set_title(title, loc="left", fontsize=10)
    ticks(axes.xaxis, *axes.get_xlim(), True)
    ticks(axes.yaxis, *axes.get_ylim(), True)
    axes.grid(True, color="#8884", linewidth=0.5)
    axes.legend(frameon=False, fontsize=8.5)


def two_exponents() -> plt.Figure:
    """Loss against data at infinitely many features, and against features at unlimited data."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4))
    for k, (decay, sparsity) in enumerate(((1, 2), (1, 3), (0.5, 3))):
        points = verdict(f"sparse_data_exponent[decay={decay},sparsity={sparsity}]").points
        drawn(left, points, "n_samples", k, f"α = {decay}, η = {sparsity}: slope {decay / sparsity:.3g}")
    logarithmic(left, "samples D", "loss", "infinitely many features")
    for k, sparsity in enumerate((0.5, 2, 3)):
        points = verdict(f"sparse_model_exponent[decay=1,sparsity={sparsity}]").points
        drawn(right, points, "n_features", k, f"α = 1, η = {sparsity}")
    logarithmic(right, "features N", "loss", "unlimited data: one curve whatever η")
    return figure


def collapse() -> plt.Figure:
    """The scaling function on both sides of the peak."""
    figure, axes = plt.subplots(figsize=(5.6, 3.8))
    below, above = np.geomspace(0.05, 0.97, 60), np.geomspace(1.03, 8, 60)
    for k, (decay, sparsity, amplitudes) in enumerate(((1, 2, "gaussian"), (1, 3, "gaussian"), (1, 2, "sign"))):
        for part in (below, above):
            v = part * threshold(sparsity)
            values = [scaling_function(u, decay=decay, sparsity=sparsity, amplitudes=amplitudes) for u in v]
            label = f"η = {sparsity}, {amplitudes}" if part is below else None
            axes.plot(part, values, color=COLOURS[k], linewidth=1.3, label=label)
        tag = ",amplitudes=sign" if amplitudes == "sign" else ""
        unit = one_hot_scale(sparsity)
        for point in verdict(f"sparse_collapse[decay={decay},sparsity={sparsity}{tag}]").points:
            seen = (unit * point.at["n_samples"]) ** (1 / sparsity)
            loss = np.exp(point.measured) * (unit * point.at["n_samples"]) ** (decay / sparsity)
            place = point.at["n_features"] / (seen * threshold(sparsity))
            axes.plot([place], [loss], MARKERS[k], color=COLOURS[k], markersize=4)
    axes.axvline(1, color="#888", linewidth=0.8, linestyle="--")
    logarithmic(axes, "N over the rank of the data", "loss · (cD)^(α/η)", "α = 1: loss on both sides of the peak")
    return figure


def instability() -> plt.Figure:
    """Probability of an unstable step against the number of samples."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    points = verdict("sparse_instability_probability[decay=0.5,sparsity=3]").points
    for k, limit in enumerate(sorted({point.at["threshold"] for point in points})):
        some = [point for point in points if point.at["threshold"] == limit]
        drawn(axes, some, "n_samples", k, f"2/h = {limit:g}")
    logarithmic(axes, "samples D", "probability", "gradient descent of step h is unstable, α = 1/2, η = 3")
    return figure


def frontier() -> plt.Figure:
    """Loss along curves of equal compute."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    points = verdict("sparse_frontier_exponents[decay=1,sparsity=3]").points
    for k, compute in enumerate(sorted({point.at["compute"] for point in points})):
        some = [exponentiated(point) for point in points if point.at["compute"] == compute]
        drawn(axes, some, "n_features", k, f"N D = 10^{np.log10(compute):.0f}")
    logarithmic(axes, "features N", "typical loss", "curves of equal compute, α = 1, η = 3")
    return figure


def exponentiated(point: Point) -> Point:
    """A point of a mean logarithm on the scale of the loss."""
    assert point.predicted is not None
    value = float(np.exp(point.measured))
    return Point(point.column, point.at, float(np.exp(point.predicted)), 0.0, value, value * point.stderr)


FIGURES: dict[str, Callable[[], plt.Figure]] = {
    "two_exponents": two_exponents, "collapse": collapse, "instability": instability, "frontier": frontier,
}  # fmt: skip


def save(figures: dict[str, Callable[[], plt.Figure]], folder: str) -> None:
    """Write every figure into a folder of docs/."""
    mpl.rcParams.update({"svg.hashsalt": "scaleproof", "svg.fonttype": "path", "font.size": 9.5})
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    for name, draw in figures.items():
        figure = draw()
        figure.tight_layout()
        path = ROOT / "docs" / folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(figure)
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    save(FIGURES, "sparse_features")
