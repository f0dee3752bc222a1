"""Rates of probabilities: the fit against statsmodels and closed forms, its coverage, its error rates."""

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from compare.claim import Claim
from compare.estimate import jackknife
from compare.experiment import Blocks, Experiment
from compare.quantity import View
from compare.rate import Rate, fitted_rate
from compare.rule import N_BLOCKS, draws_at
from compare.trial import Trial
from theory.prediction import Prediction

SIZES = np.array([8.0, 16, 32, 64, 128])
BETA = 1.2
LAW = 3 * SIZES**-BETA  # 0.25 to 0.009


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


# -- the fit ------------------------------------------------------------------------------------------------------


def test_an_exact_power_law_is_found():
    assert fitted_rate(SIZES, LAW) == pytest.approx([np.log(3), -BETA], abs=1e-12)
    assert Rate("hit", n=SIZES).measure({"hit": LAW}) == pytest.approx([BETA])


def test_two_points_by_hand():
    """Two parameters meet two shares: β = log(y₁/y₂)/log(x₂/x₁)."""
    assert fitted_rate((8, 32), (0.2, 0.05)) == pytest.approx([np.log(1.6), -1], abs=1e-10)


def test_zeros_count():
    """A point without a success still says that the probability is small there: steeper than the points before it."""
    shares = np.append(LAW[:3], 0.0)
    assert -fitted_rate(SIZES[:4], shares)[1] > BETA + 0.2
    rate = Rate("hit", points=(0, 2), n=SIZES[[0, 2]])
    assert rate.measure({"hit": np.array([0.2, 0.0, 0.05, 0.9])}) == pytest.approx([1])


