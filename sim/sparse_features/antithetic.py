"""ReLU features in antithetic pairs, max(0, f·x) and max(0, −f·x), fitted to many sampled sparse rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.per_draw import columns
from sim.sparse_features.relu import relu
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream


def _world(
    decay: float, sparsity: float, n_modes: int, n_samples: int, n_pairs: Sequence[int], scale: float
) -> tuple[Activations, list[int]]:
    D = parameters.count("n_samples", n_samples)
    sizes = [parameters.below("n_pairs", 2 * N, "n_samples", D) // 2 for N in parameters.several("n_pairs", n_pairs)]
    return activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale), sizes


def linear_optimum(F: Array, variances: Array) -> tuple[Array, float]:
    """Best linear readout of N features with unlimited data, K⁻¹ F Λ (N × M) per unit teacher, and its loss.

    K = F Λ Fᵀ; the loss is tr Λ − tr K⁻¹ F Λ² Fᵀ, averaged over an isotropic teacher.
    """
    S = F * variances
    theta = np.asarray(np.linalg.solve(S @ F.T, S), dtype=np.float64)
    return theta, float(variances.sum() - (theta * S).sum())


def error_on(theta: Array, Phi: Array, test: csr_array) -> float:
    """Mean squared error |x − Θᵀ φ(x)|² over the test rows, Θ (n_features × M) per unit teacher."""
    n = test.shape[0]
    cross, gram = (test.T @ Phi).T / n, Phi.T @ Phi / n
    return float(np.square(test.data).sum() / n - 2 * (theta * cross).sum() + (theta * (gram @ theta)).sum())


def readout(Phi: Array, X: csr_array) -> Array:
    """Least squares of the rows themselves on their features Phi (D × n_features): the fit per unit teacher."""
    return np.asarray(np.linalg.solve(Phi.T @ Phi, (X.T @ Phi).T))


@simulation(
    identities="exact average over an isotropic teacher; control variate of known mean: the error of the best linear "
    "readout on the same test rows"
)
def antithetic(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_pairs: Sequence[int],
    scale: float = 1.0,
    n_test: int = 4000,
) -> Columns:
    """Loss of least squares on D rows with N pairs of ReLU features, and with 2N independent ones.

    Columns "loss" (the pairs), "independent" (2N independent ReLU features) and "unresolved" (N linear features, the
    rows f of the pairs, with unlimited data; exact), for every N of ``n_pairs``; losses on ``n_test`` fresh rows.
    Shape (n_draws, n_sizes). Fewer features are leading ones; the rows are not made symmetric.

    Raises ValueError unless 2N < n_samples, and for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law, sizes = _world(decay, sparsity, n_modes, n_samples, n_pairs, scale)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        F = rng.standard_normal((2 * max(sizes), n_modes))
        X, test = rows(rng, law, n_samples), rows(rng, law, n_test)
        O, P = X @ F.T, test @ F.T
        found = []
        for N in sizes:
            theta, unresolved = linear_optimum(F[:N], law.variances)
            known = unresolved - error_on(theta, P[:, :N], test)
            halves = [relu(np.concatenate([A[:, :N], -A[:, :N]], axis=1)) for A in (O, P)]
            singles = [relu(A[:, : 2 * N]) for A in (O, P)]
            losses = [error_on(readout(Phi, X), fresh, test) + known for Phi, fresh in (halves, singles)]
            found.append((*losses, unresolved))
        return dict(zip(("loss", "independent", "unresolved"), map(list, zip(*found, strict=True)), strict=True))

    return columns(stream, measure)


@antithetic.brute_force
def _antithetic(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_pairs: Sequence[int],
    scale: float = 1.0,
    n_test: int = 4000,
) -> Columns:
    law, sizes = _world(decay, sparsity, n_modes, n_samples, n_pairs, scale)

    def error(features: Array, fit: Array, B: Array) -> float:
        return float(np.square(B - features @ fit).sum(1).mean())

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        F = rng.standard_normal((2 * max(sizes), n_modes))
        X, B = rows(rng, law, n_samples).toarray(), rows(rng, law, n_test).toarray()
        loss: list[float] = []
        independent: list[float] = []
        unresolved: list[float] = []
        for N in sizes:
            root = np.sqrt(law.variances)
            best = np.linalg.pinv(root[:, None] * F[:N].T) @ np.diag(root)  # least squares in the population
            limit = float((law.variances[:, None] * np.square(np.eye(n_modes) - F[:N].T @ best)).sum())
            known = limit - error(B @ F[:N].T, best, B)
            pairs = np.concatenate([F[:N], -F[:N]])
            for G, into in ((pairs, loss), (F[: 2 * N], independent)):
                into.append(error(relu(B @ G.T), np.linalg.lstsq(relu(X @ G.T), X, rcond=None)[0], B) + known)
            unresolved.append(limit)
        return {"loss": loss, "independent": independent, "unresolved": unresolved}

    return columns(stream, measure)
