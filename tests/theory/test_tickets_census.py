"""Networks of two neurons: the constant, the best pair at every weight, and chance."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mpf

import theory.lottery_tickets.census_laws as symbolic
from theory.lottery_tickets import census as law


def test_constant_loss():
    assert symbolic.constant_loss() == sp.Rational(4, 45) * symbolic.RADIUS**4
    assert law.constant_loss(2) == pytest.approx(64 / 45, rel=1e-15)
    x = np.linspace(-2, 2, 100001)
    assert np.var(x**2) == pytest.approx(64 / 45, rel=1e-4)


def test_untrained_symmetric():
    tau = sp.Symbol("tau", positive=True)
    assert sp.expand(symbolic.untrained_symmetric(tau) - (tau**2 / 4 - tau**3 / 24)) == 0
    assert symbolic.untrained_symmetric(sp.Rational(1, 10)) == sp.Rational(59, 24000)
    w, v, b, d = np.random.default_rng(5).uniform(-1, 1, (4, 400_000))
    off = 1 - np.minimum(abs(w), abs(v)) / np.maximum(abs(w), abs(v)) + abs(b - d)
    assert np.mean((off < 0.5) & (w * v < 0)) == pytest.approx(0.5**2 / 4 - 0.5**3 / 24, abs=0.002)  # 5 standard errors


def test_bias_shift():
    s5, s6 = sp.symbols("s5 s6", real=True)
    assert sp.simplify(symbolic.bias_shift() + s6 / (22 * s5)) == 0
    assert float(symbolic.bias_shift_value()) == pytest.approx(0.0525618875, rel=1e-9)
    assert float(symbolic.bias_shift_at(10**4)) == pytest.approx(0.0525618875 - 1.4186e-7, rel=1e-9)


def test_bias_shift_joins_the_best_pair():
    b = law.best_pair(0.1, 1.0).bias
    assert (b - 1.03195824178) * 100 == pytest.approx(float(symbolic.bias_shift_at(100)), abs=1e-5)


@pytest.mark.parametrize(
    ("weight", "bias", "readout", "loss"),
    [
        (1.16, 1.2819, 3.228, 6.45e-5),
        (1.00, 1.2231, 4.122, 2.48e-5),
        (0.94, 1.2025, 4.577, 1.644e-5),
        (0.70, 1.1300, 7.705, 2.09e-6),
        (0.40, 1.0650, 22.11, 3.11e-8),
    ],
)
def test_best_pairs(weight, bias, readout, loss):
    pair = law.best_pair(weight, 2.0)
    assert pair.bias == pytest.approx(bias, abs=6e-5)
    assert pair.readout == pytest.approx(readout, rel=2e-4)
    assert pair.loss == pytest.approx(loss, rel=3e-3)


def test_best_pair_against_multiprecision():
    """The derivative of the fitted loss with the bias, by adaptive quadrature at 30 digits, vanishes."""
    with mpmath.workdps(30):
        w = mpf("1.3")

        def mean(f):
            return mpmath.quad(f, [0, 1, 2]) / 2

        def silu(z):
            return z / (1 + mpmath.exp(-z))

        def fitted(b):
            def g(x):
                return silu(b + w * x) + silu(b - w * x)

            m = mean(g)
            g_y = mean(lambda x: (g(x) - m) * x * x)
            return mpf(64) / 45 - g_y**2 / mean(lambda x: (g(x) - m) ** 2)

        pair = law.best_pair(1.3, 2.0)
        b, h = mpf(pair.bias), mpf("1e-4")
        near = [fitted(b + k * h) for k in (-2, -1, 0, 1, 2)]
        first = (near[0] - 8 * near[1] + 8 * near[3] - near[4]) / (12 * h)
        second = (near[1] - 2 * near[2] + near[3]) / h**2
    assert abs(float(first / second)) < 1e-11
    assert float(near[2]) == pytest.approx(pair.loss, rel=1e-10)


@pytest.mark.parametrize("weight", [0.5, 0.75, 1.3])
def test_a_pair_without_bias_is_on_a_ridge(weight):
    middle, left, right = (law.pair_at(b, weight, 2.0) for b in (0.0, -0.2, 0.2))
    assert left.loss == pytest.approx(right.loss, rel=1e-9)
    assert right.loss < middle.loss
    assert law.best_pair(weight, 2.0).loss < right.loss / 5
    if weight == 0.75:
        assert (middle.loss, middle.readout) == pytest.approx((2.488e-3, 4.105), rel=1e-3)


def test_best_pairs_depend_on_weight_times_radius():
    one, other = law.best_pair(1.3, 2.0), law.best_pair(2.6, 1.0)
    assert one.bias == pytest.approx(other.bias, rel=1e-12)
    assert one.readout == pytest.approx(4 * other.readout, rel=1e-12)
    assert one.loss == pytest.approx(16 * other.loss, rel=1e-10)


def test_bias_polynomial():
    coefficients, error = law.bias_polynomial(1.2, 1.35, 2.0, 3)
    assert 0 < error < 1e-6
    for w in np.random.default_rng(1).uniform(1.2, 1.35, 20):
        assert abs(np.polyval(coefficients[::-1], w) - law.best_pair(float(w), 2.0).bias) < error


def test_biases_are_those_of_the_tickets():
    weights = np.array([1.22, 1.3])
    given = {f"weight{k}": np.array([(weights**k).sum()]) / 8 for k in range(4)}
    found = law.biases(given, windows=(1.2, 1.35), radius=2.0)
    wanted = sum(law.best_pair(float(w), 2.0).bias for w in weights) / 8
    assert found.values["bias"][0] == pytest.approx(wanted, rel=1e-6)
    assert found.allowance["bias"][0] == pytest.approx(law.UNEQUAL * wanted, rel=0.01)


@pytest.mark.parametrize("w", [1.2, 1.35, 1.5])
def test_unequal_neurons_have_nearly_the_same_bias(w):
    """Readouts by least squares, the biases of both neurons by Newton's method: quadratic, within the allowance."""
    x, q = np.polynomial.legendre.leggauss(60)
    x, root = 2 * x, np.sqrt(q / 2)

    def loss(b, delta):
        columns = [
            law.silu(w * (1 + delta / 2) * x + b[0]),
            law.silu(-w * (1 - delta / 2) * x + b[1]),
            np.ones_like(x),
        ]
        fit = np.stack(columns, 1) * root[:, None]
        target = root * x**2
        return np.sum((fit @ np.linalg.lstsq(fit, target, rcond=None)[0] - target) ** 2)

    def best(delta):
        b, h = np.full(2, -law.best_pair(w, 2.0).bias), 1e-3
        for _ in range(4):
            at = {(i, j): loss(b + h * np.array([i, j]), delta) for i in (-1, 0, 1) for j in (-1, 0, 1)}
            gradient = np.array([at[1, 0] - at[-1, 0], at[0, 1] - at[0, -1]]) / (2 * h)
            mixed = (at[1, 1] - at[1, -1] - at[-1, 1] + at[-1, -1]) / 4
            hessian = np.array(
                [[at[1, 0] - 2 * at[0, 0] + at[-1, 0], mixed], [mixed, at[0, 1] - 2 * at[0, 0] + at[0, -1]]]
            )
            b = b - np.linalg.solve(hessian / h**2, gradient)
        return np.abs(b).mean()

    none, some, more = best(0.0), best(0.04), best(0.08)
    assert more / none - 1 < law.UNEQUAL
    assert (more - none) / (some - none) == pytest.approx(4, rel=0.1)


