"""Losses of ridge regression from sampled labels for many sizes and ridges, one Cholesky factor per (D, γ).

Only algebra, exact for any arrays: θ minimises |y − Φ_N θ|² + γ|θ|². ΦᵀΦ + γ I is positive definite on both sides of
N = D and its factor is nested in N. As in `sim.grid_solve` one correction step measures the rounding error; where
it is too large the factor comes from a QR of Φ with √γ I below it, which is nested as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim import linalg
from sim.grid_solve import AGAIN, REFUSED, Moments, normal_solve

if TYPE_CHECKING:
    from torch import Tensor


def _solutions(Phi: Tensor, y: Tensor, L: Tensor, gamma: float, sizes: Sequence[int]) -> Tensor:
    """Coefficients (..., m, k), zero below, for leading columns of Φ (..., D, m)."""
    mask = linalg.leading(sizes, max(sizes), y)
    theta = normal_solve(L, Phi.mT @ y[..., None], mask)
    for _ in range(2):
        gradient = Phi.mT @ (y[..., None] - Phi @ theta) - gamma * theta
        correction = normal_solve(L, gradient, mask)
        rho = correction.square().sum(-2).sqrt() / theta.square().sum(-2).sqrt()
        theta = theta + correction
        if not bool((rho <= REFUSED).all()):
            return _by_qr(Phi, y, gamma, mask)
        if bool((rho <= AGAIN).all()):
            break
    return theta


def _by_qr(Phi: Tensor, y: Tensor, gamma: float, mask: Tensor) -> Tensor:
    m = Phi.shape[-1]
    below = (gamma**0.5 * linalg.eye(m, Phi)).expand(*Phi.shape[:-2], m, m)
    Q, R = linalg.qr(linalg.concatenate((Phi, below), -2))
    c = Q[..., : Phi.shape[-2], :].mT @ y[..., None]
    return linalg.solve(R, linalg.where(mask, c, 0.0), upper=True)


def losses(Phi: Tensor, y: Tensor, moments: Moments, points: Sequence[tuple[int, int, float]]) -> Tensor:
    """Loss of ridge regression for every (N, D, γ) of ``points``, γ > 0; shape (..., n_points).

    Φ (..., D_max, N_max), y (..., D_max). Exact; rounding as by QR.
    """
    found: dict[tuple[int, int, float], Tensor] = {}
    by_samples: dict[int, dict[float, list[int]]] = {}
    for N, D, gamma in sorted(set(points)):
        by_samples.setdefault(D, {}).setdefault(gamma, []).append(N)
    for D, by_ridge in by_samples.items():
        m = max(max(sizes) for sizes in by_ridge.values())
        rows, labels = Phi[..., :D, :m], y[..., :D]
        gram = linalg.zeros((*Phi.shape[:-2], m, m), Phi)
        linalg.add_gram(gram, rows)
        for gamma, sizes in by_ridge.items():
            L = linalg.factor(gram + gamma * linalg.eye(m, Phi), overwrite=True)
            n = max(sizes)
            theta = _solutions(rows[..., :n], labels, L[..., :n, :n], gamma, sizes)
            for N, loss in zip(sizes, moments.losses(theta).unbind(-1), strict=True):
                found[N, D, gamma] = loss
    return linalg.stack([found[point] for point in points])
