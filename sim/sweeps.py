"""Nested sweeps: one factorisation gives the loss of every prefix of features or of data.

Only algebra, exact for any arrays. With features F (N × M), data X (M × D) and the diagonal Λ, all that a
cell needs is in small matrices: the predictors Φ = F X, the Grams G = F Λ Fᵀ and K = Xᵀ X, and F Λ X. Leading
blocks of these belong to fewer features or fewer data, and so do leading blocks of their triangular factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim import linalg

if TYPE_CHECKING:
    from torch import Tensor


def leading_sums(U: Tensor) -> Tensor:
    """Sum of the leading k × k block of U (..., n, n) for k = 1..n, shape (..., n)."""
    return U.cumsum(-1).cumsum(-2).diagonal(dim1=-2, dim2=-1)


def leading_traces(U: Tensor) -> Tensor:
    """Trace of the leading k × k block of U (..., n, n) for k = 1..n, shape (..., n)."""
    return U.diagonal(dim1=-2, dim2=-1).cumsum(-1)


class Directions(NamedTuple):
    """What m directions T (M × m) span, for every leading part of them; each of shape (..., m).

    ``unresolved`` = tr Λ (I − P), P the projector on the columns of T; ``resolved`` =
    tr (TᵀT)⁻¹ TᵀΛT (TᵀT)⁻¹; ``inverse`` = tr (TᵀT)⁻¹.
    """

    unresolved: Tensor
    resolved: Tensor
    inverse: Tensor


def directions(gram: Tensor, rows: Tensor, spectrum: Tensor) -> Directions:
    """`Directions` from TᵀT (..., m, m), the rows Tᵀ (..., m, M) and the diagonal of Λ (M,).

    With TᵀT = L Lᵀ the columns of T L⁻ᵀ are orthonormal up to rounding, which grows with the condition of
    TᵀT; a second Cholesky factor removes it. Both are nested: their leading parts serve fewer directions.
    """
    first = linalg.triangular_inverse(linalg.cholesky(gram), upper=False)  # L⁻¹
    near = first @ rows  # (..., m, M)
    second = linalg.triangular_inverse(linalg.cholesky(near @ near.mT), upper=False)
    near *= spectrum.sqrt()
    W = second @ first  # lower triangular, W TᵀT Wᵀ = I
    C = second @ (near @ near.mT) @ second.mT  # Λ between the orthonormal directions
    return Directions(
        unresolved=spectrum.sum() - leading_traces(C),
        resolved=leading_sums(C * (W @ W.mT)),
        inverse=(W * W).sum(-1).cumsum(-1),
    )


def losses(
    design: Tensor, columns: Tensor, rows: Tensor, cross: Tensor, total: Tensor, *, wide: bool
) -> tuple[Tensor, Tensor]:
    """Bias and noise of minimum-norm least squares for every leading part of the columns, each (..., c).

    Bias: the loss averaged over an isotropic teacher, without label noise. Noise: the loss from label noise,
    per unit of its variance. One factorisation design = Q R (..., r, c), r ≥ c; the other arrays have shapes
    (..., c, c), (..., r, r), (..., r, c):

    - N ≤ D: design Φᵀ, ``columns`` G, ``rows`` K, ``cross`` (F Λ X)ᵀ;
    - ``wide``, N > D: design Φ, ``columns`` K, ``rows`` G, ``cross`` F Λ X.

    The fit is θ = Ψ y with Ψ = (Φᵀ)⁺ = R⁻¹ Qᵀ in the first case and Q R⁻ᵀ in the second. In both
    bias = tr Λ − 2 tr Ψ Xᵀ Λ Fᵀ + tr G Ψ K Ψᵀ and noise = tr G Ψ Ψᵀ.
    """
    Q, R = linalg.qr(design)
    S = linalg.triangular_inverse(R, upper=True)  # R⁻¹
    H = S.mT @ columns @ S  # (..., c, c)
    E = Q.mT @ rows @ Q  # (..., c, c)
    overlap = ((Q.mT @ cross) * S.mT).sum(-1).cumsum(-1)  # traces of Qᵀ cross R⁻¹
    bias = total - 2 * overlap + leading_sums(H * E)
    return bias, leading_sums((S.mT @ S) * E) if wide else leading_traces(H)


def ridge_losses(
    Phi: Tensor, G: Tensor, K: Tensor, cross: Tensor, total: Tensor, ridges: Sequence[float]
) -> list[tuple[Tensor, Tensor]]:
    """Bias and noise (as in `losses`, each of shape (...)) of ridge regression, for every γ of ``ridges``.

    From one Φ = U diag(s) Vᵀ (..., N, D): Ψ = U diag(c) Vᵀ with c = s/(s² + γ), hence
    bias = tr Λ − 2 Σ c_k (Uᵀ F Λ X V)_kk + cᵀ[(UᵀGU) ∘ (VᵀKV)]c and noise = Σ c_k² (UᵀGU)_kk.
    """
    U, s, V = linalg.svd(Phi)
    A = U.mT @ G @ U  # (..., m, m)
    overlap = (U * (cross @ V)).sum(-2)  # (..., m)
    both, alone = A * (V.mT @ K @ V), A.diagonal(dim1=-2, dim2=-1)
    found = []
    for gamma in ridges:
        c = s / (s * s + gamma)
        quadratic = (c * (both @ c[..., None])[..., 0]).sum(-1)
        found.append((total - 2 * (c * overlap).sum(-1) + quadratic, (c * c * alone).sum(-1)))
    return found
