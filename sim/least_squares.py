"""Minimum-norm regression on Gaussian data (Hastie et al. 2019; Belkin, Hsu & Xu 2019), simulated.

n samples are the rows of X, y = X β + label noise, and the first p coordinates are fitted by minimum-norm
least squares. The excess risk is the population squared error without the label noise of the test point:
"bias" is its part without label noise, "variance" its part per unit variance of the label noise, which is
averaged exactly given X. Fewer coordinates are leading columns of X, so one draw serves every p.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim import linalg, parameters
from sim.experiment import gaussian_tail_index, simulation
from sim.replicates import averaged

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

NOISE = "exact average over the label noise, given X"
Spectra = Sequence[str | Sequence[float]]


def fits(X: Tensor, y: Tensor, sizes: Sequence[int]) -> tuple[list[Tensor], Tensor]:
    """Minimum-norm coefficients X_p⁺ y, each (..., p), and tr (X_pᵀX_p)⁺ (..., n_sizes), for every p.

    X (..., n, c), y (..., n), X_p the first p columns. One factorisation X = Q R serves every p ≤ n:
    X_p⁺ = R_p⁻¹ Q_pᵀ. Above n, RᵀR = X_p X_pᵀ grows by the new columns and X_p⁺ = X_pᵀ R⁻¹ R⁻ᵀ.
    """
    found: dict[int, tuple[Tensor, Tensor]] = {}
    n = X.shape[-2]
    columns = y[..., None]  # (..., n, 1)
    under, over = sorted({p for p in sizes if p <= n}), sorted({p for p in sizes if p > n})
    if under:
        Q, R = linalg.qr(X[..., : under[-1]])
        S = linalg.triangular_inverse(R, upper=True)
        traces, projected = S.square().sum(-2).cumsum(-1), Q.mT @ columns
        for p in under:
            found[p] = ((S[..., :p, :p] @ projected[..., :p, :])[..., 0], traces[..., p - 1])
    done = 0
    for p in over:
        new = X[..., done:p].mT
        R = linalg.triangular_factor(linalg.concatenate((R, new), -2) if done else new)
        S, done = linalg.triangular_inverse(R, upper=True), p
        theta = X[..., :p].mT @ (S @ (S.mT @ columns))
        found[p] = (theta[..., 0], S.square().sum((-1, -2)))
    return [found[p][0] for p in sizes], linalg.stack([found[p][1] for p in sizes])


def _fitted(n_fitted: Sequence[int]) -> list[int]:
    return [parameters.count("n_fitted", p) for p in parameters.several("n_fitted", n_fitted)]


def _isotropic_tail(*, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1) -> Mapping[str, npt.ArrayLike]:
    del n_replicates
    return {"variance": gaussian_tail_index([p - n_samples for p in n_fitted])}


@simulation(identities=NOISE, tail_index=_isotropic_tail)
def isotropic(stream: Stream, *, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1) -> Columns:
    """Excess risk with isotropic data x ~ N(0, I_p) and β the first unit vector, for every p of ``n_fitted``.

    Columns "bias" = |(I − P) β|², P the projector on the rows of X_p (zero for p ≤ n), and "variance" =
    tr (X_pᵀX_p)⁺, exact given X; averaged over ``n_replicates`` independent X. Shape (n_draws, n_sizes).

    Raises ValueError if n_samples, some p or n_replicates is below 1.
    Source: the model of Hastie et al. 2019.
    """
    n, sizes = parameters.count("n_samples", n_samples), _fitted(n_fitted)

    def measure(r: int) -> dict[str, Tensor]:
        X = stream.normal(r, n, max(sizes))
        thetas, traces = fits(X, X[..., 0], sizes)
        # θ = P β is the projection of a unit vector, so |(I − P) β|² = 1 − θ_1.
        bias = [(1 - theta[..., 0]) * (p > n) for p, theta in zip(sizes, thetas, strict=True)]
        return {"bias": linalg.stack(bias), "variance": traces}

    return averaged(measure, parameters.count("n_replicates", n_replicates), n * max(sizes))


def _subset_tail(
    *, decay: float, n_coordinates: int, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1
) -> Mapping[str, npt.ArrayLike]:
    del decay, n_coordinates, n_replicates
    index = gaussian_tail_index([p - n_samples for p in n_fitted])
    return {"bias": index, "variance": index}


@simulation(identities=NOISE, tail_index=_subset_tail)
def subset(
    stream: Stream,
    *,
    decay: float,
    n_coordinates: int,
    n_samples: int,
    n_fitted: Sequence[int],
    n_replicates: int = 1,
) -> Columns:
    """Excess risk of fitting the first p of ``n_coordinates`` isotropic coordinates, β_i² = i^−(1+decay).

    y = X β contains the coordinates that are not fitted. Columns "bias" = |β_p − X_p⁺ X β|² + |β_>p|² and
    "variance" = tr (X_pᵀX_p)⁺, exact given X; averaged over ``n_replicates`` independent X. Shape
    (n_draws, n_sizes), in the order of ``n_fitted``.

    Raises ValueError if decay is not positive and finite, if some p lies outside 1..n_coordinates, or if
    n_samples or n_replicates is below 1.
    Source: the model of Belkin, Hsu & Xu 2019, with a power-law β.
    """
    parameters.decay(decay)
    n, sizes = parameters.count("n_samples", n_samples), _fitted(n_fitted)
    for p in sizes:
        parameters.up_to("n_fitted", p, "n_coordinates", n_coordinates)

    def measure(r: int) -> dict[str, Tensor]:
        X = stream.normal(r, n, n_coordinates)
        beta = linalg.powers(n_coordinates, -(1 + decay) / 2, X)
        thetas, traces = fits(X, X @ beta, sizes)
        bias = [
            (theta - beta[:p]).square().sum(-1) + beta[p:].square().sum()
            for p, theta in zip(sizes, thetas, strict=True)
        ]
        return {"bias": linalg.stack(bias), "variance": traces}

    return averaged(measure, parameters.count("n_replicates", n_replicates), n * n_coordinates)


def _covariance_tail(
    *, spectra: Spectra, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1
) -> Mapping[str, npt.ArrayLike]:
    del n_replicates
    return {"variance": gaussian_tail_index([n_samples - p for _ in spectra for p in n_fitted])}


@simulation(identities=NOISE, tail_index=_covariance_tail)
def covariance(
    stream: Stream, *, spectra: Spectra, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1
) -> Columns:
    """Excess risk of ordinary least squares under several diagonal covariances Σ, each with its own data.

    Column "variance" = tr Σ_p (X_pᵀX_p)⁻¹ with X = Z Σ^½ as it stands, per unit variance of the label noise,
    exact given X; averaged over ``n_replicates`` independent X. Points: every p of ``n_fitted`` for the first
    spectrum, then for the second, and so on; shape (n_draws, n_spectra · n_sizes). See
    `sim.parameters.variances` for what a spectrum may be.

    Raises ValueError if some p is not below n_samples − 1 (the mean would be infinite), if a spectrum is not
    understood or has a variance that is not positive, or if some p or n_replicates is below 1.
    """
    n, sizes = parameters.count("n_samples", n_samples), _fitted(n_fitted)
    for p in sizes:
        parameters.below("n_fitted", p, "n_samples - 1", n - 1)
    table = [parameters.variances(spectrum, max(sizes)) for spectrum in parameters.several("spectra", spectra)]

    def measure(r: int) -> dict[str, Tensor]:
        Z = stream.normal(r, len(table), n, max(sizes))
        sigma = linalg.array(table, Z)  # (n_spectra, p)
        R = linalg.triangular_factor(Z * sigma.sqrt()[:, None, :])
        S = linalg.triangular_inverse(R, upper=True)
        traces = (S.square() * sigma[..., None]).sum(-2).cumsum(-1)  # (n_draws, r, n_spectra, p)
        return {"variance": traces[..., [p - 1 for p in sizes]].flatten(2)}

    return averaged(measure, parameters.count("n_replicates", n_replicates), len(table) * n * max(sizes))


# Brute force: the same arrays drawn in the same order, then the definitions by a pseudo-inverse per point.


@isotropic.brute_force
def _isotropic(stream: Stream, *, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1) -> Columns:
    def measure(r: int) -> dict[str, Tensor]:
        X = stream.normal(r, n_samples, max(n_fitted))
        beta = linalg.array([1.0] + [0.0] * (max(n_fitted) - 1), X)
        bias, variance = [], []
        for p in n_fitted:
            inverse = linalg.pseudo_inverse(X[..., :p])
            left = linalg.eye(p, X) - inverse @ X[..., :p]  # I − P
            bias.append((left @ beta[:p]).square().sum(-1) * (p > n_samples))
            variance.append(inverse.square().sum((-1, -2)))
        return {"bias": linalg.stack(bias), "variance": linalg.stack(variance)}

    return averaged(measure, n_replicates, n_samples * max(n_fitted))


@subset.brute_force
def _subset(
    stream: Stream,
    *,
    decay: float,
    n_coordinates: int,
    n_samples: int,
    n_fitted: Sequence[int],
    n_replicates: int = 1,
) -> Columns:
    def measure(r: int) -> dict[str, Tensor]:
        X = stream.normal(r, n_samples, n_coordinates)
        beta = linalg.powers(n_coordinates, -(1 + decay), X).sqrt()
        bias, variance = [], []
        for p in n_fitted:
            inverse = linalg.pseudo_inverse(X[..., :p])
            theta = inverse @ (X @ beta)[..., None]
            bias.append((beta[:p] - theta[..., 0]).square().sum(-1) + beta[p:].square().sum())
            variance.append(inverse.square().sum((-1, -2)))
        return {"bias": linalg.stack(bias), "variance": linalg.stack(variance)}

    return averaged(measure, n_replicates, n_samples * n_coordinates)


@covariance.brute_force
def _covariance(
    stream: Stream, *, spectra: Spectra, n_samples: int, n_fitted: Sequence[int], n_replicates: int = 1
) -> Columns:
    def measure(r: int) -> dict[str, Tensor]:
        Z = stream.normal(r, len(spectra), n_samples, max(n_fitted))
        found = []
        for i, spectrum in enumerate(spectra):
            for p in n_fitted:
                root = linalg.array(parameters.variances(spectrum, p), Z).sqrt()
                inverse = linalg.pseudo_inverse(Z[:, :, i, :, :p] * root)  # (n_draws, r, p, n)
                found.append((root[:, None] * inverse).square().sum((-1, -2)))
        return {"variance": linalg.stack(found)}

    return averaged(measure, n_replicates, len(spectra) * n_samples * max(n_fitted))
