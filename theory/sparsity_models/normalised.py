"""Sparse rows divided by their norm: their spectrum and what they leave unknown to infinitely many features.

E x_i²/|x|² = ∫_0^∞ E[x_i² e^(−t x_i²)] Π_{j≠i} E e^(−t x_j²) dt, since 1/|x|² = ∫ e^(−t |x|²) dt. Dividing a row by its
norm leaves the row space as it is: rank, peak and what is determined are those of the base model, and only the weights
λ_i change. Derived in docs/sparsity_models/leak_and_normalised.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import gamma

from theory.parameters import count, positive, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.instability import growth_of_gains
from theory.sparse_features.pairs import CHAIN, LEAST_SPARSITY, _pairs as pairs_of
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law

ROUNDING = 1e-9  # relative, of the integral over t
STEP, LOWEST, HIGHEST = 0.25, -60.0, 80.0  # of log t
OTHERS = 4000  # coordinates that stand for all when one lies beyond every size
NODES = 400  # of the integral over coordinates of a large dataset


def powers(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    coordinates: Sequence[int] | None = None,
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "power" = E x_i²/|x|² (rows without an active coordinate count zero), for every i of ``coordinates``.

    Exact, any sparsity; allowance: rounding. Without ``coordinates``, all of 1..n_modes. Raises ValueError as
    `row_law`, and for coordinates beyond n_modes. Source: derived here, docs/sparsity_models/leak_and_normalised.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    every = _powers(law, fourth_moment(amplitudes) == 1)
    chosen = [count("coordinates", i) - 1 for i in coordinates] if coordinates else range(n_modes)
    if max(chosen) >= n_modes:
        raise ValueError(f"coordinates end at n_modes = {n_modes}, got {max(chosen) + 1}; raise n_modes")
    value = every[np.array(chosen)]
    return Prediction({"power": value}, {"power": ROUNDING * value})


def normalised(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Columns "unseen" = Σ E[x_i²/|x|²] (1 − p_i)^D, exact, and "loss" = unseen + Pair, for every D.

    Pair is that of the base model, `theory.sparse_features.pairs.pair_loss`, with the weights of normalised rows:
    asymptotic (r/D), allowance 0.4 (r/D) Pair. Raises ValueError for sparsity below 1.4.
    """
    eta = float(exact(sparsity))
    if eta < LEAST_SPARSITY:
        raise ValueError(f"sparsity must be at least {LEAST_SPARSITY}, got {sparsity}; nearer 1 pairs do not suffice")
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    signs, sizes = fourth_moment(amplitudes) == 1, sizes_of("n_samples", n_samples)
    weighted = RowLaw(law.probabilities, law.gains, _powers(law, signs))
    unseen = np.array([weighted.variances @ law.silent(D) for D in sizes])
    pairs = np.array([pairs_of(weighted, D, signs) for D in sizes])
    D = np.array(sizes, dtype=float)
    rank = gamma(1 - 1 / eta) * (float(exact(scale)) * D) ** (1 / eta)
    return Prediction(
        {"unseen": unseen, "loss": unseen + pairs},
        {"unseen": ROUNDING * unseen, "loss": CHAIN * rank / D * pairs + ROUNDING * unseen},
    )


def unseen_at(n_samples: Real, *, decay: Real, sparsity: Real) -> float:
    """Σ_i E[x_i²/|x|²] (1 − p_i)^D for infinitely many Gaussian coordinates, c = 1 and a large real D.

    The coordinates that matter lie near D^(1/η); there the sum is an integral (beyond all powers), and the others of a
    row are represented by the first 4000. Relative error 1e-9 of the integral; asymptotic in what 4000 leave out.
    Raises ValueError for sparsity at most 1 + decay and D below 10⁶.
    """
    growth = float(growth_of_gains(decay, sparsity))
    eta, D = float(exact(sparsity)), float(positive("n_samples", n_samples, "it counts rows"))
    if D < 1e6:
        raise ValueError(f"n_samples must be at least 10^6 for the integral, got {n_samples}; use `normalised`")
    x = np.exp(np.linspace(np.log(D / 80) / eta, np.log(D) / eta + 36 / (eta - 1), NODES))  # (1 − p)^D <= e^−80 below
    density = x ** (1 - eta) * np.exp(-D * x**-eta) * _share(x**growth, float(exact(decay)), eta)
    return float(np.trapezoid(density, np.log(x)))


def share_at(coordinate: Real, *, decay: Real, sparsity: Real) -> float:
    """E x_i²/|x|² over p_i for one Gaussian coordinate far beyond all others of its row, c = 1. As `unseen_at`."""
    growth = float(growth_of_gains(decay, sparsity))
    place = float(positive("coordinate", coordinate, "coordinates are counted from 1"))
    return float(_share(np.array([place**growth]), float(exact(decay)), float(exact(sparsity)))[0])


def _share(gains: Array, decay: float, sparsity: float) -> Array:
    """E[a² z²/(a² z² + |x|²)], x the first 4000 coordinates; shape of ``gains`` = a²."""
    t, others = _others(decay, sparsity)
    missing = gains * (1 + 2 * t[:, None] * gains) ** -1.5 * (1 - others[:, None])
    return np.asarray(1 - STEP * t @ missing)


@lru_cache(maxsize=8)
def _others(decay: float, sparsity: float) -> tuple[Array, Array]:
    law = row_law(decay=decay, sparsity=sparsity, n_modes=OTHERS)
    t = np.exp(np.arange(LOWEST, HIGHEST, STEP))
    return t, np.array([np.exp(_logs(law, time, False).sum()) for time in t])


def _logs(law: RowLaw, t: float, signs: bool) -> Array:
    """Log E e^(−t x_i²)."""
    decayed = np.exp(-t * law.gains) if signs else 1 / np.sqrt(1 + 2 * t * law.gains)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p(law.probabilities * (decayed - 1)))


def _powers(law: RowLaw, signs: bool) -> Array:
    """E x_i²/|x|² of every coordinate."""
    total = np.zeros_like(law.variances)
    for t in np.exp(np.arange(LOWEST, HIGHEST, STEP)):
        logs = _logs(law, t, signs)
        own = np.exp(-t * law.gains) if signs else (1 + 2 * t * law.gains) ** -1.5
        whole = logs.sum()
        if np.isfinite(whole):
            total += STEP * t * law.variances * own * np.exp(whole - logs)
    return total
