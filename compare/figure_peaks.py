"""Peaks and optima in a figure: where theory puts them, and how far a peak stands above the other points."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from compare.extrema import Frontier, Optimum, Peak
from compare.figure_curves import span_x, with_legend
from compare.figure_points import Curves
from compare.figure_style import INTERVAL, MARKERS, SERIES, TEXT, Panel, ticks
from compare.formatting import words
from compare.quantity import Location, margin_of
from compare.verdict import PartVerdict, Verdict

CONTEST = re.compile(r"above (\w+)=([^ \[]+)(?: \[([^\]]+)\])?")
"""Name of a part that sets the predicted peak against one other point: variable, place, group."""


def peak_marks(verdict: Verdict, axes: Axes, curves: Curves) -> None:
    """Predicted places of peaks and optima, with their margin as a band."""
    quantity = verdict.claim.quantity
    if isinstance(quantity, Peak) and curves.x == quantity.location:
        _stand(verdict, axes, curves.series)
    elif isinstance(quantity, Optimum) and not isinstance(quantity, Frontier) and curves.x == quantity.variable:
        parts = {part.name: part for part in verdict.parts}
        for k, key in enumerate(curves.series):
            place, level = parts.get(f"location [{key}]"), parts.get(f"level [{key}]")
            if place is None or not math.isfinite(place.predicted):
                continue
            at, width = math.exp(place.predicted), math.exp(place.margin)
            _place(axes, SERIES[k], at, at / width, at * width)
            if level is not None and math.isfinite(level.predicted):
                height = level.predicted if quantity.logged else math.exp(level.predicted)
                axes.plot([at], [height], marker="*", markersize=9, color=SERIES[k], markerfacecolor="none")


def _stand(verdict: Verdict, axes: Axes, series: Mapping[str, object]) -> None:
    width = margin_of(verdict.claim.margin, "peak")
    for place in verdict.locations:
        colour = _colour(place, series)
        if colour is not None:
            _place(axes, colour, place.predicted, place.predicted - width, place.predicted + width)


def _colour(place: Location, series: Mapping[str, object]) -> str | None:
    """Colour of the curve that a peak belongs to, where that curve is drawn."""
    if len(series) == 1:
        return SERIES[0]
    return SERIES[list(series).index(place.label)] if place.label in series else None


def _place(axes: Axes, colour: str, at: float, low: float, high: float) -> None:
    axes.axvline(at, color=colour, linewidth=0.8, zorder=1)
    axes.axvspan(low, high, color=colour, alpha=0.13, linewidth=0)


def own_heights(verdict: Verdict) -> bool:
    """Whether a peak is sought in heights of its own, which no column shows."""
    quantity = verdict.claim.quantity
    return isinstance(quantity, Peak) and type(quantity).heights is not Peak.heights


def contests(verdict: Verdict) -> dict[str, list[tuple[float, PartVerdict]]]:
    """Parts that set a predicted peak against another point, by group: the other place and the part."""
    found: dict[str, list[tuple[float, PartVerdict]]] = {}
    for part in verdict.parts:
        match = CONTEST.fullmatch(part.name)
        if match and math.isfinite(part.gap):
            found.setdefault(match[3] or "", []).append((float(match[2]), part))
    return {label: sorted(rows, key=lambda row: row[0]) for label, rows in found.items()}


def contest_panel(verdict: Verdict) -> list[Panel]:
    """Height of the predicted peak above every other point; an interval above zero decides."""
    groups, quantity = contests(verdict), verdict.claim.quantity
    if not groups or not isinstance(quantity, Peak):
        return []
    shown = dict(list(groups.items())[: len(SERIES)])
    places = [at for rows in shown.values() for at, _ in rows]
    tops = [part.gap + INTERVAL * (part.stderr or 0.0) for rows in shown.values() for _, part in rows]
    bottoms = [part.gap - INTERVAL * (part.stderr or 0.0) for rows in shown.values() for _, part in rows]
    high, low = max(*tops, 0.0), min(*bottoms, 0.0)
    room = 0.06 * (high - low) or 1.0
    alone = len(shown) == 1

    def draw(axes: Axes) -> None:
        axes.set_title("height of the predicted peak above each other point")
        _stand(verdict, axes, shown)
        axes.axhline(0, color=TEXT, linewidth=0.8)
        for k, rows in enumerate(shown.values()):
            axes.errorbar(
                [at for at, _ in rows], [part.gap for _, part in rows], [INTERVAL * part.stderr for _, part in rows],
                color=SERIES[k], fmt=MARKERS[k], elinewidth=1, capsize=1.5, markeredgewidth=0,
            )  # fmt: skip
        axes.set_ylim(low - room, high + room)
        ticks(axes.yaxis, *axes.get_ylim(), False)
        span_x(axes, places)
        axes.set_xlabel(words(quantity.location), labelpad=1)

    handles = [
        (
            Line2D([], [], color=SERIES[k], marker=MARKERS[k], linestyle="none", markeredgewidth=0),
            "above 0 the peak is higher (95 %)" if alone else words(label),
        )
        for k, label in enumerate(shown)
    ]
    rows = len(handles) if alone else -(-len(handles) // 2)
    return [(1.6, 0.47 + 0.18 * rows + 0.05, with_legend(draw, handles, 1 if alone else 2, 0.44))]
