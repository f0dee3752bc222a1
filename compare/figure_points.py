"""Points of a claim put in order for a picture: along which coordinate, in how many curves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from compare.figure_style import DASHES, MAX_SERIES
from compare.quantity import Together
from compare.verdict import Point, Verdict

MAX_RIVALS, LISTED = 5, 12
ASIDE = 0.22
"""How far to the right of the measurement a rival stands where points are listed."""


@dataclass
class Curves:
    """Points of one column, ordered into curves along one coordinate, or listed one by one."""

    column: str
    points: list[Point]
    x: str | None = None
    series: dict[str, list[Point]] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)
    """Numbers of the rivals that any figure of the claim shows."""

    @property
    def listed(self) -> bool:
        """Whether no coordinate makes a curve of the points, so that they stand side by side."""
        return self.x is None

    @property
    def known(self) -> bool:
        """Whether theory predicts the points themselves."""
        return any(point.predicted is not None for point in self.points)

    @property
    def rivals(self) -> list[str]:
        """Rivals that differ from the theory at one of the points at least."""
        names = dict.fromkeys(name for point in self.points for name in point.rivals)
        return [name for name in names if not all(coincides(p, name) for p in self.points)][:MAX_RIVALS]

    def place(self, point: Point) -> float:
        """Where a point is drawn."""
        return point.at[self.x] if self.x else float(next(k for k, p in enumerate(self.points) if p is point))

    def rival_place(self, point: Point) -> float:
        """Where what a rival says of a point is drawn."""
        return self.place(point) + (ASIDE if self.listed else 0.0)

    def style(self, rival: str) -> int:
        """Number of a rival's dash and marker, the same in every figure of the claim."""
        return (self.styles[rival] if rival in self.styles else self.rivals.index(rival)) % len(DASHES)


def coincides(point: Point, rival: str) -> bool:
    """Whether a rival says the same as the theory at a point."""
    if point.predicted is None:
        return False
    return math.isclose(point.rivals.get(rival, math.nan), point.predicted, rel_tol=1e-9)


def curves_of(verdict: Verdict) -> list[Curves]:
    """The finite points of a verdict by column and coordinates, each group along its best coordinate."""
    groups: dict[tuple[str, tuple[str, ...]], tuple[list[Point], dict[int, str]]] = {}
    views = _view_labels(verdict)
    for k, point in enumerate(verdict.points):
        if math.isfinite(point.measured):
            points, labels = groups.setdefault((point.column, tuple(point.at)), ([], {}))
            labels[len(points)] = views[k]
            points.append(point)
    found = [_ordered(column, points, labels) for (column, _), (points, labels) in groups.items()]
    names = dict.fromkeys(name for curves in found for name in curves.rivals)
    for curves in found:
        curves.styles = {name: k for k, name in enumerate(names)}
    return found


def _view_labels(verdict: Verdict) -> list[str]:
    """Name of the quantity that each point belongs to, where several are judged together."""
    quantity = verdict.claim.quantity
    found: list[str] = []
    if isinstance(quantity, Together):
        for label, one in quantity.quantities.items():
            found += [label] * sum(len(view.index) for view in one.views)
    return found if len(found) == len(verdict.points) else [""] * len(verdict.points)


def _ordered(column: str, points: list[Point], labels: dict[int, str]) -> Curves:
    """Curves along the coordinate that needs the fewest; points that make none are listed."""
    candidates = [name for name in points[0].at if len({p.at[name] for p in points}) > 1 and not _index(points, name)]
    best: dict[str, list[Point]] = {}
    chosen: str | None = None
    for name in candidates:
        series = _series(points, name, labels)
        if not best or len(series) < len(best):
            best, chosen = series, name
    short = chosen is not None and len(best) > 1 and min(len(members) for members in best.values()) < 3
    if chosen is None or (short and len(points) <= LISTED):
        return Curves(column, points, None, {"": points})
    kept = np.unique(np.linspace(0, len(best) - 1, min(MAX_SERIES, len(best))).round().astype(int))
    names = list(best)
    shown = {names[k]: sorted(best[names[k]], key=lambda point: point.at[chosen]) for k in kept}
    return Curves(column, points, chosen, shown)


def _index(points: Sequence[Point], name: str) -> bool:
    """Whether a coordinate only counts: 0, 1, 2 and so on."""
    values = sorted({point.at[name] for point in points})
    return values == [float(k) for k in range(len(values))]


def _groups(points: Sequence[Point], name: str) -> bool:
    """Whether a coordinate sorts the points into groups of three at least."""
    return min(Counter(point.at[name] for point in points).values()) >= 3


def _series(points: Sequence[Point], x: str, labels: dict[int, str]) -> dict[str, list[Point]]:
    """Points by the other coordinates that vary; one curve where they follow the first one by one."""
    others = [name for name in points[0].at if name != x and len({point.at[name] for point in points}) > 1]
    places = [point.at[x] for point in points]
    alone = len(set(places)) == len(places) and not any(_groups(points, name) for name in others)
    by_view = len(set(labels.values())) > 1
    series: dict[str, list[Point]] = {}
    for k, point in enumerate(points):
        label = ", ".join(f"{name}={point.at[name]:.6g}" for name in others)
        counted = by_view and all(_index(points, name) for name in others)
        series.setdefault(labels[k] if counted else "" if alone else label, []).append(point)
    return series
