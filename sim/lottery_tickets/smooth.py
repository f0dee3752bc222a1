"""Smooth activations, simulated: how well x² is fitted on [−R, R] by one or a few SiLU neurons of given weights.

Input weights are drawn, readout weights and the output bias are fitted by least squares in float64, and the bias of the
neurons is searched. The largest fitted readout weight is the norm A that the smooth fit costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import optimize

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.per_draw import Measured, columns

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

Array = npt.NDArray[np.float64]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
JITTER = 1.3
"""A weight is drawn between its nominal value and this multiple of it."""
RADII = (0.5, 1.5)
"""Range of the random R."""
BIASES = np.linspace(-3, 3, 121)


def silu(z: Array) -> Array:
    """z/(1 + e^−z)."""
    return np.asarray(z / (1 + np.exp(-z)))


def neuron(z: Array, bias: float) -> list[Array]:
    """Outputs of one neuron, silu(z + bias), at z = weight · x: a list of one array of the shape of z."""
    return [silu(z + bias)]


def pair(z: Array, bias: float) -> list[Array]:
    """Two neurons with opposite input weights and one readout weight."""
    return [silu(z + bias) + silu(bias - z)]


def two_pairs(z: Array, bias: float) -> list[Array]:
    """Two pairs, the second with twice the input weight."""
    return pair(z, bias) + pair(2 * z, bias)


NETWORKS: dict[str, tuple[Callable[[Array, float], list[Array]], bool]] = {
    "neuron": (neuron, True),
    "unbiased_pair": (pair, False),
    "pair": (pair, True),
    "two_pairs": (two_pairs, False),
}
"""By name: the functions to combine, and whether their bias is searched or zero."""
Fit = Callable[[list[Array], Array, Array], tuple[float, float]]


def centred_fit(functions: list[Array], target: Array, weights: Array) -> tuple[float, float]:
    """Least squares with an output bias: mean square error and largest readout weight, all means taken off first."""
    design = np.column_stack([g - weights @ g for g in functions])
    y = target - weights @ target
    root = np.sqrt(weights)
    a = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    return float(weights @ (design @ a - y) ** 2), float(np.abs(a).max())


def floor(name: str, weight: float, radius: float, fit: Fit = centred_fit) -> tuple[float, float]:
    """Smallest mean square error of a network with this input weight, and its largest readout weight."""
    functions, biased = NETWORKS[name]
    x = radius * NODES

    def at(bias: float) -> tuple[float, float]:
        return fit(functions(weight * x, bias), x**2, WEIGHTS / 2)

    if not biased:
        return at(0.0)
    losses = [at(bias)[0] for bias in BIASES]
    k = int(np.clip(np.argmin(losses), 1, len(BIASES) - 2))
    near = (BIASES[k - 1], BIASES[k + 1])
    found = optimize.minimize_scalar(
        lambda bias: np.log(at(bias)[0]), bounds=near, method="bounded", options={"xatol": 1e-9}
    )
    return at(float(found.x))


def measured(
    rng: np.random.Generator,
    networks: Sequence[str],
    weights: Sequence[float],
    powers: Sequence[tuple[int, int]],
    fit: Fit,
) -> Measured:
    """One random weight and radius for every point; the columns of `floors`."""
    losses, moments = [], []
    for name, nominal in zip(networks, weights, strict=True):
        radius = rng.uniform(*RADII)
        loss, norm = floor(name, nominal * rng.uniform(1, JITTER), radius, fit)
        losses.append(loss)
        moments.append([float(norm**-p * radius**q) for p, q in powers])
    names = [f"norm{p}_radius{q}" for p, q in powers]
    return {"loss": losses, **dict(zip(names, map(list, zip(*moments, strict=True)), strict=True))}


@simulation()
def floors(
    stream: Stream, *, networks: Sequence[str], weights: Sequence[float], powers: Sequence[tuple[int, int]]
) -> Columns:
    """Error floors of ``networks[k]`` with random input weights of order ``weights[k]``.

    Columns (n_draws, n_points): "loss", and for every (p, q) of ``powers`` the mean of A^−p R^q as "normp_radiusq".
    Raises ValueError for an unknown network or a weight outside (0, 1).
    """
    for name, weight in zip(networks, weights, strict=True):
        if name not in NETWORKS:
            raise ValueError(f"networks must be among {', '.join(NETWORKS)}, got {name!r}")
        if not parameters.positive("weights", weight, "floors are those of small input weights") < 1:
            raise ValueError(f"weights must lie below 1, got {weight!r}; floors are those of small input weights")
    return columns(stream, lambda rng: measured(rng, networks, weights, powers, centred_fit))


@floors.brute_force
def _by_normal_equations(
    stream: Stream, *, networks: Sequence[str], weights: Sequence[float], powers: Sequence[tuple[int, int]]
) -> Columns:
    """The same weights; orthogonal factors of the whole design, output bias included, on a fine grid of midpoints."""

    def fit(functions: list[Array], target: Array, weights: Array) -> tuple[float, float]:
        design = np.column_stack([*functions, np.ones(len(target))]) * np.sqrt(weights)[:, None]
        Q, upper = np.linalg.qr(design)
        y = target * np.sqrt(weights)
        a = np.linalg.solve(upper, Q.T @ y)
        return float(np.sum((design @ a - y) ** 2)), float(np.abs(a[:-1]).max())

    return columns(stream, lambda rng: measured(rng, networks, weights, powers, fit))
