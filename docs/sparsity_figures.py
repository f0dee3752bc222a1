"""Figures of docs/sparsity_models.md, drawn from the recorded evidence and today's theory.

    python docs/sparsity_figures.py        writes docs/sparsity_models/*.svg

Lines are theory, points are measured with 95 % intervals, as the claims named in each title judge them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from sparse_figures import COLOURS, MARKERS, drawn, logarithmic, save, verdict  # noqa: E402

from compare.verdict import Point  # noqa: E402
from theory.random_features import unresolved  # noqa: E402
from theory.sparse_features.pairs import infinite_features  # noqa: E402
from theory.sparse_features.unseen_mass import unseen_mass  # noqa: E402
from theory.sparsity_models import unaligned_losses  # noqa: E402
from theory.sparsity_models.teacher_frontier import compute_optimal  # noqa: E402


def best(points: Sequence[Point], axis: str, measured: bool) -> list[float]:
    """Place on ``axis`` of the minimum of a cubic through the log losses of every compute."""
    found = []
    for compute in sorted({point.at["compute"] for point in points}):
        some = sorted((p for p in points if p.at["compute"] == compute), key=lambda p: p.at[axis])
        values = [point.measured if measured else float(point.predicted or 0) for point in some]
        logs = values if some[0].column.startswith("log") else np.log(values)
        places = np.log([point.at[axis] for point in some])
        fine = np.linspace(places[0], places[-1], 2000)
        found.append(float(np.exp(fine[np.polyval(np.polyfit(places, logs, 3), fine).argmin()])))
    return found


def leak() -> plt.Figure:
    """A millionth of dense variance against exact zeros."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    points = verdict("sparse_leak_exponent[decay=1,sparsity=2]").points
    sizes = sorted(round(point.at["n_samples"]) for point in points)
    world = {"decay": 1, "n_modes": 2000}
    base = infinite_features(**world, sparsity=2, n_samples=sizes).values["loss"]
    axes.plot(sizes, base, color=COLOURS[1], linewidth=1.3, label="no leak: exponent α/η = 1/2 at last")
    dense = unresolved(**world, n_features=sizes).values["unresolved"]
    axes.plot(sizes, dense, color="#888", linewidth=1, linestyle="--", label="dense data")
    drawn(axes, points, "n_samples", 0, "a millionth of every variance dense")
    logarithmic(axes, "samples D", "loss", "infinitely many features, no label noise, α = 1, η = 2")
    return figure


def dials() -> plt.Figure:
    """Three readings of the degree of sparsity: only the tail turns the line."""
    figure, axes = plt.subplots(1, 3, figsize=(10.2, 3.5), sharey=True)
    for k, sparsity in enumerate((2, 3)):
        points = verdict(f"sparse_data_exponent[decay=1,sparsity={sparsity}]").points
        drawn(axes[0], points, "n_samples", k, f"η = {sparsity}")
    logarithmic(axes[0], "samples D", "loss", "tail: the slope moves")
    points = verdict("sparse_k_hot_exponent[decay=1,sparsity=3]").points
    for k, (column, label) in enumerate((("one.loss", "one coordinate a row"), ("four.loss", "four"))):
        drawn(axes[1], [point for point in points if point.column == column], "n_samples", k, label)
    logarithmic(axes[1], "samples D", "", "density: the level moves")
    points = [point for point in verdict("sparse_noisy_alignment[decay=1,sparsity=3]").points if "loss" in point.column]
    drawn(axes[2], points, "n_samples", 0, "scatter s = 2")
    sizes = sorted(round(point.at["n_samples"]) for point in points)
    plain = unseen_mass(decay=1, sparsity=3, n_modes=5000, n_samples=sizes).values["unseen"]
    axes[2].plot(sizes, plain, color="#888", linewidth=1, linestyle="--", label="no scatter")
    logarithmic(axes[2], "samples D", "", "scatter: the constant moves")
    return figure


