"""Predictions for piecewise-linear fits: equal, free and random knots, networks without a skip, cubes.

Laws and labels in `theory.piecewise_linear.laws`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import sympy as sp

from theory.piecewise_linear import laws
from theory.prediction import Prediction

Array = npt.NDArray[np.float64]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def pieces(given: Mapping[str, Array], *, n_pieces: Sequence[int]) -> Prediction:
    """Column "loss" of n optimal pieces for quadratics, given the column "line" of a single one: line/n⁴, exact."""
    n = counts(n_pieces)
    return Prediction({"loss": np.asarray(given["line"]) / n**4})


def random_knots(*, n_knots: Sequence[int]) -> Prediction:
    """Column "loss" of best lines between W uniform knots over that of one line, for quadratics. Exact."""
    ratio = [float(laws.random_knots(sp.Integer(int(W)))) / (W + 1) ** 4 for W in counts(n_knots)]
    return Prediction({"loss": np.array(ratio)})


def convex(*, rates: tuple[float, float], n_pieces: Sequence[int]) -> Prediction:
    """Column "loss" of the best n pieces for exp(kx) on [0, 1], k uniform in ``rates``. Asymptotic(n⁻²).

    The relative remainder stated is k²/(80 n²) at the largest k; 0.0108 k²/n² is what single functions show.
    """
    n = counts(n_pieces)
    k = sp.Symbol("k", positive=True)
    loss = over_rates(sp.lambdify(k, laws.convex_optimum(k), "numpy"), rates) / n**4
    return Prediction({"loss": loss}, {"loss": loss * rates[1] ** 2 / (80 * n**2)})


def over_rates(constant: Callable[[Array], Array], rates: tuple[float, float]) -> float:
    """Mean of a smooth function of the rate, uniform between the two rates. Raises ValueError unless 0 < low < high."""
    low, high = rates
    if not 0 < low < high:
        raise ValueError(f"rates must be two positive numbers in ascending order, got {rates!r}")
    return float(constant((low + high) / 2 + (high - low) / 2 * NODES) @ WEIGHTS / 2)


def parity(*, n_neurons: Sequence[int], vertices: float) -> Prediction:
    """Column "excess", n² (n⁴ loss/line − 1) with n = W + 1, for a vertex v/R uniform on (−vertices, vertices).

    Asymptotic(1/n): the mean over δ, uniform on (−½, ½) as n grows, of 10 δ²/(p (1 − p)) with p = (1 + v/R)/2. The
    relative remainder stated is 0.8/n; dense sets of vertices show 0.2/n to 0.7/n. Raises ValueError unless
    0 < vertices <= 0.5, where both sides keep a quarter of the pieces, and n is at least 9.
    """
    n = counts(n_neurons) + 1
    if not 0 < vertices <= 0.5:
        raise ValueError(f"vertices must lie in (0, 0.5], got {vertices!r}; nearer to an end one side has few pieces")
    if n.min() < 9:
        raise ValueError(f"n_neurons must be at least 8, got {int(n.min()) - 1}; the law holds for many pieces")
    at = sp.lambdify(laws.SHARE, sp.integrate(2 * laws.parity_constant(), (laws.DELTA, 0, sp.S.Half)), "numpy")
    excess = np.full(len(n), float(at((1 + vertices * NODES) / 2) @ WEIGHTS / 2))
    return Prediction({"excess": excess}, {"excess": 0.8 * excess / n})


def cubes(given: Mapping[str, Array], *, n_dims: Sequence[int], per_axis: Sequence[int]) -> Prediction:
    """Column "loss" in n = m^d cubes: n^(−4/d) (Σ f_jj²/720 + Σ_{j<k} f_jk²/144) for quadratics, exact.

    ``given``: columns "diagonal", Σ f_jj², and "mixed", Σ_{j<k} f_jk².
    """
    bent, twisted = (float(c) for c in laws.cube_constants())
    cells = counts(per_axis) ** counts(n_dims)
    return Prediction({"loss": cells ** (-4 / counts(n_dims)) * (bent * given["diagonal"] + twisted * given["mixed"])})


def counts(values: Sequence[int]) -> Array:
    """Sizes as floats. Raises ValueError unless all are whole numbers of at least 1."""
    sizes = np.asarray(values, dtype=float)
    if sizes.size == 0 or sizes.min() < 1 or np.any(sizes != np.round(sizes)):
        raise ValueError(f"sizes must be whole numbers of at least 1, got {values!r}")
    return sizes
