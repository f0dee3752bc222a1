"""Unaligned sparsity, P(p < t) = t^tail whatever the variance, and infinitely many features."""

from functools import cache

import mpmath
import numpy as np

import theory.random_features as dense
import theory.sparsity_models.unaligned_laws as symbolic
from compare import Asymptote, Claim, Experiment, Exponent, Level, Mean, Prediction
from sim.sparsity_models.limits import limits as learn
from sim.sparsity_models.typical import typical
from theory.sparse_features import rank as aligned
from theory.sparsity_models import unaligned_losses as law
from theory.sparsity_models.limits import limits
from theory.sparsity_models.unaligned_typical import mean_log_unseen

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/unaligned.md"
FAR = (10**12, 10**20, 10**28)


def tag(decay, tail):
    return f"[decay={decay:g},tail={tail:g}]"


def parameters(world):
    return {"model": "unaligned"} | world


def slope(values, sizes):
    """Least-squares exponent of log values."""
    x = np.log(np.array(sizes, dtype=float))
    x -= x.mean()
    return float(-(np.asarray(values) @ x) / (x @ x))


def exactly(expression, decay, tail):
    values = {symbolic.ALPHA: symbolic.sp.Rational(str(decay)), symbolic.NU: symbolic.sp.Rational(str(tail))}
    return expression.subs(values)


SAMPLES = (12, 24, 48)


def world(decay, tail):
    return {"decay": decay, "tail": tail, "n_modes": 300, "n_samples": SAMPLES}


@cache
def predicted(decay, tail):
    return law.limits(**world(decay, tail)).values


def mean_exponent(decay, tail):
    def power(value):
        return lambda: {"loss": np.array(SAMPLES) ** -float(value)}

    return Claim(
        name="sparse_unaligned_mean_exponent" + tag(decay, tail),
        statement="If rarity has nothing to do with strength, P(p < t) = t^ν, the mean loss over datasets falls with "
        "the number of samples with exponent min(α, ν).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(typical, parameters(world(decay, tail))),
        predict=lambda: limits(**parameters(world(decay, tail))),
        quantity=Exponent("loss", n_samples=SAMPLES),
        margin=0.25,
        because="less than half of the distance to the exponent of typical datasets; few datasets carry the mean",
        rivals={
            "the exponent of typical datasets": lambda: {"loss": np.exp(predicted(decay, tail)["log_loss"])},
            "dense exponent α": power(decay),
            "exponent 1, the variance of D rows": power(1.1),
        },
        asymptote=Asymptote(
            law=lambda: exactly(symbolic.mean_unseen_exponent(), decay, tail),
            finite=lambda D: local(lambda n: mpmath.log(mpmath.beta(tail, n + 1)), D),
            sizes=FAR,
            order=1,
            bound=1e-9,
        ),
        cap=4096,
    )


def local(logarithm, D):
    """Exponent between D and 2D of what has this logarithm."""
    with mpmath.workdps(60):
        return (logarithm(mpmath.mpf(D)) - logarithm(mpmath.mpf(2 * D))) / mpmath.log(2)


def typical_exponent(decay, tail, margin):
    def value(exponent):
        return lambda: {"exponent": [exponent]}

    def own():
        return slope(predicted(decay, tail)["log_loss"], SAMPLES)

    return Claim(
        name="sparse_unaligned_typical_exponent" + tag(decay, tail),
        statement="Of unaligned sparsity a typical dataset shows another exponent than the mean over datasets, "
        "min(α, ν(1 + α)) in the limit.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(typical, parameters(world(decay, tail))),
        predict=lambda: Prediction({"exponent": [own()]}, {"exponent": [0.02]}),
        quantity=Mean("exponent", fitted_sizes=[len(SAMPLES)]),
        margin=margin,
        because="less than half of the distance to the exponent of the mean at these sizes",
        rivals={
            "the exponent of the mean over datasets": lambda: {
                "exponent": [slope(np.log(predicted(decay, tail)["loss"]), SAMPLES)]
            },
            "ν": value(tail),
            "dense exponent α": value(decay),
        },
        asymptote=Asymptote(
            law=lambda: exactly(symbolic.typical_unseen_exponent(), decay, tail),
            finite=lambda D: local(lambda n: mean_log_unseen(n, decay=decay, tail=tail), D),
            sizes=FAR,
            order=tail,
            bound=1e-12,
        ),
        cap=4096,
    )


