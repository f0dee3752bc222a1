"""The compute-optimal frontier of the parametric loss L = E + A/N^a + B/D^b at fixed C = k N D, derived by sympy.

Exact algebra: nothing is asymptotic, given the form of the loss. Derived in docs/parametric.md.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sympy as sp

from theory.random_features_laws import C, D, N

FLOOR, MODEL, DATA, MODEL_EXPONENT, DATA_EXPONENT, COST = sp.symbols("E A B a b k", positive=True)


def loss() -> sp.Expr:
    """E + A/N^a + B/D^b."""
    return FLOOR + MODEL * N**-MODEL_EXPONENT + DATA * D**-DATA_EXPONENT


def data_at(size: sp.Expr = N) -> sp.Expr:
    """D that the budget leaves to N parameters: C/(k N)."""
    (samples,) = sp.solve(sp.Eq(COST * size * D, C), D)
    return samples


@cache
def best_size() -> sp.Expr:
    """N* = [a A/(b B)]^(1/(a+b)) (C/k)^(b/(a+b)): where the slopes of both terms in log N at fixed C cancel."""
    log_n = sp.Symbol("n", real=True)
    terms = (term.subs(D, data_at()).subs(N, sp.exp(log_n)) for term in (loss() - FLOOR).as_ordered_terms())
    slopes = [sp.diff(term, log_n) for term in terms]
    falling, rising = sorted(slopes, key=lambda slope: slope.could_extract_minus_sign(), reverse=True)
    balance = sp.expand_log(sp.log(-falling) - sp.log(rising), force=True)
    (place,) = sp.solve(sp.expand(balance), log_n)
    return sp.exp(sp.simplify(place))


@cache
def curvature() -> sp.Expr:
    """d²L/d(log N)² at fixed C over the first term A/N^a, at N*: a (a + b). Positive: N* is the one minimum."""
    log_n = sp.Symbol("n", real=True)
    first, second = sp.symbols("t_1 t_2", positive=True)
    slope = -MODEL_EXPONENT * first + DATA_EXPONENT * second  # t_1 ~ e^(−a n), t_2 ~ e^(b n)
    (balanced,) = sp.solve(slope, second)
    total = first * sp.exp(-MODEL_EXPONENT * log_n) + second * sp.exp(DATA_EXPONENT * log_n)
    return sp.factor(sp.diff(total, log_n, 2).subs(log_n, 0).subs(second, balanced) / first)


class Frontier(NamedTuple):
    """Growth of N*, D* and D*/N* with compute, and fall of L* − E."""

    features: sp.Expr
    samples: sp.Expr
    samples_per_feature: sp.Expr
    loss: sp.Expr


@cache
def exponents() -> Frontier:
    """Exponents in C of N*, D*, D*/N* and 1/(L* − E): b/(a + b), a/(a + b), (a − b)/(a + b) and a b/(a + b).

    Raises ArithmeticError if the two terms of the loss fall with different powers of C.
    """
    features = sp.simplify(C * sp.diff(sp.log(best_size()), C))
    samples = sp.simplify(1 - features)
    ratio = sp.factor(sp.simplify(samples - features))
    fall = sp.simplify(MODEL_EXPONENT * features)
    if sp.simplify(fall - DATA_EXPONENT * samples) != 0:
        raise ArithmeticError(f"the two terms fall with different powers of C, {fall} and {DATA_EXPONENT * samples}")
    return Frontier(features, samples, ratio, fall)


@cache
def best_ratio() -> sp.Expr:
    """Samples per parameter at the optimum, D*/N* = C/(k N*²) = [b B/(a A)]^(2/(a+b)) (C/k)^((a−b)/(a+b))."""
    return sp.powsimp(sp.expand_power_base(data_at(best_size()) / best_size(), force=True))


def at(expression: sp.Expr, model_exponent: sp.Expr, data_exponent: sp.Expr) -> sp.Expr:
    """A law at other exponents a and b, such as α and α/η of sparse features."""
    chosen = {MODEL_EXPONENT: model_exponent, DATA_EXPONENT: data_exponent}
    return sp.simplify(expression.subs(chosen, simultaneous=True))
