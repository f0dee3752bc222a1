"""The decision page: how N and D scale with a budget under every law on trial, and what stands behind each row."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from compare.claim import Claim
from compare.decision_laws import TEMPLATES, Row, World, rows
from compare.formatting import NOTHING, SYMBOLS, number, plural
from compare.papers.paper import Headline, Section, matching
from compare.report import anchors
from compare.verdict import Verdict
from theory.precision import exact

SAID = {
    "agrees": "agrees",
    "disagrees": "disagrees",
    "mixed": "agrees in part",
    "inconclusive": "undecided",
    "error": "could not be judged",
}
GROUNDS = {
    "derived": "derived at finite N and D",
    "balance": "balance of two limits; frontier not simulated",
    "measured": "measured, no law",
}
POINT = re.compile(r"(decay|sparsity|teacher_decay)=([0-9.]+)")
MEASURED = "sparse_relu_frontier_exponents"
"""The claim whose measured exponents fill the row without a law."""


@dataclass(frozen=True)
class Line:
    """One row with the verdicts of its claims."""

    row: Row
    section: Section
    tried: str
    here: bool
    """Whether a claim of the row was tried at the parameters asked for, as far as its name tells them."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of the claims behind the row."""
        return self.section.verdicts

    @property
    def outcome(self) -> str:
        """What the claims say together; nothing without claims or where there is no law."""
        return self.section.outcome if self.verdicts else "inconclusive"

    @property
    def said(self) -> str:
        """``✓ agrees, 4 of 4 claims``."""
        if not self.verdicts:
            return "not judged"
        agree = sum(verdict.outcome == "agrees" for verdict in self.verdicts)
        sign = SYMBOLS.get(self.outcome, "~")
        strange = "" if self.section.sound else "; not all as expected"
        return f"{sign} {SAID[self.outcome]}, {agree} of {plural(len(self.verdicts), 'claim')}{strange}"

    @property
    def exponents(self) -> tuple[str, str, str, str]:
        """Of N, D, D/N and 1/L, as text."""
        if self.row.values is None:
            return (NOTHING,) * 4
        features, samples, loss = self.row.values
        return fraction(features), fraction(samples), fraction(samples - features), fraction(loss)

    @property
    def ratio(self) -> str:
        """D/N at the budget: ``34.1``, ``0.333 or 3``; nothing where theory gives no levels."""
        return " or ".join(number(level.ratio, digits=3) for level in self.row.levels) or NOTHING

    @property
    def sizes(self) -> str:
        """N and D at the budget."""
        return " or ".join(
            f"N = {number(level.n_features, digits=3)}, D = {number(level.n_samples, digits=3)}"
            for level in self.row.levels
        )

    @property
    def ground(self) -> str:
        """Where the exponents come from."""
        return GROUNDS[self.row.ground]


def fraction(value: float) -> str:
    """``1/3``, ``−1/5``; a number that is no simple fraction with three digits."""
    simple = Fraction(value).limit_denominator(12)
    text = str(simple) if abs(float(simple) - value) < 1e-9 else number(value, digits=3)
    return text.replace("-", "−")


@dataclass(frozen=True)
class Decision:
    """The page: a world, its lines, and the factor k in C = k N D."""

    world: World
    compute: float
    factor: float
    lines: tuple[Line, ...]


def claims_behind(claims: Sequence[Claim]) -> list[Claim]:
    """Claims of a suite that some row names, in the order of the suite."""
    named = {claim.name: claim for claim in claims}
    wanted = {name for row, _ in TEMPLATES for pattern in row.claims for name in matching(pattern, list(named))}
    return [claim for claim in claims if claim.name in wanted]


def decision(world: World, verdicts: Sequence[Verdict], *, factor: float = 1.0) -> Decision:
    """Every row with its verdicts; the budget is C = k N D, k = ``factor``. Raises ValueError as `rows`."""
    if not (factor > 0 and factor < float("inf")):
        raise ValueError(f"the factor k in C = k N D must be positive, got {factor:g}; 1 counts features times samples")
    inner = world._replace(compute=world.compute / factor)
    return Decision(world, world.compute, factor, tuple(_line(row, world, verdicts) for row in rows(inner)))


def _line(row: Row, world: World, verdicts: Sequence[Verdict]) -> Line:
    by_name = {verdict.claim.name: verdict for verdict in verdicts}
    names = dict.fromkeys(name for pattern in row.claims for name in matching(pattern, list(by_name)))
    found = tuple(by_name[name] for name in names)
    section = Section(Headline(row.model, row.assumes, row.claims), found, None)
    points = [dict(POINT.findall(name)) for name in names]
    told = [point for point in points if point]
    line = Line(row, section, _points(told), any(_same(point, world) for point in told))
    return replace(line, row=_measured(row, found)) if row.ground == "measured" else line


def _same(point: Mapping[str, str], world: World) -> bool:
    return all(exact(value) == exact(getattr(world, name)) for name, value in point.items())


def _points(points: Sequence[Mapping[str, str]]) -> str:
    """``α = 1, η = 2; α = 1, η = 3``."""
    letters = {"decay": "α", "sparsity": "η", "teacher_decay": "τ"}
    told = (", ".join(f"{letters[name]} = {value}" for name, value in point.items()) for point in points)
    return "; ".join(dict.fromkeys(told))


def _measured(row: Row, verdicts: Sequence[Verdict]) -> Row:
    """The row without a law, with exponents from the recorded frontier; D takes what N leaves of the budget."""
    for verdict in verdicts:
        parts = {part.name: part.measured for part in verdict.parts}
        if verdict.claim.name.startswith(MEASURED) and {"size exponent", "loss exponent"} <= set(parts):
            size, loss = parts["size exponent"], parts["loss exponent"]
            return replace(row, values=(round(size, 3), round(1 - size, 3), round(loss, 3)))
    return replace(row, why="there is no recorded frontier of ReLU features here")


def addresses(verdicts: Sequence[Verdict], page: Path, index: Path | None) -> Callable[[Verdict], str]:
    """Where a page finds the place of a claim on the page of all claims; nowhere without one."""
    if index is None:
        return lambda _: ""
    places = anchors(verdicts)
    base = Path(os.path.relpath(index, page.parent)).as_posix()
    return lambda verdict: f"{base}#{places[verdict.claim.name]}"
