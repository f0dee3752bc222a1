"""The unseen mass of sparse features: its mean, its exponent, and the loss of infinitely many features above it."""

from fractions import Fraction

import mpmath
import numpy as np

import theory.sparse_features.unseen_mass_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Exponent, Level
from sim.sparse_features.infinite_features import infinite_features as learn
from sim.sparse_features.unseen_mass import unseen_mass as count
from theory import random_features as dense
from theory.sparse_features.pairs import infinite_features, pair_loss
from theory.sparse_features.unseen_mass import unseen_mass, unseen_mass_sum

SAMPLES = (100, 300, 1000, 3000)
POINTS = ((1, 2), (1, 3), (Fraction(1, 2), 3))
FAR = (10**10, 10**20, 10**30)
SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/unseen_mass.md"


def tag(decay, sparsity):
    return f"[decay={float(decay):g},sparsity={float(sparsity):g}]"


def world(decay, sparsity):
    return {"decay": float(decay), "sparsity": float(sparsity), "n_modes": 100_000, "n_samples": SAMPLES}


def at(law, decay, sparsity):
    return law.subs({symbolic.ALPHA: Fraction(decay), symbolic.ETA: Fraction(sparsity), symbolic.SCALE: 1})


def scaled_sum(decay, sparsity):
    """Unseen mass of infinitely many modes times D^(decay/sparsity)."""
    e = Fraction(decay) / Fraction(sparsity)

    def value(D):
        with mpmath.workdps(60):
            power = mpmath.mpf(D) ** (mpmath.mpf(e.numerator) / e.denominator)
            return power * unseen_mass_sum(D, decay=decay, sparsity=sparsity, digits=40)

    return value


def scaled(factor, decay, sparsity):
    """A rival for the unseen mass: the true one times a factor, or times what a function gives."""
    return lambda: {
        "unseen": (factor() if callable(factor) else factor) * unseen_mass(**world(decay, sparsity)).values["unseen"]
    }


def falling(power):
    return lambda: {column: np.array(SAMPLES) ** -float(power) for column in ("unseen", "loss")}


def mass(decay, sparsity):
    e = Fraction(decay) / Fraction(sparsity)

    def sharp():
        return float(1 / Fraction(decay) / at(symbolic.mass_constant(), decay, sparsity))

    size = np.array(SAMPLES, dtype=float)
    return Claim(
        name="sparse_unseen_mass" + tag(decay, sparsity),
        statement="Coordinates that no row shows hold the variance Σ λ_i (1 − p_i)^D, whatever the sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(count, world(decay, sparsity)),
        predict=lambda: unseen_mass(**world(decay, sparsity)),
        quantity=Curve("unseen", slopes=("n_samples",), n_samples=SAMPLES),
        margin={"level": 0.01, "slope in n_samples": 0.01, "shape": 0.02},
        because="exact; a fifth of what a sharp cutoff at c D i^−η = 1 would get wrong or less, and a tenth of a "
        "correction in 1/D^(1/η)",
        rivals={
            "sharp cutoff: D^(α/η) × mass = 1/α": scaled(sharp, decay, sparsity),
            "a correction 1 + 0.3 D^(−1/η) as of a zeta function": scaled(
                1 + 0.3 * size ** -(1 / float(sparsity)), decay, sparsity
            ),
            "dense exponent": falling(decay),
            "coordinates seen twice at least": scaled(2.0 ** float(e), decay, sparsity),
        },
        asymptote=Asymptote(
            law=lambda: at(symbolic.mass_constant(), decay, sparsity),
            finite=scaled_sum(decay, sparsity),
            sizes=FAR,
            order=1,
            bound=1e-29,
        ),
        cap=1024,
        tier="smoke" if (decay, sparsity) == (1, 3) else "standard",
    )


def exponent(decay, sparsity):
    alpha, eta = float(decay), float(sparsity)
    powers = {
        "dense exponent α": alpha,
        "α/(1 + α), from the spectrum": alpha / (1 + alpha),
        "(η − 1)/η": (eta - 1) / eta,
        "α/(η + 1)": alpha / (eta + 1),
    }
    on_the_line = eta == 1 + alpha  # where some of them coincide with the truth
    return Claim(
        name="sparse_data_exponent" + tag(decay, sparsity),
        statement="With infinitely many features the loss falls with the number of samples as D^−(decay/sparsity).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(learn, world(decay, sparsity)),
        predict=lambda: infinite_features(**world(decay, sparsity)),
        quantity=Exponent("loss", n_samples=SAMPLES),
        margin=MARGIN[sparsity, decay],
        because="a third of the distance to α/(η + 1), the nearest other exponent built from the two",
        rivals={name: falling(power) for name, power in powers.items() if not on_the_line or name not in SAME},
        asymptote=Asymptote(
            law=lambda: at(symbolic.data_exponent(), decay, sparsity),
            finite=slope_of_sum(decay, sparsity),
            sizes=FAR,
            order=1,
            bound=1e-29,
        ),
        cap=512,
    )


