"""Sparse rows with a leak, without label noise: every direction of every row counts, however small the leak.

x_i = sqrt(1 − ε) s_i + sqrt(ε λ_i) g_i, s a row of the base model, g_i dense. Of D rows the sparse parts use r, their
rank; the other D − r combinations of rows hold dense entries alone and are exact equations on what sparsity left
unknown. With V_i the unknown part of coordinate i, κ the effective ridge of the dense equations and L = Σ λ_i V_i,

    V_i = E 1/(1 + λ_i/κ + (1 − ε) a_i² χ²_n/(ε L)),   n ~ Bin(D, p_i),   Σ_i (1 − V_i) = D.

As ε → 0: V_i = (1 − p_i)^D κ/(λ_i + κ) and L = κ (D − E S), S the coordinates seen; at ε = 1 the dense law κD. Derived
in docs/sparsity_models/leak_and_normalised.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import mpmath
import numpy as np
from mpmath import mpf
from scipy.optimize import brentq

from theory.parameters import decay_of, sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.random_features_laws import ALPHA, model_constant
from theory.sparse_features.rank import seen_at
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law
from theory.sparsity_models.model import Model, model
from theory.spectra import exponent

LEAST_LEAK = 1e-10
LEAST_SAMPLES = 30
REMAINDER = 0.015
"""Relative, of the loss from 30 rows on; measured, docs/sparsity_models/leak_and_normalised.md."""
STEP = 0.35  # of log t: trapezoidal rule, relative error e^(−π²/STEP)
LOWEST, HIGHEST = -48.0, 5.0
ROUNDS = 200


def leak(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    leak: Real,
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Model:
    """No coordinate is ever exactly zero: silent is 0. The unknown part is V of this module. Deterministic equivalent.

    Raises ValueError for a leak outside [10⁻¹⁰, 1], as `row_law` does, and, when evaluated, for D >= n_modes.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    share, signs = share_of(leak), fourth_moment(amplitudes) == 1

    @cache
    def unknown(n_rows: float) -> Array:
        return _solved(law, n_rows, share, signs)[0]

    return model(law.variances, lambda n_rows: np.full(n_modes, float(n_rows == 0)), unknown=unknown)


def leaked_loss(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    leak: Real,
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "loss" of infinitely many features on D leaked rows, and "rank" = D, for every D.

    Σ λ_i V_i (1 + (n d_3 − d_2²)/(n (n − d_2)²)), d_k = Σ u_i x_i^k with x_i = λ_i/(λ_i + κ), u_i = V_i/(1 − x_i) what
    the sparse parts leave unknown and n = d_1: the correction of the dense law, in which u = 1. Deterministic
    equivalent; allowance 1.5 %, measured. Raises ValueError as `leak`, and for fewer than 30 rows.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    share, signs, found = share_of(leak), fourth_moment(amplitudes) == 1, []
    sizes = sizes_of("n_samples", n_samples)
    for D in sizes:
        if D < LEAST_SAMPLES:
            raise ValueError(f"n_samples must be at least {LEAST_SAMPLES}, got {D}; the remainder is known from there")
        V, kappa = _solved(law, D, share, signs)
        x = law.variances / (law.variances + kappa)
        n, d2, d3 = ((V / (1 - x) * x**k).sum() for k in (1, 2, 3))
        found.append(law.variances @ V * (1 + (n * d3 - d2**2) / (n * (n - d2) ** 2)))
    loss = np.array(found)
    return Prediction({"loss": loss, "rank": np.array(sizes, dtype=float)}, {"loss": REMAINDER * loss})


def leaked_loss_at(n_samples: Real, *, decay: Real, sparsity: Real, digits: int = 30) -> mpf:
    """L = A (D + ½)^(−s) (D − E S), vanishing leak and infinitely many modes, c = 1; real D.

    Asymptotic, relative O(1/D + D^(1 − η)): since the dense sum is C κ^(−1/s) − ½, and a seen coordinate counts as
    known in either sum. Raises ValueError unless sparsity exceeds 1.
    """
    with working(2 * digits + GUARD):
        D, s = as_mpf(ball(n_samples)), as_mpf(ball(exponent(decay_of(decay))))
        constant = mpmath.mpf(str(model_constant().subs(ALPHA, exact(decay)).evalf(2 * digits)))
        seen = seen_at(n_samples, sparsity=sparsity, digits=2 * digits)
        return +(constant * (D + mpf(1) / 2) ** -s * (D - seen))


def share_of(leak: Real) -> float:
    """ε in [10⁻¹⁰, 1]; ValueError else."""
    share = float(exact(leak))
    if not LEAST_LEAK <= share <= 1:
        raise ValueError(
            f"leak must lie between {LEAST_LEAK:g} and 1, got {leak}; without a leak take the base model, the limit of "
            "vanishing leak is another law and is reached to 10^-4 at the least leak"
        )
    return share


def unknown_parts(law: RowLaw, n_rows: float, dense: Array, sparse: Array, signs: bool) -> Array:
    """E 1/(1 + dense_i + sparse_i χ²_n), n ~ Bin(n_rows, p_i) (n in place of χ²_n for signs), every coordinate.

    ∫ e^(−t (1 + dense)) (1 − p + p E e^(−t sparse z²))^n_rows dt by the trapezoidal rule in log t. Exact, to 10⁻¹⁰.
    """
    t = np.exp(np.arange(LOWEST, HIGHEST, STEP))[:, None]
    decayed = np.exp(-t * sparse) if signs else 1 / np.sqrt(1 + 2 * t * sparse)
    with np.errstate(divide="ignore"):
        logs = n_rows * np.log1p(law.probabilities * (decayed - 1)) - t * (1 + dense)
    return np.asarray(STEP * t[:, 0] @ np.exp(logs))


def _solved(law: RowLaw, n_rows: float, share: float, signs: bool) -> tuple[Array, float]:
    """V and κ."""
    lam = law.variances
    if not n_rows < len(lam):
        raise ValueError(
            f"n_samples must be below n_modes = {len(lam)}, got {n_rows}: else leaked rows determine every coordinate"
        )

    def parts(kappa: float, loss: float) -> Array:
        return unknown_parts(law, n_rows, lam / kappa, (1 - share) / (share * loss) * law.gains, signs)

    level = brentq(lambda u: (lam / (lam + np.exp(u))).sum() - n_rows, -60, 10)  # the dense law
    loss = float(n_rows * np.exp(level))
    for _ in range(ROUNDS):
        level = brentq(lambda u, loss=loss: (1 - parts(np.exp(u), loss)).sum() - n_rows, level - 4, level + 4)
        V = parts(np.exp(level), loss)
        before, loss = loss, float(lam @ V)
        if abs(loss / before - 1) < 1e-10:
            break
    return V, float(np.exp(level))
