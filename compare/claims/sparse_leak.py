"""Sparse rows of which a share ε is dense, no label noise: any leak restores the dense exponent.

A leak keeps all variances and removes all exact zeros.
"""

import math
from fractions import Fraction

import numpy as np

import theory.random_features as dense
import theory.sparsity_models.leak as law
import theory.sparsity_models.leak_laws as symbolic
from compare import Asymptote, Claim, Experiment, Exponent, Level, Peak, Prediction, Together
from sim.sparsity_models.leak_peaks import leak_peaks
from sim.sparsity_models.limits import limits
from theory.exponents import local_exponent
from theory.sparse_features import pairs

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/leak_and_normalised.md"
SAMPLES = (40, 80, 160)


def world(decay, sparsity, n_modes, n_samples):
    return {"decay": decay, "sparsity": sparsity, "n_modes": n_modes, "n_samples": n_samples}


def data(leak, **law_of_rows):
    return Experiment(limits, {"model": "leak", "leak": leak} | law_of_rows)


def exponent(decay, sparsity):
    """Exponent in the number of samples of infinitely many features at ε = 10⁻⁶."""
    rows = world(decay, sparsity, 2000, SAMPLES)

    def falling(power):
        return lambda: {"loss": np.array(SAMPLES) ** -float(power)}

    return Claim(
        name=f"sparse_leak_exponent[decay={decay:g},sparsity={sparsity}]",
        statement="If a millionth of every variance is dense, the loss without label noise falls with the exponent of "
        "dense data, decay, not decay/sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=data(1e-6, **rows),
        predict=lambda: law.leaked_loss(leak=1e-6, **rows),
        quantity=Exponent("loss", n_samples=SAMPLES),
        margin=0.08,
        because="a third or less of the distance to any other exponent built from the two; twice the stated "
        "remainder takes a half of it",
        rivals={
            "α/η, as without a leak": lambda: pairs.infinite_features(**rows),
            "no bottleneck at all, flat": falling(0),
            "α/(1 + α)": falling(decay / (1 + decay)),
            "halfway, (α + α/η)/2": falling(decay * (1 + 1 / sparsity) / 2),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.leaked_exponent().subs(symbolic.ALPHA, Fraction(decay)),
            finite=lambda D: local_exponent(
                lambda size, digits: law.leaked_loss_at(size, decay=Fraction(decay), sparsity=sparsity, digits=digits),
                D,
                12,
            ),
            sizes=(10**10, 10**20, 10**30),
            order=1 - 1 / sparsity,
            bound=1e-14,
        ),
        cap=512,
    )


LEAKS = {"tiny": 1e-8, "large": 1e-2}
BOTH = world(1, 2, 600, (60, 120))


def level():
    """The same loss at ε = 10⁻⁸ and 10⁻², with what sparsity still does to the constant."""

    def columns(predicted):
        laws = {name: predicted(leak) for name, leak in LEAKS.items()}
        return Prediction(
            *(
                {f"{name}.loss": getattr(p, kind)["loss"] for name, p in laws.items()}
                for kind in ("values", "allowance")
            )
        )

    def instead(loss):
        return lambda: columns(lambda leak: Prediction({"loss": loss(leak)}))

    def sparse():
        return pairs.infinite_features(**BOTH).values["loss"]

    def dense_law():
        return dense.unresolved(decay=1, n_modes=600, n_features=BOTH["n_samples"]).values["unresolved"]

    def continuous(leak):
        """As if what is unseen were learned in proportion to the logarithm of the leak, down to 10⁻¹²."""
        return sparse() ** (math.log(leak) / math.log(1e-12)) * dense_law() ** (1 - math.log(leak) / math.log(1e-12))

    return Claim(
        name="sparse_leak_level[decay=1,sparsity=2]",
        statement="Without label noise the loss is discontinuous in the leak: at a dense share of 1e-8 as of 1e-2 it "
        "is the dense loss less the share of it that the sparse equations save, κ (D − E S).",
        source=SOURCE,
        formula_from="derived here",
        experiment={name: data(leak, **BOTH) for name, leak in LEAKS.items()},
        predict=lambda: columns(lambda leak: law.leaked_loss(leak=leak, **BOTH)),
        quantity=Together(
            **{name: Level(f"{name}.loss", n_samples=BOTH["n_samples"]) for name in LEAKS},
        ),
        margin=0.05,
        because="a third of the distance to the dense law, three times the stated remainder",
        rivals={
            "the dense law κD": instead(lambda leak: dense_law()),
            "no leak": instead(lambda leak: sparse()),
            "unseen and leaked parts mixed, (1 − ε) and ε": instead(
                lambda leak: (1 - leak) * sparse() + leak * dense_law()
            ),
            "continuous in log ε": instead(continuous),
        },
        cap=512,
    )


STEPS = (-8, -4, -2, -1, 0, 1, 2, 4, 8)
SIZE = 100
PLACES = tuple(("sparse rank", k) for k in STEPS) + tuple(("samples", k) for k in STEPS)
PEAKS = Experiment(
    leak_peaks, {"decay": 1, "sparsity": 2, "n_modes": 300, "n_samples": SIZE, "leak": 1e-6, "places": PLACES}
)


def peak(name, statement, points, at, place, rivals):
    def places(where):
        return lambda: Prediction({"peak": [where]})

    return Claim(
        name=f"sparse_leak_{name}[decay=1,sparsity=2]",
        statement=statement,
        source=SOURCE,
        formula_from="derived here",
        experiment=PEAKS,
        predict=places(place),
        quantity=Peak("log_loss", points=points, **at),
        margin=0.5,
        because="the peak is at one whole number of features and at no other",
        rivals={rival: places(where) for rival, where in rivals.items()},
        cap=1024,
    )


NEAR = len(STEPS)
first = peak(
    "first_peak",
    "Below the number of samples the loss of leaked rows has a peak of its own where the number of features equals the "
    "rank of their sparse part.",
    range(NEAR),
    {"n_features_minus_sparse_rank": STEPS},
    0,
    {"N = r + 1": 1, "N = r − 1": -1, "N = D^(1/η), no Γ(1 − 1/η)": -8},
)
main = peak(
    "main_peak",
    "With a leak the data have full rank: far above the rank of their sparse part the ridgeless loss peaks once more, "
    "where features equal samples.",
    range(NEAR, 2 * NEAR),
    {"n_features": [SIZE + k for k in STEPS]},
    SIZE,
    {
        "one peak only, at the rank of the sparse part: falling from N = 92 on": SIZE - 8,
        "N = D + 1": SIZE + 1,
        "N = D − 1": SIZE - 1,
    },
)


claims = [exponent(1, 2), exponent(1, 3), level(), first, main]
