"""Rank of sparse data: coordinates seen, their variance, and the matching that turns seen coordinates into a rank.

Rows with independent activations of probability p_i = min(1, scale · i^−sparsity). S is the number of coordinates
active at least once among D rows. With continuous amplitudes the rank r of the data is, almost surely, the size of
the largest matching between rows and their active coordinates. Derived in docs/sparse_features/peak.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath
import numpy as np
import numpy.typing as npt
from mpmath import mpf
from scipy.optimize import minimize_scalar

from theory.parameters import count, positive, sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.sparse_features.row_law import row_law

Array = npt.NDArray[np.float64]
REMAINDER = 0.1
"""|mean rank/formula difference| <= REMAINDER + SHARE · deficit, in ranks; measured, docs/sparse_features/peak.md."""
SHARE = 0.005
GRID = 401  # values of y between which the minimum is refined


def probabilities(*, sparsity: Real, scale: Real = 1, n_modes: int) -> Array:
    """p_i = min(1, scale · i^−sparsity), i = 1..n_modes. Raises ValueError unless sparsity and scale are positive."""
    positive("sparsity", sparsity, "coordinate i is active with probability scale * i^-sparsity")
    return row_law(decay=1, sparsity=sparsity, scale=scale, n_modes=n_modes).probabilities  # whatever the decay


def seen(p: Array, n_samples: int) -> tuple[float, float]:
    """Mean and variance of S: Σ 1 − (1 − p)^D and Σ (1 − p)^D (1 − (1 − p)^D). Exact."""
    missed = (1.0 - p) ** count("n_samples", n_samples)
    return float((1.0 - missed).sum()), float((missed * (1.0 - missed)).sum())


def matching(p: Array, n_samples: int) -> float:
    """Mean rank E r, deterministic equivalent (cavity method on the tree-like graph of rows and coordinates).

    E r = min over y in [0, 1] of  Σ 1 − (1 − p y)^D + D [1 − Π (1 − p x)] − D y Σ p x,   x_i = (1 − p_i y)^(D−1):
    y is the chance that a row is free for a coordinate, x_i that coordinate i has no other free row. Holds for every
    sparsity: where nearly every row has a coordinate to itself y falls to 0 and r to D. Remainder: `REMAINDER`.
    """
    D = count("n_samples", n_samples)

    def size(y: float) -> float:
        logs = np.log1p(-np.minimum(p * y, 1 - 1e-16))
        alone = p * np.exp((D - 1) * logs)
        free = np.log1p(-np.minimum(alone, 1 - 1e-16)).sum()
        return float(-np.expm1(D * logs).sum() - D * np.expm1(free) - D * y * alone.sum())

    grid = np.linspace(0, 1, GRID)
    sizes = [size(y) for y in grid]
    k = int(np.argmin(sizes))
    inside = (grid[max(k - 1, 0)], grid[min(k + 1, GRID - 1)])
    return float(min(sizes[k], minimize_scalar(size, bounds=inside, method="bounded", options={"xatol": 1e-9}).fun))


def leading_deficit(p: Array, n_samples: int) -> float:
    """E(S − r) ≃ D (s − 1 + e^−s), s = Σ p (1 − p)^(D−1): several singletons in one row. Asymptotic, sparsity > 1."""
    D = count("n_samples", n_samples)
    s = float((p * (1.0 - p) ** (D - 1)).sum())
    return D * (s + math.expm1(-s))


def ranks(*, sparsity: Real, scale: Real = 1, n_modes: int, n_samples: Sequence[int]) -> Prediction:
    """Columns "rank", "seen" and "deficit" = S − r, and "seen_variance" = Var S, at every number of samples.

    seen and seen_variance are exact, rank and deficit the deterministic equivalent with its remainder as allowance.
    """
    p = probabilities(sparsity=sparsity, scale=scale, n_modes=n_modes)
    known = np.array([seen(p, D) for D in sizes_of("n_samples", n_samples)])  # (n_points, 2)
    rank = np.array([matching(p, D) for D in n_samples])
    deficit = known[:, 0] - rank
    remainder = REMAINDER + SHARE * deficit
    return Prediction(
        {"rank": rank, "seen": known[:, 0], "deficit": deficit, "seen_variance": known[:, 1]},
        {"rank": remainder, "deficit": remainder},
    )


def seen_at(n_samples: Real, *, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """E S at infinitely many coordinates: scale^(1/η) D B(1 − 1/η, D) − 1/2. Asymptotic (beyond all powers).

    Real sizes. Raises ValueError unless sparsity exceeds 1 (else every row shows new coordinates without end).
    """
    eta = positive("sparsity", sparsity, "see the formula")
    if eta <= 1:
        raise ValueError(f"sparsity must exceed 1 at infinitely many coordinates, got {sparsity}; use a finite sum")
    cancelled = (
        2 * int(math.log10(max(10.0, float(exact(n_samples))))) + 2
    )  # digits that the difference of loggammas loses
    with working(digits + GUARD + cancelled):
        e, D, c = as_mpf(ball(eta)), as_mpf(ball(n_samples)), as_mpf(ball(scale))
        a = 1 - 1 / e
        growth = mpmath.exp(mpmath.loggamma(a) + mpmath.loggamma(D) - mpmath.loggamma(a + D))
        return +(c ** (1 / e) * D * growth - mpf(1) / 2)


def deficit_at(n_samples: Real, *, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """D (s − 1 + e^−s) at infinitely many coordinates, s = (E S + 1/2)/(η D). Asymptotic (leading configuration)."""
    with working(2 * digits + GUARD):
        e, D = as_mpf(ball(sparsity)), as_mpf(ball(n_samples))
        s = (seen_at(n_samples, sparsity=sparsity, scale=scale, digits=2 * digits) + mpf(1) / 2) / (e * D)
        return +(D * (s + mpmath.expm1(-s)))


def rank_at(n_samples: Real, *, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """E S − E(S − r) at infinitely many coordinates: the mean rank at sizes that no sum reaches."""
    with working(digits + GUARD):
        return +(
            seen_at(n_samples, sparsity=sparsity, scale=scale, digits=digits)
            - deficit_at(n_samples, sparsity=sparsity, scale=scale, digits=digits)
        )
