"""Gaps, standard errors and allowances: against closed forms, the delta method and simulation."""

import numpy as np
import pytest
from scipy import stats

from compare.curve import Curve, shape_noise
from compare.estimate import jackknife, leave_one_out, propagated_allowance, standard_errors, total
from compare.extrema import Frontier, Optimum
from compare.quantity import Exponent, Level, Quantity, Ratio, Value, View
from compare.rule import N_BLOCKS
from theory.prediction import Prediction

DF = N_BLOCKS - 1
SIZES = (8.0, 16.0, 32.0, 64.0)


def lognormal(log_sd):
    """Draws of mean 1, skewed to the right."""
    return lambda rng, shape: np.exp(log_sd * rng.standard_normal(shape) - log_sd**2 / 2)


def inverse_gamma(rng, shape):
    """Draws of mean 1 with tail index 5."""
    return 4 / rng.standard_gamma(5, shape)


LAWS = {"lognormal 0.3": lognormal(0.3), "lognormal 0.7": lognormal(0.7), "inverse gamma 5": inverse_gamma}


def measured(quantity, blocks):
    """Jackknife of the quantity itself, against a prediction of zero."""
    return jackknife(quantity.measure, blocks)


def check_coverage(z, widest=0.055, low=0.93, high=0.97):
    """Coverage of the 95 % interval lies in [low, high], as far as this number of runs can tell (99.9 %)."""
    inside = int((np.abs(z) < stats.t.ppf(0.975, DF)).sum())
    interval = stats.binomtest(inside, len(z)).proportion_ci(0.999)
    assert interval.high >= low, (inside, len(z))
    assert interval.low <= high, (inside, len(z))
    assert interval.high - interval.low < widest, "too few runs to tell"
    print(f"coverage {inside / len(z):.3f} of {len(z)} runs")


class Many(Quantity):
    """One weighted sum of log means per run: many claims in one call. ``means["x"]`` is (n_points · n_runs,)."""

    kind = "many"

    def __init__(self, weights, n_runs):
        self.weights = np.asarray(weights, dtype=float)
        self.views = (View.of("x", {"k": np.arange(len(self.weights) * n_runs)}, None),)
        self.names = tuple(f"run {k}" for k in range(n_runs))

    def measure(self, means):
        return self.weights @ np.log(means["x"]).reshape(len(self.weights), -1)


def correlated(rng, shape, correlation):
    """Skewed draws of mean 1 whose logarithms share a part over the first axis of points; shape (..., points)."""
    common = rng.standard_normal((*shape[:-1], 1))
    log = 0.5 * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.standard_normal(shape))
    return np.exp(log - 0.125)


def test_leave_one_out_and_total():
    block = np.arange(32.0).reshape(16, 2)
    assert total({"x": block})["x"] == pytest.approx(block.mean(axis=0))
    for g, means in enumerate(leave_one_out({"x": block})):
        assert means["x"] == pytest.approx(np.delete(block, g, axis=0).mean(axis=0))


def test_of_a_mean_it_is_the_standard_error_of_the_blocks():
    blocks = {"x": np.random.default_rng(1).gamma(2.0, size=(16, 5))}
    estimate = jackknife(lambda means: means["x"] - 2.0, blocks)
    assert estimate.gap == pytest.approx(blocks["x"].mean(axis=0) - 2.0, rel=1e-12)
    assert estimate.stderr == pytest.approx(blocks["x"].std(axis=0, ddof=1) / 4, rel=1e-12)
    assert standard_errors(blocks)["x"] == pytest.approx(estimate.stderr, rel=1e-12)


def test_bias_correction_is_exact_for_quadratics():
    """The corrected square of a mean is the mean over pairs of different blocks, which is unbiased."""
    x = np.random.default_rng(2).normal(size=(16, 3))
    estimate = jackknife(lambda means: means["x"] ** 2 + 3 * means["x"], {"x": x})
    pairs = (x.sum(axis=0) ** 2 - (x**2).sum(axis=0)) / (16 * 15)
    assert estimate.gap == pytest.approx(pairs + 3 * x.mean(axis=0), rel=1e-12)


def test_formulas_written_out_block_by_block():
    """Against np.delete, for a ratio of means."""
    blocks = {"x": np.random.default_rng(3).gamma(4.0, size=(16, 2))}
    ratio = Ratio("x", [(0, 1)], n=(8, 16))
    dropped = [np.log(np.delete(blocks["x"], g, axis=0).mean(axis=0)) @ [1, -1] for g in range(16)]
    whole = np.log(blocks["x"].mean(axis=0)) @ [1, -1]
    estimate = measured(ratio, blocks)
    assert estimate.gap[0] == pytest.approx(16 * whole - 15 * np.mean(dropped), rel=1e-12)
    assert estimate.stderr[0] == pytest.approx(np.sqrt(15 / 16 * np.sum((dropped - np.mean(dropped)) ** 2)), rel=1e-12)


