"""Statements about sparse features that no claim decides yet: what is missing, and what would decide them."""

from compare import Claim, Experiment, Exponent, Medians, Ratio, formula_missing
from sim.sparse_features.given_data import features
from sim.sparse_features.grid_losses import grid
from sim.sparse_features.network import network

AROUND = (500, 520, 540, 560)
SIZES = ((17, 100), (35, 400), (70, 1600))  # N at the mean rank, D
NETWORKS = {"decay": 1, "sparsity": 2, "n_modes": 1000, "n_samples": (50, 100, 200)}


def never(**values):
    """A rival that names a value; judged once there is a formula to compare it with."""
    return lambda *_given: dict(values)


anomaly = Claim(
    name="sparse_open_peak_sides[decay=2,sparsity=1.5]",
    statement="Where the spectrum falls steeply the peak of given data is (1 + α − η)/(η − 1) times as high below the "
    "threshold as above it, in the limit of small distances.",
    source="Sous & Winer 2026; the limit is discussed in docs/sparse_features/peak.md",
    formula_from="derived here",
    experiment=Experiment(
        features,
        {"decay": 2, "sparsity": 1.5, "n_modes": 8000, "n_samples": 4000, "dataset": 1, "n_features": AROUND},
    ),
    predict=formula_missing,
    quantity=Ratio("loss", [(0, 3), (1, 2)], n_features=AROUND),
    margin=0.25,
    because="a quarter of log 3",
    rivals={"twice, as for Gaussian amplitudes at flat spectra": never(loss=[2, 2, 1, 1]), "once": never(loss=[1] * 4)},
    expect="inconclusive",
    evidence="the limit is reached only at ranks above 1000 and distances below 5 %: a finite-size correction, "
    "or data of such a rank, would decide",
)

height = Claim(
    name="sparse_open_peak_height[decay=1,sparsity=2]",
    statement="Between datasets the rank fluctuates, and at the mean rank the typical loss exceeds that of infinitely "
    "many features by a factor that grows as D^(1/(2η)) only.",
    source="Sous & Winer 2026; scaling argument in docs/sparse_features/peak.md",
    formula_from="derived here",
    experiment=Experiment(grid, {"decay": 1, "sparsity": 2, "n_modes": 20_000, "cells": SIZES}),
    predict=formula_missing,
    quantity=Medians(Exponent("loss", n_samples=[D for _, D in SIZES])),
    margin=0.1,
    because="less than half of the distance to the height of given data, D^(1/η)",
    rivals={"D^(1/η), as for given data": never(exponent=0.0), "no growth": never(exponent=0.5)},
    expect="inconclusive",
    evidence="an argument by scaling without a remainder; the law of the rank between datasets at finite size decides",
)

trained = Claim(
    name="sparse_open_trained_features[decay=1,sparsity=2]",
    statement="A network that learns its features keeps the exponent of the unseen mass at every width.",
    source="Sous & Winer 2026; what is known is in docs/sparse_features/nonlinear.md",
    formula_from="derived here",
    experiment=Experiment(network, NETWORKS),
    predict=formula_missing,
    quantity=Exponent("loss", n_samples=NETWORKS["n_samples"]),
    margin=0.15,
    because="half of the distance to a flat loss",
    rivals={"the dense exponent": never(exponent=1.0), "flat": never(exponent=0.0)},
    expect="inconclusive",
    evidence="only one width and up to 200 samples are on trial, and there is no finite-size theory of training; runs "
    "over widths to convergence, with such a theory or a declared window, decide",
)

claims = [anomaly, height, trained]
