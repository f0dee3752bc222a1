"""Log loss on one-hot rows for a teacher with E w_i² = i^−τ, on both sides of the rank, without a cut in the modes.

XᵀX is diagonal: given the counts, the features of the r coordinates seen are G (N × r), standard normal, and those of
the others independent of them. With U and U_ω the sums of λ_i and of λ_i ω_i over the coordinates never seen,
Ω = diag(ω) and Λ = diag(λ) on those seen, S = diag(s²),

    loss = tr Λ E Ω Eᵀ + U_ω + U tr Θ Ω Θᵀ,   Θ = (G S Gᵀ)⁻¹ G S,   E = I − GᵀΘ      (N < r);
    loss = U_ω + U tr Ω (GᵀG)⁻¹                                                           (N >= r),

and the triangular factor of GᵀG has independent entries, of which the diagonal ones are chi and the others normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import linalg
from scipy.special import zeta

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import per_draw
from sim.sparse_features.activations import Array
from sim.sparse_features.one_hot import Counts, OneHot, counts, eigenvalues, one_hot, unseen

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]
CONTROLLED = 256
"""Coordinates whose linear effect the control variate takes out."""


class Control(NamedTuple):
    """Σ c_i (1[i unseen] − q_i), with any numbers c_i and q_i = (1 − p_i)^D; arrays (CONTROLLED,)."""

    effects: Array
    silent: Array

    def of(self, seen: Array) -> float:
        """Its value where these coordinates were seen."""
        hidden = np.ones(CONTROLLED)
        hidden[seen[seen <= CONTROLLED].astype(int) - 1] = 0.0
        return float(self.effects @ (hidden - self.silent))


@simulation(
    identities="averaged over the teacher and over the features of coordinates never seen; Bartlett's triangular "
    "factor of a Gaussian matrix; the linear effect on the log loss of every coordinate being unseen is subtracted, "
    "less its exact mean"
)
def log_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    teacher_decay: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """Column "log_loss" (cells): log loss of N random features on D one-hot rows, for every (N, D) of ``cells``.

    Datasets are leading parts of one but for their amplitudes, which matter below the rank only. A row averages
    ``n_replicates`` datasets. The control variate changes the noise, not the mean.

    Raises ValueError for a negative teacher_decay, sizes below 1 and as `one_hot` does.
    """
    law = one_hot(decay=decay, sparsity=sparsity, amplitudes=amplitudes)
    tau = _teacher_decay(teacher_decay)
    where = [
        (parameters.count("n_features", N), parameters.count("n_samples", D))
        for N, D in parameters.rows("cells", cells, 2)
    ]
    sizes = sorted({D for _, D in where})
    controls = [_control(law, tau, *cell) for cell in where]

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        found = dict(zip(sizes, counts(rng, law.sparsity, sizes), strict=True))
        logs = [np.log(loss(rng, law, tau, found[D], N)) for N, D in where]
        values = [
            float(log - control.of(found[D].coordinates))
            for log, control, (_, D) in zip(logs, controls, where, strict=True)
        ]
        return {"log_loss": values}

    return per_draw.columns(stream, measure, parameters.count("n_replicates", n_replicates))


def _teacher_decay(value: float) -> float:
    if not 0 <= value < np.inf:
        raise ValueError(f"teacher_decay must be finite and at least 0, got {value!r}; 0 is an isotropic teacher")
    return float(value)


def _control(law: OneHot, tau: float, N: int, D: int) -> Control:
    """c_i = log(1 + λ_i (ω_i + q)/L), roughly what an unseen coordinate adds to the log loss L, q the cross-talk."""
    i = np.arange(1, CONTROLLED + 1, dtype=float)
    silent = (1 - i**-law.sparsity / zeta(law.sparsity, 1)) ** D
    variances, teacher = i ** -(1 + law.decay), i**-tau
    cross = (teacher * (1 - silent)).sum() / N
    added = variances * (teacher + cross)
    return Control(np.log1p(added / (added @ silent)), silent)


def loss(rng: np.random.Generator, law: OneHot, tau: float, seen: Counts, N: int) -> float:
    """Loss of N random features on the rows that ``seen`` counts."""
    teacher, r = seen.coordinates**-tau, len(seen.coordinates)
    mass = unseen(law, seen)
    signal = unseen(law._replace(decay=law.decay + tau), seen)
    if r <= N:
        return signal + mass * weighted_trace(rng, teacher, N)
    square = eigenvalues(rng, law, seen)
    G = rng.standard_normal((N, r))
    theta = np.linalg.solve((G * square) @ G.T, G * square)
    error = np.eye(r) - G.T @ theta
    known = seen.coordinates ** -(1 + law.decay)
    return float(known @ np.square(error) @ teacher + signal + mass * np.square(theta).sum(0) @ teacher)


def weighted_trace(rng: np.random.Generator, teacher: Array, N: int) -> float:
    """Tr Ω (GᵀG)⁻¹ = |R⁻ᵀ Ω^½|² for G (N × r) standard normal, N >= r, GᵀG = L Lᵀ, L lower triangular."""
    r = len(teacher)
    L = np.tril(rng.standard_normal((r, r)), -1)
    L[np.diag_indices(r)] = np.sqrt(rng.chisquare(N - np.arange(r)))
    half = linalg.solve_triangular(L, np.diag(np.sqrt(teacher)), lower=True, check_finite=False)
    return float(np.square(half).sum())


@log_losses.brute_force
def _log_losses(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    teacher_decay: float,
    cells: Cells,
    amplitudes: str = "gaussian",
    n_replicates: int = 1,
) -> Columns:
    """From definitions: explicit rows and features, the pseudo-inverse of X Fᵀ; every cell with numbers of its own."""

    def measure(rng: np.random.Generator) -> per_draw.Measured:
        return {
            "log_loss": [float(np.log(_explicit(rng, decay, sparsity, teacher_decay, amplitudes, *c))) for c in cells]
        }

    return per_draw.columns(stream, measure, n_replicates)


def _explicit(
    rng: np.random.Generator, decay: float, sparsity: float, tau: float, amplitudes: str, N: int, D: int
) -> float:
    seen, column = np.unique(rng.zipf(sparsity, D).astype(float), return_inverse=True)
    z = rng.standard_normal(D) if amplitudes == "gaussian" else rng.choice([-1.0, 1.0], D)
    variances, teacher = seen ** -(1.0 + decay), seen**-tau
    X = np.zeros((D, len(seen)))
    X[np.arange(D), column] = z * np.sqrt(variances * zeta(sparsity, 1) * seen**sparsity)[column]
    F = rng.standard_normal((N, len(seen)))
    theta = np.linalg.pinv(X @ F.T) @ X  # (N, S): the student of every teacher
    error = np.eye(len(seen)) - F.T @ theta
    left, signal = (zeta(s, 1) - (seen**-s).sum() for s in (1 + decay, 1 + decay + tau))
    return float(variances @ np.square(error) @ teacher + signal + left * np.square(theta).sum(0) @ teacher)
