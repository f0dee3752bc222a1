"""Independent sparse rows, drawn in time proportional to the number of their nonzero entries.

Columns are cut into blocks within which p varies by a factor of at most 2. Frequent blocks are drawn entry by entry;
in a rare one geometric gaps with the largest p of the block lead from candidate to candidate, which stays with
probability p_i over that largest: exact thinning.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from sim.sparse_features.activations import Activations, amplitudes

FREQUENT = 0.25
"""Activation probability above which a block is drawn entry by entry."""


def rows(rng: np.random.Generator, law: Activations, n_samples: int) -> csr_array:
    """n_samples independent rows X (n_samples × n_modes). Exact; p must not rise along the coordinates."""
    row, column = (np.concatenate(parts) for parts in zip(*_active(rng, law.probabilities, n_samples), strict=True))
    values = law.scales[column]
    values *= amplitudes(rng, law.amplitudes, len(column))
    X = coo_array((values, (row, column)), shape=(n_samples, len(law.probabilities)))
    X.has_canonical_format = True  # no entry twice: nothing to add up
    return X.tocsr()


def _active(rng: np.random.Generator, p: np.ndarray, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and columns of the active entries, block by block; within a row the columns ascend."""
    found, start, falling = [], 0, -p
    while start < len(p):
        top = p[start]
        stop = int(np.searchsorted(falling, -top / 2, side="right"))
        width = stop - start
        if top > FREQUENT:
            place = np.flatnonzero(rng.random((n, width)) < p[start:stop])
            row = place // width
            column = place - row * width
        else:
            place = _candidates(rng, top, n * width)
            column = place // n
            stays = np.flatnonzero(rng.random(len(place)) < (p[start:stop] / top)[column])
            place, column = place[stays], column[stays]
            row = place - column * n
        found.append((row.astype(np.int32), (start + column).astype(np.int32)))
        start = stop
    return found


def _candidates(rng: np.random.Generator, p: float, length: int) -> np.ndarray:
    """Places of successes among ``length`` independent trials of probability p, ascending."""
    found, last = [], -1.0
    while last < length:
        expected = p * (length - 1 - last)
        places = rng.standard_exponential(int(expected + 6 * np.sqrt(expected) + 8))
        places /= -np.log1p(-p)
        np.ceil(places, out=places)  # geometric gaps
        places[0] += last
        np.cumsum(places, out=places)  # whole numbers, exact below 2⁵³
        found.append(places)
        last = float(places[-1])
    every = np.concatenate(found)
    return every[: np.searchsorted(every, length)].astype(np.int64)