def teacher() -> plt.Figure:
    """Samples per feature along the frontier, for teachers on both sides of the condition."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    family = "sparse_teacher_frontier[decay=1,sparsity=3,teacher_decay={}]"
    names = ("sparse_frontier_favours_data[decay=1,sparsity=3]", family.format(2), family.format(4))
    for k, (tau, name) in enumerate(zip((0, 2, 4), names, strict=True)):
        points = verdict(name).points
        compute = sorted({point.at["compute"] for point in points})
        axes.plot(compute, best(points, "samples_per_feature", False), color=COLOURS[k], linewidth=1.3)
        found = best(points, "samples_per_feature", True)
        axes.plot(compute, found, MARKERS[k], color=COLOURS[k], markersize=5, label=f"τ = {tau}")
    axes.axhline(1, color="#888", linewidth=0.8, linestyle="--")
    logarithmic(axes, "compute C = N D", "D/N at the optimum", "the same rows, α = 1, η = 3, teachers i^−τ")
    return figure


def one_pass() -> plt.Figure:
    """One pass of descent against what a batch learner loses."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    points = verdict("sparse_one_pass_loss[decay=2,sparsity=2]").points
    sizes = sorted({round(point.at["n_samples"]) for point in points})
    drawn(axes, points, "n_samples", 0, "one pass, step 0.3: exponent α/(1+α) = 2/3")
    batch = unseen_mass(decay=2, sparsity=2, n_modes=5000, n_samples=sizes).values["unseen"]
    axes.plot(sizes, batch, color=COLOURS[1], linewidth=1.3, label="unseen mass, batch: exponent α/η = 1")
    logarithmic(axes, "samples D", "loss", "infinitely many features, α = 2, η = 2")
    return figure


def unaligned() -> plt.Figure:
    """Mean and typical loss of unaligned sparsity."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    points = verdict("sparse_unaligned_mean_exponent[decay=1.5,tail=0.5]").points
    drawn(axes, points, "n_samples", 0, "mean over datasets: ν in the limit")
    sizes = np.array([12, 24, 48, 96])
    losses = unaligned_losses.limits(decay=1.5, tail=0.5, n_modes=300, n_samples=sizes.tolist()).values
    axes.plot(sizes, losses["loss"], color=COLOURS[0], linewidth=1.2)
    axes.plot(sizes, np.exp(losses["log_loss"]), color=COLOURS[1], label="a typical dataset: ν(1 + α) in the limit")
    logarithmic(axes, "samples D", "loss", "rarity independent of strength, α = 1.5, ν = 0.5")
    return figure


def relu_frontier() -> plt.Figure:
    """Features per sample at the optimum: ReLU features against linear ones."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    for k, name in enumerate(("sparse_relu_frontier", "sparse_relu_frontier_wide")):
        points = [p for p in verdict(f"{name}[decay=1,sparsity=2]").points if "compute" in p.at]
        compute = np.array(sorted({point.at["compute"] for point in points}))
        ratio = np.square(best(points, "n_features", True)) / compute
        label = f"ReLU features, measured{', another run' if k else ''}"
        axes.plot(compute, ratio, MARKERS[k], color=COLOURS[0], markersize=5, label=label)
    compute = np.geomspace(2e3, 5e5, 9)
    linear = [compute_optimal(C, decay=1, sparsity=2, teacher_decay=0) for C in compute]
    ratio = np.array([float(b.n_features / b.n_samples) for b in linear])
    axes.plot(compute, ratio, color=COLOURS[1], label="linear features, theory")
    axes.axhline(1, color="#888", linewidth=0.8, linestyle="--")
    logarithmic(axes, "compute C = N D", "N/D at the optimum", "beyond the peak, α = 1, η = 2")
    return figure


FIGURES: dict[str, Callable[[], plt.Figure]] = {
    "leak": leak, "dials": dials, "teacher": teacher, "one_pass": one_pass, "unaligned": unaligned,
    "relu_frontier": relu_frontier,
}  # fmt: skip

if __name__ == "__main__":
    save(FIGURES, "sparsity_models")
