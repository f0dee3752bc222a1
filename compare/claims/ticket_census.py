"""Networks of two SiLU neurons trained on y = x²: which states they end in, and the pairs they find.

Shares are recorded figures of one recipe, not theory; the loss of a constant and the bias of a pair are theory.
"""

import numpy as np

import theory.lottery_tickets.census_laws as symbolic
from compare import Asymptote, Claim, Experiment, Level, Mean, Prediction, Together, Value
from compare.quantity import Contrasts, View
from sim.lottery_tickets.census import census
from theory.lottery_tickets import census as law

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/census.md"
RADIUS = 2
EDGES = tuple(-5.5 + 0.25 * k for k in range(25))
"""log10 loss, in quarters of a decade."""
LEFT = np.array(EDGES[:-1])
WINDOWS = (1.2, 1.35, 1.5)
PAIRS = Experiment(
    census,
    {
        "rate": 0.01,
        "n_steps": 10000,
        "n_nodes": 12,
        "half_width": RADIUS,
        "precision": "double",
        "n_networks": 64,
        "edges": EDGES,
        "gap": (-1.75, 0),
        "windows": WINDOWS,
        "low": -3.5,
    },
)
RECIPE = "(SiLU, uniform start, Adam at 0.01 falling as a cosine over 10000 steps, x in [−2, 2])"

bias_law = Claim(
    name="ticket_pair_bias_shift",
    statement="The best bias of a pair of SiLU neurons moves away from the zero of silu⁗ by −s₆/(22 s₅) w²R², 0.052562 "
    "w²R², as the input weight grows from zero.",
    source=SOURCE,
    formula_from="derived here",
    asymptote=Asymptote(
        law=symbolic.bias_shift_value,
        finite=symbolic.bias_shift_at,
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=1e-11,
    ),
    rivals={
        "no shift": lambda: 0,
        "x² and the level not taken off x⁴ and x⁶, −s₆/(30 s₅) × 9/11": lambda: (
            symbolic.bias_shift_value() * 22 * 9 / 330
        ),
    },
    tier="smoke",
)


def constant_of(loss):
    """A rival: another loss of a constant, in units of R⁴."""
    return lambda given: Prediction({"constant_loss": loss * RADIUS**4 * given["constant"]})


constant_peak = Claim(
    name="ticket_constant_loss",
    statement="Networks of two neurons that end as a constant all have the loss 4R⁴/45, the variance of x².",
    source=SOURCE,
    formula_from="derived here",
    experiment=PAIRS,
    given=("constant",),
    predict=lambda given: law.constants(given, radius=RADIUS),
    quantity=Level("constant_loss", networks=[1]),
    margin=0.003,
    because="exact at a minimum; a third of what 24 equally spaced points in place of the interval would change",
    rivals={
        "the variance of x² over 24 equally spaced cells": constant_of(4 / 45 - (4 / 9) / 24**2),
        "constant R²/4, the median of x²": constant_of(23 / 240),
        "constant R²/2, of least largest error": constant_of(7 / 60),
        "the zero function, R⁴/5": constant_of(1 / 5),
    },
    cap=64,
)


def share(column, value):
    return lambda: Prediction({column: [value]})


constants = Claim(
    name="ticket_constant_share",
    statement=f"About a sixth of networks of two neurons {RECIPE} learn nothing and end as a constant.",
    source=SOURCE,
    formula_from="measured",
    experiment=PAIRS,
    predict=share("constant", 0.175),
    quantity=Mean("constant", networks=[1]),
    margin=0.07,
    because="a recorded share of this recipe, without a theory: ten standard errors, less than half of the distance to "
    "none",
    rivals={
        "every network learns": share("constant", 0.0),
        "a third": share("constant", 1 / 3),
        "half": share("constant", 0.5),
    },
    cap=64,
)

symmetric = Claim(
    name="ticket_symmetric_share",
    statement=f"About a quarter of networks of two neurons {RECIPE} end as a symmetric pair, a hundred times as many "
    "as chance makes.",
    source=SOURCE,
    formula_from="measured",
    experiment=PAIRS,
    predict=share("symmetric", 0.275),
    quantity=Mean("symmetric", networks=[1]),
    margin=0.08,
    because="a recorded share of this recipe, without a theory: ten standard errors, a third of the distance to chance "
    "and to all opposite pairs",
    rivals={
        "chance, as before training: 59/24000": share("symmetric", 59 / 24000),
        "all pairs that are opposite by chance: half": share("symmetric", 0.5),
        "every network finds a pair": share("symmetric", 1.0),
    },
    cap=64,
)

