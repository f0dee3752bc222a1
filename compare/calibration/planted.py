"""Deliberate errors in the functions of theory/, planted in this process and taken out again.

An error replaces functions wherever the modules of theory and of the claims hold them, so that a claim's own
prediction commits it. Errors of the finite-size theory are judged on draws; errors of a symbolic law by link 1.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import sympy as sp

from theory.precision import ball
from theory.prediction import Prediction

Function = Callable[..., Any]
PACKAGES = ("theory", "compare.claims")


@dataclass(frozen=True)
class Planted:
    """An error: for each function, by module and name, the wrong one made of the right one.

    ``link`` says who judges it: "draws", or "law" where a symbolic law is wrong. ``silent`` is the reason why
    no claim can see it, for an error that is known to be invisible.
    """

    name: str
    functions: Mapping[tuple[str, str], Callable[[Function], Function]]
    link: Literal["draws", "law"] = "draws"
    silent: str = ""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The error holds inside the ``with`` block."""
        held: list[tuple[dict[str, Any], str, Any]] = []
        try:
            for (module, name), wrong in self.functions.items():
                right = getattr(importlib.import_module(module), name)
                instead = wrong(right)
                for space, key in list(_holders(right)):
                    held.append((space, key, right))
                    space[key] = instead
            forget()
            yield
        finally:
            for space, key, right in held:
                space[key] = right
            forget()


def _modules() -> Iterator[dict[str, Any]]:
    for name, module in list(sys.modules.items()):
        if module is not None and any(name == package or name.startswith(f"{package}.") for package in PACKAGES):
            yield vars(module)


def _holders(function: Function) -> Iterator[tuple[dict[str, Any], str]]:
    """Every global name that means this function."""
    for space in _modules():
        for key, value in list(space.items()):
            if value is function:
                yield space, key


