"""Smooth peaks: vertices by hand, curvature that theory shares, coverage and error rates."""

import numpy as np
import pytest
from scipy import stats

from compare.claim import Claim
from compare.estimate import jackknife
from compare.experiment import Blocks, Experiment
from compare.quantity import Level, Together, View
from compare.rule import N_BLOCKS, draws_at
from compare.trial import Trial
from compare.vertex import SmoothPeak
from theory.prediction import Prediction

N = np.geomspace(8, 128, 17)
FIT = {"centre": 32, "half_width": 0.75, "n": N}
PEAK = np.exp(-0.5 * np.log(N / 32) ** 2)


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def skewed(n):
    """A smooth peak at 34 that is no parabola in log n: steeper on its right."""
    x = np.log(n / 34)
    return np.exp(-0.8 * x**2 - 0.5 * x**3 - 0.3 * x**4)


@pytest.mark.parametrize("place", [24.0, 32.0, 50.0])
def test_the_vertex_of_an_exact_parabola(place):
    x = np.log(N / place)
    assert SmoothPeak("loss", **FIT).measure({"loss": 5 * np.exp(-(x**2))}) == pytest.approx([np.log(place)])
    assert SmoothPeak("y", logarithm=False, **FIT).measure({"y": 2 - x**2}) == pytest.approx([np.log(place)])
    assert SmoothPeak("loss", lowest=True, **FIT).measure({"loss": np.exp(x**2)}) == pytest.approx([np.log(place)])


def test_four_points_by_hand():
    """x = −3, −1, 1, 3 and y = 0, 2, 3, 0: slope 1/20, curvature −5/16."""
    x, y = np.array([-3.0, -1, 1, 3]), np.array([0.0, 2, 3, 0])
    curvature, slope, _ = np.polyfit(x, y, 2)
    assert (slope, curvature) == pytest.approx((1 / 20, -5 / 16))
    peak = SmoothPeak("y", logarithm=False, centre=1, half_width=3, n=np.exp(x))
    assert peak.measure({"y": y}) == pytest.approx([0.05 / (2 * 5 / 16)])


def test_only_the_window_counts():
    wild = np.where(np.abs(np.log(N / 32)) <= 0.75, PEAK, 1e9)
    assert SmoothPeak("loss", **FIT).measure({"loss": wild}) == pytest.approx([np.log(32)])


def test_curvature_that_theory_shares_cancels():
    peak = SmoothPeak("loss", **FIT)
    assert abs(peak.measure({"loss": skewed(N)})[0] - np.log(34)) > 0.01
    assert peak.gaps({"loss": 3 * skewed(N)}, Prediction({"loss": skewed(N)}), 0.1) == pytest.approx([0], abs=1e-12)
    named = Prediction({"log location": [np.log(34)]}, {"log location": [0.05]})
    assert peak.allowance(named, 0.1) == pytest.approx([0.05])
    assert abs(peak.gaps({"loss": skewed(N)}, named, 0.1)[0]) > 0.05  # a location alone needs its allowance
    both = Together(place=peak, height=Level("loss", n=N))
    assert both.names == ("place: log location", "height: level")
    (location,) = peak.located({"loss": PEAK}, Prediction({"loss": PEAK}))
    assert (location.predicted, location.measured) == pytest.approx((32, 32))


def test_a_parabola_that_opens_upwards_is_not_a_number():
    peak = SmoothPeak("loss", **FIT)
    assert np.isnan(peak.measure({"loss": 1 / PEAK})).all()
    assert np.isnan(peak.measure({"loss": -PEAK})).all()
    with pytest.raises(ValueError, match="has no smooth peak in n in the window"):
        peak.predicted(Prediction({"loss": 1 / PEAK}))


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"at least four sizes within 0\.1"):
        SmoothPeak("loss", centre=32, half_width=0.1, n=N)
    with pytest.raises(ValueError, match="in one variable"):
        SmoothPeak("loss", centre=32, half_width=1, n=N, m=N)


