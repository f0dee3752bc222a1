"""How often a fixed step of gradient descent is unstable on sparse data: P(λ_max(XᵀX/D) > ω), ω = 2/h.

Every coordinate is a spike: the square of its column over D is a_i² χ²_n/D, n its number of hits. What else the rows of
the column hold pushes the eigenvalue up by m_i; the coordinate is unstable if its spike exceeds ω − m_i. Coordinates
are independent, hence

    P = 1 − Π_i (1 − P_i),   P_i = Σ_n Bin(n; D, p_i) P(a_i² χ²_n > D (ω − m_i)),
    m_i = Σ_{j≠i} E[x_j²; x_j² < Dω/2]/(1 − λ_j/ω)/D,

the larger of two strong entries of a row being the spike. m_i fluctuates with variance V, which adds ½ V ∂²P/∂ω². With
m_i = 0 the formula is an exact lower bound. Derived in docs/sparse_features/descent.md; symbolic laws in
`theory.sparse_features.instability_laws`.
"""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from mpmath import mpf
from scipy import optimize, special, stats

from theory.parameters import decay_of, positive, sizes_of
from theory.precision import GUARD, Real, as_mpf, ball, exact, working
from theory.prediction import Prediction
from theory.sparse_features.row_law import Array, RowLaw, fourth_moment, row_law
from theory.spectra import exponent

OFTEN = 1.0  # expected hits above which a coordinate is summed over all its likely numbers of hits
FEW = 20  # hits of the others: a Poisson number of mean 1 exceeds it with probability 1e-20
NEGLIGIBLE = 1e-17  # probability of a number of hits
NODES = 40  # of the quadrature over |f|², f the features of one coordinate
LEAST_SIZE = 1e-3  # |f|² below which no coordinate makes a spike
STEP = 0.05  # relative, of the second difference in ω
LEAST = 2.0  # least threshold, in units of the largest variance λ_1 = 1


