"""The compute-optimal point beyond the peak at finite size, for any compute and number of digits.

At N D^k = C and infinitely many coordinates, for real sizes, the loss is

    E U(D) (N − 1)/(N − 1 − E r(D)),   E U = c^(−α/η) B(α/η, D + 1)/η,

with the mean rank of `rank_at` (seen coordinates less the deficit). Scatter of the rank and pairs of coordinates that
share their only row are left out: relative order D^(1/η − 1) and D^(−1/η). Derived in docs/sparse_features/frontier.md.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import mpmath
from mpmath import mpf

from theory.parameters import decay_of, positive
from theory.precision import GUARD, Real, as_mpf, ball, working
from theory.roots import minimum
from theory.sparse_features.frontier import over_optimum
from theory.sparse_features.rank import rank_at


class Optimum(NamedTuple):
    """Best real sizes at N D^k = compute, and the loss there."""

    n_features: mpf
    n_samples: mpf
    loss: mpf


def unseen_mass_at(n_samples: mpf, *, decay: Real, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """E U at infinitely many coordinates, c^(−α/η) B(α/η, D + 1)/η. Asymptotic (beyond all powers of 1/D)."""
    with working(digits + GUARD):
        eta, c, D = as_mpf(ball(sparsity)), as_mpf(ball(scale)), as_mpf(ball(n_samples))
        e = as_mpf(ball(decay_of(decay))) / eta
        logs = mpmath.loggamma(e) + mpmath.loggamma(D + 1) - mpmath.loggamma(e + D + 1)
        return +(c**-e * mpmath.exp(logs) / eta)


def loss_at(
    n_features: mpf,
    compute: Real,
    *,
    decay: Real,
    sparsity: Real,
    scale: Real = 1,
    data_power: Real = 1,
    digits: int = 30,
) -> mpf:
    """The loss of N features on the D rows that compute leaves. ValueError if N − 1 does not exceed the mean rank."""
    with working(digits + GUARD):
        N = as_mpf(ball(n_features))
        D = (as_mpf(ball(compute)) / N) ** (1 / as_mpf(ball(data_power)))
        rank = rank_at(D, sparsity=sparsity, scale=scale, digits=digits)
        if rank >= N - 1:
            raise ValueError(f"n_features must exceed the rank {mpmath.nstr(rank, 8)} by more than 1, got {n_features}")
        mass = unseen_mass_at(D, decay=decay, sparsity=sparsity, scale=scale, digits=digits)
        return +(mass * (N - 1) / (N - 1 - rank))


@cache
def compute_optimal(
    compute: Real, *, decay: Real, sparsity: Real, scale: Real = 1, data_power: Real = 1, digits: int = 15
) -> Optimum:
    """Minimum over N, to ``digits`` digits. Raises ValueError where compute is too small for one near the limit."""
    positive("compute", compute, "it is n_features n_samples^k")
    world = {"decay": decay, "sparsity": sparsity, "scale": scale, "data_power": data_power}
    near = over_optimum(float(compute), **{name: float(value) for name, value in world.items()}).n_features
    with working(2 * digits + 3 * GUARD):
        centre = mpmath.log(mpf(near))

        def loss(log_n: mpf, places: int) -> mpf:
            return mpmath.log(loss_at(mpmath.exp(log_n), compute, **world, digits=places))

        place = mpmath.exp(minimum(loss, centre - mpf("0.2"), centre + mpf("0.2"), digits))
        D = (as_mpf(ball(compute)) / place) ** (1 / as_mpf(ball(data_power)))
        return Optimum(place, D, loss_at(place, compute, **world, digits=digits + 5))
