"""Fixed-step gradient descent on sparse data: how often the step is unstable, P(λ_max(XᵀX/D) > ω) with ω = 2/h."""

import math
from fractions import Fraction
from functools import cache

import mpmath
import numpy as np
import sympy as sp

import theory.sparse_features.instability as law
import theory.sparse_features.instability_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Rate, Value
from sim.sparse_features import instability as lab
from theory.exponents import local_exponent

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/descent.md"
HALF = Fraction(1, 2)


def probability(size, *, decay, sparsity, threshold, digits=25):
    """P = 1 − e^(−R) with infinitely many modes, at any size."""
    return -mpmath.expm1(-law.spikes(size, threshold, decay=decay, sparsity=sparsity, digits=digits))


def constant(decay, sparsity, threshold):
    """Lim P D^(q−1), c = 1."""
    values = symbolic.values(symbolic.spikes_law(), decay=decay, sparsity=sparsity)
    return values.subs({symbolic.D: 1, symbolic.OMEGA: threshold, sp.Symbol("c", positive=True): 1})


def exponents(decay, sparsity):
    """Tail index q and q − 1, the exponent in D."""
    q = float(symbolic.values(symbolic.index_of_tail(), decay=decay, sparsity=sparsity))
    return q, q - 1


# Rare coordinates are strong, sparsity > 1 + decay: a power law.

SAMPLES, THRESHOLDS = (30, 100, 300), (4, 8, 20)
POINTS = [(D, w) for D in SAMPLES for w in THRESHOLDS]
HEAVY = {"decay": 0.5, "sparsity": 3, "n_modes": 4000, "n_samples": SAMPLES, "thresholds": THRESHOLDS}


@cache
def heavy_law():
    """The prediction that claims and rivals of the heavy tail start from."""
    return law.instability(**HEAVY)


HEAVY_DATA = Experiment(lab.instability, HEAVY | {"n_rows": 153_600})


def tilted(change):
    """The law with other exponents, equal at D = 100 and ω = 8, times a factor; ``change()`` names what differs."""

    def predict():
        wrong = {"samples": 0.0, "threshold": 0.0, "factor": 1.0} | change()
        samples, threshold, factor = wrong.values()
        own = heavy_law().values["unstable"]
        return {
            "unstable": [
                factor * p * (D / 100) ** samples * (w / 8) ** threshold for p, (D, w) in zip(own, POINTS, strict=True)
            ]
        }

    return predict


def light():
    """e^(−Dω/120) from the first point on."""
    first = heavy_law().values["unstable"][0]
    return {"unstable": [first * math.exp(1 - D * w / 120) for D, w in POINTS]}


def heavy():
    def moment():
        return float(symbolic.gaussian_moment().subs(symbolic.Q, Fraction(4, 3)))

    def in_rarity():
        q, fall = exponents(HALF, 3)
        return {"samples": fall + 1 - 2 / 3, "threshold": q - 2 / 3}

    return Claim(
        name="sparse_instability_probability[decay=0.5,sparsity=3]",
        statement="A fixed step is unstable with probability 1 − e^(−R), R the expected number of rows that hold one "
        "coordinate rare and strong enough to make an eigenvalue of its own beyond 2/h.",
        source=SOURCE,
        formula_from="derived here",
        experiment=HEAVY_DATA,
        predict=heavy_law,
        quantity=Curve(
            "unstable", ("n_samples", "threshold"), n_samples=[D for D, _ in POINTS], threshold=[w for _, w in POINTS]
        ),
        margin={"level": 0.12, "slope in n_samples": 0.1, "slope in threshold": 0.12, "shape": 0.15},
        because="a third of the distance to no dependence on D, and of the constant without its Gaussian moment",
        rivals={
            "no dependence on the number of samples": tilted(lambda: {"samples": exponents(HALF, 3)[1]}),
            "one row alone, D^−q": tilted(lambda: {"samples": -1.0}),
            "tail index (η − 1)/η": tilted(in_rarity),
            "amplitudes of one size, E|z|^(2q) left out": tilted(lambda: {"factor": 1 / moment()}),
            "light tail, exponential in Dω": light,
        },
        asymptote=Asymptote(
            law=lambda: constant(HALF, 3, 4),
            finite=lambda D: probability(D, decay=HALF, sparsity=3, threshold=4) * mpmath.mpf(D) ** (mpmath.mpf(1) / 3),
            sizes=(10**10, 10**20),
            order=1 / 3,
            bound=1e-8,
        ),
        cap=512,
    )


