"""Exactly solvable tickets: formulas against direct integrals, quadrature and golden numbers."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.lottery_tickets import identities, kernel_flow, relu_laws, relu_tickets, silu_laws, silu_tickets

X, W = np.polynomial.legendre.leggauss(12)


def loss(knots, radius):
    """Mean squared error of ReLU tickets from the definition, segment by segment."""
    edges = np.concatenate([[-radius], np.sort(knots), [radius]])
    total = 0.0
    for a, b in pairwise(edges):
        x = (a + b) / 2 + (b - a) / 2 * X
        slopes = np.maximum(x[:, None] - knots, 0).mean(axis=1)
        error = radius**2 - 2 * radius * (x + radius) + 4 * radius * slopes - x**2
        total += (b - a) / 2 * (W @ error**2)
    return total / (2 * radius)


def mean_over(low, high, function):
    """Gauss-Legendre mean of a function over (low, high)."""
    return sum(w / 2 * function((low + high) / 2 + (high - low) / 2 * x) for x, w in zip(X, W, strict=True))


def of_two(function, radius):
    """Mean over two independent knots: polynomial for t₁ < t₂, so Gauss-Legendre on that triangle is exact."""

    def inner(q):
        return mean_over(0, 1, lambda r: 2 * q * function(radius * (2 * np.array([q * r, q]) - 1)))

    return mean_over(0, 1, inner)


@pytest.mark.parametrize("radius", [0.7, 2.0])
def test_mean_and_spread_of_one_and_two_tickets(radius):
    one = [mean_over(-radius, radius, lambda t, k=k: loss(np.array([t]), radius) ** k) for k in (1, 2)]
    two = [of_two(lambda t, k=k: loss(t, radius) ** k, radius) for k in (1, 2)]
    for N, (first, second) in ((1, one), (2, two)):
        assert first == pytest.approx(float(relu_tickets.mse(N, radius=radius)), rel=1e-12)
        assert second / first**2 - 1 == pytest.approx(float(relu_tickets.relative_variance(N)), rel=1e-11)


def test_stratified_tickets():
    R = 1.3
    two = mean_over(-R, 0, lambda s: mean_over(0, R, lambda t: loss(np.array([s, t]), R)))
    assert two == pytest.approx(float(relu_tickets.mse(2, radius=R, placement="stratified")), rel=1e-12)
    assert relu_tickets.mse(1, radius=3, placement="stratified") == relu_tickets.mse(1, radius=3)
    assert 10**30 * relu_tickets.mse(10**10, radius=1, placement="stratified") == pytest.approx(8 / 3)


def test_constants():
    assert relu_laws.bias() == 0
    assert relu_laws.moments() == (sp.Rational(32, 15), sp.Rational(59392, 14175), sp.Rational(116224, 14175))
    assert relu_laws.centre() == (sp.Rational(5, 3), 6 * sp.sqrt(15) / 25, sp.Rational(-78, 125))
    found = [float(relu_tickets.relative_variance(N)) ** 0.5 for N in (1, 2, 4, 16, 64)]
    assert found == pytest.approx([0.8953, 1.1495, 1.2575, 1.3328, 1.3509], abs=5e-5)


def test_spectrum():
    """Power sums of the roots, and the eigenvalues of the covariance by quadrature."""
    m = relu_laws.moments()
    four, eight = relu_laws.power_sums()
    assert (64 * four, 64**2 * eight) == (m.trace, m.squares)
    roots = np.array(relu_tickets.roots(6), dtype=float)
    assert np.tan(roots) + np.tanh(roots) == pytest.approx(0, abs=1e-10)
    p, w = np.polynomial.legendre.leggauss(120)
    p, root = (p + 1) / 2, np.sqrt(w / 2)
    low, high = np.minimum.outer(p, p), np.maximum.outer(p, p)
    covariance = 64 * (low**2 * high / 2 - low**3 / 6 - low**2 * high**2 / 4)
    values = np.linalg.eigvalsh(root[:, None] * covariance * root)[::-1]
    assert values[:6] == pytest.approx(64 / roots**4, rel=1e-5)


def test_identity_of_the_spread():
    m = relu_laws.moments()
    exact = [Fraction(int(x.p), int(x.q)) for x in m]
    for N in (1, 3, 50):
        assert identities.loss_variance(*exact, N) == relu_tickets.relative_variance(N) * exact[0] ** 2


def test_limit_law_by_another_inversion():
    """Imhof's integral along the real axis of the characteristic function."""
    shares = 30 / np.array(relu_tickets.roots(60), dtype=float) ** 4
    u, step = np.arange(2 * 10**5)[1:] * 0.02, 0.02
    for level in (0.2, 0.4795985, 1.5):
        angle, size = -0.5 * level * u, np.zeros_like(u)
        for share in shares:
            angle += 0.5 * np.arctan(share * u)
            size += 0.25 * np.log1p((share * u) ** 2)
        start = 0.25 * (1 - level) * step  # the integrand at 0 is (Σ shares − level)/2
        above = 0.5 + (np.sum(np.sin(angle) / u * np.exp(-size)) * step + start) / np.pi
        assert 1 - above == pytest.approx(float(relu_tickets.limit_cdf(level)), abs=2e-5)