def test_constant_stiffness_is_the_curvature():
    b, a, h = np.array([0.4, -1.5]), np.array([-0.8, -0.3]), 1e-3
    x, q = np.polynomial.legendre.leggauss(40)
    x, q = 2 * x, q / 2

    def loss(w):
        f = law.silu(np.multiply.outer(x, w) + b) @ a
        error = f - x**2
        return q @ (error - q @ error) ** 2

    e = np.eye(2) * h
    hessian = [[(loss(i + j) - loss(i - j) - loss(j - i) + loss(-i - j)) / (4 * h * h) for j in e] for i in e]
    assert law.constant_stiffness(b, a, 2.0) == pytest.approx(np.linalg.eigvalsh(hessian)[0] / 2, rel=1e-4)
    assert law.constant_stiffness(b, a, 2.0) > 0  # negative readouts: a minimum
    assert law.constant_stiffness(b, -a, 2.0) < 0


def test_predictions_given_the_share_of_constants():
    given = {"constant": np.array([0.25])}
    assert law.constants(given, radius=2).values["constant_loss"][0] == pytest.approx(16 / 45)
    assert law.facing(given).values["opposite"][0] == 0.375


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: law.best_pair(0.01, 2.0), "must be between 0.1 and 3.4, got 0.02"),
        (lambda: law.best_pair(2.0, 2.0), "must be between 0.1 and 3.4, got 4.0"),
        (lambda: law.best_pair(-1.0, 2.0), "weight must be"),
        (lambda: law.constant_loss(0), "radius must be"),
        (lambda: law.bias_polynomial(1.5, 1.2, 2.0, 3), "needs low < high, got 1.5 and 1.2"),
        (lambda: law.biases({}, windows=(0.5, 1.0), radius=2.0), "between 2.4 and 3, got"),
        (lambda: symbolic.bias_shift_at(10), "inverse must be at least 100, got 10"),
    ],
)
def test_bad_input(call, told):
    with pytest.raises(ValueError, match=told):
        call()
