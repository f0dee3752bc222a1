"""Residuals of single points in units of the claim's margin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from compare.bound import AtLeast
from compare.curve import Curve
from compare.difference import Difference
from compare.figure_curves import below, beside, legend_entries, rival_entries, rival_look, x_axis
from compare.figure_points import Curves
from compare.figure_style import BAND, INTERVAL, MARKERS, MUTED, SERIES, SMALL, TEXT, Panel, ticks
from compare.formatting import number
from compare.quantity import Exponent, Level, Mean, Quantity, Together, Value, margin_of
from compare.verdict import Point, Verdict

CRUSHING = 40.0
"""Margins: points beyond are arrows at the edge, or nobody would see the band."""
NAMED = 8
"""Places at which arrows have room for their values."""


@dataclass(frozen=True)
class Allowed:
    """How far a point may lie from the theory: a relative or absolute width, or a slope that turns about the middle."""

    width: float
    kind: str
    """``relative``, ``absolute`` or ``slope``."""


def leaves(quantity: Quantity | None, prefix: str = "") -> list[tuple[str, Quantity]]:
    """Quantities that a claim is made of, each with what its parts' names begin with."""
    if isinstance(quantity, Together):
        return [leaf for label, one in quantity.quantities.items() for leaf in leaves(one, f"{label}: ")]
    if isinstance(quantity, AtLeast):
        return leaves(quantity.quantity, prefix)
    if isinstance(quantity, Difference):
        return [*leaves(quantity.first, "difference"), *leaves(quantity.second, "difference")]
    return [(prefix, quantity)] if quantity is not None else []


def allowed(verdict: Verdict, curves: Curves) -> Allowed | None:
    """What the margin of a claim means for the points of one column; None where it speaks of something else."""
    margin = verdict.claim.margin
    for prefix, quantity in leaves(verdict.claim.quantity):
        if not any(view.column == curves.column for view in quantity.views) or getattr(quantity, "logged", False):
            continue
        name = prefix if prefix == "difference" else prefix + quantity.names[0]
        if isinstance(quantity, Exponent):
            return Allowed(margin_of(margin, name), "slope")
        if isinstance(quantity, Level | Value | Curve) and prefix != "difference":
            return Allowed(margin_of(margin, name), "relative")
        if isinstance(quantity, Mean):
            return Allowed(margin_of(margin, name), "absolute")
    return None


@dataclass(frozen=True)
class Residual:
    """A point of one of the curves: its place, and how far theory and measurement are apart, in margins."""

    series: int
    place: float
    gap: float
    half: float
    """Half the 95 % interval."""
    room: float
    """The theory's remainder."""


def margin_panel(verdict: Verdict, curves: Curves) -> list[Panel]:
    """Measured minus predicted at every point, in margins; a tilt by one margin where the margin is of a slope."""
    shown = residuals(verdict, curves)
    if not shown:
        return []
    found = allowed(verdict, curves)
    tilted = found is not None and found.kind == "slope"
    limit = reach_of(shown)
    paths = _paths(verdict, curves)
    hidden = {name for name in curves.rivals if not _seen(paths.get(name, []), limit, curves.listed)}
    entries = rival_entries(curves, hidden)
    if len(curves.series) > 1:
        entries = legend_entries(curves, hidden, lines=False)

    def draw(axes: Axes) -> None:
        axes.set_title("measured − predicted, in margins" + ("; shaded: a tilt by one" if tilted else ""))
        x_axis(axes, curves, labelled=True)
        axes.set_ylim(-limit, limit)
        ticks(axes.yaxis, -limit, limit, False)
        _band(axes, curves, sorted({one.place for one in shown}), tilted)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
        for k in dict.fromkeys(one.series for one in shown):
            own = [
                (one.place, one.gap, one.half, one.room) for one in shown if one.series == k and abs(one.gap) <= limit
            ]
            if own:
                x, gap, half, room = np.array(own).T
                x = beside(curves, k, x) if len(curves.series) > 1 else x
                axes.vlines(x, gap - half - room, gap + half + room, color=SERIES[k], linewidth=0.5)
                axes.errorbar(
                    x, gap, half, color=SERIES[k], fmt=MARKERS[k], elinewidth=1.2, capsize=0, markeredgewidth=0
                )
        _arrows(axes, curves, [one for one in shown if abs(one.gap) > limit], limit)
        _rivals(axes, curves, {name: path for name, path in paths.items() if name not in hidden})

    return [(1.5, *below(curves, entries, draw))]


def residuals(verdict: Verdict, curves: Curves) -> list[Residual]:
    """The points that theory says something finite of, in margins; none where the margin speaks of something else."""
    found, unit = _unit(verdict, curves)
    if found is None or not unit > 0:
        return []
    return [
        Residual(k, curves.place(point), *row)
        for k, points in enumerate(curves.series.values())
        for point in points
        if (row := _in_margins(point, found, unit)) is not None
    ]


def reach_of(shown: Sequence[Residual]) -> float:
    """Half the height: every point with its interval fits, but for those that would crush the band."""
    ends = [abs(one.gap) + one.half + one.room for one in shown]
    ends += [abs(one.gap) for one in shown]
    return 1.15 * max([1.3, *(end for end in ends if end <= CRUSHING)])


