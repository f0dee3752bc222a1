"""Random features on one fixed dataset: explicit features, the definition of the loss, no law about features used.

The data are made by a generator that the parameter ``dataset`` seeds, the same in every draw; the draws vary the
features F (N × M, standard normal). One singular value decomposition of the data X = U Σ Vᵀ serves all draws: the
coefficients of minimum-norm least squares are A y with A = (X Fᵀ)⁺ = (Σ Vᵀ Fᵀ)⁺ Uᵀ, and the error of the student is
(I − FᵀA X) w for the teacher w, −FᵀA ε for the label noise ε, both averaged exactly:

    loss = |Λ^½ (I − FᵀAX)|²,   unseen = the rows of coordinates never active,   noise = |Λ^½ Fᵀ A|².
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import linalg
from scipy.sparse import csr_array

from sim import parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.linalg import from_numpy
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.dataset import Dataset, dataset
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

AVERAGES = "exact average over teacher and label noise"


class Fixed(NamedTuple):
    """One dataset, the same in every draw."""

    law: Activations
    X: csr_array
    data: Dataset


@lru_cache(maxsize=16)
def fixed(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: int,
    dataset: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
) -> Fixed:
    """Data number ``dataset``: n_samples rows of the given law, from a generator that ``dataset`` alone seeds."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(parameters.count("dataset", dataset))))
    X = rows(rng, law, parameters.count("n_samples", n_samples))
    return Fixed(law, X, _taught(X, law))


def _taught(X: csr_array, law: Activations) -> Dataset:
    return dataset(X, law.variances)


def constants(world: Fixed) -> dict[str, Array]:
    """What conditional laws need of the data: columns that are the same in every draw.

    "rank" r, "seen" S, "limit" T (loss of infinitely many features), "unseen_mass" U, "inverse_trace" tr Σ⁻²,
    "noise_resolved" tr Λ_ssΣ⁻², one value each; "squares" s_k² and "resolved" (Λ_ss)_kk, r values each.
    """
    data = world.data
    squares, known = data.singular**2, np.diag(data.resolved)
    one = {
        "rank": data.rank,
        "seen": len(data.seen),
        "limit": data.loss,
        "unseen_mass": data.unseen,
        "inverse_trace": (1 / squares).sum(),
        "noise_resolved": (known / squares).sum(),
    }
    return {name: np.array([float(value)]) for name, value in one.items()} | {"squares": squares, "resolved": known}


def columns(draws: Sequence[Mapping[str, npt.ArrayLike]]) -> Columns:
    """One row per draw: tensors of shape (n_draws, n_points), the number of points by column."""
    return {name: from_numpy(np.array([draw[name] for draw in draws], dtype=float)) for name in draws[0]}


def _tail(*, n_features: Sequence[int], **world: Any) -> Mapping[str, npt.ArrayLike]:
    index = gaussian_tail_index([N - fixed(**world).data.rank for N in n_features])
    return dict.fromkeys(("loss", "unseen", "noise"), index)


@simulation(identities=AVERAGES, tail_index=_tail)
def features(stream: Stream, *, n_features: Sequence[int], **parameters_of_data: Any) -> Columns:
    """Loss of minimum-norm least squares on explicit random features, given the data, at every N of ``n_features``.

    Columns "loss", "unseen" (its part on coordinates never active), "noise" (added per unit variance of the label
    noise) and "log_loss", shape (n_draws, n_points): fewer features are leading rows of one F. Also the
    `constants` of the data, which have numbers of points of their own. The other parameters are those of `fixed`.

    Raises ValueError if a size is below 1 or a parameter of the law out of range.
    """
    world = fixed(**parameters_of_data)
    sizes = [parameters.count("n_features", N) for N in parameters.several("n_features", n_features)]
    known = constants(world)
    return columns([draw(rng, world, [(N, 0.0) for N in sizes]) | known for rng in stream.generators])


