"""ReLU features in antithetic pairs, which lose what linear features lose, and independent ones."""

from fractions import Fraction

import numpy as np

import theory.random_features as dense
import theory.random_features_laws as dense_laws
from compare import Asymptote, Claim, Curve, Experiment, Exponent
from sim.sparse_features.antithetic import antithetic
from theory.exponents import local_exponent
from theory.sparse_features.antithetic import conditional_pairs, pairs

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/nonlinear.md"
SMALL = {"decay": 1, "sparsity": 0.5, "n_modes": 100, "n_samples": 1000, "n_pairs": (4, 8, 16), "n_test": 1000}
LARGE = {"decay": 1, "sparsity": 1.5, "n_modes": 300, "n_samples": 8000, "n_pairs": (4, 8, 16, 32)}


def factors(change):
    return lambda given: {"loss": given["unresolved"] * change}


def antithetic_pairs(world, tier):
    N = np.array(world["n_pairs"])
    margin = 0.03
    return Claim(
        name=f"sparse_antithetic_pairs[decay=1,sparsity={world['sparsity']}]",
        statement="With many rows N antithetic pairs of ReLU features lose what N linear features lose, whatever the "
        "sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(antithetic, world),
        given=("unresolved",),
        predict=lambda given: conditional_pairs(given, **world),
        quantity=Curve("loss", slopes=("n_pairs",), n_pairs=world["n_pairs"]),
        margin={"level": margin, "slope in n_pairs": margin, "shape": 2 * margin},
        because="a third of the drift of independent features; allowances for finite data count twice",
        rivals={
            "as independent ReLU features: a factor growing as N^0.11": factors((N / N[0]) ** 0.11),
            "2N features are 2N features: half the loss": factors(0.5),
            "half of the rows are lost on the even part: twice the loss": factors(2.0),
            "a tenth more": factors(1.1),
        },
        cap=128,
        tier=tier,
    )


antithetic_exponent = Claim(
    name="sparse_antithetic_exponent[decay=1,sparsity=1.5]",
    statement="The loss of N antithetic pairs of ReLU features falls as N^−decay, whatever the sparsity.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(antithetic, LARGE),
    predict=lambda: pairs(**LARGE),
    quantity=Exponent("loss", n_pairs=LARGE["n_pairs"]),
    margin=0.1,
    because="less than a third of the distance to decay/sparsity",
    rivals={
        "decay/sparsity, as in the data": lambda: {"loss": np.array(LARGE["n_pairs"]) ** (-1 / 1.5)},
        "exponent decay + 1": lambda: {"loss": np.array(LARGE["n_pairs"]) ** -2.0},
    },
    asymptote=Asymptote(
        law=lambda: dense_laws.model_exponent().subs(dense_laws.ALPHA, Fraction(1)),
        finite=lambda size: local_exponent(
            lambda N, digits: dense.unresolved_loss(N, decay=1, n_modes=np.inf, digits=digits), size
        ),
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=1e-8,
    ),
    cap=256,
)

independent = Claim(
    name="sparse_independent_relu[decay=1,sparsity=1.5]",
    statement="The loss of 2N independent ReLU features falls with N as that of N linear features does.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(antithetic, LARGE),
    given=("unresolved",),
    predict=lambda given: conditional_pairs(given, **LARGE, column="independent"),
    quantity=Exponent("independent", n_pairs=LARGE["n_pairs"]),
    margin=0.032,
    because="three times the change that finite data make",
    rivals={
        "steeper by 0.11": lambda given: {"independent": given["unresolved"] * np.array(LARGE["n_pairs"]) ** -0.11},
        "exponent 1/2": lambda given: {"independent": np.array(LARGE["n_pairs"]) ** -0.5},
    },
    cap=256,
    expect="disagrees",
    evidence="Over N = 4 to 32 the ratio to linear features grows from 1.0 to 1.3; whether it goes on growing is not "
    "known. A statement about these sizes. Antithetic pairs keep the exponent, see sparse_antithetic_pairs.",
)

claims = [
    antithetic_pairs(SMALL, "smoke"),
    antithetic_pairs(LARGE, "standard"),
    antithetic_exponent,
    independent,
]
