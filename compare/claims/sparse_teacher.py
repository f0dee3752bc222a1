"""A teacher whose weights decay along the spectrum: cross-talk given the data, and when the frontier favours data."""

import mpmath
import numpy as np
import sympy as sp

import theory.sparsity_models.teacher as law
import theory.sparsity_models.teacher_frontier_laws as symbolic
from compare import Asymptote, Claim, Experiment, Frontier, Level, Prediction
from sim.sparsity_models import given_teacher
from sim.sparsity_models.one_hot_teacher import log_losses
from theory.sparsity_models.teacher_frontier import compute_optimal

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/teacher.md"
FIXED = {"model": "independent", "decay": 1, "sparsity": 2, "teacher_decay": 2, "amplitudes": "sign"}
DATA = {"n_modes": 80, "n_samples": 60, "dataset": 1}
FEATURES = (25, 28, 34)


def changed(loss):
    """Another law given the data: of the signal T_ΛΩ, T, tr VᵀΩV, r and N."""
    N = np.array(FEATURES, dtype=float)
    return lambda given: Prediction(
        {"loss": loss(given["signal"][0], given["limit"][0], given["weight"][0], round(given["rank"][0]), N)}
    )


given_data = Claim(
    name="sparse_teacher_given_data[decay=1,sparsity=2,teacher_decay=2]",
    statement="Given data of rank r, the mean loss of N >= r + 2 features is the unseen signal plus cross-talk in "
    "proportion to the unseen variance, T tr VᵀΩV/(N − r − 1).",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(given_teacher.features, {**FIXED, **DATA, "n_features": FEATURES, "n_replicates": 4}),
    given=("rank", "limit", "signal", "weight"),
    predict=lambda given: law.conditional_loss(given, n_features=FEATURES),
    quantity=Level("loss", n_features=FEATURES),
    margin=0.045,
    because="half of what N − r would do in place of N − r − 1",
    rivals={
        "the signal times (N − 1)/(N − r − 1), as for an isotropic teacher": changed(
            lambda signal, T, w, r, N: signal * (N - 1) / (N - r - 1)
        ),
        "N − r, the proportional limit": changed(lambda signal, T, w, r, N: signal + T * w / (N - r)),
        "the teacher forgotten, T (N − 1)/(N − r − 1)": changed(lambda signal, T, w, r, N: T * (N - 1) / (N - r - 1)),
        "no variance factor, T tr VᵀΩV/N": changed(lambda signal, T, w, r, N: signal + T * w / N),
    },
    cap=4096,
)

GRIDS = {  # decay, sparsity, teacher_decay: compute: cells (N, D) around the predicted optimum
    (1, 3, 4): {
        10**6: ((1978, 506), (2472, 405), (2967, 337), (3626, 276), (4450, 225), (5439, 184)),
        10**7: ((7032, 1422), (8790, 1138), (10548, 948), (12892, 776), (15821, 632), (19337, 517)),
        10**8: ((25251, 3960), (31564, 3168), (37877, 2640), (46294, 2160), (56815, 1760), (69440, 1440)),
    },
    (0.5, 2, 3): {
        10**6: ((2647, 378), (3309, 302), (3971, 252), (4853, 206), (5956, 168), (7280, 137)),
        10**7: ((10138, 986), (12672, 789), (15206, 658), (18585, 538), (22809, 438), (27878, 359)),
        10**8: ((39307, 2544), (49134, 2035), (58961, 1696), (72063, 1388), (88441, 1131), (108094, 925)),
    },
    (1, 2, 3): {
        10**6: ((1571, 637), (1963, 509), (2356, 424), (2880, 347), (3534, 283), (4319, 232)),
        10**7: ((5968, 1676), (7460, 1340), (8953, 1117), (10942, 914), (13429, 745), (16413, 609)),
        10**8: ((23063, 4336), (28829, 3469), (34595, 2891), (42283, 2365), (51893, 1927), (63424, 1577)),
    },
    (1, 3, 2): {
        10**5: ((126, 794), (157, 637), (189, 529), (231, 433), (283, 353), (346, 289)),
        10**6: ((299, 3344), (374, 2674), (449, 2227), (549, 1821), (673, 1486), (823, 1215)),
        10**7: ((723, 13831), (904, 11062), (1085, 9217), (1326, 7541), (1627, 6146), (1989, 5028)),
    },
    (1, 2, 0): {
        10**5: ((95, 1053), (117, 855), (139, 719), (168, 595), (205, 488), (248, 403)),
        10**6: ((204, 4902), (251, 3984), (298, 3356), (361, 2770), (439, 2278), (533, 1876)),
        10**7: ((438, 22831), (540, 18519), (641, 15601), (776, 12887), (944, 10593), (1147, 8718)),
    },
}
WORLD = ("decay", "sparsity", "teacher_decay")
FAR = (10**12, 10**20, 10**28)  # compute of link 1
FAVOURED = {
    True: "A teacher that decays slowly, τ < η, leaves the frontier to the data: the best number of samples per "
    "feature grows with compute, as C^((η−m)/(η+m)) with m = max(1, τ), for α < η.",
    False: "A teacher that decays faster than the activity, τ > η > α, turns the frontier over: the best number of "
    "samples per feature falls with compute, as C^−((τ−η)/(τ+η)).",
}


