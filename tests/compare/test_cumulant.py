"""Cumulants at predicted mean and variance: by hand, against closed forms, coverage, error rates."""

import numpy as np
import pytest
from scipy import stats

from compare.claim import Claim
from compare.cumulant import Cumulant, CumulantExponent, power_skewness, stretch
from compare.estimate import Estimate, jackknife
from compare.experiment import Blocks, Experiment
from compare.quantity import View
from compare.rule import N_BLOCKS, draws_at
from compare.trial import Trial
from theory.prediction import Prediction

N = np.array([4.0, 8.0, 16.0])
POWERS = {1: "x", 2: "x2", 3: "x3", 4: "x4"}


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def moments(n):
    """Raw moments of a sum of n unit exponentials (Gamma(n)): n(n+1)...; mean and variance n, κ₃ = 2/√n, κ₄ = 6/n."""
    rising = np.cumprod(np.add.outer(np.arange(4), n), axis=0)
    return {POWERS[j + 1]: rising[j] for j in range(4)}


@pytest.mark.parametrize(("order", "scaled"), [(3, 2.0), (4, 6.0)])
def test_sums_of_exponentials(order, scaled):
    """√n κ₃ = 2 and n κ₄ = 6 at every n; the exponents are 1/2 and 1."""
    means = moments(N)
    assert Cumulant(POWERS, order, mean=N, variance=N, n=N).measure(means) == pytest.approx([scaled] * 3)
    exponent = CumulantExponent(POWERS, order, mean=N, variance=N, n=N)
    assert exponent.measure(means) == pytest.approx([(order - 2) / 2])
    negative = {name: (-1) ** j * means[name] for j, name in POWERS.items()}
    if order == 3:
        flipped = CumulantExponent(POWERS, 3, sign=-1, mean=-N, variance=N, n=N)
        assert flipped.measure(negative) == pytest.approx([0.5])
        assert np.isnan(CumulantExponent(POWERS, 3, mean=-N, variance=N, n=N).measure(negative)).all()


def test_one_coin_by_hand():
    """Values 0 and 1 with probability 1/4 of a 1: κ₃ = (1 − 2p)/√(pq) = 2/√3, excess kurtosis (1 − 6pq)/pq = −2/3."""
    means = {name: np.array([0.25]) for name in POWERS.values()}
    at = dict(mean=0.25, variance=3 / 16, n=(1,))
    assert Cumulant(POWERS, 3, **at).measure(means) == pytest.approx([2 / np.sqrt(3)])
    assert Cumulant(POWERS, 4, **at).measure(means) == pytest.approx([-2 / 3])


def test_standardised_columns_need_the_highest_power_only():
    cumulant = Cumulant({4: "z4"}, 4, n=(10, 20))
    assert [view.column for view in cumulant.views] == ["z4"]
    assert cumulant.names == ("excess kurtosis [n=10]", "excess kurtosis [n=20]")
    assert cumulant.measure({"z4": np.array([3.0, 3.5])}) == pytest.approx([0, 10])
    prediction = Prediction({"z4": [3.0, 3.5]}, {"z4": [0.01, 0.0]})
    assert cumulant.allowance(prediction, 1.0) == pytest.approx([0.1, 0])


def test_the_predicted_mean_is_used_not_the_measured_one():
    """A mean that is off by d adds 3 d + d³ to the standardised third moment: a wrong mean is seen, not absorbed."""
    d = 0.1
    normal = {"x": np.array([d]), "x2": np.array([1 + d**2]), "x3": np.array([3 * d + d**3])}
    assert Cumulant(POWERS, 3, mean=d, variance=1, n=(1,)).measure(normal) == pytest.approx([0], abs=1e-15)
    assert Cumulant(POWERS, 3, n=(1,)).measure(normal) == pytest.approx([0.301])


def test_what_is_refused():
    with pytest.raises(ValueError, match="order 3 and 4"):
        Cumulant(POWERS, 5, n=N)
    with pytest.raises(ValueError, match=r"columns of the powers \[1, 2, 3\]"):
        Cumulant({3: "x3"}, 3, mean=1.0, n=N)
    with pytest.raises(ValueError, match="positive variances"):
        Cumulant(POWERS, 3, variance=0.0, n=N)


# -- simulation ---------------------------------------------------------------------------------------------------


class Many(CumulantExponent):
    """One exponent per run, as the parts of one trial, of standardised columns."""

    def __init__(self, n_runs):
        super().__init__({3: "z3"}, 3, n=N)
        self.views = (View.of("z3", {"k": np.arange(3 * n_runs)}, None),)
        self.names = tuple(f"run {k}" for k in range(n_runs))

    def measure(self, means):
        with np.errstate(invalid="ignore"):
            return -np.log(means["z3"].reshape(-1, 3)) @ self.weights


