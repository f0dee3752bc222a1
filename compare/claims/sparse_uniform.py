"""Uniform activity: equally rare coordinates open no gap, only a stretch that looks steep while pD passes 1."""

from functools import cache

import numpy as np

import theory.random_features as dense
from compare import Claim, Experiment, Level, Prediction
from compare.quantity import Contrasts, View
from sim.sparsity_models.limits import limits as learn
from theory.sparse_features.unseen_mass import unseen_mass
from theory.sparsity_models.uniform import limits

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/unaligned.md"
SAMPLES = (25, 50, 100)
WORLD = {"decay": 1, "scale": 0.03, "n_modes": 200, "n_samples": SAMPLES}
EXPERIMENT = Experiment(learn, {"model": "independent", "sparsity": 0, "n_replicates": 64} | WORLD)
BEND = Contrasts(
    "bend in n_samples", View.of("loss", {"n_samples": SAMPLES}, None), {"growth of the local exponent": [-1, 2, -1]}
)


@cache
def known():
    return limits(**WORLD).values


def dense_loss():
    return dense.unresolved(decay=1, n_modes=200, n_features=SAMPLES).values["unresolved"]


def power(exponent):
    return lambda: {"loss": known()["loss"][0] * (np.array(SAMPLES) / SAMPLES[0]) ** -float(exponent)}


def seen_twice():
    """Coordinates that appear twice at least are known, the others not."""
    p, D = WORLD["scale"], np.array(SAMPLES)
    return {"loss": known()["loss"] + (np.arange(1, 201.0) ** -2).sum() * D * p * (1 - p) ** (D - 1)}


def bend():
    """The sum of both terms; its remainder, up to a quarter at the largest size, bends by 0.06 at most."""
    (value,) = BEND.measure({"loss": known()["sum"]})
    return Prediction({BEND.names[0]: [value]}, {BEND.names[0]: [0.06]})


claims = [
    Claim(
        name="sparse_uniform_level[decay=1,scale=0.03]",
        statement="Equally rare coordinates cost what no row showed, exponentially little in the number of samples, "
        "and what few appearances leave unknown.",
        source=SOURCE,
        formula_from="derived here",
        experiment=EXPERIMENT,
        predict=lambda: limits(**WORLD),
        quantity=Level("loss", n_samples=SAMPLES),
        margin=0.35,
        because="nearly three times the remainder; less than half of the distance to what two appearances would need",
        rivals={
            "known from the second appearance on": seen_twice,
            "the dense law κD": lambda: {"loss": dense_loss()},
            "the aligned model of sparsity 2 and the same first coordinate": lambda: {
                "loss": unseen_mass(decay=1, sparsity=2, scale=0.03, n_modes=200, n_samples=SAMPLES).values["unseen"]
            },
        },
        tier="full",
        cap=128,
    ),
    Claim(
        name="sparse_uniform_no_power_law[decay=1,scale=0.03]",
        statement="While the number of samples passes 1/p, equally rare coordinates follow no power law: the local "
        "exponent grows from one octave to the next.",
        source=SOURCE,
        formula_from="derived here",
        experiment=EXPERIMENT,
        predict=bend,
        quantity=BEND,
        margin=0.3,
        because="five times the remainder; less than half of the bend itself",
        rivals={
            "a power law, whatever its exponent": power(1.5),
            "the aligned model of sparsity 2": lambda: {
                "loss": unseen_mass(decay=1, sparsity=2, scale=0.03, n_modes=200, n_samples=SAMPLES).values["unseen"]
            },
        },
        tier="full",
        cap=256,
    ),
]
