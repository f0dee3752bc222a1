"""The numerical back end: every call that is not a method of an array, here torch in float64.

torch is imported when a function is first called, so that importing a simulation costs nothing. All functions
act on the last two axes, the ones before them are batches. Another back end is another file like this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor


def powers(n: int, power: float, like: Tensor) -> Tensor:
    """Powers i^power for i = 1..n, shape (n,), in the precision and on the device of ``like``."""
    import torch

    return torch.arange(1, n + 1, dtype=like.dtype, device=like.device) ** power


def array(values: Sequence[Any], like: Tensor) -> Tensor:
    """Plain numbers, or lists of lists of them, as an array, in the precision and on the device of ``like``."""
    import torch

    return torch.tensor(values, dtype=like.dtype, device=like.device)


def from_numpy(values: npt.ArrayLike) -> Tensor:
    """An array of numpy on the CPU, without a copy where possible."""
    import numpy as np
    import torch

    return torch.from_numpy(np.ascontiguousarray(values))


def stack(arrays: Sequence[Tensor]) -> Tensor:
    """Arrays of one shape (...) side by side on a new last axis, shape (..., n_arrays)."""
    import torch

    return torch.stack(list(arrays), -1)


def concatenate(arrays: Sequence[Tensor], axis: int) -> Tensor:
    """Arrays joined along an existing axis."""
    import torch

    return torch.cat(list(arrays), axis)


def cholesky(A: Tensor) -> Tensor:
    """Lower triangular L with L Lᵀ = A. Raises ``torch.linalg.LinAlgError`` if A is not positive definite."""
    import torch

    L: Tensor = torch.linalg.cholesky(A)
    return L


def qr(A: Tensor) -> tuple[Tensor, Tensor]:
    """Q (r × c) with orthonormal columns and upper triangular R (c × c), Q R = A (r × c), r ≥ c."""
    import torch

    Q, R = torch.linalg.qr(A)
    return Q, R


def triangular_factor(A: Tensor) -> Tensor:
    """R of `qr` alone: Rᵀ R = Aᵀ A without forming Aᵀ A."""
    import torch

    R: Tensor = torch.linalg.qr(A, mode="r").R
    return R


def triangular_inverse(T: Tensor, *, upper: bool) -> Tensor:
    """Inverse of a triangular matrix."""
    import torch

    eye = torch.eye(T.shape[-1], dtype=T.dtype, device=T.device)
    inverse: Tensor = torch.linalg.solve_triangular(T, eye.expand(T.shape), upper=upper)
    return inverse


def svd(A: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U (r × m), s (m,), V (c × m) with A = U diag(s) Vᵀ and m = min(r, c)."""
    import torch

    U, s, Vt = torch.linalg.svd(A, full_matrices=False)
    return U, s, Vt.mT


def pseudo_inverse(A: Tensor) -> Tensor:
    """Moore–Penrose inverse by singular values: the brute-force solver of the oracles."""
    import torch

    inverse: Tensor = torch.linalg.pinv(A)
    return inverse


def eye(n: int, like: Tensor) -> Tensor:
    """Identity matrix (n × n)."""
    import torch

    return torch.eye(n, dtype=like.dtype, device=like.device)


# Symmetric matrices and their factors for the nested sweeps. On a CPU syrk and potrf of SciPy's BLAS are called
# matrix by matrix, two to four times as fast as the batched torch kernels; elsewhere torch works on the batch.
# Products, triangular solves and QR factors are faster in torch on both.

BLOCK = 192
"""Order below which a triangular matrix is inverted by substitution."""


def one_by_one(like: Tensor) -> bool:
    """Whether matrices of a batch are better treated one after the other (a CPU) than together (a GPU)."""
    return like.device.type == "cpu"


def add_gram(G: Tensor, A: Tensor) -> None:
    """Add Aᵀ A (..., c, c) to the contiguous G in place, meaning its upper triangle only: see `symmetric`."""
    if not one_by_one(A):
        G += A.mT @ A
        return
    from scipy.linalg.blas import dsyrk

    for g, a in zip(G.view(-1, *G.shape[-2:]).numpy(), A.reshape(-1, *A.shape[-2:]), strict=True):
        by_rows = a.stride(-1) == 1  # LAPACK's order is by columns: it sees the transposes
        dsyrk(1.0, (a.T if by_rows else a).numpy(), beta=1.0, c=g.T, trans=not by_rows, lower=1, overwrite_c=1)


def symmetric(G: Tensor) -> Tensor:
    """The symmetric matrix whose upper triangle is that of G (..., n, n)."""
    upper = G.triu()
    return upper + upper.triu(1).mT


def zeros(shape: Sequence[int], like: Tensor) -> Tensor:
    """An array of zeros, in the precision and on the device of ``like``."""
    import torch

    return torch.zeros(tuple(shape), dtype=like.dtype, device=like.device)


def factor(G: Tensor, *, overwrite: bool = False) -> Tensor:
    """Lower triangular L with L Lᵀ = G (..., n, n), of which the upper triangle is read; NaN where G fails."""
    import torch

    if not one_by_one(G):
        U, info = torch.linalg.cholesky_ex(G, upper=True)
        return torch.where((info == 0)[..., None, None], U.mT, float("nan"))
    from scipy.linalg.lapack import dpotrf

    transposed = G.contiguous() if overwrite else G.clone(memory_format=torch.contiguous_format)
    for g in transposed.view(-1, *G.shape[-2:]).numpy():
        if dpotrf(g.T, lower=1, clean=1, overwrite_a=1)[1]:
            g.fill(float("nan"))
    return transposed.mT


def solve(T: Tensor, B: Tensor, *, upper: bool = False, left: bool = True) -> Tensor:
    """T⁻¹ B, or B T⁻¹ with ``left=False``, for a triangular T."""
    import torch

    X: Tensor = torch.linalg.solve_triangular(T, B, upper=upper, left=left)
    return X


def lower_inverse(L: Tensor) -> Tensor:
    """Inverse of a lower triangular matrix, halved until small: most of it is matrix products."""
    n = L.shape[-1]
    if n <= BLOCK:
        return triangular_inverse(L, upper=False)
    h = n // 2
    first, last = lower_inverse(L[..., :h, :h]), lower_inverse(L[..., h:, h:])
    inverse = zeros(L.shape, L)
    inverse[..., :h, :h], inverse[..., h:, h:] = first, last
    inverse[..., h:, :h] = -(last @ (L[..., h:, :h] @ first))
    return inverse


def leading(sizes: Sequence[int], n: int, like: Tensor) -> Tensor:
    """Mask (n × n_sizes) of the leading entries: column j is true in its first sizes[j] rows."""
    import torch

    rows = torch.arange(n, device=like.device)[:, None]
    return rows < torch.tensor(list(sizes), device=like.device)


def where(mask: Tensor, A: Tensor, B: Tensor | float) -> Tensor:
    """A where the mask is true, else B."""
    import torch

    return torch.where(mask, A, B)


def batches(A: Tensor) -> list[slice]:
    """Leading indices to treat at a time: one by one on a CPU, where a matrix should stay in cache, else all."""
    n = A.shape[0]
    return [slice(i, i + 1) for i in range(n)] if one_by_one(A) else [slice(0, n)]


def eigh(A: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues (..., n), ascending, and eigenvectors (..., n, n) of a symmetric matrix."""
    import torch

    values, vectors = torch.linalg.eigh(A)
    return values, vectors
