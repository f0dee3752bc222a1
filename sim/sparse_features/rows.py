"""Independent sparse rows, drawn in time proportional to the number of their nonzero entries.

Columns are cut into blocks within which p varies by a factor of at most 2. Frequent blocks are drawn entry by entry;
in a rare one geometric gaps with the largest p of the block lead from candidate to candidate, which stays with
probability p_i over that largest: exact thinning.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from sim.sparse_features.activations import Activations, amplitudes

FREQUENT = 0.25
"""Activation probability above which a block is drawn entry by entry."""


def rows(rng: np.random.Generator, law: Activations, n_samples: int) -> csr_array:
    """n_samples independent rows X (n_samples × n_modes). Exact; p must not rise along the coordinates."""
    row, column = (np.concatenate(parts) for parts in zip(*_active(rng, law.probabilities, n_samples), strict=True))
    values = law.scales[column] * amplitudes(rng, law.amplitudes, len(column))
    return csr_array((values, (row, column)), shape=(n_samples, len(law.probabilities)))


def _active(rng: np.random.Generator, p: np.ndarray, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and columns of the active entries, block by block."""
    found, start = [], 0
    while start < len(p):
        top = p[start]
        stop = start + int(np.searchsorted(-p[start:], -top / 2, side="right"))
        width = stop - start
        if top > FREQUENT:
            row, column = np.nonzero(rng.random((n, width)) < p[start:stop])
        else:
            place = _candidates(rng, top, n * width)
            place = place[rng.random(len(place)) < p[start + place // n] / top]
            column, row = np.divmod(place, n)
        found.append((row, start + column))
        start = stop
    return found


def _candidates(rng: np.random.Generator, p: float, length: int) -> np.ndarray:
    """Places of successes among ``length`` independent trials of probability p, ascending."""
    found, last = [], -1
    while last < length:
        expected = p * (length - 1 - last)
        gaps = rng.geometric(p, int(expected + 6 * np.sqrt(expected) + 8))
        places = last + np.cumsum(gaps)
        found.append(places)
        last = int(places[-1])
    every = np.concatenate(found)
    return every[every < length]
