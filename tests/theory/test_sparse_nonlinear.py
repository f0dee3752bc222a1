"""Rays, antithetic pairs and lower bounds: slow sums, limits, golden numbers, bad input."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.sparse_features import rays_laws
from theory.sparse_features.antithetic import conditional_pairs, pair_correction, pairs
from theory.sparse_features.infinite_data import data_correction
from theory.sparse_features.lower_bound import bayes_bound, unseen_bound
from theory.sparse_features.rays import activity, expected_rays, relu_rank

PAIRS = {"decay": 1, "sparsity": 1.5, "n_modes": 200, "n_samples": 8000, "n_pairs": (4, 8, 16)}


@pytest.mark.parametrize(("sparsity", "scale", "D"), [(2, 1, 7), (3, "0.5", 20), (1, "0.9", 3), (2, 5, 4)])
def test_expected_rays_by_enumeration(sparsity, scale, D):
    """All patterns of 6 coordinates, in 30 digits."""
    with mpmath.workdps(30):
        p = [min(mpmath.mpf(1), mpmath.mpf(scale) * mpmath.mpf(i) ** -sparsity) for i in range(1, 7)]
        several, alone = mpmath.mpf(0), [mpmath.mpf(0)] * 6
        for pattern in itertools.product((0, 1), repeat=6):
            chance = mpmath.fprod(q if on else 1 - q for on, q in zip(pattern, p, strict=True))
            if sum(pattern) > 1:
                several += chance
            elif sum(pattern) == 1:
                alone[pattern.index(1)] += chance
        slow = D * several + 2 * mpmath.fsum(1 - (1 - q / 2) ** D for q in alone)
    fast = expected_rays((D,), decay=1, sparsity=sparsity, n_modes=6, scale=scale)
    assert fast[0] == pytest.approx(float(slow), rel=1e-13)


def test_rays_golden_numbers():
    """About D/2 + 2 at sparsity 2 and scale 1; the remainder is that of M modes."""
    rays = expected_rays((100, 200, 400), decay=1, sparsity=2, n_modes=4000)
    assert rays == pytest.approx([51.9875, 101.975, 201.95], abs=1e-4)


def test_rays_law_against_sums():
    law = rays_laws.rays_law()
    for D, M in ((5, 50), (40, 50)):
        share = 1 - rays_laws.silent_share().subs(rays_laws.M, M)
        exact = D * share + 2 * (1 - (1 - (1 - share) / 2) ** D)
        assert expected_rays((D,), decay=1, sparsity=2, n_modes=M)[0] == pytest.approx(float(exact), rel=1e-13)
        wide = expected_rays((D,), decay=1, sparsity=2, n_modes=200_000)[0]
        assert wide == pytest.approx(float(law.subs(rays_laws.D, D)), rel=1e-5)
    assert rays_laws.own_ray_share() == sp.Rational(1, 2)
    assert rays_laws.rays_per_sample(10**6) - sp.Rational(1, 2) == sp.Rational(2, 10**6)


def test_activity_adds_up():
    none, alone = activity(decay=1, sparsity=2, n_modes=30, scale=0.5)
    with mpmath.workdps(30):
        p = [mpmath.mpf("0.5") / i**2 for i in range(1, 31)]
        silent = mpmath.fprod(1 - q for q in p)
    assert none == pytest.approx(float(silent), rel=1e-13)
    assert alone[3] == pytest.approx(float(silent * p[3] / (1 - p[3])), rel=1e-13)
    assert activity(decay=1, sparsity=2, n_modes=30, scale=10)[1].sum() == 0  # two coordinates always active


def test_pairs_cost_twice_the_linear_correction_at_most():
    linear = data_correction(**{k: v for k, v in PAIRS.items() if k != "n_pairs"}, n_features=PAIRS["n_pairs"])
    excess, error = pair_correction(**PAIRS)
    share = np.array(PAIRS["n_pairs"]) / PAIRS["n_samples"]
    assert np.all(excess - error <= linear + share)
    assert np.all(excess + error >= 2 * linear)
    prediction = conditional_pairs({"unresolved": np.ones(3)}, **PAIRS)
    assert np.allclose(prediction.values["loss"], 1 + excess)
    more = pair_correction(**PAIRS | {"n_samples": 80_000})[0]
    assert more == pytest.approx(excess / 10, rel=0.02)


def test_pairs_are_blind_to_sparsity_with_many_rows():
    far = [pairs(**PAIRS | {"sparsity": s, "n_samples": 10**9}).values["loss"] for s in (0.5, 1.5)]
    assert far[0] == pytest.approx(far[1], rel=1e-6)


def test_bounds_are_what_is_given():
    assert unseen_bound({"unseen": np.array([0.1, 0.2])}, factor=2).values["loss"] == pytest.approx([0.2, 0.4])
    bayes = bayes_bound({"bayes": np.array([0.3])})
    assert bayes.values["loss"] == pytest.approx([0.3])
    assert bayes.allowance["loss"][0] > 1e-12  # a learner that attains the bound is below it by rounding
    with pytest.raises(ValueError, match="needs the measured column 'bayes'"):
        bayes_bound({"unseen": np.ones(1)})


def test_bad_input():
    with pytest.raises(ValueError, match="raise n_samples above 100"):
        pair_correction(**PAIRS | {"n_samples": 100})
    with pytest.raises(ValueError, match="at least 8 features per row"):
        relu_rank(decay=1, sparsity=2, n_modes=10, n_samples=(16,), features_per_sample=2)
    with pytest.raises(ValueError, match="n_samples must be at least 1000"):
        rays_laws.rays_per_sample(10)
    with pytest.raises(ValueError, match="decay"):
        expected_rays((4,), decay=0, sparsity=2, n_modes=10)
