"""Random tickets whose loss is known exactly: averages of ReLU neurons for y = x²."""

import numpy as np

import theory.lottery_tickets.relu_laws as symbolic
from compare import Asymptote, Claim, Cumulant, Experiment, Exponent, Level, Mean, Prediction, Together
from sim.lottery_tickets import relu_tickets as lab
from theory.lottery_tickets import relu_tickets as law

SOURCE = "Liu & Tegmark 2023; derived in docs/lottery_tickets/exact.md"
RADIUS = 2
SIZES = (1, 4, 16, 64, 256, 1024)
WORLD = {"n_tickets": SIZES, "radius": RADIUS}
N = np.array(SIZES, dtype=float)


def level_and_exponent(column, sizes):
    return Together(level=Level(column, n_tickets=sizes), exponent=Exponent(column, n_tickets=sizes))


def losses(of):
    """A rival: the mean loss as a function of the numbers of tickets."""
    return lambda: Prediction({"mse": of(N)})


def power(exponent):
    """The right loss at one ticket, falling as another power."""
    return losses(lambda n: float(law.mse(1, radius=RADIUS)) * n**-exponent)


independent = Claim(
    name="ticket_average[radius=2]",
    statement="The average of N independent random ReLU tickets approximates x² on (−R, R) with mean squared error "
    "32 R⁴/(15 N) at every N.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.relu_tickets, WORLD | {"n_replicates": 16}),
    predict=lambda: law.losses(**WORLD),
    quantity=level_and_exponent("mse", SIZES),
    margin={"level: level": 0.06, "exponent: exponent": 0.03},
    because="exact; a factor of 2 in the constant is twelve margins, exponent 1/2 seventeen",
    rivals={
        "half the variance, 16 R⁴/(15 N)": losses(lambda n: 16 * RADIUS**4 / 15 / n),
        "the second moment of a ticket in place of its variance": losses(lambda n: 16 * RADIUS**4 / 3 / n),
        "R² in place of R⁴": losses(lambda n: 32 * RADIUS**2 / 15 / n),
        "exponent 1/2": power(0.5),
        "exponent 1.05": power(1.05),
        "exponent 3, as stratified": power(3),
        "exponent 4, as optimal knots": power(4),
    },
    cap=2048,
    tier="smoke",
)

FEW = (1, 2, 4, 16, 64, 256)
CELLS = {"n_tickets": FEW, "radius": RADIUS, "placement": "stratified"}


def strata(of):
    return lambda: Prediction({"mse": of(np.array(FEW, dtype=float))})


stratified = Claim(
    name="ticket_stratified[radius=2]",
    statement="With one ticket in each of N equal cells the mean squared error is 16 R⁴ (1/(6N³) − 1/(30N⁴)): the same "
    "neurons, better placed, fall as the cube.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.relu_tickets, CELLS | {"n_replicates": 32}),
    predict=lambda: law.losses(**CELLS),
    quantity=level_and_exponent("mse", FEW),
    margin={"level: level": 0.03, "exponent: exponent": 0.03},
    because="exact; less than half of what the second term adds over these sizes",
    rivals={
        "the leading term 8 R⁴/(3N³) alone": strata(lambda n: 8 * RADIUS**4 / 3 / n**3),
        "the cell of x counted as one on its left": strata(lambda n: 64 * RADIUS**4 * ((n - 1) / 24 + 1 / 12) / n**4),
        "independent tickets, 32 R⁴/(15 N)": strata(lambda n: 32 * RADIUS**4 / 15 / n),
        "exponent 4, as optimal knots": strata(lambda n: 32 * RADIUS**4 / 15 / n**4),
    },
    asymptote=Asymptote(
        law=lambda: symbolic.sp.limit(symbolic.N**3 * symbolic.stratified_mse(), symbolic.N, symbolic.sp.oo).subs(
            symbolic.RADIUS, 1
        ),
        finite=lambda n: n**3 * law.mse(n, radius=1, placement="stratified"),
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=1e-8,
    ),
    cap=2048,
    tier="smoke",
)

