"""Identities of averages against enumeration of every choice; what the noise of a readout leaves."""

from fractions import Fraction
from itertools import combinations, product

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.lottery_tickets import ensembles, kernel_flow

VECTORS = [[1, -2, 3], [4, 0, -1], [2, 2, 5], [-3, 1, 1], [0, 7, -2]]
"""Errors of five networks at three points of equal weight."""


def mean(values):
    values = list(values)
    return sum(values, Fraction(0)) / len(values)


def product_of(u, v):
    return mean(Fraction(a * b) for a, b in zip(u, v, strict=True))


def average_loss(chosen):
    return mean((sum(Fraction(v[j]) for v in chosen) / len(chosen)) ** 2 for j in range(3))


def values(size):
    """S, K, d and o of the five vectors."""
    squares = mean(product_of(v, v) for v in VECTORS)
    products = mean(product_of(u, v) for u, v in combinations(VECTORS, 2))
    found = {ensembles.POOL: 5, ensembles.KEPT: size, ensembles.SQUARES: squares, ensembles.PRODUCTS: products}
    return {symbol: sp.Rational(value) for symbol, value in found.items()}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_all_subsets_of_a_pool(size):
    direct = mean(average_loss(chosen) for chosen in combinations(VECTORS, size))
    assert ensembles.subset_mse().subs(values(size)) == sp.Rational(direct)
    assert ensembles.pool_mse().subs(values(size)) == sp.Rational(direct)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_choices_with_replacement(size):
    direct = mean(average_loss(chosen) for chosen in product(VECTORS, repeat=size))
    assert ensembles.replaced_mse().subs(values(size)) == sp.Rational(direct)
    whole = average_loss(VECTORS)
    variance = mean(product_of(v, v) for v in VECTORS) - whole  # over the tickets, divided by their number
    given = {"full_loss": [whole], "ticket_variance": [variance]}
    assert ensembles.subsampled(given, n_kept=[size]).values["loss"][0] == pytest.approx(float(direct), rel=1e-15)


def test_subset_mean_is_the_law_with_unbiased_estimates():
    assert sp.simplify(ensembles.subset_mse() - ensembles.pool_mse()) == 0


def test_without_replacement():
    S, K = ensembles.POOL, ensembles.KEPT
    assert sp.simplify(ensembles.replacement_ratio() - (S - K) / (S - 1)) == 0
    assert ensembles.replacement_ratio_at(64) == Fraction(48, 63)
    assert ensembles.replacement_ratio().subs({S: 64, K: 16}) == sp.Rational(48, 63)
    assert ensembles.replacement_ratio_at(16) == 0


def test_averaged():
    given = {"square_bias": [2.0, 2.0], "variance": [6.0, 6.0]}
    assert ensembles.averaged(given, n_averaged=(1, 4)).values["loss"].tolist() == [8.0, 3.5]


def test_noise_left_by_a_readout():
    """Golden number, and the trace of K exp(−2Kt) in multiprecision, K by its own quadrature."""
    assert kernel_flow.noise_left(time=1000, radius=2) == pytest.approx(9.45903e-5, rel=1e-5)
    with mpmath.workdps(30):
        rates = [mpmath.mpf(float(rate)) for rate in kernel_flow.kernel(2.0).eigenvalues]
        direct = mpmath.fsum(rate * mpmath.exp(-8000 * rate) for rate in rates)
    assert kernel_flow.noise_left(time=4000, radius=2) == pytest.approx(float(direct), rel=1e-12)
    assert kernel_flow.noise_left(time=1e-9, radius=2) == pytest.approx(kernel_flow.kernel(2.0).eigenvalues.sum())


def test_noise_of_a_readout_by_its_features():
    """tr K̂ exp(−2K̂t), exact for every network, is within the declared remainder of that of the mean kernel."""
    rng, time, size = np.random.default_rng(5), 1000, 256
    x, share = np.polynomial.legendre.leggauss(kernel_flow.NODES)
    found = []
    for _ in range(400):
        w, b = rng.uniform(-1, 1, (2, size, 1))
        z = 2 * w * x + b
        phi = z / (1 + np.exp(-z)) * np.sqrt(share / 2)
        rates = np.linalg.eigvalsh(phi.T @ phi / size)
        found.append((rates * np.exp(-2 * time * rates)).sum())
    ratio = np.mean(found) / kernel_flow.noise_left(time=time, radius=2)
    stderr = np.std(found) / len(found) ** 0.5 / kernel_flow.noise_left(time=time, radius=2)
    assert abs(ratio - 1) < kernel_flow.NOISE_REMAINDER / size + 3 * stderr
    assert stderr < 0.01


def test_losses_with_noise():
    world = {"n_features": (512,), "time": 4000, "radius": 2, "n_target": 3}
    plain, noisy = (kernel_flow.losses(**world, readout_noise=s) for s in (0, 2))
    added = 4 * kernel_flow.noise_left(time=4000, radius=2) / 512
    assert noisy.values["mse"][0] - plain.values["mse"][0] == pytest.approx(added, rel=1e-9)
    assert noisy.allowance["mse"][0] - plain.allowance["mse"][0] == pytest.approx(6 * added / 512, rel=1e-9)
    assert plain.allowance["mse"][0] == pytest.approx(24 * 0.0195854 / 512**2, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ensembles.averaged({"square_bias": [1], "variance": [1]}, n_averaged=(0,)),
            "n_averaged must be.*got 0",
        ),
        (lambda: ensembles.subsampled({"full_loss": [1], "ticket_variance": [1]}, n_kept=()), "n_kept is empty"),
        (lambda: ensembles.replacement_ratio_at(8), "n_kept must be from 1 to n_neurons >= 2, got 16 of 8"),
        (lambda: kernel_flow.noise_left(time=0, radius=2), "time must be positive and finite, got 0"),
        (
            lambda: kernel_flow.losses(n_features=(512,), time=1, radius=2, n_target=3, readout_noise=-1),
            "readout_noise must be finite and not negative, got -1",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
