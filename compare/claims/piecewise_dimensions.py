"""Several dimensions: cubes and greedy trees have the exponent 4/d in the number of pieces."""

import numpy as np

import theory.piecewise_linear.fits as law
from compare import Claim, Experiment, Exponent, Level, Prediction, Together
from sim.piecewise_linear.adaptive import adaptive
from sim.piecewise_linear.cubes import cubes

SOURCE = "Sharma & Kaplan 2020; derived in docs/lottery_tickets/approximation.md"

GRID = {"n_dims": (1, 2, 2, 3, 3, 4), "per_axis": (6, 3, 6, 2, 3, 2)}


def mixed_counted(weight):
    """A rival with another weight of the mixed derivatives."""

    def predict(given):
        size = np.array(GRID["per_axis"], dtype=float) ** -4
        return Prediction({"loss": size * (given["diagonal"] / 720 + weight * given["mixed"])})

    return predict


def falling(exponent):
    """A rival with another exponent in the number of cubes."""

    def predict(given):
        n_cells = np.array(GRID["per_axis"], dtype=float) ** GRID["n_dims"]
        return Prediction(
            {"loss": n_cells ** -np.array([exponent(d) for d in GRID["n_dims"]])
             * (given["diagonal"] / 720 + given["mixed"] / 144)}
        )  # fmt: skip

    return predict


in_cubes = Claim(
    name="piecewise_cubes",
    statement="One affine fit in each of n cubes of the unit cube leaves a quadratic the mean square error "
    "n^(−4/d) (Σ f_jj²/720 + Σ_{j<k} f_jk²/144), d = 1 to 4.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(cubes, GRID),
    given=("diagonal", "mixed"),
    predict=lambda given: law.cubes(given, **GRID),
    quantity=Level("loss", **GRID),
    margin=0.15,
    because="the law is exact; less than a third of what another weight of the mixed derivatives would change",
    rivals={
        "mixed derivatives with 1/360, as in the squared norm of the Hessian": mixed_counted(1 / 360),
        "mixed derivatives counted in both orders, 1/72": mixed_counted(1 / 72),
        "mixed derivatives left out": mixed_counted(0.0),
        "exponent 2/d": falling(lambda d: 2 / d),
        "exponent 4/(d + 1)": falling(lambda d: 4 / (d + 1)),
        "interpolation, six times as much": lambda given: Prediction(
            {"loss": 6 * law.cubes(given, **GRID).values["loss"]}
        ),
    },
    cap=512,
)

LEAVES = (16, 32, 64, 128)
DIMS = (1, 2, 3, 4)
TREES = {
    "n_dims": tuple(d for d in DIMS for _ in LEAVES),
    "n_leaves": LEAVES * len(DIMS),
    "n_points": 8192,
}


def exponents(of, allowance=0.0):
    """A theory by its exponent in every dimension."""
    named = {f"{d} dimensions: exponent": of(d) for d in DIMS}
    return Prediction(named, dict.fromkeys(named, allowance))


def logarithm(power):
    """What a factor (log n)^power does to the slope over the leaves."""
    x = np.log(LEAVES)
    return float(np.polyfit(x, power * np.log(x), 1)[0])


trees = Claim(
    name="piecewise_adaptive_tree",
    statement="Greedy trees of affine fits on random points have mean square errors that fall as n^(−4/d) in the "
    "number of leaves, in d = 1, 2, 3 and 4 dimensions.",
    source=SOURCE,
    formula_from="paper",
    experiment=Experiment(adaptive, TREES),
    predict=lambda: exponents(lambda d: 4 / d, 0.05),
    quantity=Together(
        **{
            f"{d}_dimensions": Exponent("loss", points=range(4 * k, 4 * k + 4), n_leaves=LEAVES)
            for k, d in enumerate(DIMS)
        }
    ),
    margin=0.15,
    because="three times the stated remainder; exponents 4/(d + 1) lie 0.2 away in four dimensions, 2 in one",
    rivals={
        "a factor (log n)²": lambda: exponents(lambda d: 4 / d - logarithm(2)),
        "2/d, the error not squared": lambda: exponents(lambda d: 2 / d),
        "4/(d + 1)": lambda: exponents(lambda d: 4 / (d + 1)),
        "4/(d − 1) beyond one dimension": lambda: exponents(lambda d: 4 / max(d - 1, 1)),
        "1, a Monte-Carlo rate": lambda: exponents(lambda d: 1.0),
    },
    cap=256,
)

claims = [in_cubes, trees]
