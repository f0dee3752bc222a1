"""Distinct rays of a dataset: what positively homogeneous features, ReLU without bias, can tell apart.

Two rows t u and t′ u (t, t′ > 0) give proportional features, and without noise their labels agree. To least squares
they are one row √(t² + t′²) u, to an interpolant any one of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.sparse_features.activations import Array

DIGITS = 11
"""Decimal places by which two unit rows must differ to count as two rays."""


class Rays(NamedTuple):
    """The distinct rays {t u: t > 0} of the rows of a matrix; rows of zeros have none."""

    units: Array  # (n_rays × S) unit vectors u
    lengths: Array  # (n_rays,) root of the summed squares of the rows on each ray


def rays(A: Array) -> Rays:
    """Distinct rays of the rows of A (D × S)."""
    length = np.linalg.norm(A, axis=1)
    U, length = A[length > 0] / length[length > 0, None], length[length > 0]
    if not len(U):
        return Rays(U, length)
    _, first, which = np.unique(np.round(U, DIGITS) + 0.0, axis=0, return_index=True, return_inverse=True)  # −0 is 0
    return Rays(U[first], np.sqrt(np.bincount(which.ravel(), length**2)))
