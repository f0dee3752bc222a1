"""Predictors and labels of Gaussian data drawn jointly: the data themselves are never formed.

Given the features F and the teacher w, the pair (F x, wᵀx) is Gaussian. With L_G L_Gᵀ = G = F Λ Fᵀ, q = L_G⁻¹ F Λ w
and s = wᵀ Λ w, rows Φ = Z L_Gᵀ and y = Z q + √(s − |q|²) ε, Z and ε standard normal, have exactly its law, at a
cost that does not depend on the number of modes. For N ≤ D the fit is that of y on Z_N, because both span the same
columns prefix by prefix: u = L_Gᵀ θ has loss s − 2 q·u + |u|², and Z is well conditioned where Φ is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim import grid_solve
from sim.grid_solve import Moments

if TYPE_CHECKING:
    from torch import Tensor


def labels(Z: Tensor, q: Tensor, s: Tensor, error: Tensor, label_noise: float = 0.0) -> Tensor:
    """Labels y = Z q + √(s − |q|² + σ²) ε for rows Z (..., D, N), ε (..., D) and label noise σ; (..., D)."""
    tail = (s - q.square().sum(-1)).clamp_min(0.0) + label_noise**2
    return (Z @ q[..., None])[..., 0] + tail.sqrt()[..., None] * error


def losses(L: Tensor, q: Tensor, s: Tensor, Z: Tensor, y: Tensor, cells: Sequence[tuple[int, int]]) -> Tensor:
    """Loss of minimum-norm least squares for every (N, D) of ``cells`` from joint rows; (..., n_cells).

    L = L_G (..., N, N), q (..., N), s (...), Z (..., D, N), y (..., D). Exact, given these.
    """
    white = Z, Moments(None, q, s)
    if all(N <= D for N, D in cells):
        return grid_solve.losses(*white[:1], y, white[1], cells)
    moments = Moments(L @ L.mT, (L @ q[..., None])[..., 0], s)
    rows = max(D for N, D in cells if N > D)
    return grid_solve.losses(Z[..., :rows, :] @ L.mT, y, moments, cells, white)
