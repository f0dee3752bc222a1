"""Linear random features on data with a power-law spectrum (Maloney, Roberts & Sully 2022), simulated.

Data x = Λ^½ z in n_modes = M dimensions, λ_i = i^−(1+decay); D training points are the columns of X = Λ^½ Z.
N random features are the rows of F; Z and F are independent standard normal. Teacher y = wᵀx + label noise,
w isotropic with E w wᵀ = I. The student fits θ in θᵀ F x by least squares on the D points. Losses are
population mean squared errors without the label noise of the test point. Fewer features are leading rows of
F, fewer data leading columns of Z, so one draw of (F, Z) serves all points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim import linalg, parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.replicates import averaged
from sim.sweeps import directions, losses, ridge_losses

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream


def _spectrum(decay: float, n_modes: int, like: Tensor) -> Tensor:
    return linalg.powers(n_modes, -(1 + decay), like)


def _products(F: Tensor, Z: Tensor, spectrum: Tensor) -> tuple[Tensor, ...]:
    """Φ = F X, F Λ X, G = F Λ Fᵀ, K = Xᵀ X, F Λ^½ (..., N, M) and Xᵀ (..., D, M); overwrites F and Z."""
    S = F.mul_(spectrum.sqrt())
    Phi, cross = S @ Z.mT, (S * spectrum) @ Z.mT
    X = Z.mul_(spectrum.sqrt())
    return Phi, cross, S @ S.mT, X @ X.mT, S, X


def _sizes(n_modes: int, n_features: Sequence[int]) -> list[int]:
    sizes = parameters.several("n_features", n_features)
    return [parameters.below("n_features", N, "n_modes", n_modes) for N in sizes]


def _cell(n_modes: int, N: int, D: int) -> tuple[int, int]:
    return (
        parameters.below("n_features", N, "n_modes", n_modes),
        parameters.below("n_samples", D, "n_modes", n_modes),
    )


@simulation(identities="unlimited data: the fit is a projection of the teacher; exact average over the teacher")
def unresolved(stream: Stream, *, decay: float, n_modes: int, n_features: Sequence[int]) -> Columns:
    """Loss of N features with unlimited data, for every N of ``n_features``.

    Column "unresolved" = tr Λ (I − P), P the projector on the N rows of F Λ^½, of shape (n_draws, n_sizes):
    exact given F, the loss averaged over an isotropic teacher. Only F is drawn; one Cholesky factor serves
    every N.

    Raises ValueError if decay is not positive and finite or if some N is below 1 or not below n_modes.
    Source: the model of Maloney, Roberts & Sully 2022; the nested traces are derived in `sim.sweeps`.
    """
    parameters.decay(decay)
    sizes = _sizes(n_modes, n_features)
    F = stream.normal(max(sizes), n_modes)  # (n_draws, N, M)
    spectrum = _spectrum(decay, n_modes, F)
    F *= spectrum.sqrt()
    found = directions(F @ F.mT, F, spectrum)
    return {"unresolved": found.unresolved[:, [N - 1 for N in sizes]]}


def _ridgeless_tail(*, decay: float, n_modes: int, cells: Sequence[tuple[int, int]]) -> Mapping[str, npt.ArrayLike]:
    del decay
    near = gaussian_tail_index([N - D for N, D in cells])
    full = gaussian_tail_index([n_modes - min(N, D) for N, D in cells])
    return {"bias": near, "noise": near, "excess": near, "noise_resolved": full, "noise_unresolved": full}


@simulation(identities="exact average over teacher and label noise given F, X", tail_index=_ridgeless_tail)
def ridgeless(stream: Stream, *, decay: float, n_modes: int, cells: Sequence[tuple[int, int]]) -> Columns:
    """Loss of minimum-norm least squares with N features and D data, for every (N, D) of ``cells``.

    Exact given F and X, with Φ = F X and H = Φ⁺ F Λ^½ (D × M):

    - "bias" = ‖Λ^½ − X H‖², the loss without label noise, averaged over the teacher; "log_bias", its log;
    - "noise" = ‖H‖², the loss from label noise per unit of its variance;
    - "unresolved" = tr Λ (I − P), P the projector on the columns of T, where T (M × m) is the smaller side
      of the cell: Λ^½ Fᵀ if N ≤ D, else X; "excess" = bias − unresolved;
    - "noise_resolved" = tr (TᵀT)⁻¹ TᵀΛT (TᵀT)⁻¹ and "noise_unresolved" = unresolved · tr (TᵀT)⁻¹.

    Each of shape (n_draws, n_cells), in the order of ``cells``. One factorisation per D serves every N ≤ D,
    one per N every D < N. The bias has no mean for |N − D| ≤ 1; "log_bias" has.

    Raises ValueError if decay is not positive and finite or if some N or D is below 1 or not below n_modes.
    Source: the model of Maloney, Roberts & Sully 2022; the nested traces are derived in `sim.sweeps`.
    """
    parameters.decay(decay)
    cells = [_cell(n_modes, N, D) for N, D in parameters.rows("cells", cells, 2)]
    F = stream.normal(max(N for N, _ in cells), n_modes)  # (n_draws, N, M)
    Z = stream.normal(max(D for _, D in cells), n_modes)  # (n_draws, D, M)
    spectrum = _spectrum(decay, n_modes, F)
    Phi, cross, G, K, S, X = _products(F, Z, spectrum)
    found: dict[tuple[int, int], list[Tensor]] = {}
    for wide in (False, True):  # more features than data?
        side = [(N, D) for N, D in cells if (N > D) == wide]
        if not side:
            continue
        m = max(min(cell) for cell in side)
        design, columns, rows, overlap = (Phi, K, G, cross) if wide else (Phi.mT, G, K, cross.mT)
        span = directions(columns[:, :m, :m], (X if wide else S)[:, :m], spectrum)
        for r in sorted({max(cell) for cell in side}):
            here = [cell for cell in side if max(cell) == r]
            c = max(min(cell) for cell in here)
            arrays = design[:, :r, :c], columns[:, :c, :c], rows[:, :r, :r], overlap[:, :r, :c]
            fit = losses(*arrays, spectrum.sum(), wide=wide)
            for cell in here:
                found[cell] = [a[:, min(cell) - 1] for a in (*fit, *span)]
    bias, noise, resolution, resolved, inverse = (linalg.stack([found[cell][i] for cell in cells]) for i in range(5))
    return {
        "bias": bias,
        "log_bias": bias.log(),
        "noise": noise,
        "excess": bias - resolution,
        "unresolved": resolution,
        "noise_resolved": resolved,
        "noise_unresolved": resolution * inverse,
    }


@simulation(identities="exact average over teacher and label noise given F, X")
def ridge(
    stream: Stream,
    *,
    decay: float,
    n_modes: int,
    points: Sequence[tuple[int, int, float]],
    n_replicates: int = 1,
) -> Columns:
    """Loss of ridge regression with N features and D data, for every (N, D, γ) of ``points``, γ > 0.

    θ minimises |θᵀΦ − y|² + γ|θ|². Exact given F and X, with H = (ΦᵀΦ + γ)⁻¹ Φᵀ F Λ^½ (D × M):
    "bias" = ‖Λ^½ − X H‖² and "noise" = ‖H‖² (per unit variance of the label noise), averaged over
    ``n_replicates`` independent (F, X); each of shape (n_draws, n_points). One SVD per (N, D) serves every γ.

    Raises ValueError if decay or some γ is not positive and finite, if some N or D is below 1 or not below
    n_modes, or if n_replicates is below 1.
    Source: the model of Maloney, Roberts & Sully 2022; the traces are derived in `sim.sweeps`.
    """
    parameters.decay(decay)
    cells = [_cell(n_modes, N, D) for N, D, _ in parameters.rows("points", points, 3)]
    ridges = [parameters.positive("ridge", g, "for the ridgeless limit use `ridgeless`") for *_, g in points]
    n_features, n_samples = (max(side) for side in zip(*cells, strict=True))

    def measure(r: int) -> dict[str, Tensor]:
        F = stream.normal(r, n_features, n_modes)  # (n_draws, r, N, M)
        Z = stream.normal(r, n_samples, n_modes)  # (n_draws, r, D, M)
        spectrum = _spectrum(decay, n_modes, F)
        Phi, cross, G, K, _, _ = _products(F, Z, spectrum)
        found = {}
        for N, D in set(cells):
            gammas = [g for cell, g in zip(cells, ridges, strict=True) if cell == (N, D)]
            arrays = Phi[..., :N, :D], G[..., :N, :N], K[..., :D, :D], cross[..., :N, :D]
            for g, fit in zip(gammas, ridge_losses(*arrays, spectrum.sum(), gammas), strict=True):
                found[N, D, g] = fit
        order = [found[N, D, g] for (N, D), g in zip(cells, ridges, strict=True)]
        return {name: linalg.stack([fit[i] for fit in order]) for i, name in enumerate(("bias", "noise"))}

    n_replicates = parameters.count("n_replicates", n_replicates)
    return averaged(measure, n_replicates, (n_features + n_samples) * n_modes)


# Brute force: the same arrays drawn in the same order, then the definitions cell by cell in M dimensions.


@unresolved.brute_force
def _unresolved(stream: Stream, *, decay: float, n_modes: int, n_features: Sequence[int]) -> Columns:
    F = stream.normal(max(n_features), n_modes)
    spans = [_definitions(F[:, :N], decay)[0] for N in n_features]
    return {"unresolved": linalg.stack(spans)}


def _definitions(side: Tensor, decay: float) -> tuple[Tensor, Tensor, Tensor]:
    """Unresolved, tr (TᵀT)⁻¹TᵀΛT(TᵀT)⁻¹ and tr (TᵀT)⁻¹ of T = Λ^½ sideᵀ."""
    root = _spectrum(decay, side.shape[-1], side).sqrt()
    T = (side * root).mT  # (n_draws, M, m)
    inverse = linalg.pseudo_inverse(T)
    left = root.diag() - T @ (inverse * root)
    unseen, resolved, total = (A.square().sum((-1, -2)) for A in (left, inverse * root, inverse))
    return unseen, resolved, total


@ridgeless.brute_force
def _ridgeless(stream: Stream, *, decay: float, n_modes: int, cells: Sequence[tuple[int, int]]) -> Columns:
    F = stream.normal(max(N for N, _ in cells), n_modes)
    Z = stream.normal(max(D for _, D in cells), n_modes)
    found = []
    for N, D in cells:
        bias, noise = _brute_fit(F[:, :N], Z[:, :D], decay, 0.0)
        unseen, resolved, inverse = _definitions(F[:, :N] if N <= D else Z[:, :D], decay)
        found.append((bias, bias.log(), noise, bias - unseen, unseen, resolved, unseen * inverse))
    names = ("bias", "log_bias", "noise", "excess", "unresolved", "noise_resolved", "noise_unresolved")
    return {name: linalg.stack(values) for name, values in zip(names, zip(*found, strict=True), strict=True)}


def _brute_fit(F: Tensor, Z: Tensor, decay: float, gamma: float) -> tuple[Tensor, Tensor]:
    """Bias and noise of ridge regression as the least squares of y on Φ with √γ I below it."""
    root = _spectrum(decay, F.shape[-1], F).sqrt()
    X = (Z * root).mT  # (..., M, D)
    Phi = F @ X
    below = (gamma**0.5 * linalg.eye(F.shape[-2], F)).expand(*F.shape[:-1], F.shape[-2])
    design = linalg.concatenate((Phi.mT, below), -2) if gamma else Phi.mT  # (..., D + N, N)
    H = linalg.pseudo_inverse(design)[..., : Z.shape[-2]].mT @ (F * root)  # (..., D, M)
    return (root.diag() - X @ H).square().sum((-1, -2)), H.square().sum((-1, -2))


@ridge.brute_force
def _ridge(
    stream: Stream,
    *,
    decay: float,
    n_modes: int,
    points: Sequence[tuple[int, int, float]],
    n_replicates: int = 1,
) -> Columns:
    n_features, n_samples = max(N for N, _, _ in points), max(D for _, D, _ in points)

    def measure(r: int) -> dict[str, Tensor]:
        F = stream.normal(r, n_features, n_modes)
        Z = stream.normal(r, n_samples, n_modes)
        found = [_brute_fit(F[..., :N, :], Z[..., :D, :], decay, gamma) for N, D, gamma in points]
        return {name: linalg.stack([fit[i] for fit in found]) for i, name in enumerate(("bias", "noise"))}

    return averaged(measure, n_replicates, (n_features + n_samples) * n_modes)
