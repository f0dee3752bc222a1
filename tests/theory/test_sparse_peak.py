"""Rank, threshold, peak and given-data laws of sparse features: limits, identities, slow independent evaluations."""

import math
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from theory.sparse_features import amplitude, conditional, given_data, overparameterised, peak_laws, rank, threshold


def spectrum(r=40, seed=0, T=0.3, U=0.2):
    rng = np.random.default_rng(seed)
    return given_data.spectrum(rng.chisquare(2, r) + 0.01, rng.random(r) + 0.1, T, U)


# exact law


def test_factor_is_derived_and_exact():
    found = peak_laws.factor().subs({peak_laws.N: 17, peak_laws.R: 9})
    assert overparameterised.factor(17, 9) == Fraction(int(found.p), int(found.q)) == Fraction(16, 7)
    assert overparameterised.factor(11, 9) == 10  # the smallest N with a mean
    assert sp.simplify(peak_laws.factor_limit() - peak_laws.RATIO / (peak_laws.RATIO - 1)) == 0


def test_inverse_moment_against_quadrature():
    for nu in (3, 5, 8):
        slow = mpmath.quad(lambda x, nu=nu: stats.chi2.pdf(float(x), nu) / x, [0, 1, 5, 20, 200])
        assert float(peak_laws.inverse_moment().subs(peak_laws.NU, nu)) == pytest.approx(float(slow), rel=1e-4)


@pytest.mark.parametrize("n_features", [8, 9, 10])
def test_no_mean_near_the_threshold(n_features):
    with pytest.raises(ValueError, match=f"got N = {n_features} at rank 9"):
        overparameterised.factor(n_features, 9)


def test_label_noise_of_a_diagonal_case():
    """Σ = I and Λ_ss = λ I: noise is r λ + T r/(N − r − 1)."""
    given = {"rank": [5.0], "limit": [0.4], "inverse_trace": [5.0], "noise_resolved": [1.0]}
    noise = overparameterised.conditional_noise(given, n_features=[10]).values["noise"][0]
    assert noise == pytest.approx(1.0 + 0.4 * 5 / 4)
    loss = overparameterised.conditional_noisy_loss(given, n_features=[10], label_noise=2.0)[0]
    assert loss == pytest.approx(0.4 * 9 / 4 + 2 * noise)


# threshold


@pytest.mark.parametrize(("signal", "degrees"), [(14, 1), (0.3, 2), (50, 4)])
def test_mean_log_against_mpmath(signal, degrees):
    half = mpmath.mpf(degrees) / 2

    def density(u):  # of log χ²
        return mpmath.exp(half * u - mpmath.exp(u) / 2) / 2**half / mpmath.gamma(half)

    slow = mpmath.quad(lambda u: mpmath.log1p(signal / mpmath.exp(u)) * density(u), [-150, -20, -5, 0, 3, 6, 10])
    assert threshold.mean_log(signal, degrees) == pytest.approx(float(slow), rel=1e-9)


def test_below_and_exceedance_add_up():
    given = {"limit": [2.0], "signal": [10.0]}
    found = threshold.conditional(given, offsets=(0, 3), levels=(5, 20), thresholds=(5, 20)).values
    assert found["below"] + found["exceeds"] == pytest.approx(np.ones(4))
    assert float(threshold.exceedance(20, offset=3, signal=10)) == pytest.approx(found["exceeds"][3], rel=1e-12)
    assert threshold.below(1.0, 10.0, 1) == 0


@pytest.mark.parametrize("offset", range(5))
def test_tail_index(offset):
    assert peak_laws.tail_index(offset) == sp.Rational(offset + 1, 2)


