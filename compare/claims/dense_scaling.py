"""Scaling of the dense model with model size and with data: level, exponents."""

import theory.random_features as law
from compare import Claim, Experiment, Exponent, Level
from sim import random_features as lab

SIZES = (16, 24, 32, 48, 64, 96)
DATA = (16, 24, 32, 48, 64)
MANY_FEATURES = 256
PAPER = "Maloney, Roberts & Sully 2022; "


def resolution(decay):
    world = {"decay": decay, "n_modes": 1024, "n_features": SIZES}
    return Claim(
        name=f"dense_resolution_limit[decay={decay}]",
        statement="With unlimited data N features leave the loss κN (1 + correction/N), the correction included.",
        source=PAPER + "1/N correction derived in docs/random_features.md",
        experiment=Experiment(lab.unresolved, world),
        predict=lambda: law.unresolved(**world),
        quantity=Level("unresolved", n_features=SIZES),
        margin=0.006 if decay == 2 else 0.003,
        because="at most a third of the 1/N correction, averaged over these sizes",
        rivals={
            "without the 1/N correction": lambda: law.leading_unresolved(**world),
            "twice the 1/N correction": lambda: twice_corrected(world),
        },
    )


def twice_corrected(world):
    true, leading = law.unresolved(**world).values, law.leading_unresolved(**world).values
    return {"unresolved": true["unresolved"] ** 2 / leading["unresolved"]}


def model_exponent(decay):
    world = {"decay": decay, "n_modes": 1024, "n_features": SIZES}
    return Claim(
        name=f"dense_model_exponent[decay={decay}]",
        statement="With unlimited data the loss of N random features falls as N^−decay.",
        source=PAPER + "derived in docs/random_features.md",
        experiment=Experiment(lab.unresolved, world),
        predict=lambda: law.unresolved(**world),
        quantity=Exponent("unresolved", n_features=SIZES),
        margin=0.02 * decay,
        because="less than half of a 5 % error in the exponent",
        rivals={
            "5 % steeper": lambda: law.unresolved(**world | {"decay": 1.05 * decay}),
            "exponent decay/2": lambda: {"unresolved": [n ** (-decay / 2) for n in SIZES]},
            "exponent 1 + decay, the factor N forgotten": lambda: {
                "unresolved": law.unresolved(**world).values["unresolved"] / SIZES
            },
        },
        tier="smoke" if decay == 1 else "standard",
    )


def data_exponent(decay):
    cells = tuple((MANY_FEATURES, D) for D in DATA)
    world = {"decay": decay, "n_modes": 1024, "cells": cells}
    return Claim(
        name=f"dense_data_exponent[decay={decay}]",
        statement="With many more features than samples the loss falls as D^−decay, the exponent of model size.",
        source=PAPER + "derived in docs/random_features.md",
        experiment=Experiment(lab.ridgeless, world),
        predict=lambda: law.ridgeless(**world),
        quantity=Exponent("bias", n_samples=DATA),
        margin=0.02 * decay,
        because="less than half of a 5 % error in the exponent",
        rivals={
            "5 % steeper": lambda: law.ridgeless(**world | {"decay": 1.05 * decay}),
            "exponent 1, as if variance-limited" if decay != 1 else "exponent 1/2": lambda: {
                "bias": [D ** (-1.0 if decay != 1 else -0.5) for D in DATA]
            },
            "no overparameterised double descent": lambda: {
                "bias": law.unresolved(decay=decay, n_modes=1024, n_features=DATA).values["unresolved"]
            },
        },
        cap=4096,
    )


DECAYS = (0.5, 1, 2)
claims = [build(decay) for build in (resolution, model_exponent, data_exponent) for decay in DECAYS]
