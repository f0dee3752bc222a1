"""Ridge regression on dense random features: the whole curve, the best ridge, the best shape with it."""

import math

import mpmath
import numpy as np

import theory.random_features_ridge_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Optimum, Peak, Prediction
from sim import random_features as lab
from theory.ridge import OPTIMAL_LOSS_REMAINDER, OPTIMAL_RIDGE_REMAINDER, optimal_ridge, ridge

SOURCE = "Simon, Karkada, Ghosh & Belkin 2023; "
SIZES = ((100, 100), (60, 180), (180, 60), (80, 120))
RIDGES = {  # about the scale κ N D of each spectrum
    0.5: (6, 12, 25, 50, 100),
    1: (0.5, 1, 2, 5, 10),
    2: (0.006, 0.015, 0.04, 0.1, 0.25),
}


def curve(decay):
    points = tuple((N, D, ridge) for N, D in SIZES for ridge in RIDGES[decay])
    features, samples, ridges = zip(*points, strict=True)
    world = {"decay": decay, "n_modes": 1024, "points": points}

    def naive():
        """Bias alone, κ df_1, at the effective ridge without self-consistency, κ = γ/(N D)."""
        spectrum = np.arange(1, 1025) ** -(1.0 + decay)
        kappa = [g / (N * D) for N, D, g in points]
        return {"bias": [float((spectrum * k / (spectrum + k)).sum()) for k in kappa]}

    def on_the_mean():
        """Ridge on the mean of squares in place of their sum."""
        return ridge(**world | {"points": tuple((N, D, g * D) for N, D, g in points)})

    return Claim(
        name=f"dense_ridge_curve[decay={decay}]",
        statement="The loss of ridge regression over features, samples and ridge follows the deterministic "
        "equivalent within its stated remainder.",
        source=SOURCE + "formula and measured remainder in docs/random_features.md",
        formula_from="standard",
        experiment=Experiment(lab.ridge, world),
        predict=lambda: ridge(**world),
        quantity=Curve("bias", slopes=("ridge",), ridge=ridges, n_features=features, n_samples=samples),
        margin={
            "level": 0.035 * (1 + decay),
            "slope in ridge": 0.03 * (1 + decay),
            "shape": 0.05 * (1 + decay),
        },
        because="two and a half times the stated remainder, (1 + decay)/m of the value; three and a half in shape",
        rivals={
            "κ df_1 at κ = γ/(ND): no self-consistency, no variance": naive,
            "ridge on the mean of squares": on_the_mean,
            "decay 5 % larger": lambda: ridge(**world | {"decay": 1.05 * decay}),
        },
        cap=1024,
    )


GRID_RIDGES = (0.5, 1, 2, 4, 8, 16)


def over_ridges(shapes):
    """World, coordinates and optimum over the ridge for the given (N, D)."""
    points = tuple((N, D, ridge) for N, D in shapes for ridge in GRID_RIDGES)
    at = {
        "ridge": [ridge for *_, ridge in points],
        "shape": [shapes.index((N, D)) for N, D, _ in points],
    }
    return {"decay": 1, "n_modes": 1024, "points": points}, Optimum("bias", group="shape", **at)


BEST_WORLD, BEST = over_ridges(((100, 100), (60, 180), (180, 60)))


def optima(**changes):
    """Best ridge and loss at it, through the estimator that acts on the measurement."""
    values = BEST.measure(ridge(**BEST_WORLD | changes).values)
    allowance = {n: OPTIMAL_LOSS_REMAINDER if n.startswith("level") else OPTIMAL_RIDGE_REMAINDER for n in BEST.names}
    return Prediction(dict(zip(BEST.names, values, strict=True)), allowance)


def other_factor(factor):
    """The best ridge off by a factor, the loss at it unchanged."""
    true = optima()
    shift = {n: np.log(factor) if n.startswith("location") else 0.0 for n in BEST.names}
    return Prediction({n: true.values[n] + shift[n] for n in BEST.names}, true.allowance)


