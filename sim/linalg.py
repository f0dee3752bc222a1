"""The numerical back end: every call that is not a method of an array, here torch in float64.

torch is imported when a function is first called, so that importing a simulation costs nothing. All functions
act on the last two axes, the ones before them are batches. Another back end is another file like this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def powers(n: int, power: float, like: Tensor) -> Tensor:
    """Powers i^power for i = 1..n, shape (n,), in the precision and on the device of ``like``."""
    import torch

    return torch.arange(1, n + 1, dtype=like.dtype, device=like.device) ** power


def array(values: Sequence[float] | Sequence[Sequence[float]], like: Tensor) -> Tensor:
    """Plain numbers as an array, in the precision and on the device of ``like``."""
    import torch

    return torch.tensor(values, dtype=like.dtype, device=like.device)


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