def points_of(rng, n_points, noise, correlation=0.6):
    """Blocks of a power law with correlated noise of the given relative size."""
    common = rng.standard_normal((16, 1))
    noise_of = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.standard_normal((16, n_points))
    return np.arange(8.0, 8.0 + n_points) ** -0.8 * (1 + noise * noise_of)


def delta_method(measure, means, covariance):
    """Standard errors √(∇f C ∇fᵀ) with central differences."""
    gradient = []
    for k, value in enumerate(means["x"]):
        step = np.zeros_like(means["x"])
        step[k] = 1e-6 * value
        gradient.append((measure({"x": means["x"] + step}) - measure({"x": means["x"] - step})) / (2e-6 * value))
    gradient = np.array(gradient).T
    return np.sqrt(np.einsum("pk,kl,pl->p", gradient, covariance, gradient))


GRID = np.geomspace(4, 64, 7)
VALLEY = {"compute": np.repeat((100.0, 400.0), 7), "n": np.concatenate([GRID, 2 * GRID])}


@pytest.mark.parametrize(
    "quantity",
    [
        Value("x", n=SIZES),
        Level("x", n=SIZES),
        Exponent("x", n=SIZES),
        Ratio("x", [(0, 3), (2, 1)], n=SIZES),
        Optimum("x", group="compute", **VALLEY),
        Optimum("x", group="compute", degree=2, parts=("location",), **VALLEY),
        Frontier("x", **VALLEY),
    ],
    ids=lambda quantity: quantity.kind,
)
def test_agrees_with_the_delta_method_at_small_noise(quantity):
    rng = np.random.default_rng(4)
    n_points = len(quantity.views[0].index)
    block = points_of(rng, n_points, 1e-4)
    if isinstance(quantity, Optimum):
        block *= np.exp(0.3 * np.log(VALLEY["n"] / np.repeat((16, 32), 7)) ** 2) * np.arange(8.0, 22.0) ** 0.8
    estimate = measured(quantity, {"x": block})
    covariance = np.cov(block.T) / 16
    assert estimate.stderr == pytest.approx(delta_method(quantity.measure, total({"x": block}), covariance), rel=2e-3)
    assert estimate.gap == pytest.approx(quantity.measure(total({"x": block})), abs=1e-3 * estimate.stderr.max())


def test_curve_parts_agree_with_the_delta_method():
    """Contrasts and shape of a curve that is truly off; there the shape is nearly linear."""
    rng = np.random.default_rng(5)
    curve = Curve("x", ("n",), n=SIZES)
    theory = Prediction({"x": np.arange(8.0, 12.0) ** -0.8 * np.exp([0.3, -0.2, 0.1, 0.4])})
    block = points_of(rng, 4, 1e-4)

    def gaps(means):
        return curve.gaps(means, theory, 1.0)

    estimate = jackknife(gaps, {"x": block})
    assert estimate.stderr == pytest.approx(delta_method(gaps, total({"x": block}), np.cov(block.T) / 16), rel=2e-3)


# -- simulation ---------------------------------------------------------------------------------------------------


