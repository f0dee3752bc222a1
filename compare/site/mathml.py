"""Presentation MathML from one line of mathematics.

The line is read as a theorist types it: ``L(N) = κ N (1 + c/N)``. Juxtaposition is a product, ``/`` a fraction of its
two neighbours (in a script with a stroke), ``_`` and ``^`` scripts of the symbol before them. Round brackets that only
group (around a numerator, a denominator or a script) are not shown; braces group and are never shown. Σ, Π, ∫, min,
max, lim and sup carry their scripts as limits, a star behind a letter is raised. ``sqrt`` takes its next neighbour
under a root; text in double quotes is set as words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

TOKEN = re.compile(
    r'\s*(?:"(?P<text>[^"]*)"|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z]{2,}\b)|(?P<letter>[^\W\d_]′*\*?|ℓ|∞|∂)|(?P<sign>\S))'
)
NAMED = frozenset(("log", "exp", "max", "min", "lim", "sup", "sqrt", "tr", "det", "Var", "tan", "tanh"))
"""Words that stand upright, as those of three letters and more below a symbol do; others are products of letters."""
LARGE = frozenset({"Σ", "Π", "∫", "max", "min", "lim", "sup"})
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}", "|": "|"}, frozenset(")]}")
MAX_LENGTH = 400


class FormulaError(ValueError):
    """A formula that cannot be read; the message shows it and says where."""


@dataclass(frozen=True)
class Node:
    """A piece of MathML; ``inner`` is the same without its grouping brackets, where it has some."""

    xml: str
    inner: str = ""
    large: bool = False

    @property
    def bare(self) -> str:
        """As it stands in a fraction or a script."""
        return self.inner or self.xml


def mathml(formula: str) -> str:
    """A displayed formula with its own text as alternative. Raises FormulaError for one that cannot be read."""
    if len(formula) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH} characters, got {len(formula)}: {formula[:60]} …")
    row = _Reader(formula).whole()
    plain = escape(formula.replace('"', "").replace("{", "(").replace("}", ")"))
    return (
        f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block" alttext="{plain}"><mrow>{row}</mrow></math>'
    )


class _Reader:
    """Reads tokens from the left; every method returns what it has read as MathML."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        found = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in TOKEN.finditer(formula)]
        before = [("", ""), *found]
        self.tokens = [
            piece
            for (_, last), token in zip(before, found, strict=False)
            for piece in _letters(*token, script=last == "_")
        ]
        self.place = 0
        self.depth = 0
        """How many scripts the piece stands in; there a fraction is written with a stroke."""

    def whole(self) -> str:
        """All of the formula."""
        row = self._row("")
        if self.place < len(self.tokens):
            raise self._error(f"{self._next()!r} closes nothing")
        return row

    def _next(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def _kind(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def _error(self, what: str) -> FormulaError:
        return FormulaError(f"cannot read the formula {self.formula!r}: {what} (piece {self.place + 1})")

    def _row(self, until: str) -> str:
        """Pieces up to a closing bracket, which is left."""
        found: list[Node] = []
        while self.place < len(self.tokens):
            if self._kind() == "sign" and (self._next() in CLOSE or self._next() == until):
                break
            found.append(self._fraction())
        return "".join(node.xml for node in found)

    def _fraction(self) -> Node:
        node = self._scripted()
        while self._next() == "/" and self._kind() == "sign":
            self.place += 1
            below = self._scripted()
            if self.depth:
                node = Node(f"{node.xml}<mo>/</mo>{below.xml}")
                continue
            node = Node(f"<mfrac><mrow>{node.bare}</mrow><mrow>{below.bare}</mrow></mfrac>")
        return node

    def _scripted(self) -> Node:
        base = self._atom()
        scripts: dict[str, str] = {}
        while self._kind() == "sign" and self._next() in ("_", "^"):
            sign = self._next()
            if sign in scripts:
                raise self._error(f"two scripts {sign!r} of one symbol; put the first into braces")
            self.place += 1
            self.depth += 1
            scripts[sign] = f"<mrow>{self._script().bare}</mrow>"
            self.depth -= 1
        if not scripts:
            return base
        names = {"_": "under", "^": "over"} if base.large else {"_": "sub", "^": "sup"}
        tag = "m" + "".join(names[sign] for sign in "_^" if sign in scripts)
        return Node(f"<{tag}>{base.xml}{''.join(scripts[sign] for sign in '_^' if sign in scripts)}</{tag}>")

    def _script(self) -> Node:
        """What stands in a script: a minus sign belongs to it."""
        if self._next() in ("-", "−"):
            self.place += 1
            return Node(f"<mo>−</mo>{self._atom().bare}")
        return self._atom()

    def _atom(self) -> Node:
        kind, text = self._kind(), self._next()
        if not kind:
            raise self._error("it ends where something is missing")
        self.place += 1
        if kind == "text":
            spaced = text.replace(" ", "\N{NO-BREAK SPACE}")
            return Node(f"<mtext>{escape(spaced)}</mtext>")
        if kind == "number":
            return Node(f"<mn>{text}</mn>")
        if text == "sqrt":
            return Node(f"<msqrt>{self._atom().bare}</msqrt>")
        if text in LARGE:
            return Node(f"<mo>{text}</mo>" if kind != "word" else f"<mi>{text}</mi>", large=True)
        if kind == "indices":
            return Node("".join(f"<mi>{letter}</mi>" for letter in text))
        if kind == "word":
            return Node(f'<mi mathvariant="normal">{text}</mi>')
        if kind == "letter" and text.endswith("*"):
            return Node(f"<msup><mi>{text[:-1]}</mi><mo>*</mo></msup>")
        if kind == "letter":
            return Node(f"<mi>{text}</mi>")
        return self._bracketed(text) if text in OPEN else self._sign(text)

    def _bracketed(self, opening: str) -> Node:
        closing = OPEN[opening]
        inside = self._row(closing)
        if self._next() != closing:
            raise self._error(f"{opening!r} is not closed")
        self.place += 1
        if opening == "{":
            return Node(f"<mrow>{inside}</mrow>")
        shown = f'<mrow><mo stretchy="true">{opening}</mo>{inside}<mo stretchy="true">{closing}</mo></mrow>'
        return Node(shown, inside if opening == "(" else "")

    def _sign(self, text: str) -> Node:
        if text in ("_", "^", "/"):
            raise self._error(f"{text!r} stands alone")
        return Node(f"<mo>{escape('−' if text == '-' else text)}</mo>")


def _letters(kind: str, text: str, *, script: bool) -> list[tuple[str, str]]:
    """A word that is no function's name as its letters; below a symbol two letters are indices, more are a word."""
    if kind == "word" and text not in NAMED and script:
        return [("indices" if len(text) == 2 else "word", text)]
    if kind == "word" and text not in NAMED:
        return [("letter", letter) for letter in text]
    if kind == "letter" and text in LARGE:
        return [("sign", text)]
    return [(kind, text)]