def forget() -> None:
    """Empty the caches of theory: they hold what the other functions returned."""
    for space in _modules():
        if str(space.get("__name__")).startswith("theory"):
            for value in list(space.values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


RIDGELESS, FEATURES, SQUARES = "theory.ridgeless", "theory.random_features", "theory.least_squares"
LAWS, RIDGE_LAWS = "theory.random_features_laws", "theory.random_features_ridge_laws"


def _result(change: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Another result from the same arguments."""
    return lambda right: lambda *args, **more: change(right(*args, **more))


def _swapped(right: Function) -> Function:
    """The first two arguments, N and D, exchanged."""
    return lambda first, second, *args, **more: right(second, first, *args, **more)


def _instead(value: Function) -> Callable[[Function], Function]:
    return lambda _: value


def _decay(error: Fraction) -> Planted:
    return Planted(
        f"decay {float(error):.0%} too large".replace("%", " %"),
        {("theory.spectra", "exponent"): lambda _: lambda decay: 1 + decay * (1 + error)},
    )


def _total_loss(error: Fraction) -> Planted:
    """Dense with and without ridge, and least squares."""
    factor = ball(1 + error)
    return Planted(
        f"loss {float(error):.0%} too large, in every model".replace("%", " %"),
        {
            (RIDGELESS, "unresolved_ball"): _result(lambda loss: loss * factor),
            ("theory.ridge", "_bias_and_noise"): _result(lambda terms: (terms[0] * factor, terms[1])),
            (SQUARES, "risk_ball"): _result(lambda loss: loss * factor),
        },
    )


def _larger(N: Any, D: Any) -> Any:
    return Fraction(max(N, D))


def _peak(shift: int) -> Planted:
    return Planted(f"peak at N = D {shift:+d}", {(FEATURES, "peak"): _result(lambda place: place + shift)})


def _hard_edge(error: float, silent: str = "") -> Planted:
    return Planted(
        f"hard-edge factor {error:.0%} too large".replace("%", " %"),
        {("theory.hard_edge", "hard_edge_factor"): _result(lambda factor: factor * (1 + error))},
        silent=silent,
    )


def _hard_edge_law(error: Fraction) -> Planted:
    shrunk = 1 / sp.sqrt(1 + sp.Rational(error.numerator, error.denominator))  # the constant goes as 1/wave²
    return Planted(
        f"law: hard-edge constant {float(error):.0%} too large".replace("%", " %"),
        {(RIDGE_LAWS, "_wave"): _result(lambda wave: wave * shrunk)},
        link="law",
    )


def _frontier(error: Fraction) -> Planted:
    factor = 1 + sp.Rational(error.numerator, error.denominator)
    return Planted(
        f"law: frontier exponents {float(error):.0%} too large".replace("%", " %"),
        {
            (LAWS, "frontier_exponents"): _result(
                lambda law: replace(law, smaller=law.smaller * factor, loss=law.loss * factor)
            )
        },
        link="law",
    )


def _unspread(given: Mapping[str, Any], *, cells: Any) -> Any:
    """Label noise above the peak without the factor 1/(N − D − 1) of its unresolved part."""
    both = given["noise_resolved"] + given["noise_unresolved"]
    return Prediction({"noise": np.array([n if N > D else N / D for n, (N, D) in zip(both, cells, strict=True)])})


PERCENT = Fraction(1, 100)
SYMMETRIC = "the law is symmetric in N and D"
ERRORS: tuple[Planted, ...] = (
    *(_decay(k * PERCENT) for k in (2, 5, 10)),
    *(_total_loss(k * PERCENT) for k in (2, 5)),
    Planted("N and D swapped in the label noise", {(RIDGELESS, "label_noise_ball"): _swapped}),
    Planted(
        "N and D swapped in the double-descent factor",
        {(RIDGELESS, "double_descent_factor"): _swapped},
        silent=SYMMETRIC,
    ),
    Planted(
        "N and D swapped in the ridge equivalent",
        {("theory.ridge", "_bias_and_noise"): _swapped},
        silent=SYMMETRIC,
    ),
    Planted(
        "factor 1/(1 − m/X) dropped",
        {(RIDGELESS, "double_descent_factor"): _instead(lambda *_: Fraction(1))},
    ),
    Planted(
        "X/(X − m) for (X − 1)/(X − m − 1)",
        {(RIDGELESS, "double_descent_factor"): _instead(lambda N, D: _larger(N, D) / abs(Fraction(N) - Fraction(D)))},
    ),
    Planted(
        "factor of the label noise dropped",
        {
            (RIDGELESS, "label_noise_ball"): _instead(lambda N, D, **_: ball(Fraction(min(N, D), max(N, D)))),
            ("theory.conditional", "conditional_noise"): _instead(_unspread),
            (SQUARES, "variance"): _instead(lambda p, n: Fraction(min(p, n)) / max(p, n)),
        },
    ),
    Planted(
        "p/(n − p) for p/(n − p − 1)",
        {(SQUARES, "variance"): _instead(lambda p, n: Fraction(min(p, n)) / abs(Fraction(p) - Fraction(n)))},
    ),
    Planted("1/m correction dropped", {(RIDGELESS, "correction"): _result(lambda term: 0 * term)}),
    *(_peak(shift) for shift in (-1, 1, 2)),
    *(_hard_edge(error, "below the margin of 12 %, three times the stated remainder") for error in (0.02, 0.05, 0.1)),
    Planted(
        "hard-edge factor dropped",
        {("theory.hard_edge", "hard_edge_factor"): _result(lambda factor: factor / factor)},
    ),
    *(_frontier(k * PERCENT) for k in (2, 5, 10)),
    *(_hard_edge_law(k * PERCENT) for k in (2, 5, 10)),
    Planted(
        "law: optimal ratio decay/(decay + 1)",
        {(LAWS, "compute_optimal_ratio"): _result(lambda ratio: sp.simplify(2 * ratio / (1 + ratio)))},
        link="law",
    ),
    Planted(
        "law: 3 in place of π",
        {(LAWS, "degrees_of_freedom"): _result(lambda df1: df1.subs(sp.pi, 3))},
        link="law",
    ),
)
