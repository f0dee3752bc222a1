"""Fluctuations between datasets of sparse rows, and label noise, with infinitely many features."""

from fractions import Fraction

import mpmath
import numpy as np

import theory.sparse_features.unseen_mass_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Exponent
from sim.sparse_features.label_noise import label_noise
from sim.sparse_features.unseen_mass import unseen_mass as count
from theory.sparse_features.label_noise import bayes_loss, hits, ridgeless_noise
from theory.sparse_features.row_law import row_law
from theory.sparse_features.unseen_mass import unseen_mass, unseen_mass_sum

SAMPLES = (100, 300, 1000, 3000)
POINTS = ((1, 2), (1, 3), (Fraction(1, 2), 3))
SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/unseen_mass.md"


def tag(decay, sparsity):
    return f"[decay={float(decay):g},sparsity={float(sparsity):g}]"


def powers(column, sizes, power, level):
    """The level of a true curve at its middle, another exponent."""
    x = np.array(sizes, dtype=float)
    middle = np.exp(np.log(level).mean() + power * np.log(x).mean())
    return lambda: {column: middle * x**-power}


def scaled_variance(decay, sparsity):
    """Variance of the unseen mass times D^e for infinitely many modes: q(1 − q) of D rows is q of D less q of 2D."""
    e = (1 + 2 * Fraction(decay)) / Fraction(sparsity)

    def value(D):
        with mpmath.workdps(50):
            one, two = (unseen_mass_sum(n, decay=decay, sparsity=sparsity, digits=35, power=2) for n in (D, 2 * D))
            return (one - two) * mpmath.mpf(D) ** (mpmath.mpf(e.numerator) / e.denominator)

    return value


def variance_constant(decay, sparsity):
    law = symbolic.variance_law() * (symbolic.SCALE * symbolic.D) ** symbolic.variance_exponent()
    return law.subs(
        {symbolic.ALPHA: Fraction(decay), symbolic.ETA: Fraction(sparsity), symbolic.SCALE: 1, symbolic.D: 1}
    )


def variance(decay, sparsity):
    world = {"decay": float(decay), "sparsity": float(sparsity), "n_modes": 100_000, "n_samples": SAMPLES}
    true = unseen_mass(**world).values["unseen_variance"]
    law = row_law(**{k: v for k, v in world.items() if k != "n_samples"})
    e = (1 + 2 * float(decay)) / float(sparsity)
    return Claim(
        name="sparse_unseen_variance" + tag(decay, sparsity),
        statement="Between datasets the unseen mass varies by Σ λ_i² q_i (1 − q_i), q_i = (1 − p_i)^D, so that its "
        "variance falls with exponent (1 + 2 decay)/sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(count, world),
        predict=lambda: unseen_mass(**world),
        quantity=Curve("unseen_variance", slopes=("n_samples",), n_samples=SAMPLES),
        margin={"level": 0.12, "slope in n_samples": 0.1, "shape": 0.12},
        because="exact; less than a third of what q without 1 − q would add, and of the distance to other exponents",
        rivals={
            "Σ λ² q, as if every unseen coordinate were a surprise": lambda: {
                "unseen_variance": [law.variances**2 @ law.silent(D) for D in SAMPLES]
            },
            "fixed relative fluctuations, exponent 2α/η": powers("unseen_variance", SAMPLES, e - 1 / sparsity, true),
            "relative variance 1/D": powers("unseen_variance", SAMPLES, 2 * float(decay) / sparsity + 1, true),
        },
        asymptote=Asymptote(
            law=lambda: variance_constant(decay, sparsity),
            finite=scaled_variance(decay, sparsity),
            sizes=(10**10, 10**16, 10**22),
            order=1,
            bound=1e-20,
        ),
        cap=1024,
    )


