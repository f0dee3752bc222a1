"""The fit of a table of runs as terminal lines and as one self-contained page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare import report
from compare.figure_style import BAND, LEFT, MUTED, RIGHT, SERIES, TEXT, TOP, WIDTH, ticks
from compare.figures import picture
from compare.formatting import NOTHING, number
from compare.parametric import Analysis, resampled
from compare.parametric_intervals import LEVEL, Interval, between
from compare.parametric_table import Array
from theory.parametric import frontier

HEIGHT, BELOW = 2.1, 0.62
Row = tuple[str, str, str, str]


def formula(found: Analysis) -> str:
    """The fitted law with its constants: ``L = 1.69 + 406/N^0.340 + 411/D^0.280``."""
    law = found.law
    floor = f"{number(law.floor)} + " if found.problem.floor else ""
    return (
        f"L = {floor}{number(law.model)}/N^{number(law.model_exponent)} + "
        f"{number(law.data)}/D^{number(law.data_exponent)}"
    )


def table_line(found: Analysis) -> str:
    """What was fitted."""
    runs = found.problem.runs
    spans = ", ".join(
        f"{name} {number(float(column.min()), digits=3)} to {number(float(column.max()), digits=3)}"
        for name, column in (("N", runs.size), ("D", runs.data), (f"C = {runs.flops:g} N D", runs.compute))
    )
    return f"{len(runs)} runs, {spans}; median residual {number(100 * found.spread, digits=2)} %"


def shown(interval: Interval | None) -> str:
    """``0.49 to 0.53``; open ends as such."""
    if interval is None:
        return NOTHING
    low, high = number(interval.low, digits=3), number(interval.high, digits=3)
    if interval.open_low and interval.open_high:
        return "not bounded"
    if interval.open_low:
        return f"below {high}"
    return f"above {low}" if interval.open_high else f"{low} to {high}"


def rows(found: Analysis) -> list[Row]:
    """Quantity, estimate, interval by profile, interval by bootstrap."""
    again = resampled(found.resampled) if found.resampled else (None,) * (1 + len(found.budgets))
    told: list[Row] = [("a_opt = b/(a + b)", number(found.growth, digits=3), shown(found.profile), shown(again[0]))]
    for budget, interval in zip(found.budgets, again[1:], strict=True):
        told.append(
            (
                f"D/N at C = {number(budget.compute, digits=3)}",
                number(budget.best.ratio, digits=3),
                shown(budget.ratio),
                shown(interval),
            )
        )
    return told


def plans(found: Analysis) -> list[str]:
    """The best sizes at every budget, in words."""
    return [
        f"At C = {number(at.compute, digits=3)}: N = {number(at.best.size, digits=3)}, "
        f"D = {number(at.best.data, digits=3)}, L = {number(at.best.loss)}"
        for at in found.budgets
    ]


def figure(found: Analysis) -> str:
    """Inline SVG: loss, D/N and residuals against compute."""
    parts = (partial(_losses, found), partial(_ratios, found), partial(_residuals, found))
    height = len(parts) * (HEIGHT + BELOW + TOP)

    def draw(canvas: Figure) -> None:
        y = height
        for part in parts:
            y -= TOP + HEIGHT
            part(canvas.add_axes((LEFT / WIDTH, y / height, 1 - (LEFT + RIGHT) / WIDTH, HEIGHT / height)))
            y -= BELOW

    said = f"Loss, samples per parameter and residuals of {len(found.problem.runs)} runs against compute, with the fit."
    return picture("parametric", said, (WIDTH, height), draw)


def _span(found: Analysis) -> Array:
    """Compute from the least run to the largest run or budget."""
    runs = found.problem.runs.compute
    top = max(float(runs.max()), *(budget.compute for budget in found.budgets))
    return np.geomspace(float(runs.min()), top, 41)


def _frame(axes: Axes, x: Array, y: Array, what: str, *, log: bool = True) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log" if log else "linear")
    room = 1.15
    lows, highs = (float(x.min()) / 1.5, float(y.min())), (float(x.max()) * 1.5, float(y.max()))
    axes.set_xlim(lows[0], highs[0])
    low, high = (lows[1] / room, highs[1] * room) if log else (lows[1] * room, highs[1] * room)
    axes.set_ylim(low, high)
    ticks(axes.xaxis, lows[0], highs[0], True)
    ticks(axes.yaxis, low, high, log)
    axes.set_xlabel("C")
    axes.set_title(what)


def _losses(found: Analysis, axes: Axes) -> None:
    """Runs and the frontier."""
    runs, C = found.problem.runs, _span(found)
    best = np.array([frontier(found.law, float(c), flops=runs.flops).loss for c in C])
    axes.plot(runs.compute, runs.loss, "o", color=SERIES[0], markersize=2.5)
    axes.plot(C, best, color=TEXT)
    _mark(found, axes, [budget.best.loss for budget in found.budgets])
    _frame(axes, C, np.concatenate([runs.loss, best]), "loss of every run; line: the frontier")


def _ratios(found: Analysis, axes: Axes) -> None:
    """D/N of the runs and the best one, with the band of the bootstrap."""
    runs, C = found.problem.runs, _span(found)
    best = np.array([frontier(found.law, float(c), flops=runs.flops).ratio for c in C])
    seen = [runs.data / runs.size, best]
    axes.plot(runs.compute, seen[0], "o", color=SERIES[0], markersize=2.5)
    axes.plot(C, best, color=TEXT)
    if found.resampled:
        laws = found.resampled.laws
        band = [between([frontier(law, float(c), flops=runs.flops).ratio for law in laws]) for c in C]
        low, high = np.array([one.low for one in band]), np.array([one.high for one in band])
        axes.fill_between(C, low, high, color=BAND, alpha=0.25, linewidth=0)
        seen += [low, high]
    _mark(found, axes, [budget.best.ratio for budget in found.budgets])
    edge = float(runs.compute.max())
    axes.axvline(edge, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)))
    _frame(axes, C, np.concatenate(seen), "D/N of every run; line: the frontier")


def _residuals(found: Analysis, axes: Axes) -> None:
    """Measured less fitted log loss, in per cent."""
    runs = found.problem.runs
    r = 100 * found.problem.residuals(found.solution.at)
    axes.plot(runs.compute, r, "o", color=SERIES[0], markersize=2.5)
    axes.axhline(0, color=TEXT, linewidth=0.8)
    reach = max(float(np.abs(r).max()), 1e-6)
    _frame(axes, _span(found), np.array([-reach, reach]), "measured − fitted, % of the loss", log=False)


def _mark(found: Analysis, axes: Axes, values: list[float]) -> None:
    axes.plot([budget.compute for budget in found.budgets], values, "*", color=SERIES[1], markersize=9)


def write_html(found: Analysis, name: str, path: Path, command: str = "") -> None:
    """Write the page; ``name`` is that of the table."""
    report.write(
        path,
        report.page("parametric.html").render(
            found=found, name=name, formula=formula(found), line=table_line(found), rows=rows(found),
            plans=plans(found), figure=Markup(figure(found)), level=f"{100 * LEVEL:g} %", command=command,
        ),
    )  # fmt: skip
