"""A theory given as one expression: sympy evaluates it at every point, no Python function is written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.claim import ClaimError
from theory.prediction import Prediction

if TYPE_CHECKING:
    import sympy  # elsewhere when first used: it takes a second

LETTERS = {
    "N": "n_features", "D": "n_samples", "M": "n_modes", "C": "compute",
    "alpha": "decay", "eta": "sparsity", "sigma": "label_noise", "gamma": "ridge",
}  # fmt: skip
"""Letters of the papers, and the parameters that they stand for where an experiment has them."""
CAPITALS = "CDEINOQS"
"""Capitals that sympy or its parser has a meaning for; in a formula they are symbols like all other letters."""
DIGITS = 20


@dataclass(frozen=True)
class Formula:
    """The prediction of one column: an expression and the coordinates of its points. Calling it evaluates it."""

    expression: sympy.Expr
    column: str
    at: Mapping[str, tuple[Any, ...]]
    remainder: sympy.Expr

    def __call__(self) -> Prediction:
        """The expression at every point, to 20 digits, rounded; the allowance is |value| × remainder.

        Raises ClaimError, with the point, where a value is not a finite real number.
        """
        values = self._evaluated(self.expression, "formula")
        allowance = np.abs(values) * self._evaluated(self.remainder, "remainder")
        if (allowance < 0).any():
            raise ClaimError(f"the remainder {self.remainder} must not be negative, got {(allowance / values).min():g}")
        return Prediction({self.column: values}, {self.column: allowance})

    def told(self) -> str:
        """The expression and, where there is one, its remainder, on one line."""
        remainder = f", relative remainder {self.remainder}" if self.remainder != 0 else ""
        return f"{self.column} = {self.expression}{remainder}"

    def swapped(self, a: str, b: str) -> Formula | None:
        """The same formula with two coordinates exchanged; None if it does not have both."""
        if not {a, b} <= set(self.at):
            return None
        return replace(self, at={**self.at, a: self.at[b], b: self.at[a]})

    def _evaluated(self, expression: sympy.Expr, what: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        import sympy

        meant = {symbol: _meaning(symbol.name, self.at) for symbol in expression.free_symbols}
        found = []
        for k in range(max((len(values) for values in self.at.values()), default=1)):
            point = {symbol: sympy.sympify(self.at[name][k]) for symbol, name in meant.items()}
            value = _summed(expression.subs(point)).evalf(DIGITS)
            if not (value.is_number and value.is_real and value.is_finite):
                where = ", ".join(f"{name} = {values[k]}" for name, values in self.at.items())
                raise ClaimError(f"the {what} {expression} gives {value} at {where}; a finite real number is needed")
            found.append(float(value))
        return np.array(found)


def _summed(expression: sympy.Expr) -> sympy.Expr:
    """The expression with its finite sums added up, term by term."""
    import mpmath
    import sympy

    def added(total: sympy.Sum) -> sympy.Expr:
        ((index, first, last),) = total.limits
        if total.free_symbols:
            return total  # a sum inside a sum is added up with the outer one
        if not (first.is_Integer and last.is_Integer):
            raise ClaimError(
                f"the sum {total} cannot be added up; sum up to a whole number and write the rest in closed form, such "
                "as zeta(s, N + 1)"
            )
        with mpmath.workdps(DIGITS + 10):
            term = sympy.lambdify(index, total.function, "mpmath")
            return sympy.Float(mpmath.fsum(term(mpmath.mpf(i)) for i in range(int(first), int(last) + 1)), DIGITS + 10)

    return expression.replace(lambda part: isinstance(part, sympy.Sum) and len(part.limits) == 1, added)


def _meaning(symbol: str, at: Mapping[str, Any]) -> str:
    return symbol if symbol in at else LETTERS.get(symbol, symbol)


def formula(
    expression: str | sympy.Expr, column: str = "loss", *, over: Mapping[str, Any], remainder: Any = 0, **constants: Any
) -> Formula:
    """The prediction of a column as an expression, for ``predict=`` and for rivals.

        formula("n_features**(-alpha)", "loss", over=WORLD, alpha=1)

    ``expression``: text (``^`` and ``**`` are powers, functions are sympy's, sums end at a whole number) or a sympy
    expression. Its symbols are the names in ``over`` and the constants; N, D, M, C, alpha, eta, sigma and gamma may
    stand for n_features, n_samples, n_modes, compute, decay, sparsity, label_noise and ridge. A single capital is
    always a symbol: Euler's number is ``exp(1)``.
    ``over``: the parameters of the experiment, or the coordinates of the points: a number is the same at all points,
    a tuple has one value per point. ``remainder``: what the theory admits to not knowing, relative to the value: a
    number or an expression in the same symbols, such as ``"1/N**2"``.

    Raises ClaimError for an expression that cannot be read, a symbol that is not known (with those that are), and
    tuples of different lengths.
    """
    at = _points({**over, **constants})
    return Formula(_read(expression, at, "formula"), column, at, _read(remainder, at, "remainder"))


def _points(given: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """One value of every name at every point; what is not made of numbers cannot be a symbol and is left out."""
    several, single = {}, {}
    for name, value in given.items():
        plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        if isinstance(plain, Sequence) and not isinstance(plain, str):
            if all(_is_number(item) for item in plain):
                several[name] = tuple(plain)
        elif _is_number(plain):
            single[name] = plain
    lengths = {name: len(values) for name, values in several.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ClaimError(
            f"a formula needs one value per point of every coordinate, got lengths {told}; list all points"
        )
    n_points = max(lengths.values(), default=1)
    return several | {name: (value,) * n_points for name, value in single.items()}


def _is_number(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or hasattr(value, "free_symbols")


def _read(expression: Any, at: Mapping[str, Any], what: str) -> sympy.Expr:
    import sympy
    from sympy.parsing.sympy_parser import convert_xor, parse_expr, standard_transformations

    names = set(at) | {letter for letter, name in LETTERS.items() if name in at}
    if isinstance(expression, str):
        try:
            symbols = {name: sympy.Symbol(name) for name in {*names, *CAPITALS}}
            read = parse_expr(expression, local_dict=symbols, transformations=(*standard_transformations, convert_xor))
        except Exception as error:  # sympy's parser raises whatever Python's does
            raise ClaimError(f"cannot read the {what} {expression!r}{_unreadable(expression, error, names)}") from None
    else:
        read = sympy.sympify(expression)
    if not isinstance(read, sympy.Expr):
        raise ClaimError(f"the {what} must be an expression with a value, got {read!r}")
    unknown = sorted(symbol.name for symbol in read.free_symbols if symbol.name not in names)
    if unknown:
        near = [name for name in sorted(names) if name.lower() == unknown[0].lower()]
        near = near or difflib.get_close_matches(unknown[0], names, 1)
        hint = f"did you mean {near[0]!r}? " if near else _near_letter(unknown[0], names)
        hint += "Euler's number is exp(1); " if unknown[0] == "E" else ""
        raise ClaimError(
            f"the {what} {read} has the symbol {unknown[0]!r}, which is not known; {hint}known are "
            f"{', '.join(sorted(names)) or 'none'}; pass a constant as {unknown[0]}=..."
        )
    return read


def _unreadable(expression: str, error: Exception, names: Iterable[str]) -> str:
    """Why an expression cannot be read, and what to write."""
    modules = re.findall(r"\b([A-Za-z_]\w*)\.(?=[A-Za-z_])", expression)
    if modules and isinstance(error, AttributeError):
        plain = re.sub(r"\b[A-Za-z_]\w*\.(?=[A-Za-z_])", "", expression)
        return f": write {plain}, without {' and '.join(dict.fromkeys(modules))}"
    reason = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    reason = "a bracket is not closed" if isinstance(error, TokenError) else reason
    hint = "; lambda is a word of Python, write lamda" if "lambda" in expression else ""
    return f" ({reason}); its symbols are {', '.join(sorted(names))}{hint}"


def _near_letter(symbol: str, names: Iterable[str]) -> str:
    """A letter of the papers that is not known, since the parameter that it stands for has nearly its name."""
    meant = LETTERS.get(symbol, "")
    near = difflib.get_close_matches(meant, sorted(names), 1, 0.8)
    return f"did you mean to call {near[0]!r} {meant}? {symbol} stands for {meant}; " if near else ""
