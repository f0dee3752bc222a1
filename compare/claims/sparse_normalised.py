"""Sparse rows divided by their norm: amplitudes are erased, rarity is all that is left."""

from fractions import Fraction

import mpmath
import numpy as np

import theory.sparsity_models.leak_laws as symbolic
import theory.sparsity_models.normalised as law
from compare import Asymptote, Claim, Experiment, Exponent, Mean
from sim.sparsity_models import normalised as lab
from theory.sparse_features import pairs
from theory.sparse_features.instability import instability
from theory.spectra import trace

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/leak_and_normalised.md"
SAMPLES = (100, 300, 1000)
FAR = (10**12, 10**24, 10**36)


def local(decay, sparsity):
    """Exponent of the unseen variance of normalised rows between D and 2D."""

    def value(D):
        one, two = (law.unseen_at(n, decay=decay, sparsity=sparsity) for n in (D, 2 * D))
        return mpmath.log(mpmath.mpf(one) / mpmath.mpf(two)) / mpmath.log(2)

    return value


def exponent(decay, sparsity, rivals):
    rows = {"decay": float(decay), "sparsity": sparsity, "n_modes": 2000, "n_samples": SAMPLES}

    def falling(power):
        return lambda: {"loss": np.array(SAMPLES) ** -float(power)}

    return Claim(
        name=f"sparse_normalised_exponent[decay={float(decay):g},sparsity={sparsity}]",
        statement="On rows divided by their norm the data exponent forgets the spectrum: where sparsity exceeds "
        "1 + decay it is (sparsity − 1)/sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.learned, rows | {"n_test": 40_000, "n_replicates": 4}),
        predict=lambda: law.normalised(**rows),
        quantity=Exponent("loss", n_samples=SAMPLES),
        margin=0.06,
        because="less than half of the distance to any other exponent built from the two; at these sizes the finite "
        "sum has an exponent 0.04 below the limit",
        rivals={"α/η, the loss of rows as they are": lambda: pairs.infinite_features(**rows)}
        | {name: falling(power) for name, power in rivals.items()},
        asymptote=Asymptote(
            law=lambda: symbolic.normalised_data_exponent().subs(symbolic.ETA, sparsity),
            finite=local(decay, sparsity),
            sizes=FAR,
            order=float((sparsity - 1 - decay) / (2 * sparsity)),
            bound=1e-6,
        ),
        cap=1024,
    )


COORDINATES = (2, 4, 8, 16)
HEAVY = {"decay": 1.0, "sparsity": 3, "n_modes": 2000}


def spectrum():
    def falling(power):
        return lambda: {"power": np.array(COORDINATES) ** -float(power)}

    return Claim(
        name="sparse_normalised_spectrum[decay=1,sparsity=3]",
        statement="On rows divided by their norm the variance of a rare coordinate is the probability that it is "
        "active: the spectrum falls with the sparsity, whatever the decay.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.powers, HEAVY | {"coordinates": COORDINATES, "n_rows": 40_000}),
        predict=lambda: law.powers(coordinates=COORDINATES, **HEAVY),
        quantity=Exponent("power", coordinate=COORDINATES),
        margin=0.15,
        because="less than half of the distance to the mean of both exponents",
        rivals={
            "the spectrum of rows as they are, 1 + α": falling(2),
            "the mean of both exponents, (1 + α + η)/2": falling(2.5),
            "amplitudes divided out twice, 2η − 1 − α": falling(4),
        },
        asymptote=Asymptote(
            law=lambda: 1,
            finite=lambda i: mpmath.mpf(law.share_at(i, decay=1, sparsity=3)),
            sizes=(10**6, 10**12, 10**18),
            order=0.5,
            bound=1e-8,
        ),
        cap=1024,
        tier="smoke",
    )


STEADY = {"decay": 0.5, "sparsity": 3, "n_modes": 2000, "n_samples": (30,), "thresholds": (2.0,)}


def stable():
    """At h = 1, that is ω = 2."""

    def base(threshold):
        return lambda: instability(**STEADY | {"thresholds": (threshold,)})

    def own_scale():
        return instability(**STEADY | {"thresholds": (2 * float(trace(decay=Fraction(1, 2), n_modes=2000)),)})

    return Claim(
        name="sparse_normalised_stable[decay=0.5,sparsity=3]",
        statement="On rows divided by their norm a fixed step h up to 2 is never unstable, since the largest "
        "eigenvalue is at most the trace, 1.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.unstable, STEADY | {"n_rows": 1500}),
        predict=lambda: {"unstable": [0.0]},
        quantity=Mean("unstable", n_samples=STEADY["n_samples"], threshold=STEADY["thresholds"]),
        margin=0.01,
        because="half of what would be left if normalising did no more than divide all rows by one number",
        rivals={
            "the power law of rows as they are": base(2.0),
            "all rows divided by one number: the power law at ω tr Λ": own_scale,
            "as often as a threshold twice as high": base(4.0),
        },
        cap=64,
        tier="smoke",
    )


claims = [
    exponent(Fraction(1), 3, {"α/(1 + α)": 0.5, "dense: η − 1": 2.0}),
    exponent(
        Fraction(1, 2), 3, {"α/(1 + α)": 1 / 3, "(η − 1)/(η + 1), as D/N on the frontier": 0.5, "dense: η − 1": 2.0}
    ),
    spectrum(),
    stable(),
]
