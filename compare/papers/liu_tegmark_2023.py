"""A Neural Scaling Law from Lottery Ticket Ensembling (Liu & Tegmark 2023), with Sharma & Kaplan 2020."""

from __future__ import annotations

from collections.abc import Sequence

from compare.claim import Claim
from compare.papers.paper import Headline, Paper, Picture
from compare.verdict import Verdict

IDENTITIES = ("ticket_network_average", "ticket_neurons_drawn")
"""Claims that hold of any networks, however they were trained."""


def kind(claim: Claim) -> str:
    """Word for a claim: "exact", "empirical" (networks trained by a recipe), or "declared failure"."""
    if claim.expect == "disagrees":
        return "declared failure"
    trained = any({"rate", "n_steps"} <= set(experiment.parameters) for experiment in claim.experiments.values())
    return "empirical" if trained and claim.name.partition("[")[0] not in IDENTITIES else "exact"


def pictures(verdicts: Sequence[Verdict]) -> Sequence[Picture]:
    """Those that the verdicts have points for."""
    from compare.papers.liu_tegmark_figures import pictures  # matplotlib takes a second to load

    return pictures(verdicts)


paper = Paper(
    key="liu_tegmark_2023",
    reference="Liu & Tegmark 2023, A Neural Scaling Law from Lottery Ticket Ensembling (arXiv:2310.02258), with the "
    "4/d law of Sharma & Kaplan 2020",
    marks=("Liu & Tegmark 2023", "Sharma & Kaplan 2020"),
    setting="verdict",
    provenance="What is computed here was derived by us (docs/lottery_tickets.md). What is trained here are networks "
    "of one hidden layer on y = x², x in [−2, 2], as in the paper, by recipes of our own, written out in full: the "
    "paper's learning rate, schedule, number of steps and batches are not known to us. “Contradicted in our recipes” "
    "says that the statement is not a law of training; it never says that a plot of the paper is wrong.",
    found="What can be computed holds: independent tickets average with exponent 1 down to the bias that they share, "
    "affine pieces leave n^(−4/d), a pair of SiLU neurons fits x² as well as its weights allow; and in our recipes the "
    "variance over seeds falls as about 1/N, and networks of two neurons end in separate states. The loss of a wide "
    "SiLU network is not that variance: most of it is squared bias, which falls with the width as well, one wide "
    "network beats the average of four narrow ones, and without half of its tickets a network loses far more than "
    "independent tickets would.",
    headlines=(
        Headline(
            "Averaging gives 1/N",
            "The mean of N independent tickets has a loss that falls as 1/N, by the central limit theorem.",
            (
                "ticket_average",
                "ticket_loss_spread",
                "ticket_loss_median",
                "ticket_skewness",
                "ticket_shifted",
                "ticket_bias",
                "ticket_kernel_flow*",
                "ticket_stratified",
                "ticket_network_average",
                "ticket_neurons_drawn",
            ),
        ),
        Headline(
            "Approximation theory: 4/d",
            "Piecewise-linear approximation in d dimensions has a mean square error that falls as n^(−4/d), which for "
            "one input is far steeper than 1/N.",
            ("piecewise_*", "ticket_relu_bound", "ticket_relu_two_neurons"),
        ),
        Headline(
            "A pair of neurons is enough",
            "Two SiLU neurons approximate x² as well as one likes, so that approximation sets no power law in N.",
            ("ticket_smooth*",),
        ),
        Headline(
            "The variance over seeds falls as 1/N",
            "Trained networks that differ in their seed alone vary about their mean with a variance that falls as 1/N.",
            ("ticket_network_variance", "ticket_network_symmetry", "ticket_variance_exponent"),
            about="recipes",
        ),
        Headline(
            "Networks of two neurons: discrete losses, symmetric pairs",
            "Networks of two neurons end at a few discrete losses, the best of them as symmetric pairs.",
            (
                "ticket_discrete_losses",
                "ticket_symmetric_share",
                "ticket_found_bias",
                "ticket_pair_bias_shift",
                "ticket_constant_loss",
                "ticket_constant_share",
                "ticket_opposite_share",
            ),
            about="recipes",
        ),
        Headline(
            "Narrow ReLU networks follow 4/d",
            "Narrow trained ReLU networks of one input follow the optimum of affine pieces, with exponent 4.",
            ("ticket_relu_exponent",),
            beside=(
                "ticket_relu_exponent_found",
                "ticket_relu_steps",
                "ticket_relu_above_optimum",
                "ticket_relu_kinks",
            ),
            about="recipes",
        ),
        Headline(
            "The loss of SiLU networks falls as 1/N",
            "The loss of trained SiLU networks falls as 1/N.",
            ("ticket_bank_reproduced", "ticket_bank_exponent", "ticket_bank_batches"),
            beside=("ticket_loss_exponents",),
            about="recipes",
            unit="recipe",
        ),
        Headline(
            "One power law",
            "One exponent holds over the whole range of widths.",
            ("ticket_one_power_law",),
            beside=("ticket_bend",),
            about="recipes",
        ),
        Headline(
            "A wide network is an ensemble of narrow ones",
            "A network of 4N neurons loses what the average of four networks of N neurons loses.",
            ("ticket_ensemble_of_four",),
            beside=("ticket_joint_better",),
            about="recipes",
        ),
        Headline(
            "The loss is the variance of the ensemble",
            "What a wide network loses is its variance over seeds; the error that networks share does not depend on "
            "their width.",
            ("ticket_loss_is_variance", "ticket_bias_exponent"),
            beside=("ticket_bias_share", "ticket_bias_falls"),
            about="recipes",
        ),
        Headline(
            "The tickets of a network are independent",
            "A network is a sum of independent tickets: half of them lose twice as much.",
            ("ticket_half",),
            beside=("ticket_half_costs",),
            about="recipes",
        ),
        Headline(
            "A wider network has more tickets",
            "Training finds more symmetric pairs in a wider network, beyond those that are there by chance.",
            ("ticket_more_pairs",),
            beside=("ticket_pairs_growth",),
            about="recipes",
        ),
    ),
    caveats=(
        "An exponent of trained networks belongs to a recipe and a window of widths. The bank of recipes, both windows "
        "and the margin were written down before any of its networks was trained (sim/lottery_tickets/bank.py).",
        "Recipes of the bank that are not in a claim are listed, with what their calibration networks showed, in "
        "docs/lottery_tickets/networks.md; most of those tried did not reproduce the exponent 1.",
        "The statement that the same mechanism is at work in language models is not tested here: no claim is about it.",
        "In the 4/d law n counts the pieces of an adaptive partition, not neurons; trained networks are no test of it.",
        "The bend of wide ReLU networks towards 1/N is not on trial: in pilot runs it moves with the number of steps.",
        "Tickets of a trained network are pairs of neurons that mirror each other; larger ones are not looked for.",
        "Networks that diverge or end constant stay in every count.",
    ),
    kind=kind,
    pictures=pictures,
    yours="Learning rate, schedule, number of steps and batches of the plots would become one more recipe of "
    "sim/lottery_tickets/bank.py, to which every claim on trained networks here can be put. For the split of the loss "
    "into variance and squared bias the outputs of your networks on a grid are enough: it needs no recipe.",
)
