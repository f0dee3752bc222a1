"""The unseen mass, its laws, pairs and label noise: closed forms against slow sums, limits, and golden numbers."""

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import theory.sparse_features.unseen_mass_laws as laws
from theory.precision import working
from theory.sparse_features import label_noise, pairs
from theory.sparse_features.row_law import row_law
from theory.sparse_features.unseen_mass import _by_integral, _by_terms, unseen_mass, unseen_mass_sum

SAMPLES = (100, 300, 1000, 3000)
GOLDEN = {
    (1, 2): (0.088282, 0.051092, 0.028004, 0.016168),
    (1, 3): (0.191936, 0.133284, 0.089268, 0.061901),
    (0.5, 3): (0.854019, 0.710563, 0.580360, 0.482229),
    (0.5, 1.5): (0.377597, 0.260265, 0.172232, 0.117498),
    (1, 1.5): (0.041660, 0.020097, 0.009012, 0.004329),
}


@pytest.mark.parametrize("point", GOLDEN)
def test_golden_numbers(point):
    decay, sparsity = point
    found = unseen_mass(decay=decay, sparsity=sparsity, n_modes=100_000, n_samples=SAMPLES)
    assert found.values["unseen"] == pytest.approx(GOLDEN[point], abs=6e-7)


def test_mean_and_variance_by_direct_sums():
    found = unseen_mass(decay=0.5, sparsity=1.5, n_modes=300, n_samples=(7,), scale=0.4).values
    with mpmath.workdps(30):
        p = [mpmath.mpf("0.4") * mpmath.mpf(i) ** -mpmath.mpf("1.5") for i in range(1, 301)]
        q, size = [(1 - x) ** 7 for x in p], [mpmath.mpf(i) ** -mpmath.mpf("1.5") for i in range(1, 301)]
        mean = mpmath.fsum(s * x for s, x in zip(size, q, strict=True))
        variance = mpmath.fsum(s**2 * x * (1 - x) for s, x in zip(size, q, strict=True))
    assert found["unseen"][0] == pytest.approx(float(mean), rel=1e-13)
    assert found["unseen_variance"][0] == pytest.approx(float(variance), rel=1e-13)


def test_finite_modes_by_the_incomplete_beta_function():
    """Sums to M are sums to infinity less a Beta function cut off at c (M + 1/2)^−η."""
    decay, sparsity, M, D = 0.5, 1.5, 2000, 1000
    found = unseen_mass(decay=decay, sparsity=sparsity, n_modes=M, n_samples=(D,)).values["unseen"][0]
    e = decay / sparsity
    cut = mpmath.betainc(e, D + 1, (M + 0.5) ** -sparsity, 1) / sparsity
    assert found == pytest.approx(float(cut), rel=1e-7)


@pytest.mark.parametrize("scale", [Fraction(3, 10), 1, 3])
@pytest.mark.parametrize(("decay", "sparsity"), [(1, 2), (Fraction(1, 2), 3), (1, Fraction(7, 10))])
def test_sum_to_infinity_against_terms(decay, sparsity, scale):
    """Hurwitz tail against 20 000 terms and the tail of the spectrum, which (1 − p)^D nearly leaves alone."""
    D, K = 5, 20_000
    i = np.arange(1, K + 1, dtype=float)
    p = np.minimum(1, float(scale) * i ** -float(sparsity))
    head = (i ** -(1 + float(decay)) * (1 - p) ** D).sum()
    tail = mpmath.quad(
        lambda x: x ** -(1 + float(decay)) * (1 - float(scale) * x ** -float(sparsity)) ** D, [K + 0.5, 1e7, mpmath.inf]
    )
    found = unseen_mass_sum(D, decay=decay, sparsity=sparsity, scale=scale)
    assert float(found) == pytest.approx(head + float(tail), rel=1e-8)


