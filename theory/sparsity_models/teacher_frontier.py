"""The compute-optimal point beyond the peak for a teacher E w_i² = i^−τ, at any compute and number of digits.

At N D = C and infinitely many coordinates of probability c i^−η the loss is, for real sizes,

    B(1 + α + τ) + B(1 + α) [ζ(τ) − B(τ)]/(N − 1 − ζ(0) + B(0)),   B(s) = Σ i^−s (1 − p_i)^D:

signal lost and cross-talk, with products of means in place of means of products. Derived in
docs/sparsity_models/teacher.md.
"""

from __future__ import annotations

from functools import cache

import mpmath
from mpmath import mpf

from theory.parameters import decay_of, positive
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.roots import minimum
from theory.sparse_features.iso_compute import Optimum


def silent_sum(power: Real, n_samples: Real, *, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """Σ i^−s (1 − p_i)^D for s = ``power``, p_i = c i^−η: c^−e B(e, D + 1)/η with e = (s − 1)/η.

    Asymptotic (beyond all powers of 1/D) for s > 1. For s < 1 the sum diverges and the formula continues it, so that
    Σ i^−s [1 − (1 − p_i)^D] = ζ(s) − silent_sum. Raises ValueError at s = 1 and for η <= 1.
    """
    s, eta = exact(power), positive("sparsity", sparsity, "it is the exponent of the activation probabilities")
    if eta <= 1:
        raise ValueError(f"sparsity must exceed 1, got {sparsity}: at most 1 nearly every row shows new coordinates")
    if s == 1:
        raise ValueError("the sum of i^-1 over what D rows show grows as log D; take a power other than 1")
    lost = 2 * len(str(int(exact(n_samples)))) + 2  # digits that the difference of loggammas loses
    with working(digits + GUARD + lost):
        D, c = as_mpf(ball(n_samples)), as_mpf(ball(scale))
        e = as_mpf(ball((s - 1) / eta))
        ratio = mpmath.exp(mpmath.loggamma(D + 1) - mpmath.loggamma(e + D + 1))
        return +(c**-e * mpmath.gamma(e) * ratio / as_mpf(ball(eta)))


def admitted(decay: Real, sparsity: Real, teacher_decay: Real) -> None:
    """Raise ValueError where the laws of the frontier do not hold: η <= 1, τ < 0, τ = 1, or τ > 1 and α = η."""
    alpha, eta, tau = exact(decay_of(decay)), exact(sparsity), exact(teacher_decay)
    if eta <= 1:
        raise ValueError(f"sparsity must exceed 1, got {sparsity}: at most 1 nearly every row shows new coordinates")
    if tau < 0 or tau == 1:
        raise ValueError(f"teacher_decay must be at least 0 and not 1 (a logarithm), got {teacher_decay}")
    if tau > 1 and alpha == eta:
        raise ValueError(
            f"decay must differ from sparsity for a teacher_decay above 1, got {decay} and {sparsity}: cross-talk at "
            "fixed compute does not depend on N between the rank and N ~ C then; move one of them"
        )


def loss_at(
    n_features: Real,
    compute: Real,
    *,
    decay: Real,
    sparsity: Real,
    teacher_decay: Real,
    scale: Real = 1,
    digits: int = 30,
) -> mpf:
    """The loss of N features on the D = C/N rows that compute leaves; infinite where N − 1 is below the mean rank."""
    alpha, tau = exact(decay_of(decay)), exact(teacher_decay)
    with working(digits + GUARD):
        N = as_mpf(ball(n_features))
        D = as_mpf(ball(compute)) / N

        def hidden(power: Real) -> mpf:
            return silent_sum(power, D, sparsity=sparsity, scale=scale, digits=digits)

        def shown(power: Real) -> mpf:
            return mpmath.zeta(as_mpf(ball(power))) - hidden(power)

        room = N - 1 - shown(0)
        return hidden(1 + alpha + tau) + hidden(1 + alpha) * shown(tau) / room if room > 0 else mpmath.inf


@cache
def compute_optimal(
    compute: Real, *, decay: Real, sparsity: Real, teacher_decay: Real, scale: Real = 1, digits: int = 15
) -> Optimum:
    """Minimum over N beyond the peak, to ``digits`` digits. Raises ValueError as `admitted`."""
    admitted(decay, sparsity, teacher_decay)
    C = float(positive("compute", compute, "it is n_features n_samples"))
    world = {"decay": decay, "sparsity": sparsity, "teacher_decay": teacher_decay, "scale": scale}
    with working(2 * digits + 3 * GUARD):

        def level(log_n: mpf, places: int) -> mpf:
            return mpmath.log(loss_at(mpmath.exp(log_n), compute, **world, digits=places))

        low, high = mpf(0), mpmath.log(C)
        while high - low > mpf("0.3"):  # golden section; at the left of the minimum the loss may be infinite
            a, b = low + mpf("0.382") * (high - low), high - mpf("0.382") * (high - low)
            low, high = (a, high) if level(a, 15) >= level(b, 15) else (low, b)
        place = mpmath.exp(minimum(level, low, high, digits))
        return Optimum(place, as_mpf(ball(compute)) / place, loss_at(place, compute, **world, digits=digits + 5))
