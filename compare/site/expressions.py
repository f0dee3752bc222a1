"""The expression of a claim that was written with `compare.formula`, typeset for its page."""

from __future__ import annotations

import re
from html import escape
from html.entities import html5
from typing import Any

from compare.claim import Claim
from compare.formula import Formula

PLAIN = {"ExponentialE": "e", "ImaginaryI": "i"}
"""Letters that the printer sets in double strokes."""
OF_MARKUP = frozenset(("amp", "lt", "gt", "quot"))
EXPRESSION = "As the claim's file gives it; its symbols are the names and the letters of the experiment's parameters."


def expression_of(claim: Claim) -> dict[str, Any] | None:
    """MathML of the prediction and of its remainder, with what there is to say; None where it is no expression."""
    if not isinstance(claim.predict, Formula):
        return None
    made, remainder = claim.predict, claim.predict.remainder
    shown = displayed(made.column, made.expression)
    if remainder != 0:
        shown += "\n" + displayed("relative remainder", remainder)
    return {"mathml": shown, "label": "expression", "meaning": EXPRESSION, "letters": ()}


def displayed(name: str, expression: object) -> str:
    """``name = expression`` as displayed presentation MathML, with its text as alternative."""
    from sympy.printing.mathml import mathml  # sympy takes a second to load

    raw = mathml(expression, printer="presentation").replace("<mo><</mo>", "<mo>&lt;</mo>")  # sympy forgets to escape
    right = re.sub(r"&(\w+);", _character, raw)
    return (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block" '
        f'alttext="{escape(f"{name} = {expression}")}"><mrow><mtext>{escape(name.replace("_", " "))}</mtext>'
        f"<mo>=</mo>{right}</mrow></math>"
    )


def _character(entity: re.Match[str]) -> str:
    """The character of an entity that only HTML knows."""
    return entity[0] if entity[1] in OF_MARKUP else PLAIN.get(entity[1]) or html5[f"{entity[1]};"]
