"""Gradient flow on the readout of N random SiLU features, simulated net by net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

from sim import parameters
from sim.experiment import simulation
from sim.lottery_tickets.silu_tickets import silu
from sim.sparse_features.per_draw import columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Array = npt.NDArray[np.float64]
NODES = 24
KERNEL_NODES = 40


def grid(radius: float) -> tuple[Array, Array]:
    """Gauss-Legendre nodes on (−R, R) and weights of the mean over x."""
    x, weights = np.polynomial.legendre.leggauss(NODES)
    return radius * x, weights / 2


def target(radius: float, n_target: int) -> Array:
    """x² on the grid, projected on the first ``n_target`` eigenfunctions of E φ φᵀ (w, b by quadrature)."""
    x, weights = grid(radius)
    root = np.sqrt(weights)
    u, share = np.polynomial.legendre.leggauss(KERNEL_NODES)
    w, b = (v.ravel() for v in np.meshgrid(u, u))
    features = silu(np.outer(w, x) + b[:, None]) * root * np.sqrt(np.outer(share, share).ravel() / 4)[:, None]
    first = np.linalg.svd(features, full_matrices=False)[2][:n_target]  # (n_target, NODES), orthonormal rows
    return np.asarray(first.T @ (first @ (root * x**2)) / root)


def _features(rng: np.random.Generator, n: int, size: int, x: Array) -> Array:
    """silu(w x + b) of ``size`` features in n nets, shape (n, size, NODES)."""
    w, b = rng.uniform(-1, 1, (2, n, size, 1))
    return silu(w * x + b)


def _readouts(rng: np.random.Generator, n: int, size: int, noise: float) -> Array:
    """Readouts at time 0, shape (n, size); without noise nothing is drawn."""
    return noise * rng.standard_normal((n, size)) if noise else np.zeros((n, size))


def _checked(
    n_features: Sequence[int], time: float, radius: float, n_target: int, n_replicates: int, noise: float
) -> list[int]:
    parameters.positive("time", time, "at time 0 nothing is learnt")
    if not 0 <= noise < np.inf:
        raise ValueError(f"readout_noise must be finite and not negative, got {noise}; it is a standard deviation")
    parameters.positive("radius", radius, "it is half the width of the interval of x")
    parameters.up_to("n_target", n_target, "NODES", NODES)
    parameters.count("n_replicates", n_replicates)
    return [parameters.count("n_features", N) for N in parameters.several("n_features", n_features)]


@simulation()
def kernel_flow(
    stream: Stream,
    *,
    n_features: Sequence[int],
    time: float,
    radius: float,
    n_target: int,
    n_replicates: int = 4,
    readout_noise: float = 0.0,
) -> Columns:
    """Loss of f = (1/N) Σ a_i silu(w_i x + b_i) after gradient flow of a for ``time``; w, b ~ U(−1, 1).

    At first the a_i are independent N(0, ``readout_noise``²), or 0.

    a_i' = −<φ_i, f − y>, so that f − y decays with the kernel (1/N) Σ φ_i φ_iᵀ, whose exponential is taken exactly.
    The target y is x² projected on the first ``n_target`` eigenfunctions of the mean kernel. Column "mse", the mean
    over ``n_replicates`` nets; shape (n_draws, n_sizes). Sizes do not share features.

    Raises ValueError for a time or radius that is not positive, negative noise, counts below 1 or n_target above 24.
    Source: the lazy limit of the networks of Liu & Tegmark 2023; the model is the project's own.
    """
    sizes = _checked(n_features, time, radius, n_target, n_replicates, readout_noise)
    x, weights = grid(radius)
    root = np.sqrt(weights)
    y = root * target(radius, n_target)

    def mse(rng: np.random.Generator, size: int) -> float:
        phi = _features(rng, n_replicates, size, x) * root
        rates, vectors = np.linalg.eigh(phi.transpose(0, 2, 1) @ phi / size)
        begun = _readouts(rng, n_replicates, size, readout_noise)[:, None] @ phi / size - y  # (n_replicates, 1, NODES)
        left = (begun @ vectors)[:, 0] ** 2 * np.exp(-2 * time * np.maximum(rates, 0))
        return float(left.sum(axis=-1).mean())

    return columns(stream, lambda rng: {"mse": [mse(rng, size) for size in sizes]})


# Brute force: the same features, the readout followed by an integrator of differential equations.


def _flow(phi: Array, readout: Array, y: Array, weights: Array, time: float) -> float:
    """Loss of one net of features (N, NODES) after its readout (N,) has moved for ``time``."""

    def velocity(_: float, a: Array) -> Array:
        return np.asarray(-(phi * weights) @ (a @ phi / len(phi) - y))

    a = solve_ivp(velocity, (0, time), readout, method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    return float(weights @ (a @ phi / len(phi) - y) ** 2)


@kernel_flow.brute_force
def _kernel_flow(
    stream: Stream,
    *,
    n_features: Sequence[int],
    time: float,
    radius: float,
    n_target: int,
    n_replicates: int = 4,
    readout_noise: float = 0.0,
) -> Columns:
    x, weights = grid(radius)
    y = target(radius, n_target)

    def mse(rng: np.random.Generator, size: int) -> float:
        phi = _features(rng, n_replicates, size, x)
        begun = _readouts(rng, n_replicates, size, readout_noise)
        return float(np.mean([_flow(*net, y, weights, time) for net in zip(phi, begun, strict=True)]))

    return columns(stream, lambda rng: {"mse": [mse(rng, size) for size in n_features]})
