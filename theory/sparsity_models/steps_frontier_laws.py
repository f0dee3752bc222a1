"""Laws of the frontier at fixed N D T or D T (T steps of full-batch descent), derived by sympy from three limits.

Each resource alone leaves a power of itself: N features N^−α, D rows D^−(α/η), T steps T^−(α/(1+α)). Where the best
loss falls as a power of C, every limit contributes alike, up to constants. Derived in docs/sparsity_models/teacher.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import sympy as sp

from theory.descent_laws import early_exponent
from theory.random_features_laws import ALPHA
from theory.sparse_features.unseen_mass_laws import data_exponent


class Frontier(NamedTuple):
    """Growth of features (0 if they are free), samples and steps with compute, and fall of the loss."""

    features: sp.Expr
    samples: sp.Expr
    steps: sp.Expr
    loss: sp.Expr


def balance(falls: Sequence[sp.Expr]) -> tuple[list[sp.Expr], sp.Expr]:
    """Best sizes x_k ~ C^(s_k) at Π x_k = C where the loss is Σ A_k x_k^−f_k, and L ~ C^−l: s_k f_k = l, Σ s_k = 1.

    Stationarity under x_j → x_j e^ε, x_k → x_k e^−ε makes the terms f_k A_k x_k^−f_k equal.
    """
    sizes = sp.symbols(f"s0:{len(falls)}")
    level = sp.Symbol("l")
    equations = [sp.Eq(size * fall, level) for size, fall in zip(sizes, falls, strict=True)]
    found = sp.solve([*equations, sp.Eq(sum(sizes), 1)], [*sizes, level], dict=True)[0]
    return [sp.factor(found[size]) for size in sizes], sp.factor(found[level])


@cache
def steps_and_samples() -> Frontier:
    """C = D T, infinitely many features: η/e, (1 + α)/e and α/e with e = 1 + α + η."""
    (samples, steps), loss = balance([data_exponent(), early_exponent()])
    return Frontier(sp.Integer(0), samples, steps, loss)


@cache
def all_counted() -> Frontier:
    """C = N D T: 1/e, η/e, (1 + α)/e and α/e with e = 2 + α + η."""
    (features, samples, steps), loss = balance([ALPHA, data_exponent(), early_exponent()])
    return Frontier(features, samples, steps, loss)


def samples_per_feature() -> sp.Expr:
    """Exponent of D/N at fixed N D T, (η − 1)/(2 + α + η): data are favoured still."""
    found = all_counted()
    return sp.factor(sp.simplify(found.samples - found.features))
