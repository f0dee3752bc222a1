"""Largest eigenvalue of XᵀX/D by Golub–Kahan bidiagonalisation, X dense or in CSR: two passes over X a step.

From v_1 ∝ XᵀX g: β_k u_k = X v_k − γ_(k−1) u_(k−1), γ_k v_(k+1) = Xᵀ u_k − β_k v_k, every v orthogonalised against all
before. The singular values of the bidiagonal matrix with β on and γ above the diagonal approach those of X from below,
the largest first. g is the first unit vector, the direction of the largest variance, and in CSR a generic vector
besides: rows without common coordinates fall into blocks that no step connects.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Array = npt.NDArray[np.float64]
Matrix: TypeAlias = Array | csr_array

MAX_STEPS = 120
"""Power-law spectra take 4 to 8 steps, isotropic ones about 50."""
TOLERANCE = 1e-12
"""The value has converged when the moves still to come, a geometric series of the last two, are below this part."""
CAUTION = 10
"""Factor on the moves still to come for matrices in CSR: they do not fall geometrically where blocks compete."""
GENERIC = 0.1
"""Norm of the generic part of the start, relative to the first unit vector, for matrices in CSR."""


class ConvergenceError(ArithmeticError):
    """The bidiagonalisation moved the largest singular value still at its last step."""


def largest_eigenvalue(X: Matrix, *, max_steps: int = MAX_STEPS, tolerance: float = TOLERANCE) -> float:
    """λ_max(XᵀX/D) of X (D × M), relative error about ``tolerance`` squared over the gap; 0 for X = 0.

    Raises ValueError for X without rows or columns or not finite, and ConvergenceError after ``max_steps`` steps.
    """
    D, M = X.shape
    if D < 1 or M < 1:
        raise ValueError(f"X needs rows and columns, got shape {X.shape}; drop empty datasets")
    Xt = X.T.tocsr() if isinstance(X, csr_array) else X.T
    v = _start(X, Xt)
    scale = float(np.linalg.norm(v))
    if not np.isfinite(scale):
        raise ValueError("X must be finite; a diverged or missing entry has no largest eigenvalue")
    if scale == 0:
        return 0.0
    caution = CAUTION if isinstance(X, csr_array) else 1
    steps = min(max_steps, min(D, M))
    V = np.empty((steps + 1, M))
    V[0] = v / scale
    on, above = np.zeros(steps), np.zeros(steps)
    top = move = 0.0
    u = np.zeros(D)
    for k in range(steps):
        u = X @ V[k] - (above[k - 1] * u if k else 0.0)
        on[k] = np.linalg.norm(u)
        if on[k] > 0:
            u = u / on[k]
        before, last, top = top, move, _largest_singular_value(on[: k + 1], above[:k])
        move = max(top - before, 0.0)
        to_come = move * move / max(last - move, 1e-300)  # move · q/(1 − q) with q = move/last
        if (k >= 2 and caution * to_come < tolerance * top) or k + 1 == min(D, M):
            return float(top * top / D)
        w = Xt @ u - on[k] * V[k]
        w -= V[: k + 1].T @ (V[: k + 1] @ w)
        above[k] = np.linalg.norm(w)
        if above[k] < tolerance * top:  # the vectors span an invariant subspace
            return float(top * top / D)
        V[k + 1] = w / above[k]
    raise ConvergenceError(
        f"the largest singular value moved by {move / top:.1e} of itself in step {steps} and has not "
        f"converged to {tolerance:g}; raise max_steps, or use numpy.linalg.svd for spectra without a gap"
    )


def _start(X: Matrix, Xt: Matrix) -> Array:
    """XᵀX g."""
    if not isinstance(X, csr_array):
        first = np.asarray(X[:, 0])
        if first.any():
            return np.asarray(Xt @ first)
    generic = np.random.default_rng(0).standard_normal(X.shape[1])  # fixed: the result is a function of X alone
    start = np.asarray(generic * (GENERIC / np.linalg.norm(generic)))
    start[0] += 1.0
    return np.asarray(Xt @ (X @ start))


def _largest_singular_value(on: Array, above: Array) -> float:
    """Of the bidiagonal matrix with the given diagonals."""
    return float(np.linalg.svd(np.diag(on) + np.diag(above, 1), compute_uv=False)[0])
