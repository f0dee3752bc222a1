"""One dimension: optimal knots, random knots, networks without a skip."""

import math

import numpy as np
import sympy as sp

import theory.piecewise_linear.fits as law
from compare import Asymptote, Claim, Experiment, Level, Prediction
from sim.piecewise_linear.convex import convex
from sim.piecewise_linear.random_knots import random_knots
from sim.piecewise_linear.relu import relu
from theory.piecewise_linear import laws as symbolic

PAGE = "derived in docs/lottery_tickets/approximation.md"

KNOTS = (4, 16, 64, 512)


def over_optimum(ratio):
    """A rival by the ratio of its loss to that of optimal knots."""
    return lambda: Prediction({"loss": [ratio(W + 1) / (W + 1) ** 4 for W in KNOTS]})


random = Claim(
    name="piecewise_random_knots",
    statement="Uniform random knots, with the best line on every piece, cost a quadratic 120 n⁵ W!/(W + 5)! times the "
    "optimum of n = W + 1 pieces: a constant, up to 120, and not the exponent 4.",
    source=f"Sharma & Kaplan 2020; {PAGE}",
    formula_from="derived here",
    experiment=Experiment(random_knots, {"n_knots": KNOTS}),
    predict=lambda: law.random_knots(n_knots=KNOTS),
    quantity=Level("loss", n_knots=KNOTS),
    margin=0.1,
    because="less than half of what the constant of continuous fits, about 156 at many knots, would change",
    rivals={
        "as good as optimal knots": over_optimum(lambda n: 1.0),
        "interpolation on equal pieces, six times the optimum": over_optimum(lambda n: 6.0),
        "156 in place of 120": over_optimum(lambda n: 156 * n**4 / math.prod(n + j for j in range(1, 5))),
        "the limit 120 at every size": over_optimum(lambda n: 120.0),
        "exponent 3, the mean spacing to the fourth and its fluctuation": over_optimum(lambda n: float(n)),
    },
    asymptote=Asymptote(
        law=lambda: sp.limit(symbolic.random_knots(symbolic.N), symbolic.N, sp.oo),
        finite=lambda W: symbolic.random_knots(sp.Integer(W)),
        sizes=(10**3, 10**6, 10**9),
        order=1,
        bound=1e-5,
    ),
    tier="smoke",
    cap=1024,
)

RATES, PIECES = (1, 4), (4, 8, 16)


def other_constant(constant):
    """A rival by its constant for exp(kx), a function of k."""
    return lambda: Prediction({"loss": law.over_rates(constant, RATES) / np.array(PIECES, dtype=float) ** 4})


free = Claim(
    name="piecewise_convex_constant",
    statement="The best n lines for a strictly convex function f on [0, 1] leave the mean square error "
    "(∫ |f''|^(2/5) dx)⁵/(720 n⁴); tried on random exponentials.",
    source="de Boor 1973; derivation in docs/lottery_tickets/approximation.md",
    formula_from="standard",
    experiment=Experiment(convex, {"rates": RATES, "n_pieces": PIECES}),
    predict=lambda: law.convex(rates=RATES, n_pieces=PIECES),
    quantity=Level("loss", n_pieces=PIECES),
    margin=0.04,
    because="less than half of what knots for the least maximal error would change",
    rivals={
        "knots for the least maximal error, (∫ |f''|^(1/2))⁴": other_constant(
            lambda k: (2 * np.expm1(k / 2)) ** 4 / 720
        ),
        "equal pieces, ∫ f''²": other_constant(lambda k: k**3 * np.expm1(2 * k) / 1440),
        "interpolation, six times as much": lambda: Prediction(
            {"loss": 6 * law.convex(rates=RATES, n_pieces=PIECES).values["loss"]}
        ),
        "error not squared, n⁻²": lambda: Prediction(
            {"loss": law.convex(rates=RATES, n_pieces=PIECES).values["loss"] * np.array(PIECES) ** 2.0}
        ),
    },
    cap=512,
)

EVEN = (2, 4, 8)


def pieces(of):
    """As if W neurons made another number of pieces; ``factor`` is that of the loss."""
    return lambda given: Prediction({"loss": given["line"] / of(np.array(EVEN, dtype=float)) ** 4})


even = Claim(
    name="piecewise_relu_even_width",
    statement="A network of W ReLU neurons with an output bias and no skip, W even, fits a quadratic centred in its "
    "interval as well as any W + 1 lines do: the error of one line divided by (W + 1)⁴.",
    source=f"Liu & Tegmark 2023; {PAGE}",
    formula_from="derived here",
    experiment=Experiment(relu, {"n_neurons": EVEN}),
    given=("line",),
    predict=lambda given: law.pieces(given, n_pieces=[W + 1 for W in EVEN]),
    quantity=Level("loss", n_neurons=EVEN),
    margin=0.2,
    because="half of what the obstruction of odd widths would change at these sizes",
    rivals={
        "odd widths' law, 1 + 10/(W + 1)²": lambda given: Prediction(
            {"loss": given["line"] * [(1 + 10 / (W + 1) ** 2) / (W + 1) ** 4 for W in EVEN]}
        ),
        "W pieces": pieces(lambda W: W),
        "W + 2 pieces": pieces(lambda W: W + 2),
        "six times as much, by interpolation": pieces(lambda W: (W + 1) / 6**0.25),
    },
    cap=512,
)

WIDTHS, VERTICES = (8, 11), 0.5


def excess(of):
    """A rival by its excess at every width."""
    return lambda: Prediction({"excess": [of(W) for W in WIDTHS]})


def times(factor):
    return lambda: Prediction({"excess": factor * law.parity(n_neurons=WIDTHS, vertices=VERTICES).values["excess"]})


parity = Claim(
    name="piecewise_relu_flat_piece",
    statement="Without a skip one piece is flat, so the best ReLU network misses the piecewise-linear optimum by "
    "10 δ²/(p (1 − p) n²), relative, where the vertex cuts the interval into shares p and 1 − p and lies δ pieces from "
    "the middle of one of n equal pieces.",
    source=f"Liu & Tegmark 2023; {PAGE}",
    formula_from="derived here",
    experiment=Experiment(relu, {"n_neurons": WIDTHS, "vertices": VERTICES, "n_vertices": 8}),
    predict=lambda: law.parity(n_neurons=WIDTHS, vertices=VERTICES),
    quantity=Level("excess", n_neurons=WIDTHS),
    margin=0.25,
    because="three times the stated remainder, a third of the distance to half the constant",
    rivals={
        "half the constant": times(0.5),
        "the worst vertex always, δ = 1/2": times(3.0),
        "odd widths only, and ten there": excess(lambda W: 10.0 if W % 2 else 0.1),
        "a miss of order 1/n⁴": excess(lambda W: 10 / (W + 1) ** 2),
    },
    cap=512,
)

claims = [random, free, even, parity]
