"""Scaling of the dense model with model size and with data: level, exponents."""

import math
from fractions import Fraction

import mpmath

import theory.random_features as law
import theory.random_features_laws as symbolic
from compare import Asymptote, Claim, Experiment, Exponent, Level
from sim import random_features as lab
from theory.exponents import local_exponent

SIZES = (16, 24, 32, 48, 64, 96)
DATA = (16, 24, 32, 48, 64)
MANY_FEATURES = 256
PAPER = "Maloney, Roberts & Sully 2022; "
FAR = (10**3, 10**6, 10**9)  # sizes of link 1, all modes present


def at(expression, decay):
    """A symbolic law at this decay."""
    return lambda: expression().subs(symbolic.ALPHA, Fraction(decay))


def unlimited(decay):
    """Loss at unlimited data and modes, as a function of size and digits."""
    return lambda n, digits: law.unresolved_loss(n, decay=decay, n_modes=math.inf, digits=digits)


def limited_by_data(decay, n_features):
    """Loss of D samples at the given number of features, in the limit of all modes."""

    def loss(D, digits):
        X = mpmath.mpf(n_features)
        return law.unresolved_loss(D, decay=decay, n_modes=math.inf, digits=digits) * (X - 1) / (X - D - 1)

    return loss


def resolution(decay):
    world = {"decay": decay, "n_modes": 1024, "n_features": SIZES}
    return Claim(
        name=f"dense_resolution_limit[decay={decay}]",
        statement="With unlimited data N features leave the loss κN (1 + correction/N), the correction included.",
        source=PAPER + "1/N correction derived in docs/random_features.md",
        formula_from="derived here",
        experiment=Experiment(lab.unresolved, world),
        predict=lambda: law.unresolved(**world),
        quantity=Level("unresolved", n_features=SIZES),
        margin=0.006 if decay == 2 else 0.003,
        because="at most two fifths of the 1/N correction, averaged over these sizes",
        rivals={
            "without the 1/N correction": lambda: law.leading_unresolved(**world),
            "half the 1/N correction" if decay != 0.5 else "twice the 1/N correction": lambda: corrected(
                world, 0.5 if decay != 0.5 else 2.0
            ),
        },
        asymptote=Asymptote(
            law=at(symbolic.model_constant, decay),
            finite=lambda n: unlimited(decay)(n, 40) * mpmath.mpf(n) ** Fraction(decay),
            sizes=FAR,
            order=1,
            bound=1e-8,
        ),
    )


def corrected(world, share):
    """The law with a share of its 1/N correction."""
    true, leading = law.unresolved(**world).values, law.leading_unresolved(**world).values
    return {"unresolved": leading["unresolved"] * (true["unresolved"] / leading["unresolved"]) ** share}


def model_exponent(decay):
    world = {"decay": decay, "n_modes": 1024, "n_features": SIZES}
    return Claim(
        name=f"dense_model_exponent[decay={decay}]",
        statement="With unlimited data the loss of N random features falls as N^−decay.",
        source=PAPER + "derived in docs/random_features.md",
        formula_from="derived here",
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
        asymptote=Asymptote(
            law=at(symbolic.model_exponent, decay),
            finite=lambda n: local_exponent(unlimited(decay), n),
            sizes=FAR,
            order=1,
            bound=1e-8,
        ),
        tier="smoke" if decay == 1 else "standard",
    )


def data_exponent(decay):
    cells = tuple((MANY_FEATURES, D) for D in DATA)
    world = {"decay": decay, "n_modes": 1024, "cells": cells}
    return Claim(
        name=f"dense_data_exponent[decay={decay}]",
        statement="With many more features than samples the loss falls as D^−decay, the exponent of model size.",
        source=PAPER + "derived in docs/random_features.md",
        formula_from="derived here",
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
        asymptote=Asymptote(
            law=at(symbolic.data_exponent, decay),
            finite=lambda D: local_exponent(limited_by_data(decay, D**2), D),
            sizes=FAR,
            order=1,
            bound=1e-8,
        ),
        cap=4096,
    )


DECAYS = (0.5, 1, 2)
claims = [build(decay) for build in (resolution, model_exponent, data_exponent) for decay in DECAYS]