@pytest.mark.parametrize(("sparsity", "D"), [("2", 20_000), ("0.7", 300), ("3", 10**6)])
def test_integral_and_terms_agree_where_both_work(sparsity, D):
    with working(35):
        place = mpmath.mpf(D), mpmath.mpf(2), mpmath.mpf(sparsity), mpmath.mpf(1)
        assert mpmath.almosteq(_by_terms(*place), _by_integral(*place), rel_eps=1e-18)


@pytest.mark.parametrize(("decay", "sparsity"), [(1, 2), (1, 3), (Fraction(1, 2), 3)])
def test_beta_law_is_right_beyond_powers(decay, sparsity):
    """Deviation of the sum from the Beta function falls faster than D^−6, so that no power correction is left."""
    law = laws.mass_law().subs({laws.ALPHA: decay, laws.ETA: sparsity, laws.SCALE: 1})
    off = []
    for D in (100, 1000):
        beta = mpmath.mpf(str(sp.N(law.subs(laws.D, D), 25)))
        off.append(abs(float(unseen_mass_sum(D, decay=decay, sparsity=sparsity) / beta - 1)))
    assert off[0] < 1e-4
    assert off[1] < off[0] / 400


def test_laws_are_what_the_derivation_says():
    point = {laws.ALPHA: 0.7, laws.ETA: 2.3}
    e = 0.7 / 2.3
    assert laws.data_exponent() == laws.ALPHA / laws.ETA
    assert float(laws.mass_constant().subs(point)) == pytest.approx(float(mpmath.gamma(e)) / 2.3, rel=1e-12)
    assert float(laws.mass_correction().subs(point)) == pytest.approx(-e * (e + 1) / 2, rel=1e-12)
    assert float(laws.variance_exponent().subs(point)) == pytest.approx(2.4 / 2.3, rel=1e-12)
    assert float(laws.gap().subs(point)) == pytest.approx(0.7 - e, rel=1e-12)
    assert laws.gap_below_one() == 0


def test_series_with_its_next_order():
    law = laws.mass_series(1).subs({laws.ALPHA: 1, laws.ETA: 2, laws.SCALE: 1})
    off = [
        float(law.subs(laws.D, D).evalf(25)) / float(unseen_mass_sum(D, decay=1, sparsity=2)) - 1 for D in (100, 1000)
    ]
    assert abs(off[0]) < 3e-5
    assert abs(off[1] * 90) < abs(off[0])


def test_variance_law():
    law = laws.variance_law().subs({laws.ALPHA: 1, laws.ETA: 2, laws.SCALE: 1, laws.D: 10**4})
    one, two = (unseen_mass_sum(D, decay=1, sparsity=2, power=2) for D in (10**4, 2 * 10**4))
    assert float(law) == pytest.approx(float(one - two), rel=3e-4)
    sd = unseen_mass(decay=1, sparsity=2, n_modes=100_000, n_samples=(1000,)).values["unseen_variance"][0] ** 0.5
    assert sd == pytest.approx(0.00301, abs=1e-5)


@pytest.mark.parametrize(("eta", "value"), [(1.5, 1.3234), (2, 1.2286), (3, 1.1532)])
def test_noise_constant_against_its_integral(eta, value):
    """E[1/n; n >= 1] of a Poisson number is e^−m (Ei(m) − log m − γ)."""
    inverse = lambda m: mpmath.exp(-m) * (mpmath.ei(m) - mpmath.log(m) - mpmath.euler)  # noqa: E731
    integral = mpmath.quad(lambda y: mpmath.exp(y * (1 - 1 / eta)) * inverse(mpmath.exp(y)) / eta, [-60, -5, 0, 3, 6])
    integral += mpmath.exp(6 * -1 / eta)  # above m = e^6 the integrand is m^(−1/η)/(η m) (1 + 1/m)
    law = float(laws.noise_constant().subs(laws.ETA, eta).evalf())
    assert law == pytest.approx(value, abs=6e-5)
    assert law == pytest.approx(float(integral), rel=2e-3)


