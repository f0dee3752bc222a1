"""Trained networks against the explanation that a wide network is an ensemble of independent narrow ones.

The recipes are those of the bank that reproduce the exponent 1 on calibration networks. Each statement of the
explanation is tried as it stands and, where it fails, the size of the effect is claimed beside it: measured on the
calibration networks (other random numbers), predicted for these.
"""

import math

from compare import Claim, Difference, Experiment, Exponent, Level, Prediction, Together
from sim.lottery_tickets.bank import BANK, WIDTHS
from sim.lottery_tickets.sweep import sweep

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/networks.md"
EVIDENCE = "The paper's learning rate, schedule, steps and batching are not known to us: this is about our recipe."
SHORT = {"standard,0.003,nodes": "standard", "mean_field,0.03,nodes": "mean_field", "ntk,0.01,nodes": "ntk"}
"""Recipes of the bank that reproduce the exponent 1, and what claims call them."""
TIERS = dict.fromkeys(SHORT, "full") | {"mean_field,0.03,nodes": "standard"}
"""One recipe in every run of the suite; each costs minutes of training. What needs more than 64 draws is full."""
CAP = {recipe: 512 if tier == "full" else 256 for recipe, tier in TIERS.items()}
"""Most draws for the size of an effect, where the gap to the calibration networks may be half a margin."""
WIDE = WIDTHS[2:]
NARROW = (0, 1, 2)
LAST = (3, 4, 5)


def networks(recipe):
    """The experiment that all claims about a recipe share."""
    return Experiment(sweep, {"n_neurons": WIDTHS, **BANK[recipe]})


def said(value, part):
    """A prediction of one part."""
    return lambda: Prediction({part: [value]})


def stated(name, recipe, quantity, part, value, margin, rivals, *, refuted="", **fields):
    """A claim on one recipe that predicts one part by name; ``refuted`` is the evidence against it."""
    outcome = {"expect": "disagrees", "evidence": f"{refuted} {EVIDENCE}"} if refuted else {}
    return Claim(
        name=f"ticket_{name}[{SHORT[recipe]}]",
        source=SOURCE,
        experiment=networks(recipe),
        quantity=quantity,
        predict=said(value, part),
        margin=margin,
        rivals={name: said(other, part) for name, other in rivals.items()},
        **{"cap": 256, "tier": TIERS[recipe]} | outcome | fields,
    )


RECIPES = tuple(SHORT)
AVERAGES = Level("log_average4", logged=True, points=(2, 3), total_width=(128, 256))
JOINT = Level("log_loss", logged=True, points=(4, 5), total_width=(128, 256))
BEFORE_BEND = Exponent("log_loss", logged=True, points=NARROW, n_neurons=WIDTHS[:3])
AFTER_BEND = Exponent("log_loss", logged=True, points=LAST, n_neurons=WIDTHS[3:])
GAIN = {RECIPES[0]: 0.95, RECIPES[1]: 0.6, RECIPES[2]: 1.0}
SHARE = {RECIPES[0]: 0.63, RECIPES[1]: 0.78, RECIPES[2]: 0.6}
BIAS_EXPONENT = {RECIPES[0]: 0.8, RECIPES[1]: 0.5, RECIPES[2]: 0.9}
BEND = {RECIPES[0]: 1.15, RECIPES[1]: 1.55}
"""Measured on 64 calibration networks a width, root seed 7001; see docs/lottery_tickets/networks.md."""


def from_column(column, factor):
    """A conditional law: the column of these very networks times a factor."""
    return lambda given: {"loss" if column == "variance" else "square_bias": factor * given[column]}


# A wide network against the average of narrow ones, trained alike.

of_four = [
    stated(
        "ensemble_of_four",
        recipe,
        Difference(AVERAGES, JOINT),
        "difference",
        0.0,
        0.2,
        {"an ensemble is 2.2 times better": -math.log(2.2), "an ensemble is 4 times better": -math.log(4)},
        refuted="Joint training is better by a factor of 1.8 to 2.7, see ticket_joint_better: it removes errors that "
        "all narrow networks share, which no average does.",
        statement="A trained network has the loss of the average of four independent networks of a quarter of its "
        "width.",
        formula_from="paper",
        because="a seventh of the factor of four that averaging can gain",
    )
    for recipe in RECIPES
]
joint_better = [
    stated(
        "joint_better",
        recipe,
        Difference(AVERAGES, JOINT),
        "difference",
        GAIN[recipe],
        0.3,
        {"no better than an ensemble": 0.0, "16 times better": math.log(16)},
        statement="Four networks trained jointly as one are better than their average, by the factor found on "
        "calibration networks.",
        formula_from="measured",
        because="half of the smallest effect found on calibration networks",
        cap=CAP[recipe],
    )
    for recipe in RECIPES
]

# The loss split into variance between networks and squared bias, which all share.

