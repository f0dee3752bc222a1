"""Neighbours in which rare still means weak: groups, k-hot rows, non-negative activations, noisy alignment.

The tail of the activation probabilities moves the gap; density and scatter move constants alone.
"""

import mpmath
import numpy as np

import theory.sparsity_models.aligned_laws as symbolic
from compare import Asymptote, Claim, Difference, Experiment, Exponent, Level, Prediction, Together
from sim.sparsity_models.limits import limits
from theory.exponents import local_exponent
from theory.sparse_features import pairs
from theory.sparse_features.unseen_mass import unseen_mass, unseen_mass_sum
from theory.sparsity_models.aligned import aligned
from theory.sparsity_models.far import scattered_mass
from theory.sparsity_models.group_limits import group_limits

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/aligned.md"
BASE = {"decay": 1, "sparsity": 3}
LAW = {symbolic.ALPHA: 1, symbolic.ETA: 3}


def powers(column, sizes, power):
    return lambda: {column: np.array(sizes, dtype=float) ** -power}


def with_power(columns, name, sizes, power):
    """Another exponent of one column, its level and the other columns kept."""

    def predict():
        known = {key: np.array(value) for key, value in columns().values.items()}
        x = np.array(sizes, dtype=float)
        shape = x**-power
        known[name] = np.exp(np.log(known[name]).mean() - np.log(shape).mean()) * shape
        return known

    return predict


def instead(columns, **changes):
    """Other functions of the columns, each of its own column."""

    def predict():
        known = {key: np.array(value) for key, value in columns().values.items()}
        return known | {key: change(known[key]) for key, change in changes.items()}

    return predict


# Groups that switch on together: the unseen mass is not tight.


def groups(size, n_samples, margin, quantity, more, tier="standard"):
    world = BASE | {"n_modes": 4000, "scale": size**3}

    def theory():
        return group_limits(**world, group=size, n_samples=n_samples)

    return Claim(
        name=f"sparse_groups_loss[decay=1,sparsity=3,group={size}]",
        statement="Where groups of coordinates switch on together a row determines one direction of its group: the "
        "loss exceeds the unseen mass by a constant factor.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(limits, world | {"model": "groups", "group": size, "n_samples": n_samples}),
        predict=theory,
        quantity=quantity,
        margin=margin,
        because="twice the stated remainders and ten standard errors; at most half of what the nearest rival misses",
        rivals={
            "the unseen mass is tight": lambda: {"loss": theory().values["unseen"]},
            "coordinates one by one, the base model": lambda: {
                "loss": unseen_mass(**world, n_samples=n_samples).values["unseen"]
            },
        }
        | more(theory),
        tier=tier,
        cap=512,
    )


FOUR, SIXTEEN = (32, 128, 512), (64, 256, 1024)
in_groups = [
    groups(4, FOUR, 0.08, Level("loss", n_samples=FOUR), lambda _: {}, "smoke"),
    groups(
        16,
        SIXTEEN,
        {"level: level": 0.09, "exponent: exponent": 0.05},
        Together(level=Level("loss", n_samples=SIXTEEN), exponent=Exponent("loss", n_samples=SIXTEEN)),
        lambda theory: {
            "exponent α/(1 + α)": with_power(theory, "loss", SIXTEEN, 0.5),
            "exponent α/(η + 1), a group as one more rarity": with_power(theory, "loss", SIXTEEN, 0.2),
        },
    ),
]

# k active coordinates a row: density moves the window, not the gap.

SAMPLES = (128, 512, 2048)
HOT = BASE | {"n_modes": 2000, "n_samples": SAMPLES, "model": "k_hot"}


def hot(active):
    return aligned(**HOT, active=active)


DENSITY = Difference(Exponent("four.loss", n_samples=SAMPLES), Exponent("one.loss", n_samples=SAMPLES))


def density_law():
    both = {"four": hot(4), "one": hot(1)}
    return Prediction(
        {f"{name}.loss": law.values["loss"] for name, law in both.items()},
        {f"{name}.loss": law.allowance["loss"] for name, law in both.items()},
    )


def shifted(by):
    return lambda: {"difference": DENSITY.predicted(density_law()) + by}


density = Claim(
    name="sparse_k_hot_exponent[decay=1,sparsity=3]",
    statement="The density of a row does not move the exponent in data: rows with four active coordinates and with one "
    "have the same.",
    source=SOURCE,
    formula_from="derived here",
    experiment={name: Experiment(limits, HOT | {"active": active}) for name, active in (("four", 4), ("one", 1))},
    predict=density_law,
    quantity=DENSITY,
    margin=0.06,
    because="a third of the distance to the nearest rival",
    rivals={
        "gap set by k: α/(ηk)": shifted(1 / 12 - 1 / 3),
        "gap set by k: kα/η, at most α": shifted(1 - 1 / 3),
        "α/(1 + α) where rows hold several": shifted(1 / 2 - 1 / 3),
    },
    cap=256,
)


