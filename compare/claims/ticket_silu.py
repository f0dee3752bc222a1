"""Tickets of SiLU neurons: a bias that no ensemble removes, and a neuron that is nearly unbiased."""

import numpy as np

from compare import Claim, Experiment, Level, Prediction, Together
from sim.lottery_tickets import silu_tickets as lab
from theory.lottery_tickets import silu_laws, silu_tickets as law

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/exact.md"
PAIRS = {"weights": ((0.5, 1.5), (1.0, 3.0)), "n_tickets": (1, 2, 4, 16, 64)}
SHIFTED = {"span": 2, "sharpness": 4, "n_tickets": (4, 16, 64, 256)}


def pairs(of):
    """A rival: the mean loss as a function of b², v and N."""

    def values():
        tickets = [silu_laws.pair(low, high) for low, high in PAIRS["weights"]]
        return Prediction(
            {"mse": [of(float(t.squared_bias), float(t.variance), n) for t in tickets for n in PAIRS["n_tickets"]]}
        )

    return values


bias = Claim(
    name="ticket_bias",
    statement="Averaging N pairs of SiLU neurons of random weight removes their variance and leaves their bias: the "
    "mean squared error is b² + v/N.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.pairs, PAIRS | {"n_replicates": 32}),
    predict=lambda: law.pairs(**PAIRS),
    quantity=Together(
        light=Level("mse", points=range(5), n_tickets=PAIRS["n_tickets"]),
        heavy=Level("mse", points=range(5, 10), n_tickets=PAIRS["n_tickets"]),
    ),
    margin=0.012,
    because="exact; less than half of what a variance falling as 1/√N would add",
    rivals={
        "no bias, v/N": pairs(lambda b, v, n: v / n),
        "the bias averages too, (b² + v)/N": pairs(lambda b, v, n: (b + v) / n),
        "no variance, b²": pairs(lambda b, v, n: b),
        "variance falls as 1/√N": pairs(lambda b, v, n: b + v / n**0.5),
        "twice the variance": pairs(lambda b, v, n: b + 2 * v / n),
    },
    cap=1024,
)


def shifted(of):
    def values():
        ticket = silu_laws.shifted(SHIFTED["span"], SHIFTED["sharpness"])
        return Prediction({"mse": [of(float(ticket.variance), n) for n in SHIFTED["n_tickets"]]})

    return values


def neuron_square():
    """Mean square over x of the mean of a neuron, (x² + 2Lx + C)² with C = L² − π²/(3k²)."""
    L, k = SHIFTED["span"], SHIFTED["sharpness"]
    C = L**2 - np.pi**2 / (3 * k**2)
    return 1 / 5 + 2 * C / 3 + 4 * L**2 / 3 + C**2


smooth = Claim(
    name="ticket_shifted[span=2,sharpness=4]",
    statement="The average of N SiLU neurons with random kinks, unbiased up to e^(−2k(L − 1)), approximates x² with "
    "mean squared error v/N, v the variance of one neuron in closed form.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.shifted, SHIFTED | {"n_replicates": 8}),
    predict=lambda: law.shifted(**SHIFTED),
    quantity=Level("mse", n_tickets=SHIFTED["n_tickets"]),
    margin=0.08,
    because="exact; less than half of the distance to an exponent of 0.95, a ninth of that to half the variance",
    rivals={
        "half the variance": shifted(lambda v, n: v / 2 / n),
        "the second moment of a neuron in place of its variance": shifted(lambda v, n: (v + neuron_square()) / n),
        "exponent 1/2": shifted(lambda v, n: v / n**0.5),
        "exponent 0.95": shifted(lambda v, n: v / n**0.95),
    },
    cap=2048,
)

claims = [bias, smooth]
