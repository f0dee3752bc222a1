"""Figures of the judge's calibration, as inline SVG: operating curve, coverage, false agreement, ranks.

The same document gives the same text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter
from scipy import stats

from compare.calibration.findings import COVERAGE_HIGH, COVERAGE_LOW, FALSE_AGREEMENT, percent, share
from compare.calibration.tally import BINS, rate
from compare.figure_style import BAND, DASHES, LEFT, MUTED, RIGHT, SERIES, SMALL, TOP, WIDTH, ticks, wrapped
from compare.figures import picture
from compare.formatting import plural
from compare.rule import AGREE_LEVEL

ROW = 0.215
"""Inches for one kind."""
LETTER = 0.072
"""Inches for one letter of a name beside the axes."""
BELOW = 0.5
"""Inches below the axes, for ticks and the name of the axis."""
MULTIPLE = (1.75, 1.1)
"""Inches of one small figure of ranks."""


@dataclass(frozen=True)
class Mark:
    """A rate in per cent with its limits, and how it is drawn."""

    value: float
    low: float
    high: float
    colour: str
    marker: str
    filled: bool = True


def axes_picture(name: str, label: str, size: tuple[float, float], left: float, draw: Callable[[Axes], None]) -> str:
    """Inline SVG of one pair of axes; ``size`` of the whole and ``left`` of them in inches, ``label`` in words."""
    width, height = size
    below, top = (BELOW, TOP) if width == WIDTH else (0.22, 0.06)
    box = (left / width, below / height, 1 - (left + RIGHT) / width, 1 - (below + top) / height)
    return picture(name, label, size, lambda figure: draw(figure.add_axes(box)))


def pooled_curve(document: Mapping[str, Any], outcome: str) -> list[tuple[float, dict[str, Any]]]:
    """Rate of an outcome at every offset over all kinds that are wrong on that side and not refutable before 1."""
    counts: dict[float, list[int]] = {}
    for entry in document["kinds"]:
        if entry["refutable_from"] < 1:
            continue
        for row in entry["pooled"]["offsets"]:
            if row["offset"] >= 0 or -1.0 in entry["wrong_at"]:
                have = counts.setdefault(row["offset"], [0, 0])
                have[0] += row[outcome]["count"]
                have[1] += row[outcome]["runs"]
    return [(offset, rate(*counts[offset])) for offset in sorted(counts)]


def operating_curve(document: Mapping[str, Any]) -> str:
    """Share of claims that agree and that disagree against the deviation: every kind thin, all together thick."""

    def draw(axes: Axes) -> None:
        axes.set_title("share of claims, in per cent")
        axes.set(xlim=(-3.15, 3.15), ylim=(-4, 106))
        for side in (-1, 1):
            axes.axvline(side, color=MUTED, linewidth=0.8)
        looks = (("agrees", SERIES[0], "-", "o"), ("disagrees", SERIES[1], DASHES[0], "s"))
        for outcome, colour, line, marker in looks:
            for entry in document["kinds"]:
                rows = entry["pooled"]["offsets"]
                shares = [100 * share(row[outcome]) for row in rows]
                axes.plot([row["offset"] for row in rows], shares, color=colour, linewidth=0.5, alpha=0.55)
            curve = pooled_curve(document, outcome)
            offsets, shares = [offset for offset, _ in curve], [100 * share(found) for _, found in curve]
            axes.plot(offsets, shares, color=colour, linestyle=line, linewidth=2.2, marker=marker, markeredgewidth=0)
            for offset, found in curve:
                axes.plot([offset] * 2, [100 * end for end in found["limits"]], color=colour, marker="_",
                          markersize=7, linewidth=1.0)  # fmt: skip
        axes.text(0, 80, "agrees", ha="center", fontsize=SMALL)
        axes.text(-3.1, 80, "disagrees", ha="left", fontsize=SMALL)
        axes.text(3.1, 80, "disagrees", ha="right", fontsize=SMALL)
        ticks(axes.xaxis, -3.15, 3.15, False, wanted=range(-3, 4))
        ticks(axes.yaxis, 0, 100, False, wanted=(0, 25, 50, 75, 100))
        axes.set_xlabel("deviation of the theory from the truth, in margins", labelpad=3)

    at = {outcome: dict(pooled_curve(document, outcome)) for outcome in ("agrees", "disagrees")}
    said = [
        f"off by {offset:g} margins {percent(share(at['agrees'][offset]))} agree and "
        f"{percent(share(at['disagrees'][offset]))} disagree"
        for offset in (0.0, 1.0, 2.0)
        if offset in at["agrees"]
    ]
    label = f"Operating curve of {plural(len(document['kinds']), 'kind')} of quantity: {'; '.join(said)}."
    return axes_picture("operating", label, (WIDTH, TOP + 3.6 + BELOW), LEFT, draw)


def coverage(document: Mapping[str, Any]) -> str:
    """Coverage of the 95 % interval at the cap, kind by kind, with the band that is required."""
    low, high = 100 * COVERAGE_LOW.pooled, 100 * COVERAGE_HIGH.pooled
    rows = []
    for entry in document["kinds"]:
        found = entry["pooled"]["coverage"]["cap"]
        ends = found["limits"]
        outside = 100 * ends[1] < low or 100 * ends[0] > high
        colour, marker = (SERIES[1], "X") if outside else (SERIES[0], "o")
        rows.append((entry["kind"], [Mark(100 * share(found), 100 * ends[0], 100 * ends[1], colour, marker)]))

    def draw(axes: Axes) -> None:
        axes.axvspan(low, high, color=BAND, alpha=0.2, linewidth=0)
        axes.axvline(95, color=MUTED, linewidth=0.8)

    values = [mark.value for _, (mark,) in rows]
    label = f"Coverage of the 95 % interval: {min(values):.3g} to {max(values):.3g} % over {plural(len(rows), 'kind')}."
    return _by_kind("coverage", label, "coverage, in per cent", rows, (91, 99), (91, 93, 95, 97, 99), draw)


def false_agreement(document: Mapping[str, Any]) -> str:
    """Agreement with theories wrong by exactly the margin, kind by kind and side by side, with what is allowed."""
    most = 100 * FALSE_AGREEMENT.pooled
    rows = []
    for entry in document["kinds"]:
        marks = []
        for row in entry["pooled"]["offsets"]:
            if row["offset"] in entry["wrong_at"]:
                found, above = row["agrees"], row["offset"] > 0
                outside = 100 * found["limits"][0] > most
                colour = SERIES[1] if outside else SERIES[0]
                low, high = (100 * end for end in found["limits"])
                marks.append(Mark(100 * share(found), low, high, colour, "^" if above else "v", filled=above))
        rows.append((entry["kind"], marks))
    end = max([2.5 * most / 2, *(1.02 * min(mark.high, 3 * most) for _, marks in rows for mark in marks)])

    def draw(axes: Axes) -> None:
        axes.axvline(most, color=SERIES[1], linestyle=DASHES[0], linewidth=1.0)
        axes.axvline(100 * AGREE_LEVEL, color=MUTED, linewidth=0.8)

    values = [mark.value for _, marks in rows for mark in marks]
    label = (
        f"Agreement with theories wrong by exactly the margin: at most {max(values):.3g} % over {len(rows)} kinds "
        f"and their sides; {most:g} % is allowed."
    )
    return _by_kind("agreement", label, "agrees, in per cent", rows, (-0.02 * end, end), (0, 1, 2, 3, 4, 5, 6), draw)


def _by_kind(
    name: str,
    label: str,
    axis: str,
    rows: Sequence[tuple[str, Sequence[Mark]]],
    limits: tuple[float, float],
    places: Sequence[float],
    background: Callable[[Axes], None],
) -> str:
    """A line per kind: its name beside the axes, its rates with their limits."""
    names = [wrapped(kind, 28, 1)[0] for kind, _ in rows]
    left = min(2.2, 0.12 + LETTER * max(map(len, names)))

    def draw(axes: Axes) -> None:
        axes.set_title(axis)
        axes.set(xlim=limits, ylim=(len(rows) - 0.4, -0.6))
        axes.spines["left"].set_visible(False)
        background(axes)
        for k, (_, marks) in enumerate(rows):
            step = 0.34 if len(marks) > 1 else 0.0
            for n, mark in enumerate(marks):
                _draw_mark(axes, mark, k + step * (n - (len(marks) - 1) / 2), limits)
        ticks(axes.xaxis, *limits, False, wanted=places)
        axes.yaxis.set_major_locator(FixedLocator(range(len(rows))))
        axes.set_yticklabels(names)
        axes.tick_params(axis="y", length=0)

    return axes_picture(name, label, (WIDTH, TOP + ROW * len(rows) + BELOW), left, draw)


def _draw_mark(axes: Axes, mark: Mark, y: float, limits: tuple[float, float]) -> None:
    """Marker with whiskers; an arrow and the value where it lies beyond the axis."""
    low, high = limits
    ends = [min(max(end, low), high) for end in (mark.low, mark.high)]
    axes.plot(ends, [y, y], color=mark.colour, linewidth=1.1, solid_capstyle="butt")
    if low <= mark.value <= high:
        face = mark.colour if mark.filled else "none"
        axes.plot([mark.value], [y], marker=mark.marker, color=mark.colour, markersize=4.6, markeredgewidth=0.8,
                  markerfacecolor=face, zorder=4)  # fmt: skip
        return
    edge, arrow, align, step = (high, ">", "right", -8) if mark.value > high else (low, "<", "left", 8)
    axes.plot([edge], [y], marker=arrow, color=mark.colour, markersize=5, markeredgewidth=0, clip_on=False, zorder=4)
    axes.annotate(f"{mark.value:.3g}", (edge, y), xytext=(step, 0), textcoords="offset points", ha=align,
                  va="center", fontsize=SMALL)  # fmt: skip


def rank_band(runs: int) -> tuple[float, float]:
    """Counts between which a bin of ``runs`` uniform ranks lies with probability 95 % or more."""
    low, high = stats.binom(runs, 1 / BINS).interval(0.95)
    return float(low), float(high)


def rank_span(document: Mapping[str, Any]) -> float:
    """Relative deviation at the edge of the figures of ranks: 1.5 times the widest band, in quarters."""
    runs = min(sum(entry["pooled"]["pit"]["cap"]) for entry in document["kinds"])
    widest = rank_band(runs)[1] * BINS / runs - 1
    return min(1.0, float(math.ceil(6 * widest)) / 4)


def ranks(entry: Mapping[str, Any], span: float) -> str:
    """Ranks of the truth at the cap in 20 bins against the level expected of a right error; bars start there.

    The axis ends at ``span`` above and below 1; what lies beyond has an arrowhead.
    """
    counts = entry["pooled"]["pit"]["cap"]
    if len(counts) != BINS or not sum(counts):
        raise ValueError(f"ranks of {entry['kind']} must be {BINS} counts, got {counts}")
    expected, band = sum(counts) / BINS, rank_band(sum(counts))
    outside = [not band[0] <= count <= band[1] for count in counts]

    def draw(axes: Axes) -> None:
        axes.set(xlim=(0, 1), ylim=(1 - span, 1 + span))
        axes.axhspan(*(count / expected for count in band), color=BAND, alpha=0.25, linewidth=0)
        for k, (count, out) in enumerate(zip(counts, outside, strict=True)):
            height = count / expected - 1
            axes.bar((k + 0.5) / BINS, height, width=0.82 / BINS, bottom=1, linewidth=0,
                     color=SERIES[1] if out else SERIES[0])  # fmt: skip
            if abs(height) > span:
                axes.plot([(k + 0.5) / BINS], [1 + math.copysign(span, height)], color=SERIES[1], markersize=4,
                          marker="^" if height > 0 else "v", clip_on=False, markeredgewidth=0)  # fmt: skip
        axes.axhline(1, color=MUTED, linewidth=0.8)
        ticks(axes.xaxis, 0, 1, False, wanted=(0, 0.5, 1))
        ticks(axes.yaxis, 1 - span, 1 + span, False, wanted=(1 - span, 1, 1 + span))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))

    label = (
        f"Ranks of {entry['kind']}: {sum(outside)} of {BINS} bins outside the 95 % band; "
        f"from {min(counts) / expected:.2f} to {max(counts) / expected:.2f} of the expected count."
    )
    name = "ranks-" + "".join(letter if letter.isalnum() else "-" for letter in entry["kind"])
    return axes_picture(name, label, MULTIPLE, 0.4, draw)
