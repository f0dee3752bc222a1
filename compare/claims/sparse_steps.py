"""Compute spent on samples times steps of descent, infinitely many features: one-hot rows, exact given the counts."""

import numpy as np
import sympy as sp

import theory.sparsity_models.steps_frontier_laws as symbolic
from compare import Asymptote, Claim, Experiment, Frontier, Prediction
from sim.sparsity_models.one_hot_descent import descent
from theory.random_features_laws import ALPHA
from theory.sparse_features.unseen_mass_laws import ETA
from theory.sparsity_models.steps_frontier import compute_optimal, losses

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/teacher.md"
STEP = 0.5
GRIDS = {  # decay, sparsity: compute: cells (steps T, samples D) around the predicted optimum
    (1, 1.5): {
        10**7: ((16892, 592), (10753, 930), (7396, 1352), (4931, 2028), (3287, 3042), (2113, 4733)),
        10**9: ((234797, 4259), (149432, 6692), (102733, 9734), (68484, 14602), (45658, 21902), (29351, 34070)),
        10**12: (
            (12161308, 82228),
            (7738980, 129216),
            (5320564, 187950),
            (3547030, 281926),
            (2364692, 422888),
            (1520159, 657826),
        ),
    },
    (2, 2): {
        10**7: ((31847, 314), (20243, 494), (13928, 718), (9285, 1077), (6192, 1615), (3979, 2513)),
        10**9: ((504032, 1984), (320821, 3117), (220556, 4534), (147037, 6801), (98030, 10201), (63016, 15869)),
        10**12: (
            (31803581, 31443),
            (20238818, 49410),
            (13914205, 71869),
            (9276094, 107804),
            (6184101, 161705),
            (3975479, 251542),
        ),
    },
}
FAR = (10**10, 10**20)  # compute of link 1


def frontier(decay, sparsity, margin, tier="standard"):
    """Growth of D* and fall of L* with C = D T."""
    grid = GRIDS[decay, sparsity]
    cells = tuple(cell for group in grid.values() for cell in group)
    given = {"decay": decay, "sparsity": sparsity, "step": STEP, "cells": cells}
    quantity = Frontier(
        "loss", n_samples=[D for _, D in cells], compute=[C for C, group in grid.items() for _ in group]
    )

    def law():
        found = symbolic.steps_and_samples()
        values = {ALPHA: decay, ETA: sp.Rational(str(sparsity))}
        return found.samples.subs(values), found.loss.subs(values)

    def finite(C):
        near, far = (compute_optimal(size, decay=decay, sparsity=sparsity, step=STEP) for size in (C, 4 * C))
        return np.log(far.n_samples / near.n_samples) / np.log(4), np.log(near.loss / far.loss) / np.log(4)

    def named(samples, loss):
        return lambda: Prediction({"size exponent": samples, "loss exponent": loss})

    def steeper():
        own = quantity.predicted(losses(**given))
        return Prediction({"size exponent": own[0], "loss exponent": 1.05 * own[1]})

    return Claim(
        name=f"sparse_steps_frontier[decay={decay},sparsity={sparsity}]",
        statement="With steps counted, C = D T, the best number of samples grows as C^(η/(1+α+η)) and the loss falls "
        "as C^(−α/(1+α+η)): rows are bound by the sparsity, steps by the spectrum.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(descent, given),
        predict=lambda: losses(**given),
        quantity=quantity,
        margin=margin,
        because="less than half of the distance to as many samples as steps; about 2 % of the exponent of the loss",
        rivals={
            "loss exponent 5 % larger": steeper,
            "as many samples as steps": named(0.5, min(decay / sparsity, decay / (1 + decay)) / 2),
            "steps as good as samples, T^(−α/η)": named(0.5, decay / (2 * sparsity)),
            "steps in the place of features: the exponents of C = N D": named(
                sparsity / (1 + sparsity), decay / (1 + sparsity)
            ),
            "steps for nothing": named(1.0, decay / sparsity),
        },
        asymptote=Asymptote(law=law, finite=finite, sizes=FAR, order=sparsity / (1 + decay + sparsity), bound=1e-6),
        tier=tier,
        cap=1024,
    )


claims = [
    frontier(1, 1.5, {"size exponent": 0.03, "loss exponent": 0.007}),
    frontier(2, 2, {"size exponent": 0.035, "loss exponent": 0.009}, "smoke"),
]
