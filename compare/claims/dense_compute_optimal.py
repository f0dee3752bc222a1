"""Compute-optimal shape and frontier of the ridgeless dense model, at fixed compute C = N·D."""

import math
from fractions import Fraction
from functools import cache

import mpmath

import theory.random_features as law
import theory.random_features_laws as symbolic
from compare import Asymptote, Claim, Experiment, Frontier, Optimum, Prediction
from sim import random_features as lab
from theory.ridgeless import compute_optimal

PAPER = "Maloney, Roberts & Sully 2022; "
FAR = (10**6, 10**12, 10**18)  # compute of link 1, all modes present


@cache
def optimum(compute, decay):
    return compute_optimal(compute, decay=decay, n_modes=math.inf, digits=12)


def at(expression, decay):
    return expression.subs(symbolic.ALPHA, Fraction(decay))


SMALLER = {  # divisors of the compute around the predicted optimum, at X − m of at least 8
    0.5: (7200, (16, 18, 20, 24, 25, 30, 32, 36, 40, 45, 48, 50, 60)),
    1: (5040, (18, 20, 21, 24, 28, 30, 35, 36, 40, 42, 45, 48, 56, 60, 63)),
    2: (3600, (20, 24, 25, 30, 36, 40, 45, 48, 50)),
}


def ratio(decay):
    compute, smaller = SMALLER[decay]
    branches = tuple((m, compute // m) for m in smaller), tuple((compute // m, m) for m in smaller)
    cells = branches[0] + branches[1]
    world = {"decay": decay, "n_modes": 1024, "cells": cells}
    quantity = Optimum(
        "bias",
        group="branch",
        parts=("location",),
        ratio=[N / D if N < D else D / N for N, D in cells],
        branch=[0] * len(smaller) + [1] * len(smaller),
    )

    def best(ratio):
        """Another ratio in the limit, shifted by finite size and by the fit as the true one is."""

        def rival():
            shift = math.log(ratio / (decay / (decay + 2)))
            places = quantity.predicted(law.ridgeless(**world)) + shift
            return Prediction(dict(zip(quantity.names, places, strict=True)))

        return rival

    rivals = {
        "decay/(decay + 1), the optimum at fixed data": best(decay / (decay + 1)),
        "N = D/10 whatever the decay": best(0.1),
    }
    if decay != 1:  # there it is 1/2, as decay/(decay + 1) is
        rivals["(1 + decay)/(3 + decay), the decay of the spectrum"] = best((1 + decay) / (3 + decay))

    return Claim(
        name=f"dense_optimal_ratio[decay={decay}]",
        statement="At fixed compute N·D the ridgeless loss is least where the smaller of N and D is "
        "decay/(decay + 2) of the larger, on both branches.",
        source=PAPER + "optimum derived in docs/random_features.md",
        formula_from="derived here",
        experiment=Experiment(lab.ridgeless, world),
        predict=lambda: law.ridgeless(**world),
        quantity=quantity,
        margin=0.07 if decay == 2 else 0.13,
        because="an error of this size in the best ratio costs 0.3 to 0.7 % in loss",
        rivals=rivals,
        asymptote=Asymptote(
            law=lambda: at(symbolic.compute_optimal_ratio(), decay),
            finite=lambda C: optimum(C, decay).ratio,
            sizes=FAR,
            order=0.5,
            bound=1e-8,
        ),
        cap=512,
        tier="smoke" if decay == 2 else "standard",
    )


FRONTIER = {
    720: (6, 8, 9, 10, 12, 15, 16, 18, 20),
    1440: (9, 10, 12, 15, 16, 18, 20, 24, 30),
    2880: (12, 15, 16, 18, 20, 24, 30, 32, 36, 40),
    5040: (18, 20, 21, 24, 28, 30, 35, 36, 40, 42, 45, 48, 56),
}


def frontier():
    rows = [(m, C // m, C) for C, smaller in FRONTIER.items() for m in smaller]
    cells = tuple((m, X) for m, X, _ in rows)
    compute = [C for *_, C in rows]
    world = {"decay": 1, "n_modes": 1024, "cells": cells}

    def exponents(size, loss):
        return lambda: Prediction({"size exponent": size, "loss exponent": loss})

    return Claim(
        name="dense_frontier_exponents[decay=1]",
        statement="Along the compute-optimal frontier model and data both grow as C^(1/2), and the loss falls as "
        "C^−(decay/2).",
        source=PAPER + "frontier derived in docs/random_features.md",
        formula_from="derived here",
        experiment=Experiment(lab.ridgeless, world),
        predict=lambda: law.ridgeless(**world),
        quantity=Frontier("bias", n_features=[m for m, *_ in rows], compute=compute),
        margin=0.03,
        because="6 % of either exponent, 1/2; the nearest rival is 0.6",
        rivals={
            "size exponent 1/(2 + decay), that of the quantization model": exponents(1 / 3, 0.5),
            "loss exponent decay/(2 + decay)": exponents(0.5, 1 / 3),
            "size exponent 0.6": exponents(0.6, 0.5),
        },
        cap=512,
        tier="smoke",
    )


def frontier_law(decay):
    """Theory against theory: exponents and constant of the frontier, far beyond simulation."""

    def derived():
        exponents = symbolic.frontier_exponents()
        return tuple(
            at(e, decay) for e in (exponents.smaller, exponents.larger, exponents.loss, symbolic.frontier_constant())
        )

    def finite(compute):
        near, far = optimum(compute, decay), optimum(2 * compute, decay)
        slopes = [
            mpmath.log(b / a, 2)
            for a, b in ((near.smaller, far.smaller), (near.larger, far.larger), (far.loss, near.loss))
        ]
        return (*slopes, near.loss * mpmath.mpf(compute) ** (mpmath.mpf(decay) / 2))

    def other(**changes):
        """The law with another exponent of the smaller size, of the loss, or another constant."""

        def rival():
            true = dict(zip(("smaller", "larger", "loss", "constant"), derived(), strict=True)) | changes
            return true["smaller"], 1 - true["smaller"], true["loss"], true["constant"]

        return rival

    alpha = Fraction(decay)
    without_factor = 1 - alpha / (alpha + 2)  # 1/(double-descent factor) at the optimum

    return Claim(
        name=f"dense_frontier_law[decay={decay}]",
        statement="The finite-size compute-optimal frontier approaches N*, D* ~ C^(1/2) and loss ~ C^−(decay/2) with "
        "the derived constant.",
        source=PAPER + "frontier derived in docs/random_features.md",
        formula_from="derived here",
        rivals={
            "size exponent 1/(2 + decay), that of the quantization model": other(smaller=1 / (2 + alpha)),
            "loss exponent decay/(2 + decay)": other(loss=alpha / (2 + alpha)),
            "size exponent 5 % larger": other(smaller=Fraction(21, 40)),
            "loss exponent 5 % larger": other(loss=alpha * Fraction(21, 40)),
            "constant without the double-descent factor": lambda: other(constant=derived()[-1] * without_factor)(),
        },
        asymptote=Asymptote(law=derived, finite=finite, sizes=FAR, order=0.5, bound=1e-7),
        tier="smoke" if decay == 1 else "standard",
    )


DECAYS = (0.5, 1, 2)
claims = [*(ratio(decay) for decay in DECAYS), frontier(), *(frontier_law(decay) for decay in DECAYS)]