MARGIN = {(2, 1): 0.05, (3, 1): 0.03, (3, Fraction(1, 2)): 0.014}
SAME = ("α/(1 + α), from the spectrum", "(η − 1)/η")
"""Exponents that coincide with the true one where sparsity = 1 + decay."""


def slope_of_sum(decay, sparsity):
    """Exponent of the unseen mass between D and 2D, infinitely many modes."""

    def value(D):
        with mpmath.workdps(60):
            one, two = (unseen_mass_sum(n, decay=decay, sparsity=sparsity, digits=40) for n in (D, 2 * D))
            return mpmath.log(one / two) / mpmath.log(2)

    return value


FEW = (100, 300)
ON_THE_LINE = {"decay": 1, "sparsity": 2, "n_modes": 20_000, "n_samples": FEW}
MANY = Experiment(learn, ON_THE_LINE | {"n_replicates": 16})


def with_unseen(change):
    """A rival that predicts the loss from the measured unseen mass and Pair."""
    return lambda given: {"loss": change(given["unseen"], pair_loss(**ON_THE_LINE))}


def dense_law():
    return dense.unresolved(decay=1, n_modes=20_000, n_features=FEW).values["unresolved"]


tight = Claim(
    name="sparse_unseen_mass_tight[decay=1,sparsity=2]",
    statement="Infinitely many features lose the unseen mass and, beyond it, only what pairs of coordinates hide that "
    "share their one row.",
    source=SOURCE,
    formula_from="derived here",
    experiment=MANY,
    given=("unseen",),
    predict=lambda given: infinite_features(given, **ON_THE_LINE),
    quantity=Level("loss", n_samples=FEW),
    margin=0.0075,
    because="less than half of what the pairs add",
    rivals={
        "the unseen mass alone": with_unseen(lambda unseen, pairs: unseen),
        "both coordinates of a pair are lost": with_unseen(lambda unseen, pairs: unseen + 2 * pairs),
        "the unseen mass twice": with_unseen(lambda unseen, pairs: 2 * unseen),
        "the dense law κD": lambda given: {"loss": dense_law()},
    },
    cap=2048,
)

pairs = Claim(
    name="sparse_pairs[decay=1,sparsity=2]",
    statement="What infinitely many features leave unknown of coordinates that were seen is half of the variance of "
    "pairs whose members appear once, in the same row.",
    source=SOURCE,
    formula_from="derived here",
    experiment=MANY,
    predict=lambda: infinite_features(**ON_THE_LINE),
    quantity=Level("unidentified", n_samples=FEW),
    margin=0.25,
    because="four times the stated remainder; the other shares of a pair that come to mind differ by a factor of 2",
    rivals={
        "both coordinates of a pair are lost": lambda: {"unidentified": 2 * pair_loss(**ON_THE_LINE)},
        "a quarter of a pair": lambda: {"unidentified": pair_loss(**ON_THE_LINE) / 2},
        "relative size 1/D": lambda: {"unidentified": [0.0882 / 100, 0.0511 / 300]},
    },
    cap=2048,
)


def constant_and_correction(decay, sparsity):
    """Constant T of the law and its correction at D: mass × D^e, and D times what that is off T, relatively."""
    e = Fraction(decay) / Fraction(sparsity)

    def value(D):
        with mpmath.workdps(80):
            power = mpmath.mpf(e.numerator) / e.denominator
            limit = mpmath.mpf(str(at(symbolic.mass_constant(), decay, sparsity).evalf(75)))
            scaled = mpmath.mpf(D) ** power * unseen_mass_sum(D, decay=decay, sparsity=sparsity, digits=62)
            return [scaled, D * (scaled / limit - 1)]

    return value


def law(decay, sparsity):
    def constant():
        return at(symbolic.mass_constant(), decay, sparsity)

    def correction():
        return at(symbolic.mass_correction(), decay, sparsity)

    return Claim(
        name="sparse_unseen_mass_law" + tag(decay, sparsity),
        statement="The unseen mass is Γ(e)/η (cD)^(−e) (1 − e(e + 1)/(2D) + …), e = decay/sparsity, without any "
        "correction in between.",
        source=SOURCE,
        formula_from="derived here",
        rivals={
            "sharp cutoff: 1/α": lambda: [1 / Fraction(decay), correction()],
            "rows as Poisson processes: no correction in 1/D": lambda: [constant(), 0],
            "correction of the other sign": lambda: [constant(), -correction()],
            "a boundary term of the sum, ½ at the first coordinate": lambda: [
                constant(),
                correction() + Fraction(1, 2),
            ],
        },
        asymptote=Asymptote(
            law=lambda: [constant(), correction()],
            finite=constant_and_correction(decay, sparsity),
            sizes=(10**10, 10**30),
            order=1,
            bound=1e-20,
        ),
    )


claims = [*(law(*p) for p in POINTS[1:]), *(mass(*p) for p in POINTS), *(exponent(*p) for p in POINTS), tight, pairs]