def test_median():
    median = relu_tickets.limit_median()
    assert float(median) == pytest.approx(0.4795985, abs=1e-7)
    column = relu_tickets.below(16.3703, n_tickets=(64,), radius=2)
    assert column.values["below"][0] == pytest.approx(0.5, abs=1e-5)
    assert float(median * 512 / 15) == pytest.approx(16.3703, abs=1e-4)


def test_third_cumulant():
    R, N = 1.7, 3
    value = mean_over(-R, 0, lambda t: (-4 * R * t - R**2) ** 3) / 2 + (-(R**2)) ** 3 / 2
    found = relu_tickets.third_cumulants(n_tickets=(1, N), radius=R).values["third"]
    assert found == pytest.approx([value, value / N**2], rel=1e-12)
    assert float(relu_tickets.output_variance(N, radius=R)) == pytest.approx(5 * R**4 / 9)


def test_distance_from_the_gaussian_law():
    """At N = 100: the number of active neurons is binomial, their sum is that of uniforms (Irwin and Hall)."""
    assert float(relu_laws.gaussian_distance()) == pytest.approx(0.0618039, abs=1e-7)
    assert float(relu_laws.gaussian_distance()) == pytest.approx(0.929516 / 6 / (2 * np.pi) ** 0.5, rel=1e-5)
    N, below = 100, mpmath.mpf(0)
    with mpmath.workdps(80):
        x = mpmath.mpf(N) / 4  # the mean of the sum, in units of 4R
        for k in range(N + 1):
            terms = [(-1) ** j * mpmath.binomial(k, j) * (x - j) ** k for j in range(min(k, 25) + 1)]
            below += mpmath.binomial(N, k) * mpmath.fsum(terms) / mpmath.factorial(k) / mpmath.mpf(2) ** N
        exact = mpmath.sqrt(N) * (below - mpmath.mpf(1) / 2)
    assert float(relu_tickets.distance_at_mean(N)) == pytest.approx(float(exact), rel=1e-12)


def test_pairs():
    assert silu_laws.pair_identity() == 0
    golden = {
        (0.5, 1.5): (7.32889212074925e-4, 1.82877491277127e-4),
        (1, 3): (7.14648822831892e-3, 1.27077789558463e-3),
    }
    for interval, numbers in golden.items():
        ticket = silu_laws.pair(*interval)
        assert [float(x) for x in ticket[:2]] == pytest.approx(numbers, rel=1e-13)
    with mpmath.workdps(20):  # mean square of the error of one ticket, b² + v
        whole = (
            mpmath.quad(lambda x, w: (2 * x / w * mpmath.tanh(w * x / 2) - x * x) ** 2, [0, 1], [1, 3], maxdegree=5) / 2
        )
    assert float(ticket.squared_bias + ticket.variance) == pytest.approx(float(whole), rel=1e-12)


@pytest.mark.parametrize(
    ("span", "sharpness", "bias", "variance"),
    [(2, 4, 8.35835e-6, 30.06382), (4, 4, 6.35e-12, 442.16), (3, 1, 2.641e-3, 141.48)],
)
def test_shifted(span, sharpness, bias, variance):
    """Variance by quadrature over both variables; the bias less its mean over x, by dilogarithms."""
    x, w = np.polynomial.legendre.leggauss(60)
    t, s = span * np.polynomial.legendre.leggauss(300)[0], np.polynomial.legendre.leggauss(300)[1] / 2
    z = sharpness * (x[:, None] - t)
    silu = 4 * span / sharpness * z / (1 + np.exp(-z))
    mean = silu @ s
    spread = (w / 2) @ (silu**2 @ s - mean**2)
    ticket = silu_laws.shifted(span, sharpness)
    assert float(ticket.variance) == pytest.approx(spread, rel=1e-11)
    assert float(ticket.variance) == pytest.approx(variance, rel=1e-4)
    off = -(span**2) + np.pi**2 / (3 * sharpness**2) - 2 * span * x + mean - x**2
    assert float(ticket.squared_bias) == pytest.approx((w / 2) @ off**2, rel=1e-4)

    def h(y):
        return float(y * mpmath.log1p(mpmath.exp(-y)) - mpmath.polylog(2, -mpmath.exp(-y)))

    k = sharpness
    closed = np.array([2 / k**2 * (h(k * (span + v)) + h(k * (span - v))) for v in x])
    assert off == pytest.approx(closed, abs=1e-11)
    assert (w / 2) @ (closed - (w / 2) @ closed) ** 2 == pytest.approx(bias, rel=2e-3)
    assert (w / 2) @ closed**2 == pytest.approx(float(ticket.squared_bias), rel=1e-6)


