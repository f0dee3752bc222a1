"""One-pass stochastic gradient descent on sparse rows: the dense exponent, stability, and normalised steps."""

import math
from fractions import Fraction

import numpy as np

import theory.sparsity_models.one_pass_laws as symbolic
from compare import Asymptote, Claim, Experiment, Exponent, Level, Mean, Prediction, Ratio, Together
from sim.sparsity_models.one_pass import one_pass as simulated
from theory.descent_laws import H
from theory.random_features_laws import ALPHA
from theory.sparse_features.row_law import row_law
from theory.sparse_features.unseen_mass import unseen_mass
from theory.sparsity_models import one_pass_limit as limit
from theory.sparsity_models.one_pass import (
    isolated_log_loss,
    normalised_one_pass,
    one_pass,
    rate_of_rare,
    rates,
    threshold_step,
)

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/one_pass_and_routing.md"
SAMPLES = (512, 1024, 2048, 4096, 8192)
BETWEEN = math.sqrt(SAMPLES[0] * SAMPLES[-1])
STEP = 0.3


def simulate(world, n_replicates):
    return Experiment(simulated, world | {"n_replicates": n_replicates})


def loss(decay, sparsity, order, bound):
    world = {"decay": decay, "sparsity": sparsity, "n_modes": 2000, "n_samples": SAMPLES, "step": STEP}
    law = row_law(decay=decay, sparsity=sparsity, n_modes=2000)

    def true():
        return one_pass(**world).values["loss"]

    def batch():
        """The unseen mass: what all rows together would teach."""
        some = {name: world[name] for name in ("decay", "sparsity", "n_modes", "n_samples")}
        return {"loss": unseen_mass(**some).values["unseen"]}

    def steeper():
        own = true()
        return {"loss": own.prod() ** (1 / len(own)) * (np.array(SAMPLES) / BETWEEN) ** -(decay / sparsity)}

    def exact_gradients():
        forget = rates(law, STEP, 1.0)
        return {"loss": [law.variances @ (1 - forget) ** D for D in SAMPLES]}

    def constant():
        noise = limit.gradient_noise(decay=decay, sparsity=sparsity, step=STEP)
        return symbolic.loss_constant().subs({ALPHA: decay, H: Fraction(3, 10), symbolic.NOISE: noise})

    return Claim(
        name=f"sparse_one_pass_loss[decay={decay},sparsity={sparsity:g}]",
        statement="One-pass stochastic gradient descent with a fixed step falls with the rows as D^(−α/(1 + α)), as on "
        "dense data: where sparsity is below 1 + decay the unseen coordinates are not its bottleneck.",
        source=SOURCE,
        formula_from="derived here",
        experiment=simulate(world, 8),
        predict=lambda: one_pass(**world),
        quantity=Together(loss=Level("loss", n_samples=SAMPLES), rows=Exponent("loss", n_samples=SAMPLES)),
        margin={"loss: level": 0.06, "rows: exponent": 0.04},
        because="exact; less than a third of what gradient noise adds, and of the distance to the batch exponent",
        rivals={
            "the batch exponent α/η": steeper,
            "the batch loss": batch,
            "steps along the exact gradient, no gradient noise": exact_gradients,
        },
        asymptote=Asymptote(
            law=constant,
            finite=lambda D: (
                limit.loss(D, decay=decay, sparsity=sparsity, step=STEP) * float(D) ** (decay / (1 + decay))
            ),
            sizes=(10**10, 10**20, 10**30),
            order=order,
            bound=bound,
        ),
        cap=512,
    )


FEW = {"decay": 1, "sparsity": 2, "n_modes": 6, "n_samples": (2, 8)}
BELOW, ABOVE = 0.8, 1.3
"""Steps; the mean turns from falling to growing at 1.0595."""
GROWTH = ((1, 0),)


def both(recursion):
    """Loss at both steps."""
    return {f"{name}.loss": recursion(step) for name, step in (("below", BELOW), ("above", ABOVE))}


def steps(amplitudes="sign"):
    return lambda: both(lambda h: one_pass(**FEW, step=h, amplitudes=amplitudes).values["loss"])


def one_by_one(keep):
    """Coordinates that shrink by ``keep(h, λ)`` a row, each alone."""

    def rival():
        variances = row_law(decay=1, sparsity=2, n_modes=6).variances
        return both(lambda h: [variances @ keep(h, variances) ** D for D in FEW["n_samples"]])

    return rival


def counted_twice():
    """A coordinate's own square stands in E x x_i x² both as its fourth moment and as λ_i²; amplitudes are 1."""
    variances = row_law(decay=1, sparsity=2, n_modes=6).variances

    def recursion(h):
        A = np.diag(1 - 2 * h * variances + h * h * variances) + h * h * np.outer(variances, variances)
        return [variances @ np.linalg.matrix_power(A, D).sum(1) for D in FEW["n_samples"]]

    return both(recursion)