constant = Claim(
    name="sparse_k_hot_level[decay=1,sparsity=3,active=4]",
    statement="Four distinct active coordinates a row act as one independent draw with odds i^−η given their number: "
    "the exact inclusion probabilities set the loss.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(limits, HOT | {"active": 4}),
    predict=lambda: hot(4),
    quantity=Level("loss", n_samples=SAMPLES),
    margin=0.1,
    because="less than half of the distance to independent coordinates of the same mean number",
    rivals={
        "p = k i^−η/ζ(η), draws with replacement": lambda: {
            "loss": unseen_mass(**BASE, n_modes=2000, scale=4 / float(mpmath.zeta(3)), n_samples=SAMPLES).values[
                "unseen"
            ]
        },
        "one-hot rows, four times as many": lambda: {
            "loss": aligned(**HOT | {"n_samples": [4 * D for D in SAMPLES]}, active=1).values["loss"]
        },
        "independent coordinates, p = min(1, c i^−η), four a row": lambda: {
            "loss": unseen_mass(**BASE, n_modes=2000, scale=19.0, n_samples=SAMPLES).values["unseen"]
        },
    },
    cap=256,
)

# Non-negative activations.

SHORT = (32, 128, 512)
HALF = BASE | {"n_modes": 4000, "n_samples": SHORT}


def half_law():
    loss, ranks = pairs.infinite_features(**HALF), aligned(model="half_normal", **HALF)
    return Prediction(
        {"loss": loss.values["loss"], "rank": ranks.values["rank"]},
        {"loss": loss.allowance["loss"], "rank": ranks.allowance["rank"]},
    )


half = Claim(
    name="sparse_half_normal[decay=1,sparsity=3]",
    statement="Non-negative activations, whose mean is not zero, have the exponent in data and the rank of the base "
    "model.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(limits, HALF | {"model": "half_normal", "n_replicates": 4}),
    predict=half_law,
    quantity=Together(loss=Exponent("loss", n_samples=SHORT), rank=Level("rank", n_samples=SHORT)),
    margin={"loss: exponent": 0.06, "rank: level": 0.06},
    because="less than half of the distance to a rank with one more direction, a third of that to another exponent",
    rivals={
        "the mean is one more direction: rank + 1": instead(half_law, rank=lambda r: r + 1),
        "rank D": instead(half_law, rank=lambda r: np.array(SHORT, dtype=float)),
        "exponent α/(1 + α)": with_power(half_law, "loss", SHORT, 0.5),
        "exponent α: the mean shows every coordinate": with_power(half_law, "loss", SHORT, 1),
    },
    asymptote=Asymptote(
        law=lambda: symbolic.data_exponent().subs(LAW),
        finite=lambda D: local_exponent(lambda n, digits: unseen_mass_sum(n, **BASE, digits=digits), D),
        sizes=(10**8, 10**12),
        order=1,
        bound=1e-10,
    ),
    cap=256,
)

# Noisy alignment: scatter moves constants.

SCATTER = 2
NOISY = BASE | {"n_modes": 4000, "n_samples": SAMPLES, "model": "noisy_alignment", "scatter": SCATTER}


def noisy_law():
    found = aligned(**NOISY)
    return Prediction(
        {name: found.values[name] for name in ("loss", "rank")},
        {name: found.allowance[name] for name in ("loss", "rank")},
    )


def base(column):
    """The base model's column, the other one kept."""

    def predict():
        without = aligned(model="independent", **BASE, n_modes=NOISY["n_modes"], n_samples=SAMPLES).values
        return {name: without[name] if name == column else value for name, value in noisy_law().values.items()}

    return predict


noisy = Claim(
    name="sparse_noisy_alignment[decay=1,sparsity=3]",
    statement="Scatter of the activation probabilities about their power law moves the constants of loss and rank, not "
    "the exponent.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(limits, NOISY | {"n_replicates": 4}),
    predict=noisy_law,
    quantity=Together(
        loss=Level("loss", n_samples=SAMPLES),
        exponent=Exponent("loss", n_samples=SAMPLES),
        rank=Level("rank", n_samples=SAMPLES),
    ),
    margin={"loss: level": 0.1, "exponent: exponent": 0.06, "rank: level": 0.1},
    because="less than half of the distance to the base model's constants and to the nearest exponent",
    rivals={
        "loss of the base model": base("loss"),
        "rank of the base model": base("rank"),
        "exponent α/(η + s)": with_power(noisy_law, "loss", SAMPLES, 1 / 5),
        "exponent α/(η − s)": with_power(noisy_law, "loss", SAMPLES, 1),
    },
    asymptote=Asymptote(
        law=lambda: symbolic.scatter_factor().subs(LAW).subs(symbolic.SCATTER, SCATTER),
        finite=lambda D: scattered_mass(D, **BASE, scatter=SCATTER) / unseen_mass_sum(D, **BASE, digits=15),
        sizes=(10**4, 10**5),
        order=1,
        bound=1e-6,
    ),
    cap=512,
)

claims = [*in_groups, density, constant, half, noisy]