FEW = {"decay": 1, "tail": 0.5, "n_modes": 600, "n_samples": (20, 40, 80)}
MANY = Experiment(learn, parameters(FEW) | {"n_replicates": 4})


def resolved(change):
    """The loss from the measured unseen mass and what the equivalent leaves of seen coordinates."""

    def predict(given):
        known = limits(**parameters(FEW)).values
        return Prediction({"loss": change(given["unseen"], known["loss"] - known["unseen"])})

    return predict


seen = Claim(
    name="sparse_unaligned_seen" + tag(1, 0.5),
    statement="Of unaligned sparsity infinitely many features lose the unseen mass and, on coordinates seen, what "
    "averages over their few appearances give.",
    source=SOURCE,
    formula_from="derived here",
    experiment=MANY,
    given=("unseen",),
    predict=resolved(lambda unseen, rest: unseen + rest),
    quantity=Level("loss", n_samples=FEW["n_samples"]),
    margin=0.06,
    because="less than half of what the seen coordinates add",
    rivals={
        "the unseen mass is tight": resolved(lambda unseen, rest: unseen),
        "the seen part twice": resolved(lambda unseen, rest: unseen + 2 * rest),
        "the dense law κD": lambda given: {
            "loss": dense.unresolved(decay=1, n_modes=600, n_features=FEW["n_samples"]).values["unresolved"]
        },
    },
    cap=1024,
)


SMALL = world(1.5, 0.5) | {"n_modes": 200, "n_samples": (10, 20, 40)}


def aligned_rank(sparsity):
    return lambda: {"rank": aligned.ranks(sparsity=sparsity, n_modes=200, n_samples=SMALL["n_samples"]).values["rank"]}


rank = Claim(
    name="sparse_unaligned_full_rank" + tag(1.5, 0.5),
    statement="Of unaligned sparsity the rank of the data is the number of samples in every dataset.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(learn, parameters(SMALL)),
    predict=lambda: limits(**parameters(SMALL)),
    quantity=Level("rank", n_samples=SMALL["n_samples"]),
    margin=0.02,
    because="exact; less than half of the distance to the rank of an aligned model of sparsity 1.2",
    rivals={
        "the rank of the aligned model of sparsity 1.2": aligned_rank(1.2),
        "the rank of the aligned model of sparsity 2": aligned_rank(2),
        "only the share of coordinates seen": lambda: {
            "rank": np.array(SMALL["n_samples"]) * limits(**parameters(SMALL)).values["seen"] / 200
        },
    },
    tier="smoke",
    cap=64,
)

EQUAL = world(1, 2) | {"n_modes": 600, "n_samples": (20, 40, 80)}


def no_gap():
    def value(exponent):
        return lambda: {"exponent": [exponent]}

    return Claim(
        name="sparse_unaligned_without_gap" + tag(1, 2),
        statement="Where few coordinates are rare, ν > α, unaligned sparsity opens no gap: data have the dense "
        "exponent α.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(typical, parameters(EQUAL)),
        predict=lambda: Prediction(
            {"exponent": [slope(law.limits(**EQUAL).values["log_loss"], EQUAL["n_samples"])]}, {"exponent": [0.03]}
        ),
        quantity=Mean("exponent", fitted_sizes=[3]),
        margin=0.16,
        because="less than a third of the distance to α/(1 + α)",
        rivals={
            "α/(1 + α), from the spectrum": value(0.5),
            "ν, the unseen mass": value(2.0),
            "α/2, the aligned model of sparsity 2, and its 1/D": value(0.55),
        },
        cap=256,
    )


claims = [
    mean_exponent(1.5, 0.5),
    typical_exponent(1.5, 0.5, 0.19),
    typical_exponent(2, 0.5, 0.3),
    seen,
    rank,
    no_gap(),
]
