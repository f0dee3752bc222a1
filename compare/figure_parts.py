"""Parts against the margin, rivals by their distance, and the symbolic law against the finite-size theory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from compare.figure_style import BAND, DASHES, INTERVAL, MUTED, ROW, SERIES, SMALL, Panel, ticks, wrapped
from compare.formatting import number, words
from compare.rule import AGREE_LEVEL, level_share, one_signed, quantile
from compare.verdict import LawVerdict, PartVerdict, RivalVerdict, Verdict

LABELLED = 10
"""More parts than this are numbered in place of named."""
LOOKS = {"agrees": (SERIES[0], "o"), "disagrees": (SERIES[1], "X"), "inconclusive": (SERIES[4], "s")}
"""Colour and marker of a part by its outcome."""


def judged_errors(verdict: Verdict) -> float:
    """Standard errors t_A of the interval that must lie within the margin for a claim to agree, at its last look.

    A part that was decided at an earlier look kept to a stricter level still.
    """
    n_looks = verdict.claim.n_looks
    look = min(max(verdict.looks, 1), n_looks) - 1
    return quantile(AGREE_LEVEL * level_share(look, n_looks))


def part_panel(parts: Sequence[PartVerdict], title: str, errors: float) -> list[Panel]:
    """Gap of every part, in margins or, for strict parts, in standard errors: 95 % interval and what is judged.

    ``errors``: standard errors of the interval that is judged, to which the allowance is added; see `judged_errors`.
    """
    if not parts:
        return []
    strict, labelled = not parts[0].margin > 0, len(parts) <= LABELLED
    lines = max(len(wrapped(words(part.name))) for part in parts)
    unit = ROW + 0.15 * (lines - 1) if labelled else max(0.045, min(0.12, 3.0 / len(parts)))
    rows = _rows(parts, strict, errors)
    reach = [abs(end) for gap, _, judged in rows for end in (gap - judged, gap + judged) if math.isfinite(end)]
    if strict:
        high = min(80.0, max([8.0, *(1.1 * end for end in reach)]))
        low = -0.12 * high if all(gap >= 0 for gap, _, _ in rows) else -high
    else:
        high = 1.08 * max(1.4, min(5.0, max(reach, default=1.4)))
        low = -high

    def draw(axes: Axes) -> None:
        axes.set_title(title)
        axes.set_xlim(low, high)
        axes.set_ylim(unit * len(parts), 0)
        axes.spines["left"].set_visible(False)
        for k, (part, row) in enumerate(zip(parts, rows, strict=True)):
            if labelled:
                _draw_part(axes, part, row, unit * (k + 1) - 0.115, (low, high))
        if not labelled:
            _draw_many(axes, parts, rows, unit, (low, high))
        ticks(axes.xaxis, low, high, False)
        if labelled:
            axes.yaxis.set_major_locator(NullLocator())
            return
        shown = [k for k in range(len(parts)) if k == 0 or (k + 1) % max(5, len(parts) // 25 * 5) == 0]
        axes.yaxis.set_major_locator(FixedLocator([unit * (k + 0.5) for k in shown]))
        axes.set_yticklabels([str(k + 1) for k in shown])
        axes.set_ylabel("part", labelpad=2)

    return [(unit * len(parts), 0.3, draw)]


def _rows(parts: Sequence[PartVerdict], strict: bool, errors: float) -> list[tuple[float, float, float]]:
    """Gap, half the 95 % interval and half of what is judged of every part, in margins or in standard errors."""
    rows = []
    for part in parts:
        scale = (part.stderr or math.nan) if strict else part.margin
        gap = -float(one_signed(part.gap, part.side)) if strict and part.side != "two-sided" else part.gap
        rows.append((gap / scale, INTERVAL * part.stderr / scale, (errors * part.stderr + part.allowance) / scale))
    return rows


def _good(part: PartVerdict, limits: tuple[float, float]) -> tuple[float, float]:
    """Where the interval must lie."""
    low, high = limits
    if not part.margin > 0:
        return 0.0, high
    return {"lower": (-1.0, high), "upper": (low, 1.0)}.get(part.side, (-1.0, 1.0))


def _draw_part(
    axes: Axes, part: PartVerdict, row: tuple[float, float, float], y: float, limits: tuple[float, float]
) -> None:
    low, high = limits
    gap, half, judged = row
    start, end = _good(part, limits)
    axes.barh(y, end - start, height=0.15, left=start, color=BAND, alpha=0.2, linewidth=0)
    axes.text(low, y - 0.09, "\n".join(wrapped(words(part.name))), va="bottom", fontsize=SMALL, linespacing=1.05)
    if not math.isfinite(gap):
        axes.text(0, y, "not finite", va="center", ha="center", fontsize=SMALL)
        return
    colour, marker = LOOKS.get(part.outcome, LOOKS["inconclusive"])
    ends = np.clip([gap - judged, gap + judged], low, high)
    axes.plot(ends, [y, y], color=colour, linewidth=0.9, marker="|", markersize=4)
    ends = np.clip([gap - half, gap + half], low, high)
    axes.plot(ends, [y, y], color=colour, linewidth=2.8, solid_capstyle="butt")
    _mark(axes, gap, y, limits, colour, marker)


def _draw_many(
    axes: Axes,
    parts: Sequence[PartVerdict],
    rows: Sequence[tuple[float, float, float]],
    unit: float,
    limits: tuple[float, float],
) -> None:
    """Thin rows without names, numbered as in the table of parts."""
    places = unit * (np.arange(len(parts)) + 0.5)
    goods = {_good(part, limits) for part in parts}
    for start, end in sorted(goods):
        axes.axvspan(start, end, color=BAND, alpha=0.2, linewidth=0)
    for outcome, (colour, marker) in LOOKS.items():
        chosen = [k for k, p in enumerate(parts) if p.outcome == outcome and math.isfinite(rows[k][0])]
        if not chosen:
            continue
        gap, half, judged = np.array([rows[k] for k in chosen]).T
        for width, line in ((judged, 0.6), (half, 1.6)):
            ends = np.stack([np.clip(gap - width, *limits), np.clip(gap + width, *limits)])
            axes.plot(*_broken(ends, places[chosen]), color=colour, linewidth=line, solid_capstyle="butt")
        axes.plot(np.clip(gap, *limits), places[chosen], color=colour, linestyle="none", marker=marker,
                  markersize=3, markeredgewidth=0, zorder=4)  # fmt: skip


def _broken(ends: Any, places: Any) -> tuple[Any, Any]:
    """Many horizontal strokes as one line with gaps."""
    gaps = np.full(len(places), np.nan)
    return np.stack([*ends, gaps]).T.ravel(), np.stack([places, places, gaps]).T.ravel()


def _mark(axes: Axes, x: float, y: float, limits: tuple[float, float], colour: str, marker: str) -> None:
    """Marker, or an arrow at the edge with the value where it lies outside."""
    low, high = limits
    if low <= x <= high:
        axes.plot([x], [y], marker=marker, color=colour, markersize=5, markeredgewidth=0, zorder=4)
        return
    edge, arrow, align, step = (high, ">", "right", -8) if x > high else (low, "<", "left", 8)
    axes.plot([edge], [y], marker=arrow, color=colour, markersize=5, markeredgewidth=0, clip_on=False, zorder=4)
    axes.annotate(
        number(x, digits=2), (edge, y), xytext=(step, 0), textcoords="offset points",
        ha=align, va="center", fontsize=SMALL,
    )  # fmt: skip


def rival_panel(rivals: Sequence[RivalVerdict]) -> list[Panel]:
    """Distance of every rival from the theory, in margins: a bar each, on a logarithmic scale."""
    if not rivals:
        return []
    finite = [rival.distance for rival in rivals if 0 < rival.distance < math.inf]
    low, high = min([0.5, *finite]) / 1.2, 1.2 * max([6.0, *finite])
    low = max(low, 1e-3 * high)

    def draw(axes: Axes) -> None:
        axes.set_title("rivals: distance from the theory, in margins")
        axes.set(xscale="log", xlim=(low, high), ylim=(ROW * len(rivals), 0))
        axes.spines["left"].set_visible(False)
        axes.axvspan(low, min(1.0, high), color=BAND, alpha=0.12, linewidth=0)
        for k, rival in enumerate(rivals):
            y, rejected = ROW * (k + 1) - 0.09, rival.outcome == "disagrees"
            value = "not known" if math.isnan(rival.distance) else number(rival.distance, digits=2)
            axes.text(low, y - 0.06, wrapped(rival.name, 46, 1)[0], va="bottom", fontsize=SMALL)
            value += "" if rejected else ", not rejected"
            axes.text(high, y - 0.06, value, va="bottom", ha="right", fontsize=SMALL)
            if math.isnan(rival.distance):
                continue
            end = min(max(rival.distance, low), high)
            axes.barh(y, end - low, height=0.075, left=low, color=MUTED if rejected else SERIES[1], linewidth=0)
        ticks(axes.xaxis, low, high, True)
        axes.yaxis.set_major_locator(NullLocator())

    return [(ROW * len(rivals), 0.3, draw)]


def law_panel(law: LawVerdict | None, alone: bool) -> list[Panel]:
    """Deviation of the finite-size theory from the symbolic law at growing sizes, and its bound."""
    if law is None:
        return []
    pairs = zip(law.sizes, law.deviations, strict=False)
    points = sorted((size, d) for size, d in pairs if d > 0 and size > 0 and math.isfinite(d))
    if not points:
        return []

    def draw(axes: Axes) -> None:
        sizes, deviations = np.array(points).T
        axes.set_title("|finite-size theory − law|")
        axes.set(xscale="log", yscale="log")
        axes.plot(sizes, deviations, color=SERIES[0], marker="o", markeredgewidth=0)
        values = [*deviations, law.bound] if law.bound > 0 else list(deviations)
        if law.bound > 0:
            axes.axhline(law.bound, color=SERIES[1], linestyle=DASHES[0], linewidth=0.9)
            axes.annotate("bound", (1, law.bound), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                          xytext=(0, 1), textcoords="offset points", fontsize=SMALL)  # fmt: skip
        low, high = min(values), max(values)
        stretch = max((high / low) ** 0.12, 1.5)
        axes.set_ylim(low / stretch, high * stretch)
        ticks(axes.yaxis, low / stretch, high * stretch, True)
        reach = max((sizes[-1] / sizes[0]) ** 0.05, 1.05)
        axes.set_xlim(sizes[0] / reach, sizes[-1] * reach)
        ticks(axes.xaxis, sizes[0] / reach, sizes[-1] * reach, True, wanted=sizes if len(sizes) <= 5 else None)
        axes.set_xlabel("size", labelpad=1)

    return [(2.0 if alone else 1.4, 0.47, draw)]
