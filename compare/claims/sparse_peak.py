"""The interpolation peak: where it is, how high, how its height is distributed."""

import math

import numpy as np
from scipy import special, stats

import theory.sparse_features.overparameterised as exact
import theory.sparse_features.peak_laws as symbolic
import theory.sparse_features.rank as rank
import theory.sparse_features.threshold as law
from compare import Asymptote, Claim, Experiment, Mean, Peak, Prediction, Rate, Together
from compare.quantity import Contrasts, View
from sim.sparse_features import given_data, peak as lab, threshold
from theory.exponents import local_exponent

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/peak.md"
STEPS = (-8, -4, -2, -1, 0, 1, 2, 4, 8)


def peaks(*places):
    return lambda: Prediction({"peak": list(places)})


def location(decay, sparsity, n_samples, rivals, *, steps=STEPS, points=(), noise=0.0):
    """Peak at N = r; ``points`` are further sizes N and their mean distances from the rank."""
    at = (*steps, *(distance for _, distance in points))
    noisy = ", label noise included," if noise else ""
    return Claim(
        name=f"sparse_peak{'_with_noise' if noise else ''}[decay={decay},sparsity={sparsity}]",
        statement=f"In every dataset the ridgeless loss{noisy} peaks where the number of features equals the rank of "
        "the data.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(
            lab.offsets,
            {
                "decay": decay,
                "sparsity": sparsity,
                "n_modes": 1000,
                "n_samples": n_samples,
                "offsets": steps,
                "n_features": [size for size, _ in points],
                "label_noise": noise,
            },
        ),
        predict=peaks(0),
        quantity=Peak("log_loss", n_features_minus_rank=at),
        margin=0.5,
        because="the peak is at one whole number of features and at no other",
        rivals={name: peaks(place) for name, place in rivals.items()} | {"N = r + 1": peaks(1), "N = r − 1": peaks(-1)},
        cap=512,
    )


def dense_location():
    """At sparsity 1/2 the rank is the number of samples."""
    samples, sizes = 40, tuple(40 + step for step in STEPS)
    return Claim(
        name="sparse_peak_dense[decay=1,sparsity=0.5]",
        statement="For sparsity η <= 1 the rank is the number of samples, and the ridgeless loss peaks at N = D.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(
            lab.offsets,
            {
                "decay": 1,
                "sparsity": 0.5,
                "n_modes": 400,
                "n_samples": samples,
                "offsets": (),
                "n_features": sizes,
            },
        ),
        predict=peaks(samples),
        quantity=Peak("log_loss", n_features=sizes),
        margin=0.5,
        because="the peak is at one whole number of features and at no other",
        rivals={"N = D + 1": peaks(samples + 1), "N = D − 1": peaks(samples - 1), "N = 0.9 D": peaks(36)},
        cap=512,
    )


WORLD = {"decay": 1, "sparsity": 2, "n_modes": 200, "n_samples": 80, "dataset": 1}
ACROSS = (60, 80, 100)
SECOND = "bump"


def no_second_peak():
    """Label noise around N = D, far above the rank 14."""
    view = View.of("noise", {"n_features": ACROSS}, None)

    def bump(size):
        return lambda given: Prediction({SECOND: [math.log(size)]})

    return Claim(
        name="sparse_no_second_peak[decay=1,sparsity=2]",
        statement="Where the rank is below the number of samples D, the loss from label noise is smooth at N = D.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(given_data.features, {"n_features": ACROSS, **WORLD}),
        given=("rank", "limit", "inverse_trace", "noise_resolved"),
        predict=lambda given: exact.conditional_noise(given, n_features=ACROSS),
        quantity=Contrasts("bump at n_samples = 80", view, {SECOND: [-0.5, 1.0, -0.5]}),
        margin=0.03,
        because="three per cent: the height of the peak at N = r is a factor of ten or more",
        rivals={
            "a second peak of a tenth": bump(1.1),
            "a second peak that doubles the noise": bump(2.0),
            "a second peak as at the rank, 2 e^γ D": bump(2 * math.exp(np.euler_gamma) * 80),
        },
        cap=512,
    )


OFFSETS, LEVELS, THRESHOLDS = (0, 1, 3), (5, 20, 200), (30, 90, 270, 810)
HEIGHTS = Experiment(
    threshold.heights, {**WORLD, "offsets": OFFSETS, "levels": LEVELS, "thresholds": THRESHOLDS, "n_replicates": 64}
)
GRID = {"levels": LEVELS, "thresholds": THRESHOLDS}


def chi_square(signal, shift=1):
    """The law with another |w_s|² or other degrees of freedom."""
    return lambda given: law.conditional(
        {"limit": given["limit"], "signal": [signal(given)]}, offsets=OFFSETS, shift=shift, **GRID
    )


def log_normal(given):
    """|θ|² log-normal with the mean and variance of its logarithm as they are."""
    a, values = given["signal"][0], law.conditional(given, offsets=OFFSETS, **GRID).values
    half = np.array([[(k + 1) / 2] for k in OFFSETS])
    score = np.log((np.array(LEVELS) - 1) / a) + special.digamma(half) + math.log(2)
    return Prediction(dict(values) | {"below": stats.norm.cdf(score / np.sqrt(special.polygamma(1, half))).ravel()})


