"""Top-1 routed experts: every row goes to one of E experts, who learn a dense task from their own rows alone.

A row goes to expert e with probability p_e ∝ e^−sparsity (0: balanced loads). Every expert faces dense data with
variances i^−(1+decay) and fits its own isotropic teacher by minimum-norm least squares on infinitely many features.
Derived in docs/sparsity_models/one_pass_and_routing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.stats import binom

from theory import random_features as dense
from theory.parameters import count, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array
from theory.sparsity_models.model import spectrum
from theory.spectra import trace

EVERY = 32
"""Up to so many rows the dense law is evaluated at every size, beyond on a grid of them."""
REACH = 12
"""Standard deviations of a load that are summed over."""
MODES = 2000
"""Modes with which the loss of one row is integrated; further ones change it by less than their variance."""
INTERPOLATION, ROUNDING = 1e-5, 1e-10
"""Relative errors of the spline and of the loss of one row."""


def loads(*, sparsity: Real, n_experts: int) -> Array:
    """Probabilities p_e = e^−sparsity / Σ e^−sparsity that a row goes to expert e = 1..n_experts.

    Raises ValueError if sparsity is negative or n_experts below 1.
    """
    eta = float(exact(sparsity))
    if eta < 0:
        raise ValueError(f"sparsity must be at least 0, got {sparsity}; 0 gives every expert the same load")
    weights = np.arange(1, count("n_experts", n_experts) + 1, dtype=np.float64) ** -eta
    return np.asarray(weights / weights.sum())


def routed(*, decay: Real, sparsity: Real, n_experts: int, n_modes: int, n_samples: Sequence[int]) -> Prediction:
    """Columns "loss" = Σ_e p_e E L(n_e) and "unrouted" = Σ_e p_e (1 − p_e)^D, for every number of rows D.

    n_e ~ Bin(D, p_e) whatever the other loads, so the sum is exact; L(0) = tr Λ and L(1) are, and L(n) is the
    deterministic equivalent `theory.random_features.unresolved`, whose allowance is summed alike. "unrouted" is exact.

    Raises ValueError as `loads` does, for sizes below 1, and where one expert may get n_modes rows.
    Source: derived here, docs/sparsity_models/one_pass_and_routing.md.
    """
    p, sizes = loads(sparsity=sparsity, n_experts=n_experts), sizes_of("n_samples", n_samples)
    most = _most(max(sizes), float(p[0]))
    if most >= n_modes:
        raise ValueError(f"the first expert may get {most} rows, as many as n_modes = {n_modes}; raise n_modes")
    learned, remainder = learning_curve(decay, n_modes, most)
    columns = [_summed(D, p, np.stack([learned, remainder])) for D in sizes]
    with np.errstate(divide="ignore"):
        silent = [p @ np.exp(D * np.log1p(-p)) for D in sizes]
    loss, allowance = np.array(columns).T
    return Prediction({"loss": loss, "unrouted": np.array(silent)}, {"loss": allowance})


@cache
def learning_curve(decay: Real, n_modes: float, most: int) -> tuple[Array, Array]:
    """Loss of one expert with n = 0..most rows, and its allowance; each of shape (most + 1,).

    The dense law at every n up to `EVERY`, beyond by a cubic spline of log loss in log n through sizes a tenth apart.
    """
    grid = np.unique(np.rint(np.append(np.arange(1, EVERY), EVERY * 1.1 ** np.arange(120))).astype(int))
    last = max(most, 2)
    grid = np.union1d(grid[grid < last], [last])
    found = dense.unresolved(decay=decay, n_modes=n_modes, n_features=[int(n) for n in grid])
    n = np.log(np.arange(1, most + 1))
    curve, remainder = (
        np.exp(CubicSpline(np.log(grid), np.log(column["unresolved"]))(n)) for column in (found.values, found.allowance)
    )
    remainder += INTERPOLATION * curve
    curve[0], remainder[0] = loss_of_one_row(decay=decay, n_modes=min(n_modes, MODES)), ROUNDING
    nothing = float(trace(decay=decay, n_modes=n_modes, digits=17))
    if n_modes > MODES:
        curve[0] += nothing - float(trace(decay=decay, n_modes=MODES, digits=17))  # the others stay unknown
        remainder[0] = MODES ** -float(exact(decay))
    return np.append(nothing, curve), np.append(0.0, remainder)


def loss_of_one_row(*, decay: Real, n_modes: float) -> float:
    """Loss after one dense row x ~ N(0, Λ): tr Λ − E |Λ^½ x|²/|x|². Exact, by quadrature.

    E x_i² e^(−t|x|²) = λ_i/(1 + 2tλ_i) Π_k (1 + 2tλ_k)^(−½), integrated over t; trapezoidal in log t.
    """
    variances = spectrum(decay, int(n_modes))
    log_t = np.arange(-40.0, 120.0 / (1 + float(exact(decay))) + 12, 0.1)
    t = np.exp(log_t)
    damped = 1 + 2 * t[:, None] * variances
    seen = 0.1 * np.sum(t * np.exp(-0.5 * np.log(damped).sum(1)) * (variances**2 / damped).sum(1))
    return float(variances.sum() - seen)


def _most(D: int, p: float) -> int:
    """Largest load that matters."""
    return min(D, int(np.ceil(D * p + REACH * np.sqrt(D * p * (1 - p)) + REACH)))


def _summed(D: int, p: Array, curves: Array) -> Array:
    """Σ_e p_e Σ_n Bin(n; D, p_e) curves(n), the experts in blocks of similar load; shape (n_curves,)."""
    total, start = np.zeros(len(curves)), 0
    while start < len(p):
        stop = int(np.searchsorted(-p, -p[start] / 2, side="right"))
        n = np.arange(_most(D, float(p[start])) + 1)
        total += curves[:, n] @ (binom.pmf(n[:, None], D, p[start:stop]) @ p[start:stop])
        start = stop
    return total
