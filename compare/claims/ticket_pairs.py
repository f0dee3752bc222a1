"""Symmetric pairs of neurons, the tickets of a trained network: whether they are independent, how many there are."""

import math

from compare import Claim, Difference, Exponent, Level, Medians, Prediction
from compare.claims.ticket_networks import EVIDENCE, LAST, RECIPES, SHORT, TIERS, WIDE, networks
from sim.lottery_tickets.bank import WIDTHS

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/matching.md"
STANDARD, MEAN_FIELD = RECIPES[:2]
HALF = Medians(Level("log_half_tickets", logged=True, points=range(2, 6), n_neurons=WIDE))
COST = {STANDARD: 3.65, MEAN_FIELD: 6.3}
"""Measured on calibration networks, root seed 7002; see docs/lottery_tickets/matching.md."""


def ratio(value, allowance=0.0):
    """A prediction of the level of log ratios."""
    return lambda: Prediction({"level": [value]}, {"level": [allowance]})


halves = [
    Claim(
        name=f"ticket_half[{SHORT[recipe]}]",
        statement="A random half of the tickets of a trained network has twice the loss of all of them, as independent "
        "tickets have.",
        source=SOURCE,
        formula_from="paper",
        experiment=networks(recipe),
        predict=ratio(math.log(2), 0.15),
        quantity=HALF,
        margin=math.log(2),
        because="another factor of two; the median for independent tickets lies between 1.75 and 2",
        rivals={"a quarter of the loss": ratio(-math.log(4)), "an eighth of the loss": ratio(-math.log(8))},
        cap=256,
        tier=TIERS[recipe],
        expect="disagrees",
        evidence="The loss grows by a factor of 30 to 1000, see ticket_half_costs: the tickets of a network are "
        "fitted to each other. Tickets of more than two neurons are not excluded. " + EVIDENCE,
    )
    for recipe in SHORT
]
costs = [
    Claim(
        name=f"ticket_half_costs[{SHORT[recipe]}]",
        statement="To lose a random half of its tickets multiplies the loss of a trained network by the factor found "
        "on calibration networks.",
        source=SOURCE,
        formula_from="measured",
        experiment=networks(recipe),
        predict=ratio(level),
        quantity=HALF,
        margin=math.log(2),
        because="a factor of two",
        rivals={"fivefold less": ratio(level - math.log(5)), "fivefold more": ratio(level + math.log(5))},
        cap=256,
        tier=TIERS[recipe],
    )
    for recipe, level in COST.items()
]


def times(factor):
    """Pairs of the trained network as a multiple of those that it had before training."""
    return lambda given: {"pairs": factor * given["pairs_untrained"]}


more = Claim(
    name="ticket_more_pairs[mean_field]",
    statement="Training leaves a network of 64 to 256 neurons with 1.85 times the symmetric pairs that chance puts "
    "there before training.",
    source=SOURCE,
    formula_from="measured",
    experiment=networks(MEAN_FIELD),
    given=("pairs_untrained",),
    predict=times(1.85),
    quantity=Level("pairs", points=LAST, n_neurons=WIDTHS[3:]),
    margin=0.25,
    because="less than half of the excess over chance found on calibration networks",
    rivals={"no more than before training": times(1.0), "four times as many": times(4.0)},
    cap=256,
)
growth = [
    Claim(
        name=f"ticket_pairs_growth[{SHORT[recipe]}]",
        statement="The number of symmetric pairs of a trained network grows with its width as chance makes it grow "
        "before training.",
        source=SOURCE,
        formula_from="derived here",
        experiment=networks(recipe),
        predict=lambda: Prediction({"difference": [0.0]}),
        quantity=Difference(
            Exponent("pairs", points=LAST, n_neurons=WIDTHS[3:]),
            Exponent("pairs_untrained", points=LAST, n_neurons=WIDTHS[3:]),
        ),
        margin=0.45,
        because="a third of the exponent of about 1.5 with which chance makes them grow",
        rivals={
            "one power of the width faster": lambda: {"difference": [-1.0]},
            "not at all": lambda: {"difference": [1.5]},
        },
        cap=256,
        tier=TIERS[recipe],
    )
    for recipe in (STANDARD, MEAN_FIELD)
]

claims = [*halves, *costs, more, *growth]