def _unit(verdict: Verdict, curves: Curves) -> tuple[Allowed | None, float]:
    """What the margin means and one margin at a point, in shares of the prediction unless it is absolute."""
    found = allowed(verdict, curves) if curves.known else None
    if found is None or (found.kind == "slope" and curves.listed):
        return None, 0.0
    return found, found.width * (_half_range(curves) if found.kind == "slope" else 1.0)


def _band(axes: Axes, curves: Curves, places: Sequence[float], tilted: bool) -> None:
    """Within one margin: a strip, or what a slope that is off by one margin leaves free."""
    if not tilted:
        axes.axhspan(-1, 1, color=BAND, alpha=0.15, linewidth=0)
        for edge in (-1, 1):
            axes.axhline(edge, color=BAND, linewidth=0.7)
        return
    edges = _tilt(curves, np.array(places))
    for sign in (-1, 1):
        axes.plot(places, sign * edges, color=BAND, linewidth=0.7)
    axes.fill_between(places, -edges, edges, color=BAND, alpha=0.15, linewidth=0)


def _arrows(axes: Axes, curves: Curves, beyond: Sequence[Residual], limit: float) -> None:
    """Points beyond the edge, each an arrow with its value; of many places only some have the value."""
    places = sorted({one.place for one in beyond})
    named = set(places[:: -(-len(places) // NAMED) or 1])
    written: dict[tuple[float, bool], int] = {}
    for one in beyond:
        up = one.gap > 0
        x = float(beside(curves, one.series, one.place)) if len(curves.series) > 1 else one.place
        axes.plot([x], [limit if up else -limit], marker="^" if up else "v", color=SERIES[one.series],
                  markersize=5, markeredgewidth=0, linestyle="none", clip_on=False, zorder=4)  # fmt: skip
        if one.place in named:
            above = written.get((one.place, up), 0)
            written[one.place, up] = above + 1
            step = 6 + 11 * above
            axes.annotate(
                number(one.gap, digits=2), (one.place, limit if up else -limit), xytext=(0, -step if up else step),
                textcoords="offset points", ha="center", va="top" if up else "bottom", fontsize=SMALL,
                color=SERIES[one.series] if len(curves.series) > 1 else TEXT,
            )  # fmt: skip


def _away(point: Point, value: float, found: Allowed, unit: float) -> tuple[float, float]:
    """How far a value at a point is from the theory, in margins, and one margin in units of the column there.

    A relative margin is judged on logarithms, and so it is shown.
    """
    predicted = point.predicted or 0.0
    if found.kind == "absolute":
        return (value - predicted) / unit, unit
    if min(value, predicted) > 0:
        return math.log(value / predicted) / unit, unit * value
    return (value - predicted) / (unit * abs(predicted)), unit * abs(predicted)


def _told(point: Point, found: Allowed) -> bool:
    """Whether theory says something of a point that residuals can be taken of."""
    predicted = point.predicted
    return predicted is not None and math.isfinite(predicted) and (found.kind == "absolute" or predicted != 0)


def _in_margins(point: Point, found: Allowed, unit: float) -> tuple[float, float, float] | None:
    """Gap, half the 95 % interval and allowance of a point in margins; None where theory says nothing finite."""
    if not _told(point, found) or not math.isfinite(point.measured) or not math.isfinite(point.stderr):
        return None
    gap, scale = _away(point, point.measured, found, unit)
    _, allowance = _away(point, point.predicted or 0.0, found, unit)
    return gap, INTERVAL * point.stderr / scale, point.allowance / allowance


def _paths(verdict: Verdict, curves: Curves) -> dict[str, list[tuple[int, Point, float]]]:
    """Where every rival lies, in margins: number of the curve, point, distance from the theory."""
    found, unit = _unit(verdict, curves)
    paths: dict[str, list[tuple[int, Point, float]]] = {}
    for name in curves.rivals if found is not None else []:
        for k, points in enumerate(curves.series.values()):
            for point in points:
                value = point.rivals.get(name, math.nan)
                if found is not None and _told(point, found) and math.isfinite(value):
                    paths.setdefault(name, []).append((k, point, _away(point, value, found, unit)[0]))
    return paths


def _seen(path: Sequence[tuple[int, Point, float]], limit: float, listed: bool) -> bool:
    """Whether a rival comes into the picture; a lone marker on the theory itself does not count."""
    return any(abs(away) <= limit for _, _, away in path if abs(away) > 1e-9 or not listed)


def _rivals(axes: Axes, curves: Curves, paths: Mapping[str, Sequence[tuple[int, Point, float]]]) -> None:
    """Rivals in the looks that they have in the other figures."""
    for name, path in paths.items():
        for k in dict.fromkeys(k for k, _, _ in path):
            own = [(curves.rival_place(point), away) for series, point, away in path if series == k]
            x, away = np.array(own).T
            colour = SERIES[k] if len(curves.series) > 1 else MUTED
            axes.plot(x, away, color=colour, **rival_look(curves, name))


def _middle(curves: Curves) -> tuple[float, float]:
    logs = [math.log(curves.place(point)) for point in curves.points if curves.place(point) > 0]
    return (sum(logs) / len(logs), max(logs) - min(logs)) if logs else (0.0, 0.0)


def _half_range(curves: Curves) -> float:
    """What a slope of 1 does between the middle of the coordinate's logarithm and its ends."""
    return _middle(curves)[1] / 2


def _tilt(curves: Curves, places: Any) -> Any:
    """A line through the middle that ends one margin away."""
    middle, span = _middle(curves)
    return (np.log(places) - middle) / (span / 2)