def instability(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_samples: Sequence[int],
    thresholds: Sequence[Real],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "unstable": P(λ_max(XᵀX/D) > ω), every ω of ``thresholds`` for the first D of ``n_samples``, and so on.

    The formula of this module's text, any sparsity >= 0. Asymptotic; allowance: the term of second order itself, which
    is O((Dω)^−q) of P for q = (η − 1)/γ < 2 (measured in docs/sparse_features/descent.md). Meant for Gaussian
    amplitudes: with signs sums of squares lie on a lattice and the correction may step across it (20 % off at D = 50).

    Raises ValueError for thresholds below 2 (inside or near the bulk of the spectrum) and as `row_law` does.
    Source: derived here, docs/sparse_features/descent.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    signs = fourth_moment(amplitudes) == 1
    points = [(D, level) for D in sizes_of("n_samples", n_samples) for level in _levels(thresholds)]
    value, remainder = np.array([_spikes_at(D, law, level, signs) for D, level in points]).T
    return Prediction({"unstable": value}, {"unstable": remainder})


def instability_of_features(
    *,
    decay: Real,
    sparsity: Real,
    n_modes: int,
    n_features: Sequence[int],
    n_samples: int,
    thresholds: Sequence[Real],
    scale: Real = 1,
    amplitudes: str = "gaussian",
) -> Prediction:
    """Column "unstable" with Φ = X Fᵀ, F (N × M) ~ N(0, 1/N), in place of X; every ω for the first N, and so on.

    Given the features of a spike, u = |f|² ~ χ²_N/N, the level is w = (ω − k_i)/u in place of ω. The other rows add,
    seen through f, k_i = Σ_{j≠i} λ_j (1 − 1/D)/N + Σ λ_j² (N − 1)/(N² ω) with variance Σ (2 λ_j² + 3 F_j/D)/N²; those
    of its own rows as above with 1 + u λ_j/ω for 1/(1 − λ_j/ω). F_j = E[x_j⁴; x_j² < Dw/2]. Asymptotic; allowance: the
    term of second order.

    Raises ValueError as `instability` does, and unless ω exceeds 4 (1 + 2/N).
    Source: derived here, docs/sparse_features/descent.md.
    """
    law = row_law(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    signs, (D,) = fourth_moment(amplitudes) == 1, sizes_of("n_samples", [n_samples])
    others, squares = law.variances.sum() - law.variances, float((law.variances**2).sum())
    found = []
    for N, level in ((N, level) for N in sizes_of("n_features", n_features) for level in _levels(thresholds)):
        if level <= 4 * (1 + 2 / N):
            raise ValueError(
                f"the threshold must exceed 4 (1 + 2/N) for N random features, got {level} at N = {N}; nearer the "
                "bulk spikes are no separate events"
            )
        sizes, weights = _sizes(N)
        bulk = others * (1 - 1 / D) / N + squares * (N - 1) / (N**2 * level)
        each = [_spikes_at(D, law, level, signs, bulk=bulk, size=u, n_features=N) for u in sizes]
        found.append(weights @ np.array(each))
    value, remainder = np.array(found).T
    return Prediction({"unstable": value}, {"unstable": remainder})


def _sizes(n_features: int) -> tuple[Array, Array]:
    """Nodes and weights of a mean over u = χ²_N/N: equal steps of log u between far quantiles."""
    law = stats.chi2(n_features, scale=1 / n_features)
    nodes = np.exp(np.linspace(np.log(max(law.ppf(1e-7), LEAST_SIZE)), np.log(law.isf(NEGLIGIBLE)), NODES))
    weights = nodes * law.pdf(nodes)
    return nodes, weights / weights.sum()


def hits(n_samples: int, law: RowLaw, level: Array, signs: bool = False) -> Array:
    """P(a_i² χ²_n > D · level_i), n ~ Bin(D, p_i), for every coordinate (n in place of χ²_n for signs). Exact."""
    D = n_samples
    needed = D * np.maximum(level, 0.0) / law.gains

    def beyond(n: Array, x: Array) -> Array:
        return np.asarray(n > x, dtype=float) if signs else np.asarray(special.gammaincc(n / 2, x / 2))

    found, mean = np.zeros_like(needed), D * law.probabilities
    for i in np.flatnonzero(mean > OFTEN):
        n = np.arange(1, min(D, int(mean[i] + 12 * np.sqrt(mean[i]) + 12)) + 1)
        weight = stats.binom.pmf(n, D, law.probabilities[i])
        keep = weight > NEGLIGIBLE
        found[i] = weight[keep] @ beyond(n[keep], needed[i])
    rare = np.flatnonzero(mean <= OFTEN)
    for k in range(1, min(D, FEW) + 1):
        weight = stats.binom.pmf(k, D, law.probabilities[rare])
        rare, weight = rare[weight > NEGLIGIBLE], weight[weight > NEGLIGIBLE]
        found[rare] += weight * beyond(np.full(len(rare), float(k)), needed[rare])
    return found


def union(probabilities: Array) -> float:
    """Probability that at least one of independent events happens."""
    with np.errstate(divide="ignore"):
        return float(-np.expm1(np.log1p(-np.minimum(probabilities, 1.0)).sum()))


def _spikes_at(
    D: int,
    law: RowLaw,
    threshold: float,
    signs: bool,
    *,
    bulk: Array | float = 0.0,
    size: float = 1.0,
    n_features: int | None = None,
) -> tuple[float, float]:
    """P and its term of second order, where a spike has the factor u = ``size`` and ``bulk`` k_i is added to it."""
    level = np.maximum((threshold - bulk) / size, 0.0)
    cut = D * float(np.mean(level)) / 2 / law.gains  # squares beyond it are the spike themselves
    second, fourth = law.variances, law.gains * law.variances
    if signs:
        second, fourth = second * (cut > 1), fourth * (cut > 1)
    else:
        second, fourth = second * special.gammainc(1.5, cut / 2), 3 * fourth * special.gammainc(2.5, cut / 2)
    felt = 1 / (1 - law.variances / threshold) if n_features is None else 1 + size * law.variances / threshold
    shift = ((second * felt).sum() - second * felt) / D

    def probability(change: float) -> tuple[float, Array]:
        each = hits(D, law, (level - shift) * (1 + change), signs)
        return union(each), each

    (below, _), (here, each), (above, _) = (probability(k * STEP) for k in (-1, 0, 1))
    share = each / max(float(each.sum()), 1e-300)  # a coordinate does not disturb itself
    variance = float((fourth * felt**2 * (1 - share)).sum()) / D**2
    if n_features is not None:
        variance += float((2 * law.variances**2 + 3 * fourth / D).sum()) / (n_features * size) ** 2
    scale = STEP * max(float(np.mean(level - shift)), 1e-300)
    extra = variance / 2 * max(below - 2 * here + above, 0.0) / scale**2
    return min(here + extra, 1.0), min(extra, here)


def _levels(thresholds: Sequence[Real]) -> list[float]:
    found = [float(positive("threshold", w, "a step h is unstable beyond the eigenvalue 2/h")) for w in thresholds]
    if not found or min(found) < LEAST:
        raise ValueError(f"thresholds must be at least {LEAST:g} (twice the largest variance), got {list(thresholds)}")
    return found


def growth_of_gains(decay: Real, sparsity: Real) -> Real:
    """γ = η − 1 − α > 0; raises ValueError where gains do not grow with rarity and no power law holds."""
    gamma = exact(sparsity) - exponent(decay_of(decay))
    if gamma <= 0:
        raise ValueError(
            f"sparsity must exceed 1 + decay for a power law, got decay={decay}, sparsity={sparsity}; at most that, "
            "amplitudes do not grow with rarity and the tail is light: use `instability` at finite size"
        )
    return gamma


def spikes(n_samples: Real, threshold: Real, *, decay: Real, sparsity: Real, scale: Real = 1, digits: int = 30) -> mpf:
    """R = D Σ_i p_i P(z² > D (ω − m)/a_i²), m = Σ_k ω^(1−k) ζ(ks)/D: expected number of rows with a spike beyond ω.

    Infinitely many modes, real D, Gaussian amplitudes, c <= 1. The sum is the integral over the index (Euler and
    Maclaurin): at i = 1 everything is below exp(−cDω/2), which is what the two differ by. Asymptotic; P = 1 − e^(−R)
    up to a relative O(1/D) from coordinates hit twice. Trapezoidal rule in
    log(i^γ/(cDω)), to about ``digits`` digits.

    Raises ValueError for sparsity <= 1 + decay, scale above 1, cDω < 40 or thresholds below 2.
    """
    gamma = growth_of_gains(decay, sparsity)
    _levels([threshold])
    with working(digits + GUARD):
        D, omega, c = (as_mpf(ball(exact(x))) for x in (n_samples, threshold, scale))
        s, eta, power = (as_mpf(ball(exact(x))) for x in (exponent(decay_of(decay)), exact(sparsity), gamma))
        if c > 1 or c * D * omega < 40:
            raise ValueError(
                f"the law needs scale <= 1 and scale * n_samples * threshold >= 40, got {scale}, {D * omega}"
            )
        terms = int((digits + GUARD) * mpmath.log(10) / mpmath.log(omega)) + 2
        m = mpmath.fsum(omega ** (1 - k) * mpmath.zeta(k * s) for k in range(1, terms)) / D
        needed = c * D * (omega - m)  # a_i² z² > D (ω − m) ⟺ i^γ z² > needed

        def density(u: mpf) -> mpf:  # i = (needed e^u)^(1/γ), for which z² > e^(−u) is needed
            i = (needed * mpmath.exp(u)) ** (1 / power)
            return c * i ** (1 - eta) / power * mpmath.erfc(mpmath.exp(-u / 2) / mpmath.sqrt(2))

        reach = (digits + GUARD) * mpmath.log(
            10
        )  # analytic for |Im u| < π/2: the trapezoidal rule errs by e^(−π²/step)
        step, low, high = mpmath.pi**2 / reach, -mpmath.log(2 * reach), reach * power / (eta - 1)
        nodes = range(int(mpmath.floor(low / step)), int(mpmath.ceil(high / step)) + 1)
        return +(D * step * mpmath.fsum(density(k * step) for k in nodes))


def large_deviation_rate(threshold: float, probability: float) -> float:
    """I = sup_t {t ω p − log(1 − p + p (1 − 2t)^(−1/2))}: −log P(a² χ²_n > D ω)/D as D → ∞, n ~ Bin(D, p), a² = 1/p.

    Cramér's rate of one Gaussian coordinate of variance 1; 0 for ω <= 1. Raises ValueError unless 0 < p <= 1.
    """
    p = _probability(probability)

    def negative(t: float) -> float:
        return float(np.log1p(p * ((1 - 2 * t) ** -0.5 - 1)) - t * threshold * p)

    if threshold <= 1:
        return 0.0
    found = optimize.minimize_scalar(negative, bounds=(0, 0.5), method="bounded", options={"xatol": 1e-13})
    return float(-found.fun)


def log_exceedance(n_samples: int, threshold: float, probability: float) -> float:
    """Logarithm of P(a² χ²_n > D ω), n ~ Bin(D, p), a² = 1/p, for ω > 1: also where P underflows.

    Relative error 1e-9. Upper incomplete gamma functions by Legendre's continued fraction where they are small.
    Raises ValueError for ω <= 1 or p outside (0, 1].
    """
    p, D = _probability(probability), n_samples
    if threshold <= 1:
        raise ValueError(f"threshold must exceed 1, got {threshold}; below it the event is not rare")
    x, width = D * p * threshold / 2, 40 * np.sqrt(D * p * threshold) + 40
    n = np.arange(max(1, int(D * p - width)), min(D, int(D * p * threshold + width)) + 1)
    far = n < 2 * x - 1
    a, fraction = n[far] / 2, np.zeros(int(far.sum()))
    for k in range(400, 0, -1):
        fraction = k * (a - k) / (x - a + 2 * k + 1 + fraction)
    above = np.log(special.gammaincc(np.maximum(n / 2, x - 1), x))
    above[far] = a * np.log(x) - x - special.gammaln(a) - np.log(x - a + 1 + fraction)
    return float(special.logsumexp(stats.binom.logpmf(n, D, p) + above))


def _probability(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError(f"an activation probability lies in (0, 1], got {value}")
    return float(value)
