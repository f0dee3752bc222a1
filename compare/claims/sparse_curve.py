"""The whole curve given the data: fewer features than rank, the share of the unseen, the two sides, the best ridge."""

import math

import numpy as np

import theory.sparse_features.conditional as law
import theory.sparse_features.given_data as theory
import theory.sparse_features.peak_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Prediction, Ratio, Value
from sim.sparse_features import given_data as lab, given_ridge as ridged
from theory.sparse_features.amplitude import amplitude

SOURCE = "Sous & Winer 2026; deterministic equivalent derived in docs/sparse_features/peak.md"

WORLDS = {
    (1, 2): ({"n_modes": 400, "n_samples": 1000, "dataset": 2}, (10, 15, 20, 26, 31, 40, 44), (78, 104)),
    (1, 1.5): ({"n_modes": 400, "n_samples": 150, "dataset": 2}, (10, 15, 20, 26, 31, 40, 44), (78, 104)),
    (0.5, 3): ({"n_modes": 400, "n_samples": 20_000, "dataset": 2}, (7, 11, 14, 18, 22, 26, 29), (56, 74)),
}
WELL_BELOW = 5
"""Points of the curve; the others lie close to the threshold and above it."""


def experiment(decay, sparsity):
    world, below, above = WORLDS[decay, sparsity]
    return Experiment(lab.features, {"decay": decay, "sparsity": sparsity, "n_features": below + above, **world})


def equivalents(features, combined):
    """A rival made of T, the bracket of the equivalent and the variance factor, at every N."""

    def predict(given):
        data = law.spectrum_of(given)
        values = []
        for N in features:
            share = theory.equivalent_share(data, N)
            bracket = data.unseen / share
            values.append(combined(N, data, bracket, theory.equivalent(data, N) / bracket))
        return Prediction({"loss": values})

    return predict


def curve(decay, sparsity):
    _, below, above = WORLDS[decay, sparsity]
    features, s = below + above, 1 + decay
    constant = (math.pi / s / math.sin(math.pi / s)) ** s  # population loss A (N + 1/2)^-s N

    def population(N):
        return constant * (N + 0.5) ** -s * N

    return Claim(
        name=f"sparse_given_data[decay={decay},sparsity={sparsity}]",
        statement="Given the data, the mean loss of fewer features than their rank is the deterministic equivalent "
        "of the spectrum of the data, with its first correction.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(decay, sparsity),
        given=law.GIVEN,
        predict=lambda given: law.conditional_loss(given, n_features=features),
        quantity=Curve("loss", slopes=("n_features",), points=range(WELL_BELOW), n_features=below[:WELL_BELOW]),
        margin={"level": 0.045, "slope in n_features": 0.12, "shape": 0.08},
        because="twice the stated remainder and ten standard errors; less than half of what the rivals miss",
        rivals={
            "one degree of freedom lost, N/(N − df₂ − 1)": equivalents(
                features, lambda N, data, bracket, factor: bracket / max(1 / factor - 1 / N, 1 / N)
            ),
            "the sum of the two limits": equivalents(
                features, lambda N, data, bracket, factor: population(N) + data.loss
            ),
            "infinite data alone": equivalents(features, lambda N, data, bracket, factor: population(N)),
            "no variance factor": equivalents(features, lambda N, data, bracket, factor: bracket),
            "the variance factor on the part that no features learn only": equivalents(
                features, lambda N, data, bracket, factor: bracket + data.loss * (factor - 1)
            ),
            "the variance factor of equal singular values, (r − 1)/(r − N − 1)": equivalents(
                features,
                lambda N, data, bracket, factor: bracket * (data.rank - 1) / max(abs(data.rank - N) - 1, 1),
            ),
        },
        cap=1024,
    )


def share(decay, sparsity):
    _, below, above = WORLDS[decay, sparsity]
    features = below + above

    def part(wrong):
        """A wrong share of the measured loss, from that of the theory and the variance factor at every N."""

        def predict(given):
            data = law.spectrum_of(given)
            shares = np.array([theory.equivalent_share(data, N) for N in features])
            factors = np.array([theory.equivalent(data, N) for N in features]) * shares / data.unseen
            return Prediction({"unseen": wrong(shares, factors) * given["loss"]})

        return predict

    return Claim(
        name=f"sparse_unseen_share[decay={decay},sparsity={sparsity}]",
        statement="The share of the loss on coordinates never seen is finite and smooth through the peak: that of "
        "infinitely many features above it, and below it diluted by what is not resolved, without variance factor.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(decay, sparsity),
        given=(*law.GIVEN, "loss"),
        predict=lambda given: law.conditional_share(given, n_features=features),
        quantity=Value("unseen", points=range(WELL_BELOW, len(features)), n_features=features[WELL_BELOW:]),
        margin=0.06,
        because="twice the stated remainder and ten standard errors; half of what counting all of it would do",
        rivals={
            "all of it at every N": part(lambda share, factor: np.ones(len(share))),
            "half of it": part(lambda share, factor: share / 2),
            "divided by the variance factor, so that it vanishes at the peak": part(
                lambda share, factor: share / factor
            ),
        },
        cap=1024,
    )