is_variance = [
    Claim(
        name=f"ticket_loss_is_variance[{SHORT[recipe]}]",
        statement="The loss of a trained network is the variance between networks.",
        source=SOURCE,
        formula_from="paper",
        experiment=networks(recipe),
        given=("variance",),
        predict=from_column("variance", 1),
        quantity=Level("loss", points=range(2, 6), n_neurons=WIDE),
        margin=0.4,
        because="a third of the loss may be something else",
        rivals={
            "a third of the variance": from_column("variance", 1 / 3),
            "a tenth of the variance": from_column("variance", 0.1),
        },
        cap=256,
        tier=TIERS[recipe],
        expect="disagrees",
        evidence="Most of the loss is squared bias, the error of the mean of all networks, see ticket_bias_share. "
        + EVIDENCE,
    )
    for recipe in RECIPES
]
bias_share = [
    Claim(
        name=f"ticket_bias_share[{SHORT[recipe]}]",
        statement="From 32 neurons on most of the loss of a trained network is error that all networks share, in the "
        "share found on calibration networks.",
        source=SOURCE,
        formula_from="measured",
        experiment=networks(recipe),
        given=("loss",),
        predict=from_column("loss", SHARE[recipe]),
        quantity=Level("square_bias", points=range(2, 6), n_neurons=WIDE),
        margin=0.3,
        because="distinguishes most of the loss from half of it or less",
        rivals={"a quarter of the loss": from_column("loss", 0.25), "a tenth of the loss": from_column("loss", 0.1)},
        cap=256,
        tier=TIERS[recipe],
    )
    for recipe in RECIPES
]
variance_exponent = stated(
    "variance_exponent",
    RECIPES[1],
    Exponent("variance", points=range(2, 6), n_neurons=WIDE),
    "exponent",
    1.0,
    0.35,
    {"exponent 0": 0.0, "exponent 2": 2.0},
    statement="The variance between trained networks falls as one over their width.",
    formula_from="paper",
    because="a third of the distance to the neighbouring whole exponents; the range of widths is short",
    tier="full",
    cap=1024,
)
bias_constant = [
    stated(
        "bias_exponent",
        recipe,
        Exponent("square_bias", points=range(2, 6), n_neurons=WIDE),
        "exponent",
        0.0,
        0.2,
        {"grows with exponent 3/4": -0.75, "exponent 2": 2.0},
        refuted="The squared bias falls as well, see ticket_bias_falls.",
        statement="The error that all trained networks share does not depend on their width.",
        formula_from="paper",
        because="a fifth of the exponent of the variance",
    )
    for recipe in RECIPES
]
bias_falls = [
    stated(
        "bias_falls",
        recipe,
        Exponent("square_bias", points=range(2, 6), n_neurons=WIDE),
        "exponent",
        BIAS_EXPONENT[recipe],
        0.25,
        {"does not fall": 0.0, "exponent 2": 2.0},
        statement="The error that all trained networks share falls with their width, with the exponent found on "
        "calibration networks.",
        formula_from="measured",
        because="half of the smallest exponent found on calibration networks",
        cap=CAP[recipe],
    )
    for recipe in RECIPES
]

# One power law or a bend.

one_law = [
    stated(
        "one_power_law",
        recipe,
        Difference(BEFORE_BEND, AFTER_BEND),
        "difference",
        0.0,
        0.25,
        {"steeper at large width by 1": -1.0, "steeper at large width by 2": -2.0},
        refuted="Between 8 and 32 neurons the typical loss falls faster by more than one power of the width than "
        "between 64 and 256, see ticket_bend.",
        statement="One power law describes the typical loss of trained networks from 8 to 256 neurons.",
        formula_from="paper",
        because="the tolerance of the exponent itself",
    )
    for recipe in BEND
]
bend = [
    stated(
        "bend",
        recipe,
        Difference(BEFORE_BEND, AFTER_BEND),
        "difference",
        BEND[recipe],
        0.4,
        {"no bend": 0.0, "from N⁻⁴ to N⁻¹": 3.0},
        statement="The typical loss of trained networks falls less and less fast with their width, with the change of "
        "exponent found on calibration networks.",
        formula_from="measured",
        because="a third of the smaller effect found on calibration networks",
        cap=512,
        tier="full",
    )
    for recipe in BEND
]
LOSSES = Together(
    mean=Exponent("loss", points=range(2, 6), n_neurons=WIDE),
    typical=Exponent("log_loss", logged=True, n_neurons=WIDTHS),
    best=Exponent("log_best", logged=True, n_neurons=WIDTHS),
)
FOUND = {RECIPES[0]: (0.99, 1.18, 0.87), RECIPES[1]: (0.58, 1.11, 0.82), RECIPES[2]: (0.8, 1.03, 0.89)}


def three(values):
    """Predictions of the parts of LOSSES."""
    return lambda: Prediction({name: [value] for name, value in zip(LOSSES.names, values, strict=True)})


losses = [
    Claim(
        name=f"ticket_loss_exponents[{SHORT[recipe]}]",
        statement="Mean, typical and best loss of trained networks fall with exponents of their own, found on "
        "calibration networks.",
        source=SOURCE,
        formula_from="measured",
        experiment=networks(recipe),
        predict=three(FOUND[recipe]),
        quantity=LOSSES,
        margin=0.25,
        because="the tolerance of the exponent 1",
        rivals={"exponent 1/2": three((0.5, 0.5, 0.5)), "exponent 2": three((2.0, 2.0, 2.0))},
        cap=256,
        tier=TIERS[recipe],
    )
    for recipe in RECIPES
]

claims = [
    *of_four,
    *joint_better,
    *is_variance,
    *bias_share,
    variance_exponent,
    *bias_constant,
    *bias_falls,
    *one_law,
    *bend,
    *losses,
]
