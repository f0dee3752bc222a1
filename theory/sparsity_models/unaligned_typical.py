"""Unaligned sparsity with infinitely many coordinates: the mean logarithm of the unseen mass at any number of rows.

U = Σ λ_i ξ_i, ξ_i = 1 with probability q = ν B(ν, D + 1). With f(t) = Σ_i 1 − e^(−t λ_i),

    E log U = ∫ [e^(−t) − E e^(−tU)] dt/t,    −log E e^(−tU) = Σ_k q^k/k Σ_i (1 − e^(−t λ_i))^k,

and Σ_i (1 − e^(−t λ_i))^k = Σ_j binom(k, j) (−1)^(j+1) f(j t). Derived in docs/sparsity_models/unaligned.md.
"""

from __future__ import annotations

from functools import cache
from math import comb

import mpmath
from flint import arb
from mpmath import mpf

from theory.parameters import decay_of, positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.spectra import exponent

DIGITS, STEP = 20, mpf("0.2")
ORDERS = 2  # of q
SMALLEST = 10**6


@cache
def hidden(log_t: mpf, s: mpf) -> mpf:
    """f(t): K terms, then Σ_k (−1)^(k+1) t^k ζ(ks, K + 1)/k!; at large t Γ(1 − 1/s) t^(1/s) − 1/2."""
    t = mpmath.exp(log_t)
    if t ** (1 / (1 + s)) > 16:  # the sum differs from its integral by less than the digits
        return mpmath.gamma(1 - 1 / s) * t ** (1 / s) - mpf(1) / 2
    K = int(mpmath.ceil((2 * t) ** (1 / s))) + 1
    total = mpmath.fsum(-mpmath.expm1(-t * mpf(i) ** -s) for i in range(1, K + 1))
    power, k = mpf(1), 0
    while True:
        k += 1
        power *= -t / k
        term = power * as_mpf(ball(k * exact(s)).zeta(arb(K + 1)))
        total -= term
        if abs(term) < mpf(10) ** -DIGITS * total:
            return total


def mean_log_unseen(n_samples: Real, *, decay: Real, tail: Real) -> mpf:
    """E log U for real D, to relative order q². Asymptotic(q²).

    Raises ValueError for D below 10⁶, where the expansion in q is not accurate: sum over n_modes instead
    (theory.sparsity_models.unaligned_losses).
    """
    if positive("n_samples", n_samples, "it counts rows") < SMALLEST:
        raise ValueError(
            f"n_samples must be at least {SMALLEST}, got {n_samples}; below, sum over finitely many coordinates with "
            "theory.sparsity_models.unaligned_losses"
        )
    with working(DIGITS + GUARD):
        s = as_mpf(ball(exact(exponent(decay_of(decay)))))
        nu, D = (as_mpf(ball(exact(value))) for value in (tail, n_samples))
        q = nu * mpmath.beta(nu, D + 1)
        log_scale = -s * mpmath.log(q)
        total, k = mpf(0), int(-60 / STEP)
        while k * STEP < log_scale + 3 * s + 15:
            x = k * STEP
            total += mpmath.exp(-mpmath.exp(x)) - mpmath.exp(-_cumulants(x, q, s))
            k += 1
        return total * STEP


def _cumulants(x: mpf, q: mpf, s: mpf) -> mpf:
    """−log E e^(−tU) at t = e^x, to order q^ORDERS."""
    f = [hidden(x + mpmath.log(j), s) for j in range(1, ORDERS + 1)]
    return mpmath.fsum(
        q**k / k * sum(comb(k, j) * (-1) ** (j + 1) * f[j - 1] for j in range(1, k + 1)) for k in range(1, ORDERS + 1)
    )
