"""Greedy independent rows of sparse data: what the row space of every prefix of the data is made of.

Rows are scanned in order and one is kept if it is independent of those kept before, so that the first r(D) kept rows
span the row space of the first D rows, for every D. Most decisions need no arithmetic and are exact:

- the first row that shows some coordinate is independent;
- a coordinate is spanned if e_i lies in the row space already: k kept rows that live on k coordinates span them.
  Spanned coordinates can be struck out, and a row of which nothing is left is dependent;
- a row with a coordinate that no other row in question has is independent of those.

The other rows are orthogonalised, twice, against the kept ones on the coordinates that are left, and are independent
if more than `CUTOFF` of their norm remains. Every coordinate is divided by its largest entry before: independence
does not depend on scales, rounding does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from sim import linalg
from sim.sparse_features.activations import Array

CUTOFF = 1e-9
"""Part of its norm that an independent row keeps."""

Index = np.ndarray


class IndependentRows(NamedTuple):
    """Rows of X that span the row space of every prefix of X, and an orthonormal basis nested in the same way."""

    rows: Index  # (r,) indices of the kept rows, ascending
    seen: Index  # (S,) coordinates active at least once, ascending
    basis: Array  # (r × S) orthonormal rows Q; the first k span the first k kept rows
    factor: Array  # (r × r) lower triangular L: the kept rows are L Q on the seen coordinates

    def rank(self, n_samples: int) -> int:
        """r(D), rank of the first D rows."""
        return int(np.searchsorted(self.rows, n_samples))


def independent_rows(X: csr_array) -> IndependentRows:
    """Greedy independent rows of X (D × M). The choice is exact up to `CUTOFF`, the basis up to rounding."""
    seen = np.unique(X.indices)
    kept = chosen(X)
    dense = X[kept][:, seen].toarray()
    Q, R = orthonormal(dense)
    return IndependentRows(kept, seen, np.ascontiguousarray(Q.T), np.ascontiguousarray(R.T))


def orthonormal(rows: Array) -> tuple[Array, Array]:
    """Q (columns × min) and R of the QR factors of the transpose of ``rows``; torch's are several times as fast."""
    Q, R = linalg.qr(linalg.from_numpy(rows).mT)
    return Q.numpy(), R.numpy()


def chosen(X: csr_array) -> Index:
    """Indices of the greedy independent rows, ascending."""
    A = unit_scale(X)
    n, m = A.shape
    shows = _shows_something_new(A)
    spanned = np.zeros(m, dtype=bool)
    kept = np.zeros(n, dtype=bool)
    core: Index = np.empty(0, dtype=np.int64)  # kept rows with coordinates that are not spanned
    start, size = 0, 64
    while start < n:
        block = np.arange(start, min(start + size, n))
        block = block[_left(A, block, spanned) > 0]
        new = block if shows[block].all() else block[_independent(A, core, block, ~spanned)]
        kept[new] = True
        core, spanned = _core(A, np.concatenate((core, new)), spanned)
        start += size
        size = min(4096, 2 * size) if len(new) < size / 4 else max(64, size // 2)
    return np.flatnonzero(kept)


def unit_scale(X: csr_array) -> csr_array:
    """X without the coordinates never active, each of the others divided by its largest entry."""
    X = X.copy()
    X.sum_duplicates()
    X.eliminate_zeros()
    seen, column = np.unique(X.indices, return_inverse=True)
    largest = np.zeros(len(seen))
    np.maximum.at(largest, column, np.abs(X.data))
    return csr_array((X.data / largest[column], column, X.indptr), shape=(X.shape[0], len(seen)))


def _shows_something_new(A: csr_array) -> np.ndarray:
    """Whether some coordinate of a row is active in it for the first time."""
    _, first = np.unique(A.indices, return_index=True)
    new = np.zeros(A.shape[0], dtype=bool)
    new[np.searchsorted(A.indptr, first, side="right") - 1] = True
    return new


def _left(A: csr_array, rows: Index, spanned: np.ndarray) -> Index:
    """Number of coordinates of each row that are not spanned."""
    total = np.append(0, np.cumsum(~spanned[A.indices]))
    counts: Index = total[A.indptr[rows + 1]] - total[A.indptr[rows]]
    return counts


def _core(A: csr_array, kept: Index, spanned: np.ndarray) -> tuple[Index, np.ndarray]:
    """Strikes out what the kept rows span by their pattern: those rows, and the coordinates.

    Match every row with a coordinate of its own. Coordinates that no alternating path from an unmatched one reaches
    are as many as the rows that live on them alone, which are independent: they are spanned.
    """
    pattern = A[kept][:, np.flatnonzero(~spanned)]
    match = maximum_bipartite_matching(pattern, perm_type="column")  # coordinate of every row
    n, m = pattern.shape
    reached = np.ones(m, dtype=bool)
    reached[match] = False
    of_row = np.repeat(np.arange(n), np.diff(pattern.indptr))
    done = np.zeros(n, dtype=bool)
    while True:
        hit = np.zeros(n, dtype=bool)
        hit[of_row[reached[pattern.indices]]] = True
        if (hit == done).all():
            break
        reached[match[hit]] = True
        done = hit
    spanned = spanned.copy()
    spanned[np.flatnonzero(~spanned)[~reached]] = True
    return kept[done], spanned


def _independent(A: csr_array, core: Index, block: Index, columns: np.ndarray) -> np.ndarray:
    """Which rows of ``block`` are independent of the core and of those before them, on some columns; booleans."""
    both = A[np.concatenate((core, block))][:, np.flatnonzero(columns)]
    tangled = _tangled(both)
    kept = ~tangled[len(core) :]
    first = int(tangled[: len(core)].sum())
    both = both[np.flatnonzero(tangled)]
    dense = both[:, np.unique(both.indices)].toarray()
    kept[~kept] = _in_order(dense[:first], dense[first:])
    return kept


def _tangled(pattern: csr_array) -> np.ndarray:
    """Rows left when those with a coordinate of their own are struck out, again and again: those are independent."""
    of_row = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    column, left = pattern.indices, np.ones(pattern.shape[0], dtype=bool)
    while len(column):
        own = np.bincount(column)[column] == 1
        left[of_row[own]] = False
        stays = left[of_row]
        if stays.all():
            break
        of_row, column = of_row[stays], column[stays]
    return left


def _in_order(core: Array, rows: Array) -> np.ndarray:
    """Which rows are independent of the core, itself independent, and of the rows before them; booleans."""
    kept = np.zeros(len(rows), dtype=bool)
    least = CUTOFF * np.linalg.norm(rows, axis=1)
    basis, _ = orthonormal(core)
    for _ in range(2):
        rows = rows - (rows @ basis) @ basis.T
    pivots = np.abs(np.diag(orthonormal(rows)[1]))
    if len(pivots) == len(rows) and (pivots > least).all():
        return ~kept
    while len(later := np.flatnonzero(np.linalg.norm(rows, axis=1) > least)):
        kept[later[0]] = True
        q = rows[later[0]] / np.linalg.norm(rows[later[0]])
        for _ in range(2):
            rows = rows - np.outer(rows @ q, q)
        rows[: later[0] + 1] = 0.0
    return kept
