"""Symbolic laws of leaked and of normalised sparse rows. Symbols: α decay, η sparsity, D samples, σ², ε leak.

Asymptotic, infinitely many modes, c = 1. Steps: docs/sparsity_models/leak_and_normalised.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory import random_features_laws as dense
from theory.sparse_features import unseen_mass_laws as sparse

ALPHA, ETA = sparse.ALPHA, sparse.ETA
D, NOISE, LEAK = sp.symbols("D sigma^2 epsilon", positive=True)


def leaked_exponent() -> sp.Expr:
    """Exponent in D of the loss κ(D) (D − E S) without label noise: that of κ(D) D, since S ~ D^(1/η) = o(D)."""
    return dense.data_exponent().subs(dense.ALPHA, ALPHA)


@cache
def noisy_crossover() -> sp.Expr:
    """D* at which the coordinates at the edge of what was seen, D p_i = 1, are learned through the leak.

    Coordinate i is learned through the leak if D ε λ_i > σ²; at i = D^(1/η) both sides are equal at D*.
    Valid for η > 1 + α: (σ²/ε)^(η/(η − 1 − α)). Label: asymptotic, in orders of magnitude.
    """
    log_edge = sp.solve(sp.Eq(sp.log(D) - ETA * sp.Symbol("l"), 0), sp.Symbol("l"))[0]  # log i, from D i^−η = 1
    signal = sp.log(D) - (1 + ALPHA) * log_edge  # log of D λ_i
    log_size = sp.Symbol("u")
    u = sp.solve(sp.Eq(signal.subs(sp.log(D), log_size), sp.Symbol("q")), log_size)[0]  # q = log(σ²/ε)
    return sp.simplify((NOISE / LEAK) ** sp.simplify(sp.diff(u, sp.Symbol("q"))))


def normalised_spectral_exponent() -> sp.Expr:
    """η: a rare row is its rarest coordinate, so that E x_i²/|x|² tends to p_i = i^−η for η > 1 + α."""
    probability = sp.Symbol("i", positive=True) ** -ETA
    return -sp.diff(sp.log(sp.powsimp(probability)), sp.Symbol("i", positive=True)).simplify() * sp.Symbol(
        "i", positive=True
    )


def normalised_data_exponent() -> sp.Expr:
    """The base model's exponent α/η for the spectrum exponent 1 + α = η that normalised rows have: (η − 1)/η."""
    return sp.simplify(sparse.data_exponent().subs(ALPHA, normalised_spectral_exponent() - 1))
