"""Infinitely many features in a typical dataset: logarithms of the loss, dataset by dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment import simulation
from sim.sparsity_models.limits import limits

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


@simulation(identities=limits.identities)
def typical(stream: Stream, *, model: str, n_samples: Sequence[int], **law: Any) -> Columns:
    """Columns "loss" and "log_loss" (n_draws, n_sizes), of one dataset per draw, and "exponent" (n_draws, 1).

    The exponent is minus the least-squares slope of log loss against log n_samples in that dataset; its mean is that
    of the mean logarithm. Loss and errors as in `sim.sparsity_models.limits.limits`.
    """
    return _logarithms(limits(stream, model=model, n_samples=n_samples, **law), n_samples)


def _logarithms(columns: Columns, n_samples: Sequence[int]) -> Columns:
    log_loss = columns["loss"].log()
    x = np.log(np.asarray(n_samples, dtype=np.float64))
    x -= x.mean()
    return {
        "loss": columns["loss"],
        "log_loss": log_loss,
        "exponent": -(log_loss @ log_loss.new_tensor(x / (x @ x)))[:, None],
    }


@typical.brute_force
def _typical(stream: Stream, *, model: str, n_samples: Sequence[int], **law: Any) -> Columns:
    assert limits.oracle is not None
    return _logarithms(limits.oracle(stream, model=model, n_samples=n_samples, **law), n_samples)
