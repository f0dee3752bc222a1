"""Label noise and infinitely many features on sparse rows with sign amplitudes, sparsity above 1.

Without ridge, noise of variance σ² adds σ² tr Λ (XᵀX)⁺. A coordinate seen n times, all else known, adds p_i/n; the
other coordinates of its rows are known from their other rows only, which costs more, or, if they have none, hides half
of it. With the ridge that is best, a coordinate counts as known once a_i² n exceeds the noise. Derived in
docs/sparse_features/unseen_mass.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from theory.parameters import positive, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, row_law

LEAST_SPARSITY = 1.4
UNKNOWN = 0.25
REMAINDER = 2.0  # of (first correction/leading term)², in units of the leading term


def hits(law: RowLaw, n_rows: int) -> Array:
    """Σ_i p_i P(n_i = n) for n = 0..n_rows, n_i ~ Binomial(n_rows, p_i); shape (n_rows + 1,). Exact to 10⁻⁹."""
    p = law.probabilities
    n = np.arange(n_rows + 1)
    total = np.zeros(n_rows + 1)
    for start in range(0, len(p), 200):
        part = p[start : start + 200]
        top = n_rows if n_rows * part[0] > n_rows / 4 else min(n_rows, int(n_rows * part[0] * 2 + 60))
        total[: top + 1] += part @ binom.pmf(n[: top + 1], n_rows, part[:, None])
    return total


def ridgeless_noise(
    *, decay: Real, sparsity: Real, n_modes: int, n_samples: Sequence[int], scale: Real = 1
) -> Prediction:
    """Column "noise": loss per unit variance of the label noise without ridge, for every D.

    N₀ + N₁ with N₀ = Σ_n W_n/n (n >= 1), W_n = Σ p_i P(n_i = n), and N₁ = Σ_{n,k} W_n V_k/(n(k + 1) − 1), V_k the
    same for D − 1 rows, where n = 1, k = 0 (two coordinates that share their only row) has the weight ρ² − 1,
    ρ = a_i²/(a_i² + a_j²). Asymptotic((r/D)²), sign amplitudes; allowance 2 N₁²/N₀.

    Raises ValueError for sparsity below 1.4. Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    if float(exact(sparsity)) < LEAST_SPARSITY:
        raise ValueError(
            f"sparsity must be at least {LEAST_SPARSITY}, got {sparsity}: nearer 1 the rank is of the order of the "
            "number of rows and the expansion in their ratio is useless"
        )
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    found = []
    for D in sizes_of("n_samples", n_samples):
        W, V = hits(law, D), hits(law, D - 1)
        n = np.arange(1, D + 1)
        leading = (W[1:] / n).sum()
        products = np.outer(n, n).astype(float)  # n (k + 1)
        products[0, 0] = np.inf
        first = W[1:] @ (1 / (products - 1)) @ V + _shared(law, D)
        found.append((leading, first))
    leading, first = np.array(found).T
    return Prediction({"noise": leading + first}, {"noise": REMAINDER * first**2 / leading})


def _shared(law: RowLaw, D: int) -> float:
    """Σ_{i≠j} P(n_i = 1) p_i · p_j P(n_j = 0 elsewhere) (ρ² − 1)."""
    top = slice(0, 3000)
    alone = law.probabilities[top] * law.silent(D - 1)[top]
    gains = law.gains[top]
    share = gains[:, None] / (gains[:, None] + gains)
    weight = np.outer(D * law.probabilities[top] * alone, alone) * (share**2 - 1)
    return float(weight.sum() - np.trace(weight))


def bayes_loss(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    scale: Real = 1,
    label_noise: Real = 1,
) -> Prediction:
    """Column "bayes": loss at label noise of variance σ² with the best ridge, for every D; sign amplitudes.

    L = Σ λ_i E[1/(1 + a_i² n_i/(σ² + L))], n_i ~ Binomial(D, p_i): the cavity equation with the unknown part of a row
    at its mean. Deterministic equivalent; allowance L²/(4 (σ² + L)): the unknown part fluctuates by its share of
    signal, which lowers L by 0.12 to 0.2 of that (measured).

    Raises ValueError for label noise that is not positive: without it the unknown part of a row does not concentrate.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    noise = float(positive("label_noise", label_noise, "without noise the unknown part of a row does not concentrate"))
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    losses = np.array([_self_consistent(law, D, noise) for D in sizes_of("n_samples", n_samples)])
    return Prediction({"bayes": losses}, {"bayes": UNKNOWN * losses**2 / (noise + losses)})


def _self_consistent(law: RowLaw, D: int, noise: float) -> float:
    p, blocks = law.probabilities, []
    for start in range(0, len(p), 200):
        part = slice(start, start + 200)
        top = D if D * p[start] > D / 4 else min(D, int(D * p[start] * 2 + 60))
        blocks.append((part, np.arange(top + 1), binom.pmf(np.arange(top + 1), D, p[part][:, None])))

    def loss(unknown: float) -> float:
        return sum(
            float(law.variances[part] @ (pmf / (1 + law.gains[part][:, None] * n / unknown)).sum(1))
            for part, n, pmf in blocks
        )

    return float(brentq(lambda L: loss(noise + L) - L, 0.0, float(law.variances.sum()) + 1e-12, xtol=1e-12))
