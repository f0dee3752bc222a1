"""Ensembles of trained networks: what an average of independent networks leaves, and how networks of one width scatter.

The recipes are the project's own, written out in full here; that of the paper is not known.
"""

import numpy as np

import theory.lottery_tickets.ensembles as law
from compare import Asymptote, Claim, Experiment, Exponent, Level, Mean, Prediction, Together
from compare.quantity import Contrasts, View
from sim.lottery_tickets import ensembles as lab

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/ensembles.md"
ADAM = {"start": "mean_field", "optimiser": "adam", "rate": 0.03, "schedule": "cosine", "n_nodes": 16}
DESCENT = {
    "start": "mean_field",
    "optimiser": "gradient_descent",
    "rate": 0.2,
    "schedule": "constant",
    "n_steps": 500,
    "n_nodes": 16,
}

# Averages of K networks.

AVERAGED = (1, 2, 4, 8)
K = np.array(AVERAGED, dtype=float)


def left(of):
    """A rival: the loss of K networks as a function of b², v and K."""
    return lambda given: Prediction({"loss": of(np.array(given["square_bias"]), np.array(given["variance"]), K)})


average = Claim(
    name="ticket_network_average",
    statement="The average of K independently trained SiLU networks has the loss b² + v/K: only the variance between "
    "networks averages out, the square bias that they share does not.",
    source=SOURCE,
    formula_from="standard",
    experiment=Experiment(
        lab.averages,
        {"n_neurons": 32, "n_networks": 16, "n_averaged": AVERAGED, "n_steps": 1000} | ADAM | {"start": "ntk"},
    ),
    given=("square_bias", "variance"),
    predict=lambda given: law.averaged(given, n_averaged=AVERAGED),
    quantity=Contrasts(
        "fall of the loss",
        View.of("loss", {"n_averaged": AVERAGED}, None),
        {"fall to the average of 8": [-1, 0, 0, 1], "bend": [-1, 2, 0, -1]},
    ),
    margin={"fall to the average of 8": 0.15, "bend": 0.07},
    because="an identity; less than half of what a variance over K² would change in the bend, and of what networks "
    "that are all alike would change in the fall",
    rivals={
        "v/K, no bias": left(lambda b, v, k: v / k),
        "(b² + v)/K, the bias averages as well": left(lambda b, v, k: (b + v) / k),
        "b² + v/K²": left(lambda b, v, k: b + v / k**2),
        "b² + v, nothing averages": left(lambda b, v, k: b + v + 0 * k),
    },
    cap=512,
)

# Spread over starts.

WIDTHS = (128, 256, 512, 1024)


def power(exponent):
    return lambda: Prediction({"variance": np.array(WIDTHS) ** -float(exponent)})


variance = Claim(
    name="ticket_network_variance",
    statement="Between 128 and 1024 neurons the variance over starts of SiLU networks trained by gradient descent in "
    "the mean-field scaling falls as 1/N.",
    source=SOURCE,
    formula_from="paper",
    experiment=Experiment(lab.spread, {"n_neurons": WIDTHS, "n_networks": (32, 8, 6, 8)} | DESCENT),
    predict=power(1),
    quantity=Exponent("variance", n_neurons=WIDTHS),
    margin=0.25,
    because="no finite-size theory of trained networks; half of the distance to the exponents 1/2 and 3/2",
    rivals={
        "exponent 1/2": power(0.5),
        "exponent 3/2": power(1.5),
        "exponent 2": power(2),
        "no fall": power(0),
    },
    cap=64,
)


def skewed(value):
    return lambda: Prediction({"centre_skewness": [value]})


gaussian = Claim(
    name="ticket_network_symmetry",
    statement="Over starts the output at x = 0 of SiLU networks of 128 neurons, trained by gradient descent in the "
    "mean-field scaling, is distributed as symmetrically as a sum of many tickets: without the skewness of a few.",
    source=SOURCE,
    formula_from="paper",
    experiment=Experiment(lab.spread, {"n_neurons": (128,), "n_networks": (64,)} | DESCENT),
    predict=skewed(0.0),
    quantity=Mean("centre_skewness", n_neurons=(128,)),
    margin=0.5,
    because="the skewness of an average of 128 tickets whose own skewness is 6",
    rivals={
        "skewness 1, as of four exponential tickets": skewed(1.0),
        "skewness -1": skewed(-1.0),
        "skewness 2, as of one exponential ticket": skewed(2.0),
    },
    cap=128,
    tier="full",
)

# Neurons drawn from one trained network.

KEPT = (4, 64, 1024, 16384)
M = 64
n = np.array(KEPT, dtype=float)


def drawn(of):
    """A rival: the loss of n neurons as a function of that of all, of the variance of a ticket, and n."""
    return lambda given: Prediction({"loss": of(np.array(given["full_loss"]), np.array(given["ticket_variance"]), n)})


neurons = Claim(
    name="ticket_neurons_drawn",
    statement="Neurons drawn with replacement from one trained network lose what the network loses and v/n more: "
    "the exponent 1, by construction, whatever the network has learnt.",
    source=SOURCE,
    formula_from="standard",
    experiment=Experiment(lab.subsampled, {"n_neurons": M, "n_kept": KEPT, "n_subsamples": 32, "n_steps": 200} | ADAM),
    given=("full_loss", "ticket_variance"),
    predict=lambda given: law.subsampled(given, n_kept=KEPT),
    quantity=Together(level=Level("loss", n_kept=KEPT), exponent=Exponent("loss", n_kept=KEPT)),
    margin={"level: level": 0.1, "exponent: exponent": 0.03},
    because="an identity, which tests the code",
    rivals={
        "v/n, without the loss of the network": drawn(lambda L, v, n: v / n),
        "(L + v)/n": drawn(lambda L, v, n: (L + v) / n),
        "L + v/n²": drawn(lambda L, v, n: L + v / n**2),
        "L + v (M − n)/(n (M − 1)), drawn without replacement": drawn(
            lambda L, v, n: L + v / n * np.maximum(M - n, 0) / (M - 1)
        ),
    },
    asymptote=Asymptote(
        law=lambda: law.sp.limit(law.replacement_ratio(), law.POOL, law.sp.oo),
        finite=law.replacement_ratio_at,
        sizes=(10**10, 10**20, 10**30),
        order=1,
        bound=1e-28,
    ),
    cap=64,
    tier="smoke",
)

claims = [average, variance, gaussian, neurons]
