"""Pictures of the page on Liu & Tegmark 2023: loss against width, ensembles, the census, the tickets of one network.

The first three are drawn from points of the verdicts, with 95 % intervals; one without points is left out. The same
verdicts give the same text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from compare.figure_style import DASHES, INTERVAL, MUTED, SERIES, SMALL, TEXT, power, ticks
from compare.formatting import number, plural
from compare.papers.liu_tegmark_lines import Line, drawn, lines, panels, sizes
from compare.papers.liu_tegmark_network import N_NEURONS, NETWORK, RECIPE
from compare.papers.paper import Picture
from compare.verdict import Verdict
from sim.lottery_tickets.matching import contributions, pairs
from sim.lottery_tickets.trained import grid

MANY = 6
"""More recipes than this are drawn thin."""


def pictures(verdicts: Sequence[Verdict]) -> Sequence[Picture]:
    """The pictures that the verdicts have points for, and the one that needs none."""
    found = lines(verdicts)
    shown = (loss_against_width(found), ensembles(found), census(verdicts), tickets())
    return [one for one in shown if one is not None]


# Loss against width.


def loss_against_width(found: Sequence[Line]) -> Picture | None:
    """Loss of every recipe against width with the line N⁻¹, and its local exponents."""
    curves = [line for line in found if len(line.values.get("log_loss", {})) > 1]
    if not curves:
        return None
    widths = sorted({N for line in curves for N in line.values["log_loss"]})

    def above(axes: Axes) -> None:
        axes.set_title("typical loss (mean log); dotted: in proportion to 1/N")
        for line in curves:
            drawn(axes, line, line.values["log_loss"], len(curves) > MANY)
        begin = np.mean([line.values["log_loss"][min(line.values["log_loss"])][0] for line in curves])
        ends = np.array([widths[0], widths[-1]])
        axes.plot(ends, math.exp(begin) * ends[0] / ends, color=MUTED, linestyle=DASHES[1], linewidth=1.4)
        sizes(axes, widths)
        axes.set_yscale("log")
        ticks(axes.yaxis, *axes.get_ylim(), True)

    def below(axes: Axes) -> None:
        axes.set_title("exponent from one width to the next")
        for k, line in enumerate(curves):
            at, exponent, error = np.array(local(line)).T
            axes.errorbar(
                at * math.exp(0.03 * (k - (len(curves) - 1) / 2)), exponent, INTERVAL * error, color=line.colour,
                marker=line.marker, linestyle=line.dashes, linewidth=0.7, elinewidth=1, markersize=4,
                markeredgewidth=0.9, markerfacecolor=line.colour if line.filled else "none",
            )  # fmt: skip
        axes.axhline(1, color=MUTED, linestyle=DASHES[1], linewidth=1.4)
        sizes(axes, widths)
        axes.set_xlabel("neurons N", labelpad=1)
        ticks(axes.yaxis, *axes.get_ylim(), False)

    found_exponents = [exponent for line in curves for _, exponent, _ in local(line)]
    return Picture(
        "width",
        "Loss against width",
        f"The typical loss of {plural(len(curves), 'recipe')}, and its exponent from one width to the next: it runs "
        f"from {number(min(found_exponents), digits=2)} to {number(max(found_exponents), digits=2)}, where a loss in "
        "proportion to 1/N would stay on the dotted line.",
        panels("liu-width", "Loss and local exponent against width, by recipe", [(2.3, above), (1.35, below)], curves),
    )


def local(line: Line) -> list[tuple[float, float, float]]:
    """Exponents between neighbouring widths, at their geometric mean, each with its standard error."""
    values = line.values["log_loss"]
    return [
        (math.sqrt(a * b), *((values[a][0] - values[b][0]) / step, math.hypot(values[a][1], values[b][1]) / step))
        for a, b in pairwise(sorted(values))
        for step in [math.log(b / a)]
    ]


# Ensembles.


def ensembles(found: Sequence[Line]) -> Picture | None:
    """Average of four networks against one network of the same number of neurons, and the ratio."""
    curves = [line for line in found if _totals(line)]
    if not curves:
        return None

    def above(axes: Axes) -> None:
        axes.set_title("typical loss: average of four (open), one network (full)")
        for line in curves:
            four, one = line.values["log_average4"], line.values["log_loss"]
            totals = _totals(line)
            drawn(axes, line, {N: four[N // 4] for N in totals}, filled=False, linestyle=DASHES[0])
            drawn(axes, line, {N: one[N] for N in totals}, filled=True, linestyle="-")
        sizes(axes, sorted({N for line in curves for N in _totals(line)}))
        axes.set_yscale("log")
        ticks(axes.yaxis, *axes.get_ylim(), True)

    def below(axes: Axes) -> None:
        axes.set_title("their ratio")
        for k, line in enumerate(curves):
            gaps = _gaps(line)
            shift = math.exp(0.025 * (k - (len(curves) - 1) / 2))
            moved = {N * shift: gap for N, gap in gaps.items()}
            drawn(axes, line, moved, filled=True, linestyle="none")
        axes.axhline(1, color=MUTED, linestyle=DASHES[1], linewidth=1.4)
        sizes(axes, sorted({N for line in curves for N in _totals(line)}))
        axes.set_xlabel("neurons in all", labelpad=1)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0.8), max(high, 2.2))
        ticks(axes.yaxis, *axes.get_ylim(), True)

    factors = [math.exp(gap) for line in curves for gap, _ in _gaps(line).values()]
    solid = [line._replace(filled=True, dashes="-") for line in curves]
    return Picture(
        "ensembles",
        "Four networks averaged against one as wide",
        f"The average of four networks (open) loses {number(min(factors), digits=2)} to "
        f"{number(max(factors), digits=2)} times what one network of as many neurons loses (full); were a wide network "
        "an ensemble of narrow ones, the ratio would lie on the dotted line.",
        panels("liu-four", "Average of four against one network", [(2.3, above), (1.2, below)], solid),
    )


def _totals(line: Line) -> list[float]:
    """Total widths at which both are known."""
    four, one = (line.values.get(column, {}) for column in ("log_average4", "log_loss"))
    return [4 * N for N in sorted(four) if 4 * N in one]


def _gaps(line: Line) -> dict[float, tuple[float, float]]:
    """Log of the ratio at every total width, with its standard error."""
    four, one = line.values["log_average4"], line.values["log_loss"]
    return {N: (four[N // 4][0] - one[N][0], math.hypot(four[N // 4][1], one[N][1])) for N in _totals(line)}


# The census of networks of two neurons.


def census(verdicts: Sequence[Verdict]) -> Picture | None:
    """Histogram of the losses of networks of two neurons."""
    points = [
        point
        for verdict in verdicts
        for point in verdict.points
        if point.column.rpartition(".")[2] == "share" and "log10_loss" in point.at
    ]
    by_place = {point.at["log10_loss"]: point for point in reversed(points)}
    if len(by_place) < 3:
        return None
    places = np.array(sorted(by_place))
    bin_width = float(np.diff(places).min())
    shares, errors = np.array([(by_place[x].measured, by_place[x].stderr) for x in places]).T
    at = int(np.abs(places - math.log10(64 / 45)).argmin())
    constant, top = shares[at], shares[at] + INTERVAL * errors[at]

    def draw(axes: Axes) -> None:
        axes.set_title("share of networks, in per cent")
        axes.bar(places, 100 * shares, 0.92 * bin_width, color=SERIES[0], alpha=0.55, linewidth=0)
        axes.errorbar(places, 100 * shares, 100 * INTERVAL * errors, fmt="none", color=TEXT, elinewidth=0.8)
        axes.set_xlim(places[0] - bin_width, places[-1] + bin_width)
        axes.set_ylim(bottom=0)
        decades = range(math.ceil(axes.get_xlim()[0]), math.floor(axes.get_xlim()[1]) + 1)
        ticks(axes.xaxis, *axes.get_xlim(), False, wanted=list(decades))
        axes.xaxis.set_major_formatter(lambda value, _: power(10.0**value))
        ticks(axes.yaxis, *axes.get_ylim(), False)
        axes.set_xlabel("mean square error", labelpad=1)
        axes.annotate(
            "constant: 64/45", (places[-1] + bin_width, 100 * top), xytext=(0, 3), textcoords="offset points",
            ha="right", va="bottom", fontsize=SMALL,
        )  # fmt: skip

    return Picture(
        "census",
        "Networks of two neurons end in separate states",
        f"Of all networks {100 * constant:.0f} % learn nothing but a constant, with the loss 64/45 exactly; the others "
        "gather in peaks of their own (a bar is a quarter of a decade of the loss).",
        panels("liu-census", "Histogram of the loss of networks of two neurons", [(2.0, draw)], ()),
    )


# The tickets of one network.


def tickets() -> Picture:
    """Pairs of neurons of one trained network, what is left over, their sum and the target; all less best lines."""
    network, (x, q) = np.array(NETWORK), grid(RECIPE, 120)
    values = contributions(network, RECIPE, x)
    right, left = pairs(values, network[:N_NEURONS], x, q, free_line=True)
    both = _bent(values[right] + values[left], x, q)
    alone = _bent(np.delete(values, np.concatenate([right, left]), 0), x, q)
    output, target = _bent(values.sum(0)[None], x, q)[0], _bent(x[None] ** 2, x, q)[0]
    order = np.argsort(-np.ptp(both, 1))
    loss = float((values.sum(0) + network[-1] - x**2) ** 2 @ q)

    def draw(axes: Axes) -> None:
        axes.set_title("functions less their best line: pairs, and their sum")
        for rest in alone:
            axes.plot(x, rest, color=MUTED, linewidth=0.8)
        for k, i in enumerate(order):
            axes.plot(x, both[i], color=SERIES[k % len(SERIES)], linewidth=1.6)
        axes.plot(x, output, color=TEXT, linewidth=2.2)
        axes.plot(x[::8], target[::8], "o", color=TEXT, markerfacecolor="none", markersize=4.5, markeredgewidth=0.8)
        axes.set_xlim(-2, 2)
        ticks(axes.xaxis, -2, 2, False)
        ticks(axes.yaxis, *axes.get_ylim(), False)
        axes.set_xlabel("x", labelpad=1)

    return Picture(
        "tickets",
        "One network as a sum of tickets",
        f"One trained network of {N_NEURONS} neurons, mean square error {power(float(f'{loss:.1e}'))}: its {len(both)} "
        f"pairs of mirroring neurons (a colour each) differ in size and shape, and with {len(alone)} neurons left over "
        "(grey) they add up to the network (thick), which lies on x² (circles).",
        panels("liu-tickets", "Tickets of one trained network, their sum and x²", [(2.6, draw)], ()),
    )


def _bent(values: np.ndarray, x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Functions (n × n_nodes) less their best line."""
    mean, slope = values @ q, values @ (q * x) / (q @ x**2)
    left: np.ndarray = values - mean[:, None] - slope[:, None] * x
    return left