AROUND = (65, 74, 100, 109)  # a quarter and 0.15 of the rank 87 below it, as far above


def sides(amplitudes, other):
    """Loss below the threshold over the loss above it, at equal distances."""

    def scaled(factor):
        def predict(given):
            values = law.conditional_loss(given, n_features=AROUND).values["loss"]
            return Prediction({"loss": values * np.array([factor, factor, 1, 1])})

        return predict

    ratio = "twice" if amplitudes == "gaussian" else "once"
    return Claim(
        name=f"sparse_peak_sides[amplitudes={amplitudes}]",
        statement=f"With {amplitudes} amplitudes the peak of given data is {ratio} as high below the threshold as "
        "above it, in the limit of small distances.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(
            lab.features,
            {
                "decay": 1,
                "sparsity": 2,
                "n_modes": 400,
                "n_samples": 3000,
                "dataset": 3,
                "amplitudes": amplitudes,
                "n_features": AROUND,
            },
        ),
        given=law.GIVEN,
        predict=lambda given: law.conditional_loss(given, n_features=AROUND),
        quantity=Ratio("loss", [(0, 3), (1, 2)], n_features=AROUND),
        margin=0.25,
        because="about a third of log 2, the distance to the other law of amplitudes",
        rivals={f"the ratio of {name}": scaled(factor) for name, factor in other.items()},
        asymptote=Asymptote(
            law=lambda: symbolic.amplitude(amplitudes),
            finite=lambda size: amplitude(1 / symbolic.sp.Integer(size), sparsity=2, amplitudes=amplitudes),
            sizes=(10**12, 10**16, 10**20) if amplitudes == "gaussian" else (10**6, 10**8, 10**10),
            order=0.45 if amplitudes == "gaussian" else 1,
            bound=1e-7,
        ),
        cap=1024,
    )


BEST = ((26, 34), (39, 30), (52, 30), (65, 26), (104, 20))
RIDGES = (*BEST, (52, 7.5), (52, 120))
RIDGED = Experiment(
    ridged.ridge,
    {"decay": 1, "sparsity": 2, "n_modes": 400, "n_samples": 1000, "dataset": 2, "points": RIDGES},
)
PAIRS = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 2), (6, 2)]


def changed(change):
    """The law with its losses changed at the points of `RIDGES`."""
    return lambda given: Prediction(
        {"loss": law.conditional_ridge(given, points=RIDGES).values["loss"] * np.array(change)}
    )


best_ridge = Claim(
    name="sparse_best_ridge[decay=1,sparsity=2]",
    statement="With the best ridge for every number of features the loss falls monotonically through N = r, given data "
    "of rank r: no peak is left.",
    source=SOURCE,
    formula_from="derived here",
    experiment=RIDGED,
    given=law.GIVEN,
    predict=lambda given: law.conditional_ridge(given, points=RIDGES),
    quantity=Ratio("loss", PAIRS, n_features=[N for N, _ in RIDGES], ridge=[ridge for _, ridge in RIDGES]),
    margin=0.05,
    because="half of the rise to a ridge four times too small or large, and of the smallest fall of the loss",
    rivals={
        "a tenth more at N = r": changed((1, 1, 1.1, 1, 1, 1, 1)),
        "a peak that doubles the loss at N = r": changed((1, 1, 2, 1, 1, 2, 2)),
        "flat from N = r on": lambda given: Prediction({"loss": [0.11, 0.082, 0.067, 0.067, 0.067, 0.074, 0.076]}),
    },
    cap=1024,
)

level = Claim(
    name="sparse_ridge_given_data[decay=1,sparsity=2]",
    statement="Given the data, one formula gives the mean loss at every ridge, on both sides of the threshold and at "
    "it.",
    source=SOURCE,
    formula_from="derived here",
    experiment=RIDGED,
    given=law.GIVEN,
    predict=lambda given: law.conditional_ridge(given, points=RIDGES),
    quantity=Value("loss", n_features=[N for N, _ in RIDGES], ridge=[ridge for _, ridge in RIDGES]),
    margin=0.04,
    because="a tenth of what leaving out the variance factor would do",
    rivals={
        "no variance factor": lambda given: Prediction(
            {
                "loss": [
                    law.spectrum_of(given).unseen / theory.equivalent_share(law.spectrum_of(given), N, ridge)
                    for N, ridge in RIDGES
                ]
            }
        ),
        "infinitely many features at every N": lambda given: Prediction({"loss": given["limit"][0] * np.ones(7)}),
        "a tenth more at N = r": changed((1, 1, 1.1, 1, 1, 1.1, 1.1)),
    },
    cap=1024,
)

claims = [
    *(curve(*point) for point in WORLDS),
    *(share(*point) for point in WORLDS),
    sides("gaussian", {"signs, once": 0.5, "no amplitude at all, half": 0.25}),
    sides("sign", {"Gaussian amplitudes, twice": 2.0, "a peak above only": 0.5}),
    best_ridge,
    level,
]
