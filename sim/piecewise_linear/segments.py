"""Best lines on the pieces of an interval, by Gauss-Legendre quadrature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Function = Callable[[Array], Array]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)


def best_lines(f: Function, edges: Array) -> tuple[Array, Array, Array]:
    """Squared error of the best line on every piece (an integral), and its residuals at the left and right ends.

    ``edges`` (..., n + 1) ascend; all three results (..., n). ``f`` acts on arrays (..., n, nodes). Exact for
    polynomials of degree at most 9.
    """
    length = np.diff(edges)
    x = edges[..., :-1, None] + length[..., None] * (1 + NODES) / 2
    values = f(x)
    mean = values @ WEIGHTS / 2
    tilt = values @ (WEIGHTS * NODES) * 1.5
    residual = values - mean[..., None] - tilt[..., None] * NODES
    ends = f(np.stack([edges[..., :-1], edges[..., 1:]], axis=-1))
    return (
        np.asarray(residual**2 @ WEIGHTS * length / 2),
        np.asarray(ends[..., 0] - mean + tilt),
        np.asarray(ends[..., 1] - mean - tilt),
    )


def mean_square(f: Function, edges: Array) -> Array:
    """Mean square error of the best line per piece over the whole interval, shape (...)."""
    return np.asarray(best_lines(f, edges)[0].sum(-1) / (edges[..., -1] - edges[..., 0]))
