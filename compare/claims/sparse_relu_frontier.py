"""Compute-optimal frontier of random ReLU features of sparse data at accessible compute: both branches, ridgeless."""

import itertools
import math
from functools import cache

import numpy as np

from compare import Bound, Claim, Experiment, Frontier, Level, Optimum, Prediction, Together
from sim.sparse_features.relu_frontier import beside_kernel, losses
from theory.sparse_features.iso_compute import compute_optimal
from theory.sparse_features.relu_frontier import NON_GAUSSIAN, over_branch

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/relu.md"
LAW = {"decay": 1, "sparsity": 2, "n_modes": 4000}
OVER = {  # compute N D: cells (N, D) with more features than distinct rays
    2_000: ((48, 42), (57, 35), (67, 30), (80, 25), (95, 21), (118, 17), (143, 14)),
    8_000: ((80, 100), (94, 85), (110, 73), (129, 62), (151, 53), (178, 45), (210, 38)),
    32_000: ((155, 206), (180, 178), (208, 154), (241, 133), (281, 114), (327, 98), (381, 84)),
}
UNDER = {  # and with fewer
    2_000: ((5, 400), (7, 286), (10, 200), (14, 143), (20, 100)),
    8_000: ((10, 800), (14, 571), (19, 421), (26, 308), (36, 222)),
    32_000: ((22, 1455), (29, 1103), (38, 842), (50, 640), (66, 485)),
}
GIVEN = ("kernel", "cross_talk", "rays")
WIDE = {C: OVER[C] for C in (2_000, 32_000)} | {
    128_000: ((340, 376), (374, 342), (412, 311), (453, 283), (504, 254), (565, 227), (640, 200)),
    512_000: ((640, 800), (693, 739), (751, 682), (803, 638), (880, 582), (970, 528), (1079, 475)),
}


def world(grid):
    return LAW | {"cells": tuple(cell for group in grid.values() for cell in group)}


BESIDE = Experiment(beside_kernel, world(OVER))
FEW = Experiment(losses, world(UNDER))


def axes(grid):
    """Coordinates of the cells: N and C."""
    features = [N for group in grid.values() for N, _ in group]
    return {"n_features": features, "compute": [C for C, group in grid.items() for _ in group]}


@cache
def linear(compute):
    """Best linear student beyond its peak."""
    return compute_optimal(compute, decay=1, sparsity=2)


def repeated(values, grid):
    """One value per group, for every cell."""
    return np.repeat(values, [len(group) for group in grid.values()])


def equivalent(quantity, grid):
    """Parts of the Gaussian equivalent: features that are not Gaussian put them between corners, one v per group."""

    def predict(given):
        corners = [
            quantity.predicted(over_branch(given, cells=world(grid)["cells"], excess=repeated(excess, grid)))
            for excess in itertools.product((0, NON_GAUSSIAN), repeat=len(grid))
        ]
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        return Prediction(
            dict(zip(quantity.names, (low + high) / 2, strict=True)),
            dict(zip(quantity.names, (high - low) / 2, strict=True)),
        )

    return predict


def law(name, grid, margin, tier, cap):
    """The losses beyond the threshold, and the best number of features."""
    coordinates = axes(grid)
    quantity = Together(
        level=Level("loss", **coordinates),
        best=Optimum("loss", group="compute", parts=("location",), **coordinates),
    )

    def own(given):
        return {name: float(value[0]) for name, value in equivalent(quantity, grid)(given).values.items()}

    def moved(place):
        """The optimum elsewhere, the level as it is."""
        places = [name for name in quantity.names if "location" in name]
        return lambda given: Prediction(
            own(given) | {name: math.log(place(C)) for name, C in zip(places, grid, strict=True)}
        )

    def as_linear(given):
        """The level of another law, the optimum as it is."""
        N = np.array(coordinates["n_features"])
        loss = given["kernel"] * (N - 1) / (N - given["rays"] - 1)
        return Prediction(own(given) | {"level: level": float(np.log(loss).mean())})

    def doubled(given):
        return over_branch({**given, "cross_talk": 2 * given["cross_talk"]}, cells=world(grid)["cells"])

    return Claim(
        name=name,
        statement="Beyond their threshold random ReLU features without bias lose what their kernel loses on the same "
        "data and V/(N − m − 1), m the number of distinct rays; the best number of features at fixed compute "
        "follows, and exceeds that of samples.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(beside_kernel, world(grid)),
        given=GIVEN,
        predict=equivalent(quantity, grid),
        quantity=quantity,
        margin=margin,
        because="features are not Gaussian, which is most of the margins; a third of the cost of finitely many "
        "features, and half of the way from the best number to N = D",
        rivals={
            "as many features as samples": moved(math.sqrt),
            "the best number of linear features": moved(lambda C: float(linear(C).n_features)),
            "kernel times (N − 1)/(N − m − 1), the law of linear features": as_linear,
            "V twice as large": doubled,
        },
        tier=tier,
        cap=cap,
    )


