"""Routed experts at numbers of rows that no simulation reaches: infinitely many experts and modes, Poisson loads.

L(D) = Σ_e p_e G(D p_e), p_e = e^−η/ζ(η): the first experts one by one, the others by the midpoint integral of Euler and
Maclaurin. Derived in docs/sparsity_models/one_pass_and_routing.md.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, zeta

from theory.parameters import positive
from theory.precision import Real, exact
from theory.sparse_features.row_law import Array
from theory.sparsity_models.routing import learning_curve

ONE_BY_ONE = 2000
DIRECT, MATCHED = 200.0, (100.0, 200.0)
"""Mean load up to which G is summed over n, and two at which its expansion in 1/x is matched to that sum."""
PANELS, NODES = 12, 12
"""Gauss–Legendre: panels per factor e^12 of the index, and nodes in each."""


def mean_loss(x: Array, decay: Real) -> Array:
    """G(x) = E L(n), n ~ Poisson(x), shape of x; beyond `DIRECT` as A x^−α (1 + b/x + c/x²), continued from below.

    Deterministic equivalent; the relative error of the continuation is below 1e-6.
    """
    alpha = float(exact(decay))
    near = _summed(np.minimum(x, DIRECT), decay)
    leading = (math.pi / (1 + alpha) / math.sin(math.pi / (1 + alpha))) ** (1 + alpha)  # C_s^s, see `dense`
    match = np.array(MATCHED)
    excess = _summed(match, decay) * match**alpha / leading - 1
    b, c = np.linalg.solve(np.stack([1 / match, 1 / match**2], -1), excess)
    with np.errstate(divide="ignore", over="ignore"):
        far = leading * x**-alpha * (1 + b / x + c / x**2)
    return np.asarray(np.where(x <= DIRECT, near, far))


def _summed(x: Array, decay: Real) -> Array:
    curve, _ = learning_curve(decay, math.inf, int(DIRECT + 15 * math.sqrt(DIRECT)))
    n = np.arange(len(curve))
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(n * np.log(x[:, None]) - x[:, None] - gammaln(n + 1)) @ curve)


def zipf_loss(n_samples: float, *, decay: Real, sparsity: Real) -> float:
    """L(D) for real D under the load e^−η/ζ(η). Raises ValueError unless sparsity exceeds 1."""
    eta = float(positive("sparsity", sparsity, "it must exceed 1"))
    if eta <= 1:
        raise ValueError(f"sparsity must exceed 1, got {sparsity}: the loads of infinitely many experts have no sum")

    def term(index: Array) -> Array:
        p = index**-eta / zeta(eta)
        return np.asarray(p * mean_loss(float(n_samples) * p, decay))

    first = term(np.arange(1, ONE_BY_ONE + 1, dtype=float)).sum()
    start = ONE_BY_ONE + 0.5
    end = math.log(start) + math.log(float(n_samples) + 10) / eta + 45 / (eta - 1)
    n_panels = int(PANELS * (end - math.log(start)) / 12) + 1
    edges = np.linspace(math.log(start), end, n_panels + 1)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    index = np.exp((edges[:-1, None] + half * (1 + nodes)).ravel())
    rest = ((half * weights).ravel() * index) @ term(index)
    slope = np.diff(term(np.array([start - 0.5, start + 0.5])))[0]
    return float(first + rest + slope / 24)


def zipf_exponent(n_samples: float, *, decay: Real, sparsity: Real) -> float:
    """Exponent of `zipf_loss` between D/10 and 10 D."""
    few, many = (zipf_loss(float(n_samples) * f, decay=decay, sparsity=sparsity) for f in (0.1, 10.0))
    return math.log(few / many) / math.log(100)
