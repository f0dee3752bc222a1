"""Random features on unlimited sparse data: the model exponent and its level do not know the sparsity.

Features are fitted to sampled sparse rows, many more than features; the population loss enters the evidence nowhere.
"""

import numpy as np

import theory.random_features as dense
import theory.random_features_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment
from sim.sparse_features.infinite_data import infinite_data as fit
from theory.exponents import local_exponent
from theory.sparse_features.infinite_data import infinite_data

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/unseen_mass.md"
MODES = 500
SIZES = {0.5: (8, 12, 16, 24, 32), 2: (8, 12, 16, 24, 32), 3: (4, 5, 6, 8, 10)}
SAMPLES = {0.5: 2000, 2: 40_000, 3: 200_000}
MARGINS = {
    0.5: {"level": 0.018, "slope in n_features": 0.04, "shape": 0.02},
    2: {"level": 0.018, "slope in n_features": 0.04, "shape": 0.02},
    3: {"level": 0.04, "slope in n_features": 0.1, "shape": 0.05},
}


def world(sparsity):
    return {
        "decay": 1,
        "sparsity": sparsity,
        "n_modes": MODES,
        "n_samples": SAMPLES[sparsity],
        "n_features": SIZES[sparsity],
    }


def experiment(sparsity):
    return Experiment(fit, world(sparsity) | {"n_replicates": 16})


def powers(sparsity, power):
    """The true level at the middle size, another exponent."""

    def predict():
        sizes = np.array(SIZES[sparsity], dtype=float)
        true = infinite_data(**world(sparsity)).values["loss"]
        middle = np.exp(np.log(true).mean() + power * np.log(sizes).mean())
        return {"loss": middle * sizes**-power}

    return predict


def leading(sparsity):
    """κN, without its correction in 1/N."""

    def predict():
        law = dense.leading_unresolved(decay=1, n_modes=MODES, n_features=SIZES[sparsity])
        return {"loss": law.values["unresolved"]}

    return predict


def unlimited(n, digits):
    return dense.unresolved_loss(n, decay=1, n_modes=float("inf"), digits=digits)


def claim(sparsity):
    rivals = {
        "κN, without the correction in 1/N": leading(sparsity),
        "α/η, the data exponent": powers(sparsity, 1 / max(sparsity, 1.5)),
        "α/(1 + α)": powers(sparsity, 0.5),
        "exponent 1 + α of the spectrum": powers(sparsity, 2.0),
    }
    if sparsity == 3:  # few features: the remainder of the 1/N expansion is of the order of its first term
        del rivals["κN, without the correction in 1/N"]
    return Claim(
        name=f"sparse_model_exponent[decay=1,sparsity={sparsity:g}]",
        statement="With unlimited data the loss of N random features is that of dense data, level and exponent alike, "
        "whatever the sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(sparsity),
        predict=lambda: infinite_data(**world(sparsity)),
        quantity=Curve("loss", slopes=("n_features",), n_features=SIZES[sparsity]),
        margin=MARGINS[sparsity],
        because="twice the stated remainders, of the 1/N expansion and of finite data, and ten standard errors; about "
        "half of the correction in 1/N",
        rivals=rivals,
        asymptote=Asymptote(
            law=lambda: symbolic.model_exponent().subs(symbolic.ALPHA, 1),
            finite=lambda n: local_exponent(unlimited, n),
            sizes=(10**3, 10**6, 10**9),
            order=1,
            bound=1e-8,
        ),
        cap=512,
    )


claims = [claim(sparsity) for sparsity in SIZES]
