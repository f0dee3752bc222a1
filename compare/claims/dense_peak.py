"""The double-descent peak: where it is, how high a ridge leaves it."""

import math
from fractions import Fraction

import numpy as np

import theory.random_features as law
import theory.random_features_laws as symbolic
import theory.random_features_ridge_laws as ridge_laws
from compare import Asymptote, Claim, Experiment, Exponent, Level, Peak, Prediction
from sim import random_features as lab
from theory.effective_ridge import effective_ridge
from theory.exponents import local_exponent
from theory.hard_edge import hard_edge_factor, peak_height
from theory.ridge import ridge_loss

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


def pole(D):
    """N/D at which the mean loss of the finite-size law diverges from below: 1/factor is linear in N, follow it."""
    near, far = Fraction(D, 2), Fraction(D, 4)
    height, below = (1 / law.double_descent_factor(N, D) for N in (near, far))
    return (near + (far - near) * height / (height - below)) / D


def location(D):
    experiment, quantity = located((D,), 1, 8 * D)
    return Claim(
        name=f"dense_peak_location[n_samples={D}]",
        statement="Along the number of features the ridgeless loss peaks where it equals the number of samples.",
        source="Belkin, Hsu, Ma & Mandal 2019; rank condition derived in docs/random_features.md",
        formula_from="standard",
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
        asymptote=Asymptote(
            law=lambda: symbolic.peak_location() / symbolic.D,
            finite=pole,
            sizes=(10**3, 10**6, 10**9),
            order=1,
            bound=1e-8,
        ),
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
        formula_from="standard",
        experiment=experiment,
        predict=lambda: Prediction({"peak": [law.peak(D) for D in MANY]}),
        quantity=quantity,
        margin=1.0,
        because="one feature at D = 64 is a slope error of 0.011 between D = 16 and 64",
        rivals={"slope 0.97": power(0.97), "slope 1.03": power(1.03), "slope 0.95": power(0.95)},
        cap=2048,
    )


SIZE = 40
RIDGES = (2e-5, 4e-5, 8e-5, 1.6e-4)  # 1.5 % to 12 % of the effective ridge, below the hard edge
EDGE = tuple((SIZE, SIZE, ridge) for ridge in RIDGES)
HARD_EDGE = {"decay": 1, "n_modes": 400, "points": EDGE}
HEIGHT = Experiment(lab.ridge, HARD_EDGE | {"n_replicates": 8})


def equivalent(factor):
    """The deterministic equivalent at N = D times a constant factor."""
    loss = [ridge_loss(*point, decay=1, n_modes=400)[0] for point in EDGE]
    return lambda: {"bias": [factor * float(value) for value in loss]}


def falling(power):
    return lambda: {"bias": [ridge**-power for ridge in RIDGES]}


def edge_loss(ridge, digits):
    """Peak height at N = D = 40, hard-edge factor included, at any ridge and precision."""
    loss, _ = ridge_loss(SIZE, SIZE, ridge, decay=1, n_modes=400, digits=digits)
    kappa = effective_ridge(SIZE, decay=1, n_modes=400, digits=digits)
    return loss * hard_edge_factor(ridge / kappa, digits)


height = Claim(
    name="dense_hard_edge[decay=1]",
    statement="At N = D and small ridge the mean loss exceeds its deterministic equivalent by the hard-edge factor, "
    "which tends to π/2 as the ridge vanishes.",
    source="Verbaarschot 1994, hard-edge density; factor derived in docs/random_features.md",
    formula_from="derived here",
    experiment=HEIGHT,
    predict=lambda: peak_height(**HARD_EDGE),
    quantity=Level("bias", ridge=RIDGES, n_features=[SIZE] * 4),
    margin=0.12,
    because="three times the stated remainder (decay + 1/2)/N, less than half of the excess over the equivalent",
    rivals={
        "the deterministic equivalent, factor 1": equivalent(1.0),
        "factor 2": equivalent(2.0),
        "the hard edge lowers the loss, factor 2/π": equivalent(2 / np.pi),
    },
    asymptote=Asymptote(
        law=ridge_laws.hard_edge_constant,
        finite=lambda size: hard_edge_factor(Fraction(1, size), 40),
        sizes=(10**8, 10**14, 10**20),
        order=0.45,  # k log k with k = 2 sqrt(γ/κ)
        bound=1e-7,
    ),
    cap=4096,
)

exponent = Claim(
    name="dense_peak_height_exponent[decay=1]",
    statement="At N = D the loss grows as ridge^(−1/2) when the ridge falls.",
    source="Maloney, Roberts & Sully 2022; derived in docs/random_features.md",
    formula_from="derived here",
    experiment=HEIGHT,
    predict=lambda: peak_height(**HARD_EDGE),
    quantity=Exponent("bias", ridge=RIDGES),
    margin=0.1,
    because="less than a quarter of the distance to exponents 0 and 1",
    rivals={
        "exponent 1": falling(1.0),
        "exponent 1/4": falling(0.25),
        "exponent 0, a finite peak": falling(0.0),
    },
    asymptote=Asymptote(
        law=ridge_laws.peak_ridge_exponent,
        finite=lambda size: local_exponent(edge_loss, Fraction(1, size)),
        sizes=(10**8, 10**14, 10**20),
        order=0.45,
        bound=1e-6,
    ),
    cap=4096,
)


def height_law():
    """Theory against theory: the leading term of the equivalent at N = D, κN² sqrt(κ/γ)/2, and the equivalent."""
    kappa = effective_ridge(SIZE, decay=1, n_modes=math.inf)

    def over(constant):
        return lambda: Fraction(constant)

    def finite(size):
        gamma = kappa / size
        leading = ridge_laws.peak_height_law().subs({symbolic.N: SIZE, symbolic.KAPPA: kappa, symbolic.GAMMA: gamma})
        return ridge_loss(SIZE, SIZE, gamma, decay=1, n_modes=math.inf)[0] / leading

    return Claim(
        name="dense_peak_height_law[decay=1]",
        statement="At N = D and vanishing ridge the deterministic equivalent of the loss is κN² sqrt(κ/γ)/2.",
        source="Maloney, Roberts & Sully 2022; leading term derived in docs/random_features.md",
        formula_from="derived here",
        rivals={"κN² sqrt(κ/γ), without the half": over(2), "κN² sqrt(κ/γ)/4": over(Fraction(1, 2))},
        asymptote=Asymptote(law=over(1), finite=finite, sizes=(10**8, 10**14, 10**20), order=0.5, bound=1e-7),
    )


claims = [*(location(D) for D in (16, 32, 64)), slope(), height, exponent, height_law()]
