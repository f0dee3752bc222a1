"""Rows that average many cheap independent replicates, made in slabs of bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from sim.experiment import Columns

SLAB = 2**19
"""Random numbers held at a time per draw. Changing it changes the streams of replicated experiments."""


def averaged(measure: Callable[[int], dict[str, Tensor]], n_replicates: int, n_numbers: int) -> Columns:
    """Mean over ``n_replicates`` independent replicates of named columns.

    ``measure(r)`` draws r replicates and returns columns of shape (n_draws, r, n_points); ``n_numbers`` is
    how many random numbers one replicate takes and sets how many are made at once. Shape (n_draws, n_points).
    """
    slab = max(1, SLAB // n_numbers)
    sums: Columns = {}
    for start in range(0, n_replicates, slab):
        for name, values in measure(min(slab, n_replicates - start)).items():
            sums[name] = sums[name] + values.sum(1) if name in sums else values.sum(1)
    return {name: total / n_replicates for name, total in sums.items()}