def test_log_height():
    """ψ((r + 1)/2) − ψ(1/2) is E log(1 + χ²_r/χ²_1), and tends to log(2 e^γ r)."""
    rng = np.random.default_rng(0)
    drawn = np.log1p(rng.chisquare(6, 400_000) / rng.chisquare(1, 400_000))
    assert float(threshold.log_height(6)) == pytest.approx(drawn.mean(), abs=4.5 * drawn.std() / 400_000**0.5)
    assert float(peak_laws.height_constant()) == pytest.approx(2 * math.exp(np.euler_gamma), rel=1e-12)
    assert float(mpmath.exp(threshold.log_height(10**8)) / 10**8) == pytest.approx(3.56214483, rel=1e-7)
    shifted = threshold.log_heights([20.0], [9.0]).values["log_height"][0]
    mixed = np.mean([float(threshold.log_height(x)) for x in (17, 23)])
    assert shifted == pytest.approx(mixed, abs=1e-3)


def test_the_law_ends_at_the_threshold():
    with pytest.raises(ValueError, match="holds for N >= r, got N - r = -1"):
        threshold.degrees_of_freedom(-1)
    with pytest.raises(ValueError, match="got -1 and 1"):
        threshold.mean_log(-1, 1)


# rank


def largest_matching(active):
    """Rows matched with distinct active columns, by brute force over all choices."""
    choices = [[*np.flatnonzero(row), -1] for row in active]
    best = 0
    for choice in product(*choices):
        used = [c for c in choice if c >= 0]
        if len(set(used)) == len(used):
            best = max(best, len(used))
    return best


def test_seen_against_mpmath():
    p = rank.probabilities(sparsity=2, n_modes=500)
    with mpmath.workdps(30):
        terms = [(1 - mpmath.mpf(1) / i**2) ** 70 for i in range(1, 501)]
        mean, variance = mpmath.fsum(1 - t for t in terms), mpmath.fsum(t * (1 - t) for t in terms)
    assert rank.seen(p, 70) == pytest.approx((float(mean), float(variance)), rel=1e-12)
    doubled = rank.seen(p, 140)[0] - rank.seen(p, 70)[0]
    assert doubled == pytest.approx(float(variance), rel=1e-11)


def test_matching_against_enumeration():
    """Two rows, few columns: the tree formula is close, all probabilities being small."""
    p, rng = np.full(12, 0.05), np.random.default_rng(1)
    found = np.mean([largest_matching(rng.random((3, 12)) < p) for _ in range(4000)])
    assert rank.matching(p, 3) == pytest.approx(found, abs=0.05)


@pytest.mark.parametrize(
    ("sparsity", "n_samples", "measured"), [(1.5, 100, 48.918), (1.2, 300, 270.431), (2, 400, 34.498)]
)
def test_matching_where_it_was_measured(sparsity, n_samples, measured):
    """Mean term ranks of 2000 to 6000 datasets (standard errors 0.06 to 0.14)."""
    p = rank.probabilities(sparsity=sparsity, n_modes=20_000)
    assert rank.matching(p, n_samples) == pytest.approx(measured, abs=0.25)


@pytest.mark.parametrize("sparsity", [0.5, 1.0])
def test_full_rank_where_rows_always_show_something_new(sparsity):
    p = rank.probabilities(sparsity=sparsity, n_modes=20_000)
    assert rank.matching(p, 50) == pytest.approx(50, abs=1e-4)


def test_golden_mean_ranks():
    """Mean rank E S − E(S − r) at sparsity 2, golden for 50 000 coordinates: those beyond would add D/50 000.5."""
    for D, golden in ((100, 16.86), (400, 34.57), (1600, 69.98)):
        assert float(rank.rank_at(D, sparsity=2)) - D / 50_000.5 == pytest.approx(golden, abs=0.01)
    p = rank.probabilities(sparsity=3, n_modes=20_000)
    assert float(rank.seen_at(300, sparsity=3)) == pytest.approx(rank.seen(p, 300)[0], rel=1e-5)