def block_means(rng, n_draws, n_runs):
    """Cubes of standardised sums of n exponentials."""
    total = np.zeros((16, n_runs, 3))
    for _ in range(n_draws // 16):
        total += ((rng.standard_gamma(N, (16, n_runs, 3)) - N) / np.sqrt(N)) ** 3
    return (total * 16 / n_draws).reshape(16, -1)


def check_coverage(z):
    inside = int((np.abs(z) < stats.t.ppf(0.975, N_BLOCKS - 1)).sum())
    print(f"coverage {inside / len(z):.3f} of {len(z)} runs")
    interval = stats.binomtest(inside, len(z)).proportion_ci(0.999)
    assert interval.high >= 0.93
    assert interval.low <= 0.97


@pytest.fixture(scope="module")
def looks():
    """Blocks of 1024 and 2048 draws of 400 runs."""
    rng = np.random.default_rng(1)
    found = [block_means(rng, 1024, 400)]
    return [*found, (found[0] + block_means(rng, 1024, 400)) / 2]


def test_coverage(looks):
    skewness = Cumulant({3: "z3"}, 3, n=np.tile(N, 400), run=np.repeat(np.arange(400), 3))
    estimate = jackknife(skewness.measure, {"z3": looks[1]})
    check_coverage((estimate.gap - 2) / estimate.stderr)
    estimate = jackknife(Many(400).measure, {"z3": looks[1]})
    print(f"exponent: mean {estimate.gap.mean():.4f}, s {np.median(estimate.stderr):.3f}")
    check_coverage((estimate.gap - 0.5) / estimate.stderr)


def test_rates_of_errors(looks):
    """One look: the skewness of a sum is 2/√n within a margin; a symmetric theory (0) is rejected."""
    quantity = Cumulant({3: "z3"}, 3, n=np.tile(N, 400), run=np.repeat(np.arange(400), 3))
    s = jackknife(quantity.measure, {"z3": looks[1]}).stderr.reshape(400, 3)
    margins = np.tile(12 * np.sqrt((s**2).mean(axis=0)), 400)  # the error grows towards the bound
    counts = {}
    for deviation in (0.0, 1.0, -1.0, 3.0):
        values = {name: [2 + deviation * m] for name, m in zip(quantity.names, margins, strict=True)}
        far = {name: [2 + 99 * m] for name, m in zip(quantity.names, margins, strict=True)}
        trial = Trial(Claim(
            "synthetic_claim", "A statement.", "a source", experiment=Experiment(simulate), quantity=quantity,
            predict=lambda values=values: Prediction(values), because="a reason", cap=64,
            margin=dict(zip(quantity.names, margins, strict=True)),
            rivals={"rejected at once": lambda far=far: Prediction(far)}))  # fmt: skip
        trial.look({"": Blocks(64, {"z3": looks[1]})}, 0)
        assert not trial.error, trial.details
        found = [part.outcome for part in trial.own.parts]
        counts[deviation] = found.count("agrees"), found.count("disagrees")
    print(f"(agrees, disagrees) of {len(margins)} by deviation: {counts}")
    assert counts[0.0][0] > 0.98 * len(margins)
    assert counts[0.0][1] == 0
    false_agreements = counts[1.0][0] + counts[-1.0][0]
    assert stats.binomtest(false_agreements, 2 * len(margins), 0.015, alternative="greater").pvalue > 1e-3
    assert counts[1.0][1] + counts[-1.0][1] <= 4
    assert counts[3.0][1] > 0.97 * len(margins)
    assert draws_at(0) == 64


@pytest.mark.parametrize(("order", "shape"), [(3, 8.0), (3, 2.0)])
def test_skewness_of_a_power_of_a_gamma_variable(order, shape):
    """Two thirds of skewness over standard deviation, by numerical integration."""
    law = stats.gamma(shape, loc=-np.sqrt(shape), scale=1 / np.sqrt(shape))
    one, two, three = (law.expect(lambda x, k=k: x ** (k * order), epsabs=1e-10) for k in (1, 2, 3))
    expected = 2 / 3 * (three - 3 * one * two + 2 * one**3) / (two - one**2) ** 2
    assert power_skewness(np.array(2 / np.sqrt(shape)), order) == pytest.approx(expected, rel=1e-5)
    assert power_skewness(np.array(-2 / np.sqrt(shape)), order) == pytest.approx(-expected, rel=1e-5)


def test_gaussian_powers():
    """x³ is symmetric; the third central moment of x⁴ is 9504, its variance 96."""
    assert power_skewness(np.array([0.0]), 3) == pytest.approx([0.0])
    assert power_skewness(np.array([0.0]), 4) == pytest.approx([2 / 3 * 9504 / 96**2])


def test_the_error_is_longer_towards_a_bound_on_the_skewed_side():
    quantity = Cumulant({3: "z3"}, 3, n=(8.0,))
    means = [{"z3": np.array([2 / np.sqrt(8)])}] * N_BLOCKS
    spread = {}
    for gap in (-0.3, 0.3):  # the theory is above or below the measured 2; the bound lies 0.2 beyond
        spread[gap], there = quantity.spread(Estimate(np.array([gap]), np.array([0.1]), np.zeros(1)), means, 0.5)
        assert there[0] > 0.1
    assert spread[0.3][0] == pytest.approx(0.1 * stretch(power_skewness(np.array(2.2 / 8**0.5), 3) / 8**0.5 * 0.2))
    assert spread[0.3][0] > 0.1
    assert spread[-0.3][0] == 0.1
