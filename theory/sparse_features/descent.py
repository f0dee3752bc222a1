"""Gradient descent on sparse data, infinitely many features: the loss after t steps at the sizes simulated.

Coordinates that no row shows are never learned, so descent ends on a plateau, the unseen mass. Derived in
docs/sparse_features/descent.md; what does not depend on sparsity is in `theory.descent`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from theory.descent import independent_coordinates, stability_threshold
from theory.parameters import count, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.instability import instability
from theory.sparse_features.row_law import Array, row_law

CROWDING = 1 / 3  # excess over the lower bound, relative, times D/S: at most this, measured
LEAST_SPARSITY = 1.4


def descent(
    given: Mapping[str, Array] | None = None,
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: int,
    step: Real,
    times: Sequence[int],
    scale: Real = 1,
) -> Prediction:
    """Column "loss": mean loss of stable descents after each of ``times`` steps, Gaussian amplitudes.

    Between the loss L of coordinates that do not disturb each other (an exact lower bound, see
    `theory.descent.independent_coordinates`) and L (1 + S/(3D)), S = Σ 1 − (1 − p_i)^D the mean number of coordinates
    seen (deterministic equivalent; the third measured at 1.5 <= η <= 3, D = 100..1000, all times): the middle, with
    half the distance as allowance, and the loss times the probability that the step is unstable, for which a descent
    counts as zero. With ``given`` the measured unseen mass takes the place of its exact mean.

    Raises ValueError for sparsity below 1.4, sizes or times below 1, steps above 1, and as `row_law` does.
    Source: derived here, docs/sparse_features/descent.md.
    """
    if float(exact(sparsity)) < LEAST_SPARSITY:
        raise ValueError(
            f"sparsity must be at least {LEAST_SPARSITY}, got {sparsity}: nearer 1 nearly every row brings a new "
            "coordinate, S ~ D, and coordinates are not independent"
        )
    D = count("n_samples", n_samples)
    bound, seen, unseen, unstable = _parts(decay, sparsity, n_modes, D, step, tuple(sizes_of("times", times)), scale)
    half = CROWDING * seen / D / 2 * bound
    shift = float(given["unseen"][0]) - unseen if given else 0.0
    return Prediction({"loss": bound + half + shift}, {"loss": half + unstable * bound})


@cache
def _parts(
    decay: Real, sparsity: Real, n_modes: int, D: int, step: Real, times: tuple[int, ...], scale: Real
) -> tuple[Array, float, float, float]:
    """Lower bound of the loss, S, the mean unseen mass and the probability that the step is unstable."""
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    bound = independent_coordinates(
        times, step=step, n_samples=D, probabilities=law.probabilities, gains=law.gains, variances=law.variances
    )
    silent = law.silent(D)
    unstable = instability(
        decay=decay,
        sparsity=sparsity,
        n_modes=n_modes,
        n_samples=(D,),
        thresholds=(stability_threshold(step),),
        scale=scale,
    ).values["unstable"][0]
    return bound, float((1 - silent).sum()), float(law.variances @ silent), float(unstable)
