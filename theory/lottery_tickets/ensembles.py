"""Averages of trained networks, all averages of a pool, neurons drawn from one network: identities for any networks.

Each is a count of how often one or two networks (neurons) are chosen, and holds whatever their law and however they
were trained. So they test a simulation and its statistics, not a theory of training. Derived here by sympy from those
counts; docs/lottery_tickets/ensembles.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from theory.lottery_tickets.identities import ensemble_mse
from theory.parameters import sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction

POOL, KEPT = sp.symbols("S K", positive=True, integer=True)
SQUARES, PRODUCTS = sp.symbols("d o", real=True)
"""Mean of <e_i, e_i> over a pool, and of <e_i, e_j> over its pairs i ≠ j."""


def averaged(given: Mapping[str, Sequence[float]], *, n_averaged: Sequence[int]) -> Prediction:
    """Column "loss" = b² + v/K of averages of K independent networks, from "square_bias" b² and "variance" v.

    Exact for networks of any law with second moments. Raises ValueError for a K that is not a whole number ≥ 1.
    """
    pairs = zip(given["square_bias"], given["variance"], sizes_of("n_averaged", n_averaged), strict=True)
    return Prediction({"loss": [ensemble_mse(b, v, K) for b, v, K in pairs]})  # type: ignore[dict-item]


def subsampled(given: Mapping[str, Sequence[float]], *, n_kept: Sequence[int]) -> Prediction:
    """Column "loss" = L + v/n of n neurons drawn with replacement, from "full_loss" L and "ticket_variance" v.

    Exact, network by network. Raises ValueError for an n that is not a whole number of at least 1.
    """
    pairs = zip(given["full_loss"], given["ticket_variance"], sizes_of("n_kept", n_kept), strict=True)
    return Prediction({"loss": [ensemble_mse(L, v, n) for L, v, n in pairs]})  # type: ignore[dict-item]


def chosen_average(one: sp.Expr, two: sp.Expr) -> sp.Expr:
    """Mean square of the average of K of S networks, P(i is chosen) = ``one``, P(i and j are) = ``two``; no repeats.

    ‖Σ_{i chosen} e_i‖²/K², of which each square has the weight ``one`` and each ordered pair ``two``.
    """
    return (POOL * one * SQUARES + POOL * (POOL - 1) * two * PRODUCTS) / KEPT**2


def subset_mse() -> sp.Expr:
    """Mean loss of the averages of all K-subsets of a pool of S networks, in S, K, d and o. Exact.

    Subsets of K that hold i, and i and j, are counted by binomials.
    """
    n = sp.binomial(POOL, KEPT)
    one, two = (sp.binomial(POOL - r, KEPT - r) / n for r in (1, 2))
    return sp.factor(sp.combsimp(chosen_average(one, two)))


def pool_mse() -> sp.Expr:
    """b̂² + v̂/K with the unbiased estimates b̂² = o and v̂ = d − o of the pool. `subset_mse` equals it identically."""
    return PRODUCTS + (SQUARES - PRODUCTS) / KEPT


def replaced_mse() -> sp.Expr:
    """Mean loss of K networks drawn from S with replacement, repeats counted: each of the K² products is drawn alone.

    K products are squares; in the others both places are independent, equal with probability 1/S. Exact.
    """
    apart = SQUARES / POOL + (1 - 1 / POOL) * PRODUCTS
    return (KEPT * SQUARES + KEPT * (KEPT - 1) * apart) / KEPT**2


def replacement_ratio() -> sp.Expr:
    """Variance without replacement over that with replacement, beyond the loss of the whole pool: (S − K)/(S − 1)."""
    whole = SQUARES / POOL + (1 - 1 / POOL) * PRODUCTS
    return sp.factor(sp.simplify((subset_mse() - whole) / (replaced_mse() - whole)))


def replacement_ratio_at(n_neurons: Real, n_kept: int = 16) -> Real:
    """`replacement_ratio` at a size of the pool. Exact.

    Raises ValueError unless 1 ≤ n_kept ≤ n_neurons with at least two neurons: no more can be drawn than there are.
    """
    M = exact(n_neurons)
    if not (1 <= n_kept <= M) or M < 2:
        raise ValueError(f"n_kept must be from 1 to n_neurons >= 2, got {n_kept} of {n_neurons}; draw fewer")
    return (M - n_kept) / (M - 1)
