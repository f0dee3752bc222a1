"""Local exponents between neighbouring points, with the asymptote of a law of one exponent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from compare.curve import Curve
from compare.figure_curves import span_x
from compare.figure_points import Curves
from compare.figure_style import DASHES, INTERVAL, MARKERS, MUTED, SERIES, Panel, ticks
from compare.formatting import words
from compare.quantity import Exponent
from compare.site.residuals import leaves
from compare.verdict import Point, Verdict


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
