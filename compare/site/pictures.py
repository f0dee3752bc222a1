"""The pictures of one claim, each with a caption and with words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.extrema import Optimum, Peak
from compare.figure_curves import curve_panels
from compare.figure_parts import law_panel, rival_panel
from compare.figure_peaks import contest_panel, own_heights, peak_marks
from compare.figure_points import Curves, curves_of
from compare.figure_style import CROSSES, LEFT, MUTED, RIGHT, TEXT, TOP, WIDTH, Panel
from compare.figures import MAX_PANELS, figure_text, parts_in_margins, picture, strict_parts
from compare.formatting import number, plural, words
from compare.site.compact import compact
from compare.site.residuals import allowed, margin_panel, reach_of, residuals
from compare.site.slopes import slope_panel
from compare.site.words import farthest
from compare.verdict import Verdict

BARS = (
    "Every number that was compared. Thick: its 95 % interval. Thin: what is judged, the wider interval at the judge's "
    "stricter level, with the theory's remainder. The claim agrees when every thin bar lies in the shaded range."
)
HEIGHTS = (
    "How far the predicted peak stands above every other point, with 95 % intervals. The claim agrees when all of them "
    "are above 0, at the judge's stricter level."
)


@dataclass(frozen=True)
class Picture:
    """Panels that are drawn one below the other; ``text`` says in words what they show."""

    key: str
    title: str
    caption: str
    text: str
    panels: Sequence[Panel]

    @property
    def height(self) -> float:
        """In inches."""
        return sum(axes + below + TOP for axes, below, _ in self.panels)

    def draw(self, figure: Figure) -> None:
        """Draw the panels from top to bottom on a figure of this height and of the common width."""
        y = self.height
        for axes_height, below, draw in self.panels:
            y -= TOP + axes_height
            box = (LEFT / WIDTH, y / self.height, 1 - (LEFT + RIGHT) / WIDTH, axes_height / self.height)
            axes = figure.add_axes(box)
            draw(axes)
            axes.tick_params(length=0)
            y -= below


def pictures(verdict: Verdict) -> list[Picture]:
    """All pictures of a claim that have something to show, the most important first."""
    if verdict.outcome == "error":
        return []
    found = [*_of_curves(verdict), *_of_parts(verdict), *_of_law(verdict)]
    return [one for one in found if one.panels]


def svg(verdict: Verdict, one: Picture, prefix: str) -> str:
    """Inline SVG of one picture, whose names begin with ``prefix``; the same verdict gives the same text."""
    drawn = picture(prefix, one.text, (WIDTH, one.height), one.draw)
    return compact(drawn, prefix, f"{one.title}: {verdict.claim.name}", one.text)


def _of_curves(verdict: Verdict) -> list[Picture]:
    groups = [] if own_heights(verdict) else curves_of(verdict)[:MAX_PANELS]
    marks = partial(_marks, verdict)
    found = []
    for k, curves in enumerate(groups):
        at = (
            f"{words(curves.column)} against {words(curves.x)}"
            if curves.x
            else f"{words(curves.column)} point by point"
        )
        of = f" of {words(curves.column)}" if len(groups) > 1 else ""
        drawn = Picture(
            f"measured{k}",
            f"{'Theory and measurement' if curves.known else 'Measurement'}{of}",
            _caption(verdict, curves),
            _text(verdict, curves),
            curve_panels(verdict, curves, marks),
        )
        inside = Picture(
            f"margins{k}", f"Residuals{of} in margins",
            _margins_caption(verdict, curves, at),
            f"Residuals of {at} in units of the margin. {_text(verdict, curves)}", margin_panel(verdict, curves),
        )  # fmt: skip
        local = Picture(
            f"slopes{k}", f"Local exponents{of}",
            "Minus the slope between neighbours on logarithmic axes: line theory, markers measured (95 %, as if "
            "neighbours were independent). Dashed: the exponent of the law at infinite size, where the claim has one.",
            f"Local exponents of {at}, as predicted and as measured.", slope_panel(verdict, curves),
        )  # fmt: skip
        found += [drawn, inside, local]
    return found


def _caption(verdict: Verdict, curves: Curves) -> str:
    """How to read the picture of one column, by what is drawn in it."""
    told = ["Markers: measured, 95 % intervals."]
    if curves.known:
        theory = "Bars: the theory at the points" if curves.listed else "Solid: the theory at the sizes measured"
        remainder = ", its remainder as a band" if any(point.allowance for point in curves.points) else ""
        told.insert(0, f"{theory}{remainder}.")
    if curves.known and curves.rivals:
        ring = any(farthest(verdict, name) for name in curves.rivals)
        told.append(
            f"{_rivals_look(curves)}: rivals, wrong theories"
            + ("; a ring where one is farthest from the measurement." if ring else ".")
        )
    if isinstance(verdict.claim.quantity, Peak | Optimum):
        told.append("A vertical line is the predicted place, its band the margin.")
    return " ".join(told)


def _rivals_look(curves: Curves) -> str:
    """What stands for rivals: strokes where lines join the points, crosses beside the points where none does."""
    looks = [CROSSES[curves.style(name)] for name in curves.rivals]
    if not curves.listed:
        return "Dashed or dotted" if len(looks) > 1 else "Broken line"
    return "Crosses and stars beside them" if "*" in looks else "Crosses beside them"


def _margins_caption(verdict: Verdict, curves: Curves, at: str) -> str:
    """How to read the residuals of one column."""
    remainder = any(point.allowance for point in curves.points)
    bars = "thick: 95 % interval, thin: with the theory's remainder" if remainder else "bars: 95 % intervals"
    tilted = _tilted(verdict, curves)
    found = allowed(verdict, curves)
    logs = "" if found is None or found.kind == "absolute" else ", both as logarithms"
    of = "the margin turns the curve about its middle" if tilted else "the margin was declared before the data"
    shown = residuals(verdict, curves)
    beyond = [one for one in shown if abs(one.gap) > reach_of(shown)]
    arrows = " An arrow at the edge: a point beyond it, with its residual in margins." if beyond else ""
    rivals = f" {_rivals_look(curves)}: rivals." if curves.rivals else ""
    return f"Measurement less theory{logs}, {at}; {bars}. Shaded: within one margin; {of}.{arrows}{rivals}"


def _tilted(verdict: Verdict, curves: Curves) -> bool:
    found = allowed(verdict, curves)
    return found is not None and found.kind == "slope"


def _marks(verdict: Verdict, axes: Axes, curves: Curves) -> None:
    """Predicted places of peaks, and a ring where every rival is farthest from the measurement."""
    peak_marks(verdict, axes, curves)
    low, high = axes.get_ylim()
    for name in curves.rivals:
        worst = farthest(verdict, name)
        if worst is None:
            continue
        point = verdict.points[worst[0]]
        if any(point is p for points in curves.series.values() for p in points):
            value = point.rivals[name]
            if low <= value <= high:
                axes.plot([curves.rival_place(point)], [value], marker="o", markersize=7, markerfacecolor="none",
                          color=TEXT if len(curves.series) > 1 else MUTED, linestyle="none", zorder=4)  # fmt: skip


def _of_parts(verdict: Verdict) -> list[Picture]:
    contested = contest_panel(verdict)
    panels = [*(contested or strict_parts(verdict)), *parts_in_margins(verdict)]
    inside = sum(part.outcome == "agrees" for part in verdict.parts)
    judged = Picture(
        "parts", "What was judged",
        HEIGHTS if contested else BARS,
        f"{inside} of {plural(len(verdict.parts), 'part')} within the margin.", panels,
    )  # fmt: skip
    told = "; ".join(f"{r.name}: {number(r.distance, digits=2)}" for r in verdict.rivals)
    against = Picture(
        "rivals", "Rivals",
        "How far each rival is from the theory, in margins. One that the data do not reject is coloured and says so.",
        f"Distance of every rival from the theory in margins: {told}.", rival_panel(verdict.rivals),
    )  # fmt: skip
    return [judged, against] if verdict.parts or verdict.rivals else []


def _of_law(verdict: Verdict) -> list[Picture]:
    law = verdict.law
    if law is None:
        return []
    return [
        Picture(
            "law", "Towards the law",
            "Distance between the finite-size theory and the law at infinite size, as the size grows; no simulation. "
            "Dashed: the bound below which it must end.",
            f"Distance of the finite-size theory from the law: {number(law.deviation, digits=2)} at the largest size, "
            f"bound {number(law.bound, digits=2)}.", law_panel(law, alone=not verdict.parts),
        )
    ]  # fmt: skip


def _text(verdict: Verdict, curves: Curves) -> str:
    """Words for the curves of one column: its first and last point, predicted and measured."""
    points = [point for series in curves.series.values() for point in series] or curves.points
    told = []
    for point in (points[0], points[-1]):
        where = ", ".join(f"{words(name)} {number(value)}" for name, value in point.at.items())
        predicted = f"predicted {number(point.predicted)}, " if point.predicted is not None else ""
        told.append(f"at {where}: {predicted}measured {number(point.measured, point.stderr)}")
    return f"{words(curves.column)}, {plural(len(points), 'point')}; {'; '.join(told)}. {figure_text(verdict)}"