@pytest.mark.parametrize("n_draws", [100, 1600])
def test_against_statsmodels(n_draws):
    rng = np.random.default_rng(n_draws)
    trials = n_draws * np.array([1, 1, 2, 4, 8])
    shares = rng.binomial(trials, LAW, size=(25, 5)) / trials
    found, worst = fitted_rate(SIZES, shares, trials), 0.0
    for y, own in zip(shares, found, strict=True):
        counts = np.stack([trials * y, trials * (1 - y)], axis=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that the link may leave the unit interval
            family = sm.families.Binomial(link=sm.families.links.Log())
            model = sm.GLM(counts, sm.add_constant(np.log(SIZES)), family=family)
            oracle = model.fit(start_params=[-2.0, -0.5], tol=1e-14, maxiter=200).params
        worst = max(worst, np.abs(own - oracle).max())
    print(f"largest difference {worst:.1g}")
    assert worst < 1e-8


def test_the_scores_vanish():
    rng = np.random.default_rng(5)
    shares = np.append(rng.binomial(200, LAW, size=(300, 5)) / 200, [[0.999, 0.6, 0.2, 0.1, 0.05]], axis=0)
    X = np.stack([np.ones(5), np.log(SIZES)], axis=1)
    p = np.exp(fitted_rate(SIZES, shares) @ X.T)
    assert p.max() < 1
    assert np.abs(((shares - p) / (1 - p)) @ X).max() < 1e-6


@pytest.mark.parametrize(
    "shares", [np.zeros(5), [0, 0, 0.1, 0, 0], np.ones(5), [1, 0.5, 0.2, 0.1, 0.05], [np.nan, 0.1, 0.1, 0.1, 0.1],
               [-0.1, 0.2, 0.1, 0.1, 0.1], [1.2, 0.2, 0.1, 0.1, 0.1]],
)  # fmt: skip
def test_no_fit_is_not_a_number(shares):
    assert np.isnan(fitted_rate(SIZES, np.array(shares, dtype=float))).all()


# -- the quantity -------------------------------------------------------------------------------------------------


def test_theory_goes_through_the_same_fit():
    bent = Prediction({"hit": LAW * (1 - 2 / SIZES)}, {"hit": [0, 0, 0, 0, 1e-4]})
    rate = Rate("hit", n=SIZES)
    assert abs(rate.predicted(bent)[0] - BETA) > 0.05
    assert rate.gaps(bent.values, bent, 0.1) == pytest.approx([0], abs=1e-12)
    assert 0 < rate.allowance(bent, 0.1)[0] < 0.01
    named = Prediction({"exponent": [1.1]}, {"exponent": [0.02]})
    assert rate.gaps({"hit": LAW}, named, 0.1) == pytest.approx([0.1])
    assert rate.allowance(named, 0.1) == pytest.approx([0.02])


def test_trials_weigh_the_points():
    shares = {"hit": np.array([0.2, 0.1, 0.02])}
    even, last = (Rate("hit", trials=t, n=(8, 16, 32)).measure(shares)[0] for t in ((1, 1, 1), (1, 1, 100)))
    assert last > even
    assert Rate("hit", trials=(7, 7, 7), n=(8, 16, 32)).measure(shares) == pytest.approx([even])


def test_what_is_refused():
    with pytest.raises(ValueError, match="against one variable"):
        Rate("hit", n=(1, 2), m=(1, 2))
    with pytest.raises(ValueError, match="two different positive sizes"):
        Rate("hit", n=(8, 8))
    with pytest.raises(ValueError, match="have no fit"):
        Rate("hit", n=SIZES).predicted(Prediction({"hit": np.ones(5)}))


# -- simulation ---------------------------------------------------------------------------------------------------


class Many(Rate):
    """One rate per run, as the parts of one trial."""

    def __init__(self, n_runs):
        super().__init__("hit", n=SIZES)
        self.views = (View.of("hit", {"k": np.arange(5 * n_runs)}, None),)
        self.names = tuple(f"run {k}" for k in range(n_runs))

    def measure(self, means):
        return -fitted_rate(SIZES, means["hit"].reshape(-1, 5))[:, 1]


def binomial(rng, n_draws, n_runs):
    """Block means of one indicator per draw and point."""
    return (rng.binomial(n_draws // 16, LAW, size=(16, n_runs, 5)) / (n_draws // 16)).reshape(16, -1)


def overdispersed(rng, n_draws, n_runs):
    """Ten trials a draw, whose probability varies by a factor, common to all points, between draws."""
    size = (n_draws // 16, 16, n_runs)
    factor = rng.gamma(2.0, 0.5, size)[..., None] * rng.gamma(2.0, 0.5, (*size, 5))  # mean 1, variance 5/4
    return (rng.binomial(10, np.minimum(LAW * factor, 1)).mean(axis=0) / 10).reshape(16, -1)


def mean_share(n=10**6):
    """Law of `overdispersed` at its ceiling: nearly that of the factor's mean."""
    rng = np.random.default_rng(3)
    factor = rng.gamma(2.0, 0.5, n) * rng.gamma(2.0, 0.5, n)
    return np.array([np.minimum(p * factor, 1).mean() for p in LAW])


@pytest.mark.parametrize(("draw", "n_draws"), [(binomial, 1024), (binomial, 4096), (overdispersed, 256)])
def test_coverage(draw, n_draws):
    n_runs = 1500
    blocks = draw(np.random.default_rng(1), n_draws, n_runs)
    truth = BETA if draw is binomial else -fitted_rate(SIZES, mean_share())[1]
    estimate = jackknife(Many(n_runs).measure, {"hit": blocks})
    z = (estimate.gap - truth) / estimate.stderr
    inside = int((np.abs(z) < stats.t.ppf(0.975, N_BLOCKS - 1)).sum())
    print(f"{draw.__name__}, {n_draws} draws: coverage {inside / n_runs:.3f}, bias {z.mean():+.3f} s")
    interval = stats.binomtest(inside, n_runs).proportion_ci(0.999)
    assert interval.high >= 0.93
    assert interval.low <= 0.97
    assert abs(z.mean()) < 0.15


def test_errors_of_single_trials_would_be_too_small():
    """What the fit itself believes, that all trials are independent, covers far too little under over-dispersion."""
    n_draws, n_runs = 256, 1500
    shares = overdispersed(np.random.default_rng(2), n_draws, n_runs).mean(axis=0).reshape(-1, 5)
    beta, X = fitted_rate(SIZES, shares), np.stack([np.ones(5), np.log(SIZES)], axis=1)
    p = np.exp(beta @ X.T)
    information = 10 * n_draws * np.einsum("rk,ki,kj->rij", p / (1 - p), X, X)
    stderr = np.sqrt(np.linalg.inv(information)[:, 1, 1])
    covered = (np.abs(beta[:, 1] - fitted_rate(SIZES, mean_share())[1]) < 1.96 * stderr).mean()
    print(f"Wald interval of the fit under over-dispersion: coverage {covered:.3f}")
    assert covered < 0.92


def outcomes(deviation, n_looks=4, n_runs=500):
    """Outcomes for exponents off by the deviation in margins of ten standard errors."""
    cap, quantity, rng = draws_at(n_looks - 1), Many(n_runs), np.random.default_rng(4)
    X = np.stack([np.ones(5), np.log(SIZES)], axis=1)
    margin = 10 * np.sqrt(np.linalg.inv(cap * X.T @ np.diag(LAW / (1 - LAW)) @ X)[1, 1])
    said, rival = ({name: [BETA + d * margin] for name in quantity.names} for d in (deviation, 99))
    trial = Trial(Claim(
        "synthetic_claim", "A statement.", "a source", experiment=Experiment(simulate), quantity=quantity,
        predict=lambda: Prediction(said), margin=margin, because="a reason",
        rivals={"rejected at once": lambda: Prediction(rival)}, cap=cap))  # fmt: skip
    total, have = np.zeros((16, n_runs * 5)), 0
    for look in range(n_looks):
        new = draws_at(look) - have
        total += new * binomial(rng, new, n_runs)
        have += new
        trial.look({"": Blocks(have, {"hit": total / have})}, look)
    assert not trial.error, trial.details
    return np.array([part.outcome for part in trial.own.parts])


def at_most(outcomes, outcome, bound):
    count = int((outcomes == outcome).sum())
    print(f"{outcome}: {count} of {len(outcomes)}")
    assert stats.binomtest(count, len(outcomes), alternative="less").proportion_ci(0.99).high < bound


def test_rates_of_errors():
    found = outcomes(0.0)
    at_most(np.where(found == "agrees", "agrees", "fails to agree"), "fails to agree", 0.015)
    at_most(found, "disagrees", 0.015)
    for sign in (-1, 1):
        found = outcomes(sign * 1.0)
        at_most(found, "agrees", 0.035)
        at_most(found, "disagrees", 0.015)
    found = outcomes(2.5)
    at_most(np.where(found == "disagrees", "disagrees", "is not rejected"), "is not rejected", 0.02)
