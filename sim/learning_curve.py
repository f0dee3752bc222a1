"""Losses of least squares from sampled labels along a whole learning curve, one factorisation for all its sizes.

Only algebra, exact for any arrays. With the moments of `sim.grid_solve.Moments`, one lower triangular L:

- every N ≤ D: L Lᵀ = ΦᵀΦ, c = L⁻¹Φᵀy, H = L⁻¹ G L⁻ᵀ and q = L⁻¹ b;
- every D < N: L Lᵀ = ΦΦᵀ, c = L⁻¹ y, H = L⁻¹ Φ G Φᵀ L⁻ᵀ and q = L⁻¹ Φ b.

θ_n = L_n⁻ᵀ c_n, or Φ_nᵀ L_n⁻ᵀ c_n, has loss s − 2 q_n·c_n + c_nᵀ H_n c_n, whose terms are sums over leading parts.
Without correction steps the factor squares the condition: where its pivots spread too far QR replaces it, with
L = Rᵀ and, for D < N, Φᵀ = Q R, H = QᵀGQ and q = Qᵀb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import linalg
from sim.grid_solve import Moments

if TYPE_CHECKING:
    from torch import Tensor

TRUSTED = 1e-11
"""Square of the ratio of extreme pivots times the unit of rounding, above which QR replaces Cholesky."""


def trusted(L: Tensor, share: float = 1.0) -> bool:
    """Whether the pivots of every Cholesky factor allow its use without correction, at a ``share`` of `TRUSTED`."""
    pivots = L.diagonal(dim1=-2, dim2=-1)
    spread = pivots.amax(-1) / pivots.amin(-1)
    return bool((spread * spread * 2.0**-53 <= share * TRUSTED).all())  # false for NaN, a factor that failed


def _cumulated(c: Tensor, H: Tensor, q: Tensor, s: Tensor) -> Tensor:
    """Losses s − 2 q_n·c_n + c_nᵀ H_n c_n for every n."""
    diagonal = H.diagonal(dim1=-2, dim2=-1)
    below = (H.tril(-1) @ c[..., None])[..., 0]
    return s[..., None] + (c * (2 * (below - q) + diagonal * c)).cumsum(-1)


def over_features(Phi: Tensor, y: Tensor, moments: Moments) -> Tensor:
    """Loss for every number of features N = 1, 2, ... up to the columns of Φ (..., D, N ≤ D); shape (..., N)."""
    gram = linalg.zeros((*Phi.shape[:-2], Phi.shape[-1], Phi.shape[-1]), Phi)
    linalg.add_gram(gram, Phi)
    L = linalg.factor(gram, overwrite=True)
    if trusted(L):
        c = linalg.solve(L, Phi.mT @ y[..., None])[..., 0]
    else:
        Q, R = linalg.qr(Phi)
        L, c = R.mT, (Q.mT @ y[..., None])[..., 0]
    G = linalg.eye(Phi.shape[-1], Phi).expand(L.shape) if moments.G is None else moments.G
    H = linalg.solve(L, linalg.solve(L, G).mT)
    q = linalg.solve(L, moments.b[..., None])[..., 0]
    return _cumulated(c, H, q, moments.s)


def over_samples(Phi: Tensor, y: Tensor, moments: Moments) -> Tensor:
    """Loss for every number of data D = 1, 2, ... up to the rows of Φ (..., D < N, N); shape (..., D)."""
    gram = linalg.zeros((*Phi.shape[:-1], Phi.shape[-2]), Phi)
    linalg.add_gram(gram, Phi.mT)
    L = linalg.factor(gram, overwrite=True)
    if trusted(L, 0.01):  # Φ G Φᵀ meets the factor twice
        image = Phi if moments.G is None else Phi @ moments.G
        H = linalg.solve(L, linalg.solve(L, image @ Phi.mT).mT)
        q = linalg.solve(L, Phi @ moments.b[..., None])[..., 0]
    else:  # L⁻¹Φ would lose digits: it is Qᵀ
        Q, R = linalg.qr(Phi.mT)
        L, H = R.mT, Q.mT @ (Q if moments.G is None else moments.G @ Q)
        q = (Q.mT @ moments.b[..., None])[..., 0]
    c = linalg.solve(L, y[..., None])[..., 0]
    return _cumulated(c, H, q, moments.s)
