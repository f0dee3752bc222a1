"""Gaps and standard errors of the parts of a quantity: delete-one-block jackknife for means, sectioning for medians."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from compare.experiment import Array
from compare.rule import N_BLOCKS
from compare.tail import dominance
from theory.prediction import Prediction

Means = Mapping[str, Array]
Gaps = Callable[[Means], Array]


@dataclass(frozen=True)
class Estimate:
    """Gap, standard error at 15 degrees of freedom and dominance of one block, of every part, shape (..., n_parts)."""

    gap: Array
    stderr: Array
    dominance: Array


@np.errstate(all="ignore")  # a measurement may be infinite: that is a verdict, not a warning
def leave_one_out(blocks: Means) -> list[dict[str, Array]]:
    """Means without block g, for g = 0..15."""
    return [
        {name: (block.sum(axis=0) - block[g]) / (N_BLOCKS - 1) for name, block in blocks.items()}
        for g in range(N_BLOCKS)
    ]


@np.errstate(all="ignore")
def total(blocks: Means) -> dict[str, Array]:
    """Means over all draws."""
    return {name: block.mean(axis=0) for name, block in blocks.items()}


def jackknife(gaps: Gaps, blocks: Means) -> Estimate:
    """θ = G f(μ) − (G−1) f̄ and s² = (G−1)/G Σ_g (f(μ_{−g}) − f̄)², with f̄ the mean of the f(μ_{−g}).

    ``gaps`` maps means to the gap of every part; predictions that depend on measured columns are formed inside.
    """
    with np.errstate(all="ignore"):
        dropped = np.stack([gaps(means) for means in leave_one_out(blocks)])  # (16, n_parts)
        centre = dropped.mean(axis=0)
        gap = N_BLOCKS * gaps(total(blocks)) - (N_BLOCKS - 1) * centre
        stderr = np.sqrt((N_BLOCKS - 1) / N_BLOCKS * ((dropped - centre) ** 2).sum(axis=0))
    return Estimate(gap, stderr, dominance(dropped))


def sectioning(gaps: Gaps, overall: Means, blocks: Means) -> Estimate:
    """θ = f(m) − f(p) and s = sd_g f(m_g)/4, for statistics that deleting a block cannot vary smoothly: medians.

    ``overall`` holds the medians m of all draws, (..., n_points); ``blocks`` the medians m_g of every block alone,
    (16, ..., n_points). The centre is that of all draws, since the mean of the block medians is biased. A median
    has no tail, so no block is said to dominate.
    """
    with np.errstate(all="ignore"):
        sections = np.stack([gaps({name: block[g] for name, block in blocks.items()}) for g in range(N_BLOCKS)])
        stderr = sections.std(axis=0, ddof=1) / np.sqrt(N_BLOCKS)
        gap = np.asarray(gaps(overall))
    return Estimate(gap, stderr, np.zeros_like(stderr))


def sections(medians: Means) -> tuple[dict[str, Array], dict[str, Array]]:
    """Medians of all draws (n_points,) and of every block alone (16, n_points), from the rows of `Blocks.medians`."""
    return {name: rows[-1] for name, rows in medians.items()}, {name: rows[:-1] for name, rows in medians.items()}


@np.errstate(all="ignore")
def standard_errors(blocks: Means) -> dict[str, Array]:
    """Standard error of every column's mean, or of its median, at every point, from those of the blocks."""
    return {name: block.std(axis=0, ddof=1) / np.sqrt(len(block)) for name, block in blocks.items()}


def propagated_allowance(gaps: Gaps, prediction: Prediction) -> Array:
    """Largest gap that errors within the prediction's allowance can make: Σ over points of the worse sign.

    b = Σ_k max_± |gap(p ± a_k e_k) − gap(p)| with p the predicted means; ``gaps`` compares with this
    prediction. First-order exact for contrasts of logarithms. Shape (n_parts,).
    """
    at_truth = gaps(prediction.values)
    bound = np.zeros_like(at_truth)
    for name, allowance in prediction.allowance.items():
        for k in np.flatnonzero(allowance):
            moved = []
            for sign in (+1, -1):
                value = prediction.values[name].copy()
                value[k] += sign * allowance[k]
                moved.append(np.abs(gaps({**prediction.values, name: value}) - at_truth))
            bound += np.maximum(*moved)
    return bound
