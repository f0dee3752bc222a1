"""Ridgeless linear random features at many modes: features in panels, data by the joint law of what they resolve.

The model and the names of `sim.random_features`; Gaussian data enter through their coordinates Z in the span of the
features and an independent remainder, so that neither data nor features of n_modes entries are held. Fewer features
and fewer data are leading parts: one draw serves every cell, and cells of one draw are correlated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim import conditional, joint_rows, linalg, panels, parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.panels import resolve, spectrum, teach

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

Cells = Sequence[tuple[int, int]]


def _cells(decay: float, n_modes: int, cells: Cells) -> tuple[list[tuple[int, int]], int, int]:
    parameters.decay(decay)
    parameters.count("n_modes", n_modes)
    checked = [
        (parameters.below("n_features", N, "n_modes", n_modes), parameters.count("n_samples", D))
        for N, D in parameters.rows("cells", cells, 2)
    ]
    return checked, max(N for N, _ in checked), max(D for _, D in checked)


def _ridgeless_tail(*, decay: float, n_modes: int, cells: Cells) -> Mapping[str, npt.ArrayLike]:
    del decay, n_modes
    near = gaussian_tail_index([N - D for N, D in cells])
    return {"bias": near, "noise": near}


@simulation(
    identities="Gaussian data given their coordinates in the features' span; exact average over teacher, "
    "unresolved part of the data and label noise",
    tail_index=_ridgeless_tail,
)
def ridgeless(stream: Stream, *, decay: float, n_modes: int, cells: Cells) -> Columns:
    """Mean loss of minimum-norm least squares given features and resolved data, for every (N, D) of ``cells``.

    Exact given F and Z, averaged over an isotropic teacher and over what the N features do not resolve of the
    data (see `sim.conditional`):

    - "bias", the loss without label noise; "log_bias", its log: not the mean log loss of single fits;
    - "noise", the loss from label noise per unit of its variance;
    - "unresolved" = σ_N, the loss of N features with unlimited data.

    Each of shape (n_draws, n_cells), in the order of ``cells``. Memory does not grow with n_modes. Variances and
    quantiles are those of a conditional mean; the bias has no mean for |N − D| ≤ 1.

    Raises ValueError if decay is not positive and finite, if some N or D is below 1, or N not below n_modes.
    Source: the model of Maloney, Roberts & Sully 2022; the sweep is derived in `sim.conditional`.
    """
    cells, n_features, n_samples = _cells(decay, n_modes, cells)
    given = resolve(stream, decay=decay, n_modes=n_modes, n_features=n_features)
    Z = stream.normal(n_samples, n_features)
    parts = [conditional.losses(conditional.Features(*(a[i] for a in given)), Z[i], cells) for i in linalg.batches(Z)]
    bias, noise, unresolved = (linalg.concatenate(column, 0) for column in zip(*parts, strict=True))
    return {"bias": bias, "log_bias": bias.log(), "noise": noise, "unresolved": unresolved}


def _sampled_tail(*, decay: float, n_modes: int, cells: Cells, label_noise: float = 0.0) -> Mapping[str, npt.ArrayLike]:
    del decay, n_modes, label_noise
    return {"loss": gaussian_tail_index([N - D for N, D in cells])}


@simulation(
    identities="Gaussian data: predictors and labels are drawn from their joint law given features and teacher",
    tail_index=_sampled_tail,
)
def sampled(stream: Stream, *, decay: float, n_modes: int, cells: Cells, label_noise: float = 0.0) -> Columns:
    """Loss of minimum-norm least squares with one sampled teacher and sampled labels, for every (N, D).

    Column "loss", exact given features, teacher, predictors and labels, with label noise of standard deviation
    ``label_noise``, and "log_loss", its log; each of shape (n_draws, n_cells), in the order of ``cells``. This is
    the law of the loss itself, medians and tails included. Memory does not grow with n_modes.

    Raises ValueError as `ridgeless` does, and if label_noise is negative or not finite.
    Source: the model of Maloney, Roberts & Sully 2022; the joint law is that of `sim.joint_rows`.
    """
    cells, n_features, n_samples = _cells(decay, n_modes, cells)
    if label_noise:
        parameters.positive("label_noise", label_noise, "it is a standard deviation: pass 0 for none")
    given = teach(stream, decay=decay, n_modes=n_modes, n_features=n_features)
    Z = stream.normal(n_samples, n_features)
    y = joint_rows.labels(Z, given.q, given.s, stream.normal(n_samples), label_noise)
    parts = [joint_rows.losses(given.L[i], given.q[i], given.s[i], Z[i], y[i], cells) for i in linalg.batches(Z)]
    loss = linalg.concatenate(parts, 0)
    return {"loss": loss, "log_loss": loss.log()}


# Brute force: the same arrays drawn in the same order, F whole, then the definitions cell by cell in M dimensions.


def _arrays(stream: Stream, decay: float, n_modes: int, cells: Cells) -> tuple[Tensor, ...]:
    """F and w from the panels, Z, and for every cell X given Z: its mean, and the variance of a row's remainder."""
    n_features, n_samples = (max(side) for side in zip(*cells, strict=True))
    variances = spectrum(decay, n_modes, stream.normal(0))
    F, w = [], []
    for start in range(0, n_modes, panels.WIDTH):
        part = variances[start : start + panels.WIDTH]
        F.append(stream.normal(n_features, len(part)))
        w.append(stream.normal(len(part), 1))
    return linalg.concatenate(F, -1), linalg.concatenate(w, -2), stream.normal(n_samples, n_features), variances


