"""Gradient flow on the readout of random SiLU features: the loss of a net of N features, to second order in 1/sqrt(N).

f = (1/N) Σ a_i silu(w_i x + b_i), w and b uniform on (−1, 1) and fixed, a = 0 or N(0, s²) at first; f' = −K̂ (f − y)
with the empirical kernel K̂ = (1/N) Σ φ_i φ_iᵀ on L²(−R, R), here 24 Gauss-Legendre nodes. λ_k and u_k are the spectrum
of K = E K̂. Derived in docs/lottery_tickets/exact.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from theory.parameters import count, positive, sizes_of
from theory.precision import Real
from theory.prediction import Prediction

Array = npt.NDArray[np.float64]
NODES = 24
MODES = 9
"""Intermediate modes kept; 6 change the variance by 3·10⁻⁵, relatively."""
REMAINDER, NOISE_REMAINDER = 12.0, 6.0
"""Declared bounds on N × the relative remainder for N >= 256, of v up to time 2000 (beyond, in proportion to time) and
of the noise of the readout. Measured at times 1000, 2000, 4000: 4, 8, 13 and −5, −5, −3."""


class Kernel(NamedTuple):
    """Features in the eigenbasis of K: ``components`` (n_parameters, MODES), their weights, λ (MODES,), x² (MODES,)."""

    components: Array
    weights: Array
    eigenvalues: Array
    square: Array


@cache
def kernel(radius: float, n_nodes: int = 40) -> Kernel:
    """`Kernel` by n_nodes × n_nodes Gauss-Legendre over (w, b); 40 agree with 60 to rounding."""
    x, rule = np.polynomial.legendre.leggauss(NODES)
    x, root = radius * x, np.sqrt(rule / 2)
    u, share = np.polynomial.legendre.leggauss(n_nodes)
    weights = np.outer(share / 2, share / 2).ravel()
    z = (u[:, None, None] * x + u[:, None]).reshape(-1, NODES)  # (n_parameters, NODES)
    features = z / (1 + np.exp(-z)) * root
    eigenvalues, vectors = np.linalg.eigh(features.T @ (weights[:, None] * features))
    vectors = vectors[:, ::-1][:, :MODES]
    return Kernel(features @ vectors, weights, eigenvalues[::-1][:MODES], (root * x**2) @ vectors)


def divided_difference(a: float, b: float, c: float) -> float:
    """Second divided difference exp[a, b, c]: the corner of the exponential of a 3 × 3 bidiagonal matrix. Exact."""
    return float(expm(np.diag([a, b, c]) + np.diag([1.0, 1.0], 1))[0, 2])


class Loss(NamedTuple):
    """Loss L∞ at N = ∞, and v of the term v/N."""

    limit: float
    variance: float


def _second_order(k: Kernel, y: Array, tau: float, fourth: Array) -> Loss:
    kept = [int(i) for i in np.flatnonzero(y)]
    variance = 0.0
    for i in kept:
        for j in kept:
            for m in range(MODES):
                rates = -tau * k.eigenvalues[[i, m, j]]
                variance += y[i] * y[j] * fourth[i, m, j] * tau**2 * divided_difference(*rates)
    return Loss(float(y**2 @ np.exp(-tau * k.eigenvalues)), float(variance))


def fluctuations(k: Kernel) -> Array:
    """C_imj = E φ_i φ_m² φ_j − λ_i λ_m δ_im δ_mj, N times the mean of (K̂ − K)_im (K̂ − K)_mj."""
    phi = k.components
    fourth = np.einsum("p,pi,pm,pj->imj", k.weights, phi, phi**2, phi, optimize=True)
    diagonal = np.arange(len(k.eigenvalues))
    fourth[diagonal, diagonal, diagonal] -= k.eigenvalues**2
    return np.asarray(fourth)


def gaussian_fluctuations(k: Kernel) -> Array:
    """Fluctuations C_imj as if the φ_i were Gaussian (Wick), a wrong theory: λ_i λ_m (δ_ij + δ_im δ_mj).

    C_imj is N times the mean of (K̂ − K)_im (K̂ − K)_mj; shape (MODES, MODES, MODES).
    """
    n, lam = len(k.eigenvalues), k.eigenvalues
    both = np.einsum("ij,i,m->imj", np.eye(n), lam, lam)
    both[np.arange(n), np.arange(n), np.arange(n)] += lam**2
    return np.asarray(both)


@cache
def loss(*, time: Real, radius: Real, n_target: int, gaussian: bool = False) -> Loss:
    """`Loss` of y = x² projected on the first ``n_target`` eigenfunctions, after gradient flow for ``time``.

    L∞ = Σ y_k² e^(−τλ_k) and v = Σ_imj y_i y_j C_imj τ² exp[−τλ_i, −τλ_m, −τλ_j], τ = 2 time. L∞ is exact;
    L∞ + v/N is asymptotic(1/N²). Raises ValueError for a time or radius that is not positive or n_target above 9.
    """
    t, R = positive("time", time, "at time 0 nothing is learnt"), positive("radius", radius, "x is in (−R, R)")
    if count("n_target", n_target) > MODES:
        raise ValueError(f"n_target must be at most {MODES}, got {n_target}; smaller eigenvalues are not resolved")
    k = kernel(float(R))
    y = np.where(np.arange(MODES) < n_target, k.square, 0.0)
    return _second_order(k, y, 2 * float(t), gaussian_fluctuations(k) if gaussian else fluctuations(k))


@cache
def noise_left(*, time: Real, radius: Real, decays: int = 2) -> float:
    """Σ_k λ_k e^(−2λ_k t), N times the loss that readouts of variance 1 at first leave of themselves.

    Σ_ij a_i a_j φ_iᵀ e^(−2K̂t) φ_j/N² has the mean tr K̂ e^(−2K̂t)/N, exactly; K for K̂ is asymptotic(1/N), relatively.
    ``decays`` other than 2 is a wrong theory. Raises ValueError for a time or radius that is not positive.
    """
    t, R = positive("time", time, "at time 0 nothing is learnt"), positive("radius", radius, "x is in (−R, R)")
    eigenvalues = kernel(float(R)).eigenvalues
    return float(eigenvalues @ np.exp(-decays * float(t) * eigenvalues))


def losses(
    *, n_features: Sequence[int], time: Real, radius: Real, n_target: int, readout_noise: float = 0.0
) -> Prediction:
    """Column "mse" = L∞ + v/N for every N; readouts N(0, s²) at first add s² `noise_left`/N.

    Asymptotic(1/N²), with the declared remainders.
    Raises ValueError as `loss`, for negative noise, and for N below 256, where the expansion is off by more than 3 %.
    """
    if not 0 <= readout_noise < np.inf:
        raise ValueError(f"readout_noise must be finite and not negative, got {readout_noise}; pass 0 for none")
    sizes = sizes_of("n_features", n_features)
    if min(sizes) < 256:
        raise ValueError(f"n_features must be at least 256, got {min(sizes)}; the remainder 8/N is too large below")
    limit, variance = loss(time=time, radius=radius, n_target=n_target)
    noise = readout_noise**2 * noise_left(time=time, radius=radius)
    remainder = REMAINDER * max(1.0, float(time) / 2000) * variance + NOISE_REMAINDER * noise
    return Prediction(
        {"mse": [limit + (variance + noise) / N for N in sizes]},  # type: ignore[dict-item]
        {"mse": [remainder / N**2 for N in sizes]},  # type: ignore[dict-item]
    )