def test_noise_tends_to_its_constant():
    D = 3000
    W = label_noise.hits(row_law(decay=1, sparsity=3, n_modes=1000), D)
    leading = (W[1:] / np.arange(1, D + 1)).sum()
    assert (leading + 0.5 / D) * D ** (2 / 3) == pytest.approx(1.15317, rel=1e-3)  # −1/(2D): coordinate 1 is the first
    assert W.sum() == pytest.approx(row_law(decay=1, sparsity=3, n_modes=1000).probabilities.sum(), rel=1e-9)


def test_bayes_loss_solves_its_equation():
    world = {"decay": 1, "sparsity": 2, "n_modes": 50}
    found = label_noise.bayes_loss(**world, n_samples=(20,)).values["bayes"][0]
    law, total = row_law(**world), 0.0
    for p, gain, size in zip(*law, strict=True):
        for n in range(21):
            weight = float(mpmath.binomial(20, n)) * p**n * (1 - p) ** (20 - n)
            total += size * weight / (1 + gain * n / (1 + found))
    assert found == pytest.approx(total, rel=1e-9)


def test_pairs_by_the_double_sum():
    world = {"decay": 1, "sparsity": 3, "n_modes": 80, "scale": 0.7}
    law, D = row_law(**world), 30
    for amplitudes, power in (("gaussian", 0.5), ("sign", 1.0)):
        total = 0.0
        for i in range(80):
            for j in range(80):
                if i != j:
                    p, q = law.probabilities[i], law.probabilities[j]
                    share = law.gains[j] ** power / (law.gains[i] ** power + law.gains[j] ** power)
                    total += law.variances[i] * D * p * q * ((1 - p) * (1 - q)) ** (D - 1) * share
        assert pairs.pair_loss(**world, n_samples=(D,), amplitudes=amplitudes)[0] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("decay", [0.5, 2])
def test_share_of_a_pair_off_the_line(decay):
    """Two coordinates: the share by its definition, an average over the direction of two normal numbers."""
    law, D = row_law(decay=decay, sparsity=2, n_modes=3, scale=0.5), 20
    angle = 2 * np.pi * np.arange(4096) / 4096
    total = 0.0
    for i, j in itertools.permutations(range(3), 2):
        p, q = law.probabilities[[i, j]]
        own, other = law.gains[i] * np.cos(angle) ** 2, law.gains[j] * np.sin(angle) ** 2
        total += law.variances[i] * D * p * q * ((1 - p) * (1 - q)) ** (D - 1) * np.mean(other / (own + other))
    found = pairs.pair_loss(decay=decay, sparsity=2, n_modes=3, n_samples=(D,), scale=0.5)[0]
    assert found == pytest.approx(total, rel=1e-12)


def test_groups_of_rare_pairs_stand_for_their_members(monkeypatch):
    world = {"decay": 1, "sparsity": 1.5, "n_modes": 4000, "n_samples": (100,)}
    grouped = pairs.pair_loss(**world)
    monkeypatch.setattr(pairs, "COMMON", 4000)
    assert grouped == pytest.approx(pairs.pair_loss(**world), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: unseen_mass_sum(100, decay=1, sparsity=0), "sparsity must be positive and finite, got 0"),
        (lambda: unseen_mass_sum(0, decay=1, sparsity=2), "n_samples must be positive and finite, got 0"),
        (lambda: unseen_mass(decay=1, sparsity=2, n_modes=float("inf"), n_samples=(3,)), "use `unseen_mass_sum`"),
        (lambda: row_law(decay=1, sparsity=-1, n_modes=3), "sparsity must be at least 0, got -1"),
        (lambda: pairs.pair_loss(decay=1, sparsity=1.2, n_modes=9, n_samples=(3,)), "at least 1.4, got 1.2"),
        (
            lambda: label_noise.ridgeless_noise(decay=1, sparsity=1, n_modes=9, n_samples=(3,)),
            "sparsity must be at least 1.4, got 1",
        ),
        (
            lambda: label_noise.bayes_loss(decay=1, sparsity=2, n_modes=9, n_samples=(3,), label_noise=0),
            "label_noise must be positive and finite, got 0",
        ),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call()
