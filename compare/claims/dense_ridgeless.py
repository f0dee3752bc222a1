"""Ridgeless random features at finite size: duality, the double-descent factor, label noise, variance limit.

These laws are themselves the identities that a faster simulation could use, so both sides of the peak run on
explicit data and explicit features.
"""

from fractions import Fraction

import theory.random_features as law
import theory.random_features_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Exponent, Level, Prediction, Ratio, Together
from sim import random_features as lab
from theory.exponents import local_exponent
from theory.precision import as_mpf, ball

NARROW = ((24, 32), (28, 40), (24, 40), (20, 40))
CELLS = NARROW + tuple((D, N) for N, D in NARROW)
FEATURES, SAMPLES = zip(*CELLS, strict=True)
SMALLER = [min(cell) for cell in CELLS]
GAP = [abs(N - D) for N, D in CELLS]
WORLD = {"decay": 1, "n_modes": 512, "cells": CELLS}
EXPERIMENT = Experiment(lab.ridgeless, WORLD)
BELOW = range(len(NARROW))
ABOVE = range(len(NARROW), len(CELLS))


def conditional(factor):
    """The double-descent law with another factor in place of (X − 1)/(X − m − 1)."""
    return lambda given: Prediction(
        {"bias": [factor(min(c), max(c)) * u for c, u in zip(CELLS, given["unresolved"], strict=True)]}
    )


exchange = Ratio("bias", [(k, k + len(NARROW)) for k in BELOW], n_features=FEATURES, n_samples=SAMPLES)


def one_sided():
    """Double descent on the side N < D only."""
    unresolved = law.unresolved(decay=1, n_modes=512, n_features=SMALLER).values["unresolved"]
    factor = [(D - 1) / (D - N - 1) if N < D else 1.0 for N, D in CELLS]
    return Prediction({"bias": factor * unresolved})


def with_label_noise(variance):
    """The whole loss, label noise included, in place of the noiseless one."""
    columns = law.ridgeless(**WORLD).values
    return Prediction({"bias": columns["bias"] + variance * columns["noise"]})


duality = Claim(
    name="dense_duality[decay=1]",
    statement="Without label noise and for an isotropic teacher the mean loss of N features on D samples equals "
    "that of D features on N samples.",
    source="Maloney, Roberts & Sully 2022; exact identity derived in docs/random_features.md",
    formula_from="derived here",
    experiment=EXPERIMENT,
    predict=lambda: Prediction(dict.fromkeys(exchange.names, 0.0)),
    quantity=exchange,
    margin=0.04,
    because="4 % in the ratio is about a third of what a label-noise variance of 0.03 would do",
    rivals={
        "double descent on one side only": one_sided,
        "label noise of variance 0.1 included": lambda: with_label_noise(0.1),
        "label noise of variance 0.03 included": lambda: with_label_noise(0.03),
    },
    tier="smoke",
)