def in_samples(decay, sparsity, world, rows, margin, rivals, tier="standard", cap=512):
    """Exponent of the probability in D at ω = 4."""
    sizes = world["n_samples"]
    first = [k * len(world["thresholds"]) for k in range(len(sizes))]

    @cache
    def theory():
        return law.instability(**world)

    def power(exponent):
        def predict():
            own = theory().values["unstable"]
            return {"unstable": [own[0] * (D / sizes[0]) ** -exponent for D in sizes for _ in world["thresholds"]]}

        return predict

    return Claim(
        name=f"sparse_instability_in_samples[decay={float(decay):g},sparsity={sparsity}]",
        statement="Where amplitudes grow with rarity the probability of an unstable step falls with the number of "
        "samples as slowly as D^(−α/(η − 1 − α)).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.instability, world | {"n_rows": rows}),
        predict=theory,
        quantity=Rate("unstable", points=first, n_samples=sizes, trials=[rows // D for D in sizes]),
        margin=margin,
        because="a third of the exponent itself",
        rivals={name: power(value) for name, value in rivals.items()},
        asymptote=Asymptote(
            law=lambda: symbolic.values(symbolic.sample_exponent(), decay=decay, sparsity=sparsity),
            finite=lambda D: local_exponent(
                lambda size, digits: probability(size, decay=decay, sparsity=sparsity, threshold=4, digits=digits),
                D,
                12,
            ),
            sizes=(10**10, 10**20),
            order=float(decay / (sparsity - 1 - decay)),
            bound=1e-7,
        ),
        tier=tier,
        cap=cap,
    )


ODD = {"decay": 1, "sparsity": 4, "n_modes": 4000, "n_samples": (10, 30, 100), "thresholds": (4,)}


def in_threshold():
    """Exponent in ω at D = 30, hence in the step."""
    points = range(len(THRESHOLDS))

    def falling(shape):
        def predict():
            own = heavy_law().values["unstable"]
            return {"unstable": [own[0] * shape(w) for _, w in POINTS]}

        return predict

    def power(exponent):
        return falling(lambda w: (w / THRESHOLDS[0]) ** -exponent)

    return Claim(
        name="sparse_instability_in_step[decay=0.5,sparsity=3]",
        statement="Where amplitudes grow with rarity the largest eigenvalue has a Pareto tail: the probability of an "
        "unstable step h grows as h^((η − 1)/(η − 1 − α)).",
        source=SOURCE,
        formula_from="derived here",
        experiment=HEAVY_DATA,
        predict=heavy_law,
        quantity=Rate("unstable", points=points, threshold=THRESHOLDS),
        margin=0.12,
        because="less than half of the distance to tail index 1",
        rivals={
            "tail index (η − 1)/η": power(2 / 3),
            "tail index 1": power(1.0),
            "tail index 5/3": power(5 / 3),
            "exponential in ω": falling(lambda w: math.exp(1 - w / 4)),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.values(symbolic.index_of_tail(), decay=HALF, sparsity=3),
            finite=lambda D: local_exponent(
                lambda w, digits: probability(D, decay=HALF, sparsity=3, threshold=w, digits=digits), 4, 12
            ),
            sizes=(10**10, 10**20),
            order=1 / 3,
            bound=1e-7,
        ),
        cap=512,
    )


# Random features: the spike is seen through |f|² ~ χ²_N/N.

WIDTHS = (4, 8)
FEATURES = {"decay": 1, "sparsity": 3, "n_modes": 2000, "n_features": WIDTHS, "n_samples": 10, "thresholds": (12,)}


def features():
    q = 2  # (η − 1)/(η − 1 − α)

    @cache
    def theory():
        return law.instability_of_features(**FEATURES)

    def instead(factor):
        """The theory with another factor of N features."""

        def predict():
            true = [float(symbolic.feature_factor().subs({symbolic.N: N, symbolic.Q: q})) for N in WIDTHS]
            own = theory().values["unstable"]
            return {"unstable": own * np.array([factor(N) / f for N, f in zip(WIDTHS, true, strict=True)])}

        return predict

    return Claim(
        name="sparse_instability_of_features[decay=1,sparsity=3]",
        statement="N random features make an unstable step more likely, by E(χ²_N/N)^q, q the tail index of the "
        "largest eigenvalue.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.instability_of_features, FEATURES | {"n_rows": 40_960}),
        predict=theory,
        quantity=Value("unstable", n_features=WIDTHS),
        margin=0.17,
        because="less than half of the factor 3/2 of four features",
        rivals={
            "no correction": instead(lambda _: 1.0),
            "E(χ²_N/N)^(2q)": instead(lambda N: math.gamma(N / 2 + 2 * q) / math.gamma(N / 2) * (2 / N) ** (2 * q)),
            "factor below 1, of the median feature": instead(lambda N: (1 - 2 / (9 * N)) ** (3 * q)),
        },
        cap=1024,
    )


claims = [
    heavy(),
    in_samples(
        HALF,
        3,
        HEAVY,
        153_600,
        0.1,
        {"no dependence on D": 0.0, "one row alone, D^−q": 4 / 3, "tail index (η − 1)/η": -1 / 3},
    ),
    in_samples(
        1,
        4,
        ODD,
        25_600,
        0.17,
        {"no dependence on D": 0.0, "one row alone, D^−q": 1.5, "tail index (η − 1)/η": -1 / 4},
        "smoke",
        256,
    ),
    in_threshold(),
    features(),
]