def test_rank_laws():
    assert peak_laws.rank_exponent() == 1 / peak_laws.ETA
    assert float(peak_laws.rank_constant().subs(peak_laws.ETA, 1.5)) == pytest.approx(2.6789, abs=1e-4)
    assert sp.simplify(peak_laws.deficit_constant() - sp.pi * peak_laws.C / 8) == 0
    assert float(rank.deficit_at(10**12, sparsity=2)) == pytest.approx(math.pi / 8, rel=1e-5)
    assert sp.simplify(peak_laws.variance_ratio() - (2 ** (1 / peak_laws.ETA) - 1)) == 0


def test_bad_ranks():
    with pytest.raises(ValueError, match="sparsity must be positive and finite, got 0"):
        rank.probabilities(sparsity=0, n_modes=10)
    with pytest.raises(ValueError, match="sparsity must exceed 1 at infinitely many coordinates, got 1"):
        rank.seen_at(100, sparsity=1)
    with pytest.raises(ValueError, match="n_samples must be an integer"):
        rank.seen(np.full(3, 0.1), 0)


# given data


@pytest.mark.parametrize("n_features", [10, 30, 60])
def test_equal_singular_values(n_features):
    """Σ = I, no resolved variance: exact E loss = T (r − 1)/(r − N − 1), seen error λ (r − N)."""
    r = 100
    data = given_data.spectrum(np.ones(r), np.full(r, 1e-9), 1.0, 0.5)
    true, found = (r - 1) / (r - n_features - 1), given_data.corrected(data, n_features)
    assert given_data.equivalent(data, n_features) == pytest.approx(r / (r - n_features), rel=1e-6)
    assert abs(found.loss / true - 1) < 1.5 / (r - n_features) ** 2
    assert abs(found.loss / true - 1) < 0.2 * abs(given_data.equivalent(data, n_features) / true - 1)
    assert found.unseen == pytest.approx(found.loss / 2, rel=1e-6)
    seen = given_data.spectrum(np.ones(r), np.ones(r), 1e-9, 0.0)
    assert given_data.corrected(seen, n_features).loss == pytest.approx(r - n_features, rel=1e-6)


def test_correction_is_the_derivative_of_the_log_determinant():
    """The complex-step derivatives against finite differences of ½ log(1 − df₂/N), κ solved anew each time."""
    data, N = spectrum(), 15

    def phi(m, ridge):
        return 0.5 * math.log(1 - given_data.degrees(m, given_data.effective_ridge(m, N, ridge), 2) / N)

    def gradient(m, ridge, h=1e-5):
        steps = np.diag(h * m)
        return np.array([(phi(m + e, ridge) - phi(m - e, ridge)) / (2 * h * x) for e, x in zip(steps, m, strict=True)])

    m, ridge, h = data.squares, 0.7, 1e-3
    along = (gradient(m + h * m**2, ridge) - gradient(m - h * m**2, ridge)) / (2 * h)
    by_ridge = (gradient(m, ridge + h) - gradient(m, ridge - h)) / (2 * h)
    slow = -data.resolved @ (2 * m * gradient(m, ridge) + along) - data.loss * (m**2 @ by_ridge)
    fast = given_data.corrected(data, N, ridge).loss - given_data.equivalent(data, N, ridge)
    assert fast == pytest.approx(slow, rel=1e-3)


def test_above_the_threshold_it_is_the_exact_law_to_first_order():
    data = spectrum(r=20)
    exact = data.loss * float(overparameterised.factor(60, 20))
    assert given_data.equivalent(data, 60) == pytest.approx(data.loss * 60 / 40)
    assert given_data.corrected(data, 60).loss == pytest.approx(exact, rel=2e-3)
    assert given_data.equivalent_share(data, 60) == data.unseen / data.loss


def test_limits_of_the_ridge():
    data = spectrum()
    assert given_data.corrected(data, 15, 1e-9).loss == pytest.approx(given_data.corrected(data, 15).loss, rel=1e-6)
    assert given_data.equivalent(data, 15, 1e9) == pytest.approx(data.loss + data.resolved.sum(), rel=1e-4)
    kappa = given_data.effective_ridge(data.squares, 40, 2.0)
    assert kappa * (40 - given_data.degrees(data.squares, kappa, 1)) == pytest.approx(2.0, rel=1e-10)


