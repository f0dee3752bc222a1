"""Loss of N random features on given data: deterministic equivalent with its first correction, any N and ridge.

A dataset enters through the nonzero squared singular values m_k of X (k = 1..r), the diagonal Λ_kk of Λ in the basis
of its row space, the loss T of infinitely many features and the unseen mass U <= T. Averaged over an isotropic
teacher and the features of the complement of the row space, with K = Gᵀ(G M Gᵀ + γ)⁻¹G, M = diag(m), G (N × r)
standard normal,

    loss = tr Λ_ss − 2 tr KΛ_ssM + tr KΛ_ssKM² + T (1 + tr M² Gᵀ(GMGᵀ + γ)⁻²G).

All terms are derivatives of Φ(m, γ) = E log det(GMGᵀ + γ). With g_k = ∂Φ/∂m_k and δm = m² as the direction of ∂_t,

    E loss = Σ Λ_kk (1 − 2 m_k g_k − ∂_t g_k) + T (1 − ∂_γ Σ m_k² g_k)                    exact;
    Φ = Σ log(1 + m_k/κ) + N log κ + γ/κ + const + ½ log(1 − df₂/N) + …,   κ (N − df₁) = γ,  df_p = Σ (m/(m + κ))^p.

The first three terms give the deterministic equivalent, the logarithm its relative correction of order 1/N and
1/|N − r|. Derived in docs/sparse_features/peak.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

Array = npt.NDArray[np.float64]
STEP = 1e-150
"""Of the complex-step derivatives: far below rounding, so that they are exact to rounding."""


class Spectrum(NamedTuple):
    """What the law needs of a dataset: m_k = s_k² (r,), Λ_kk (r,), T and U."""

    squares: Array
    resolved: Array
    loss: float
    unseen: float

    @property
    def rank(self) -> int:
        """Rank r."""
        return len(self.squares)


class Loss(NamedTuple):
    """Mean loss given the data, and its parts."""

    loss: float
    unseen: float  # part of the loss on coordinates never seen
    correction: float  # relative size of the first correction, of which the square bounds the remainder


def spectrum(squares: npt.ArrayLike, resolved: npt.ArrayLike, loss: float, unseen: float) -> Spectrum:
    """Checked input of the law. Raises ValueError unless all m_k and Λ_kk are positive and 0 <= U <= T, T > 0."""
    m, known = np.asarray(squares, dtype=float), np.asarray(resolved, dtype=float)
    if m.ndim != 1 or m.shape != known.shape or not len(m):
        raise ValueError(f"squares and resolved must be two lists of equal length, got shapes {m.shape}, {known.shape}")
    if not (m.min() > 0 and known.min() > 0):
        raise ValueError(
            f"squared singular values and variances must be positive, got {m.min():g} and {known.min():g}; "
            "leave out the null space of the data"
        )
    if not (0 <= unseen <= loss * (1 + 1e-9) and loss > 0):
        raise ValueError(
            f"the unseen mass lies between 0 and the loss of infinitely many features, got {unseen}, {loss}"
        )
    return Spectrum(m, known, float(loss), float(unseen))


def effective_ridge(squares: Array, n_features: int, ridge: float = 0.0) -> float:
    """κ with κ (N − df₁(κ)) = γ, to rounding; without ridge df₁(κ) = N, and κ = 0 for N >= r.

    Raises ValueError for N < 1 or a negative ridge.
    """
    if n_features < 1 or not ridge >= 0:
        raise ValueError(f"need at least one feature and a ridge >= 0, got {n_features} and {ridge}")
    m, N = squares, n_features
    if ridge == 0 and len(m) <= N:
        return 0.0

    def excess(log_kappa: float) -> float:
        kappa = np.exp(log_kappa)
        return float(N - (m / (m + kappa)).sum() - ridge / kappa)

    high = np.log(m.sum() / N + ridge / N) + 1.0
    low = np.log(m.min()) - 5.0 if ridge == 0 else np.log(ridge / (N + len(m))) - 1.0
    while excess(low) > 0:
        low -= 5.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-14, rtol=1e-14)))


def degrees(squares: Array, kappa: float, power: int) -> float:
    """Degrees of freedom df_p(κ) = Σ_k (m_k/(m_k + κ))^p of squared singular values m (r,), p = ``power``. Exact."""
    return float(np.sum((squares / (squares + kappa)) ** power))


def equivalent(data: Spectrum, n_features: int, ridge: float = 0.0) -> float:
    """N/(N − df₂) [T + κ² Σ Λ_kk/(m_k + κ)²]. Deterministic equivalent, relative error O(1/N) + O(1/|N − r|).

    Raises ValueError at N = r without ridge, where it is infinite.
    """
    inflation, bracket = _parts(data, n_features, ridge)
    return inflation * bracket


def equivalent_share(data: Spectrum, n_features: int, ridge: float = 0.0) -> float:
    """Share U/[T + κ² Σ Λ_kk/(m_k + κ)²] of the loss on coordinates never seen: the variance factor cancels.

    Exact for N >= r without ridge (then it is U/T), deterministic equivalent below.
    """
    kappa = effective_ridge(data.squares, n_features, ridge)
    return data.unseen / _bracket(data, kappa)


def _bracket(data: Spectrum, kappa: float) -> float:
    return data.loss + kappa**2 * float((data.resolved / (data.squares + kappa) ** 2).sum())


def _parts(data: Spectrum, N: int, ridge: float) -> tuple[float, float]:
    if ridge == 0 and data.rank == N:
        raise ValueError(f"the equivalent diverges at N = r = {N} without ridge; move N or add a ridge")
    kappa = effective_ridge(data.squares, N, ridge)
    return N / (N - degrees(data.squares, kappa, 2)), _bracket(data, kappa)


def corrected(data: Spectrum, n_features: int, ridge: float = 0.0) -> Loss:
    """Deterministic equivalent plus the correction of ½ log(1 − df₂/N) in Φ. Asymptotic(1/N², 1/(N − r)²).

    The correction of g_k is −½ ∂_k df₂/(N − df₂); its derivatives along δm = m² and along γ are taken by complex
    steps. Above the threshold without ridge it is T (N − 1)/(N − r − 1) to that order; use the exact law there.
    Raises ValueError at N = r without ridge.
    """
    inflation, bracket = _parts(data, n_features, ridge)
    m, N = data.squares, n_features
    kappa = effective_ridge(m, N, ridge)
    room = N - degrees(m, kappa, 2)
    along = kappa**2 * degrees(m, kappa, 2) / room  # ∂_t κ
    by_ridge = 1 / room  # ∂_γ κ

    here = _correction(m.astype(complex), kappa, N).real
    turned = _correction(m + 1j * STEP * m**2, kappa + 1j * STEP * along, N).imag / STEP
    ridged = _correction(m.astype(complex), kappa + 1j * STEP * by_ridge, N).imag / STEP
    spread = inflation - float((m**2 * ridged).sum())  # 1 + E|θ|²
    seen = (inflation * bracket - data.loss * inflation) - float(data.resolved @ (2 * m * here + turned))
    loss = seen + data.loss * spread
    return Loss(loss, data.unseen * spread, loss / (inflation * bracket) - 1)


def _correction(m: npt.NDArray[np.complex128], kappa: complex, N: int) -> npt.NDArray[np.complex128]:
    """−½ ∂_k df₂/(N − df₂), the κ that follows m_k included: analytic in m and κ."""
    share = m / (m + kappa)
    room = N - (share**2).sum()
    direct = 2 * m * kappa / (m + kappa) ** 3
    of_kappa = -2 * (m**2 / (m + kappa) ** 3).sum()  # ∂df₂/∂κ
    moved = kappa**2 / ((m + kappa) ** 2 * room)  # ∂_k κ
    return np.asarray(-0.5 * (direct + of_kappa * moved) / room)


def losses(data: Spectrum, n_features: Sequence[int], ridge: float = 0.0) -> tuple[Array, Array, Array]:
    """Corrected loss, its part on coordinates never seen and the relative correction, for every N."""
    found = [corrected(data, N, ridge) for N in n_features]
    loss, unseen, size = (np.array(part) for part in zip(*found, strict=True))
    return loss, unseen, size
