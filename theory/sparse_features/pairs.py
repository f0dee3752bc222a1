"""Infinitely many features on sparse rows, η > 1: the unseen mass, and pairs of coordinates that share their only row.

Minimum-norm least squares knows every coordinate that the rows determine. The leading configuration that they do not
determine is a row with two coordinates, both active there and nowhere else: of the two only the combination is known.
Derived in docs/sparse_features/unseen_mass.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

import numpy as np
from scipy.special import gamma

from theory.parameters import sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law
from theory.sparse_features.unseen_mass import unseen_mass

LEAST_SPARSITY = 1.4
CHAIN = 0.4  # next clusters (chains of three) per pair, times r/D, measured and computed at (1, 2)
COMMON = 1500  # coordinates summed pair by pair; of rarer ones only the sum matters


def pair_loss(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Array:
    """Pair = Σ_{i≠j} λ_i D p_i p_j [(1 − p_i)(1 − p_j)]^(D−1) ρ_ij, shape (n_sizes,). Asymptotic(r/D).

    ρ_ij = E a_j²z'²/(a_i²z² + a_j²z'²) is the share of coordinate i that its row leaves unknown: a_j/(a_i + a_j) for
    Gaussian amplitudes, a_j²/(a_i² + a_j²) for signs. Beyond the first 1500 coordinates groups of a factor 1.05 in
    the index stand for their members (relative error below 10⁻³).

    Raises ValueError for sparsity below 1.4, where pairs are as frequent as unseen coordinates.
    """
    _sparse_enough(sparsity)
    signs = fourth_moment(amplitudes) == 1
    world = exact(decay), exact(sparsity), n_modes, exact(scale)
    return np.array([_of_world(*world, D, signs) for D in sizes_of("n_samples", n_samples)])


@cache
def _of_world(decay: Fraction, sparsity: Fraction, n_modes: float, scale: Fraction, D: int, signs: bool) -> float:
    return _pairs(row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale), D, signs)


def _pairs(law: RowLaw, D: int, signs: bool) -> float:
    once = law.probabilities * law.silent(D - 1)
    edges = np.unique(np.concatenate([np.arange(min(COMMON, len(once))), _geometric(len(once))]))
    count = np.diff(np.append(edges, len(once)))
    mass, known = (np.add.reduceat(x, edges) for x in (law.variances * once, once))
    strength = law.gains[np.minimum(edges + count // 2, len(once) - 1)]
    if not signs:
        strength = np.sqrt(strength)
    share = strength / (strength[:, None] + strength)
    pairs = np.outer(mass, known) * share
    same = np.diag(pairs) * (1 - 1 / count)  # i ≠ j within a group; zero where it has one member
    return float(D * (pairs.sum() - np.trace(pairs) + same.sum()))


def _geometric(n: int) -> np.ndarray:
    if n <= COMMON:
        return np.empty(0, dtype=np.int64)
    return np.geomspace(COMMON, n - 1, int(np.log(n / COMMON) / np.log(1.05)) + 2).astype(np.int64)


def infinite_features(
    given: Mapping[str, Array] | None = None,
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Columns "loss" = unseen + Pair, "unidentified" = Pair and, where it is not given, "unseen".

    With ``given`` the measured unseen mass takes the place of its exact mean. Asymptotic: allowance 0.4 (r/D) Pair with
    r = Γ(1 − 1/η)(cD)^(1/η), the rank of D rows, for clusters of three and more coordinates.

    Raises ValueError as `pair_loss`. Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    pairs = pair_loss(
        decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=n_samples, scale=scale, amplitudes=amplitudes
    )
    mean = unseen_mass(decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=n_samples, scale=scale)
    unseen = given["unseen"] if given else mean.values["unseen"]
    eta, D = float(exact(sparsity)), np.array(sizes_of("n_samples", n_samples), dtype=float)
    rank = gamma(1 - 1 / eta) * (float(exact(scale)) * D) ** (1 / eta)
    remainder = CHAIN * rank / D * pairs
    values = {"loss": unseen + pairs, "unidentified": pairs}
    allowance = {"loss": remainder, "unidentified": remainder}
    if not given:
        values["unseen"], allowance["unseen"] = unseen, mean.allowance["unseen"]
    return Prediction(values, allowance)


def _sparse_enough(sparsity: Real) -> None:
    if float(exact(sparsity)) < LEAST_SPARSITY:
        raise ValueError(
            f"sparsity must be at least {LEAST_SPARSITY}, got {sparsity}: nearer 1 clusters of many coordinates are as "
            "frequent as pairs; use the cavity equation (theory.sparse_features.cavity)"
        )