distribution = Claim(
    name="sparse_peak_distribution[decay=1,sparsity=2]",
    statement="At and above the threshold, given data and teacher, the loss over random features is distributed as "
    "T (1 + |w|²/χ²) with N − r + 1 degrees of freedom.",
    source=SOURCE,
    formula_from="derived here",
    experiment=HEIGHTS,
    given=("limit", "signal", "rank"),
    predict=lambda given: law.conditional(given, offsets=OFFSETS, **GRID),
    quantity=Together(
        log=Mean("log_loss", excess=OFFSETS),
        share=Mean("below", excess=np.repeat(OFFSETS, len(LEVELS)), loss_over_limit=np.tile(LEVELS, len(OFFSETS))),
    ),
    margin={"log: mean": 0.08, "share: mean": 0.02},
    because="a third of what |w|² = r would do, and less than half of the distance to a log-normal law",
    rivals={
        "N − r + 2 degrees of freedom": chi_square(lambda given: given["signal"][0], shift=2),
        "|w|² = r": chi_square(lambda given: given["rank"][0]),
        "log-normal": log_normal,
    },
    cap=1024,
)


def indices(*values):
    names = [f"N - r = {k}" for k in OFFSETS[:2]]
    return lambda given: Prediction({f"{name}: exponent": [value] for name, value in zip(names, values, strict=True)})


n_thresholds = len(THRESHOLDS)
tail = Claim(
    name="sparse_peak_tail[decay=1,sparsity=2]",
    statement="At N = r + m the loss has a power-law tail of index (m + 1)/2 over random features.",
    source=SOURCE,
    formula_from="derived here",
    experiment=HEIGHTS,
    given=("limit", "signal"),
    predict=lambda given: law.conditional(given, offsets=OFFSETS, **GRID),
    quantity=Together(
        **{
            f"N - r = {k}": Rate(
                "exceeds",
                points=range(j * n_thresholds, (j + 1) * n_thresholds),
                loss_over_limit=THRESHOLDS,
            )
            for j, k in enumerate(OFFSETS[:2])
        }
    ),
    margin={"N - r = 0: exponent": 0.08, "N - r = 1: exponent": 0.15},
    because="a third or less of the distance to the index of the next number of features",
    rivals={
        "index m/2": indices(0.0, 0.5),
        "index (m + 2)/2": indices(1.0, 1.5),
        "index 1 at every m": indices(1.0, 1.0),
        "index 1/2 at every m": indices(0.5, 0.5),
    },
    asymptote=Asymptote(
        law=lambda: [symbolic.tail_index(k) for k in OFFSETS],
        finite=lambda level: [
            local_exponent(lambda t, digits, k=k: law.exceedance(t, offset=k, signal=10, digits=digits), level)
            for k in OFFSETS
        ],
        sizes=(10**4, 10**8, 10**12),
        order=1,
        bound=1e-9,
    ),
    cap=1024,
)

SAMPLES = (50, 200, 800)
ROWS = {"sparsity": 2, "n_modes": 2000, "n_samples": SAMPLES}
HEIGHT = Experiment(lab.heights, ROWS | {"n_replicates": 128})


def height():
    known = rank.ranks(**ROWS).values
    ranks, at = known["rank"], law.log_heights(known["rank"], known["seen_variance"])
    own = at.values["log_height"]

    def rival(values):
        return lambda: Prediction({"log_height": values})

    return Claim(
        name="sparse_peak_height[sparsity=2]",
        statement="At N = r the typical loss exceeds that of infinitely many features by a factor in proportion to the "
        "rank, 2 e^γ r.",
        source=SOURCE,
        formula_from="derived here",
        experiment=HEIGHT,
        predict=lambda: at,
        quantity=Mean("log_height", n_samples=SAMPLES),
        margin=0.15,
        because="a third of the distance to the median height, 2.198 r",
        rivals={
            "growing as the square root of the rank": rival(own[0] + np.log(ranks / ranks[0]) / 2),
            "the median 2.198 r": rival(np.log(2.198 * ranks)),
            "half the number of samples": rival(np.log(np.array(SAMPLES) / 2.0)),
            "the same height at every size": rival(np.full(len(own), own[0])),
        },
        asymptote=Asymptote(
            law=symbolic.height_constant,
            finite=lambda r: symbolic.sp.exp(str(law.log_height(r, digits=40))) / r,
            sizes=(10**2, 10**4, 10**6),
            order=1,
            bound=1e-5,
        ),
        cap=512,
    )


claims = [
    # Mean rank 16.9 (sd 2.6): 10 lies 7 below it on average, 100 lies 83 above.
    location(1, 2, 100, {"N = D": 83, "N = D^(1/η), no Γ(1 − 1/η)": -7}, points=((100, 83), (10, -7))),
    location(1, 3, 1000, {"N = D^(1/η), no Γ(1 − 1/η)": -3}, points=((10, -3),)),
    # Mean number seen less mean rank is 5.
    location(1, 1.5, 40, {"N = S, the number seen": 5, "N = D": 15}, steps=(*STEPS, 5), points=((40, 15),)),
    location(1, 2, 100, {"N = D": 83}, points=((100, 83),), noise=0.1),
    dense_location(),
    no_second_peak(),
    distribution,
    tail,
    height(),
]
