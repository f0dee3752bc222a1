"""Numerical rank of sparse data by striking out what needs no arithmetic.

A coordinate with one entry left, in row k, makes row k independent of all others; a row with one entry left, in
coordinate i, does the same for coordinate i. Either way the rank is one more than that of the data without row k, or
without coordinate i. What is left when no such entry is, the core, is small when activations are rare.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg
from scipy.sparse import csr_array

CUTOFF = 1e-11
"""Singular values of the core, in unit scale, below this part of the largest are zero."""


def rank(X: csr_array) -> int:
    """Rank of X (D × M), exact but for the `CUTOFF` of a core. Time of the order of its nonzero entries."""
    found, core = peel(X)
    if core.shape[0] == 0:
        return found
    s = linalg.svdvals(core / np.abs(core).max(0), check_finite=False)
    return found + int((s > CUTOFF * s[0]).sum())


def peel(X: csr_array) -> tuple[int, np.ndarray]:
    """Rank that peeling finds and the core that it leaves, dense, without the rows and coordinates struck out."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    row, column, value = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr)), X.indices, X.data
    found, before = 0, -1
    keep = np.flatnonzero(value)
    while len(keep) != before:
        before = len(keep)
        row, column, value = row[keep], column[keep], value[keep]
        once = np.flatnonzero(np.bincount(column)[column] == 1)
        struck = np.bincount(row[once], minlength=X.shape[0])  # rows with a coordinate of their own
        keep = np.flatnonzero(struck[row] == 0)
        row, column, value = row[keep], column[keep], value[keep]
        found += int(np.count_nonzero(struck))
        once = np.flatnonzero(np.bincount(row, minlength=1)[row] == 1)
        struck = np.bincount(column[once], minlength=X.shape[1])  # coordinates with a row of their own
        keep = np.flatnonzero(struck[column] == 0)
        found += int(np.count_nonzero(struck))
    _, row = np.unique(row, return_inverse=True)
    _, column = np.unique(column, return_inverse=True)
    core = np.zeros((row.max(initial=-1) + 1, column.max(initial=-1) + 1))
    core[row, column] = value
    return found, core