def test_bad_data():
    with pytest.raises(ValueError, match="must be positive, got 0 and 1"):
        given_data.spectrum([0.0], [1.0], 1.0, 0.5)
    with pytest.raises(ValueError, match="two lists of equal length"):
        given_data.spectrum([1.0, 2.0], [1.0], 1.0, 0.5)
    with pytest.raises(ValueError, match="between 0 and the loss"):
        given_data.spectrum([1.0], [1.0], 1.0, 1.5)
    with pytest.raises(ValueError, match="diverges at N = r = 40"):
        given_data.equivalent(spectrum(), 40)
    with pytest.raises(ValueError, match="ridge >= 0, got 3 and -1"):
        given_data.effective_ridge(spectrum().squares, 3, -1)
    given = {"squares": np.ones(40), "resolved": np.ones(40), "limit": [0.3], "unseen_mass": [0.2]}
    with pytest.raises(ValueError, match="infinite at N = 41 and rank 40"):
        conditional.conditional_loss(given, n_features=[41])


def test_conditional_columns():
    data = spectrum()
    given = {"squares": data.squares, "resolved": data.resolved, "limit": [0.3], "unseen_mass": [0.2]}
    law = conditional.conditional_loss(given, n_features=[20, 60])
    assert law.allowance["loss"][1] == 0 < law.allowance["loss"][0] < 0.1 * law.values["loss"][0]
    measured = np.array([2.0, 3.0])
    share = conditional.conditional_share({**given, "loss": measured}, n_features=[20, 60])
    assert share.values["unseen"][1] == pytest.approx(2.0)
    assert share.values["unseen"][0] < 2 / 3 * 2.0


# amplitude


def test_amplitudes_of_the_two_sides():
    assert [peak_laws.amplitude(), peak_laws.amplitude("sign")] == [2, 1]
    assert float(amplitude.amplitude("1e-10", sparsity=2)) == pytest.approx(2, abs=1e-4)
    assert float(amplitude.amplitude("1e-8", sparsity=3, amplitudes="sign")) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("amplitudes", ["gaussian", "sign"])
def test_amplitude_against_a_sum_over_occupations(amplitudes):
    """μ and κ μ′ from modes of weight m = u^−2, occupation Poisson(m): direct sums over u and n."""
    kappa = 0.3
    u = np.exp(np.linspace(np.log(0.1), np.log(3e4), 6001))
    n = np.arange(1, 180)
    weight = stats.poisson.pmf(n[:, None], u**-2.0)  # (n, u)
    if amplitudes == "sign":
        shares, slopes = kappa / (n + kappa), kappa * n / (n + kappa) ** 2
    else:
        z = stats.chi2.ppf((np.arange(4000) + 0.5) / 4000, n[:, None])
        shares, slopes = (kappa / (z + kappa)).mean(1), (kappa * z / (z + kappa) ** 2).mean(1)
    missing, moving = (np.trapezoid(s @ weight * u, np.log(u)) for s in (shares, slopes))
    # u < 0.1: occupations above 100, of share κ/n; ∫ κ u² du = κ u³/3
    tail = kappa * 0.1**3 / 3
    fast = float(amplitude.amplitude(str(kappa), sparsity=2, amplitudes=amplitudes))
    assert fast == pytest.approx((missing + tail) / (moving + tail), rel=2e-3)


def test_bad_amplitudes():
    with pytest.raises(ValueError, match="gaussian or sign, got 'flat'"):
        amplitude.amplitude("0.1", sparsity=2, amplitudes="flat")
    with pytest.raises(ValueError, match="sparsity above 1, got 1"):
        amplitude.amplitude("0.1", sparsity=1)
