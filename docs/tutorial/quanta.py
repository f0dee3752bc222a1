"""The quanta model: a network learns skills one by one, and each only if the data show it.

The claim file of docs/tutorial.md. Put it on trial with: scaleproof check docs/tutorial/quanta.py
"""

import mpmath
import numpy as np
import sympy
from scipy.special import zeta

from compare import Asymptote, Claim, Experiment, Exponent, Value, formula


def unlearned(stream, *, s, n_features, n_samples):
    """Column "loss": probability of the skills that are not among the first N, or not shown by the first D samples."""
    probability = np.arange(1, max(n_features) + 1) ** float(-s) / zeta(s)
    losses = np.empty((stream.n_draws, len(n_samples)))
    for draw, generator in enumerate(stream.generators):
        skills = generator.zipf(s, max(n_samples))
        for point, (N, D) in enumerate(zip(n_features, n_samples, strict=True)):
            shown = np.unique(skills[:D])
            losses[draw, point] = 1 - probability[shown[shown <= N] - 1].sum()
    return {"loss": losses}


NOT_SHOWN = "Sum(i**-s / zeta(s) * (1 - i**-s / zeta(s))**D, (i, 1, N))"
LOSS = NOT_SHOWN + " + zeta(s, N + 1) / zeta(s)"

GRID = {"s": 3, "n_features": (4, 4, 4, 16, 16, 16), "n_samples": (8, 32, 128, 8, 32, 128)}

values = Claim(
    name="quanta_loss",
    statement="N skills and D samples leave the loss of the skills beyond N and of those that were not shown.",
    source="Hutter 2021; Michaud et al. 2023; derived in docs/tutorial.md",
    experiment=Experiment(unlearned, GRID),
    predict=formula(LOSS, "loss", over=GRID),
    quantity=Value("loss", n_features=GRID["n_features"], n_samples=GRID["n_samples"]),
    margin=0.08,
    because="half of a common error, probabilities that do not add up to one, and eight standard errors at the cap",
    rivals={
        "skills beyond N forgotten": formula(NOT_SHOWN, "loss", over=GRID),
        "probabilities not normalised": formula(LOSS.replace(" / zeta(s)", ""), "loss", over=GRID),
    },
    cap=4096,
)


def data_exponent():
    """The exponent of the loss in D with unlimited skills, from the integral over p in place of the sum over i."""
    s, p, D = sympy.symbols("s p D", positive=True)
    density = -sympy.diff(p ** (-1 / s), p)  # skills per unit of p, up to a constant
    loss = sympy.integrate(p * density * sympy.exp(-D * p), (p, 0, sympy.oo), conds="none")
    return sympy.simplify(-D * sympy.diff(sympy.log(loss), D)).subs(s, 3)


def exponent_between(D):
    """log₂ of the ratio of the losses at D and 2D with unlimited skills."""
    with mpmath.workdps(60 + D):  # the terms alternate and reach 4^D
        return mpmath.log(unlimited(D) / unlimited(2 * D), 2)


def unlimited(D):
    """Σ_i p_i (1 − p_i)^D over all i, exactly: Σ_k (−1)^k binomial(D, k) ζ(s(k + 1))/ζ(s)^(k + 1)."""
    return mpmath.fsum(
        (-1) ** k * mpmath.binomial(D, k) * mpmath.zeta(3 * (k + 1)) / mpmath.zeta(3) ** (k + 1) for k in range(D + 1)
    )


SIZES = (16, 32, 64, 128, 256)
CURVE = {"s": 3, "n_features": (1024,) * len(SIZES), "n_samples": SIZES}

exponent = Claim(
    name="quanta_data_exponent",
    statement="Where skills abound the loss falls as D^−(1 − 1/s).",
    source="Hutter 2021; derived in docs/tutorial.md",
    experiment=Experiment(unlearned, CURVE),
    predict=formula(LOSS, "loss", over=CURVE),
    quantity=Exponent("loss", n_samples=SIZES),
    margin=0.08,
    because="a quarter of the distance to the nearest rival",
    rivals={
        "exponent 1/s": formula("D**(-1/s)", "loss", over=CURVE),
        "exponent 1": formula("1/D", "loss", over=CURVE),
    },
    asymptote=Asymptote(data_exponent, exponent_between, sizes=(32, 128, 256), order=1, bound=0.005),
    cap=1024,
)

claims = [values, exponent]