stability = Claim(
    name="sparse_one_pass_stability[decay=1,sparsity=2]",
    statement="The mean loss of one-pass descent falls below the step at which Σ hλ_i/(2 − h(k₄ a_i² − λ_i)) is one, "
    "and grows above it.",
    source=SOURCE,
    formula_from="derived here",
    experiment={name: simulate(FEW | {"step": h}, 4096) for name, h in (("below", BELOW), ("above", ABOVE))},
    predict=lambda: Prediction(steps()()),
    quantity=Together(
        below=Ratio("below.loss", GROWTH, n_samples=FEW["n_samples"]),
        above=Ratio("above.loss", GROWTH, n_samples=FEW["n_samples"]),
    ),
    margin={"below: log ratio": 0.15, "above: log ratio": 0.3},
    because="exact; less than half of the fall below and of the growth above, which a few runs carry",
    rivals={
        "a step is stable up to 2/tr Λ = 1.34": one_by_one(lambda h, v: 1 - 2 * h * v + h * h * v * v.sum()),
        "a step is stable up to 2/λ_1, as along the mean gradient": one_by_one(lambda h, v: (1 - h * v) ** 2),
        "a coordinate's own variance is counted twice": counted_twice,
        "Gaussian amplitudes, up to 0.51": steps("gaussian"),
    },
    asymptote=Asymptote(
        law=symbolic.infinite_threshold,
        finite=lambda M: threshold_step(decay=1, sparsity=2, n_modes=M),
        sizes=(10**3, 10**4, 10**5),
        order=1,
        bound=1e-5,
    ),
    cap=1024,
    tier="smoke",
)


def typical(decay, sparsity, step, margin, disturbed):
    rows = 4096
    world = {"decay": decay, "sparsity": sparsity, "n_modes": 200, "n_samples": (rows,), "step": step}

    def predict():
        return Prediction(isolated_log_loss(**world).values, {"log_loss": disturbed})

    def converging():
        variances = row_law(decay=decay, sparsity=sparsity, n_modes=200).variances
        return {"log_loss": [math.log(variances @ np.exp(-2 * step * rows * variances))]}

    def edge(M):
        """Largest stable step over 2/a_M², that of the rarest coordinate alone."""
        return threshold_step(decay=decay, sparsity=sparsity, n_modes=M) * M ** (sparsity - 1 - decay) / 2

    return Claim(
        name=f"sparse_one_pass_divergence[decay={decay},sparsity={sparsity}]",
        statement="Where amplitudes grow with rarity, sparsity above 1 + decay, no fixed step is stable: a typical run "
        "of one-pass descent turns round and diverges.",
        source=SOURCE,
        formula_from="derived here",
        experiment=simulate(world, 16),
        predict=predict,
        quantity=Mean("log_loss", n_samples=(rows,)),
        margin=margin,
        because="four times what the disturbance of coordinates by each other is taken to do, and less than a third of "
        "what parts a typical run from the mean and from one that converges",
        rivals={
            "stable up to sparsity 1 + 2 decay: it converges": converging,
            "a typical run is as large as the mean": lambda: {"log_loss": np.log(one_pass(**world).values["loss"])},
        },
        asymptote=Asymptote(
            law=lambda: symbolic.largest_gain().subs({H: 2, symbolic.KURTOSIS: 1}),
            finite=edge,
            sizes=(10, 100, 1000),
            order=1,
            bound=1e-9,
        ),
        cap=256,
    )


NORMED = {
    "rare": {"decay": 1, "sparsity": 3, "n_modes": 600, "n_samples": SAMPLES, "step": 0.5},
    "frequent": {"decay": 1, "sparsity": 1.5, "n_modes": 1000, "n_samples": SAMPLES, "step": 0.5},
}


def exponents(rare, frequent):
    return lambda: {"rare: exponent": [rare], "frequent: exponent": [frequent]}


normalised = Claim(
    name="sparse_one_pass_normalised[decay=1]",
    statement="With a step divided by |x|² one-pass descent is stable at every sparsity; the loss falls as D^(−α/η) "
    "where rare coordinates fill their rows, and as D^(−α/(1 + α)) where they do not.",
    source=SOURCE,
    formula_from="derived here",
    experiment={name: simulate(world | {"normalised": True}, 8) for name, world in NORMED.items()},
    predict=lambda: Prediction(
        {f"{name}.loss": normalised_one_pass(**world).values["loss"] for name, world in NORMED.items()}
    ),
    quantity=Together(
        rare=Exponent("rare.loss", n_samples=SAMPLES),
        frequent=Exponent("frequent.loss", n_samples=SAMPLES),
    ),
    margin=0.04,
    because="exact; a quarter of the distance between α/η and α/(1 + α) at either point",
    rivals={
        "α/(1 + α) at both": exponents(1 / 2, 1 / 2),
        "α/η at both": exponents(1 / 3, 2 / 3),
        "(η − 1)/η, the batch on normalised rows": exponents(2 / 3, 1 / 3),
    },
    asymptote=Asymptote(
        law=lambda: symbolic.normalised_rate().subs(H, Fraction(1, 2)),
        finite=lambda index: rate_of_rare(index, decay=1, sparsity=3, n_modes=1000, step=0.5),
        sizes=(10**4, 10**6, 10**8),
        order=1,
        bound=1e-7,
    ),
    cap=512,
)

claims = [
    loss(1, 1.5, 0.25, 1e-7),
    loss(2, 2, Fraction(1, 3), 1e-9),
    stability,
    typical(1, 3, 0.3, 1.6, 0.4),
    typical(2, 4, 0.5, 1.0, 0.2),
    normalised,
]
