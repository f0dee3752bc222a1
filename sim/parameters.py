"""Checks of simulation parameters: every error shows the value and says what to do, in one sentence."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from numbers import Real
from typing import TypeVar

T = TypeVar("T")

SPECTRA = "'isotropic', 'power:S', 'spike:V' or a tuple of variances"


def positive(name: str, value: float, remedy: str) -> float:
    """The value as a float. Raises ValueError unless it is a finite number above 0."""
    if not (isinstance(value, Real) and math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, got {value!r}; {remedy}")
    return float(value)


def decay(value: float) -> float:
    """Decay α of the spectrum i^−(1+α), as a float. Raises ValueError unless it is finite and above 0."""
    return positive("decay", value, "the spectrum i^-(1+decay) is summable only then")


def count(name: str, value: int) -> int:
    """The value as an int. Raises ValueError unless it is an integer of at least 1."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, got {value!r}; pass a whole number") from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}; pass a whole number of at least 1")
    return number


def below(name: str, value: int, limit_name: str, limit: int) -> int:
    """The value as an int. Raises ValueError unless it is an integer with 1 ≤ value < limit."""
    if count(name, value) >= count(limit_name, limit):
        message = f"{name} must be smaller than {limit_name} = {limit}, got {value!r}"
        raise ValueError(f"{message}; lower it or raise {limit_name}")
    return operator.index(value)


def up_to(name: str, value: int, limit_name: str, limit: int) -> int:
    """The value as an int. Raises ValueError unless it is an integer with 1 ≤ value ≤ limit."""
    if count(name, value) > count(limit_name, limit):
        message = f"{name} must be at most {limit_name} = {limit}, got {value!r}"
        raise ValueError(f"{message}; lower it or raise {limit_name}")
    return operator.index(value)


def several(name: str, values: Sequence[T]) -> tuple[T, ...]:
    """The values as a tuple. Raises ValueError if there are none or they are not a sequence."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ValueError(f"{name} must have at least one entry, got {values!r}; pass a tuple of points")
    return tuple(values)


def rows(name: str, values: Sequence[T], width: int) -> tuple[T, ...]:
    """The values as a tuple. Raises ValueError if there are none or an entry has not ``width`` parts."""
    for value in several(name, values):
        if not isinstance(value, Sequence) or len(value) != width:
            raise ValueError(f"{name} must have entries of {width} parts, got {value!r}; pass a tuple of tuples")
    return tuple(values)


def variances(spectrum: str | Sequence[float], p: int) -> list[float]:
    """Variances of the first p coordinates.

    ``spectrum`` is a tuple of at least p positive numbers, or "isotropic" (all 1), "power:S" (i^−S) or
    "spike:V" (V, then 1). Raises ValueError if it is none of these.
    """
    if not isinstance(spectrum, str):
        if len(spectrum) < p:
            raise ValueError(f"spectrum must have {p} variances or more, got {spectrum!r}; lower n_fitted")
        return [positive("variance", v, "drop coordinates without variance") for v in spectrum[:p]]
    kind, _, text = spectrum.partition(":")
    try:
        number = float(text or "nan")
    except ValueError:
        number = float("nan")
    if spectrum == "isotropic":
        return [1.0] * p
    if kind == "power" and abs(number) < float("inf"):
        return [i**-number for i in range(1, p + 1)]
    if kind == "spike" and 0 < number < float("inf"):
        return [number] + [1.0] * (p - 1)
    raise ValueError(f"spectrum must be {SPECTRA}, got {spectrum!r}; pass one of these")
