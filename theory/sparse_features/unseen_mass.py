"""The unseen mass: the variance of the coordinates that no row of the data shows.

No learner can know the teacher there, so its mean E U = Σ λ_i (1 − p_i)^D bounds every mean loss from below. Sums at
the sizes simulated are exact in float64; ``unseen_mass_sum`` takes infinitely many modes and any number of digits.
Derived in docs/sparse_features/unseen_mass.md; the symbolic laws are in `theory.sparse_features.unseen_mass_laws`.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from flint import arb
from mpmath import mpf

from theory.parameters import decay_of, positive, sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.sparse_features.row_law import row_law
from theory.spectra import exponent

ROUNDING = 1e-11  # relative, of a float64 sum of at most 10^7 positive terms with (1 − p)^D by its logarithm


def unseen_mass(*, decay: Real, sparsity: Real, n_modes: int, n_samples: Sequence[int], scale: Real = 1) -> Prediction:
    """Columns "unseen" = Σ λ_i q_i and "unseen_variance" = Σ λ_i² q_i (1 − q_i), q_i = (1 − p_i)^D, for every D.

    Exact mean and variance over datasets; allowance: rounding. Shape (n_points,), in the order of ``n_samples``.
    Raises ValueError as `row_law` does and for sizes below 1.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    silent = [law.silent(D) for D in sizes_of("n_samples", n_samples)]
    mean = np.array([law.variances @ q for q in silent])
    variance = np.array([law.variances**2 @ (q * (1 - q)) for q in silent])
    return Prediction(
        {"unseen": mean, "unseen_variance": variance},
        {"unseen": ROUNDING * mean, "unseen_variance": ROUNDING * variance},
    )


def unseen_mass_sum(
    n_samples: Real, *, decay: Real, sparsity: Real, scale: Real = 1, digits: int = 30, power: int = 1
) -> mpf:
    """Σ_{i>=1} λ_i^power (1 − p_i)^D with infinitely many modes, for real D > 0, to about ``digits`` digits.

    At few samples, term by term up to K and then Σ_k binom(D, k) (−c)^k ζ(power·s + kη, K + 1): exact. Else
    the integral ∫ λ(x)^power (1 − p(x))^D dx of Euler and Maclaurin by quadrature over log p: all boundary terms
    vanish, and what the sum differs by is exp(−const · D^(1/(1+η))), below the digits.

    Raises ValueError for D, decay, sparsity or scale that are not positive.
    Source: derived here, docs/sparse_features/unseen_mass.md.
    """
    positive("n_samples", n_samples, "it counts rows")
    positive("sparsity", sparsity, "without it no coordinate is rarer than another: sum over n_modes instead")
    positive("scale", scale, "it multiplies every activation probability")
    s = power * exact(exponent(decay_of(decay)))
    with working(digits + GUARD):
        values = (as_mpf(ball(value)) for value in (n_samples, s, exact(sparsity), scale))
        D, order, eta, c = values
        if _aliasing(D, eta, c) < (digits + 5) * mpmath.log(10):
            return _by_terms(D, order, eta, c)
        return _by_integral(D, order, eta, c)


def _by_terms(D: mpf, s: mpf, eta: mpf, c: mpf) -> mpf:
    """First K terms, then the binomial series of the others, with c D K^−η at most 1/2."""
    K = int(mpmath.ceil((2 * c * max(D, 1)) ** (1 / eta))) + 1
    total = mpf(0)
    for i in range(1, K + 1):
        p = c * mpf(i) ** -eta
        total += mpf(i) ** -s * (1 - p) ** D if p < 1 else 0
    binomial, k = mpf(1), 0
    while True:
        term = binomial * as_mpf(ball(s + k * eta).zeta(arb(K + 1)))
        total += term
        if abs(term) <= abs(total) * mpf(10) ** (-mpmath.mp.dps):
            return total
        binomial *= -c * (D - k) / (k + 1)
        k += 1


def _aliasing(D: mpf, eta: mpf, c: mpf) -> mpf:
    """−log of what sum and integral differ by, relatively: the saddle of p(x)'s factor against e^(2πix)."""
    x = (c * D * eta / (2 * mpmath.pi)) ** (1 / (1 + eta))
    return (1 + eta) / eta * 2 * mpmath.pi * x * mpmath.sin(mpmath.pi / (2 * (1 + eta)))


def _by_integral(D: mpf, s: mpf, eta: mpf, c: mpf) -> mpf:
    """∫ x^−s (1 − p)^D dx, p = c x^−η = e^v/D, v = w − e^−w: a trapezoidal sum over w that falls doubly fast."""
    rate, reach = (s - 1) / eta, mpmath.mp.dps * mpmath.log(10)

    def integrand(w: mpf) -> mpf:
        bend = mpmath.exp(-w)
        if mpmath.exp(w - bend) >= D:  # p would exceed 1
            return mpf(0)
        return mpmath.exp(rate * (w - bend) + D * mpmath.log1p(-mpmath.exp(w - bend) / D)) * (1 + bend)

    low, high = -mpmath.log(1 + reach / rate), mpmath.log(2 * reach) + mpf("0.5")
    n = 64
    step = (high - low) / n
    total = mpmath.fsum(integrand(low + k * step) for k in range(n + 1)) * step
    while True:
        finer = (total + mpmath.fsum(integrand(low + (k + mpf("0.5")) * step) for k in range(n)) * step) / 2
        if abs(finer - total) < abs(finer) * mpmath.sqrt(mpf(10) ** -mpmath.mp.dps):  # each halving doubles the digits
            return finer * (c * D) ** -rate / eta
        total, n, step = finer, 2 * n, step / 2