facing = Claim(
    name="ticket_opposite_share",
    statement=f"Training {RECIPE} does not turn the neurons of a pair to face opposite ways: of the networks that "
    "learn, about half do, as many as by chance.",
    source=SOURCE,
    formula_from="derived here",
    experiment=PAIRS,
    given=("constant",),
    predict=law.facing,
    quantity=Mean("opposite", networks=[1]),
    margin=0.1,
    because="chance before training, with no theory of training: half of the distance to three in four",
    rivals={
        "three in four": lambda given: {"opposite": 0.75 * (1 - given["constant"])},
        "one in five": lambda given: {"opposite": 0.2 * (1 - given["constant"])},
        "every network that learns": lambda given: {"opposite": 1 - given["constant"]},
    },
    cap=64,
)


def biases(of):
    """A rival: another bias as a function of the moments of the input weight."""
    return lambda given: {"bias": of(given)}


found = Claim(
    name="ticket_found_bias",
    statement=f"The symmetric pairs that training finds {RECIPE} have the bias that is best at their input weight.",
    source=SOURCE,
    formula_from="derived here",
    experiment=PAIRS,
    given=("weight0", "weight1", "weight2", "weight3"),
    predict=lambda given: law.biases(given, windows=WINDOWS, radius=RADIUS),
    quantity=Value("bias", weight=[1.275, 1.425]),
    margin=0.02,
    because="the law is that of the best pair, which training approaches, no theory says how closely; less than half "
    "of the distance to the law of small weights",
    rivals={
        "its law of small weights, 1.03196 + 0.052562 w²R²": biases(
            lambda given: 1.03196 * given["weight0"] + 0.052562 * RADIUS**2 * given["weight2"]
        ),
        "1.27846, of the best single neuron": biases(lambda given: 1.27846 * given["weight0"]),
        "1.03196, the zero of silu⁗": biases(lambda given: 1.03196 * given["weight0"]),
        "half of it": lambda given: {"bias": law.biases(given, windows=WINDOWS, radius=RADIUS).values["bias"] / 2},
    },
    cap=64,
)

# The histogram of the loss.

RECORDED = (
    *(0, 0, 0.0002, 0.001, 0.0046, 0.0107, 0.0369, 0.1074, 0.0371, 0.0176, 0.0359, 0.1677),
    *(0.1284, 0.2229, 0.0332, 0, 0.0002, 0.0156, 0.002, 0, 0, 0, 0.1785, 0),
)
"""Shares of 4096 networks of a trial run on other random numbers."""
VALLEY, BANKS = (8, 9, 10), (7, 11)
DEPTH = np.zeros(len(LEFT))
DEPTH[list(VALLEY)], DEPTH[list(BANKS)] = 1 / 3, -1 / 2


def histogram(density):
    """A rival: a smooth density of log10 loss, at the middle of the bins; below none and above none are cut off."""

    def predict():
        shares = density(LEFT + 0.125)
        shares = shares / shares.sum()
        return Prediction({"share": shares, "between": [shares[(LEFT >= -1.75) & (LEFT < 0)].sum()]})

    return predict


def normal(mean, deviation):
    return lambda z: np.exp(-((z - mean) ** 2) / (2 * deviation**2))


discrete = Claim(
    name="ticket_discrete_losses",
    statement=f"The losses of networks of two neurons {RECIPE} gather in separate peaks: between 10^-3.5 and 10^-2.75 "
    "their density is about a fifth of that on either side, and hardly any lie between 10^-1.75 and 1.",
    source=SOURCE,
    formula_from="measured",
    experiment=PAIRS,
    predict=lambda: Prediction({"share": RECORDED, "between": [0.016]}),
    quantity=Together(
        valley=Contrasts("depth of a valley", View.of("share", {"log10_loss": LEFT + 0.125}, None), {"depth": DEPTH}),
        gap=Mean("between", networks=[1]),
    ),
    margin={"valley: depth": 0.5, "gap: mean": 0.08},
    because="recorded figures of this recipe, without a theory: a third of the distance to an even spread or one peak, "
    "a quarter of the share that either puts between",
    rivals={
        "log-uniform between 10^-5.25 and 10^0.25": histogram(lambda z: ((z > -5.25) & (z < 0.25)).astype(float)),
        "one lognormal peak, mean and spread as found": histogram(normal(-2.16, 1.22)),
        "one lognormal peak about the median, half as wide": histogram(normal(-2.4, 0.6)),
    },
    cap=64,
)

claims = [bias_law, constant_peak, constants, symmetric, facing, found, discrete]
