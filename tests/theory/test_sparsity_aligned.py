"""Aligned sparsity: fixed amplitudes, groups, k-hot rows and scatter against slow sums, limits and the base model."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

import theory.sparsity_models.aligned_laws as symbolic
from theory.sparse_features import infinite_data as isotropic
from theory.sparse_features.pairs import infinite_features
from theory.sparse_features.unseen_mass import unseen_mass_sum
from theory.sparsity_models import far, fixed_amplitude, infinite_data
from theory.sparsity_models.aligned import aligned
from theory.sparsity_models.group_limits import group_limits
from theory.sparsity_models.k_hot import inclusion
from theory.sparsity_models.registry import model_named

BASE = {"decay": 1, "sparsity": 3, "n_modes": 400}
SIZES = (16, 100, 1000)


@pytest.mark.parametrize("active", [1, 3, 6])
def test_inclusion_by_enumeration(active):
    weights = np.arange(1, 8.0) ** -1.5
    chance = np.zeros(7)
    for subset in itertools.combinations(range(7), active):
        chance[list(subset)] += weights[list(subset)].prod()
    assert np.allclose(inclusion(sparsity=1.5, n_modes=7, active=active), chance * active / chance.sum(), rtol=1e-12)


@pytest.mark.parametrize("active", [1, 4, 16])
def test_inclusion_of_many(active):
    p = inclusion(sparsity=2, n_modes=2000, active=active)
    assert p.sum() == pytest.approx(active, rel=1e-12)
    assert np.all(np.diff(p) < 0)
    assert p[0] < 1


def test_distinct_features_are_rarer_than_k_draws_promise():
    """With four of them the tail is twelve times that of k i^−η/ζ(η)."""
    tail = inclusion(sparsity=3, n_modes=2000, active=4)[-1] * 2000.0**3
    assert tail == pytest.approx(40.656, rel=1e-4)
    assert tail * float(mpmath.zeta(3)) / 4 == pytest.approx(12.2, abs=0.1)


def test_scatter_by_quadrature():
    on = model_named("noisy_alignment", scatter=2, **BASE)
    for i, D in ((1, 100), (6, 100), (300, 1000)):

        def survives(xi, i=i, D=D):
            p = mpmath.mpf(i) ** -3 * mpmath.exp(2 * xi)
            return mpmath.npdf(xi) * (1 - p) ** D if p < 1 else mpmath.mpf(0)

        edge = mpmath.mpf(3) * mpmath.log(i) / 2
        true = mpmath.quad(survives, [-12, edge - 4, edge - 3, edge - 2, edge - 1, edge])
        assert on.silent(D)[i - 1] == pytest.approx(float(true), rel=1e-9)
    assert np.array_equal(on.silent(0), np.ones(400))


def test_little_scatter_is_the_base_model():
    noisy, base = (aligned(model=m, n_samples=SIZES, **BASE, **more).values for m, more in
                   (("noisy_alignment", {"scatter": 1e-5}), ("independent", {})))  # fmt: skip
    for name in base:
        assert np.allclose(noisy[name], base[name], rtol=1e-6), name


def test_scatter_factor_at_finite_size():
    law = symbolic.scatter_factor().subs({symbolic.ALPHA: 1, symbolic.ETA: 3, symbolic.SCATTER: 2})
    assert float(law) == pytest.approx(math.exp(2 / 9))
    ratio = far.scattered_mass(10**4, decay=1, sparsity=3, scatter=2) / unseen_mass_sum(10**4, decay=1, sparsity=3)
    assert float(ratio) == pytest.approx(float(law), rel=2e-5)
    world = {"decay": 1, "sparsity": 3, "n_modes": 3000, "n_samples": (2000,)}
    noisy, base = (aligned(model=m, **world, **more).values for m, more in
                   (("noisy_alignment", {"scatter": 2}), ("independent", {})))  # fmt: skip
    assert noisy["unseen"] / base["unseen"] == pytest.approx(float(law), rel=5e-3)


def test_pairs_by_the_definition():
    on = model_named("independent", decay=1, sparsity=2, n_modes=12, teacher_decay=2, amplitudes="sign")
    found = aligned(model="independent", n_samples=(9,), equal_gains=True, decay=1, sparsity=2, n_modes=12,
                    teacher_decay=2, amplitudes="sign")  # fmt: skip
    p, D = np.arange(1, 13.0) ** -2, 9
    s = p * (1 - p) ** (D - 1)
    pair, deficit = 0.0, 0.0
    for i, j in itertools.combinations(range(12), 2):
        cost = (on.variances[i] + on.variances[j]) * (on.teacher[i] + on.teacher[j]) / 4
        pair, deficit = pair + D * s[i] * s[j] * cost, deficit + D * s[i] * s[j]
    assert found.values["loss"][0] - found.values["unseen"][0] == pytest.approx(pair, rel=1e-10)
    assert found.values["seen"][0] - found.values["rank"][0] == pytest.approx(deficit, rel=1e-10)


def test_equal_gains_are_the_base_theory_of_signs():
    world = {"decay": 1, "sparsity": 2, "n_modes": 400, "amplitudes": "sign", "n_samples": (50, 500)}
    ours = aligned(model="independent", equal_gains=True, **world)
    assert np.allclose(ours.values["loss"], infinite_features(**world).values["loss"], rtol=1e-9)


def test_other_gains_lie_within_the_allowance():
    for decay in (0.5, 1, 3):
        world = {"decay": decay, "sparsity": 2, "n_modes": 400, "n_samples": (50, 500)}
        ours, base = aligned(model="independent", **world), infinite_features(**world)
        assert np.all(np.abs(ours.values["loss"] - base.values["loss"]) <= ours.allowance["loss"])


def test_groups_of_one_are_the_base_model():
    ours, base = group_limits(group=1, n_samples=SIZES, **BASE), aligned(model="independent", n_samples=SIZES, **BASE)
    assert np.allclose(ours.values["loss"], base.values["loss"], rtol=1e-10)
    assert np.allclose(ours.values["unseen"], base.values["unseen"], rtol=1e-12)


@pytest.mark.parametrize("ratio", [1.02, 1.1])
def test_uneven_groups_by_the_exact_case_of_two(ratio):
    """One row on a group of two leaves √(λ1 λ2) exactly: (1/2π) ∫ dφ/(λ1 cos²φ + λ2 sin²φ) = 1/√(λ1 λ2)."""
    pair = np.array([ratio, 1.0])
    relative = pair.var() / pair.mean() ** 2
    share = 1 / 2
    formula = 2 * pair.mean() * (1 - share - relative * share * (1 - share))
    assert formula == pytest.approx(math.sqrt(pair.prod()), rel=2 * relative**2)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_group_factor_term_by_term(size):
    e = symbolic.ALPHA / symbolic.ETA
    terms = [(1 - sp.Rational(n, size)) * sp.rf(e, n) / sp.factorial(n) for n in range(size)]
    assert sp.simplify(sp.gammasimp(symbolic.group_factor(size) - sum(terms))) == 0


def test_group_factor_at_finite_size():
    law = {symbolic.ALPHA: 1, symbolic.ETA: 3}
    assert float(symbolic.group_factor(4).subs(law)) == pytest.approx(1.40432, abs=1e-5)
    assert float(symbolic.group_factor(16).subs(law)) == pytest.approx(2.14547, abs=1e-5)
    found = group_limits(group=4, scale=64, decay=1, sparsity=3, n_modes=40_000, n_samples=(200_000,)).values
    assert found["loss"] / found["unseen"] == pytest.approx(1.40432, rel=4e-3)


def test_exponents():
    law = {symbolic.ALPHA: 3, symbolic.ETA: 2}
    assert symbolic.data_exponent().subs(law) == sp.Rational(3, 2)
    assert symbolic.rank_exponent().subs(law) == sp.Rational(1, 2)
    assert symbolic.model_exponent().subs(law) == 2
    assert symbolic.model_exponent().subs({symbolic.ALPHA: 1, symbolic.ETA: 2}) == 1
    gap = symbolic.gap_of_fixed_amplitude() - symbolic.ALPHA**2 / (1 + symbolic.ALPHA)
    assert sp.simplify(gap) == 0
    assert sp.simplify(symbolic.scatter_factor_of_rank() - sp.exp((symbolic.SCATTER / symbolic.ETA) ** 2 / 2)) == 0


def test_model_loss_by_the_sum():
    assert float(far.model_loss(7)) == pytest.approx(
        infinite_data.leading(np.arange(1, 200_001.0) ** -2, np.arange(1, 200_001.0) ** -2, 7), rel=2e-4
    )
    N = 7
    kappa = mpmath.findroot(lambda k: mpmath.nsum(lambda i: 1 / (1 + k * i**2), [1, mpmath.inf]) - N, (0.03, 0.05))
    direct = mpmath.nsum(lambda i: i**-4 * kappa / (i**-2 + kappa), [1, mpmath.inf])
    assert abs(far.model_loss(N) / direct - 1) < 1e-12


def test_isotropic_teacher_is_the_base_theory():
    for amplitudes in ("gaussian", "sign"):
        world = {"decay": 1, "sparsity": 2, "n_modes": 300, "n_samples": 10_000, "n_features": (8, 16),
                 "amplitudes": amplitudes}  # fmt: skip
        ours, base = infinite_data.infinite_data(**world).values, isotropic.infinite_data(**world).values
        assert np.allclose(ours["loss"], base["loss"], rtol=1e-9)


def test_correction_in_features_by_projectors():
    """Unlimited data, a decaying teacher, ten features: the leading term alone is 10 % low."""
    rng, M, N, n = np.random.default_rng(5), 100, 10, 3000
    i = np.arange(1, M + 1.0)
    variances, teacher = i**-2, i**-2
    A = rng.standard_normal((n, N, M)) * np.sqrt(variances)
    resolved = np.square(np.linalg.qr(A.transpose(0, 2, 1))[0]).sum(2)  # P_ii, (n, M)
    loss = (1 - resolved) @ (variances * teacher)
    formula = infinite_data.unlimited(variances, teacher, N, infinite_data.effective_ridge(N, variances))
    error = loss.std() / math.sqrt(n)
    assert abs(loss.mean() - formula) < 4 * error + formula * infinite_data.REMAINDER / N**2
    assert loss.mean() - infinite_data.leading(variances, teacher, N) > 6 * error


def test_rate_of_signs():
    p, w = 0.1, 2.1
    t = np.linspace(0, 3, 300_001)
    rate = (t * w * p - np.log1p(p * np.expm1(t))).max()
    law = symbolic.large_deviation_rate().subs({symbolic.PROBABILITY: p, symbolic.THRESHOLD: w})
    assert float(law) == pytest.approx(rate, abs=1e-9)


def test_exceedance_of_signs():
    for D in (28, 300, 3000):
        wanted = stats.binom.logsf(int(D * 21 // 100), D, 0.1)
        found = fixed_amplitude.log_exceedance(D, mpmath.mpf(21) / 10, mpmath.mpf(1) / 10)
        assert float(found) == pytest.approx(wanted, rel=1e-9)


def test_instability_is_the_union_of_binomial_tails():
    found = fixed_amplitude.instability(decay=1, n_modes=5, n_samples=(28,), threshold=2.1, scale=0.1)
    safe = [stats.binom.cdf(5, 28, 0.1 * i**-2.0) for i in range(1, 6)]
    assert found.values["unstable"][0] == pytest.approx(1 - math.prod(safe), rel=1e-10)
    assert 0 < found.allowance["unstable"][0] < 0.05 * found.values["unstable"][0]


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"active must be below n_modes = 5, got 5"):
        inclusion(sparsity=2, n_modes=5, active=5)
    with pytest.raises(ValueError, match=r"scatter must be positive.*got 0"):
        model_named("noisy_alignment", scatter=0, **BASE)
    with pytest.raises(ValueError, match=r"above a whole number of at least 2, got 4\.2 at D = 20"):
        fixed_amplitude.instability(decay=1, n_modes=5, n_samples=(20,), threshold=2.1, scale=0.1)
    with pytest.raises(ValueError, match=r"threshold must exceed 1"):
        fixed_amplitude.instability(decay=1, n_modes=5, n_samples=(28,), threshold=1, scale=0.1)
    with pytest.raises(ValueError, match=r"ω p must be below 1"):
        fixed_amplitude.log_exceedance(100, 3, 0.5)
    with pytest.raises(ValueError, match=r"at most 0\.25, got .* at N = 30"):
        infinite_data.infinite_data(decay=1, sparsity=2, n_modes=100, n_samples=200, n_features=(30,))
    with pytest.raises(ValueError, match=r"n_features must be below n_modes = 3, got 3"):
        infinite_data.effective_ridge(3, np.ones(3))