double_descent = Claim(
    name="dense_double_descent[decay=1]",
    statement="The ridgeless loss is the unresolved loss of the smaller side times (X − 1)/(X − m − 1), on both "
    "sides of the peak, with m = min(N, D) and X = max(N, D).",
    source="Maloney, Roberts & Sully 2022; exact finite-size factor derived in docs/random_features.md",
    formula_from="derived here",
    experiment=EXPERIMENT,
    given=("unresolved",),
    predict=lambda given: law.conditional_bias(given, cells=CELLS),
    quantity=Curve("bias", slopes=("gap",), gap=GAP, n_features=FEATURES),
    margin={"level": 0.015, "slope in gap": 0.05, "shape": 0.05},
    because="X/(X − m), the proportional limit, is off by 3 to 11 % at these sizes, by 6 % in level",
    rivals={
        "X/(X − m), the proportional limit": conditional(lambda m, X: X / (X - m)),
        "(X + 1)/(X − m + 1)": conditional(lambda m, X: (X + 1) / (X - m + 1)),
        "no factor": conditional(lambda m, X: 1.0),
    },
    asymptote=Asymptote(
        law=lambda: symbolic.double_descent_limit().subs(symbolic.RATIO, Fraction(2, 3)),
        finite=lambda X: law.double_descent_factor(2 * X // 3, X),
        sizes=(3 * 10**3, 3 * 10**6, 3 * 10**9),
        order=1,
        bound=1e-8,
    ),
    tier="smoke",
)

noise_below = Claim(
    name="dense_label_noise_below_peak[decay=1]",
    statement="With fewer features than samples, label noise of variance σ² adds σ² N/(D − N − 1) to the loss, "
    "whatever the spectrum.",
    source="Hastie, Montanari, Rosset & Tibshirani 2019; exact, derived in docs/random_features.md",
    formula_from="standard",
    experiment=EXPERIMENT,
    predict=lambda: law.ridgeless(**WORLD),
    quantity=Level("noise", points=BELOW, n_features=FEATURES[:4], n_samples=SAMPLES[:4]),
    margin=0.025,
    because="less than a third of the error of the proportional limit N/(D − N)",
    rivals={
        "N/(D − N), the proportional limit": lambda: Prediction({"noise": [N / abs(D - N) for N, D in CELLS]}),
        "N and D swapped": lambda: Prediction({"noise": [D / (abs(D - N) - 1) for N, D in CELLS]}),
        "N/(D − N + 1)": lambda: Prediction({"noise": [N / (abs(D - N) + 1) for N, D in CELLS]}),
    },
)

noise_above = Claim(
    name="dense_label_noise_above_peak[decay=1]",
    statement="With more features than samples, label noise adds σ² times the conditional law: a resolved part "
    "of the data plus its unresolved part divided by N − D − 1.",
    source="Maloney, Roberts & Sully 2022; exact given the data, derived in docs/random_features.md",
    formula_from="standard",
    experiment=EXPERIMENT,
    given=("noise_resolved", "noise_unresolved"),
    predict=lambda given: law.conditional_noise(given, cells=CELLS),
    quantity=Level("noise", points=ABOVE, n_features=FEATURES[4:], n_samples=SAMPLES[4:]),
    margin=0.02,
    because="less than half of what the missing −1 in N − D − 1 would do",
    rivals={
        "N − D in place of N − D − 1": lambda given: Prediction(
            {"noise": [given["noise_resolved"][k] + given["noise_unresolved"][k] / GAP[k] for k in range(len(CELLS))]}
        ),
        "N and D swapped: D/(N − D − 1)": lambda given: Prediction(
            {"noise": [min(cell) / (abs(cell[0] - cell[1]) - 1) for cell in CELLS]}
        ),
        "resolved part dropped": lambda given: Prediction(
            {"noise": given["noise_unresolved"] / [gap - 1 for gap in GAP]}
        ),
    },
)

STEPS = (8, 16, 32, 64, 128)
WIDE = tuple((16, 16 + k) for k in STEPS) + tuple((16 + k, 16) for k in STEPS)
LIMIT = {"decay": 1, "n_modes": 512, "cells": WIDE}
DISTANCE = [k - 1 for k in STEPS]


def against(power):
    """Excess falling as the given power of X, on both sides."""
    return Prediction({"excess": [max(cell) ** -power for cell in WIDE]})


variance_limited = Claim(
    name="dense_variance_limited[decay=1]",
    statement="What limited data (or limited features) add to the loss of the other side's limit falls with "
    "exponent exactly 1 in X − m − 1, not in X.",
    source="Bahri, Dyer, Kaplan, Lee & Sharma 2021; finite-size form derived in docs/random_features.md",
    formula_from="standard",
    experiment=Experiment(lab.ridgeless, LIMIT),
    predict=lambda: law.excess(**LIMIT),
    quantity=Together(
        samples=Exponent("excess", points=range(5), samples_minus_features_minus_1=DISTANCE),
        features=Exponent("excess", points=range(5, 10), features_minus_samples_minus_1=DISTANCE),
    ),
    margin=0.04,
    because="a ninth of the distance to exponent 1 in X, half of that to exponent 1 in X − m + 1",
    rivals={
        "exponent 1 in X": lambda: against(1.0),
        "exponent 1/2, a Monte-Carlo rate": lambda: Prediction({"excess": [(abs(N - D) - 1) ** -0.5 for N, D in WIDE]}),
        "exponent 1 in X − m + 1": lambda: Prediction({"excess": [1 / (abs(N - D) + 1) for N, D in WIDE]}),
    },
    asymptote=Asymptote(
        law=symbolic.variance_limited_exponent,
        finite=lambda size: local_exponent(lambda X, _: as_mpf(ball(law.double_descent_factor(16, X) - 1)), size),
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=1e-7,
    ),
)

claims = [duality, double_descent, noise_below, noise_above, variance_limited]
