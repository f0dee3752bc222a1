"""What noiseless sparse rows leave unknown, by elimination before algebra.

A row with one unknown coordinate gives it away; that coordinate is then known in all other rows, and so on. What is
left, the core, is small when activations are rare, and needs linear algebra. Exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

from sim.sparse_features.activations import Array
from sim.sparse_features.dataset import CUTOFF

CERTAIN = 1e-3
"""Relative pivot of the Gram matrix above which a core is taken to have independent rows."""
CROWDED = 24
"""Rows of a core from which on its Gram matrix is tried before its singular values."""


class Unknown(NamedTuple):
    """Loss of infinitely many features in two parts."""

    unseen: float  # variance of the coordinates never active
    unidentified: float  # what is left of those that are active in some row


def unknown(X: csr_array, n_samples: int, variances: Array) -> Unknown:
    """Tr Λ (I − P), P the projector on the span of the first ``n_samples`` rows of X (D × M), in its two parts."""
    end = X.indptr[n_samples]
    row = np.repeat(np.arange(n_samples), np.diff(X.indptr[: n_samples + 1]))
    column, value = X.indices[:end], X.data[:end]
    seen = np.zeros(X.shape[1], dtype=bool)
    seen[column] = True
    unseen = float(variances[~seen].sum())
    row, column, value = _eliminated(row, column, value, X.shape)
    if len(row) == 0:
        return Unknown(unseen, 0.0)
    _, row = np.unique(row, return_inverse=True)
    left, column = np.unique(column, return_inverse=True)
    return Unknown(unseen, _core_loss(csr_array((value, (row, column))), variances[left]))


def _eliminated(
    row: np.ndarray, column: np.ndarray, value: Array, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, Array]:
    """The entries of the core."""
    known = np.zeros(shape[1], dtype=bool)
    while True:
        alone = np.bincount(row, minlength=shape[0])[row] == 1
        if not alone.any():
            return row, column, value
        known[column[alone]] = True
        stays = ~known[column]
        row, column, value = row[stays], column[stays], value[stays]


def _core_loss(core: csr_array, variances: Array) -> float:
    """Tr Λ (I − P) on the coordinates of the core: from the Gram matrix if its rows are clearly independent."""
    if core.shape[0] >= CROWDED:
        row = np.repeat(np.arange(core.shape[0]), np.diff(core.indptr))
        value = core.data / np.sqrt(np.bincount(row, core.data**2))[row]  # rows of norm 1
        core = csr_array((value, core.indices, core.indptr), shape=core.shape)
        weighted = csr_array((value * np.sqrt(variances)[core.indices], core.indices, core.indptr), shape=core.shape)
        try:
            L = linalg.cholesky((core @ core.T).toarray(), lower=True, check_finite=False)
        except linalg.LinAlgError:
            L = np.zeros((1, 1))
        if np.diag(L).min() > CERTAIN:
            half = linalg.solve_triangular(L, (weighted @ weighted.T).toarray(), lower=True, check_finite=False)
            whole = linalg.solve_triangular(L, half.T, lower=True, check_finite=False)
            return float(variances.sum() - np.trace(whole))
    _, s, Vt = linalg.svd(core.toarray(), full_matrices=False, check_finite=False)
    V = Vt[s > CUTOFF * s[0]]
    return float(variances @ np.maximum(0.0, 1.0 - np.square(V).sum(0)))
