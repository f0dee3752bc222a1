"""Curves of a claim: theory and measurement along one coordinate, with rivals, and what is left between them."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from compare.bound import AtLeast
from compare.extrema import Optimum
from compare.figure_points import LISTED, Curves, coincides
from compare.figure_style import CROSSES, DASHES, INTERVAL, MARKERS, MUTED, SERIES, TEXT, Panel, ticks
from compare.formatting import words
from compare.quantity import Contrasts, Quantity, Together
from compare.verdict import Point, Verdict

FEW = 7
"""Points whose coordinates are the ticks, where there is room for them."""
HUGGING = 5.0
"""Per cent: a rival so close to the theory shows in the residuals only."""
Entry = tuple[Line2D, str]
"""Handle and label in a legend."""
Marks = Callable[[Axes, "Curves"], None]
"""Draws what a quantity adds to its curves, such as the predicted place of an optimum."""


def curve_panels(verdict: Verdict, curves: Curves, marks: Marks | None = None) -> list[Panel]:
    """The curves, and below them their residuals where theory predicts the points."""
    points = curves.points
    values = [p.measured for p in points] + [p.predicted for p in points if p.predicted is not None]
    log = min(values) > 0 and (_of_logarithms(verdict.claim.quantity) or max(values) > 50 * min(values))
    errors = [INTERVAL * p.stderr for p in points if math.isfinite(p.stderr)]
    limits = _limits(values, errors, _paths(curves), log)
    entries = legend_entries(curves, {name for name in curves.rivals if not _visible(curves, name, limits)})

    def main(axes: Axes) -> None:
        axes.set_title(words(curves.column))
        if log:
            axes.set_yscale("log")
        _draw(axes, curves, curves.rivals, lambda _: (1.0, 0.0))
        axes.set_ylim(*limits)
        ticks(axes.yaxis, *limits, log)
        if marks:
            marks(axes, curves)
        x_axis(axes, curves, labelled=not curves.known)

    def rest(axes: Axes) -> None:
        axes.set_title("measured / predicted − 1, in %" if log else "measured − predicted")
        limit, near = _residual_limit(curves, log)
        _draw(axes, curves, near, lambda p: _residual(p, log), spread=len(curves.series) > 1)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
        axes.set_ylim(-limit, limit)
        ticks(axes.yaxis, -limit, limit, False)
        x_axis(axes, curves, labelled=True)

    if not curves.known:
        return [(2.2, *below(curves, entries, main))]
    return [(2.1, 0.1, main), (1.0, *below(curves, entries, rest))]


def below(
    curves: Curves, entries: Sequence[Entry], draw: Callable[[Axes], None]
) -> tuple[float, Callable[[Axes], None]]:
    """Inches below the axes for coordinates and legend, and the same drawing with the legend."""
    names = 0.16 * (len(curves.points[0].at) - 1) if curves.listed and curves.points[0].at else 0.0
    if not entries:
        return 0.5 + names, draw
    columns = 2 if len(entries) > 3 and all(len(label) <= 24 for _, label in entries) else 1
    rows = sum(label.count("\n") + 1 for _, label in entries) if columns == 1 else -(-len(entries) // 2)
    gap = 0.44 + names
    return gap + 0.03 + 0.18 * rows + 0.05, with_legend(draw, entries, columns, gap)


def _of_logarithms(quantity: Quantity | None) -> bool:
    if isinstance(quantity, Together):
        return all(_of_logarithms(one) for one in quantity.quantities.values())
    if isinstance(quantity, AtLeast):
        return _of_logarithms(quantity.quantity)
    return isinstance(quantity, Contrasts | Optimum) and not quantity.logged


Scale = Callable[[Point], tuple[float, float]]
"""Factor and shift that turn a value at a point into what is drawn."""


def _residual(point: Point, log: bool) -> tuple[float, float]:
    if point.predicted is None or (log and not point.predicted):
        return math.nan, 0.0
    return (100 / point.predicted, -100.0) if log else (1.0, -point.predicted)


def _draw(axes: Axes, curves: Curves, rivals: Sequence[str], scale: Scale, spread: bool = False) -> None:
    several = len(curves.series) > 1
    crowded = len(curves.series) * len(rivals) > 9
    for k, points in enumerate(curves.series.values()):
        place = np.array([curves.place(point) for point in points])
        factor, shift = np.array([scale(point) for point in points]).T
        theory = np.array([math.nan if p.predicted is None else p.predicted for p in points])
        room = np.array([p.allowance for p in points])
        moved = beside(curves, k, place) if spread else place
        joined = not curves.listed and len(points) > 1
        line: dict[str, Any] = {"linestyle": "-"} if joined else {"linestyle": "none", "marker": "_", "markersize": 16}
        axes.plot(place, factor * theory + shift, color=SERIES[k], **line)
        low, high = factor * (theory - room) + shift, factor * (theory + room) + shift
        if room.any() and joined:
            axes.fill_between(place, low, high, color=SERIES[k], alpha=0.1 if several else 0.2, linewidth=0)
        elif room.any():
            axes.vlines(place, low, high, color=SERIES[k], alpha=0.2, linewidth=9)
        axes.errorbar(
            moved,
            factor * np.array([p.measured for p in points]) + shift,
            INTERVAL * np.abs(factor) * np.array([p.stderr for p in points]),
            color=SERIES[k], fmt=MARKERS[k], elinewidth=1, capsize=1.5, markeredgewidth=0, zorder=3,
            markersize=2.5 if len(points) > 40 else 4.0,
        )  # fmt: skip
        if crowded and 0 < k < len(curves.series) - 1:
            continue
        for name in rivals:
            own = curves.style(name)
            values = factor * np.array([p.rivals.get(name, math.nan) for p in points]) + shift
            colour = SERIES[k] if several else MUTED
            if joined:
                axes.plot(place, values, color=colour, linestyle=DASHES[own], linewidth=0.9)
            else:
                aside = [curves.rival_place(point) for point in points]
                axes.plot(aside, values, color=colour, linestyle="none", marker=CROSSES[own], markersize=5)


def beside(curves: Curves, k: int, place: Any) -> Any:
    """Places of the markers of one of several curves, a little beside those of the others."""
    width = 0.03 * math.log(max(_ratio(curves), 1.2)) / math.log(4)
    return place * (1 + width * (k - (len(curves.series) - 1) / 2))


def _ratio(curves: Curves) -> float:
    places = [curves.place(point) for point in curves.points]
    return max(places) / min(places) if min(places) > 0 else 4.0


def _paths(curves: Curves) -> list[list[float]]:
    """Values of every rival that is drawn."""
    return [[p.rivals[name] for p in curves.points if name in p.rivals] for name in curves.rivals]


def _limits(
    values: Sequence[float], errors: Sequence[float], paths: Sequence[Sequence[float]], log: bool
) -> tuple[float, float]:
    """Limits from theory and measurement; rivals stretch them by at most two thirds."""

    def height(value: float) -> float:
        return math.log(value) if log else value

    low, high = height(min(values)), height(max(values))
    error = max(errors, default=0.0)
    room = max(min(error / min(values), 2.0) / 2 if log else error, 0.07 * (high - low))
    room = room or (0.01 if log else 0.05 * abs(high) or 1.0)
    low, high = low - room, high + room
    span = (high - low) / 3
    heights = [height(v) for path in paths for v in path if math.isfinite(v) and (v > 0 or not log)]
    low = min([low, *(h - room / 2 for h in heights if h > low - span)])
    high = max([high, *(h + room / 2 for h in heights if h < high + span)])
    return (math.exp(low), math.exp(high)) if log else (low, high)


def _visible(curves: Curves, rival: str, limits: tuple[float, float]) -> bool:
    own = [point.rivals.get(rival, math.nan) for point in curves.points if not coincides(point, rival)]
    return any(limits[0] <= value <= limits[1] for value in own)


def _residual_limit(curves: Curves, log: bool) -> tuple[float, list[str]]:
    """Half the height of the residual panel, and the rivals that fit into it."""
    scaled = [(p, *_residual(p, log)) for p in curves.points if p.predicted is not None]
    own = [abs(f * p.measured + s) + INTERVAL * abs(f) * p.stderr for p, f, s in scaled]
    own += [abs(f) * p.allowance for p, f, _ in scaled]
    limit = max((v for v in own if math.isfinite(v)), default=0.0)
    away = {
        name: [abs(f * p.rivals.get(name, math.nan) + s) for p, f, s in scaled if not coincides(p, name)]
        for name in curves.rivals
    }
    away = {name: found for name, found in away.items() if found}
    furthest = [max(found) for found in away.values()]
    near = [d for d in furthest if d <= 4 * limit] or [
        d for d in [min(furthest, default=0.0)] if log and d <= min(6 * limit, HUGGING)
    ]
    limit = 1.15 * max([limit, *near]) or 1.0
    return limit, [name for name, found in away.items() if float(np.median(found)) <= limit]


def x_axis(axes: Axes, curves: Curves, labelled: bool) -> None:
    """Coordinate or, for listed points, the coordinates of each below the other."""
    names, places = list(curves.points[0].at), [curves.place(point) for point in curves.points]
    if curves.listed:
        axes.set_xlim(min(places) - 0.6, max(places) + 0.6)
        ticks(axes.xaxis, *axes.get_xlim(), False, wanted=places)
    else:
        span_x(axes, places)
    if not labelled:
        axes.tick_params(labelbottom=False)
    elif curves.x:
        axes.set_xlabel(words(curves.x), labelpad=1)
    elif names and len(places) <= LISTED:
        axes.set_xticks(places, ["\n".join(f"{p.at[name]:.6g}" for name in names) for p in curves.points])
        axes.set_xlabel(", below: ".join(words(name) for name in names), labelpad=1)
    else:
        axes.set_xlabel("point", labelpad=1)


def span_x(axes: Axes, places: Sequence[float]) -> None:
    """Range and ticks of a coordinate, logarithmic from a factor 4 on."""
    low, high = min(places), max(places)
    log = low > 0 and high >= 4 * low
    if log:
        axes.set_xscale("log")
        axes.set_xlim(low * (high / low) ** -0.05, high * (high / low) ** 0.05)
    else:
        room = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
        axes.set_xlim(low - room, high + room)
    ticks(axes.xaxis, *axes.get_xlim(), log, wanted=_labelled(places, log))


def _labelled(places: Sequence[float], log: bool) -> list[float] | None:
    """The places themselves as ticks, where they are few, have short names and stand apart; else None."""
    own = sorted(set(places))
    if len(own) == 1:
        return own
    names = [f"{place:.6g}" for place in own]
    if len(own) > FEW or max(map(len, names)) > 5 or not all(place == 0 or 1e-3 <= abs(place) < 1e5 for place in own):
        return None
    heights = [math.log(place) if log else place for place in own]
    nearest = min(b - a for a, b in pairwise(heights)) / (heights[-1] - heights[0])
    return own if nearest > 0.03 + 0.022 * max(map(len, names)) else None


def legend_entries(curves: Curves, hidden: set[str], lines: bool = True) -> list[Entry]:
    """Handle and label of every curve and rival; rivals out of sight say so. ``lines``: theory is drawn as lines."""
    style: Any = "-" if lines and curves.known and not curves.listed else "none"
    alone = len(curves.series) == 1
    what = "theory, measured (95 %)" if curves.known else "measured (95 %)"
    what = "measured (95 %); bars: theory" if curves.listed and curves.known else what
    entries = [
        (
            Line2D([], [], color=SERIES[k], marker=MARKERS[k], linestyle=style, markeredgewidth=0),
            words(label) if label and not alone else what,
        )
        for k, label in enumerate(curves.series)
    ]
    return [(handle, _on_lines(label)) for handle, label in entries] + rival_entries(curves, hidden)


def rival_entries(curves: Curves, hidden: set[str]) -> list[Entry]:
    """Handle and label of every rival; those out of sight say so."""
    colour, entries = MUTED if len(curves.series) == 1 else TEXT, []
    for name in curves.rivals:
        label = _on_lines(f"rival: {name}" + (" (off the scale)" if name in hidden else ""))
        entries.append((Line2D([], [], color=colour, **rival_look(curves, name)), label))
    return entries


def rival_look(curves: Curves, name: str) -> dict[str, Any]:
    """Dash of a rival or, where no line joins the points, its marker."""
    k = curves.style(name)
    if curves.listed:
        return {"marker": CROSSES[k], "linestyle": "none", "markersize": 5}
    return {"linestyle": DASHES[k], "linewidth": 0.9}


def _on_lines(label: str) -> str:
    return "\n".join(textwrap.wrap(re.sub(" = ", "\u00a0=\u00a0", label), 48))


def with_legend(
    draw: Callable[[Axes], None], entries: Sequence[Entry], columns: int, gap: float
) -> Callable[[Axes], None]:
    """The same drawing with a legend, ``gap`` inches below its axes."""

    def drawn(axes: Axes) -> None:
        draw(axes)
        y = -gap / (axes.get_position().height * axes.figure.get_figheight())  # type: ignore[union-attr]
        axes.legend(
            [line for line, _ in entries], [label for _, label in entries], loc="upper left",
            bbox_to_anchor=(-0.02, y), frameon=False, borderaxespad=0, borderpad=0, labelspacing=0.25,
            handlelength=2.6, ncols=columns, columnspacing=1.5,
        )  # fmt: skip

    return drawn
