"""Activations of one amplitude: rarity alone makes the spectrum, and the gap has no dial of its own."""

import math
from fractions import Fraction
from functools import cache

import mpmath
import numpy as np

import theory.sparse_features.instability as gaussian
import theory.sparsity_models.aligned_laws as symbolic
import theory.sparsity_models.fixed_amplitude as law
from compare import Asymptote, Claim, Contrasts, Difference, Experiment, Exponent, Prediction, Together
from compare.quantity import View
from sim.sparse_features.infinite_data import infinite_data as fit
from sim.sparsity_models.instability import instability
from sim.sparsity_models.limits import limits
from sim.sparsity_models.losses import losses
from theory.exponents import local_exponent
from theory.sparse_features import rank
from theory.sparse_features.infinite_data import infinite_data as isotropic_fit
from theory.sparse_features.unseen_mass import unseen_mass_sum
from theory.sparsity_models.aligned import aligned
from theory.sparsity_models.far import model_loss
from theory.sparsity_models.infinite_data import infinite_data

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/aligned.md"
FAR = (10**8, 10**12)


def powers(column, sizes, power):
    return lambda: {column: np.array(sizes, dtype=float) ** -float(power)}


def at(expression, **values):
    return expression.subs({getattr(symbolic, name.upper()): value for name, value in values.items()})


# A teacher that decays: fixed amplitudes off the line on which all exponents are one number.

TAUGHT = {"decay": 1, "sparsity": 2, "teacher_decay": 2, "amplitudes": "sign"}  # λ_i ω_i = i^−4: α = 3, η = 2
DATA = TAUGHT | {"model": "independent", "n_modes": 500, "n_samples": (64, 256, 1024)}
data = Claim(
    name="sparse_fixed_amplitude_data_exponent[decay=3,sparsity=2]",
    statement="With activations of one amplitude and a teacher that decays, the exponent in data is that of the unseen "
    "signal, α/η.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(limits, DATA | {"n_replicates": 4}),
    predict=lambda: aligned(**DATA, equal_gains=True),
    quantity=Exponent("loss", n_samples=DATA["n_samples"]),
    margin=0.15,
    because="less than a third of the distance to the nearest rival",
    rivals={
        "model exponent over sparsity, min(α, η)/η": powers("loss", DATA["n_samples"], 1),
        "α/(1 + α), the isotropic teacher's": powers("loss", DATA["n_samples"], 0.75),
        "α, of dense data": powers("loss", DATA["n_samples"], 3),
    },
    asymptote=Asymptote(
        law=lambda: at(symbolic.data_exponent(), alpha=3, eta=2),
        finite=lambda D: local_exponent(lambda n, digits: unseen_mass_sum(n, decay=3, sparsity=2, digits=digits), D),
        sizes=FAR,
        order=1,
        bound=1e-10,
    ),
    cap=512,
)

WIDTHS = (8, 12, 16, 24, 32)
ROWS = 20_000
MODEL = TAUGHT | {"n_modes": 300}
model = Claim(
    name="sparse_fixed_amplitude_model_exponent[decay=3,sparsity=2]",
    statement="With activations of one amplitude and a teacher that decays, the exponent in features saturates at the "
    "sparsity: min(α, η).",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(losses, MODEL | {"model": "independent", "cells": tuple((N, ROWS) for N in WIDTHS)}),
    predict=lambda: infinite_data(**MODEL, n_samples=ROWS, n_features=WIDTHS),
    quantity=Exponent("loss", n_features=WIDTHS),
    margin=0.2,
    because="half of the distance to the exponent in data",
    rivals={
        "α/η, the exponent in data": powers("loss", WIDTHS, 1.5),
        "α, without saturation": powers("loss", WIDTHS, 3),
        "η − 1, the decay of the inputs' spectrum": powers("loss", WIDTHS, 1),
    },
    asymptote=Asymptote(
        law=lambda: at(symbolic.model_exponent(), alpha=3, eta=2),
        finite=lambda N: local_exponent(lambda n, digits: model_loss(n, digits), N),
        sizes=(10**6, 10**9),
        order=1,
        bound=1e-8,
    ),
    cap=512,
)

# An isotropic teacher: η = 1 + α.

EVEN = {"decay": 1, "sparsity": 2, "amplitudes": "sign", "n_samples": (64, 256, 1024), "n_modes": 10_000}
SAMPLES = EVEN["n_samples"]


def even_law():
    loss = aligned(model="independent", equal_gains=True, **EVEN)
    ranks = rank.ranks(sparsity=2, n_samples=SAMPLES, n_modes=EVEN["n_modes"])
    return Prediction(
        {"loss": loss.values["loss"], "rank": ranks.values["rank"]},
        {"loss": loss.allowance["loss"], "rank": ranks.allowance["rank"]},
    )


def other(loss=Fraction(1, 2), ranks=Fraction(-1, 2)):
    return lambda: {"loss": np.array(SAMPLES) ** -float(loss), "rank": np.array(SAMPLES) ** -float(ranks)}


