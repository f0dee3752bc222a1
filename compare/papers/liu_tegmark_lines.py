"""Recipes as lines of a picture: their points of the verdicts, their looks, and panels over a key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.claim import Claim
from compare.figure_style import DASHES, INTERVAL, LEFT, RIGHT, SERIES, SMALL, TOP, WIDTH, ticks
from compare.figures import picture
from compare.verdict import Point, Verdict

STARTS = ("standard", "mean_field", "ntk")
"""Starts by colour and marker; the larger rate of a start is a full line, data on nodes a full marker."""
LEDGE = 0.5
"""Inches below axes with a title."""
KEY = 0.19
"""Inches for a line of the key."""


class Line(NamedTuple):
    """A recipe's mean logarithms by width, each with its standard error, and how it is drawn."""

    label: str
    values: Mapping[str, Mapping[float, tuple[float, float]]]
    colour: str
    marker: str
    filled: bool
    dashes: Any


def lines(verdicts: Sequence[Verdict]) -> list[Line]:
    """Mean logarithms of all recipes, by recipe, column and width; a recipe is known by the parameters."""
    found: dict[tuple[Any, ...], dict[str, dict[float, tuple[float, float]]]] = {}
    for verdict in verdicts:
        if verdict.claim.quantity is None or verdict.claim.quantity.statistic != "mean":
            continue
        for point in verdict.points:
            column, recipe = _column(point, verdict.claim)
            if recipe and (width := _width(point, column)) and math.isfinite(point.measured + point.stderr):
                by_width = found.setdefault(recipe, {}).setdefault(column, {})
                by_width.setdefault(width, (point.measured, point.stderr))
    rates = {start: sorted({key[1] for key in found if key[0] == start}) for start in STARTS}
    return [_line(key, found[key], rates[str(key[0])]) for key in sorted(found, key=_order)]


def _column(point: Point, claim: Claim) -> tuple[str, tuple[Any, ...]]:
    """Column without the prefix of its experiment, and (start, rate, batch) if that is a sweep of SiLU networks."""
    prefix, _, column = point.column.rpartition(".")
    experiment = claim.experiments.get(prefix)
    if experiment is None or experiment.name.rpartition(".")[2] != "sweep":
        return column, ()
    p = experiment.parameters
    if p.get("start", "standard") not in STARTS or p.get("activation", "silu") != "silu":
        return column, ()
    return column, (p.get("start", "standard"), p["rate"], p.get("batch", 0))


def _width(point: Point, column: str) -> int:
    """Neurons of one network; 0 for a column that is not drawn or a point that does not tell."""
    averaged = {"log_loss": 1, "log_average4": 4}.get(column)
    if averaged is None:
        return 0
    return round(point.at.get("n_neurons", point.at.get("total_width", 0) / averaged))


def _order(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return STARTS.index(str(key[0])), key[1], key[2]


def _line(
    key: tuple[Any, ...], values: Mapping[str, Mapping[float, tuple[float, float]]], rates: Sequence[Any]
) -> Line:
    start, rate, batch = key
    label = f"{str(start).replace('_', ' ')}, {rate}{', batches' if batch else ''}"
    place = STARTS.index(str(start))
    dashes = "-" if rate == rates[-1] else DASHES[0]
    return Line(label, values, SERIES[place], "os^"[place], not batch, dashes)


def drawn(axes: Axes, line: Line, values: Mapping[float, tuple[float, float]], thin: bool = False, **more: Any) -> None:
    """Exponentials of mean logs by width, with 95 % intervals."""
    widths = sorted(values)
    mean, error = np.array([values[N] for N in widths]).T
    low, high = (np.exp(mean + side * INTERVAL * error) for side in (-1, 1))
    colour, full = line.colour, more.pop("filled", line.filled)
    axes.errorbar(
        widths, np.exp(mean), [np.exp(mean) - low, high - np.exp(mean)], color=colour, marker=line.marker,
        linestyle=more.pop("linestyle", line.dashes), linewidth=0.8 if thin else 1.1, elinewidth=1,
        markersize=4, markeredgewidth=0.9, markerfacecolor=colour if full else "none",
    )  # fmt: skip


def sizes(axes: Axes, widths: Sequence[float]) -> None:
    """Logarithmic axis of widths, a tick at each."""
    axes.set_xscale("log")
    axes.set_xlim(widths[0] / 1.15, widths[-1] * 1.15)
    ticks(axes.xaxis, *axes.get_xlim(), True, wanted=widths)


def panels(name: str, label: str, panels: Sequence[tuple[float, Callable[[Axes], None]]], keyed: Sequence[Line]) -> str:
    """Panels above each other over a key of recipes."""
    rows = -(-len(keyed) // 2) if len(keyed) > 1 else len(keyed)
    height = sum(tall + TOP + LEDGE * (k == len(panels) - 1) + 0.24 * (k < len(panels) - 1)
                 for k, (tall, _) in enumerate(panels)) + KEY * rows + 0.06 * bool(rows)  # fmt: skip

    def draw(figure: Figure) -> None:
        y = height
        for k, (tall, of) in enumerate(panels):
            y -= TOP + tall
            of(figure.add_axes((LEFT / WIDTH, y / height, 1 - (LEFT + RIGHT) / WIDTH, tall / height)))
            y -= 0.24 if k < len(panels) - 1 else LEDGE
        _key(figure, keyed, y / height)

    return picture(name, label, (WIDTH, height), draw)


def _key(figure: Figure, keyed: Sequence[Line], top: float) -> None:
    if not keyed:
        return
    axes = figure.add_axes((0, 0, 1, top))
    axes.set_axis_off()
    axes.set(xlim=(0, 2), ylim=(-(-len(keyed) // 2), 0))
    for k, line in enumerate(keyed):
        x, y = 0.06 + k % 2, k // 2 + 0.5
        axes.plot([x, x + 0.07, x + 0.14], [y] * 3, color=line.colour, linestyle=line.dashes, linewidth=1.1)
        axes.plot(
            [x + 0.07], [y], line.marker, color=line.colour, markerfacecolor=line.colour if line.filled else "none"
        )
        axes.text(x + 0.19, y, line.label, va="center", fontsize=SMALL)
