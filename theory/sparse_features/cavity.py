"""The cavity equation for infinitely many features, at any sparsity: solved by population dynamics.

On the graph of rows and active coordinates, locally a tree, the posterior variances V of coordinates and the unknown
parts R of rows obey, in law,

    R = σ² + Σ_{j active} a_j² z_j² V_j,    V_j = [1 + Σ_{ν<=n_j} a_j² z_ν²/R_ν]⁻¹,  n_j ~ Binomial(D − 1, p_j),

and the loss is L = Σ λ_i E V_i (with n_i ~ Binomial(D, p_i) there) = E R − σ². A deterministic equivalent; where R
concentrates it is the dense law, where the rows a coordinate shares are known it is the unseen mass. Derived in
docs/sparse_features/unseen_mass.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

import theory.random_features as dense
from theory.parameters import sizes_of
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law

SEED = 20260523  # of theory's own numbers: the population is a way of solving an equation, not a measurement
MANY = 40  # neighbours from which on their sum is taken as normal, with the moments of the population
REPEATS = 4  # samples of every V in one estimate of the loss
FREQUENT = 0.02  # probability above which a row draws a coordinate on its own; below, rows are hit at random


class Population:
    """Population dynamics of R for one law of rows and one D; ``sweep`` renews all members."""

    def __init__(self, law: RowLaw, n_samples: int, amplitudes: str, size: int, noise: float, start: float) -> None:
        self.law, self.D, self.noise = law, n_samples, noise
        self.signs = fourth_moment(amplitudes) == 1
        self.rng = np.random.default_rng([SEED, n_samples, size])
        self.R = np.full(size, start + noise)

    def _squares(self, n: int) -> Array:
        return np.ones(n) if self.signs else self.rng.standard_normal(n) ** 2

    def _variances(self, coordinate: np.ndarray, n: np.ndarray) -> Array:
        """One V of each listed coordinate, its ``n`` neighbours drawn from the population."""
        with np.errstate(divide="ignore"):
            inverse = 1 / self.R
        total = np.zeros(len(coordinate))
        few = n <= MANY
        owner = np.repeat(np.flatnonzero(few), n[few])
        if len(owner):
            terms = self._squares(len(owner)) * inverse[self.rng.integers(0, len(inverse), len(owner))]
            total += np.bincount(owner, terms, minlength=len(total))
        many = ~few
        mean = inverse.mean()
        if np.isfinite(mean):
            spread = np.sqrt(max((1 if self.signs else 3) * np.mean(inverse**2) - mean**2, 0.0))
            normal = n[many] * mean + np.sqrt(n[many]) * spread * self.rng.standard_normal(int(many.sum()))
            total[many] = np.maximum(normal, n[many] * mean / 10)
        else:
            total[many] = np.inf  # some rows are known, and such a coordinate is in one of them
        return np.asarray(1 / (1 + self.law.gains[coordinate] * total))

    def sweep(self) -> None:
        """Renew R."""
        size, p = len(self.R), self.law.probabilities
        frequent = int((p > FREQUENT).sum())
        row, coordinate = np.nonzero(self.rng.random((size, frequent)) < p[:frequent])
        rare = np.repeat(np.arange(frequent, len(p)), self.rng.binomial(size, p[frequent:]))
        row = np.concatenate([row, self.rng.integers(0, size, len(rare))])
        coordinate = np.concatenate([coordinate, rare])
        n = self.rng.binomial(self.D - 1, p[coordinate])
        parts = self.law.gains[coordinate] * self._squares(len(row)) * self._variances(coordinate, n)
        self.R = self.noise + np.bincount(row, parts, minlength=size)

    def loss(self, repeats: int) -> float:
        """Σ λ_i E V_i: unseen coordinates exactly, the others from ``repeats`` samples of every V."""
        coordinate = np.tile(np.arange(len(self.law.variances)), repeats)
        n = self.rng.binomial(self.D, self.law.probabilities[coordinate])
        coordinate, n = coordinate[n > 0], n[n > 0]
        seen = self.law.variances[coordinate] @ self._variances(coordinate, n) / repeats
        return float(self.law.variances @ self.law.silent(self.D) + seen)


@lru_cache(maxsize=64)
def cavity_loss(
    n_samples: int,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    label_noise: float = 0.0,
    size: int = 2000,
    sweeps: int = 24,
) -> tuple[float, float]:
    """Loss of infinitely many features at D samples and its standard error from the population's sampling.

    Deterministic equivalent. A third of the sweeps are left out; the error comes from four stretches of the rest.
    ``label_noise`` is the variance σ². Raises ValueError as `row_law` does.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    start = float(
        dense.leading_unresolved(decay=decay, n_modes=n_modes, n_features=[n_samples]).values["unresolved"][0]
    )
    population = Population(law, n_samples, amplitudes, size, label_noise, start)
    found = []
    for k in range(sweeps):
        population.sweep()
        if k >= sweeps // 3:
            found.append(population.loss(REPEATS))
    stretches = [np.mean(part) for part in np.array_split(found, 4)]
    return float(np.mean(found)), float(np.std(stretches, ddof=1) / 2)


def infinite_features(
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    scale: float = 1.0,
    amplitudes: str = "gaussian",
    size: int = 2000,
    remainder: float = 0.02,
) -> Prediction:
    """Column "loss" by the cavity equation, for every D; allowance: three errors of the population and ``remainder``.

    The remainder is that of a deterministic equivalent on few hundred rows, relative; measured, see
    docs/sparse_features/unseen_mass.md. Raises ValueError as `row_law` does.
    """
    pairs = [
        cavity_loss(D, decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes, size=size)
        for D in sizes_of("n_samples", n_samples)
    ]
    loss, error = np.array(pairs).T
    return Prediction({"loss": loss}, {"loss": 3 * error + remainder * loss})
