"""Minimum-norm least squares: symbolic laws of the best subset, derived from the coefficients β_i².

The coefficients are a sympy Lambda from the index to β_i², by default i^−(1+α) with α = ALPHA. Asymptotic at
many coordinates and samples; steps in docs/least_squares.md. n = SAMPLES, p = FITTED, σ² = NOISE.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.random_features_laws import SPECTRUM

SAMPLES, FITTED, NOISE, SHARE, INDEX = sp.symbols("n p sigma2 v i", positive=True)


@cache
def unfitted_law(coefficients: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Power Σ_{i>p} β_i² outside the first p coordinates, as the integral ∫_p^∞ β_i² di. Asymptotic(1/p)."""
    return sp.simplify(sp.integrate(coefficients(INDEX), (INDEX, FITTED, sp.oo), conds="none"))


def risk_law(coefficients: sp.Lambda = SPECTRUM) -> sp.Expr:
    """Excess risk for p < n: (T_c(p) + σ²)/(1 − p/n) − σ². Asymptotic(1/(n − p)): the −1 is dropped."""
    return (unfitted_law(coefficients) + NOISE) / (1 - FITTED / SAMPLES) - NOISE


@dataclass(frozen=True)
class BestSubsetLaw:
    """Best number of fitted coordinates p*, its exponent of growth in n, the risk there and its exponent."""

    fitted: sp.Expr
    growth: sp.Expr
    risk: sp.Expr
    exponent: sp.Expr


@cache
def noiseless_optimum(coefficients: sp.Lambda = SPECTRUM) -> BestSubsetLaw:
    """Best subset at σ = 0: p*/n = α/(1 + α), risk ~ n^−α. Stationarity of ``risk_law`` in p at fixed n."""
    risk = risk_law(coefficients).subs(NOISE, 0).subs(FITTED, SHARE * SAMPLES)
    slope = sp.simplify(SHARE * sp.diff(sp.expand_log(sp.log(risk), force=True), SHARE))
    (share,) = sp.solve(sp.numer(sp.together(slope)), SHARE)
    return _law(sp.simplify(share) * SAMPLES, risk.subs(SHARE, share))


@cache
def noisy_optimum(coefficients: sp.Lambda = SPECTRUM) -> BestSubsetLaw:
    """Best subset when noise rules, p* << n: p* = (n/σ²)^(1/(1+α)), risk (1 + 1/α) σ² p*/n.

    To first order in p/n the risk is T_c(p) + σ² p/n: the term T_c p/n is smaller than T_c by the same p/n.

    Raises ArithmeticError if p* is not stationary: the coefficients must be a power of the index.
    """
    unfitted = unfitted_law(coefficients)
    first_order = sp.series(NOISE / (1 - SHARE) - NOISE, SHARE, 0, 2).removeO().subs(SHARE, FITTED / SAMPLES)
    stationary = sp.simplify((sp.diff(unfitted, FITTED) + sp.diff(first_order, FITTED)) * SAMPLES)
    power = sp.simplify(-FITTED * sp.diff(sp.diff(unfitted, FITTED), FITTED) / sp.diff(unfitted, FITTED))
    # −T_c' is a power p^−power: equate it to σ²/n.
    amplitude = sp.simplify(-sp.diff(unfitted, FITTED) * FITTED**power)
    fitted = (amplitude * SAMPLES / NOISE) ** (1 / power)
    if sp.simplify(stationary.subs(FITTED, fitted)) != 0:
        raise ArithmeticError(f"p* = {fitted} is not stationary; the coefficients must be a power of the index")
    return _law(fitted, (unfitted + first_order).subs(FITTED, fitted))


def _law(fitted: sp.Expr, risk: sp.Expr) -> BestSubsetLaw:
    """Attach exponents: d log p*/d log n and −d log risk/d log n, both constant for power laws."""
    growth, fall = (
        sp.simplify(SAMPLES * sp.diff(sp.expand_log(sp.log(law), force=True), SAMPLES)) for law in (fitted, risk)
    )
    return BestSubsetLaw(fitted=fitted, growth=growth, risk=sp.powsimp(risk), exponent=-fall)


def peak_location() -> sp.Expr:
    """Place of the peak in p: n, where the rank p of the design meets the n equations."""
    (location,) = sp.solve(sp.Eq(SAMPLES - FITTED, 0), FITTED)
    return location
