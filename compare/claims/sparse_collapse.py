"""The two-branch learning curve on one-hot data: direct simulation on both sides of the peak against one function F."""

import math
from fractions import Fraction

from compare import Asymptote, Claim, Experiment, Mean, Prediction
from sim.sparse_features.one_hot_losses import log_losses
from theory.sparse_features.coordinates import never, one_hot
from theory.sparse_features.frontier import one_hot_log_losses, one_hot_scale
from theory.sparse_features.log_means import seen
from theory.sparse_features.scaling_function import feature_constant, scaling_function, threshold, unseen_constant
from theory.sparse_features.under_branch import effective_ridge, equivalent

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/frontier.md"
SMALL = {  # N at 0.2, 0.4, 1.5, 2 of the rank of the smaller D and at 0.1, 0.2, 0.4, 0.6, 1.5, 2, 4 of the larger
    (1, 2): ((6000, (21, 43, 161, 214)), (24000, (21, 43, 86, 128, 321, 428, 856))),
    (1, 3): ((400000, (19, 38, 141, 188)), (3200000, (19, 38, 75, 113, 282, 375, 751))),
}
LARGE = ((50_000, (62, 124, 464, 618)), (200_000, (62, 124, 247, 371, 927, 1236, 2472)))  # likewise, ranks 309 and 618
FAR = {2: (10**7, 10**9, 10**11), 3: (10**10, 10**13, 10**16)}
PLACES = (Fraction(2, 5), 2)  # v/v_r of link 1


def limit(v, decay, sparsity, amplitudes):
    return scaling_function(v, decay=decay, sparsity=sparsity, amplitudes=amplitudes)


def scaled_loss(D, decay, sparsity, amplitudes):
    """(cD)^(α/η) times the loss at finite D, at the two places."""
    on, unit = one_hot(decay, sparsity, D, amplitudes), one_hot_scale(sparsity) * D
    below, beyond = (float(place) * threshold(sparsity) * unit ** (1 / sparsity) for place in PLACES)
    left = float(on.weights @ (on.variances * never(on)))
    losses = equivalent(on, effective_ridge(on, below))[1], left * (beyond - 1) / (beyond - 1 - seen(on).mean)
    return [loss * unit ** (decay / sparsity) for loss in losses]


EVERY_SIZE = (
    "On both sides of the peak the loss of N features on D rows is (cD)^(−α/η) F(N/(cD)^(1/η)), one function F for all "
    "sizes."
)


def collapse(
    decay,
    sparsity,
    amplitudes="gaussian",
    name="sparse_collapse",
    statement=EVERY_SIZE,
    groups=None,
    corrected=True,
    margin=0.045,
    because="3 to 5 % at every point, half of what a peak 5 % lower in N would do at 1.5 of the rank",
    tier="standard",
):
    groups = groups or SMALL[decay, sparsity]
    cells = tuple((N, D) for D, features in groups for N in features)
    world = {"decay": decay, "sparsity": sparsity, "cells": cells, "amplitudes": amplitudes}
    features, samples = zip(*cells, strict=True)
    c, first = one_hot_scale(sparsity), groups[0][0]
    other = "sign" if amplitudes == "gaussian" else "gaussian"

    def curve(law):
        """Log of a law of (v, D) at the cells, in units of (cD)^(−α/η)."""

        def rival():
            places = [(N / (c * D) ** (1 / sparsity), D) for N, D in cells]
            return Prediction({"log_loss": [math.log((c * D) ** (-decay / sparsity) * law(v, D)) for v, D in places]})

        return rival

    def moved(factor):
        return curve(lambda v, D: limit(v * factor, decay, sparsity, amplitudes))

    additive = curve(lambda v, D: feature_constant(decay) * v**-decay + unseen_constant(decay, sparsity))
    swapped = one_hot_log_losses
    return Claim(
        name=f"{name}[decay={decay},sparsity={sparsity}"
        + (f",amplitudes={amplitudes}]" if amplitudes != "gaussian" else "]"),
        statement=statement,
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(log_losses, world),
        predict=(lambda: one_hot_log_losses(**world)) if corrected else moved(1),
        quantity=Mean("log_loss", n_features=features, n_samples=samples),
        margin=margin,
        because=because,
        rivals={
            "A N^−α + T (cD)^(−α/η), no peak": additive,
            "the peak 5 % lower in N": moved(1 / 0.95),
            "collapse on N/D": curve(
                lambda v, D: limit(v * (first / D) ** (1 - 1 / sparsity), decay, sparsity, amplitudes)
            ),
            f"the function of {other} amplitudes": lambda: swapped(**world | {"amplitudes": other}),
            "T v/|v − v_r| on both sides": curve(
                lambda v, D: unseen_constant(decay, sparsity) * v / abs(v - threshold(sparsity))
            ),
        },
        asymptote=Asymptote(
            law=lambda: [limit(float(x) * threshold(sparsity), decay, sparsity, amplitudes) for x in PLACES],
            finite=lambda D: scaled_loss(D, decay, sparsity, amplitudes),
            sizes=FAR[sparsity],
            order=1 / sparsity,
            bound=1e-4,
        ),
        tier=tier,
        cap=1024,
    )


large = collapse(
    1,
    2,
    name="sparse_large_collapse",
    statement="On one-hot data of rank 309 and 618 the loss is that of the one function F within 3 %, from a tenth of "
    "the rank to four times the rank, without corrections for finite size.",
    groups=LARGE,
    corrected=False,
    margin=0.03,
    because="a third of what a peak 5 % lower in N would do at 1.5 of the rank; finite size changes F by less than 1 %",
    tier="full",
)

claims = [collapse(1, 2), collapse(1, 3), collapse(1, 2, "sign"), large]