def blocks_of(draw, seed, n_runs, draws, n_points=1):
    """Block means of many independent runs, from draws of mean 1: (16, n_points · n_runs)."""
    rng = np.random.default_rng(seed)
    return {"x": draw(rng, (draws // 16, 16, n_points * n_runs)).mean(axis=0)}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("draws", "n_runs"), [(64, 6000), (512, 3000)])
def test_coverage_of_a_value(name, draws, n_runs):
    estimate = measured(Many([1.0], n_runs), blocks_of(LAWS[name], 6, n_runs, draws))
    z = estimate.gap / estimate.stderr
    check_coverage(z)
    assert abs(estimate.gap.mean() / estimate.gap.std()) < 0.08 + 3 / np.sqrt(n_runs)


@pytest.mark.parametrize("name", LAWS)
def test_coverage_and_standard_error_of_an_exponent(name):
    n_runs = 4000
    weights = Exponent("x", n=SIZES).weights[0]
    estimate = measured(Many(weights, n_runs), blocks_of(LAWS[name], 7, n_runs, 128, 4))
    check_coverage(estimate.gap / estimate.stderr)
    # sd of a sample standard deviation: 1/√(2n) for normal gaps; doubled for their tails
    assert np.sqrt((estimate.stderr**2).mean()) == pytest.approx(estimate.gap.std(), rel=4 * 2 / np.sqrt(2 * n_runs))


def test_without_bias_correction_the_level_is_off():
    """At 64 draws of a skewed law the log of the mean is low by half its variance; the jackknife removes it."""
    n_runs = 6000
    blocks = blocks_of(lognormal(0.7), 8, n_runs, 64)
    plain = np.log(total(blocks)["x"])
    estimate = measured(Many([1.0], n_runs), blocks)
    error = plain.std() / np.sqrt(n_runs)
    assert plain.mean() < -3 * error
    assert abs(estimate.gap.mean()) < 3 * error


@pytest.mark.parametrize("weights", [[0.25] * 4, Exponent("x", n=SIZES).weights[0]], ids=["level", "exponent"])
def test_aligned_blocks_cover_and_independent_errors_do_not(weights):
    """Points of one draw are correlated; an error that takes them as independent misses a level, dulls a slope."""
    n_runs, rng = 3000, np.random.default_rng(9)
    draws = correlated(rng, (4, 16, n_runs, 4), 0.8).mean(axis=0)  # (16, n_runs, 4)
    blocks = {"x": draws.transpose(0, 2, 1).reshape(16, -1)}
    estimate = measured(Many(weights, n_runs), blocks)
    check_coverage(estimate.gap / estimate.stderr)
    relative = (standard_errors(blocks)["x"] / total(blocks)["x"]).reshape(4, n_runs)
    independent = np.sqrt(np.asarray(weights) ** 2 @ relative**2)
    covered = (np.abs(estimate.gap) < stats.t.ppf(0.975, DF) * independent).mean()
    if weights[0] == 0.25:
        assert covered < 0.75  # 3.4 times too small a variance
    else:
        assert covered > 0.99


def test_coverage_of_an_optimum():
    """Every group is a run: one Optimum judges 700 noisy valleys; matched, since theory takes the same fit."""
    n_runs, rng = 700, np.random.default_rng(10)
    at = {"run": np.repeat(np.arange(n_runs), 7), "n": np.tile(GRID, n_runs)}
    optimum = Optimum("x", group="run", **at)
    valley = np.exp(0.3 * np.log(at["n"] / 17) ** 2 + 0.03 * np.log(at["n"] / 17) ** 3)
    noise = lognormal(0.3)(rng, (16, 16, 7 * n_runs)).mean(axis=0)
    theory = Prediction({"x": valley})
    predicted = optimum.predicted(theory)
    estimate = jackknife(lambda means: optimum.measure(means) - predicted, {"x": valley * noise})
    z = estimate.gap / estimate.stderr
    assert len(z) == 2 * n_runs
    check_coverage(z[:n_runs], widest=0.06)
    check_coverage(z[n_runs:], widest=0.06)
    assert predicted[:n_runs] == pytest.approx(np.log(17), abs=0.05)


def test_frontier_standard_errors_against_simulation():
    rng, n_runs = np.random.default_rng(11), 200
    frontier = Frontier("x", **VALLEY)
    centre = np.repeat((16.0, 32.0), 7)
    valley = VALLEY["compute"] ** -0.5 * np.exp(0.3 * np.log(VALLEY["n"] / centre) ** 2)
    runs = [measured(frontier, {"x": valley * (1 + 0.02 * rng.standard_normal((16, 14)))}) for _ in range(n_runs)]
    gap, stderr = (np.array([getattr(run, name) for run in runs]) for name in ("gap", "stderr"))
    truth = np.array([0.5, 0.5])
    # four standard deviations of a sample standard deviation, plus that of 15 degrees of freedom
    tolerance = 4 * np.sqrt(1 / (2 * n_runs) + 1 / (2 * DF * n_runs))
    assert np.sqrt((stderr**2).mean(axis=0)) == pytest.approx(gap.std(axis=0), rel=tolerance)
    assert np.abs(gap.mean(axis=0) - truth) == pytest.approx(0, abs=4 * stderr.max() / np.sqrt(n_runs))
    check_coverage(((gap - truth) / stderr).ravel(), widest=0.09)


# -- the shape of a curve -----------------------------------------------------------------------------------------

N_CURVE = 8
CURVE = Curve("x", ("n",), n=2.0 ** np.arange(N_CURVE))
SIGNS = np.array([1, -1, -1, 1, 1, -1, -1, 1])


def shapes(correlation, deviation, n_runs, seed, stderr=0.02):
    """Q, its jackknife variance, the added variance, what the diagonal alone would add, and the error used."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky((1 - correlation) * np.eye(N_CURVE) + correlation)
    theory = Prediction({"x": np.exp(-deviation * SIGNS)})
    found = []
    for _ in range(n_runs):
        blocks = {"x": 1 + 4 * stderr * (rng.standard_normal((16, N_CURVE)) @ root.T)}
        estimate = jackknife(lambda means: CURVE.gaps(means, theory, 1.0), blocks)
        dropped = leave_one_out(blocks)
        covariance = CURVE.covariance(dropped)
        diagonal = 2 * (np.diag(covariance) ** 2).sum() / N_CURVE**2
        spread, _ = CURVE.spread(estimate, dropped, deviation or 1.0)
        assert (spread[:-1] == estimate.stderr[:-1]).all()
        found.append((estimate.gap[-1], estimate.stderr[-1] ** 2, shape_noise(covariance), diagonal, spread[-1]))
    return np.array(found).T


@pytest.mark.parametrize(("correlation", "share"), [(0.0, 1.0), (0.9, 1 / 6.67)])
def test_noise_variance_of_the_shape_needs_the_whole_covariance(correlation, share):
    """Where theory is exact Var Q = 2/K² tr C² (1 + 1/15); the diagonal alone has 1/(1 + 7·0.81) of it at 0.9."""
    n_runs = 1000
    q, jack, added, diagonal, _ = shapes(correlation, 0.0, n_runs, 12)
    covariance = 0.02**2 * ((1 - correlation) * np.eye(N_CURVE) + correlation)
    exact = 2 * (covariance**2).sum() / N_CURVE**2
    kurtosis = stats.kurtosis(q, fisher=False)
    assert q.var() == pytest.approx(exact * 16 / 15, rel=4 * np.sqrt((kurtosis - 1) / n_runs))
    assert q.mean() == pytest.approx(0, abs=4 * q.std() / np.sqrt(n_runs))  # the bias correction removes the noise
    assert 0.85 * exact < added.mean() < 1.8 * exact  # Ĉ with 15 degrees of freedom errs upwards
    assert diagonal.mean() == pytest.approx(share * exact, rel=0.25)
    assert jack.mean() > 1.4 * exact  # the jackknife alone is too large on average ...


def test_without_the_noise_variance_the_shape_misses_low_values():
    """... but too small where Q comes out low: it would agree too readily. Correlation 0.9, theory exact."""
    n_runs = 1000
    q, jack, added, _, _ = shapes(0.9, 0.0, n_runs, 13)
    t = stats.t.ppf(0.99, DF)
    without, shipped = (q < -t * np.sqrt(jack)).sum(), (q < -t * np.sqrt(jack + added)).sum()
    assert stats.binomtest(int(without), n_runs).proportion_ci(0.999).low > 0.02
    assert stats.binomtest(int(shipped), n_runs).proportion_ci(0.999).high < 0.01


def test_coverage_of_the_shape_where_theory_is_wrong():
    """Ten standard errors off in every point: Q is nearly linear, the interval covers."""
    q, _, _, _, used = shapes(0.5, 0.2, 3000, 14)
    check_coverage((q - 0.04) / used)


# -- allowances ---------------------------------------------------------------------------------------------------


def test_propagated_allowance_of_contrasts_is_the_sum_of_the_worse_signs():
    value, allowance = np.array([4.0, 2.0, 1.0, 0.5]), np.array([0.1, 0.0, 0.05, 0.1])
    prediction = Prediction({"x": value}, {"x": allowance})
    for quantity in (Exponent("x", n=SIZES), Level("x", n=SIZES), Ratio("x", [(0, 3)], n=SIZES), Value("x", n=SIZES)):
        found = propagated_allowance(lambda means, q=quantity: q.gaps(means, prediction, 1.0), prediction)
        worse = np.maximum(np.abs(np.log1p(allowance / value)), np.abs(np.log1p(-allowance / value)))
        assert found == pytest.approx(np.abs(quantity.weights) @ worse, rel=1e-12)


def test_propagated_allowance_bounds_every_corner():
    """No errors within the allowance move the optimum farther than the bound, up to second order."""
    optimum = Optimum("x", group="g", degree=2, g=np.zeros(7), n=GRID)
    value = np.exp(0.3 * np.log(GRID / 17) ** 2)
    prediction = Prediction({"x": value}, {"x": 1e-4 * value})
    bound = optimum.allowance(prediction, 1.0)
    rng, at = np.random.default_rng(15), optimum.measure(prediction.values)
    corners = [optimum.measure({"x": value * (1 + 1e-4 * rng.choice((-1, 1), 7))}) - at for _ in range(200)]
    largest = np.abs(corners).max(axis=0)
    assert (largest <= bound * 1.001).all()
    assert (largest > 0.8 * bound).all()


def test_no_allowance_costs_nothing():
    prediction = Prediction({"x": [1.0, 2.0]})
    assert not Value("x", n=(1, 2)).allowance(prediction, 1.0).any()
