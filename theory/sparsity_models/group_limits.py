"""Groups that switch on together, infinitely many features: the group sum and its two leading corrections.

n rows of a group of g coordinates determine n of its directions. Two groups, neither of them complete, that share a row
get one direction from it, not two; and where the variances of a group differ, n rows find the stronger directions.
Derived in docs/sparsity_models/aligned.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from theory.parameters import sizes_of
from theory.precision import Real
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, row_law
from theory.sparsity_models.registry import model_named


def group_limits(
    *, decay: Real, sparsity: Real, n_modes: int, group: int, n_samples: Sequence[int], scale: Real = 1
) -> Prediction:
    """Columns "unseen" (exact) and "loss" = Σ_i λ_i E (1 − n/g)_+ + shared − uneven.

    shared = Σ_{k<l} D s_k s_l (λ̄_k + λ̄_l)/2, s_k = p_k P(Bin(D − 1, p_k) < g) and λ̄_k the mean variance of group k;
    uneven = Σ_k g λ̄_k v_k E[θ (1 − θ); n < g], θ = n/g, v_k the relative variance of λ within group k. Asymptotic;
    allowance: ``uneven`` itself, and what of ``shared`` depends on which group pays, Σ D s_k s_l (λ̄_k − λ̄_l)/2.

    Raises ValueError as `theory.sparsity_models.groups.groups`. Source: derived here,
    docs/sparsity_models/aligned.md.
    """
    law = {"decay": decay, "sparsity": sparsity, "n_modes": n_modes, "scale": scale}
    on = model_named("groups", group=group, **law)
    p = row_law(**law).probabilities[::group]  # type: ignore[arg-type]
    blocks = on.variances.reshape(-1, group)
    found = [_at(D, p, blocks) for D in sizes_of("n_samples", n_samples)]
    main = np.array([on.variances @ on.unknown(D) for D in n_samples])
    shared, unsure, uneven = np.array(found).T
    unseen = np.array([on.variances @ on.silent(D) for D in n_samples])
    return Prediction({"unseen": unseen, "loss": main + shared - uneven}, {"loss": unsure + uneven})


def _at(D: int, p: Array, blocks: Array) -> tuple[float, float, float]:
    """Shared, what of it is not known, and uneven."""
    group, mean = blocks.shape[1], blocks.mean(1)
    s = p * binom.cdf(group - 1, D - 1, p)
    before = np.cumsum(s) - s
    after = s.sum() - before - s
    shared = D / 2 * float((s * mean) @ (before + after))
    unsure = D / 2 * float((s * mean) @ (after - before))
    share = np.arange(group) / group
    spread = sum(w * binom.pmf(n, D, p) for n, w in enumerate(share * (1 - share)))
    uneven = float((blocks.var(1) / mean * group) @ spread)
    return shared, unsure, uneven
