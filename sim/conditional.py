"""Losses of least squares on a grid of sizes with teacher, unresolved tail and label noise integrated exactly.

Gaussian data x = Λ^½ z, given the features F and the coordinates Z (D × N) of the data in the span of the
features, Φ = Z L_Gᵀ with L_G L_Gᵀ = G = F Λ Fᵀ. The teacher w has mean 0 and E w wᵀ = S, the labels are wᵀx plus
noise of variance n². A = F Λ S Λ Fᵀ, C = L_G⁻¹ A L_G⁻ᵀ and σ_N = tr S Λ − tr C_N, what N features leave unresolved.
With V the loss from label noise per unit of its variance:

- N ≤ D: loss = σ_N (1 + V) + n² V with V = tr (Z_NᵀZ_N)⁻¹;
- N > D: loss = σ_N (1 + V) + n² V + tr (I − Π) G (I − Π) G⁻¹ A G⁻¹, V = tr K⁻¹ Φ G Φᵀ K⁻¹, K = Φ Φᵀ and Π the
  projector on the rows of Φ.

One Cholesky factor of ZᵀZ per D serves every N ≤ D. For N > D let P = L_Gᵀ-rows of Φ, that is Φᵀ = P = L_G Zᵀ, and
P = Q kᵀ with kkᵀ = PᵀP: one factor per N serves every D. With W = L_Gᵀ P, Y = C Zᵀ and T = Z C Zᵀ,
U = W k⁻ᵀ, E = L_G⁻¹ Q = Zᵀ k⁻ᵀ, H = UᵀU: V = Σ H ∘ (k⁻¹ k⁻ᵀ) and the last term is
tr C − 2 tr Uᵀ C E + Σ H ∘ (k⁻¹ T k⁻ᵀ), sums over leading blocks. P, W, Y and T grow with N.
Exact for Gaussian data; derived in docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim import linalg
from sim.grid_solve import factors, sides
from sim.learning_curve import trusted
from sim.sweeps import leading_sums, leading_traces

if TYPE_CHECKING:
    from torch import Tensor


class Features(NamedTuple):
    """What the features resolve, prefix by prefix."""

    L: Tensor  # L_G (..., N, N)
    C: Tensor  # (..., N, N)
    unresolved: Tensor  # σ_N for N = 1, 2, ... (..., N)


def features(G: Tensor, A: Tensor, total: Tensor | float) -> Features:
    """`Features` from G = F Λ Fᵀ, A = F Λ S Λ Fᵀ (..., N, N) and total = tr S Λ."""
    L = linalg.factor(G)
    C = linalg.solve(L, linalg.solve(L, A).mT)
    return Features(L, C, total - leading_traces(C))


def _tall(Z: Tensor, sizes: dict[int, list[int]]) -> dict[tuple[int, int], Tensor]:
    """V for every D → N ≤ D of ``sizes``."""
    found = {}
    for D, L in factors(Z, {D: max(part) for D, part in sizes.items()}):
        V = linalg.lower_inverse(L).square().sum(-1).cumsum(-1)
        found.update({(N, D): V[..., N - 1] for N in sizes[D]})
    return found


class _Grown:
    """P, W, Y, PᵀP and T for a growing number N of features."""

    def __init__(self, given: Features, Z: Tensor, n_features: int, n_samples: int) -> None:
        self.L, self.C = given.L[..., :n_features, :n_features], given.C[..., :n_features, :n_features]
        self.Zt = Z[..., :n_samples, :n_features].mT.contiguous()  # (..., N, D)
        self.P = self.L @ self.Zt
        self.W, self.Y = linalg.zeros(self.P.shape, Z), linalg.zeros(self.P.shape, Z)
        square = (*Z.shape[:-2], n_samples, n_samples)
        self.gram, self.T = linalg.zeros(square, Z), linalg.zeros(square, Z)
        self.N = 0

    def grow(self, N: int) -> None:
        """Include the features up to N."""
        old, new = slice(0, self.N), slice(self.N, N)
        linalg.add_gram(self.gram, self.P[..., new, :])
        self.W[..., :N, :] += self.L[..., new, :N].mT @ self.P[..., new, :]
        cross = self.C[..., new, old] @ self.Zt[..., old, :]  # (..., new, D)
        own = self.C[..., new, new] @ self.Zt[..., new, :]
        self.Y[..., old, :] += self.C[..., old, new] @ self.Zt[..., new, :]
        self.Y[..., new, :] = cross + own
        half = self.Zt[..., new, :].mT @ (cross + own / 2)
        self.T += half
        self.T += half.mT
        self.N = N

    def sums(self, D: int) -> tuple[Tensor, Tensor]:
        """V, and tr (I − Π) G (I − Π) G⁻¹ A G⁻¹ − tr C, for every number of data up to D; each (..., D)."""
        k = linalg.factor(self.gram[..., :D, :D])
        if not trusted(k):
            return self._by_qr(D)
        inverse = linalg.lower_inverse(k)
        W, Y, T = self.W[..., : self.N, :D], self.Y[..., : self.N, :D], self.T[..., :D, :D]
        U, CE = linalg.solve(k.mT, W, upper=True, left=False), linalg.solve(k.mT, Y, upper=True, left=False)
        return self._assemble(inverse, U, CE, inverse @ T @ inverse.mT)

    def _by_qr(self, D: int) -> tuple[Tensor, Tensor]:
        N = self.N
        L, C = self.L[..., :N, :N], self.C[..., :N, :N]
        Q, R = linalg.qr(self.P[..., :N, :D])
        inverse = linalg.triangular_inverse(R.mT, upper=False)
        E = linalg.solve(R, self.Zt[..., :N, :D], upper=True, left=False)
        CE = C @ E
        return self._assemble(inverse, L.mT @ Q, CE, E.mT @ CE)

    @staticmethod
    def _assemble(inverse: Tensor, U: Tensor, CE: Tensor, ECE: Tensor) -> tuple[Tensor, Tensor]:
        H = U.mT @ U
        overlap = (U * CE).sum(-2).cumsum(-1)
        return leading_sums(H * (inverse @ inverse.mT)), leading_sums(H * ECE) - 2 * overlap


class Losses(NamedTuple):
    """For every cell: loss without label noise, and loss from it per unit variance; each (..., n_cells)."""

    bias: Tensor
    noise: Tensor
    unresolved: Tensor  # σ_N


def losses(given: Features, Z: Tensor, cells: Sequence[tuple[int, int]]) -> Losses:
    """`Losses` for every (N, D) of ``cells`` from Z (..., D_max, N_max), given the features."""
    tall, wide = sides(cells)
    noise = _tall(Z, tall)
    found = {cell: given.unresolved[..., cell[0] - 1] * (1 + V) for cell, V in noise.items()}
    if wide:
        grown = _Grown(given, Z, max(wide), max(max(part) for part in wide.values()))
        traces = leading_traces(given.C)
        for N, part in sorted(wide.items()):
            grown.grow(N)
            V, rest = grown.sums(max(part))
            for D in part:
                noise[N, D] = V[..., D - 1]
                sigma = given.unresolved[..., N - 1]
                found[N, D] = sigma * (1 + V[..., D - 1]) + traces[..., N - 1] + rest[..., D - 1]
    return Losses(
        bias=linalg.stack([found[cell] for cell in cells]),
        noise=linalg.stack([noise[cell] for cell in cells]),
        unresolved=given.unresolved[..., [N - 1 for N, _ in cells]],
    )
