"""Error floors of smooth neurons: symbolic constants against multiprecision least squares, limits, bad input."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.lottery_tickets import smooth, smooth_laws as laws
from theory.precision import working


def least_squares(functions, norm_power, digits=60):
    """MSE · A^p over [−1, 1] by mpmath, with an output bias; functions of x."""
    with working(digits):
        basis = [*functions, lambda _: mpmath.mpf(1)]

        def mean(f):
            return mpmath.quad(f, [-1, 1], maxdegree=5) / 2

        n = len(basis)
        G = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(i + 1):
                G[i, j] = G[j, i] = mean(lambda x, i=i, j=j: basis[i](x) * basis[j](x))
        a = mpmath.lu_solve(G, mpmath.matrix([mean(lambda x, f=f: f(x) * x * x) for f in basis]))
        loss = mean(lambda x: (sum(a[i] * basis[i](x) for i in range(n)) - x * x) ** 2)
        return loss * max(abs(a[i]) for i in range(n - 1)) ** norm_power


def silu(z):
    return z / (1 + mpmath.exp(-z))


def pair(w, bias=0):
    return lambda x: silu(w * x + bias) + silu(bias - w * x)


def test_monic_legendre_mean_squares():
    for k in (1, 2, 3, 4, 6):
        closed = (sp.Integer(2) ** k * sp.factorial(k) ** 2 / sp.factorial(2 * k)) ** 2 / (2 * k + 1)
        assert laws.monic_mean_square(k) == closed


def test_unbiased_pairs():
    assert laws.unbiased_pairs((1,)) == sp.Rational(16, 99225)
    expected = sp.Rational(8, 3) ** 4 * sp.Rational(16, 231) ** 2 / (13 * 900)
    assert laws.unbiased_pairs((1, 2)) == expected
    w = mpmath.mpf("0.01")
    assert least_squares([pair(w)], 2) == pytest.approx(float(laws.unbiased_pairs((1,))), rel=1e-5)
    assert least_squares([pair(w), pair(2 * w)], 4) == pytest.approx(float(expected), rel=1e-5)
    three = least_squares([pair(w), pair(2 * w), pair(3 * w)], 6, 80)
    assert three == pytest.approx(float(laws.unbiased_pairs((1, 2, 3))), rel=1e-4)


def test_pair_at_its_special_bias():
    """Exactly at the zero of the fourth derivative 121/4 times the constant of the best bias."""
    assert laws.pair_at_fixed_bias() / laws.pair() == pytest.approx(121 / 4, rel=1e-12)
    assert float(laws.pair()) == pytest.approx(1.81808e-6, rel=1e-5)
    w = mpmath.mpf("0.02")
    with working(60):
        zero = laws.bias_without(4, 1.03, 50)
        s5, s6 = laws.derivative_at(5, zero, 50), laws.derivative_at(6, zero, 50)
        best = zero - s6 / (22 * s5) * w**2
    assert least_squares([pair(w, zero)], 4) == pytest.approx(float(laws.pair_at_fixed_bias()), rel=2e-3)
    assert least_squares([pair(w, best)], 4) == pytest.approx(float(laws.pair()), rel=1e-4)
    assert least_squares([pair(w, -best)], 4) == pytest.approx(float(laws.pair()), rel=1e-4)


def test_single_neuron():
    """At the bias that leaves no x after least squares, silu'(b) + s₃ w²/2 · 3/5 = 0 to leading order."""
    w = mpmath.mpf("0.01")
    with working(60):
        zero = laws.bias_without(1, -1.28, 50)
        s2, s3 = laws.derivative_at(2, zero, 50), laws.derivative_at(3, zero, 50)
        bias = zero - s3 / (10 * s2) * w**2
    assert least_squares([lambda x: silu(w * x + bias)], 1) == pytest.approx(float(laws.neuron()), rel=1e-4)
    assert float(laws.neuron()) == pytest.approx(0.0422847, rel=1e-5)


def test_finite_norm_approaches_the_law():
    gaps = [abs(laws.unbiased_pair_at(A) - 16 / mpmath.mpf(99225)) for A in (10**2, 10**4)]
    assert gaps[1] < gaps[0] / 90


def test_prediction():
    given = {"norm2_radius8": np.array([2.0, 3.0])}
    predicted = smooth.floors(given, networks=("unbiased_pair",) * 2, reach=(0.1, 0.5))
    assert np.allclose(predicted.values["loss"], np.array([2, 3]) * 16 / 99225)
    assert np.all(predicted.allowance["loss"] < 0.01 * predicted.values["loss"])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: laws.unbiased_pairs((1, 1)), "ratios must be distinct"),
        (lambda: smooth.constant("triple"), "network must be one of"),
        (lambda: smooth.floors({}, networks=("pair",), reach=(0.8,)), "reach must be at most 0.6, got 0.8"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(ValueError, match=text):
        call()
