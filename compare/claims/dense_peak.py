"""The double-descent peak: where it is, how high a ridge leaves it."""

import numpy as np

import theory.random_features as law
from compare import Claim, Experiment, Peak, Prediction
from sim import random_features as lab

STEPS = (-8, -4, -2, -1, 0, 1, 2, 4, 8)


def located(samples, decay, n_modes):
    cells = tuple((D + k, D) for D in samples for k in STEPS)
    features, data = zip(*cells, strict=True)
    return (
        Experiment(lab.ridgeless, {"decay": decay, "n_modes": n_modes, "cells": cells}),
        Peak("log_bias", group="n_samples", n_features=features, n_samples=data),
    )


def peaks(places):
    return lambda: Prediction({"peak": list(places)})


def location(D):
    experiment, quantity = located((D,), 1, 8 * D)
    return Claim(
        name=f"dense_peak_location[n_samples={D}]",
        statement="Along the number of features the ridgeless loss peaks where it equals the number of samples.",
        source="Belkin, Hsu, Ma & Mandal 2019; rank condition derived in docs/random_features.md",
        experiment=experiment,
        predict=lambda: Prediction({"peak": [law.peak(D)]}),
        quantity=quantity,
        margin=0.5,
        because="the peak is at one whole number of features and at no other",
        rivals={
            "N = D + 1, an intercept counted": peaks([D + 1]),
            "N = D − 1, a sample lost": peaks([D - 1]),
            "N = D + 2": peaks([D + 2]),
        },
        cap=2048,
        tier="smoke" if D == 16 else "standard",
    )


MANY = (16, 24, 32, 48, 64)


def power(slope):
    """Peaks on N = 16 (D/16)^slope."""
    return peaks(16 * (np.array(MANY) / 16) ** slope)


def slope():
    experiment, quantity = located(MANY, 1, 512)
    return Claim(
        name="dense_peak_slope[decay=1]",
        statement="The peak moves in proportion to the number of samples: slope 1 of its location against D.",
        source="Belkin, Hsu, Ma & Mandal 2019; rank condition derived in docs/random_features.md",
        experiment=experiment,
        predict=lambda: Prediction({"peak": [law.peak(D) for D in MANY]}),
        quantity=quantity,
        margin=1.0,
        because="one feature at D = 64 is a slope error of 0.011 between D = 16 and 64",
        rivals={"slope 0.97": power(0.97), "slope 1.03": power(1.03), "slope 0.95": power(0.95)},
        cap=2048,
    )


claims = [*(location(D) for D in (16, 32, 64)), slope()]
