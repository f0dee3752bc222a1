"""Symbolic laws of routed experts: poles of a Mellin transform.

With Poisson loads L(D) = Σ_e p_e G(D p_e), G(x) the mean loss of one expert with x rows on average. Its Mellin
transform in D is G*(s) Σ_e p_e^(1−s). G ~ x^−α puts a pole at s = α; a Zipf load makes the sum a zeta function with a
pole of its own. The smallest pole is the exponent. Derived in docs/sparsity_models/one_pass_and_routing.md.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

import theory.random_features_laws as dense
from theory.random_features_laws import SIZE, D
from theory.sparse_features.unseen_mass_laws import ETA

EXPERT, N_EXPERTS, S = sp.symbols("e E s", positive=True)
ZIPF = sp.Lambda(EXPERT, EXPERT**-ETA)
BALANCED = sp.Lambda(EXPERT, 1 / N_EXPERTS)


def learning_exponent() -> sp.Expr:
    """α, the pole of G*: the data exponent of one dense expert."""
    return dense.data_exponent()


@cache
def load_exponent(load: sp.Lambda = ZIPF) -> sp.Expr:
    """Pole of Σ_e p_e^(1−s) over infinitely many experts, p_e ∝ load(e): where the summand falls as 1/e; 1 − 1/η."""
    falls = sp.simplify(-EXPERT * sp.diff(sp.log(load(EXPERT) ** (1 - S)), EXPERT))
    (pole,) = sp.solve(sp.Eq(sp.expand_log(falls, force=True), 1), S)
    return sp.simplify(pole)


def data_exponent() -> sp.Expr:
    """min(α, 1 − 1/η) under a Zipf load, α ≠ 1 − 1/η."""
    return sp.Min(learning_exponent(), load_exponent())


@cache
def balanced_law() -> sp.Expr:
    """Σ_e p_e L(D p_e) with p_e = 1/E: the law of one expert at D/E rows. Asymptotic(E/D)."""
    p = BALANCED(EXPERT)
    return sp.summation(p * dense.unresolved_law().subs(SIZE, D * p), (EXPERT, 1, N_EXPERTS))


def balanced_exponent() -> sp.Expr:
    """Exponent in D of `balanced_law`: α."""
    law = balanced_law()
    return sp.simplify(-D * sp.diff(law, D) / law)


def balanced_cost() -> sp.Expr:
    """Loss of E balanced experts over that of one who gets all rows: E^α."""
    return sp.powdenest(sp.simplify(balanced_law() / balanced_law().subs(N_EXPERTS, 1)), force=True)
