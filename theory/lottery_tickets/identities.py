"""Averages of independent tickets: the bias stays, the variance averages, the spread of the loss does not."""

from __future__ import annotations

from theory.parameters import count, positive
from theory.precision import Real, exact


def ensemble_mse(squared_bias: Real, variance: Real, n_tickets: int) -> Real:
    """Mean squared error b² + v/N of the average of N independent tickets.

    Exact for tickets of any distribution with finite second moments: b² = ‖E g − y‖², v = E‖g − E g‖².
    Raises ValueError if N is not a whole number of at least 1. Derived in docs/lottery_tickets/exact.md.
    """
    return squared_bias + variance / count("n_tickets", n_tickets)  # type: ignore[operator]


def crossover(squared_bias: Real, variance: Real) -> Real:
    """Number of tickets N* = v/b² at which bias and variance are equal; beyond it more tickets hardly help. Exact.

    Raises ValueError if b² is not positive: without bias the loss falls as v/N for ever.
    """
    return exact(variance) / positive("squared_bias", squared_bias, "an unbiased ensemble has no crossover")


def loss_variance(trace: Real, squares: Real, fourth: Real, n_tickets: int) -> Real:
    """Variance of N × loss of unbiased tickets, 2 Σλ² (1 − 1/N) + (E‖g̃‖⁴ − (Σλ)²)/N.

    λ_k are the eigenvalues of the covariance of a ticket, ``trace`` = Σλ, ``squares`` = Σλ², ``fourth`` = E‖g̃‖⁴ of
    the centred ticket g̃. Exact at every N: of Σ_ij <g̃_i, g̃_j>/N only pairs (twice, Σλ² each) and the diagonal vary.
    Raises ValueError if N is not a whole number of at least 1. Derived in docs/lottery_tickets/exact.md.
    """
    n = count("n_tickets", n_tickets)
    one = exact(1)
    return 2 * squares * (1 - one / n) + (fourth - trace**2) * one / n  # type: ignore[operator]