def exponents():
    quantity = Frontier("loss", **axes(WIDE))

    def named(size, loss):
        return lambda given: Prediction({"size exponent": size, "loss exponent": loss})

    def of_linear(_given):
        near, far = linear(min(WIDE)), linear(max(WIDE))
        span = math.log(max(WIDE) / min(WIDE))
        return Prediction(
            {
                "size exponent": math.log(far.n_features / near.n_features) / span,
                "loss exponent": math.log(near.loss / far.loss) / span,
            }
        )

    return Claim(
        name="sparse_relu_frontier_exponents[decay=1,sparsity=2]",
        statement="Between 2·10³ and 5·10⁵ units of compute N D the best number of ReLU features beyond the threshold "
        "grows faster than that of linear features.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(beside_kernel, world(WIDE)),
        given=GIVEN,
        predict=equivalent(quantity, WIDE),
        quantity=quantity,
        margin={"size exponent": 0.045, "loss exponent": 0.02},
        because="half of the distance to the linear frontier, and a third of that to the limit C^(−1/4) of this branch",
        rivals={
            "the linear frontier at the same compute": of_linear,
            "C^(1/3) and C^(−1/3), its limit": named(1 / 3, 1 / 3),
            "C^(1/2) and C^(−1/4), the limit of this branch": named(1 / 2, 1 / 4),
        },
        tier="full",
        cap=128,
    )


def best(given, column):
    """Least mean loss of every group of the over branch."""
    ends = np.cumsum([0, *(len(group) for group in OVER.values())])
    return np.array([given[column][a:b].min() for a, b in itertools.pairwise(ends)])


def branches():
    """Every cell of the under branch against the best one of the over branch."""

    def times(factor):
        return lambda given: {"under.loss": factor * repeated(best(given, "over.loss"), UNDER)}

    return Claim(
        name="sparse_relu_frontier_branches[decay=1,sparsity=2]",
        statement="At 2·10³ to 3.2·10⁴ units of compute the best interpolating ReLU students lose less than five "
        "eighths of what any do with fewer features than rays.",
        source=SOURCE,
        formula_from="derived here",
        experiment={"over": BESIDE, "under": FEW},
        given=("over.loss",),
        predict=times(1.6),
        quantity=Bound("under.loss", side="lower", **axes(UNDER)),
        margin=0.12,
        because="no theory of the branch with few features: a quarter of the factor itself",
        rivals={
            "2.5 times": times(2.5),
            "3 times": times(3.0),
            "4 times": times(4.0),
        },
        cap=256,
    )


def above_linear():
    def times(factor):
        return lambda: {"loss": repeated([factor * float(linear(C).loss) for C in OVER], OVER)}

    return Claim(
        name="sparse_relu_frontier_above_linear[decay=1,sparsity=2]",
        statement="At 2·10³ to 3.2·10⁴ units of compute every ReLU student beyond the threshold loses more than the "
        "best linear student.",
        source=SOURCE,
        formula_from="derived here",
        experiment=BESIDE,
        predict=times(1.25),
        quantity=Bound("loss", side="lower", **axes(OVER)),
        margin=0.13,
        because="no theory of the ratio: half of the factor itself",
        rivals={"twice the loss": times(2.0), "2.5 times the loss": times(2.5), "three times the loss": times(3.0)},
        cap=256,
    )


claims = [
    law(
        "sparse_relu_frontier[decay=1,sparsity=2]",
        OVER,
        {"level: level": 0.07, "best: location": 0.12},
        "standard",
        256,
    ),
    law(
        "sparse_relu_frontier_wide[decay=1,sparsity=2]",
        WIDE,
        {"level: level": 0.06, "best: location": 0.12},
        "full",
        128,
    ),
    exponents(),
    branches(),
    above_linear(),
]
