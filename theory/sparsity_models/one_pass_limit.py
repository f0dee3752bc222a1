"""One-pass descent with infinitely many modes at numbers of rows that no simulation reaches.

L(D) is a coefficient of the generating function F(z)/(1 − z K(z)), recovered by Talbot's contour. Derived in
docs/sparsity_models/one_pass_and_routing.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from theory.parameters import decay_of, positive
from theory.precision import Real
from theory.sparse_features.row_law import Array, fourth_moment
from theory.spectra import exponent

Complex = npt.NDArray[np.complex128]
ONE_BY_ONE = 2000
PANELS = 400
NODES = 24
"""Points of Talbot's contour; its own error is about 10^(−0.6 NODES)."""


def loss(n_samples: Real, *, decay: Real, sparsity: Real, step: Real, amplitudes: str = "sign") -> float:
    """Mean loss after D rows, real D, scale 1, to about 9 digits. Exact up to exp(−const D) from the contour.

    With z = e^−s: Σ_D L(D) z^D = F/(1 − z K), F = Σ_i λ_i/(1 − z(1 − d_i)), K = h² Σ_i λ_i²/(1 − z(1 − d_i)); the
    sums by Euler and Maclaurin. Raises ValueError for sparsity above 1 + decay, where no step is stable.
    """
    weight, variance, forget, h = _coordinates(decay, sparsity, step, amplitudes)
    D = float(positive("n_samples", n_samples, "it counts rows"))
    angle = (np.arange(NODES) + 0.5) * np.pi / NODES
    turn = 1 / np.tan(0.6407 * angle)
    shape = NODES * (0.5017 * angle * turn - 0.6122 + 0.2645j * angle)
    slope = NODES * (0.5017 * turn - 0.5017 * 0.6407 * angle / np.sin(0.6407 * angle) ** 2 + 0.2645j)
    value = _generating((shape / D).astype(np.complex128), weight * variance, forget, h * h * variance)
    return float(np.sum((np.exp(shape) * value * slope).imag) / NODES / D)


def gradient_noise(*, decay: Real, sparsity: Real, step: Real, amplitudes: str = "sign") -> float:
    """R = Σ_i h² λ_i²/d_i with infinitely many modes, to about 12 digits. Raises ValueError as `loss`."""
    weight, variance, forget, h = _coordinates(decay, sparsity, step, amplitudes)
    return float(weight @ (h * h * variance**2 / forget))


def _coordinates(decay: Real, sparsity: Real, step: Real, amplitudes: str) -> tuple[Array, Array, Array, float]:
    """Weights of the indices, λ and d there, and the step."""
    s, eta = float(exponent(decay_of(decay))), float(positive("sparsity", sparsity, "it is an exponent"))
    h, kurtosis = float(positive("step", step, "it is the size of a step")), fourth_moment(amplitudes)
    if eta > s:
        raise ValueError(
            f"sparsity must be at most 1 + decay = {s}, got {sparsity}: amplitudes grow with rarity, no step is stable"
        )
    index, weight = _quadrature()
    variance = index**-s
    return weight, variance, h * variance * (2 - h * (kurtosis * index ** (eta - s) - variance)), h


def _generating(s: Complex, weighted: Array, forget: Array, gain: Array) -> Complex:
    """F/(1 − z K) at z = e^−s, with 1 − z(1 − d) = z (e^s − 1 + d)."""
    each = 1 / (np.expm1(s)[:, None] + forget)  # (n_nodes, n_indices)
    start, noise = each @ weighted, each @ (weighted * gain)
    return np.asarray(np.exp(s) * start / (1 - noise), dtype=np.complex128)


def _quadrature() -> tuple[Array, Array]:
    """Indices and weights of Σ_i f(i): the first one by one, then Gauss–Legendre panels in log i from a midpoint on."""
    edges = np.linspace(np.log(ONE_BY_ONE + 0.5), np.log(1e80), PANELS + 1)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    far = np.exp((edges[:-1, None] + half * (1 + nodes)).ravel())
    return (
        np.append(np.arange(1, ONE_BY_ONE + 1, dtype=float), far),
        np.append(np.ones(ONE_BY_ONE), (half * weights).ravel() * far),
    )
