"""Laws of the compute-optimal frontier of sparse features, derived by sympy at fixed C = N D^k.

The loss has the form (cD)^(−α/η) F(N/(cD)^(1/η)) (docs/sparse_features/frontier.md), and beyond the peak
F(v) = T v/(v − v_r). Exponents need the form only; ratio and constants are those of the over-parameterised branch.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sympy as sp

from theory.random_features_laws import ALPHA, C, D, N
from theory.sparse_features.unseen_mass_laws import ETA, SCALE, data_exponent, mass_constant

K = sp.Symbol("k", positive=True)
V, HITS, RATIO = sp.symbols("v m rho", positive=True)


@cache
def rank_constant() -> sp.Expr:
    """v_r = lim r/(cD)^(1/η) = ∫ (1 − e^(−m)) du with m = u^−η: Γ(1 − 1/η).

    In m the integral is that of (1 − e^(−m)) against −d m^(−1/η); by parts, with boundary terms that vanish for η > 1.
    """
    u = HITS ** (-1 / ETA)
    by_parts = sp.diff(1 - sp.exp(-HITS), HITS) * u  # ∫ of e^(−m) m^(−1/η): Euler's integral
    power = sp.simplify(HITS * sp.diff(sp.log(by_parts * sp.exp(HITS)), HITS))
    return sp.gamma(1 + power)


def data_at(size: sp.Expr) -> sp.Expr:
    """D that a budget leaves to N features: (C/N)^(1/k)."""
    (samples,) = sp.solve(sp.Eq(size * D**K, C), D)
    return samples


def over_law() -> sp.Expr:
    """Loss beyond the peak, T (cD)^(−α/η) N/(N − v_r (cD)^(1/η)). Asymptotic."""
    rank = rank_constant() * (SCALE * D) ** (1 / ETA)
    return mass_constant() * (SCALE * D) ** (-data_exponent()) * N / (N - rank)


@cache
def optimal_ratio() -> sp.Expr:
    """N*/r(D*) beyond the peak: the stationary point of log loss in log N at fixed C, 1 + (1 + kη)/α."""
    logarithm = sp.expand_log(sp.log(over_law()), force=True)
    moves = sp.simplify(N * sp.diff(sp.log(data_at(N)), N))  # d log D/d log N = −1/k
    slope = N * sp.diff(logarithm, N) + moves * D * sp.diff(logarithm, D)
    scaled = slope.subs(N, RATIO * rank_constant() * (SCALE * D) ** (1 / ETA))
    (ratio,) = sp.solve(sp.numer(sp.together(sp.simplify(scaled))), RATIO)
    return sp.simplify(ratio)


def optimal_place() -> sp.Expr:
    """Place of the optimum, v* = lim N*/(cD*)^(1/η) = v_r N*/r: Γ(1 − 1/η) [1 + (1 + kη)/α], beyond the peak, η > 1."""
    return rank_constant() * optimal_ratio()


class Frontier(NamedTuple):
    """Growth of both sizes and of D/N with compute, fall of the loss; all positive for η > 1."""

    features: sp.Expr
    samples: sp.Expr
    samples_per_feature: sp.Expr
    loss: sp.Expr


@cache
def _size() -> sp.Expr:
    """N as a function of C at fixed v = N/(cD)^(1/η), from a line in the logarithms."""
    log_n, log_c, log_v = sp.symbols("n C_log v_log", real=True)
    log_d = (log_c - log_n) / K
    (solution,) = sp.solve(sp.Eq(log_n, log_v + (sp.log(SCALE) + log_d) / ETA), log_n)
    return sp.powsimp(sp.exp(sp.expand(solution.subs({log_c: sp.log(C), log_v: sp.log(V)}))))


@cache
def exponents() -> Frontier:
    """Exponents along the frontier, whatever the branch: the best v does not depend on C, since L = C^−β g(v).

    1/(1 + kη), η/(1 + kη), (η − 1)/(1 + kη), α/(1 + kη).
    """
    features = sp.simplify(C * sp.diff(sp.log(_size()), C))
    samples = sp.simplify((1 - features) / K)
    return Frontier(
        features, samples, sp.factor(sp.simplify(samples - features)), sp.simplify(data_exponent() * samples)
    )


@cache
def size_constant() -> sp.Expr:
    """Limit of N* C^(−1/(1+kη)) beyond the peak."""
    return _size().subs(C, 1).subs(V, optimal_place())


@cache
def loss_constant() -> sp.Expr:
    """Limit of L* C^β beyond the peak: the law at N* and D*."""
    size = size_constant()
    return over_law().subs(D, data_at(N).subs(C, 1)).subs(N, size)


def dense_limit() -> sp.Expr:
    """N*/D* for η < 1, beyond the peak, where r = D and the loss is A D^−α N/(N − D): 1 + (1 + k)/α. Leading order."""
    law = D**-ALPHA * N / (N - D)
    logarithm = sp.expand_log(sp.log(law), force=True)
    slope = N * sp.diff(logarithm, N) - D * sp.diff(logarithm, D) / K
    (ratio,) = sp.solve(sp.numer(sp.together(sp.simplify(slope.subs(N, RATIO * D)))), RATIO)
    return sp.simplify(ratio)