even = Claim(
    name="sparse_fixed_amplitude_exponents[decay=1,sparsity=2]",
    statement="With activations of one amplitude and an isotropic teacher, loss and rank follow their laws in "
    "data: exponents α/(1 + α) and 1/(1 + α).",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(limits, EVEN | {"model": "independent"}),
    predict=even_law,
    quantity=Together(loss=Exponent("loss", n_samples=SAMPLES), rank=Exponent("rank", n_samples=SAMPLES)),
    margin=0.06,
    because="less than a third of the distance to the nearest rival",
    rivals={
        "loss: α, of dense data": other(loss=1),
        "loss: α/(2 + α), the optimum of compute": other(loss=Fraction(1, 3)),
        "rank: D": other(ranks=-1),
        "rank: 1/(2 + α)": other(ranks=-Fraction(1, 3)),
    },
    asymptote=Asymptote(
        law=lambda: [at(symbolic.data_exponent(), alpha=1, eta=2), at(symbolic.rank_exponent(), eta=2)],
        finite=lambda D: [
            local_exponent(lambda n, digits: unseen_mass_sum(n, decay=1, sparsity=2, digits=digits), D),
            -local_exponent(lambda n, digits: rank.rank_at(n, sparsity=2, digits=digits), D),
        ],
        sizes=FAR,
        order=0.5,
        bound=1e-5,
    ),
    cap=512,
)

LINE = {"decay": 2, "sparsity": 3, "amplitudes": "sign"}
LINE_DATA = LINE | {"n_modes": 2000, "n_samples": (128, 512, 2048)}
LINE_MODEL = LINE | {"n_modes": 300, "n_samples": 200_000, "n_features": (4, 5, 6, 8, 10)}
GAP = Difference(
    Exponent("model.loss", n_features=LINE_MODEL["n_features"]),
    Exponent("data.loss", n_samples=LINE_DATA["n_samples"]),
)


def gap_law():
    sides = {
        "model": isotropic_fit(**LINE_MODEL),
        "data": aligned(model="independent", equal_gains=True, **LINE_DATA),
    }
    return Prediction(
        {f"{side}.loss": one.values["loss"] for side, one in sides.items()},
        {f"{side}.loss": one.allowance["loss"] for side, one in sides.items()},
    )


def moved(gap_instead):
    """Another gap in place of 4/3, with its corrections at finite size."""
    return lambda: {"difference": GAP.predicted(gap_law()) + gap_instead - 4 / 3}


def far_gap(D):
    return 2 - local_exponent(lambda n, digits: unseen_mass_sum(n, decay=2, sparsity=3, digits=digits), D)


gap = Claim(
    name="sparse_fixed_amplitude_gap[decay=2,sparsity=3]",
    statement="With activations of one amplitude the gap between the exponents is α²/(1 + α): the spectrum sets it, no "
    "dial of sparsity is left.",
    source=SOURCE,
    formula_from="derived here",
    experiment={
        "model": Experiment(fit, LINE_MODEL | {"n_replicates": 8}),
        "data": Experiment(limits, LINE_DATA | {"model": "independent", "n_replicates": 2}),
    },
    predict=gap_law,
    quantity=GAP,
    margin=0.14,
    because="twice the stated remainders at few features, and less than half of the distance to the nearest other gap",
    rivals={
        "α(1 − 1/η) at a sparsity of 2": moved(1),
        "(η − 1)/η, without the spectrum": moved(2 / 3),
        "no gap": moved(0),
        "α − 1/η, a gap set by the rank": moved(5 / 3),
    },
    asymptote=Asymptote(
        law=lambda: at(symbolic.gap_of_fixed_amplitude(), alpha=2), finite=far_gap, sizes=FAR, order=1, bound=1e-10
    ),
    cap=512,
)

# Gradient descent: a fixed amplitude has no heavy tail.

SIZES, THRESHOLD, RARE = (14, 28, 76), 2.1, 0.1  # D ω c just below a whole number of hits
SPIKES = {"decay": 1, "n_modes": 30, "scale": RARE, "n_samples": SIZES}
FIRST, LAST = math.log(SIZES[1] / SIZES[0]), math.log(SIZES[2] / SIZES[1])
BEND = Contrasts(
    "last size against the power law through the first two",
    View.of("unstable", {"n_samples": SIZES}, None),
    {"bend": (LAST / FIRST, -1 - LAST / FIRST, 1)},
)


@cache
def bent_as_heavy_tail():
    """The base model at sparsity 4, where amplitudes grow with rarity."""
    columns = gaussian.instability(**SPIKES | {"n_modes": 4000}, sparsity=4, thresholds=(THRESHOLD,)).values
    return {"bend": float(BEND.measure(columns)[0])}


def rate():
    return at(symbolic.large_deviation_rate(), threshold=mpmath.mpf("2.1"), probability=mpmath.mpf("0.1"))


step = Claim(
    name="sparse_fixed_amplitude_instability[decay=1,sparsity=2]",
    statement="With activations of one amplitude an unstable step is exponentially rare in the number of samples: on "
    "logarithmic axes its probability bends away from any power law.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(
        instability,
        SPIKES
        | {"model": "independent", "sparsity": 2, "amplitudes": "sign", "thresholds": (THRESHOLD,), "n_rows": 38_400},
    ),
    predict=lambda: law.instability(**SPIKES, threshold=THRESHOLD),
    quantity=BEND,
    margin=0.4,
    because="a third of the distance to a power law",
    rivals={
        "a power law through the first two sizes": lambda: {"bend": 0.0},
        "the base model at sparsity 4, a heavy tail": bent_as_heavy_tail,
    },
    asymptote=Asymptote(
        law=rate,
        finite=lambda D: -law.log_exceedance(D, Fraction(21, 10), Fraction(1, 10)) / D,
        sizes=(10**4, 10**5, 10**6),
        order=0.9,
        bound=2e-5,
    ),
    cap=512,
)

claims = [data, model, even, gap, step]