def square_law():
    """Best ridge and N × loss at N = D with all modes present, decay 1: both constant in N."""
    derived = symbolic.optimal_ridge_law()
    at = {symbolic.ALPHA: 1, symbolic.ASPECT: 1, symbolic.N: 1}
    return derived.ridge.subs(at), derived.loss.subs(at)


def square(N):
    best = optimal_ridge(N, N, decay=1, n_modes=math.inf, digits=12)
    return best.ridge, best.loss * N


best_ridge = Claim(
    name="dense_optimal_ridge[decay=1]",
    statement="Without label noise the best ridge is positive; it and the loss at it are those of the deterministic "
    "equivalent.",
    source=SOURCE + "optimum derived in docs/random_features.md",
    formula_from="derived here",
    experiment=Experiment(lab.ridge, BEST_WORLD),
    predict=optima,
    quantity=BEST,
    margin={"location": 0.2, "level": 0.05},
    because="about three times the stated remainder: 6 % in the best ridge, 2 % in the loss at it",
    rivals={
        "decay 5 % larger": lambda: optima(decay=1.05),
        "half the ridge, as if on half the squares": lambda: other_factor(0.5),
        "twice the ridge": lambda: other_factor(2.0),
    },
    asymptote=Asymptote(law=square_law, finite=square, sizes=(10**3, 10**5, 10**7), order=1, bound=1e-5),
    cap=1024,
)


SHAPES = ((100, 36), (90, 40), (72, 50), (60, 60), (50, 72), (40, 90), (36, 100))
SHAPE_WORLD, SHAPE_OPTIMUM = over_ridges(SHAPES)


class BestShape(Peak):
    """Where, along shapes of one N·D, the loss at its best ridge is least."""

    def __init__(self):
        at = {"n_features": [N for N, _ in SHAPES]}
        super().__init__("bias", points=[k * len(GRID_RIDGES) for k in range(len(SHAPES))], **at)
        self.kind = "best shape at the best ridge"

    def heights(self, means):
        return -SHAPE_OPTIMUM.minima(means)["level"]


def best_at(n_features):
    return lambda: Prediction({"peak": [n_features]})


def best_aspect(compute):
    """N/D of the least loss at N D = compute: vertex of the parabola through three shapes, if it is a minimum.

    The equivalent is symmetric in N and D, so N = D is stationary at every size; that it is least is the point.
    """
    loss = []
    for step in (-1, 0, 1):
        N = mpmath.sqrt(compute) * mpmath.exp(step * mpmath.mpf("1e-3"))
        loss.append(mpmath.log(optimal_ridge(N, compute / N, decay=1, n_modes=math.inf, digits=12).loss))
    curvature = loss[0] - 2 * loss[1] + loss[2]
    vertex = mpmath.mpf("1e-3") * (loss[0] - loss[2]) / (2 * curvature)
    return mpmath.exp(2 * vertex) if curvature > 0 else mpmath.nan  # a maximum, as without ridge, is no optimum


balance = Claim(
    name="dense_optimal_ridge_shape[decay=1]",
    statement="With the ridge at its best, the best shape at fixed N·D is N = D.",
    source=SOURCE + "derived in docs/random_features.md",
    formula_from="derived here",
    experiment=Experiment(lab.ridge, SHAPE_WORLD),
    predict=best_at(60),
    quantity=BestShape(),
    margin=9.0,
    because="one step of the shapes simulated: 50 and 72 features for 60 lie outside",
    rivals={
        "N = D/2": best_at(42.4),
        "N = 2D": best_at(84.9),
        "N = D/3, the optimum without ridge": best_at(34.6),
    },
    asymptote=Asymptote(
        law=symbolic.best_shape_with_ridge,
        finite=best_aspect,
        sizes=(10**4, 10**6, 10**8),
        order=1,
        bound=1e-9,
    ),
    cap=2048,
)

claims = [*(curve(decay) for decay in (0.5, 1, 2)), best_ridge, balance]
