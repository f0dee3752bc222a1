"""A panel of learners on the same sparse data: their losses beside what the data leave unknown.

Every learner gets rows X (D × S), labels Y (D × K) of K teachers and test rows B (T × S), and returns predictions
(T × K). None of them is told which coordinates are active in X.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim import parameters
from sim.experiment import simulation
from sim.sparse_features import kernel
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.dataset import dataset
from sim.sparse_features.per_draw import columns
from sim.sparse_features.rays import rays
from sim.sparse_features.relu import relu
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream

Learner = Callable[[Array, Array, Array, Array], Array]
LEARNERS = ("minimum norm", "ridge", "random features", "ReLU features", "arc-cosine kernel")
"""Points of the panel, in this order: learner 1 to 5."""
CUTOFF = 1e-11
"""Singular values below this part of the largest are zero."""


def fitted(Phi: Array, Y: Array) -> Array:
    """Minimum-norm least-squares coefficients of the labels Y on the features Phi."""
    return np.asarray(np.linalg.pinv(Phi, rcond=CUTOFF) @ Y)


def ridge_fitted(Phi: Array, Y: Array, ridge: float) -> Array:
    """Minimiser of |Phi θ − Y|²/D + ridge |θ|²."""
    return np.asarray(np.linalg.solve(Phi.T @ Phi + len(Phi) * ridge * np.eye(Phi.shape[1]), Phi.T @ Y), dtype=float)


def kernel_predictions(X: Array, Y: Array, B: Array) -> Array:
    """Ridgeless arc-cosine kernel regression; ``Y`` is linear in the rows, so that its rays carry their own labels."""
    R = rays(X).units
    labels = R @ fitted(X, Y)  # of the unit rows: y(x)/|x|
    return kernel.weights(R, B, np.linalg.norm(B, axis=1)) @ labels


def predictions(
    X: Array, Y: Array, B: Array, F: Array, *, ridge: float, n_features: int, n_relu: int
) -> Mapping[str, Array]:
    """Predictions of every learner; the rows of F (max(n_features, n_relu) × S) are random features."""
    G, H = F[:n_features].T, F[:n_relu].T
    return {
        "minimum norm": B @ fitted(X, Y),
        "ridge": B @ ridge_fitted(X, Y, ridge),
        "random features": B @ G @ fitted(X @ G, Y),
        "ReLU features": relu(B @ H) @ fitted(relu(X @ H), Y),
        "arc-cosine kernel": kernel_predictions(X, Y, B),
    }


@simulation(
    identities="control variate of known mean: the squared labels of test rows on coordinates never active in the data"
)
def panel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_features: int,
    n_relu: int,
    ridge: float,
    scale: float = 1.0,
    n_teachers: int = 16,
    n_test: int = 1000,
) -> Columns:
    """Losses of five learners on D rows labelled by ``n_teachers`` standard normal teachers.

    Columns "loss", the squared error on ``n_test`` fresh rows, averaged over teachers, for the learners `LEARNERS`
    in order (``ridge`` per row), the squared labels of the test rows on coordinates never active in X put at their
    mean; "unseen", the variance of those coordinates; "bayes", the posterior variance of the label of a fresh row, the
    Bayes risk of a standard normal teacher. The latter two are repeated for every learner. Shape (n_draws, 5).

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    D = parameters.count("n_samples", n_samples)
    ridge = parameters.positive("ridge", ridge, "the learner without ridge is in the panel already")
    width = max(parameters.count("n_features", n_features), parameters.count("n_relu", n_relu))

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        X, test, F, W = _drawn(rng, law, D, n_test, width, n_teachers)
        data = dataset(X, law.variances)
        every = np.union1d(X.indices, test.indices)  # the other coordinates are zero in all rows
        A, B, W = X[:, every].toarray(), test[:, every].toarray(), W[every]
        guesses = predictions(A, A @ W, B, F[:, every], ridge=ridge, n_features=n_features, n_relu=n_relu)
        known = data.unseen - float(np.square(B[:, ~A.any(0)] @ W[~A.any(0)]).mean())
        loss = [float(np.square(guesses[name] - B @ W).mean()) + known for name in LEARNERS]
        return {"loss": loss, "unseen": [data.unseen] * len(loss), "bayes": [data.loss] * len(loss)}

    return columns(stream, measure)


def _drawn(
    rng: np.random.Generator, law: Activations, n_samples: int, n_test: int, width: int, n_teachers: int
) -> tuple[csr_array, csr_array, Array, Array]:
    """Data, test rows, random features and teachers."""
    M = len(law.variances)
    X, test = rows(rng, law, n_samples), rows(rng, law, n_test)
    return X, test, rng.standard_normal((width, M)), rng.standard_normal((M, n_teachers))


@panel.brute_force
def _panel(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    n_features: int,
    n_relu: int,
    ridge: float,
    scale: float = 1.0,
    n_teachers: int = 16,
    n_test: int = 1000,
) -> Columns:
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)

    def gram(X: Array, Z: Array) -> Array:
        product = np.maximum(np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1)), 1e-300)
        return product * kernel.arc_cosine(X @ Z.T / product)

    def measure(rng: np.random.Generator) -> dict[str, Sequence[float]]:
        sparse, test, F, W = _drawn(rng, law, n_samples, n_test, max(n_features, n_relu), n_teachers)
        X, B = sparse.toarray(), test.toarray()
        Y, G, H = X @ W, F[:n_features].T, F[:n_relu].T
        posterior = np.eye(n_modes) - np.linalg.pinv(X) @ X
        dual = X.T @ np.linalg.solve(X @ X.T + n_samples * ridge * np.eye(n_samples), Y)
        guesses = [
            B @ np.linalg.lstsq(X, Y, rcond=1e-11)[0],
            B @ dual,
            B @ G @ np.linalg.lstsq(X @ G, Y, rcond=1e-11)[0],
            relu(B @ H) @ np.linalg.lstsq(relu(X @ H), Y, rcond=1e-11)[0],
            gram(B, X) @ np.linalg.pinv(gram(X, X), rcond=1e-12, hermitian=True) @ Y,
        ]
        unseen = float(law.variances[(X == 0).all(0)].sum())
        known = unseen - float(np.square((B * (X == 0).all(0)) @ W).mean())
        loss = [float(np.square(guess - B @ W).mean()) + known for guess in guesses]
        bayes = float(law.variances @ np.diag(posterior))
        return {"loss": loss, "unseen": [unseen] * 5, "bayes": [bayes] * 5}

    return columns(stream, measure)