WIDTHS = (1, 4, 16, 64)
MEDIAN = 16.3703  # 0.4795985 of N × mean loss; a test compares it with the median of the limit law
SPREAD = {"n_tickets": WIDTHS, "radius": RADIUS}
MANY = Experiment(lab.relu_tickets, SPREAD | {"n_replicates": 256, "below": MEDIAN})


def relative(of):
    """A rival: the relative variance of the loss as a function of the number of tickets."""
    return lambda: Prediction({"variance": [of(n) * float(law.mse(n, radius=RADIUS)) ** 2 for n in WIDTHS]})


spread = Claim(
    name="ticket_loss_spread[radius=2]",
    statement="The loss of an ensemble does not average out as tickets are added: its relative variance over "
    "ensembles is 116/63 − 131/(126 N).",
    source=SOURCE,
    formula_from="derived here",
    experiment=MANY,
    predict=lambda: law.losses(**SPREAD),
    quantity=level_and_exponent("variance", WIDTHS),
    margin={"level: level": 0.08, "exponent: exponent": 0.06},
    because="exact; a third of what the term in 1/N adds, a sixteenth of the distance to self-averaging",
    rivals={
        "self-averaging: relative variance falls as 1/N": relative(lambda n: 101 / 126 / n),
        "relative variance 116/63 at every N": relative(lambda n: 116 / 63),
        "relative variance 101/126 at every N, as of one ticket": relative(lambda n: 101 / 126),
    },
    asymptote=Asymptote(
        law=symbolic.limit_spread,
        finite=law.relative_variance,
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=2e-9,
    ),
    cap=2048,
)


limit = Claim(
    name="ticket_loss_median[radius=2]",
    statement="Over ensembles of many tickets the loss is distributed as Σ χ²_k/ω_k⁴, with ω_k the zeros of "
    "tan ω + tanh ω: its median is 0.4796 of its mean.",
    source=SOURCE,
    formula_from="derived here",
    experiment=MANY,
    predict=lambda: law.below(MEDIAN, **SPREAD),
    quantity=Mean("below", points=[3], n_tickets=[64]),
    margin=0.022,
    because="about a quarter of the distance to a lognormal law of the same two moments",
    rivals={
        "lognormal with the same mean and variance": lambda: {"below": [0.4173] * 4},
        "exponential law": lambda: {"below": [0.3810] * 4},
        "Gaussian with the same mean and variance": lambda: {"below": [0.3507] * 4},
        "self-averaging: none is so far below the mean": lambda: {"below": [0.0] * 4},
    },
    cap=2048,
)

OUTPUTS = {"n_tickets": (4, 16), "radius": RADIUS}


def third(of):
    """A rival: the third cumulant times a function of the number of tickets."""

    def values():
        right = law.third_cumulants(**OUTPUTS).values["third"]
        return {"third": [value * of(n) for n, value in zip((4, 16), right, strict=True)]}

    return values


skewness = Claim(
    name="ticket_skewness[radius=2]",
    statement="The output of an ensemble at x = 0 becomes Gaussian as tickets are added: its skewness is "
    "(6/25) sqrt(15/N), and its law at the mean is off by a sixth of that over sqrt(2π).",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.centre, OUTPUTS | {"n_replicates": 512}),
    predict=lambda: law.third_cumulants(**OUTPUTS),
    quantity=Cumulant({3: "third"}, 3, variance=[20 / 3, 5 / 3], n_tickets=(4, 16)),
    margin=0.15,
    because="a sixth of the value, a third of the distance to a fall as N^(−3/4)",
    rivals={
        "skewness falls as N^(−3/4)": third(lambda n: n**-0.25),
        "skewness falls as 1/N": third(lambda n: n**-0.5),
        "a symmetric output": third(lambda n: 0.0),
        "skewness of one ticket at every N": third(lambda n: n**0.5),
    },
    asymptote=Asymptote(
        law=symbolic.gaussian_distance,
        finite=law.distance_at_mean,
        sizes=(10**3, 10**5, 10**7),
        order=1,
        bound=1e-9,
    ),
    cap=2048,
)

claims = [independent, stratified, spread, limit, skewness]
