"""Leaked sparse rows with label noise and the best ridge: what the leak still teaches.

With label noise σ² a row tells coordinate i no more than the inverse of its unknown part allows,
R = σ² + ε L + (1 − ε) Σ_j a_j² z_j² V_j over the other coordinates that are active in it. With m = E 1/R

    V_i = E 1/(1 + ε λ_i D m + (1 − ε) a_i² χ²_n m),  n ~ Bin(D, p_i),    L = Σ λ_i V_i,

    m = ∫ e^(−t (σ² + ε L)) Π_j (1 − p_j + p_j E e^(−t (1 − ε) a_j² z² V_j)) dt,

where V_j of a coordinate that no other row shows is kept apart from the mean of all others, whose spread is left out.
Derived in docs/sparsity_models/leak_and_normalised.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from theory.parameters import positive, sizes_of
from theory.precision import exact
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law
from theory.sparsity_models.leak import share_of, unknown_parts

REMAINDER = 0.05
"""Relative, of the loss; measured, docs/sparsity_models/leak_and_normalised.md."""
STEP, LOWEST = 0.3, -25.0  # of log t
ROUNDS = 300
Setting = tuple[float, float]


def noisy_ridge(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    settings: Sequence[Setting],
    scale: float = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "bayes": loss with the best ridge for every (leak, σ²) of ``settings`` at the first D, then the second.

    Deterministic equivalent; allowance 5 % (the spread of what the other coordinates of a row leave open). Its error
    is common to all leaks: a ratio of two losses on the same rows is far more accurate. A leak of 0 is allowed: with
    noise the limit is continuous. Raises ValueError for a leak outside [0, 1] or σ² <= 0.
    """
    sizes = sizes_of("n_samples", n_samples)
    losses = np.array(
        [
            bayes_loss(D, leak, noise, decay, sparsity, n_modes, scale, amplitudes)
            for D in sizes
            for leak, noise in settings
        ]
    )
    return Prediction({"bayes": losses}, {"bayes": REMAINDER * losses})


@lru_cache(maxsize=256)
def bayes_loss(
    n_samples: int,
    leak: float,
    label_noise: float,
    decay: float,
    sparsity: float,
    n_modes: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> float:
    """L of this module. Raises ValueError as `noisy_ridge`."""
    noise = float(positive("label_noise", label_noise, "without noise the loss is that of `leak.leaked_loss`"))
    share = 0.0 if exact(leak) == 0 else share_of(leak)
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    signs = fourth_moment(amplitudes) == 1
    loss, weight = float(law.variances.sum()) / 10, 1 / noise
    for _ in range(ROUNDS):
        V = _unknown(law, n_samples, share, weight, signs)
        before, loss = (loss, weight), float(law.variances @ V)
        weight = _mean_inverse(law, n_samples, share, weight, V, noise + share * loss, signs)
        if abs(loss / before[0] - 1) + abs(weight / before[1] - 1) < 1e-9:
            break
    return loss


@lru_cache(maxsize=256)
def mean_field_loss(
    n_samples: int,
    leak: float,
    label_noise: float,
    decay: float,
    sparsity: float,
    n_modes: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> float:
    """L with R = σ² + L, the unknown part of every row at its mean: wrong where a few rows hold most of it.

    As `theory.sparse_features.label_noise.bayes_loss`, which is valid at σ² well above L. Raises ValueError as
    `noisy_ridge`.
    """
    noise = float(positive("label_noise", label_noise, "without noise the loss is that of `leak.leaked_loss`"))
    share = 0.0 if exact(leak) == 0 else share_of(leak)
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    signs, loss = fourth_moment(amplitudes) == 1, float(law.variances.sum()) / 10
    for _ in range(ROUNDS):
        before, loss = loss, float(law.variances @ _unknown(law, n_samples, share, 1 / (noise + loss), signs))
        if abs(loss / before - 1) < 1e-9:
            break
    return loss


def _unknown(law: RowLaw, D: int, share: float, weight: float, signs: bool) -> Array:
    """V at m = weight."""
    return unknown_parts(law, D, share * D * weight * law.variances, (1 - share) * weight * law.gains, signs)


def _mean_inverse(law: RowLaw, D: int, share: float, weight: float, V: Array, floor: float, signs: bool) -> float:
    """M = E 1/R for R above ``floor`` = σ² + ε L."""
    alone = law.silent(D - 1)
    unshown = 1 / (1 + share * law.variances * D * weight)
    shown = np.maximum(V - alone * unshown, 0.0) / np.maximum(1 - alone, 1e-12)
    t = np.exp(np.arange(LOWEST, np.log(60 / floor), STEP))[:, None]

    def decayed(part: Array) -> Array:
        rate = (1 - share) * law.gains * part
        return np.asarray(np.exp(-t * rate) if signs else 1 / np.sqrt(1 + 2 * t * rate))

    factor = law.probabilities * (alone * decayed(unshown) + (1 - alone) * decayed(shown) - 1)
    with np.errstate(divide="ignore"):
        return float(STEP * t[:, 0] @ np.exp(np.log1p(factor).sum(1) - t[:, 0] * floor))
