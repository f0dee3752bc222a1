"""Residuals of single points in units of the claim's margin, and local exponents between neighbouring points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from compare.bound import AtLeast
from compare.curve import Curve
from compare.difference import Difference
from compare.figure_curves import span_x, x_axis
from compare.figure_points import Curves
from compare.figure_style import BAND, DASHES, INTERVAL, MARKERS, MUTED, SERIES, Panel, ticks
from compare.formatting import words
from compare.quantity import Exponent, Level, Mean, Quantity, Together, Value, margin_of
from compare.verdict import Point, Verdict

FAR = 6.0
"""Margins: rivals beyond stay out of the picture."""


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


def margin_panel(verdict: Verdict, curves: Curves) -> list[Panel]:
    """Measured minus predicted at every point, in margins; a tilt by one margin where the margin is of a slope."""
    found = allowed(verdict, curves) if curves.known else None
    if found is None or not curves.series or (found.kind == "slope" and curves.listed):
        return []
    unit = found.width * (_half_range(curves) if found.kind == "slope" else 1.0)
    rows = [(k, p, _in_margins(p, found, unit)) for k, points in enumerate(curves.series.values()) for p in points]
    shown = [(k, p, row) for k, p, row in rows if row is not None]
    if not shown or not unit > 0:
        return []
    limit = 1.15 * min(FAR, max([1.3, *(abs(gap) + half for _, _, (gap, half, _) in shown)]))

    def draw(axes: Axes) -> None:
        tilted = found.kind == "slope"
        axes.set_title("measured − predicted, in margins" + ("; dots: a tilt by one" if tilted else ""))
        places = np.array(sorted({curves.place(point) for _, point, _ in shown}))
        edge = _tilt(curves, places) if tilted else np.ones_like(places)
        for sign in (1, -1):
            axes.plot(places, sign * edge, color=MUTED, linestyle=DASHES[1], linewidth=0.9)
        if len(places) > 1:
            axes.fill_between(places, -edge, edge, color=BAND, alpha=0.15, linewidth=0)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
        for k in dict.fromkeys(k for k, _, _ in shown):
            own = [(curves.place(point), *row) for series, point, row in shown if series == k]
            x, gap, half, room = np.array(own).T
            axes.vlines(x, gap - half - room, gap + half + room, color=SERIES[k], linewidth=0.5)
            axes.errorbar(x, gap, half, color=SERIES[k], fmt=MARKERS[k], elinewidth=1.2, capsize=0, markeredgewidth=0)
        _rivals(axes, curves, found, unit)
        axes.set_ylim(-limit, limit)
        ticks(axes.yaxis, -limit, limit, False)
        x_axis(axes, curves, labelled=True)

    return [(1.5, 0.5 + (0.16 * (len(curves.points[0].at) - 1) if curves.listed else 0.0), draw)]


def _in_margins(point: Point, found: Allowed, unit: float) -> tuple[float, float, float] | None:
    """Gap, half the 95 % interval and allowance of a point in margins; None where theory says nothing finite."""
    if point.predicted is None or not math.isfinite(point.measured) or not math.isfinite(point.stderr):
        return None
    scale = unit if found.kind == "absolute" else unit * abs(point.predicted)
    if not scale > 0:
        return None
    gap = (point.measured - point.predicted) / scale
    return gap, INTERVAL * point.stderr / scale, point.allowance / scale


def _rivals(axes: Axes, curves: Curves, found: Allowed, unit: float) -> None:
    """Rivals that come near enough to be seen, dashed, or as short strokes where no line joins the points."""
    for number, name in enumerate(curves.rivals):
        for k, points in enumerate(curves.series.values()):
            scale = [unit if found.kind == "absolute" else unit * abs(p.predicted or 0.0) for p in points]
            own = [
                (curves.place(p), (p.rivals[name] - p.predicted) / width)
                for p, width in zip(points, scale, strict=True)
                if p.predicted is not None and width > 0 and name in p.rivals
            ]
            if own and min(abs(away) for _, away in own) < FAR:
                x, away = np.array(own).T
                colour = SERIES[k] if len(curves.series) > 1 else MUTED
                joined: dict[str, Any] = (
                    {"linestyle": DASHES[number]} if not curves.listed else {"linestyle": "none", "marker": "x"}
                )
                axes.plot(x, away, color=colour, linewidth=0.9, **joined)  # fmt: skip


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


def slope_panel(verdict: Verdict, curves: Curves) -> list[Panel]:
    """Local exponents −Δ log μ/Δ log x of neighbouring points, with the asymptote of a law of one exponent."""
    slopes = (
        [(k, _local(curves, points)) for k, points in enumerate(curves.series.values()) if len(points) > 2]
        if not curves.listed and _of_exponent(verdict, curves)
        else []
    )
    slopes = [(k, rows) for k, rows in slopes if rows]
    if not slopes:
        return []
    limit_of = asymptotic_exponent(verdict)
    values = [
        v
        for _, rows in slopes
        for _, theory, measured, half in rows
        for v in (theory, measured - half, measured + half)
    ]
    values += [limit_of] if limit_of is not None else []
    low, high = min(values), max(values)
    room = 0.1 * (high - low) or 0.1

    def draw(axes: Axes) -> None:
        law = "" if limit_of is None else "; dashed: the law"
        axes.set_title(f"local exponent of {words(curves.column)}{law}")
        for k, rows in slopes:
            x, theory, measured, half = np.array(rows).T
            axes.plot(x, theory, color=SERIES[k])
            axes.errorbar(
                x, measured, half, color=SERIES[k], fmt=MARKERS[k], elinewidth=1, capsize=1.5, markeredgewidth=0
            )
        if limit_of is not None:
            axes.axhline(limit_of, color=MUTED, linestyle=DASHES[0], linewidth=0.9)
        axes.set_ylim(low - room, high + room)
        ticks(axes.yaxis, low - room, high + room, False)
        span_x(axes, [curves.place(point) for point in curves.points])
        axes.set_xlabel(words(curves.x or ""), labelpad=1)

    return [(1.6, 0.5, draw)]


def _of_exponent(verdict: Verdict, curves: Curves) -> bool:
    return any(
        isinstance(quantity, Exponent | Curve) and not quantity.logged
        and any(view.column == curves.column for view in quantity.views)
        for _, quantity in leaves(verdict.claim.quantity)
    )  # fmt: skip


def asymptotic_exponent(verdict: Verdict) -> float | None:
    """The exponent that a symbolic law states, where the claim judges one exponent and its law has one value."""
    if verdict.law is None or not isinstance(verdict.claim.quantity, Exponent) or "," in verdict.law.law:
        return None
    value = float(verdict.law.law)
    return value if math.isfinite(value) else None


def _local(curves: Curves, points: Sequence[Point]) -> list[tuple[float, float, float, float]]:
    """Place, exponent predicted and measured, half its 95 % interval, neighbours taken as independent."""
    rows = []
    for a, b in pairwise(points):
        xa, xb = curves.place(a), curves.place(b)
        known = [v for p in (a, b) for v in (p.predicted, p.measured)]
        if min(xa, xb) <= 0 or xa == xb or any(v is None or not v > 0 or not math.isfinite(v) for v in known):
            continue
        step = math.log(xb / xa)
        assert a.predicted is not None
        assert b.predicted is not None
        half = INTERVAL * math.hypot(a.stderr / a.measured, b.stderr / b.measured) / step
        row = (
            math.sqrt(xa * xb),
            -math.log(b.predicted / a.predicted) / step,
            -math.log(b.measured / a.measured) / step,
            half,
        )
        rows.append(row)  # fmt: skip
    return rows if all(math.isfinite(value) for row in rows for value in row) else []