# -- simulation ---------------------------------------------------------------------------------------------------


class Many(SmoothPeak):
    """One peak per run, as the parts of one trial."""

    def __init__(self, n_runs):
        super().__init__("loss", **FIT)
        self.views = (View.of("loss", {"k": np.arange(len(N) * n_runs)}, None),)
        self.names = tuple(f"run {k}" for k in range(n_runs))

    def measure(self, means):
        y = np.log(means["loss"].reshape(-1, len(N))[:, self.window])
        _, slope, curvature = self.weights @ y.T
        return np.where(curvature < 0, self.centre - slope / (2 * curvature), np.nan)


SD = 0.3


def block_means(rng, n_draws, n_runs):
    """Lognormal losses, half of whose log variance is common to all points of a draw."""
    total = 0.0
    for _ in range(n_draws // 16):
        z = rng.standard_normal((16, n_runs, 1)) + rng.standard_normal((16, n_runs, len(N)))
        total = total + np.exp(SD * np.sqrt(0.5) * z - SD**2 / 2)
    return (skewed(N) * total * 16 / n_draws).reshape(16, -1)


@pytest.mark.parametrize("n_draws", [64, 512])
def test_coverage(n_draws):
    n_runs = 1500
    truth = SmoothPeak("loss", **FIT).measure({"loss": skewed(N)})
    estimate = jackknife(Many(n_runs).measure, {"loss": block_means(np.random.default_rng(1), n_draws, n_runs)})
    z = (estimate.gap - truth) / estimate.stderr
    inside = int((np.abs(z) < stats.t.ppf(0.975, N_BLOCKS - 1)).sum())
    print(
        f"{n_draws} draws: coverage {inside / n_runs:.3f}, s {np.median(estimate.stderr):.3f}, bias {z.mean():+.3f} s"
    )
    interval = stats.binomtest(inside, n_runs).proportion_ci(0.999)
    assert interval.high >= 0.93
    assert interval.low <= 0.97


def test_rates_of_errors():
    n_looks, n_runs, rng = 3, 800, np.random.default_rng(2)
    cap, quantity = draws_at(n_looks - 1), Many(n_runs)
    looks = [block_means(rng, draws_at(0), n_runs)]
    for look in range(1, n_looks):
        looks.append((looks[-1] + block_means(rng, draws_at(look - 1), n_runs)) / 2)
    truth = SmoothPeak("loss", **FIT).measure({"loss": skewed(N)})[0]
    margin = 10 * float(np.median(jackknife(quantity.measure, {"loss": looks[-1]}).stderr))
    counts = {}
    for deviation in (0.0, 1.0, -1.0, 2.5):
        said, rival = ({name: [truth + d * margin] for name in quantity.names} for d in (deviation, 99))
        trial = Trial(Claim(
            "synthetic_claim", "A statement.", "a source", experiment=Experiment(simulate), quantity=quantity,
            predict=lambda said=said: Prediction(said), margin=margin, because="a reason", cap=cap,
            rivals={"rejected at once": lambda rival=rival: Prediction(rival)}))  # fmt: skip
        for look, means in enumerate(looks):
            trial.look({"": Blocks(draws_at(look), {"loss": means})}, look)
        assert not trial.error, trial.details
        found = [part.outcome for part in trial.own.parts]
        counts[deviation] = found.count("agrees"), found.count("disagrees")
    print(f"margin {margin:.3f}; (agrees, disagrees) of {n_runs} by deviation: {counts}")
    assert counts[0.0][0] > 0.99 * n_runs
    assert counts[0.0][1] == 0
    for sign in (-1.0, 1.0):
        assert stats.binomtest(counts[sign][0], n_runs, 0.01, alternative="greater").pvalue > 1e-3
        assert counts[sign][1] <= 2
    assert counts[2.5][1] > 0.97 * n_runs
