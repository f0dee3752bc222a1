"""Constants of piecewise-linear approximation: limits, identities, direct integration, bad input."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.piecewise_linear import fits, laws


def test_best_line_and_interpolation_by_quadrature():
    """Least squares on Gauss nodes, not the symbolic minimum."""
    z, w = np.polynomial.legendre.leggauss(20)
    h, kappa = 0.7, 3.1
    t = h / 2 * z
    y = kappa * t**2 / 2
    root = np.sqrt(w * h / 2)
    design = np.column_stack([np.ones(20), t]) * root[:, None]
    residual = root * y - design @ np.linalg.lstsq(design, root * y, rcond=None)[0]
    at = {laws.KAPPA: kappa, laws.H: h}
    assert residual @ residual == pytest.approx(float(laws.line_error().subs(at)), rel=1e-12)
    chord = y - kappa * h**2 / 8
    assert np.sum(w * h / 2 * chord**2) == pytest.approx(float(laws.interpolation_error().subs(at)), rel=1e-12)
    assert sp.simplify(laws.interpolation_error() / laws.line_error()) == 6


def test_one_piece_is_the_variance_and_equal_pieces_are_best():
    assert laws.quadratic_optimum().subs(laws.N, 1) == sp.Rational(4, 45) * laws.R**4
    lengths = np.array([0.4, 0.3, 0.3])
    unequal = sum(float(laws.line_error().subs({laws.KAPPA: 2, laws.H: h})) for h in 2 * lengths) / 2
    assert unequal > float(laws.quadratic_optimum().subs({laws.N: 3, laws.R: 1}))


def test_convex_constant_by_mpmath_and_the_quadratic_limit():
    with mpmath.workdps(25):
        integral = mpmath.quad(lambda x: (9 * mpmath.exp(3 * x)) ** mpmath.mpf("0.4"), [0, 1])
        assert abs(integral**5 / 720 - mpmath.mpf(str(laws.convex_optimum(sp.Integer(3)).evalf(25)))) < 1e-15
    assert float(laws.convex_optimum(sp.Integer(3))) == pytest.approx(3.039455, abs=1e-6)
    small = sp.Rational(1, 10**4)  # f'' = k² nearly constant
    assert float(laws.convex_optimum(small) * 720 / small**4) == pytest.approx(1, abs=2e-4)


def test_random_knots_by_the_beta_integral_and_its_limit():
    for W in (1, 4, 16):
        with mpmath.workdps(25):
            fifth = mpmath.quad(lambda s, W=W: W * s**5 * (1 - s) ** (W - 1), [0, 1])
            assert float((W + 1) ** 5 * fifth) == pytest.approx(float(laws.random_knots(sp.Integer(W))), rel=1e-12)
    assert [round(float(laws.random_knots(sp.Integer(W))), 2) for W in (4, 16, 64, 512)] == [
        24.8,
        69.78,
        103.24,
        117.69,
    ]
    assert sp.limit(laws.random_knots(laws.N), laws.N, sp.oo) == 120
    loss = fits.random_knots(n_knots=(1, 16)).values["loss"]
    assert loss[0] == pytest.approx(2 * 120 / math.factorial(6))
    assert loss[1] * 17**4 == pytest.approx(float(laws.random_knots(sp.Integer(16))))


def test_flat_piece_in_the_middle_costs_ten():
    """Half a piece off at the centre, and the expansion against exact shares at a large number of pieces."""
    constant = laws.parity_constant()
    assert constant.subs({laws.SHARE: sp.S.Half, laws.DELTA: sp.S.Half}) == 10
    p, delta, n = sp.Rational(3, 10), sp.Rational(1, 5), 10**6
    exact = p**5 / (p + delta / n) ** 4 + (1 - p) ** 5 / (1 - p - delta / n) ** 4 - 1
    assert float(exact * n**2) == pytest.approx(float(constant.subs({laws.SHARE: p, laws.DELTA: delta})), rel=1e-5)
    mean = fits.parity(n_neurons=(8,), vertices=0.5).values["excess"][0]
    assert mean == pytest.approx(10 / 3 * math.log(3), rel=1e-12)


def test_cells():
    assert laws.cube_constants() == (sp.Rational(1, 720), sp.Rational(1, 144))
    assert [laws.polygon_constant(k) for k in (3, 4, 6)] == [
        sp.Rational(1, 45),
        sp.Rational(1, 90),
        sp.Rational(43, 4860),
    ]
    square = fits.cubes(
        {"diagonal": np.array([8.0]), "mixed": np.array([0.0])}, n_dims=(2,), per_axis=(1,)
    )  # |x|² has f_jj = 2
    assert square.values["loss"][0] == pytest.approx(float(laws.polygon_constant(4)))


def test_free_knots_end_at_four_in_the_exponent():
    loss = fits.convex(rates=(1, 2), n_pieces=(10, 100)).values["loss"]
    assert math.log10(loss[0] / loss[1]) == pytest.approx(4)
    assert np.allclose(fits.pieces({"line": np.array([3.0, 3.0])}, n_pieces=(1, 2)).values["loss"], [3, 3 / 16])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: fits.convex(rates=(2, 1), n_pieces=(4,)), "rates must be"),
        (lambda: fits.convex(rates=(1, 2), n_pieces=(0,)), "at least 1"),
        (lambda: fits.parity(n_neurons=(4,), vertices=0.5), "n_neurons must be at least 8, got 4"),
        (lambda: fits.parity(n_neurons=(8,), vertices=0.9), "vertices must lie in"),
        (lambda: laws.polygon_constant(5), "n_sides must be 3, 4 or 6, got 5"),
        (lambda: fits.random_knots(n_knots=(1.5,)), "whole numbers"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(ValueError, match=text):
        call()
