"""More features than the data have rank: the exact laws of the mean loss given the data.

The laws are themselves what a faster simulation would use, so the features are explicit and the loss is computed
from its definition. The data are the same in every draw; their rank and traces are emitted with the losses.
"""

from fractions import Fraction

import numpy as np

import theory.sparse_features.overparameterised as law
import theory.sparse_features.peak_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Level, Prediction
from sim.sparse_features import given_data as lab

SOURCE = "Sous & Winer 2026; exact law derived in docs/sparse_features/peak.md"
CONSTANTS = ("rank", "seen", "limit")


def scaled(factor):
    """The limit T of infinitely many features times another factor of N, the rank r and the number S seen."""
    return lambda given: Prediction(
        {"loss": given["limit"][0] * factor(round(given["rank"][0]), round(given["seen"][0]))}
    )


def dense_factor(N, D):
    """Double descent with the number of samples in place of the rank."""
    small, large = np.minimum(N, D), np.maximum(N, D)
    return (large - 1) / np.maximum(large - small - 1, 1)


def by_seen(N):
    """S for r; at sparsity 3 the two are the same."""
    return scaled(lambda r, S: (N - 1) / (N - S - 1))


POINTS = {
    (1, 2): ({"n_modes": 200, "n_samples": 80, "dataset": 1}, (24, 30, 42, 70), "smoke", 256),
    (1, 3): ({"n_modes": 200, "n_samples": 500, "dataset": 1}, (20, 22, 24), "level", 8192),
    (1, 1.5): ({"n_modes": 200, "n_samples": 60, "dataset": 1}, (48, 54, 66, 100), "standard", 4096),
}


def loss(decay, sparsity):
    world, features, tier, cap = POINTS[decay, sparsity]
    N = np.array(features, dtype=float)
    return Claim(
        name=f"sparse_overparameterised[decay={decay},sparsity={sparsity}]",
        statement="Given data of rank r, the mean loss of N >= r + 2 random features is that of infinitely many "
        "features times (N − 1)/(N − r − 1).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(lab.features, {"decay": decay, "sparsity": sparsity, "n_features": features, **world}),
        given=CONSTANTS,
        predict=lambda given: law.conditional_loss(given, n_features=features),
        quantity=(
            Level("loss", n_features=features)
            if tier == "level"
            else Curve("loss", slopes=("n_features",), n_features=features)
        ),
        margin=MARGINS[tier],
        because=REASONS[tier],
        rivals={
            "the number of samples for the rank": scaled(lambda r, S: dense_factor(N, world["n_samples"])),
            "no variance factor": scaled(lambda r, S: np.ones(len(N))),
            "1 + r/N": scaled(lambda r, S: 1 + r / N),
        }
        | ({} if sparsity == 3 else {"the number of coordinates seen for the rank": by_seen(N)})
        | ({} if tier == "smoke" else {"N/(N − r), the proportional limit": scaled(lambda r, S: N / (N - r))}),
        asymptote=Asymptote(
            law=lambda: symbolic.factor_limit().subs(symbolic.RATIO, Fraction(3, 2)),
            finite=lambda rank: law.factor(3 * rank // 2, rank),
            sizes=(2 * 10**3, 2 * 10**6, 2 * 10**9),
            order=1,
            bound=1e-8,
        ),
        tier="smoke" if tier == "smoke" else "standard",
        cap=cap,
    )


MARGINS = {
    "level": 0.02,
    "smoke": {"level": 0.06, "slope in n_features": 0.3, "shape": 0.15},
    "standard": {"level": 0.015, "slope in n_features": 0.05, "shape": 0.04},
}
REASONS = {
    "level": "half of what the proportional limit would do",
    "smoke": "less than half of what the number of coordinates seen would do in place of the rank",
    "standard": "about half of what the proportional limit would do",
}

NOISY = {"decay": 1, "sparsity": 1.5, "amplitudes": "sign", "n_features": (48, 54, 66, 100)}


def noisy(added):
    """Another law of the noise: of tr Λ_ssΣ⁻², T, tr Σ⁻², r and N."""
    N = np.array(NOISY["n_features"], dtype=float)
    return lambda given: Prediction(
        {
            "noise": added(
                given["noise_resolved"][0], given["limit"][0] * given["inverse_trace"][0], round(given["rank"][0]), N
            )
        }
    )


noise = Claim(
    name="sparse_label_noise[decay=1,sparsity=1.5]",
    statement="Given data of rank r, label noise of variance σ² adds σ² [tr Λ_ssΣ⁻² + T tr Σ⁻²/(N − r − 1)] to the "
    "mean loss of N >= r + 2 features.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(lab.features, {**NOISY, **POINTS[1, 1.5][0]}),
    given=("rank", "limit", "inverse_trace", "noise_resolved"),
    predict=lambda given: law.conditional_noise(given, n_features=NOISY["n_features"]),
    quantity=Level("noise", n_features=NOISY["n_features"]),
    margin=0.05,
    because="a quarter of what the smallest rival, which drops the features outside the row space, would do",
    rivals={
        "the resolved part alone": noisy(lambda a, b, r, N: a + 0 * N),
        "N in place of N − r − 1": noisy(lambda a, b, r, N: a + b / N),
        "dense: the noise of r coordinates, r/(N − r − 1)": noisy(lambda a, b, r, N: r / (N - r - 1)),
    },
    cap=2048,
)

claims = [*(loss(*point) for point in POINTS), noise]