def draw(rng: np.random.Generator, world: Fixed, points: Sequence[tuple[int, float]]) -> dict[str, Array]:
    """Columns of one draw of F at every point (N, ridge)."""
    data, variances = world.data, world.law.variances
    F = rng.standard_normal((max(N for N, _ in points), len(variances)))
    hidden = np.ones(len(variances), dtype=bool)
    hidden[data.seen] = False
    Fs, Fu = F[:, data.seen], F[:, hidden]
    gram = (Fu * variances[hidden]) @ Fu.T  # F Λ Fᵀ of the unseen coordinates
    G = Fs @ data.basis
    found = []
    for N, ridge in points:
        B = (G[:N] * data.singular).T  # Σ Gᵀ (r × N)
        A = regularised_inverse(B, ridge) if ridge else pseudo_inverse(B)
        found.append(_losses(A, Fs[:N], gram[:N, :N], data, variances[data.seen]))
    loss, unseen, noise = np.array(found).T
    return {"loss": loss, "unseen": unseen, "noise": noise, "log_loss": np.log(loss)}


def _losses(A: Array, Fs: Array, gram: Array, data: Dataset, known: Array) -> tuple[float, float, float]:
    """Loss, its unseen part and noise of the coefficients A (N × r), up to the rotation Uᵀ of the labels."""
    K = (A * data.singular) @ data.basis.T  # A X on the seen coordinates, (N × S)
    error = np.eye(len(known)) - Fs.T @ K
    unseen = data.unseen + float(np.sum(K * (gram @ K)))
    loss = unseen + float(known @ np.square(error).sum(1))
    noise = float(np.sum(A * (gram @ A)) + known @ np.square(Fs.T @ A).sum(1))
    return loss, unseen, noise


def pseudo_inverse(B: Array) -> Array:
    """B⁺ (n × m) of a matrix B (m × n) of full rank min(m, n), by one factorisation."""
    m, n = B.shape
    if m >= n:
        Q, R = linalg.qr(B, mode="economic", check_finite=False)
        return np.asarray(linalg.solve_triangular(R, Q.T, check_finite=False))
    Q, R = linalg.qr(B.T, mode="economic", check_finite=False)
    return np.asarray(linalg.solve_triangular(R, Q.T, trans="N", check_finite=False).T)


def regularised_inverse(B: Array, ridge: float) -> Array:
    """(BᵀB + γ)⁻¹Bᵀ (n × m), by the smaller of the two Gram matrices."""
    m, n = B.shape
    if n <= m:
        return np.asarray(linalg.solve(B.T @ B + ridge * np.eye(n), B.T, assume_a="pos"))
    return np.asarray(B.T @ linalg.inv(B @ B.T + ridge * np.eye(m)))


@features.brute_force
def _features(stream: Stream, *, n_features: Sequence[int], **parameters_of_data: Any) -> Columns:
    return by_definition(stream, fixed(**parameters_of_data), [(N, 0.0) for N in n_features])


def by_definition(stream: Stream, world: Fixed, points: Sequence[tuple[int, float]]) -> Columns:
    """The F of `draw`, then the definitions on all D rows and M coordinates at every point (N, ridge): the oracle."""
    X, variances = world.X.toarray(), world.law.variances
    hidden = (X == 0).all(0)
    draws = []
    for rng in stream.generators:
        F, found = rng.standard_normal((max(N for N, _ in points), len(variances))), []
        for N, ridge in points:
            Phi = X @ F[:N].T
            gram = Phi.T @ Phi + ridge * np.eye(N)
            A = np.linalg.solve(gram, Phi.T) if ridge else np.linalg.pinv(Phi, rcond=1e-12)  # (N × D)
            square = variances * np.square(np.eye(len(variances)) - F[:N].T @ A @ X).sum(1)
            found.append((square.sum(), square[hidden].sum(), variances @ np.square(F[:N].T @ A).sum(1)))
        loss, unseen, noise = np.array(found).T
        draws.append({"loss": loss, "unseen": unseen, "noise": noise, "log_loss": np.log(loss)} | constants(world))
    return columns(draws)