@ridgeless.brute_force
def _ridgeless(stream: Stream, *, decay: float, n_modes: int, cells: Cells) -> Columns:
    F, _, Z, variances = _arrays(stream, decay, n_modes, cells)
    root = variances.sqrt()
    found = []
    for N, D in cells:
        Q, R = linalg.qr((F[:, :N] * root).mT)  # Λ^½ Fᵀ = Q R (M × N), so Z are coordinates in Q up to signs
        signs = R.diagonal(dim1=-2, dim2=-1).sign()
        Q, R = Q * signs[:, None, :], R * signs[:, :, None]
        inverse = linalg.pseudo_inverse(Z[:, :D, :N] @ R)  # Φ⁺
        white = Q @ Z[:, :D, :N].mT  # (n_draws, M, D): E[Λ^−½ x | Z]
        error = root.diag() - (Q @ R) @ (inverse @ (white.mT * root))
        noise = (R @ inverse).square().sum((-1, -2))
        unresolved = (root.diag() - Q @ (Q.mT * root)).square().sum((-1, -2))
        bias = error.square().sum((-1, -2)) + unresolved * noise
        found.append((bias, bias.log(), noise, unresolved))
    names = ("bias", "log_bias", "noise", "unresolved")
    return {name: linalg.stack(values) for name, values in zip(names, zip(*found, strict=True), strict=True)}


@sampled.brute_force
def _sampled(stream: Stream, *, decay: float, n_modes: int, cells: Cells, label_noise: float = 0.0) -> Columns:
    F, w, Z, variances = _arrays(stream, decay, n_modes, cells)
    root = variances.sqrt()[:, None]
    Q, R = linalg.qr(F.mT * root)
    signs = R.diagonal(dim1=-2, dim2=-1).sign()
    Q, R = Q * signs[:, None, :], R * signs[:, :, None]
    q = Q.mT @ (root * w)  # (n_draws, N, 1)
    tail = (root * w - Q @ q).square().sum((-1, -2))
    y = Z @ q + (tail + label_noise**2).sqrt()[:, None, None] * stream.normal(Z.shape[1])[..., None]
    Phi, losses = Z @ R, []
    for N, D in cells:
        theta = linalg.pseudo_inverse(Phi[:, :D, :N]) @ y[:, :D]
        losses.append((root * (w - F[:, :N].mT @ theta)).square().sum((-1, -2)))
    loss = linalg.stack(losses)
    return {"loss": loss, "log_loss": loss.log()}
