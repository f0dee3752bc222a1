"""The judging rule: its constants, its levels, its regions, and the textbook tests it must reduce to."""

import itertools

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.stats.weightstats import DescrStatsW

from compare.rule import (
    AGREE_LEVEL,
    DISAGREE_LEVEL,
    MAX_LOOKS,
    N_BLOCKS,
    SUITE_PARTS,
    decide,
    draws_at,
    draws_to_decide,
    level_share,
    looks_for,
    one_signed,
    quantile,
    reach,
)

DF = N_BLOCKS - 1
NAN, INF = float("nan"), float("inf")


def reach_factor(n_looks, share=1.0):
    """k_D, read off the reach of a part without margin and allowance."""
    return reach(1.0, draws=64, cap=64, n_looks=n_looks, margin=0.0, allowance=0.0, share=share)


def test_the_suite_has_room_for_600_parts():
    assert SUITE_PARTS == 600
    assert pytest.approx(1 / 60_000) == DISAGREE_LEVEL
    assert AGREE_LEVEL == 0.01


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (DISAGREE_LEVEL, (8.80, 8.80, 8.33, 7.88, 7.44, 7.02, 6.61, 6.21)),
        (AGREE_LEVEL, (5.01, 5.01, 4.65, 4.31, 3.96, 3.62, 3.29, 2.95)),
    ],
)
def test_quantiles_of_eight_looks(level, expected):
    assert np.round([quantile(level * level_share(look, 8)) for look in range(8)], 2) == pytest.approx(expected)


def test_quantiles_of_one_look():
    assert round(quantile(DISAGREE_LEVEL * level_share(0, 1)), 2) == 5.83
    assert quantile(AGREE_LEVEL * level_share(0, 1)) == pytest.approx(2.6025, abs=1e-4)


@pytest.mark.parametrize("level", [AGREE_LEVEL / 2, DISAGREE_LEVEL, DISAGREE_LEVEL / 128])
def test_quantile_against_the_incomplete_beta_function(level):
    t = quantile(level)
    tail = mpmath.betainc(DF / mpmath.mpf(2), 0.5, 0, DF / (DF + mpmath.mpf(t) ** 2), regularized=True) / 2
    assert float(tail) == pytest.approx(level, rel=1e-9)


def test_reach_factor_of_eight_looks_and_of_one():
    assert round(reach_factor(8), 2) == 9.69
    assert round(reach_factor(1), 2) == 9.19
    assert round(reach_factor(8, share=1 / 4), 2) > 9.69


@pytest.mark.parametrize("n_looks", [1, 8])
def test_reach_factor_has_99_percent_power_by_integration(n_looks):
    k = reach_factor(n_looks)
    t = quantile(DISAGREE_LEVEL * level_share(n_looks - 1, n_looks))
    power, _ = integrate.quad(
        lambda v: stats.chi2.pdf(v, DF) * stats.norm.sf(t * np.sqrt(v / DF) - k), 0, 120, epsabs=1e-10
    )
    assert power == pytest.approx(0.99, abs=1e-6)


def test_reach_counts_the_allowance_twice_and_scales_to_the_cap():
    rule = {"n_looks": 8, "margin": 0.1, "allowance": 0.02}
    assert reach(0.08, draws=512, cap=8192, **rule) == pytest.approx(0.1 + 0.04 + reach_factor(8) * 0.02)


@pytest.mark.parametrize("n_looks", range(1, MAX_LOOKS + 1))
def test_level_shares_sum_to_one(n_looks):
    shares = [level_share(look, n_looks) for look in range(n_looks)]
    assert sum(shares) == 1.0
    assert shares == sorted(shares)
    assert all(share > 0 for share in shares)


def test_looks_double_from_64():
    assert [draws_at(look) for look in range(8)] == [64, 128, 256, 512, 1024, 2048, 4096, 8192]
    assert all(looks_for(draws_at(look)) == look + 1 for look in range(MAX_LOOKS))
    with pytest.raises(ValueError, match="cap must be one of 64, 128"):
        looks_for(1000)


@pytest.mark.parametrize("side", ["two-sided", "lower", "upper"])
@pytest.mark.parametrize("allowance", [0.0, 0.3, 1.2])
def test_regions_are_disjoint_and_symmetric(side, allowance):
    """Agreement puts the whole interval inside the margin, disagreement outside; a gap never does both."""
    seen = set()
    for gap, stderr, look in itertools.product(np.linspace(-4, 4, 81), (0.0, 0.01, 0.1, 0.5), range(8)):
        rule = {"look": look, "n_looks": 8, "margin": 1.0, "allowance": allowance, "side": side}
        outcome = decide(gap, stderr, **rule)
        distance = {"two-sided": abs(gap), "lower": -gap, "upper": gap}[side]
        assert one_signed(gap, side) == distance
        room = quantile(AGREE_LEVEL * level_share(look, 8)) * stderr + allowance
        beyond = quantile(DISAGREE_LEVEL * level_share(look, 8)) * stderr + allowance
        inside, outside = distance + room < 1.0, distance - beyond > 1.0
        assert not (inside and outside)
        assert outcome == ("agrees" if inside else "disagrees" if outside else "inconclusive")
        mirror = {"two-sided": "two-sided", "lower": "upper", "upper": "lower"}[side]
        assert decide(-gap, stderr, **rule | {"side": mirror}) == outcome
        seen.add(outcome)
    assert seen == {"agrees", "disagrees", "inconclusive"} - ({"agrees"} if allowance > 1 and side[0] == "t" else set())


