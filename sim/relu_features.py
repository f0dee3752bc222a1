"""Population moments of ReLU random features of Gaussian data with a linear teacher: no test set is needed.

Features max(0, f·x) with x ~ N(0, Λ), rows f of F, K = F Λ Fᵀ, d_i = √K_ii and c_ij = K_ij/(d_i d_j):
G_ij = d_i d_j (√(1 − c²) + (π − arccos c) c)/(2π) (the arc-cosine kernel of Cho & Saul 2009) and, by Stein's lemma,
b = F Λ w / 2. Exact.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.grid_solve import Moments

if TYPE_CHECKING:
    from torch import Tensor


def moments(F: Tensor, variances: Tensor, w: Tensor) -> Moments:
    """Moments of the features of F (..., N, M) with data variances (M,) and teacher w (..., M)."""
    S = F * variances
    K = S @ F.mT
    d = K.diagonal(dim1=-2, dim2=-1).sqrt()
    scale = d[..., :, None] * d[..., None, :]
    c = (K / scale).clamp(-1.0, 1.0)
    G = scale * ((1 - c * c).sqrt() + (math.pi - c.arccos()) * c) / (2 * math.pi)
    return Moments(G, (S @ w[..., None])[..., 0] / 2, (variances * w * w).sum(-1))