def at(expression, decay, sparsity, teacher_decay):
    values = {symbolic.ALPHA: decay, symbolic.ETA: sparsity, symbolic.TAU: teacher_decay, symbolic.SCALE: 1}
    return sp.sympify(expression).subs({symbol: sp.Rational(str(value)) for symbol, value in values.items()})


def exponents(point):
    """Of D/N and of the loss."""
    found = symbolic.exponents(**dict(zip(WORLD, point, strict=True)))
    return at(found.samples_per_feature, *point), at(found.loss, *point)


def finite(point):
    """Local exponents of the finite-size frontier."""
    world = dict(zip(WORLD, point, strict=True))

    def local(C):
        near, far = compute_optimal(C, **world), compute_optimal(2 * C, **world)
        features = mpmath.log(far.n_features / near.n_features, 2)
        return 1 - 2 * features, mpmath.log(near.loss / far.loss, 2)

    return local


def named(ratio, loss):
    return lambda: Prediction({"size exponent": ratio, "loss exponent": loss})


def frontier(point, margin, bound, replicates=2):
    """Growth or fall of D/N along the frontier, and fall of the loss."""
    grid = GRIDS[point]
    decay, sparsity, teacher_decay = point
    cells = tuple(cell for group in grid.values() for cell in group)
    given = {"decay": decay, "sparsity": sparsity, "teacher_decay": teacher_decay, "cells": cells}
    quantity = Frontier(
        "log_loss",
        logged=True,
        samples_per_feature=[D / N for N, D in cells],
        compute=[C for C, group in grid.items() for _ in group],
    )
    signal, isotropic = decay + teacher_decay, (sparsity - 1) / (sparsity + 1)

    def nearly(ratio, loss):
        """The prediction but for factors of the two exponents."""

        def rival():
            own = quantity.predicted(law.log_losses(**given))
            return Prediction({"size exponent": ratio * own[0], "loss exponent": loss * own[1]})

        return rival

    rivals = {
        "the sizes grow alike: D/N constant": nearly(0, 1),
        "loss exponent 5 % larger": nearly(1, 1.05),
        "dense advice: D/N constant, C^−((α+τ)/(2η))": named(0.0, signal / (2 * sparsity)),
    }
    if teacher_decay:
        rivals |= {
            "data favoured whatever the teacher: C^((η−1)/(η+1))": named(isotropic, signal / (1 + sparsity)),
            "the teacher forgotten: the frontier of an isotropic one": named(isotropic, decay / (1 + sparsity)),
        }
    law_order = (teacher_decay - 1) / (teacher_decay + sparsity) if teacher_decay > 1 else 1 / (1 + sparsity)
    return Claim(
        name=f"sparse_teacher_frontier[decay={decay},sparsity={sparsity},teacher_decay={teacher_decay}]",
        statement=FAVOURED[teacher_decay < sparsity],
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(log_losses, given | {"n_replicates": replicates}),
        predict=lambda: law.log_losses(**given),
        quantity=quantity,
        margin=margin,
        because="less than half of the exponent itself, which a constant D/N puts at zero; a few per cent of that of "
        "the loss",
        rivals=rivals,
        asymptote=Asymptote(
            law=lambda: exponents(point), finite=finite(point), sizes=FAR, order=law_order, bound=bound
        ),
        cap=1024,
    )


def steep(decay, sparsity, teacher_decay):
    """Theory against theory: a spectrum that falls faster than the activity."""
    point = (decay, sparsity, teacher_decay)

    def other(ratio, loss):
        return lambda: (ratio, loss)

    slow = (sparsity - teacher_decay) / (sparsity + teacher_decay), (decay + teacher_decay) / (sparsity + teacher_decay)
    return Claim(
        name=f"sparse_teacher_frontier_law[decay={decay},sparsity={sparsity},teacher_decay={teacher_decay}]",
        statement="Where the spectrum falls faster than the activity, α > η, even a steep teacher leaves the frontier "
        "to the data: beyond the peak N is (1 + α)/(α − η) times the rank, and D/N ~ C^((η−1)/(η+1)).",
        source=SOURCE,
        formula_from="derived here",
        rivals={
            "the law of α < η: the model favoured for τ > η": other(*slow),
            "signal in place of cross-talk, C^−((α+τ)/(1+η))": other(
                (sparsity - 1) / (sparsity + 1), (decay + teacher_decay) / (1 + sparsity)
            ),
        },
        asymptote=Asymptote(
            law=lambda: exponents(point), finite=finite(point), sizes=FAR, order=1 / (1 + sparsity), bound=1e-6
        ),
    )


claims = [
    given_data,
    frontier((1, 3, 4), {"size exponent": 0.04, "loss exponent": 0.012}, 1e-6, replicates=4),
    frontier((0.5, 2, 3), {"size exponent": 0.05, "loss exponent": 0.012}, 1e-6),
    frontier((1, 2, 3), {"size exponent": 0.05, "loss exponent": 0.014}, 1e-6),
    frontier((1, 3, 2), {"size exponent": 0.05, "loss exponent": 0.012}, 1e-5),
    frontier((1, 2, 0), {"size exponent": 0.05, "loss exponent": 0.007}, 1e-6),
    steep(3, 2, 3),
]
