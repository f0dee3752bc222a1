"""What the parameters of a model may be, and what to do when they are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from theory.precision import Real, exact

Cell = tuple[int, int]  # (n_features, n_samples)


def positive(name: str, value: Real, remedy: str) -> Fraction:
    """The value as an exact fraction. Raises ValueError with ``remedy`` unless it is finite and above 0."""
    try:
        number = exact(value)
    except ValueError:
        number = Fraction(-1)
    if number <= 0:
        raise ValueError(f"{name} must be positive and finite, got {value}; {remedy}")
    return number


def decay_of(value: Real) -> Fraction:
    """Decay α > 0 of the spectrum λ_i = i^−(1+α), as an exact fraction. Raises ValueError unless finite and above 0."""
    return positive("decay", value, "the variances i^-(1+decay) have a finite sum only for decay > 0")


def modes_of(value: float) -> int | None:
    """Number of modes M, None for infinitely many. Raises ValueError unless math.inf or whole and at least 1."""
    if value == math.inf:
        return None
    return count("n_modes", value, "pass an integer, or math.inf for infinitely many modes")


def count(name: str, value: float, remedy: str = "sizes count things: pass an integer of at least 1") -> int:
    """The value as an int. Raises ValueError with ``remedy`` unless it is a whole number of at least 1."""
    if not (math.isfinite(value) and value == int(value) and value >= 1):
        raise ValueError(f"{name} must be an integer of at least 1, got {value}; {remedy}")
    return int(value)


def finite_mean(n_features: Real, n_samples: Real, *, names: tuple[str, str] = ("n_features", "n_samples")) -> None:
    """Condition of a finite ridgeless mean, |N − D| >= 2; raises ValueError where it fails."""
    if abs(exact(n_features) - exact(n_samples)) < 2:
        raise ValueError(
            f"the mean is infinite for |{names[0]} - {names[1]}| < 2, got {n_features} and {n_samples}; "
            "move the sizes apart, add a ridge, or compare conditional laws or medians"
        )


def sizes_of(name: str, values: Sequence[int]) -> list[int]:
    """Whole sizes of at least 1; raises ValueError otherwise or when there are none."""
    if len(values) == 0:
        raise ValueError(f"{name} is empty; name at least one size")
    return [count(name, value) for value in values]


def cells_of(cells: Sequence[Cell]) -> list[Cell]:
    """Whole sizes (N, D) with |N − D| >= 2; raises ValueError otherwise."""
    if len(cells) == 0:
        raise ValueError("cells is empty; name at least one pair (n_features, n_samples)")
    pairs = [(count("n_features", N), count("n_samples", D)) for N, D in cells]
    for N, D in pairs:
        finite_mean(N, D)
    return pairs
