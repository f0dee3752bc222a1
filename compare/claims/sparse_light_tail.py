"""Gradient descent where amplitudes do not grow with rarity, sparsity <= 1 + decay: large deviations, no power law."""

import math
from functools import cache

import numpy as np

import theory.sparse_features.instability as law
from compare import Asymptote, Claim, Experiment, Value
from sim.sparse_features import instability as lab

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/descent.md"
LIGHT_SAMPLES = (50, 100, 200, 300)
RARE = 0.1  # activation probability of the first coordinate


def light_tail(sparsity, n_modes):
    world = {
        "decay": 1,
        "sparsity": sparsity,
        "n_modes": n_modes,
        "scale": RARE,
        "n_samples": LIGHT_SAMPLES,
        "thresholds": (2,),
    }
    sizes = np.array(LIGHT_SAMPLES)

    @cache
    def theory():
        return law.instability(**world)

    def first():
        return theory().values["unstable"]

    def rate():
        return law.large_deviation_rate(2, RARE)

    def power():
        near, far = first()[:2]
        return {"unstable": near * (sizes / 50) ** -(math.log(near / far) / math.log(2))}

    return Claim(
        name=f"sparse_instability_light_tail[decay=1,sparsity={sparsity}]",
        statement="Where amplitudes do not grow with rarity the probability of an unstable step is that of a large "
        "deviation of one coordinate, exponentially small in D.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.instability, world | {"n_rows": 76_800}),
        predict=theory,
        quantity=Value("unstable", n_samples=LIGHT_SAMPLES),
        margin={f"log value [n_samples={D}]": m for D, m in zip(LIGHT_SAMPLES, (0.05, 0.1, 0.25, 0.5), strict=True)},
        because="at D = 300 a power law through the first two sizes is three times too high",
        rivals={
            "power law through the first two sizes": power,
            "the rate e^(−DI) alone": lambda: {"unstable": np.exp(-rate() * sizes)},
            "no dependence on the number of samples": lambda: {"unstable": first()[0] * np.ones(len(sizes))},
        },
        asymptote=Asymptote(
            law=rate,
            finite=lambda D: -law.log_exceedance(D, 2, RARE) / D,
            sizes=(10**4, 10**5, 10**6),
            order=0.9,
            bound=2e-5,
        ),
        cap=512,
    )


claims = [light_tail(0, 8), light_tail(1.5, 200), light_tail(2, 200)]
