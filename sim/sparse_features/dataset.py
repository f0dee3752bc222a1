"""What a dataset teaches: its row space, in an orthonormal basis of its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

from sim.sparse_features.activations import Array

CUTOFF = 1e-11
"""Singular values below this part of the largest are zero."""


class Dataset(NamedTuple):
    """X = U diag(s) Vᵀ on the coordinates that are active at least once (the seen ones)."""

    seen: np.ndarray  # (S,) their indices, ascending
    singular: Array  # s (r,), descending
    basis: Array  # V (S × r)
    resolved: Array  # Λ_ss = Vᵀ Λ V (r × r)
    unseen: float  # U_X, sum of the variances of the coordinates never active
    loss: float  # T_X = tr Λ (I − P_X), P_X the projector on the row space of X

    @property
    def rank(self) -> int:
        """Number r of independent rows."""
        return len(self.singular)


def dataset(X: csr_array, variances: Array) -> Dataset:
    """Row space of the data X (D × M) and what it leaves, for independent coordinates of the given variances (M,).

    Exact up to rounding. loss is the error of minimum-norm least squares on X itself, averaged over an isotropic
    teacher: infinitely many features.
    """
    seen = np.unique(X.indices)
    dense = X[np.flatnonzero(np.diff(X.indptr))][:, seen].toarray()
    if dense.shape[0] > dense.shape[1]:
        dense = linalg.qr(dense, mode="r", check_finite=False)[0][: dense.shape[1]]
    _, s, Vt = linalg.svd(dense, full_matrices=False, check_finite=False)
    r = int((s > CUTOFF * s[0]).sum()) if len(s) else 0
    V, known = Vt[:r].T, variances[seen]
    unseen = float(variances.sum() - known.sum())
    left = float(known @ np.maximum(0.0, 1.0 - np.square(V).sum(1)))
    return Dataset(seen, s[:r], V, (V * known[:, None]).T @ V, unseen, unseen + left)
