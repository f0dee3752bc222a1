"""Slots for the formulas of Sous & Winer 2026, which the project does not have.

One claim per headline statement, with the experiment, quantity, margin and rivals of one of ours. Put a function with
the paper's prediction in the place of `formula_missing`, and run `scaleproof check sparse_paper --recorded`.
"""

from dataclasses import replace

from compare import Claim, formula_missing
from compare.claims import (
    sparse_frontier,
    sparse_gap,
    sparse_instability,
    sparse_nonlinear,
    sparse_peak,
    sparse_unseen_mass,
)


def like(module, name: str) -> Claim:
    return next(claim for claim in module.claims if claim.name == name)


def slot(name: str, statement: str, ours: Claim, predict=formula_missing) -> Claim:
    known = predict is not formula_missing
    return replace(
        ours,
        name=name,
        statement=statement,
        source="Sous & Winer 2026; the experiment is described in docs/sparse_features.md",
        formula_from="paper",
        predict=predict,
        asymptote=None,
        tier="standard",
        expect="agrees" if known else "inconclusive",
        evidence="" if known else "formula not available to the project: the paper's own prediction decides",
    )


claims = [
    slot(
        "sparse_paper_unseen",
        "In the paper's formula the loss of coordinates never seen in training is the measured one.",
        like(sparse_unseen_mass, "sparse_unseen_mass[decay=1,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_peak",
        "In the paper's formula the loss peaks at the measured number of features.",
        like(sparse_peak, "sparse_peak[decay=1,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_gap",
        "In the paper's formula the two exponents differ by the measured gap.",
        like(sparse_gap, "sparse_gap[decay=1,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_frontier",
        "In the paper's formula the compute-optimal sizes and losses scale as measured.",
        like(sparse_frontier, "sparse_frontier_exponents[decay=1,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_instability",
        "In the paper's formula gradient descent of a fixed step is unstable with the measured probability.",
        like(sparse_instability, "sparse_instability_probability[decay=0.5,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_nonlinear",
        "In the paper's formula the exponent of a nonlinear student is the measured one.",
        like(sparse_nonlinear, "sparse_kernel_exponent[decay=1,sparsity=3]"),
        predict=formula_missing,
    ),
    slot(
        "sparse_paper_dense",
        "In the paper's formula the gap vanishes where the measured one does.",
        like(sparse_gap, "sparse_no_gap[decay=1,sparsity=0.5]"),
        predict=formula_missing,
    ),
]