def test_kernel_spectrum():
    k = kernel_flow.kernel(2.0)
    assert k.eigenvalues[:4] == pytest.approx([0.132875, 0.123231, 0.00746247, 1.16379e-4], rel=1e-5)
    assert np.abs(k.square[:5]) == pytest.approx([0, 1.497018, 0.978084, 0, 0.047757], abs=1e-6)
    assert k.eigenvalues == pytest.approx(kernel_flow.kernel(2.0, 60).eigenvalues, abs=1e-15)


def test_divided_difference():
    a, b, c = -3.0, -0.5, -0.5
    direct = mpmath.quad(lambda s: mpmath.quad(lambda r: mpmath.exp(a * (1 - s) + b * (s - r) + c * r), [0, s]), [0, 1])
    assert kernel_flow.divided_difference(a, b, c) == pytest.approx(float(direct), rel=1e-12)


def test_variance_of_the_flow():
    """Golden numbers, and the curvature in ε of the mean over one feature φ of yᵀ exp(−τ(K + ε(φφᵀ − K)))y."""
    for time, golden in ((1000, 0.0385546), (2000, 0.030679663), (4000, 0.0195854)):
        assert kernel_flow.loss(time=time, radius=2, n_target=3).variance == pytest.approx(golden, rel=1e-5)
    assert kernel_flow.loss(time=2000, radius=2, n_target=3, gaussian=True).variance == pytest.approx(
        0.0113431, rel=1e-5
    )
    whole = kernel_flow.loss(time=1000, radius=2, n_target=9)
    assert whole == pytest.approx((2.27746e-3, 0.0361391), rel=1e-5)
    k, tau, eps = kernel_flow.kernel(2.0), 100.0, 1e-3
    y = np.where(np.arange(len(k.eigenvalues)) < 3, k.square, 0)
    K = np.diag(k.eigenvalues)
    shift = k.components[:, :, None] * k.components[:, None, :] - K

    def value(step):
        rates, vectors = np.linalg.eigh(K + step * shift)
        return k.weights @ ((y @ vectors) ** 2 * np.exp(-tau * rates)).sum(axis=-1)

    def curvature(step):
        return (value(step) + value(-step) - 2 * value(0)) / (2 * step**2)

    found = (4 * curvature(eps) - curvature(2 * eps)) / 3
    assert kernel_flow.loss(time=tau / 2, radius=2, n_target=3).variance == pytest.approx(found, rel=1e-5)


def test_identities():
    assert identities.ensemble_mse(3, Fraction(1, 2), 4) == Fraction(25, 8)
    assert identities.crossover(2, 1) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu_tickets.mse(0, radius=1), "n_tickets must be an integer of at least 1, got 0"),
        (lambda: relu_tickets.mse(1, radius=-1), "radius must be positive and finite, got -1"),
        (lambda: relu_tickets.mse(1, radius=1, placement="dense"), "placement must be one of .*got 'dense'"),
        (lambda: relu_tickets.distance_at_mean(99), "n_tickets must be at least 100, got 99"),
        (lambda: relu_tickets.limit_cdf(0), "level must be positive"),
        (lambda: silu_laws.pair(2, 1), "high must exceed low = 2, got 1"),
        (lambda: silu_laws.shifted(1, 4), "span must exceed 1, .*got 1"),
        (lambda: silu_tickets.pairs(weights=((0, 1),), n_tickets=(1,)), "low must be positive and finite, got 0"),
        (lambda: identities.crossover(0, 1), "squared_bias must be positive and finite, got 0"),
        (lambda: kernel_flow.losses(n_features=(64,), time=1, radius=2, n_target=3), "at least 256, got 64"),
        (lambda: kernel_flow.loss(time=1, radius=2, n_target=10), "n_target must be at most 9, got 10"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
