"""Fixed-step descent on infinitely many ReLU features of sparse data: the law of linear features at twice 2/h."""

import math
from fractions import Fraction
from functools import cache

import numpy as np

import theory.sparse_features.instability as linear
import theory.sparse_features.instability_laws as symbolic
from compare import Asymptote, Claim, Experiment, Level, Rate, Together
from sim.sparse_features import relu_instability as lab
from theory.sparse_features.relu_instability import needed_strength, relu_beside_linear, relu_instability
from theory.sparse_features.row_law import row_law

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/relu.md"
HALF = Fraction(1, 2)
LAW = {"decay": 0.5, "sparsity": 3, "n_modes": 4000}
SAMPLES, THRESHOLDS = (30, 100), (2, 4, 10)
POINTS = [(D, w) for D in SAMPLES for w in THRESHOLDS]
WORLD = LAW | {"n_samples": SAMPLES, "thresholds": THRESHOLDS}
PAIRED = Experiment(lab.relu_instability, WORLD | {"n_rows": 12_000})
CLOSE = [k for k, (_, w) in enumerate(POINTS) if w < 10]
FEW = [k for k, (D, w) in enumerate(POINTS) if D == 30 and w < 10]


@cache
def relu_law():
    return relu_instability(**WORLD)


@cache
def linear_law(factor):
    """Finite-size theory of linear features at ``factor`` times the thresholds."""
    return linear.instability(**WORLD | {"thresholds": [factor * w for w in THRESHOLDS]}).values["unstable"]


def tilted(change):
    """The law of ReLU features times a function of the threshold."""
    return lambda: {"relu": relu_law().values["relu"] * np.array([change(w) for _, w in POINTS])}


def elsewhere(factor):
    """As linear features of the same data at ``factor`` ω."""
    return lambda given: {"relu": given["linear_twice"] * linear_law(factor) / linear_law(2)}


def coordinates(points):
    return {"n_samples": [POINTS[k][0] for k in points], "threshold": [POINTS[k][1] for k in points]}


def strong_rows(D, threshold):
    """Expected number of rows that make an eigenvalue beyond ω of the kernel, over that for linear features."""
    variances = row_law(**LAW).variances
    level = needed_strength(threshold, variances)
    return linear.spikes(D, level, decay=HALF, sparsity=3) / linear.spikes(D, threshold, decay=HALF, sparsity=3)


paired = Claim(
    name="sparse_relu_instability[decay=0.5,sparsity=3]",
    statement="With infinitely many ReLU features a step h is unstable about as often as the step h/2 with linear "
    "features of the same data, a factor 2^(−q) less often than the step h, q the tail index.",
    source=SOURCE,
    formula_from="derived here",
    experiment=PAIRED,
    given=("linear_twice",),
    predict=lambda given: relu_beside_linear(given, **WORLD),
    quantity=Level("relu", points=CLOSE, **coordinates(CLOSE)),
    margin=0.15,
    because="a quarter of what features without their mean would change",
    rivals={
        "features without their mean, threshold ω/(1/2 − 1/(2π))": elsewhere(1 / (0.5 - 0.5 / math.pi)),
        "the odd half of the features alone, threshold 4ω": elsewhere(4),
        "threshold ω as for linear features": elsewhere(1),
    },
    asymptote=Asymptote(
        law=lambda: 2 ** -symbolic.values(symbolic.index_of_tail(), decay=HALF, sparsity=3),
        finite=lambda threshold: strong_rows(100, threshold),
        sizes=(10**10, 10**20),
        order=1,
        bound=1e-18,
    ),
    cap=256,
)

law = Claim(
    name="sparse_relu_instability_probability[decay=0.5,sparsity=3]",
    statement="With infinitely many ReLU features the probability of an unstable step has the level of linear features "
    "at twice the threshold, corrected for the overlap of all ReLU features, and the same tail index "
    "(η − 1)/(η − 1 − α).",
    source=SOURCE,
    formula_from="derived here",
    experiment=PAIRED,
    predict=relu_law,
    quantity=Together(
        level=Level("relu", points=FEW, **coordinates(FEW)),
        tail=Rate("relu", points=range(len(THRESHOLDS)), threshold=THRESHOLDS),
    ),
    margin={"level: level": 0.2, "tail: exponent": 0.22},
    because="a quarter of what an unchanged threshold would do; a third of the distance to tail index (η − 1)/η",
    rivals={
        "threshold ω as for linear features": lambda: {"relu": linear_law(1)},
        "features without their mean, threshold ω/(1/2 − 1/(2π))": lambda: {
            "relu": linear_law(1 / (0.5 - 0.5 / math.pi))
        },
        "tail index (η − 1)/η": tilted(lambda w: (w / 3) ** (2 / 3)),
        "light tail, exponential in ω": tilted(lambda w: (w / 2) ** (4 / 3) * math.exp(2 - w)),
    },
    cap=256,
)

MANY = LAW | {"n_samples": (30,), "thresholds": (2, 4)}

overlap = Claim(
    name="sparse_relu_instability_overlap[decay=0.5,sparsity=3]",
    statement="ReLU features of all rows overlap, which makes an unstable step more likely than for linear features at "
    "twice the threshold.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.relu_instability, MANY | {"n_rows": 60_000}),
    given=("linear_twice",),
    predict=lambda given: relu_beside_linear(given, **MANY),
    quantity=Level("relu", n_samples=(30, 30), threshold=(2, 4)),
    margin=0.033,
    because="half of the overlap's effect",
    rivals={
        "no overlap, exactly twice the threshold": lambda given: {"relu": given["linear_twice"]},
        "twice the effect of overlap": lambda given: {
            "relu": relu_beside_linear(given, **MANY).values["relu"] ** 2 / given["linear_twice"]
        },
    },
    tier="full",
    cap=1024,
)

claims = [paired, law, overlap]
