"""The empirical exponent: median loss against width in every recipe of the bank, over both windows."""

from compare import Claim, Exponent, Medians, Prediction, Together
from compare.claims.ticket_networks import SHORT, TIERS, networks
from sim.lottery_tickets.bank import FULL, GATE, STANDARD, WIDTHS, WINDOWS

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/networks.md"
EVIDENCE = "The paper's learning rate, schedule, steps and batching are not known to us: this is about our recipes."
NAMES = SHORT | {FULL[0]: "standard_batches"}


def claim(name, recipes, window, statement, **fields):
    """The exponent 1 of medians over one window in several recipes at once, one part each."""
    sizes = WINDOWS[window]
    points = range(WIDTHS.index(sizes[0]), len(WIDTHS))
    quantity = Together(
        **{
            NAMES[recipe]: Medians(Exponent(f"{NAMES[recipe]}.loss", points=points, n_neurons=sizes))
            for recipe in recipes
        }
    )

    def all_of(value):
        return lambda: Prediction({part: [value] for part in quantity.names})

    return Claim(
        name=name,
        statement=statement,
        source=SOURCE,
        formula_from="paper",
        experiment={NAMES[recipe]: networks(recipe) for recipe in recipes},
        predict=all_of(1.0),
        quantity=quantity,
        margin=GATE,
        because="declared with the bank: within a quarter of 1",
        rivals={"exponent 0": all_of(0.0), "exponent 2": all_of(2.0)},
        cap=256,
        **fields,
    )


reproduced = [
    claim(
        f"ticket_bank_reproduced[recipe={NAMES[recipe]},window=all]",
        (recipe,),
        "all widths",
        "Over all widths from 8 to 256 the median loss of networks trained by this recipe falls as one over their "
        "width.",
        tier=TIERS[recipe],
    )
    for recipe in STANDARD[1:]
]
wide = claim(
    "ticket_bank_exponent[window=32]",
    STANDARD,
    "from 32 on",
    "In the recipes of the bank the median loss of trained networks falls as one over their width from 32 to 256 "
    "neurons.",
    expect="disagrees",
    evidence="In the mean-field recipe, which reproduces the exponent 1 over all widths, it is about 1/2 from 32 on. "
    + EVIDENCE,
    tier="full",
)
batches = claim(
    "ticket_bank_batches[window=32]",
    FULL,
    "from 32 on",
    "Trained on fresh batches, networks of 32 to 256 neurons have a median loss that falls as one over their width.",
    expect="disagrees",
    evidence="About 0.63 on calibration networks; over all widths 0.70, which is undecided. " + EVIDENCE,
    tier="full",
)

claims = [*reproduced, wide, batches]
