"""Coordinates of sparse data and the averages over them that learning curves are made of.

Coordinate i was hit n_i times and has the eigenvalue x_i = a_i² χ²_{n_i} (Gaussian amplitudes) or a_i² n_i (signs) of
XᵀX, which is diagonal: exactly for one-hot rows, asymptotically for sparse ones. Averages of R = x/(x + κ) over n_i and
the chi-square need one integral: with Φ(t) = E exp(−t x/κ),

    E (1 − R)^k = ∫ t^(k−1)/(k−1)! e^(−t) Φ(t) dt.

Derivations: docs/sparse_features/frontier.md.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import zeta

from theory.parameters import count, decay_of, positive
from theory.sparse_features.row_law import fourth_moment

Array = npt.NDArray[np.float64]
STEP, TIME_STEP = 0.1, 0.35
LOWEST, HIGHEST = -34.0, 90.0  # of log u: what is left out is below 1e-14 of every integral for decay >= 0.4
SUMMED = 300  # coordinates summed one by one; the others by the integral from SUMMED + ½, relative error 1e-7


class Coordinates(NamedTuple):
    """Coordinates of a model, or nodes of an integral over them; arrays of shape (n,)."""

    weights: Array  # how many coordinates a node stands for
    variances: Array  # λ
    gains: Array  # a²
    probabilities: Array  # chance of a hit in one row; if hits are Poisson, their mean number
    n_samples: float  # D; infinity: hits are Poisson
    amplitudes: str


def amplitudes_of(amplitudes: str) -> str:
    """The name of a law of amplitudes; ValueError if unknown."""
    fourth_moment(amplitudes)
    return amplitudes


def sparsity_of(sparsity: float) -> float:
    """η as a float; ValueError unless above 1, where coordinates stay unseen however many rows there are."""
    eta = float(positive("sparsity", sparsity, "it is the exponent of the activation probabilities"))
    if eta <= 1:
        raise ValueError(
            f"sparsity must exceed 1, got {sparsity}: at most 1 the data fill their rank, r = D, and the dense laws "
            "(theory.random_features) hold to leading order"
        )
    return eta


@cache
def continuum(decay: float, sparsity: float, amplitudes: str = "gaussian") -> Coordinates:
    """The limit D → ∞, i = u (cD)^(1/η): nodes of ∫ du with λ = u^−(1+α), a² = u^(η−1−α), hits Poisson(u^−η).

    Trapezoidal rule in log u, relative error below 1e-9. ValueError for η <= 1 or decay <= 0.
    """
    alpha, eta = float(decay_of(decay)), sparsity_of(sparsity)
    u = np.exp(np.arange(LOWEST, HIGHEST / min(1.0, 2 * (eta - 1)), STEP))
    gains = u ** (eta - 1 - alpha)
    return Coordinates(STEP * u, u ** -(1 + alpha), gains, u**-eta, math.inf, amplitudes_of(amplitudes))


@cache
def one_hot(decay: float, sparsity: float, n_samples: float, amplitudes: str = "gaussian") -> Coordinates:
    """One-hot rows, p_i = i^−η/ζ(η), every i to infinity: hits are binomial. ValueError for η <= 1 or decay <= 0.

    The correlation between the hits of two coordinates, which add up to D, plays no part in averages of sums.
    """
    alpha, eta = float(decay_of(decay)), sparsity_of(sparsity)
    i, weights = _indices(60 / min(1.0, 2 * (eta - 1)))
    total = float(zeta(eta, 1))
    return Coordinates(
        weights,
        i ** -(1 + alpha),
        total * i ** (eta - 1 - alpha),
        i**-eta / total,
        float(positive("n_samples", n_samples, "it counts rows; real numbers will do")),
        amplitudes_of(amplitudes),
    )


@cache
def independent(
    decay: float,
    sparsity: float,
    n_samples: float,
    n_modes: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Coordinates:
    """Rows with independent activations, p_i = min(1, c i^−η), i <= M. ValueError for η <= 1, decay <= 0, M <= 300."""
    alpha, eta = float(decay_of(decay)), sparsity_of(sparsity)
    if count("n_modes", n_modes) <= SUMMED:
        raise ValueError(
            f"n_modes must exceed {SUMMED}, got {n_modes}; smaller models are summed coordinate by coordinate"
        )
    i, weights = _indices(math.log((n_modes + 0.5) / (SUMMED + 0.5)))
    p = np.minimum(1.0, float(positive("scale", scale, "it multiplies every probability")) * i**-eta)
    variances = i ** -(1 + alpha)
    D = float(positive("n_samples", n_samples, "it counts rows; real numbers will do"))
    return Coordinates(weights, variances, variances / p, p, D, amplitudes_of(amplitudes))


def _indices(width: float) -> tuple[Array, Array]:
    """Indices and weights: 1..SUMMED, then Gaussian nodes of the integral from SUMMED + ½ over ``width`` in log i."""
    point, weight = np.polynomial.legendre.leggauss(10)
    n = math.ceil(width)
    step = width / n
    edges = math.log(SUMMED + 0.5) + step * np.arange(n)
    tail = np.exp((edges[:, None] + step * (point + 1) / 2).ravel())
    weights = tail * np.tile(step * weight / 2, n)
    return np.concatenate([np.arange(1, SUMMED + 1), tail]), np.concatenate([np.ones(SUMMED), weights])


def log_transform(on: Coordinates, t: Array) -> Array:
    """Logarithm of E exp(−t x), for t of shape (n_t,); shape (n, n_t)."""
    reach = t * on.gains[:, None]
    one = -np.expm1(-0.5 * np.log1p(2 * reach)) if on.amplitudes == "gaussian" else -np.expm1(-reach)
    hit = on.probabilities[:, None] * one
    if math.isinf(on.n_samples):
        return np.asarray(-hit)
    with np.errstate(divide="ignore"):  # a coordinate hit in every row, far out: Φ = 0
        return np.asarray(on.n_samples * np.log1p(-hit))


def never(on: Coordinates) -> Array:
    """Probability that a coordinate is hit in no row, shape (n,)."""
    return np.asarray(np.exp(_log_never(on)))


def ever(on: Coordinates) -> Array:
    """Probability that a coordinate is hit at least once; without loss of digits where that is rare, shape (n,)."""
    return np.asarray(-np.expm1(_log_never(on)))


def _log_never(on: Coordinates) -> Array:
    if math.isinf(on.n_samples):
        return -on.probabilities
    with np.errstate(divide="ignore"):
        return np.asarray(on.n_samples * np.log1p(-on.probabilities))


def filters(on: Coordinates, kappa: float, most: int) -> tuple[Array, Array]:
    """E (1 − R)^k, and what it lacks to 1, for k = 1..most; both of shape (most, n). Relative error below 1e-9."""
    log_t = np.arange(-45.0, 3.9, TIME_STEP)
    t = np.exp(log_t)
    order = np.arange(1, most + 1)[:, None]
    weights = TIME_STEP * np.exp(order * log_t - t) / np.array([math.factorial(k) for k in range(most)])[:, None]
    log_phi = log_transform(on, t / kappa)
    lacking = weights @ -np.expm1(log_phi).T
    return weights @ np.exp(log_phi, out=log_phi).T, lacking


def resolved(on: Coordinates, kappa: float) -> float:
    """Mean number of coordinates resolved at κ: df_1(κ) = Σ E R, R = x/(x + κ). By quadrature, see `filters`."""
    return float(on.weights @ filters(on, kappa, 1)[1][0])