NOISY = {
    3: {"decay": 1, "sparsity": 3, "n_modes": 2000, "n_samples": (100, 300, 1000, 3000)},
    2: {"decay": 1, "sparsity": 2, "n_modes": 2000, "n_samples": (100, 300, 1000)},
    1.5: {"decay": 1, "sparsity": 1.5, "n_modes": 2000, "n_samples": (1000, 2000, 4000)},
}
MARGINS = {
    3: {"level": 0.05, "slope in n_samples": 0.06, "shape": 0.06},
    2: {"level": 0.08, "slope in n_samples": 0.08, "shape": 0.1},
    1.5: {"level": 0.14, "slope in n_samples": 0.16, "shape": 0.18},
}


def first_order(world):
    """Every seen coordinate costs 1/D, as in dense regression: Σ (1 − q_i)/D."""
    law = row_law(**{k: v for k, v in world.items() if k != "n_samples"})
    return lambda: {"noise": [(1 - law.silent(D)).sum() / D for D in world["n_samples"]]}


def twice_seen(world):
    """Coordinates seen once are left out."""
    law = row_law(**{k: v for k, v in world.items() if k != "n_samples"})

    def column():
        sums = []
        for D in world["n_samples"]:
            W = hits(law, D)
            sums.append((W[2:] / np.arange(2, D + 1)).sum())
        return {"noise": sums}

    return column


def noise(sparsity):
    world = NOISY[sparsity]
    sizes = np.array(world["n_samples"], dtype=float)
    return Claim(
        name=f"sparse_noise_without_ridge[decay=1,sparsity={sparsity:g}]",
        statement="Without ridge label noise costs each seen coordinate its rarity over its number of rows, and a "
        "little more where rows are shared: a loss that falls as D^(1/sparsity − 1).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(label_noise, world),
        predict=lambda: ridgeless_noise(**world),
        quantity=Curve("noise", slopes=("n_samples",), n_samples=world["n_samples"]),
        margin=MARGINS[sparsity],
        because="twice the stated remainder and ten standard errors; below the distance to 1/D a seen coordinate",
        rivals={
            "1/D for each seen coordinate": first_order(world),
            "exponent 1": lambda: {"noise": 1 / sizes},
            "coordinates seen once cost nothing": twice_seen(world),
        },
        cap=512 if sparsity != 1.5 else 256,
        tier="full" if sparsity == 1.5 else "standard",
    )


RIDGE = {
    3: {"decay": 1, "sparsity": 3, "n_modes": 2000, "n_samples": (100, 300, 1000, 3000)},
    1.5: {"decay": 1, "sparsity": 1.5, "n_modes": 2000, "n_samples": (300, 1000, 3000)},
}


def bayes(sparsity):
    world = RIDGE[sparsity]
    points = range(len(world["n_samples"]) - 3, len(world["n_samples"]))
    sizes = world["n_samples"][-3:]

    def falling(power):
        return lambda: {"bayes": np.array(world["n_samples"]) ** -power}

    others = {3: {"α/(1 + α), dense": 0.5, "(η − 1)/η, the noise": 2 / 3, "α": 1.0}}
    others[1.5] = {"α/η, the unseen mass": 2 / 3, "(η − 1)/η, the noise": 1 / 3, "α": 1.0}
    return Claim(
        name=f"sparse_bayes_exponent[decay=1,sparsity={sparsity:g}]",
        statement="With label noise and the best ridge the loss falls as D^(−decay/max(1 + decay, sparsity)), with the "
        "corrections of the cavity equation.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(label_noise, world),
        predict=lambda: bayes_loss(**world),
        quantity=Exponent("bayes", points=points, n_samples=sizes),
        margin=0.05,
        because="twice the stated remainder and ten standard errors; about a third of the way to the next exponent",
        rivals={name: falling(power) for name, power in others[sparsity].items()},
        cap=2048 if sparsity != 1.5 else 256,
        tier="full" if sparsity == 1.5 else "standard",
    )


claims = [*(variance(*p) for p in POINTS), *(noise(s) for s in NOISY), *(bayes(s) for s in RIDGE)]
