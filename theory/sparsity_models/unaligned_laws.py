"""Laws of unaligned sparsity, derived by sympy from P(p < t) = t^ν and the spectrum i^−(1+α).

Mean laws hold for averages over datasets. Typical laws hold for the geometric mean, hence for most datasets: the
unseen mass of few rare coordinates has no typical size near its mean. Steps: docs/sparsity_models/unaligned.md.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sympy as sp

import theory.random_features_laws as dense
from theory.random_features_laws import ALPHA, KAPPA, SIZE, D
from theory.spectra import exponent

NU, PROBABILITY, SILENT = sp.symbols("nu t q", positive=True)
DISTRIBUTION = sp.Lambda(PROBABILITY, PROBABILITY**NU)


@cache
def silent_law(distribution: sp.Lambda = DISTRIBUTION) -> sp.Expr:
    """Leading probability that a coordinate is in none of D rows: ∫ e^(−tD) dP(t) = Γ(ν + 1) D^−ν. Asymptotic(1/D)."""
    density = sp.diff(distribution(PROBABILITY), PROBABILITY)
    return sp.simplify(sp.integrate(density * sp.exp(-PROBABILITY * D), (PROBABILITY, 0, sp.oo), conds="none"))


@cache
def mean_unseen_exponent() -> sp.Expr:
    """Exponent ν of the mean unseen mass, q times the whole variance."""
    return sp.simplify(-D * sp.diff(sp.log(silent_law()), D))


@cache
def typical_unseen_law() -> sp.Expr:
    """E log U at small q: U is a sum over a Poisson process of density q on the index.

    −log E e^(−tU) = q ∫ (1 − e^(−t i^−s)) di = q Γ(1 − 1/s) t^(1/s): by parts and t i^−s = v, ∫ e^(−v) v^(−1/s) dv.
    A positive stable law with −log E e^(−tU) = c t^θ has E log U = (log c)/θ + γ (1/θ − 1).
    """
    s, v = exponent(ALPHA), sp.Symbol("v", positive=True)
    constant = sp.simplify(sp.integrate(sp.exp(-v) * v ** (-1 / s), (v, 0, sp.oo), conds="none"))
    return s * sp.log(SILENT * constant) + sp.EulerGamma * (s - 1)


@cache
def typical_unseen_exponent() -> sp.Expr:
    """Exponent ν (1 + α) of the typical unseen mass."""
    return sp.simplify(-D * sp.diff(typical_unseen_law().subs(SILENT, silent_law()), D))


@cache
def spurious_factor() -> sp.Expr:
    """N/(N − df_2) = 1 + α: what weights fitted to seen coordinates cost on unseen ones. Asymptotic(1/N).

    κ df_1′(κ) = df_2 − df_1, so that N − df_2 = −κ df_1′ at df_1 = N.
    """
    df1 = dense.degrees_of_freedom()
    return sp.simplify(df1 / (-KAPPA * sp.diff(df1, KAPPA)))


class Exponents(NamedTuple):
    """Growth of the optimal number of features and fall of the loss with compute, both positive."""

    size: sp.Expr
    loss: sp.Expr


@cache
def frontier_exponents(data_exponent: sp.Expr) -> Exponents:
    """N* ~ C^size and L* ~ C^−loss where A N^−α + B (C/N)^−β is least, β < α the exponent in data.

    Raises ArithmeticError if the two terms do not fall with the same power of C.
    """
    A, B, C = sp.symbols("A B C", positive=True)
    model = sp.simplify(-SIZE * sp.diff(sp.log(dense.unresolved_law()), SIZE))
    # stationary: α A N^−α = β B (C/N)^−β, one power of N against one of C
    size = sp.simplify(data_exponent / (model + data_exponent))
    first, second = A * (C**size) ** -model, B * (C / C**size) ** -data_exponent
    loss = [sp.simplify(-C * sp.diff(sp.log(term), C)) for term in (first, second)]
    if sp.simplify(loss[0] - loss[1]) != 0:
        raise ArithmeticError(f"the two terms do not balance: {loss}")
    return Exponents(size, loss[0])
