"""Median loss against width up to 10 000 neurons, 1024 networks a width, as in the paper; for a GPU.

    scaleproof check docs/lottery_tickets/paper_widths_claim.py --tier full --device cuda --records paper_widths

Finished units are kept: after an interruption the same command goes on where it stopped. For the cost see
docs/lottery_tickets/networks.md. Not part of the suite, since no machine of the project has run it.
"""

from compare import Claim, Experiment, Exponent, Medians, Prediction
from sim.lottery_tickets.bank import BANK, GATE
from sim.lottery_tickets.sweep import sweep

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 10000)
RECIPES = {"standard": "standard,0.003,nodes", "mean_field": "mean_field,0.03,nodes"}


def exponent(value):
    """The same exponent in place of 1."""
    return lambda: Prediction({"exponent": [value]})


claims = [
    Claim(
        name=f"ticket_paper_widths[{name}]",
        statement="The median loss of trained networks falls as one over their width from 32 to 10000 neurons.",
        source="Liu & Tegmark 2023; derived in docs/lottery_tickets/networks.md",
        formula_from="paper",
        experiment=Experiment(sweep, {"n_neurons": WIDTHS, "tickets": False, **BANK[recipe]}),
        predict=exponent(1.0),
        quantity=Medians(Exponent("loss", points=range(4, len(WIDTHS)), n_neurons=WIDTHS[4:])),
        margin=GATE,
        because="declared with the bank: within a quarter of 1",
        rivals={"exponent 0": exponent(0.0), "exponent 2": exponent(2.0)},
        tier="full",
        cap=1024,
    )
    for name, recipe in RECIPES.items()
]
