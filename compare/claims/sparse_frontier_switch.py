"""First-order switch of the compute optimum: on which side of the interpolation peak it lies."""

import math

from compare import Asymptote, Claim, Experiment, Mean, Prediction
from sim.sparse_features.one_hot_losses import log_ratios
from theory.sparse_features.frontier import branch_switch, finite_switch, one_hot_log_ratios

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/frontier.md"
SWITCH = {  # pairs of cells at C = 10^5: below and beyond the peak, near the two predicted minima
    (3, 1.5, "gaussian"): ((51, 1945), (150, 665), (60, 1653), (177, 565)),
    (2, 1.5, "sign"): ((56, 1780), (170, 588), (66, 1513), (200, 500)),
    (1, 2, "gaussian"): ((26, 3915), (123, 811), (30, 3328), (145, 689)),
}


def switch(decay, sparsity, amplitudes, side, margin, rivals, cap=1024):
    """Which branch holds the optimum, by the ratio of the best losses."""
    cells = SWITCH[decay, sparsity, amplitudes]
    given = {"decay": decay, "sparsity": sparsity, "cells": cells, "amplitudes": amplitudes}

    def same(ratio):
        return lambda: Prediction({"log_ratio": [math.log(ratio)] * (len(cells) // 2)})

    return Claim(
        name=f"sparse_frontier_switch[decay={decay},sparsity={sparsity},amplitudes={amplitudes}]",
        statement="At fixed compute the loss has a minimum on either side of the peak, and the lower one lies "
        f"{side} it for the α, η and amplitudes given.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(log_ratios, given),
        predict=lambda: one_hot_log_ratios(**given),
        quantity=Mean("log_ratio", n_features=[N for N, _ in cells[::2]], n_samples=[D for _, D in cells[::2]]),
        margin=margin,
        because="well below the predicted logarithm of the ratio, which equal branches put at zero",
        rivals={name: same(ratio) for name, ratio in rivals.items()},
        asymptote=Asymptote(
            law=lambda: branch_switch(decay=decay, sparsity=sparsity, amplitudes=amplitudes).ratio,
            finite=lambda D: finite_switch(D, decay=decay, sparsity=sparsity, amplitudes=amplitudes),
            sizes=(10**6, 10**8, 10**10),
            order=1 / sparsity,
            bound=1e-4,
        ),
        cap=cap,
    )


claims = [
    switch(
        3,
        1.5,
        "gaussian",
        "below",
        0.2,
        {"the optimum always lies beyond the peak": 1.1, "no difference": 1.0, "the ratio at (1, 2)": 2.03},
        cap=2048,
    ),
    switch(
        2,
        1.5,
        "sign",
        "below",
        0.12,
        {"the optimum always lies beyond the peak": 1.1, "that of Gaussian amplitudes": 1.01, "at (1, 2)": 2.03},
    ),
    switch(
        1,
        2,
        "gaussian",
        "beyond",
        0.15,
        {"the optimum lies below the peak": 0.7, "no difference": 1.0, "that of sign amplitudes": 1.58},
    ),
]
