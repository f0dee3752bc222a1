"""The formula of a claim as it is shown, and how exact it is; a claim without an entry shows its statement only."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

from compare.claim import Claim
from compare.site.formulas_dense import DENSE, LEAST_SQUARES, PIECEWISE, TICKETS
from compare.site.formulas_sparse import BASE, NEIGHBOURS
from compare.site.formulas_trained import TRAINED
from compare.site.kinds import COMMON, LETTERS, MEANING, Row
from compare.site.mathml import mathml

ROWS: tuple[Row, ...] = (*DENSE, *LEAST_SQUARES, *BASE, *NEIGHBOURS, *TICKETS, *TRAINED, *PIECEWISE)


@dataclass(frozen=True)
class Formula:
    """A formula as text and as MathML, its label with an explanation, and the letters that need one."""

    text: str
    label: str
    letters: tuple[tuple[str, str], ...]

    @property
    def mathml(self) -> str:
        """Presentation MathML, line by line. Raises FormulaError where the text cannot be read."""
        return "\n".join(mathml(line) for line in self.text.splitlines())

    @property
    def meaning(self) -> str:
        """What the label says, in words."""
        return MEANING[self.label]


def family(name: str) -> str:
    """Name of a claim without its parameters."""
    return name.partition("[")[0]


def formula_of(claim: Claim) -> Formula | None:
    """The formula of a claim: of the row that names its family, else of the first whose pattern fits."""
    name = family(claim.name)
    rows = [row for row in ROWS if row[0] == name] or [row for row in ROWS if fnmatch.fnmatchcase(name, row[0])]
    if not rows or not claim.has_formula:
        return None
    _, text, label = rows[0]
    return Formula(text, label, letters(text, claim.model))


def letters(text: str, model: str) -> tuple[tuple[str, str], ...]:
    """Letters of a formula with their meaning in a model, in the order in which they appear."""
    plain = re.sub(r'"[^"]*"|\b[A-Za-z]{3,}\b', " ", re.sub(r"_\w+|_\([^)]*\)", " ", text))
    known = COMMON | LETTERS.get(model, {})
    return tuple((letter, known[letter]) for letter in dict.fromkeys(plain) if letter in known)
