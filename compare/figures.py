"""The figure of a claim, as inline SVG: curves and points, their residuals, parts against the margin.

Colours are CSS variables with defaults (``--series-1`` to ``-6``, ``--muted``, ``--rule``, ``--band``)
and ``currentColor``, so that one picture serves light and dark pages. The same verdict gives the same text.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import textwrap
import warnings
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from compare.extrema import Optimum
from compare.formatting import CONTEST, MINUS, number, peak_location, plural
from compare.quantity import Contrasts, Quantity, Together, margin_of
from compare.rule import N_BLOCKS, one_signed
from compare.verdict import LawVerdict, PartVerdict, Point, Verdict

INTERVAL = 2.13
"""Standard errors of a 95 % interval at 15 degrees of freedom (16 blocks)."""
assert N_BLOCKS == 16
WIDTH, LEFT, RIGHT = 4.5, 0.66, 0.12
"""Inches; the picture is scaled to the page, so this sets the size of the letters at 360 px."""
MAX_SERIES, MAX_PANELS, MAX_RIVALS, LABELLED = 6, 3, 5, 10
TEXT, RULE, MUTED, BAND = "#010203", "#020304", "#030405", "#040506"
SERIES = tuple(f"#0a0a0{k}" for k in range(1, MAX_SERIES + 1))
COLOURS = {TEXT: "currentColor", RULE: "var(--rule,#9994)", MUTED: "var(--muted,#808080)"} | {
    placeholder: f"var(--series-{k},{default})"
    for k, (placeholder, default) in enumerate(
        zip(SERIES, ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9"), strict=True), start=1
    )
}
COLOURS[BAND] = "var(--band,#009e73)"
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ((0, (4, 2)), (0, (1.2, 1.5)), (0, (6, 1.5, 1.2, 1.5)), (0, (2, 2)), (0, (8, 3)))
SMALL = 9.4
"""Points: ticks, legends and names of parts."""
ROW = 0.36
"""Inches for one named part or rival."""
STYLE: dict[str, Any] = {
    "svg.fonttype": "none", "text.parse_math": False, "font.size": 9.8, "axes.unicode_minus": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "text.color": TEXT, "axes.labelcolor": TEXT,
    "xtick.color": TEXT, "ytick.color": TEXT, "axes.edgecolor": MUTED, "axes.linewidth": 0.6,
    "axes.titlesize": 9.8, "axes.titlelocation": "left", "axes.titlepad": 5.0, "axes.spines.top": False,
    "axes.spines.right": False, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "lines.linewidth": 1.2,
    "lines.markersize": 4.0, "legend.fontsize": SMALL,
}  # fmt: skip
Panel = tuple[float, float, Callable[[Axes], None]]
"""Height of the axes and of the space below them, in inches, and what draws into them."""


def claim_figure(verdict: Verdict) -> str:
    """Inline SVG of one claim, or a paragraph that says why there is none."""
    panels = _panels(verdict)
    if not panels:
        why = "the claim could not be judged" if verdict.outcome == "error" else "there is nothing measured yet"
        return f'<p class="no-figure">No figure: {why}.</p>'
    top = 0.3
    height = sum(axes + below + top for axes, below, _ in panels)
    salt = hashlib.sha256(verdict.claim.name.encode()).hexdigest()[:8]
    text = io.StringIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams
        settings.update(STYLE | {"svg.hashsalt": salt})
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=(WIDTH, height))
        y = height
        for axes_height, below, draw in panels:
            y -= top + axes_height
            box = (LEFT / WIDTH, y / height, 1 - (LEFT + RIGHT) / WIDTH, axes_height / height)
            draw(figure.add_axes(box))
            y -= below
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})
    return inline(text.getvalue(), f"f{salt}-", figure_text(verdict))


def figure_text(verdict: Verdict) -> str:
    """Words for those who do not see the figure."""
    said = []
    for (column, names), points in _groups(verdict).items():
        against = f" against {_across(points, names)}" if names else ""
        known = "predicted and measured" if any(p.predicted is not None for p in points) else "measured"
        said.append(f"{known} {column}{against} at {plural(len(points), 'point')}")
    if verdict.parts:
        inside = sum(part.outcome == "agrees" for part in verdict.parts)
        said.append(f"{inside} of {plural(len(verdict.parts), 'part')} within the margin")
    if verdict.law is not None:
        said.append(
            f"the finite-size theory ends {number(verdict.law.deviation, digits=2)} from the law, "
            f"bound {number(verdict.law.bound, digits=2)}"
        )
    text = "; ".join(said) or "no figure"
    return text[:1].upper() + text[1:] + "."


def inline(svg: str, prefix: str, label: str) -> str:
    """Matplotlib's SVG made fit for a page with others: own ids, page's font and colours, nothing global."""
    svg = svg[svg.index("<svg") :]
    for block in (r"<!--.*?-->", r"<metadata>.*?</metadata>", r'<style type="text/css">.*?</style>'):
        svg = re.sub(block, "", svg, flags=re.S)
    svg = svg.replace("xlink:href=", "href=")
    wanted = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in wanted else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}", svg)
    svg = re.sub(r"font: (?:[a-z]+ )*([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    for placeholder, colour in COLOURS.items():
        svg = svg.replace(placeholder, colour)
    svg = re.sub(r' d="[^"]*"', _short, svg)
    box = re.search(r'viewBox="[^"]+"', svg)
    assert box is not None
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" {box[0]} role="img" '
        f'aria-label="{escape(label)}" font-family="sans-serif" stroke-linejoin="round">'
    )
    svg = re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
    svg = re.sub(r"<defs>\s*</defs>", "", svg)
    return re.sub(r"\s*\n\s*", "\n", svg).strip()


def _short(path: re.Match[str]) -> str:
    """Path data to a hundredth of a point."""
    return " " + re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s*\n\s*", " ", path[0]).strip()).replace(' "', '"')


def _panels(verdict: Verdict) -> list[Panel]:
    if verdict.outcome == "error":
        return []
    panels: list[Panel] = []
    for (column, names), points in list(_groups(verdict).items())[:MAX_PANELS]:
        panels += _curve_panels(verdict, column, names, points)
    strict = [part for part in verdict.parts if not part.margin > 0]
    panels += _part_panel(verdict, [part for part in verdict.parts if part.margin > 0], "gap in margins")
    panels += _part_panel(verdict, strict, "gap in standard errors (right of 0 is needed)")
    if verdict.law is not None and _drawable(verdict.law):
        law = verdict.law
        panels.append((1.5 if panels else 2.2, 0.45, lambda axes: _law(axes, law)))
    return panels


def _groups(verdict: Verdict) -> dict[tuple[str, tuple[str, ...]], list[Point]]:
    groups: dict[tuple[str, tuple[str, ...]], list[Point]] = {}
    for point in verdict.points:
        if math.isfinite(point.measured):
            groups.setdefault((point.column, tuple(point.at)), []).append(point)
    return groups


def _across(points: Sequence[Point], names: Sequence[str]) -> str:
    """First coordinate that varies."""
    return next((name for name in names if len({point.at[name] for point in points}) > 1), names[0])


def _series(points: Sequence[Point], x: str | None) -> dict[str, list[Point]]:
    """Points of one curve each, by the other coordinates that vary; at most six, evenly chosen."""
    others = [name for name in points[0].at if name != x and len({point.at[name] for point in points}) > 1]
    places = [point.at[x] for point in points] if x else []
    if len(set(places)) == len(places):  # the other coordinates follow the first
        return {"": sorted(points, key=lambda point: point.at[x] if x else 0)}
    series: dict[str, list[Point]] = {}
    for point in points:
        label = ", ".join(f"{name}={point.at[name]:.6g}" for name in others)
        series.setdefault(label, []).append(point)
    labels = list(series)
    kept = np.unique(np.linspace(0, len(labels) - 1, min(MAX_SERIES, len(labels))).round().astype(int))
    return {labels[k]: sorted(series[labels[k]], key=lambda point: point.at[x or ""]) for k in kept}


def _of_logarithms(quantity: Quantity | None) -> bool:
    if isinstance(quantity, Together):
        return all(_of_logarithms(one) for one in quantity.quantities.values())
    return isinstance(quantity, Contrasts | Optimum)


def _curve_panels(verdict: Verdict, column: str, names: tuple[str, ...], points: list[Point]) -> list[Panel]:
    x = _across(points, names) if names else None
    series = _series(points, x)
    values = [p.measured for p in points] + [p.predicted for p in points if p.predicted is not None]
    log = min(values) > 0 and (_of_logarithms(verdict.claim.quantity) or max(values) > 50 * min(values))
    rivals = list(dict.fromkeys(name for point in points for name in point.rivals))[:MAX_RIVALS]
    known = any(point.predicted is not None for point in points)

    def main(axes: Axes) -> None:
        axes.set_title(column)
        _draw_series(axes, series, x, rivals, lambda _: (1.0, 0.0))
        _peaks(axes, verdict, series, x)
        _limit(axes, values, [2 * INTERVAL * p.stderr for p in points if math.isfinite(p.stderr)], log)
        _x_axis(axes, points, x, labelled=not known)

    def rest(axes: Axes) -> None:
        axes.set_title("measured / predicted − 1, in %" if log else "measured − predicted")
        _draw_series(axes, series, x, rivals, lambda p: _residual(p, log), spread=len(series) > 1)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
        _limit_rest(axes, points, rivals, log)
        _x_axis(axes, points, x, labelled=True)

    entries = _legend_entries(series, rivals, known)
    columns = 2 if len(entries) > 3 and all(len(label) <= 26 for _, label in entries) else 1
    rows = sum(label.count("\n") + 1 for _, label in entries) if columns == 1 else -(-len(entries) // 2)
    below = 0.47 + 0.18 * rows + 0.05

    def with_legend(draw: Callable[[Axes], None]) -> Callable[[Axes], None]:
        def drawn(axes: Axes) -> None:
            draw(axes)
            y = -0.44 / (axes.get_position().height * axes.figure.get_figheight())  # type: ignore[union-attr]
            axes.legend(
                [line for line, _ in entries], [label for _, label in entries], loc="upper left",
                bbox_to_anchor=(-0.02, y), frameon=False, borderaxespad=0, borderpad=0, labelspacing=0.25,
                handlelength=2.6, ncols=columns, columnspacing=1.5,
            )  # fmt: skip

        return drawn

    if not known:
        return [(2.2, below, with_legend(main))]
    return [(2.1, 0.1, main), (1.0, below, with_legend(rest))]


Scale = Callable[[Point], tuple[float, float]]
"""Factor and shift that turn a value at a point into what is drawn."""


def _residual(point: Point, log: bool) -> tuple[float, float]:
    if point.predicted is None:
        return math.nan, 0.0
    return (100 / point.predicted, -100.0) if log else (1.0, -point.predicted)


def _draw_series(
    axes: Axes,
    series: dict[str, list[Point]],
    x: str | None,
    rivals: Sequence[str],
    scale: Scale,
    spread: bool = False,
) -> None:
    crowded = len(series) * len(rivals) > 12
    for k, points in enumerate(series.values()):
        place = np.array([point.at[x] if x else j for j, point in enumerate(points)], dtype=float)
        factor, shift = np.array([scale(point) for point in points]).T
        theory = np.array([math.nan if p.predicted is None else p.predicted for p in points])
        room = np.array([p.allowance for p in points])
        moved = place * (1 + 0.03 * (k - (len(series) - 1) / 2)) if spread else place
        alone = "none" if len(points) > 1 else "_"
        axes.plot(place, factor * theory + shift, color=SERIES[k], marker=alone, markersize=14)
        if room.any():
            low, high = factor * (theory - room) + shift, factor * (theory + room) + shift
            axes.fill_between(place, low, high, color=SERIES[k], alpha=0.2, linewidth=0)
        axes.errorbar(
            moved,
            factor * np.array([p.measured for p in points]) + shift,
            INTERVAL * np.abs(factor) * np.array([p.stderr for p in points]),
            color=SERIES[k], fmt=MARKERS[k], elinewidth=1, capsize=1.5, markeredgewidth=0, zorder=3,
            markersize=2.5 if len(points) > 40 else 4.0,
        )  # fmt: skip
        if crowded and 0 < k < len(series) - 1:
            continue
        for name, dash in zip(rivals, DASHES, strict=False):
            values = np.array([p.rivals.get(name, math.nan) for p in points])
            colour = SERIES[k] if len(series) > 1 else MUTED
            axes.plot(
                place, factor * values + shift, color=colour, linestyle=dash, linewidth=0.9,
                marker=alone, markersize=8,
            )  # fmt: skip


def _peaks(axes: Axes, verdict: Verdict, series: dict[str, list[Point]], x: str | None) -> None:
    """Predicted locations of peaks, with their margin."""
    drawn = set()
    for part in verdict.parts:
        found = CONTEST.fullmatch(part.name)
        location = peak_location(verdict, part)
        if found is None or location is None or found[1] != x:
            continue
        key = f"{found[3]}={found[4]}" if found[3] else ""
        alone = len(series) == 1
        if key in drawn or not (alone or key in series):
            continue
        drawn.add(key)
        colour = SERIES[0 if alone else list(series).index(key)]
        width = margin_of(verdict.claim.margin, "peak")
        axes.axvline(location[0], color=colour, linewidth=1)
        axes.axvspan(location[0] - width, location[0] + width, color=colour, alpha=0.13, linewidth=0)


def _limit(axes: Axes, values: Sequence[float], errors: Sequence[float], log: bool) -> None:
    """Limits from theory and measurement; a rival far away does not flatten them."""
    if log:
        axes.set_yscale("log")
        low, high = min(values), max(values)
        room = max(0.06 * math.log(high / low), 0.75 * max(errors, default=0.0) / low, 0.01)
        axes.set_ylim(low * math.exp(-min(room, 2)), high * math.exp(min(room, 2)))
    else:
        ends = max(max(errors, default=0.0) / 2, 0.07 * (max(values) - min(values)))
        ends = ends or 0.05 * abs(max(values)) or 1.0
        axes.set_ylim(min(values) - ends, max(values) + ends)
    _ticks(axes.yaxis, *axes.get_ylim(), log)


def _limit_rest(axes: Axes, points: Sequence[Point], rivals: Sequence[str], log: bool) -> None:
    scaled = [(p, *_residual(p, log)) for p in points if p.predicted is not None]
    own = [abs(f * p.measured + s) + INTERVAL * abs(f) * p.stderr for p, f, s in scaled]
    limit = max([v for v in own if math.isfinite(v)] + [abs(f) * p.allowance for p, f, _ in scaled])
    away = [max(abs(f * p.rivals.get(name, math.nan) + s) for p, f, s in scaled) for name in rivals]
    near = [distance for distance in away if distance <= 4 * limit]
    limit = 1.15 * max(limit, min(near, default=0.0)) or 1.0
    axes.set_ylim(-limit, limit)
    _ticks(axes.yaxis, -limit, limit, False)


def _x_axis(axes: Axes, points: Sequence[Point], x: str | None, labelled: bool) -> None:
    places = [point.at[x] for point in points] if x else [float(k) for k in range(len(points))]
    low, high = min(places), max(places)
    log = low > 0 and high >= 4 * low
    if log:
        axes.set_xscale("log")
        axes.set_xlim(low * (high / low) ** -0.05, high * (high / low) ** 0.05)
    else:
        room = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
        axes.set_xlim(low - room, high + room)
    _ticks(axes.xaxis, *axes.get_xlim(), log, wanted=places if len(set(places)) == 1 else None)
    if labelled:
        axes.set_xlabel(x or "point", labelpad=1)
    else:
        axes.tick_params(labelbottom=False)


def _ticks(axis: Any, low: float, high: float, log: bool, wanted: Sequence[float] | None = None) -> None:
    if wanted is not None:
        places = sorted(set(wanted))
    elif log and high > 4 * low:
        steps = (1, 2, 5) if high < 200 * low else (1,)
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        places = [step * 10.0**k for k in decades[:: max(1, len(decades) // 5)] for step in steps]
    else:
        places = list(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    axis.set_major_locator(FixedLocator([place for place in places if low <= place <= high]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axis.grid(True, color=RULE, linewidth=0.5)


def tick(value: float) -> str:
    """Text of a tick: ``0.05``, ``2000``, ``10⁻⁷``, ``2·10⁵``."""
    mantissa, _, exponent = f"{value:.6e}".partition("e")
    if not value or -4 <= int(exponent) < 5:
        return f"{value:.6g}".replace("-", MINUS)
    power = "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    lead = f"{float(mantissa):.4g}".replace("-", MINUS)
    return power if lead == "1" else f"{lead}·{power}"


def _legend_entries(series: dict[str, list[Point]], rivals: Sequence[str], known: bool) -> list[tuple[Line2D, str]]:
    def line(color: str, marker: str = "none", dash: Any = "-", **more: Any) -> Line2D:
        return Line2D([], [], color=color, marker=marker, linestyle=dash, markeredgewidth=0, **more)

    style = "-" if known else "none"
    entries = [
        (
            line(SERIES[k], MARKERS[k], style),
            label or ("theory, measured (95 %)" if known else "measured (95 %)"),
        )
        for k, label in enumerate(series)
    ]
    colour = TEXT if len(series) > 1 else MUTED
    entries += [(line(colour, dash=d, linewidth=0.9), f"rival: {r}") for r, d in zip(rivals, DASHES, strict=False)]
    return [(handle, "\n".join(textwrap.wrap(label, 44))) for handle, label in entries]


def _part_panel(verdict: Verdict, parts: Sequence[PartVerdict], title: str) -> list[Panel]:
    if not parts:
        return []
    strict = not parts[0].margin > 0
    rivals = [] if strict else [r for r in verdict.rivals if math.isfinite(r.distance)][:MAX_RIVALS]
    labelled = len(parts) <= LABELLED
    lines = max(len(_wrapped(part.name)) for part in parts)
    unit = ROW + 0.15 * (lines - 1) if labelled else max(0.045, min(0.12, 3.0 / len(parts)))
    rows = _rows(parts, strict)
    reach = [abs(end) for gap, s, b in rows for end in (gap - s - b, gap + s + b) if math.isfinite(end)]
    if strict:
        high = min(80.0, max([8.0, *(1.1 * end for end in reach)]))
        low = -0.12 * high if all(gap >= 0 for gap, _, _ in rows) else -high
    else:
        near = [rival.distance for rival in rivals if rival.distance <= 4.5]
        high = 1.08 * max(1.5, min(5.0, max([*reach, *near], default=1.5)))
        low = -high

    def draw(axes: Axes) -> None:
        height = unit * len(parts) + ROW * len(rivals)
        axes.set_title(title)
        axes.set_xlim(low, high)
        axes.set_ylim(height, 0)
        axes.spines["left"].set_visible(False)
        for k, (part, row) in enumerate(zip(parts, rows, strict=True)):
            if labelled:
                _draw_part(axes, part, row, unit * (k + 1) - 0.115, (low, high))
        if not labelled:
            _draw_many(axes, parts, rows, unit, (low, high))
        for k, rival in enumerate(rivals):
            middle = unit * len(parts) + ROW * (k + 0.68)
            axes.text(low, middle - 0.16, _cut(f"rival: {rival.name}"), va="center", fontsize=SMALL)
            _mark(axes, rival.distance, middle, (low, high), MUTED, "D")
        _ticks(axes.xaxis, low, high, False)
        if labelled:
            axes.yaxis.set_major_locator(NullLocator())
        else:
            shown = [k for k in range(len(parts)) if k == 0 or (k + 1) % max(5, len(parts) // 25 * 5) == 0]
            axes.yaxis.set_major_locator(FixedLocator([unit * (k + 0.5) for k in shown]))
            axes.set_yticklabels([str(k + 1) for k in shown])
            axes.set_ylabel("part", labelpad=2)

    return [(unit * len(parts) + ROW * len(rivals), 0.3, draw)]


def _rows(parts: Sequence[PartVerdict], strict: bool) -> list[tuple[float, float, float]]:
    """Gap, half the interval and allowance of every part, in margins or in standard errors."""
    rows = []
    for part in parts:
        scale = (part.stderr or math.nan) if strict else part.margin
        gap = -one_signed(part.gap, part.side) if strict and part.side != "two-sided" else part.gap
        rows.append((gap / scale, INTERVAL * part.stderr / scale, part.allowance / scale))
    return rows


def _good(part: PartVerdict, limits: tuple[float, float]) -> tuple[float, float]:
    """Where the interval must lie."""
    low, high = limits
    if not part.margin > 0:
        return 0.0, high
    return {"lower": (-1.0, high), "upper": (low, 1.0)}.get(part.side, (-1.0, 1.0))


LOOKS = {"agrees": (SERIES[0], "o"), "disagrees": (SERIES[1], "X"), "inconclusive": (SERIES[4], "s")}
"""Colour and marker of a part by its outcome."""


def _draw_part(
    axes: Axes, part: PartVerdict, row: tuple[float, float, float], y: float, limits: tuple[float, float]
) -> None:
    low, high = limits
    gap, half, room = row
    start, end = _good(part, limits)
    axes.barh(y, end - start, height=0.15, left=start, color=BAND, alpha=0.2, linewidth=0)
    axes.text(low, y - 0.09, "\n".join(_wrapped(part.name)), va="bottom", fontsize=SMALL, linespacing=1.05)
    if not math.isfinite(gap):
        axes.text(0, y, "not finite", va="center", ha="center", fontsize=SMALL)
        return
    colour, marker = LOOKS.get(part.outcome, LOOKS["inconclusive"])
    ends = np.clip([gap - half - room, gap + half + room], low, high)
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
        gap, half, room = np.array([rows[k] for k in chosen]).T
        for width, line in ((half + room, 0.6), (half, 1.6)):
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


def _wrapped(name: str) -> list[str]:
    """Name of a part on at most two lines."""
    return textwrap.wrap(name, 48, max_lines=2, placeholder=" …") or [""]


def _cut(text: str, width: int = 52) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _drawable(law: LawVerdict) -> bool:
    return any(d > 0 and math.isfinite(d) and size > 0 for size, d in zip(law.sizes, law.deviations, strict=False))


def _law(axes: Axes, law: LawVerdict) -> None:
    pairs = zip(law.sizes, law.deviations, strict=False)
    points = sorted((size, d) for size, d in pairs if d > 0 and size > 0 and math.isfinite(d))
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
    _ticks(axes.yaxis, low / stretch, high * stretch, True)
    reach = max((sizes[-1] / sizes[0]) ** 0.05, 1.05)
    axes.set_xlim(sizes[0] / reach, sizes[-1] * reach)
    _ticks(axes.xaxis, sizes[0] / reach, sizes[-1] * reach, True)
    axes.set_xlabel("size", labelpad=1)
