"""Lower bounds for every learner on sparse data: the unseen mass, and the Bayes risk of a normal teacher."""

import numpy as np

import theory.sparse_features.unseen_mass_laws as symbolic
from compare import Bound, Claim, Experiment, Value
from sim.sparse_features.network import network
from sim.sparse_features.panel import panel
from theory import random_features as dense
from theory.sparse_features.lower_bound import bayes_bound, unseen_bound
from theory.sparse_features.unseen_mass import unseen_mass

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/nonlinear.md"
LEARNERS = (1, 2, 3, 4, 5)  # minimum norm, ridge, random features, ReLU features, arc-cosine kernel
SAMPLES = 100
WORLDS = {
    sparsity: {
        "decay": 1,
        "sparsity": sparsity,
        "n_modes": 1000,
        "n_samples": SAMPLES,
        "n_features": n_features,
        "n_relu": 400,
        "ridge": 0.001,
    }
    for sparsity, n_features in ((2, 64), (3, 32))
}
RANKS = {2: 16, 3: 7}  # of 100 rows, rounded; for rivals only


def unseen(factor):
    """The bound times a number, or times what a function gives."""
    return lambda given: unseen_bound(given, factor=factor() if callable(factor) else factor)


def bayes(factor):
    return lambda given: bayes_bound(given, factor=factor)


def sharp(decay, sparsity):
    """Mass beyond a sharp cutoff at D i^−η = 1, constant 1/α, over the unseen mass."""
    return lambda: float(1 / (decay * symbolic.mass_constant().subs({symbolic.ALPHA: decay, symbolic.ETA: sparsity})))


def over_unseen(sparsity):
    """The dense loss of 100 samples over the unseen mass."""
    loss = dense.unresolved(decay=1, n_modes=1000, n_features=(SAMPLES,)).values["unresolved"]
    mass = unseen_mass(decay=1, sparsity=sparsity, n_modes=1000, n_samples=(SAMPLES,)).values["unseen"]
    return float(loss[0] / mass[0])


def unseen_mass_bound(sparsity):
    return Claim(
        name=f"sparse_unseen_bound[decay=1,sparsity={sparsity}]",
        statement="No learner of the panel, linear or not, has a mean loss below the unseen mass of its data.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(panel, WORLDS[sparsity]),
        given=("unseen",),
        predict=unseen(1.0),
        quantity=Bound("loss", strict=True, learner=LEARNERS),
        margin=0.05,
        because="half of what a sharp cutoff between seen and unseen would put on the bound",
        rivals={
            "sharp cutoff: all coordinates rarer than 1/D, constant 1/α": unseen(sharp(1, sparsity)),
            "1.2 times the unseen mass": unseen(1.2),
            "twice the unseen mass, seen once is not enough": unseen(2.0),
        },
        cap=256,
    )


def posterior_bound(sparsity):
    shrunk = SAMPLES / (SAMPLES - RANKS[sparsity])
    return Claim(
        name=f"sparse_bayes_bound[decay=1,sparsity={sparsity}]",
        statement="For a normal teacher without noise no learner of the panel has a mean loss below the posterior "
        "variance given its data.",
        source="Sous & Winer 2026; standard Gaussian conditioning, docs/sparse_features/nonlinear.md",
        formula_from="standard",
        experiment=Experiment(panel, WORLDS[sparsity]),
        given=("bayes",),
        predict=bayes(1.0),
        quantity=Bound("loss", strict=True, learner=LEARNERS),
        margin=0.03,
        because="less than half of what a degrees-of-freedom factor D/(D − r) would add",
        rivals={
            "times D/(D − r), as if degrees of freedom were lost": bayes(shrunk),
            "1.1 times the posterior variance": bayes(1.1),
            "1.2 times the posterior variance": bayes(1.2),
        },
        cap=256,
    )


attained = Claim(
    name="sparse_bayes_attained[decay=1,sparsity=2]",
    statement="Minimum-norm least squares on the rows attains the posterior variance, the least loss of any learner.",
    source="Sous & Winer 2026; standard Gaussian conditioning, docs/sparse_features/nonlinear.md",
    formula_from="standard",
    experiment=Experiment(panel, WORLDS[2]),
    given=("bayes",),
    predict=bayes(1.0),
    quantity=Value("loss", points=[0], learner=[1]),
    margin=0.05,
    because="less than a third of what a degrees-of-freedom factor D/(D − r) would add",
    rivals={
        "times D/(D − r), as if degrees of freedom were lost": bayes(SAMPLES / (SAMPLES - RANKS[2])),
        "the dense loss of as many samples": lambda given: unseen_bound(
            {"unseen": given["bayes"]}, factor=over_unseen(2)
        ),
        "half the posterior variance": bayes(0.5),
    },
    cap=256,
)

NETWORK_SIZES = (50, 100, 200)
TRAINED = {
    sparsity: {
        "decay": 1,
        "sparsity": sparsity,
        "n_modes": 1000,
        "n_samples": NETWORK_SIZES,
        "width": 64,
        "n_steps": 1000,
        "rate": 0.03,
        "init": 0.1,
    }
    for sparsity in (2, 3)
}

trained = Claim(
    name="sparse_network_bound[decay=1,sparsity=2]",
    statement="A trained ReLU network has no mean loss below the unseen mass of its data.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(network, TRAINED[2]),
    given=("unseen",),
    predict=unseen(1.0),
    quantity=Bound("loss", strict=True, n_samples=NETWORK_SIZES),
    margin=0.2,
    because="ten standard errors at the cap; the network's own distance to the bound is of this size",
    rivals={
        "1.8 times the unseen mass": unseen(1.8),
        "twice the unseen mass, seen once is not enough": unseen(2.0),
        "the mass of coordinates seen at most three times": unseen(np.prod([1 + 0.5 / k for k in (1, 2, 3)])),
    },
    cap=128,
)

claims = [
    *(unseen_mass_bound(sparsity) for sparsity in WORLDS),
    *(posterior_bound(sparsity) for sparsity in WORLDS),
    attained,
    trained,
]
