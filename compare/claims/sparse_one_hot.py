"""One-hot rows with infinitely many features: the loss is exactly the unseen mass, up to a hundred million rows."""

from fractions import Fraction

import mpmath
import numpy as np

import theory.sparse_features.unseen_mass_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Prediction
from sim.sparse_features.one_hot_losses import infinite_features
from theory.random_features import leading_unresolved_loss
from theory.sparse_features.frontier import one_hot_scale, one_hot_unseen
from theory.sparse_features.unseen_mass import unseen_mass_sum

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/frontier.md"
FAR = (10**10, 10**14, 10**18)
SAMPLES = {
    (1, 2): (10**4, 10**5, 10**6),
    (1, 3): (10**4, 10**6, 10**8),
    (0.5, 1.5): (10**3, 10**4, 10**5),
}


def loss(decay, sparsity):
    samples = SAMPLES[decay, sparsity]
    world = {"decay": decay, "sparsity": sparsity, "n_samples": samples}
    e, size = decay / sparsity, np.array(samples, dtype=float)

    def scaled(factor):
        """The sum times a factor, or times what a function gives."""

        def predict():
            times = factor() if callable(factor) else factor
            return Prediction({"loss": times * one_hot_unseen(**world).values["loss"]})

        return predict

    def dense():
        values = [leading_unresolved_loss(D, decay=decay, n_modes=mpmath.inf, digits=12) for D in samples]
        return Prediction({"loss": np.array([float(x) for x in values])})

    def constant():
        return symbolic.mass_constant().subs({symbolic.ALPHA: Fraction(decay), symbolic.ETA: Fraction(sparsity)})

    def finite(D):
        with mpmath.workdps(60):
            c, power = 1 / mpmath.zeta(mpmath.mpf(sparsity)), mpmath.mpf(decay) / mpmath.mpf(sparsity)
            return (c * D) ** power * unseen_mass_sum(D, decay=decay, sparsity=sparsity, scale=c, digits=40)

    return Claim(
        name=f"sparse_one_hot_loss[decay={decay},sparsity={sparsity}]",
        statement="With one active coordinate per row and infinitely many features the mean loss is Σ λ_i (1 − p_i)^D "
        "with p_i = i^−η/ζ(η), whatever else the rows hold.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(infinite_features, world | {"n_replicates": 8}),
        predict=lambda: one_hot_unseen(**world),
        quantity=Curve("loss", slopes=("n_samples",), n_samples=samples),
        margin={"level": 0.016, "slope in n_samples": 0.004, "shape": 0.02},
        because="exact; a quarter of what c = 1 in place of 1/ζ(η) gets wrong at sparsity 3, where it errs least, and "
        "half of an error of 3 % in the exponent",
        rivals={
            "c = 1, as for independent activations": scaled(one_hot_scale(sparsity) ** e),
            "a sharp cutoff at c D i^−η = 1": scaled(lambda: 1 / decay / float(constant())),
            "the dense law κD": dense,
            "exponent 3 % larger": scaled((size / size[1]) ** (-0.03 * e)),
        },
        asymptote=Asymptote(law=constant, finite=finite, sizes=FAR, order=1, bound=1e-15),
        cap=1024,
        tier="smoke" if (decay, sparsity) == (1, 3) else "standard",
    )


claims = [loss(*point) for point in SAMPLES]
