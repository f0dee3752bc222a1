"""Fixed amplitudes, a_i = a with random signs: the line sparsity = 1 + decay. How often a step is unstable.

The squares of column i add up to a² n_i, n_i ~ Bin(D, p_i): P(some a² n_i > D ω) is an exact lower bound of
P(λ_max(XᵀX/D) > ω). A column that shares rows with it, o more of one sign than of the other, pushes n up by about
o²/(n − n_j); where D ω/a² lies just below a whole number, hardly ever across it. Derived in
docs/sparsity_models/aligned.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath
import numpy as np
from mpmath import mpf
from scipy import stats

from theory.parameters import positive, sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.sparse_features.instability import hits, union
from theory.sparse_features.row_law import row_law

ROOM = 0.6
"""Least distance of D ω/a² from the whole number below it: then one shared row does not stand for a hit."""
MORE = 3
"""Rows of its own beyond the shared ones that the other coordinate is granted in the allowance."""


def instability(*, decay: Real, n_modes: int, n_samples: Sequence[int], threshold: Real, scale: Real = 1) -> Prediction:
    """Column "unstable" = P(some a² n_i > D ω), a² = 1/scale, n_i ~ Bin(D, scale · i^−(1+decay)), for every D.

    Exact as a lower bound of P(λ_max > ω); allowance: twice the datasets in which the first coordinate lacks one hit
    and another coordinate shares enough of its n rows with one sign, P(n_1 = n) binom(n, o) 2^(1−o) Σ_{j>1} p_j^o with
    o²/(n − o − 3) at least what is missing. Raises ValueError for ω <= 1 and where D ω/a² is below 2 or less than 0.6
    above a whole number, since a single shared row then stands for a hit.
    Source: derived here, docs/sparsity_models/aligned.md.
    """
    sparsity = 1 + exact(decay)
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    omega = positive("threshold", threshold, "a step h is unstable beyond the eigenvalue 2/h")
    if omega <= 1:
        raise ValueError(f"threshold must exceed 1, the largest variance, got {threshold}")
    value, allowance = [], []
    for D in sizes_of("n_samples", n_samples):
        needed = float(D * omega * exact(scale))
        n = int(needed)  # one hit too few
        if needed - n < ROOM or n < 2:
            raise ValueError(
                f"scale · n_samples · threshold must be at least {ROOM} above a whole number of at least 2, got "
                f"{needed:g} at D = {D}; move n_samples"
            )
        level = np.full(n_modes, float(omega))
        value.append(union(hits(D, law, level, signs=True)))
        o = next(o for o in range(2, n + 1) if o**2 >= (needed - n) * max(n - o - MORE, 0))
        shared = math.comb(n, o) * 2.0 ** (1 - o) * float((law.probabilities[1:] ** o).sum())
        allowance.append(2 * stats.binom.pmf(n, D, law.probabilities[0]) * shared)
    return Prediction({"unstable": np.array(value)}, {"unstable": np.array(allowance)})


def log_exceedance(n_samples: int, threshold: Real, probability: Real, digits: int = 30) -> mpf:
    """Logarithm of P(n > D ω p), n ~ Bin(D, p), at any D: terms of the tail, which fall geometrically. Exact.

    Raises ValueError for ω <= 1 or p outside (0, 1).
    """
    p, omega = (positive(name, x, "see the formula") for name, x in (("probability", probability), ("ω", threshold)))
    if p >= 1 or omega <= 1:
        raise ValueError(f"the event is rare only for p < 1 and ω > 1, got p = {probability}, ω = {threshold}")
    D = n_samples
    first = int(D * omega * p) + 1
    if first > D:
        raise ValueError(f"ω p must be below 1, got {float(omega * p):g}; no number of hits exceeds D")
    with working(digits + GUARD):
        q = as_mpf(ball(p))
        log_first = (
            mpmath.loggamma(D + 1)
            - mpmath.loggamma(first + 1)
            - mpmath.loggamma(D - first + 1)
            + first * mpmath.log(q)
            + (D - first) * mpmath.log1p(-q)
        )
        term = total = mpf(1)
        n = first
        while n < D and term > mpf(10) ** -(digits + GUARD):
            term *= mpf(D - n) / (n + 1) * q / (1 - q)
            total += term
            n += 1
        return +(log_first + mpmath.log(total))
