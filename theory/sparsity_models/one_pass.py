"""One-pass stochastic gradient descent on sparse rows, infinitely many features: exact means of its errors.

With independent symmetric coordinates the errors e = θ − w of a white teacher stay uncorrelated, and their squares
m_i = E e_i² obey a linear recursion m ← A m that closes, with a fixed step and with one divided by |x|². A is symmetric
and has no negative entry. Derived in docs/sparsity_models/one_pass_and_routing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import linalg
from scipy.optimize import brentq
from scipy.stats import binom

from theory.parameters import count, decay_of, positive, sizes_of
from theory.precision import Real, exact
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law
from theory.spectra import exponent

ROUNDING = 1e-10
"""Relative, of a recursion with positive terms over at most 10^6 steps."""
MOST_MODES = 2000
"""Up to so many modes the full matrix of a normalised step is diagonalised."""


def one_pass(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    step: Real,
    scale: Real = 1,
    amplitudes: str = "sign",
) -> Prediction:
    """Column "loss" = Σ λ_i m_i after each number of rows. Exact mean; allowance: rounding.

    m_i ← (1 − d_i) m_i + h² λ_i Σ_j λ_j m_j from m_i = 1, d_i as in `rates`. Raises ValueError for a step that is not
    positive, sizes below 1, and as `row_law`. Source: derived here, docs/sparsity_models/one_pass_and_routing.md.
    """
    law, h = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale), _step(step)
    keep, fresh = 1 - rates(law, h, fourth_moment(amplitudes)), h * h * law.variances
    sizes, found = sizes_of("n_samples", n_samples), {}
    errors, loss = np.ones_like(keep), float(law.variances.sum())
    for done in range(1, max(sizes) + 1):
        errors *= keep
        errors += fresh * loss
        loss = float(law.variances @ errors)
        if done in sizes:
            found[done] = loss
    column = np.array([found[D] for D in sizes])
    return Prediction({"loss": column}, {"loss": ROUNDING * column})


def rates(law: RowLaw, h: float, kurtosis: float) -> Array:
    """d_i = h λ_i [2 − h (k₄ a_i² − λ_i)], what coordinate i forgets per row when the others know all. Exact."""
    return h * law.variances * (2 - h * (kurtosis * law.gains - law.variances))


def gradient_noise(law: RowLaw, h: float, kurtosis: float) -> float:
    """R = Σ_i h² λ_i²/d_i, the loss that a unit of loss brings back over all later rows. Stable: d_i > 0 and R < 1."""
    return float(np.sum(h * law.variances / (2 - h * (kurtosis * law.gains - law.variances))))


def threshold_step(*, decay: Real, sparsity: Real, n_modes: int, scale: Real = 1, amplitudes: str = "sign") -> float:
    """Largest step at which the mean loss does not grow: d_i >= 0 for all i and R <= 1. Exact, to 12 digits.

    I − A = diag(d) − h² λ λᵀ is positive definite exactly if d > 0 and h² Σ λ_i²/d_i < 1; R rises with h, to infinity
    where the first d_i vanishes. Raises ValueError as `row_law`.
    """
    law, kurtosis = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale), fourth_moment(amplitudes)
    most = float((kurtosis * law.gains - law.variances).max())
    edge = 2 / most if most > 0 else 4 / float(law.variances.sum())  # the first d_i = 0; or R = 2
    last = edge * (1 - 1e-12)
    if gradient_noise(law, last, kurtosis) <= 1:
        return edge
    return float(brentq(lambda h: gradient_noise(law, h, kurtosis) - 1, 0.0, last, xtol=1e-15))


def normalised_one_pass(
    *, decay: Real, sparsity: Real, n_modes: int, n_samples: Sequence[int], step: Real
) -> Prediction:
    """Column "loss" for the step h/|x|², sign amplitudes, scale 1. Exact mean; allowance: rounding.

    m ← (I − 2h diag(u) + h² Q) m with the moments u, Q of `direction_moments`; stable for every h < 2. Raises
    ValueError for steps of 2 or more, more than 2000 modes, and as `one_pass`.
    """
    h = _step(step)
    if h >= 2:
        raise ValueError(f"a normalised step must be below 2, got {step}: a larger one overshoots every row")
    if count("n_modes", n_modes) > MOST_MODES:
        raise ValueError(f"n_modes must be at most {MOST_MODES} for a normalised step, got {n_modes}; lower it")
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes)
    values, weights = _modes_of_normalised(decay, sparsity, n_modes, h)
    with np.errstate(divide="ignore"):
        column = np.array([weights @ values**D for D in sizes_of("n_samples", n_samples)])
    return Prediction({"loss": column}, {"loss": ROUNDING * column + 1e-13 * float(law.variances.sum())})


@cache
def _modes_of_normalised(decay: Real, sparsity: Real, n_modes: int, h: float) -> tuple[Array, Array]:
    """Eigenvalues of A, and what each contributes to the loss at the start."""
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes)
    u, Q = direction_moments(law)
    Q *= h * h
    Q[np.diag_indices_from(Q)] += 1 - 2 * h * u
    values, vectors = linalg.eigh(Q, overwrite_a=True, check_finite=False)
    return values, (law.variances @ vectors) * vectors.sum(0)


def direction_moments(law: RowLaw) -> tuple[Array, Array]:
    """u_i = E x_i²/|x|² and Q_ij = E x_i² x_j²/|x|⁴ for sign amplitudes and p_1 = a_1 = 1. Exact, by quadrature.

    From 1/|x|² = ∫ e^(−t|x|²) dt, 1/|x|⁴ = ∫ t e^(−t|x|²) dt and φ_i = E e^(−t x_i²) = 1 − p_i + p_i e^(−t a_i²):
    u_i = ∫ Φ g_i dt, Q_ij = ∫ t Φ g_i g_j dt, Q_ii = ∫ t Φ a_i² g_i dt, Φ = Π φ, g_i = p_i a_i² e^(−t a_i²)/φ_i;
    trapezoidal in log t, which converges exponentially.
    """
    log_t = np.arange(-30.0, 4.2, 0.1)
    t = np.exp(log_t)[:, None]
    damped = law.probabilities * np.exp(-t * law.gains)
    each = 1 - law.probabilities + damped
    weight = 0.1 * t[:, 0] * np.prod(each, axis=1)
    g = law.gains * damped / each
    Q = (g * (weight * t[:, 0])[:, None]).T @ g
    np.fill_diagonal(Q, (weight * t[:, 0]) @ (g * law.gains))
    return weight @ g, Q


def rate_of_rare(index: Real, *, decay: Real, sparsity: Real, n_modes: int, step: Real) -> float:
    """(1 − A_ii)/p_i of a coordinate beyond the ``n_modes`` others, with the step h/|x|². Tends to h(2 − h).

    Given that it is active, with a² and the others' |x'|² in its row, A_ii changes by E(1 − h a²/(a² + |x'|²))² − 1.
    Exact for sparsity above 1 + decay or any other, by quadrature. Raises ValueError for an index within the others.
    """
    law, h = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes), _step(step)
    place = float(positive("index", index, "it counts coordinates"))
    if place <= n_modes:
        raise ValueError(f"index must exceed n_modes = {n_modes}, got {index}; it is that of one more coordinate")
    gain = place ** (float(exact(sparsity)) - float(exponent(decay_of(decay))))
    t = np.exp(np.arange(-30.0, 4.2, 0.1))[:, None]  # in units of 1/a²
    with np.errstate(under="ignore"):
        others = np.prod(1 - law.probabilities * -np.expm1(-t / gain * law.gains), axis=1)
        weight = 0.1 * t[:, 0] * np.exp(-t[:, 0]) * others
    return float(2 * h * weight.sum() - h * h * weight @ t[:, 0])


def isolated_log_loss(*, decay: Real, sparsity: Real, n_modes: int, n_samples: Sequence[int], step: Real) -> Prediction:
    """Column "log_loss" of coordinates that do not disturb each other, sign amplitudes: a typical run, not the mean.

    Then e_i² = (1 − h a_i²)^(2n), n ~ Bin(D, p_i), and E log Σ λ_i e_i² = ∫ (e^(−t) − Π_i E e^(−tλ_i e_i²)) dt/t,
    trapezoidal in log t. Deterministic equivalent: no allowance is given. Raises ValueError as `one_pass`.
    """
    law, h = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes), _step(step)
    return Prediction({"log_loss": np.array([_isolated(law, h, D) for D in sizes_of("n_samples", n_samples)])})


def _isolated(law: RowLaw, h: float, D: int) -> float:
    with np.errstate(divide="ignore"):
        grows = np.maximum(np.log(np.square(1 - h * law.gains)), -100.0)  # per hit; −∞ where one hit teaches all
    top = float(np.max(np.log(law.variances) + np.maximum(grows, 0) * (D * law.probabilities + 10)))
    log_t = np.arange(-max(60.0, 3 * top), 60.0, 0.25)
    together = np.zeros_like(log_t)
    for p, variance, grow in zip(law.probabilities, law.variances, grows, strict=True):
        n = np.arange(min(D, int(D * p + 12 * np.sqrt(D * p) + 12)) + 1)
        error = np.exp(np.minimum(log_t[:, None] + np.log(variance) + n * grow, 50.0))
        with np.errstate(divide="ignore"):
            together += np.log(np.maximum(np.exp(-error) @ binom.pmf(n, D, p), 1e-300))
    return float(0.25 * np.sum(np.exp(-np.exp(np.minimum(log_t, 50.0))) - np.exp(together)))


def _step(step: Real) -> float:
    return float(positive("step", step, "it is the size of a step of descent"))
