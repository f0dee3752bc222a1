"""Infinitely many features on rows with many active coordinates (sparsity below 1): the dense law and what bends it.

The dense loss κD holds to leading order. Rare coordinates have large fourth moments, which shift E log det XXᵀ by
−Σ (k₄/p_i − 3) r_i²/(2D) and so the loss, relatively, by

    δ = D⁻² Σ_i (k₄/p_i − 3) [r_i³ − r_i² (1 − r_i) df_2/(D − df_2)],    r_i = λ_i/(λ_i + κ),  Σ r_i = D.

Derived in docs/sparse_features/unseen_mass.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from mpmath import mpf

import theory.random_features as dense
from theory.effective_ridge import effective_ridge
from theory.parameters import sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, fourth_moment, row_law

KAPPA_DIGITS = 20
REMAINDER = 7.0
"""Of δ D^(η−1)/c: what higher orders add; measured 2.4 to 6.6 (docs/sparse_features/unseen_mass.md)."""


def crowding(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Array:
    """Relative excess δ of the loss over that of dense data, for every D; shape (n_sizes,).

    Deterministic equivalent, leading order in D^−(1−sparsity). At infinitely many modes see `crowding_limit`.

    Raises ValueError for sparsity >= 1, where rare coordinates are no small correction, and as `row_law` does.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    _below_one(sparsity)
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    excess = fourth_moment(amplitudes) / law.probabilities - 3
    found = []
    for D in sizes_of("n_samples", n_samples):
        kappa = float(effective_ridge(D, decay=decay, n_modes=n_modes, digits=KAPPA_DIGITS))
        r = law.variances / (law.variances + kappa)
        df2 = (r**2).sum()
        found.append(excess @ (r**3 - r**2 * (1 - r) * df2 / (D - df2)) / D**2)
    return np.array(found)


def crowding_limit(n_samples: Real, *, decay: Real, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """δ at infinitely many modes for Gaussian amplitudes and real D > 0, leading order in D^−(1−η).

    δ = k (1 − η) B(a, 2 − a) [sin(π/s)/(π/s)]^(1+η) D^(η−1)/(2 s),  a = (1 + η)/s,  s = 1 + α,

    k = 3/c, and 3/c − 3 at η = 0, where all probabilities are c. Raises ValueError for sparsity outside [0, 1).
    """
    _below_one(sparsity)
    with working(digits + GUARD):
        D, alpha, eta, c = (as_mpf(ball(value)) for value in (n_samples, decay, sparsity, scale))
        s = 1 + alpha
        a, angle = (1 + eta) / s, mpmath.pi / s
        k = 3 / c - (3 if eta == 0 else 0)
        shape = mpmath.beta(a, 2 - a) * (mpmath.sin(angle) / angle) ** (1 + eta)
        return k * (1 - eta) * shape * D ** (eta - 1) / (2 * s)


def infinite_features(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "loss" at sparsity below 1: the dense loss with its 1/D correction, times 1 + δ.

    Deterministic equivalent; allowance: that of the dense loss and 7 D^(η−1)/c |δ|.
    Raises ValueError as `crowding` does. Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    limit = dense.unresolved(decay=decay, n_modes=n_modes, n_features=n_samples)
    value, allowance = limit.values["unresolved"], limit.allowance["unresolved"]
    delta = crowding(
        decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=n_samples, scale=scale, amplitudes=amplitudes
    )
    further = REMAINDER * np.array(n_samples, dtype=float) ** (float(exact(sparsity)) - 1) / float(exact(scale))
    return Prediction({"loss": value * (1 + delta)}, {"loss": allowance + further * np.abs(delta) * value})


def _below_one(sparsity: Real) -> None:
    if not 0 <= float(exact(sparsity)) < 1:
        raise ValueError(
            f"sparsity must be at least 0 and below 1, got {sparsity}: from 1 on coordinates stay unseen to leading "
            "order; use theory.sparse_features.pairs above 1.4 and theory.sparse_features.cavity near 1"
        )