def test_one_sided_forms_ignore_the_harmless_side():
    rule = {"look": 7, "n_looks": 8, "margin": 0.1}
    assert decide(+5.0, 0.01, side="lower", **rule) == "agrees"
    assert decide(-5.0, 0.01, side="lower", **rule) == "disagrees"
    assert decide(-5.0, 0.01, side="upper", **rule) == "agrees"
    assert decide(+5.0, 0.01, side="upper", **rule) == "disagrees"
    assert decide(+5.0, 0.01, side="two-sided", **rule) == "disagrees"


def test_strict_contrast_has_margin_zero():
    rule = {"look": 7, "n_looks": 8, "margin": 0.0, "side": "lower"}
    assert [decide(gap, 1.0, **rule) for gap in (-9, -1, 0, 1, 9)] == ["disagrees"] + ["inconclusive"] * 3 + ["agrees"]


@pytest.mark.parametrize(("gap", "stderr"), [(NAN, 1.0), (0.0, NAN), (INF, 1.0), (-INF, 1.0), (0.0, INF), (NAN, NAN)])
@pytest.mark.parametrize("side", ["two-sided", "lower", "upper"])
def test_not_a_number_is_inconclusive(gap, stderr, side):
    assert decide(gap, stderr, look=7, n_looks=8, margin=1e9, side=side) == "inconclusive"


def test_an_allowance_that_is_not_a_number_never_decides():
    assert decide(0.0, 0.0, look=7, n_looks=8, margin=1.0, allowance=NAN) == "inconclusive"
    assert decide(9.0, 0.0, look=7, n_looks=8, margin=1.0, allowance=NAN) == "inconclusive"


def test_a_gap_at_the_margin_is_inconclusive():
    assert decide(1.0, 0.0, look=0, n_looks=1, margin=1.0) == "inconclusive"


def test_one_look_is_two_one_sided_t_tests():
    """Agreement is statsmodels' TOST at AGREE_LEVEL; disagreement a t test beyond either margin."""
    rng = np.random.default_rng(1)
    margin, seen = 1.0, {"agrees": 0, "disagrees": 0, "inconclusive": 0}
    for _ in range(600):
        x = rng.normal(rng.uniform(-2.5, 2.5), rng.uniform(0.05, 1.5), N_BLOCKS)
        outcome = decide(x.mean(), x.std(ddof=1) / np.sqrt(N_BLOCKS), look=0, n_looks=1, margin=margin)
        tost = DescrStatsW(x).ttost_mean(-margin, margin)[0]
        above = stats.ttest_1samp(x, margin, alternative="greater").pvalue
        below = stats.ttest_1samp(x, -margin, alternative="less").pvalue
        assert (outcome == "agrees") == (tost < AGREE_LEVEL)
        assert (outcome == "disagrees") == (min(above, below) < DISAGREE_LEVEL)
        seen[outcome] += 1
    assert min(seen.values()) > 50


def test_share_divides_the_level_of_disagreement_only():
    rule = {"look": 7, "n_looks": 8, "margin": 0.0, "side": "lower"}
    whole, quarter = quantile(DISAGREE_LEVEL / 2), quantile(DISAGREE_LEVEL / 8)
    between = (whole + quarter) / 2
    assert decide(-between, 1.0, **rule) == "disagrees"
    assert decide(-between, 1.0, share=1 / 4, **rule) == "inconclusive"
    agreeing = quantile(AGREE_LEVEL / 2) * 1.001
    assert decide(agreeing, 1.0, share=1 / 4, **rule) == "agrees"


@pytest.mark.parametrize(("gap", "limit"), [(0.2, "agrees"), (1.9, "disagrees"), (-1.9, "disagrees")])
def test_draws_to_decide_are_where_a_last_look_decides(gap, limit):
    draws = draws_to_decide(gap, 0.5, draws=64, margin=1.0, allowance=0.1, side="two-sided", share=1.0)
    rule = {"look": 7, "n_looks": 8, "margin": 1.0, "allowance": 0.1}
    assert decide(gap, 0.5 * np.sqrt(64 / (draws * 1.001)), **rule) == limit
    assert decide(gap, 0.5 * np.sqrt(64 / (draws * 0.999)), **rule) == "inconclusive"


def test_no_number_of_draws_decides_inside_the_allowance():
    assert draws_to_decide(1.05, 0.5, draws=64, margin=1.0, allowance=0.1, side="two-sided", share=1.0) == INF
