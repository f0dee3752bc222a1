"""Unaligned sparsity, P(p < t) = t^tail whatever the variance: the peak, few features, the best shape."""

import math
from functools import cache

import numpy as np

import theory.random_features as dense
from compare import Claim, Experiment, Level, Mean, Optimum, Peak, Prediction
from sim.sparsity_models.losses import losses as fit
from sim.sparsity_models.peak import peak as lab
from theory.sparsity_models import unaligned_losses as law

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/unaligned.md"


def tag(decay, tail):
    return f"[decay={decay:g},tail={tail:g}]"


def unaligned(world):
    return {"model": "unaligned"} | world


ROWS, STEPS = 40, (-16, -8, -4, -2, -1, 0, 1, 2, 4, 8)


def peaks(place):
    return lambda: Prediction({"peak": [place]})


place = Claim(
    name="sparse_unaligned_threshold" + tag(1.5, 0.5),
    statement="Of unaligned sparsity the ridgeless loss peaks where the number of features equals that of samples.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(
        lab,
        {"model": "unaligned", "decay": 1.5, "tail": 0.5, "n_modes": 400, "n_samples": (ROWS,)}
        | {"places": tuple(("samples", step) for step in STEPS)},
    ),
    predict=peaks(ROWS),
    quantity=Peak("log_loss", n_features=[ROWS + step for step in STEPS]),
    margin=0.5,
    because="the peak is at one whole number of features and at no other",
    rivals={"N = D + 1": peaks(ROWS + 1), "N = D − 1": peaks(ROWS - 1), "N = 0.8 D": peaks(32)},
    cap=512,
)

CELLS = ((8, 400), (20, 400))
UNDER = {"decay": 1.5, "tail": 0.25, "n_modes": 300, "cells": CELLS}
FIT = Experiment(fit, unaligned(UNDER))
SIZES = {"n_features": [N for N, _ in CELLS], "n_samples": [D for _, D in CELLS]}


def costs(**change):
    """What is lost at the cells of FIT, changed in some respect."""
    return [law.finite(UNDER["decay"], UNDER["tail"], 300, N, D)._replace(**change) for N, D in CELLS]


def under_mean():
    return law.losses(**UNDER).values["loss"]


def dense_cells():
    return dense.ridgeless(decay=1.5, n_modes=300, cells=CELLS).values["bias"]


under = Claim(
    name="sparse_unaligned_few_features" + tag(1.5, 0.25),
    statement="With fewer features than samples, a typical dataset of unaligned sparsity costs what was never seen "
    "1 + α times: weights fitted to what was seen act on it.",
    source=SOURCE,
    formula_from="derived here",
    experiment=FIT,
    predict=lambda: law.losses(**UNDER),
    quantity=Mean("log_loss", **SIZES),
    margin=0.25,
    because="less than half of what the factor adds to the mean log loss of 20 features",
    rivals={
        "unseen coordinates cost their variance, no factor": lambda: {
            "log_loss": [law.mean_log(of) for of in costs(unseen=1.0)]
        },
        "the mean over datasets, taken for a typical one": lambda: {
            "log_loss": np.log(law.losses(**UNDER).values["loss"])
        },
        "dense features": lambda: {"log_loss": np.log(dense_cells())},
    },
    cap=4096,
)

mean_under = Claim(
    name="sparse_unaligned_mean_few_features" + tag(1.5, 0.25),
    statement="With fewer features than samples, unaligned sparsity adds 1 + α times the mean unseen mass to the mean "
    "loss over datasets.",
    source=SOURCE,
    formula_from="derived here",
    experiment=FIT,
    predict=lambda: law.losses(**UNDER),
    quantity=Level("loss", **SIZES),
    margin=0.35,
    because="less than half of the factor 1 + α; few datasets carry the mean",
    rivals={
        "unseen coordinates cost their variance, no factor": lambda: {
            "loss": [law.mean(of) for of in costs(unseen=1.0)]
        },
        "a typical dataset, taken for the mean": lambda: {"loss": np.exp(law.losses(**UNDER).values["log_loss"])},
        "dense features": lambda: {"loss": dense_cells()},
    },
    cap=4096,
)

GRID = {  # compute C = N D: cells (N, D) around the optimum of typical datasets
    1000: ((3, 333), (5, 200), (7, 143), (9, 111), (13, 77)),
    8000: ((6, 1333), (9, 889), (14, 571), (20, 400), (30, 267)),
}
FRONTIER = {
    "decay": 1.5,
    "tail": 0.25,
    "n_modes": 300,
    "cells": tuple(cell for group in GRID.values() for cell in group),
}


def best(*pairs):
    """Optimal N and loss at each compute."""
    sizes, losses = zip(*pairs, strict=True)
    names = [f"{part} [compute={C:g}]" for part in ("location", "level") for C in GRID]
    return Prediction(dict(zip(names, [[np.log(value)] for value in (*sizes, *losses)], strict=True)))


@cache
def least(of):
    """Whole N of least loss at each compute, and that least value, of a function of the costs."""
    found = []
    for C in GRID:
        at = {N: of(law.finite(1.5, 0.25, 300, N, round(C / N))) for N in range(2, round((C / 3) ** 0.5))}
        found.append(min((value, N) for N, value in at.items())[::-1])
    return found


def dense_best():
    optima = [dense.compute_optimal(C, decay=1.5, n_modes=300) for C in GRID]
    return best(*((float(at.smaller), float(at.loss)) for at in optima))


SHAPE = Optimum(
    "log_loss",
    group="compute",
    logged=True,
    n_features=[N for N, _ in FRONTIER["cells"]],
    compute=[C for C, group in GRID.items() for _ in group],
)


MOVES = {1000: 0.14, 8000: 0.08}
"""How far the remainder of the log losses moves the log of the best N; more where N exceeds D/20."""


def shape():
    """Optima of the fitted theory."""
    values = SHAPE.predicted(law.losses(**FRONTIER))
    allowed = [*MOVES.values(), *[law.REMAINDER] * len(GRID)]
    columns = (dict(zip(SHAPE.names, ([x] for x in of), strict=True)) for of in (values, allowed))
    return Prediction(*columns)


frontier = Claim(
    name="sparse_unaligned_best_shape" + tag(1.5, 0.25),
    statement="At fixed compute the best shape of unaligned sparsity has far more samples than features, although the "
    "loss peaks where the two are equal.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(fit, unaligned(FRONTIER)),
    predict=shape,
    quantity=SHAPE,
    margin=0.4,
    because="less than half of the distance to the optimum of the mean loss, a quarter of that to the dense optimum",
    rivals={
        "the dense optimum, N/D = α/(α + 2)": dense_best,
        "the optimum of the mean over datasets": lambda: best(*least(law.mean)),
        "e times as many features": lambda: best(*((math.e * N, math.exp(value)) for N, value in least(law.mean_log))),
    },
    cap=4096,
)

claims = [place, under, mean_under, frontier]
