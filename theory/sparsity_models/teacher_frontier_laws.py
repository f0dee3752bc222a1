"""Laws of the compute-optimal frontier N D = C for a teacher E w_i² = i^−τ, derived by sympy.

Beyond the peak the loss is signal lost plus cross-talk, of which the leading terms are, for large D,

    T(α + τ) (cD)^(−(α+τ)/η) + T(α) (cD)^(−α/η) W/N,   T(a) = Γ(a/η)/η,

with the weight W that the rows show: ζ(τ) for τ > 1; for τ < 1 it grows as (cD)^((1−τ)/η). N − r takes the place of N
wherever N* is of the order of the rank r: for τ < 1, and for τ > 1 with α > η.

Derived in docs/sparsity_models/teacher.md.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sympy as sp

from theory.precision import Real, exact
from theory.random_features_laws import ALPHA, C, D, N
from theory.sparse_features.frontier_laws import K as DATA_POWER, data_at, rank_constant
from theory.sparse_features.unseen_mass_laws import ETA, SCALE, mass_constant
from theory.sparsity_models.teacher_frontier import admitted

TAU, RHO = sp.symbols("tau rho", positive=True)


def lost(power: sp.Expr) -> sp.Expr:
    """Σ i^−(1+a) (1 − p_i)^D for large D: T(a) (cD)^(−a/η), a = ``power``. Asymptotic."""
    return mass_constant().subs(ALPHA, power) * (SCALE * D) ** (-power / ETA)


def over_law() -> tuple[sp.Expr, sp.Expr]:
    """Signal lost and cross-talk for τ > 1. Asymptotic."""
    return lost(ALPHA + TAU), lost(ALPHA) * sp.zeta(TAU) / N


class Frontier(NamedTuple):
    """Growth of both sizes and of D/N with compute, and fall of the loss."""

    features: sp.Expr
    samples: sp.Expr
    samples_per_feature: sp.Expr
    loss: sp.Expr


def _at_fixed_compute(term: sp.Expr, log_n: sp.Symbol) -> sp.Expr:
    """Logarithm of a product of powers as a function of log N at N D = C."""
    (samples,) = (data_at(N).subs(DATA_POWER, 1),)
    return sp.expand_log(sp.log(term.subs(D, samples).subs(N, sp.exp(log_n))), force=True)


@cache
def best_size() -> sp.Expr:
    """Logarithm of N* for τ > 1: slopes of signal and cross-talk in log N at fixed compute cancel. Needs α < η."""
    log_n = sp.Symbol("n", real=True)
    signal, cross = (_at_fixed_compute(term, log_n) for term in over_law())
    slopes = sp.diff(signal, log_n), sp.diff(cross, log_n)  # of the logarithms: (α + τ)/η and α/η − 1
    balance = signal + sp.log(slopes[0]) - cross - sp.log(-slopes[1])
    (place,) = sp.solve(sp.expand(balance), log_n)
    return sp.expand(place)


@cache
def concentrated() -> Frontier:
    """Exponents for τ > 1, α < η: τ/(τ + η), η/(τ + η), (η − τ)/(τ + η), (α + τ)/(τ + η)."""
    features = sp.simplify(C * sp.diff(best_size(), C))
    return _frontier(features)


@cache
def spread() -> Frontier:
    """Exponents for τ < 1: 1/(1 + η), η/(1 + η), (η − 1)/(1 + η), (α + τ)/(1 + η).

    At N = ρ (cD)^(1/η), where the rank is, cross-talk and signal fall with the same power of D, so that the best ρ does
    not depend on compute. Raises ArithmeticError if they do not.
    """
    size = RHO * (SCALE * D) ** (1 / ETA)
    cross = lost(ALPHA) * (SCALE * D) ** ((1 - TAU) / ETA) / size
    falls = [sp.simplify(D * sp.diff(sp.log(term), D)) for term in (cross, lost(ALPHA + TAU))]
    if sp.simplify(falls[0] - falls[1]) != 0:
        raise ArithmeticError(f"cross-talk and signal fall with different powers of D, {falls}")
    log_n = sp.Symbol("n", real=True)
    line = sp.expand_log(sp.log(size.subs(D, C * sp.exp(-log_n))), force=True)
    (place,) = sp.solve(sp.expand(line - log_n), log_n)
    return _frontier(sp.simplify(C * sp.diff(place, C)))


@cache
def rank_ratio() -> sp.Expr:
    """N*/r for τ > 1, α > η: (1 + α)/(α − η). Cross-talk T(α) (cD)^(−α/η) ζ(τ)/(N − r) alone is stationary there."""
    rank = rank_constant() * (SCALE * D) ** (1 / ETA)
    logarithm = sp.expand_log(sp.log(lost(ALPHA) * sp.zeta(TAU) / (N - rank)), force=True)
    slope = N * sp.diff(logarithm, N) - D * sp.diff(logarithm, D)
    (ratio,) = sp.solve(sp.numer(sp.together(sp.simplify(slope.subs(N, RHO * rank)))), RHO)
    return sp.simplify(ratio)


@cache
def bound_to_rank() -> Frontier:
    """Exponents for τ > 1, α > η, where N* stays in proportion to the rank: 1/(1 + η), η/(1 + η), (1 + α)/(1 + η).

    The loss is cross-talk, of order D^(−α/η)/r; the signal lost falls faster, as D^(−(α+τ)/η).
    """
    features = spread().features
    samples = sp.simplify(1 - features)
    cross = lost(ALPHA) * sp.zeta(TAU) / (rank_constant() * (SCALE * D) ** (1 / ETA))
    fall = -sp.simplify(D * sp.diff(sp.log(cross), D))
    return Frontier(
        features, samples, sp.factor(sp.simplify(samples - features)), sp.simplify(sp.factor(fall) * samples)
    )


def exponents(*, decay: Real, sparsity: Real, teacher_decay: Real) -> Frontier:
    """The exponents of the regime in which the parameters lie. Raises ValueError as `admitted`."""
    admitted(decay, sparsity, teacher_decay)
    if exact(teacher_decay) < 1:
        return spread()
    return concentrated() if exact(decay) < exact(sparsity) else bound_to_rank()


def _frontier(features: sp.Expr) -> Frontier:
    """All exponents from that of N: D = C/N, and the loss falls as the signal lost."""
    samples = sp.simplify(1 - features)
    fall = -sp.simplify(D * sp.diff(sp.log(lost(ALPHA + TAU)), D))
    return Frontier(features, samples, sp.factor(sp.simplify(samples - features)), sp.simplify(fall * samples))


def even() -> sp.Expr:
    """τ at which D/N stays constant: η. Below it data are favoured, above it the model."""
    (tau,) = sp.solve(concentrated().samples_per_feature, TAU)
    return tau


@cache
def size_constant() -> sp.Expr:
    """Limit of N* C^(−τ/(τ+η)) for τ > 1."""
    return sp.exp(best_size().subs(C, 1))


@cache
def loss_constant() -> sp.Expr:
    """Limit of L* C^((α+τ)/(τ+η)) for τ > 1: the law at N* and D*."""
    size = size_constant()
    return sum(term.subs(D, 1 / N).subs(N, size) for term in over_law())
