"""Fixed-step gradient descent on sparse data: an early power law in time, then a plateau at the unseen mass."""

from fractions import Fraction

import mpmath
import numpy as np

import theory.descent_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Exponent, Level
from sim.sparse_features import descent as lab
from theory.descent import population_loss
from theory.effective_ridge import effective_ridge
from theory.exponents import local_exponent
from theory.random_features_laws import ALPHA
from theory.sparse_features.descent import descent
from theory.sparse_features.row_law import row_law

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/descent.md"
STEP = 0.5
TIMES = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000, 3_000_000)
LATE = range(len(TIMES) - 3, len(TIMES))
M = 4000


def world(decay, sparsity, n_samples=1000, times=TIMES):
    return {"decay": decay, "sparsity": sparsity, "n_modes": M, "n_samples": n_samples, "step": STEP, "times": times}


def early(decay, times):
    """The early law at all times."""
    return np.array([float(population_loss(t, decay=Fraction(decay), step=Fraction(1, 2), digits=15)) for t in times])


def early_exponent(decay):
    """α/(1 + α)."""
    return mpmath.mpf(decay) / (1 + mpmath.mpf(decay))


def dense_plateau(here):
    """κD, what dense data of the same spectrum leave."""
    return float(effective_ridge(here["n_samples"], decay=Fraction(here["decay"]), n_modes=M)) * here["n_samples"]


def unseen(here):
    law = row_law(decay=here["decay"], sparsity=here["sparsity"], n_modes=M)
    return float(law.variances @ law.silent(here["n_samples"]))


def at_the_pace_of_the_population(here, given):
    """Σ λ_i (1 − hλ_i)^(2t) over the coordinates seen, and the measured unseen mass."""
    law = row_law(decay=here["decay"], sparsity=here["sparsity"], n_modes=M)
    silent, left = law.silent(here["n_samples"]), 1 - STEP * law.variances
    return [law.variances @ ((1 - silent) * left ** (2 * t)) + given["unseen"][0] for t in TIMES]


def half_of_the_rows(here, given):
    """The law for D/2 rows."""
    return descent(**here | {"n_samples": here["n_samples"] // 2}).values["loss"] + given["unseen"][0] - unseen(here)


def curve(decay, sparsity, margin, because, further, n_samples=1000, tier="standard", cap=1024):
    here = world(decay, sparsity, n_samples)

    def rival(change):
        return lambda given: {"loss": change(descent(**here).values["loss"])}

    times = np.array(TIMES, dtype=float)
    return Claim(
        name=f"sparse_descent_curve[decay={decay:g},sparsity={sparsity}]",
        statement="Descent learns every coordinate at its own pace, set by how often and how strongly the rows show "
        "it, and stops at those that they never show.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.descent, here),
        given=("unseen",),
        predict=lambda given: descent(given, **here),
        quantity=Curve("loss", ("time",), time=TIMES),
        margin=margin,
        because=because,
        rivals={
            "a power law down to zero": rival(lambda own: early(decay, TIMES)),
            "plateau at the dense κD": rival(lambda own: own - unseen(here) + dense_plateau(here)),
            "early exponent α/η": rival(lambda own: own[-1] + (own[0] - own[-1]) * times ** (-decay / sparsity)),
            **{name: lambda given, law=law: {"loss": law(here, given)} for name, law in further.items()},
        },
        asymptote=Asymptote(
            law=lambda: symbolic.early_constant().subs({ALPHA: Fraction(decay), symbolic.H: Fraction(1, 2)}),
            finite=lambda t: (
                population_loss(t, decay=Fraction(decay), step=Fraction(1, 2)) * mpmath.mpf(t) ** early_exponent(decay)
            ),
            sizes=(10**4, 10**8, 10**12),
            order=1,
            bound=1e-10,
        ),
        tier=tier,
        cap=cap,
    )


def plateau(decay, sparsity):
    here = world(decay, sparsity)

    def rival(level):
        return lambda: {"loss": np.full(len(TIMES), level())}

    def sharp():
        """Coordinates that are expected less than once: ∫_{i0}^∞ λ di, i0 = D^(1/η)."""
        return 1000.0 ** (-decay / sparsity) / decay

    return Claim(
        name=f"sparse_descent_plateau[decay={decay:g},sparsity={sparsity}]",
        statement="However long it runs, descent on sparse data ends at the unseen mass.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.descent, here),
        predict=lambda: descent(**here),
        quantity=Level("loss", points=LATE, time=[TIMES[k] for k in LATE]),
        margin=0.05,
        because="less than half of what a sharp cut at coordinates expected once would do",
        rivals={
            "a sharp cut at the coordinates expected once": rival(sharp),
            "the dense κD": rival(lambda: dense_plateau(here)),
            "a power law down to zero": lambda: {"loss": early(decay, TIMES)},
        },
        cap=2048,
    )


HALF = "half of what it matters that rows show a coordinate more or less often than the population"
ROWS = "a third of what half as many rows would do"
PACE = {"seen coordinates at the pace of the population": at_the_pace_of_the_population}
HELD_OUT = {"half of the rows held out": half_of_the_rows}
EARLY = (3, 10, 30, 100)


def early_time():
    """Off the line η = 1 + α, where α/η and α/(1 + α) differ; many samples, so that the window is wide."""
    here = world(1, 3, n_samples=20_000, times=EARLY)

    def power(exponent):
        return lambda: {"exponent": [exponent]}

    return Claim(
        name="sparse_descent_early_exponent[decay=1,sparsity=3]",
        statement="At early times the loss falls with the steps as t^(−α/(1 + α)), an exponent of the spectrum that "
        "knows nothing of the sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.descent, here),
        predict=lambda: descent(**here),
        quantity=Exponent("loss", time=EARLY),
        margin=0.035,
        because="about a quarter of the distance to α/η = 1/3",
        rivals={
            "α/η": power(1 / 3),
            "(η − 1)/η": power(2 / 3),
            "α": power(1.0),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.early_exponent().subs(ALPHA, 1),
            finite=lambda t: local_exponent(
                lambda time, digits: population_loss(time, decay=1, step=Fraction(1, 2), digits=digits), t, 15
            ),
            sizes=(10**4, 10**8, 10**12),
            order=1,
            bound=1e-10,
        ),
        cap=64,
    )


claims = [
    curve(1, 2, {"level": 0.03, "slope in time": 0.015, "shape": 0.06}, HALF, PACE),
    curve(1, 3, {"level": 0.02, "slope in time": 0.015, "shape": 0.06}, HALF, PACE),
    curve(1, 2.5, {"level": 0.05, "slope in time": 0.015, "shape": 0.06}, ROWS, HELD_OUT, 300, "smoke", 256),
    plateau(1, 2),
    plateau(1, 3),
    early_time(),
]
