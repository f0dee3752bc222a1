"""Top-1 routed experts: every row goes to one expert, who fits dense data by least squares on its own rows.

A row goes to expert e with probability p_e ∝ e^−sparsity. Every expert faces Gaussian data of variances i^−(1+decay)
with an isotropic teacher of its own and has infinitely many features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import linalg, parameters
from sim.experiment import simulation
from sim.random_features import unresolved
from sim.sparse_features.activations import Array

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream


Counts = npt.NDArray[np.int64]


def _loads(sparsity: float, n_experts: int) -> Array:
    """Probabilities p_e of the experts. Raises ValueError if sparsity is negative or not finite."""
    if not (math.isfinite(sparsity) and sparsity >= 0):
        raise ValueError(f"sparsity must be finite and at least 0, got {sparsity!r}; 0 balances the loads")
    weights = np.arange(1, parameters.count("n_experts", n_experts) + 1, dtype=np.float64) ** -float(sparsity)
    return np.asarray(weights / weights.sum())


def _routed(rng: np.random.Generator, p: Array, sizes: Sequence[int], n_loads: int) -> Counts:
    """Rows of every expert among the first D rows routed, (n_loads, n_sizes, n_experts)."""
    chosen = np.searchsorted(np.cumsum(p)[:-1], rng.random((n_loads, max(sizes))), side="right")
    counts = [[np.bincount(route[:D], minlength=len(p)) for D in sizes] for route in chosen]
    return np.array(counts, dtype=np.int64)


@simulation(identities="the loss is a sum over experts, so its mean needs the loads and the rows of each expert, not "
            "their joint law: all experts of a draw read the same dense rows; exact average over their "
            "teachers")  # fmt: skip
def routed(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_experts: int,
    n_modes: int,
    n_samples: Sequence[int],
    n_loads: int = 1,
) -> Columns:
    """Loss of routed experts after D rows, for every D of ``n_samples``, the rows of fewer D among those of more.

    Columns "loss" = Σ_e p_e L(n_e), n_e the rows that expert e got and L(n) = tr Λ (I − P), P the projector on the
    first n dense rows; "unrouted" = Σ p_e of the experts without a row. Means over ``n_loads`` independent
    routings, (n_draws, n_sizes).

    Raises ValueError for decay that is not positive, sparsity that is negative, sizes below 1, and where an expert
    gets n_modes rows or more.
    """
    decay, p = parameters.decay(decay), _loads(sparsity, n_experts)
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    runs = parameters.count("n_loads", n_loads)
    loads = np.stack([_routed(rng, p, sizes, runs) for rng in stream.generators])
    most = max(1, int(loads.max()))
    if most >= parameters.count("n_modes", n_modes):
        raise ValueError(f"an expert got {most} rows, as many as n_modes = {n_modes}; raise n_modes")
    learned = unresolved(stream, decay=decay, n_modes=n_modes, n_features=range(1, most + 1))["unresolved"]
    nothing = np.sum(np.arange(1, n_modes + 1, dtype=np.float64) ** -(1 + decay))
    curves = np.column_stack([np.full(len(loads), nothing), learned.cpu().numpy()])  # (n_draws, most + 1)
    loss = [(curve[n] @ p).mean(0) for curve, n in zip(curves, loads, strict=True)]
    return {
        "loss": linalg.array(np.array(loss).tolist(), learned),
        "unrouted": linalg.array(((loads == 0) @ p).mean(1).tolist(), learned),
    }


@routed.brute_force
def _definition(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_experts: int,
    n_modes: int,
    n_samples: Sequence[int],
    n_loads: int = 1,
) -> Columns:
    """Every expert has rows of its own and projects by a pseudo-inverse; rows are routed one by one."""
    p, like = _loads(sparsity, n_experts), stream.normal(0)
    variances = np.arange(1, n_modes + 1, dtype=np.float64) ** -(1 + decay)
    columns = []
    for rng in stream.generators:
        runs = []
        for _ in range(n_loads):
            route = rng.choice(n_experts, size=max(n_samples), p=p)
            rows = rng.standard_normal((max(n_samples), n_modes)) * np.sqrt(variances)
            runs.append([_one_dataset(route[:D], rows[:D], p, variances) for D in n_samples])
        columns.append(np.mean(runs, axis=0).T.tolist())
    loss, unrouted = np.array(columns).transpose(1, 0, 2)
    return {"loss": linalg.array(loss.tolist(), like), "unrouted": linalg.array(unrouted.tolist(), like)}


def _one_dataset(route: Counts, rows: Array, p: Array, variances: Array) -> tuple[float, float]:
    """Loss and the load of experts without a row."""
    loss = 0.0
    for e, load in enumerate(p):
        own = rows[route == e]
        loss += (
            load * float(variances @ (1 - np.diag(np.linalg.pinv(own) @ own))) if len(own) else load * sum(variances)
        )
    return loss, float(np.delete(p, np.unique(route)).sum())
