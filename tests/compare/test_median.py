"""Medians of unknown level by sectioning; quantiles, tails and distributions without one, by indicators and cumulants.

``pytest tests/compare/test_median.py -rP`` prints the measured rates.
"""

import json

import numpy as np
import pytest
from scipy import optimize, stats

from compare import rule
from compare.__main__ import main
from compare.bound import Bound
from compare.claim import Claim
from compare.cumulant import Cumulant
from compare.curve import Curve
from compare.estimate import jackknife, sectioning, sections, standard_errors
from compare.experiment import Blocks, Experiment
from compare.extrema import Optimum
from compare.median import FEWEST_DRAWS, Medians, median_columns
from compare.quantity import Exponent, Level, Mean, Ratio, Together, Value
from compare.rate import Rate
from compare.rule import N_BLOCKS
from compare.run import Run
from compare.trial import Trial
from compare.workers import InProcess
from theory.prediction import Prediction

SIZES = (8.0, 16.0, 32.0, 64.0)
DF = N_BLOCKS - 1
SLOPE = Medians(Exponent("x", n=SIZES))
LEVEL = Medians(Value("x", n=(1,)))
DEAD, LARGER = 0.2, 100.0


# -- the quantity -------------------------------------------------------------------------------------------------


def test_a_claim_of_medians_is_the_contrast_under_another_label():
    assert SLOPE.kind == "exponent in n, medians (window claim)"
    assert (SLOPE.names, SLOPE.size, SLOPE.statistic) == (("exponent",), 1, "median")
    assert Exponent("x", n=SIZES).statistic == "mean"
    medians = {"x": 3 * np.array(SIZES) ** -1.5}
    assert SLOPE.measure(medians) == pytest.approx([1.5])
    assert SLOPE.gaps(medians, Prediction({"exponent": [1.4]}), 0.1) == pytest.approx([0.1])
    ratio = Medians(Ratio("x", [(0, 3)], n=SIZES))
    assert ratio.gaps(medians, Prediction({"x": np.ones(4)}), 0.1) == pytest.approx([1.5 * np.log(8)])
    assert [Medians(kind("x", n=SIZES)).kind for kind in (Value, Level)] == [
        f"{name}, medians (window claim)" for name in ("value", "level")
    ]


@pytest.mark.parametrize(
    "quantity",
    [
        Curve("x", (), n=SIZES),
        Bound("x", n=SIZES),
        Rate("x", n=SIZES),
        Mean("x", n=SIZES),
        Optimum("x", group="g", g=np.zeros(7), n=np.arange(1, 8)),
    ],
    ids=lambda quantity: type(quantity).__name__,
)
def test_other_quantities_of_medians_are_refused(quantity):
    with pytest.raises(TypeError, match=f"medians are judged as Value, .* got {type(quantity).__name__}; claim one"):
        Medians(quantity)


def test_means_and_medians_are_two_claims():
    assert Together(a=SLOPE, b=Medians(Value("x", points=(0,), n=(8,)))).statistic == "median"
    with pytest.raises(TypeError, match=r"of one statistic .* got \['mean', 'median'\]; make two claims"):
        Together(a=SLOPE, b=Value("x", n=SIZES))


# -- sectioning ---------------------------------------------------------------------------------------------------


def test_sectioning_written_out_block_by_block():
    medians = np.random.default_rng(1).gamma(4.0, size=(17, 4))
    overall, blocks = sections({"x": medians})
    estimate = sectioning(SLOPE.measure, overall, blocks)
    slopes = [-np.polynomial.Polynomial.fit(np.log(SIZES), np.log(row), 1).convert().coef[1] for row in medians]
    assert estimate.gap == pytest.approx([slopes[-1]])
    assert estimate.stderr == pytest.approx([np.std(slopes[:-1], ddof=1) / 4])
    assert not estimate.dominance.any()


def test_sectioning_takes_many_runs_at_once():
    runs = np.random.default_rng(2).gamma(4.0, size=(17, 6, 4))
    many = sectioning(SLOPE.measure, {"x": runs[-1]}, {"x": runs[:-1]})
    assert many.gap.shape == many.stderr.shape == (6, 1)
    for k in range(6):
        one = sectioning(SLOPE.measure, *sections({"x": runs[:, k]}))
        assert (many.gap[k], many.stderr[k]) == (pytest.approx(one.gap), pytest.approx(one.stderr))


def lognormal(log_sd):
    """Skewed draws of median 1; the points of a draw share most of their logarithm."""

    def draw(rng, shape):
        common = rng.standard_normal((*shape[:-1], 1))
        return np.exp(log_sd * (np.sqrt(0.6) * common + np.sqrt(0.4) * rng.standard_normal(shape)))

    return draw, 1.0


def with_dead_nets(log_sd=0.7):
    """A fifth of the draws is a hundred times larger, at each point on its own."""
    alive, _ = lognormal(log_sd)

    def draw(rng, shape):
        return alive(rng, shape) * np.where(rng.random(shape) < DEAD, LARGER, 1.0)

    def below(log):
        shares = (1 - DEAD) * stats.norm.cdf(log / log_sd) + DEAD * stats.norm.cdf((log - np.log(LARGER)) / log_sd)
        return shares - 0.5

    return draw, float(np.exp(optimize.brentq(below, -5, 5)))


LAWS = {"lognormal 0.7": lognormal(0.7), "lognormal 1.5": lognormal(1.5), "20 % 100 times larger": with_dead_nets()}


def medians_of(draws):
    """Medians of all draws (n_runs, n_points) and of 16 blocks, from the draws (n_draws, n_runs, n_points)."""
    return np.median(draws, axis=0), np.median(draws.reshape(N_BLOCKS, -1, *draws.shape[1:]), axis=1)


def covered(z):
    inside = int((np.abs(z) < stats.t.ppf(0.975, DF)).sum())
    return stats.binomtest(inside, len(z)).proportion_ci(0.999), inside / len(z)


def sectioned(name, n_draws, quantity, n_runs, seed):
    """Gap over standard error in every run."""
    draw, median = LAWS[name]
    n_points = len(quantity.views[0].index)
    rng, truth, z = np.random.default_rng(seed), median * np.array(SIZES[:n_points]) ** -1.0, []
    for _ in range(0, n_runs, 500):
        overall, blocks = medians_of(draw(rng, (n_draws, 500, n_points)) * np.array(SIZES[:n_points]) ** -1.0)
        at_truth = quantity.measure({"x": truth})
        estimate = sectioning(lambda means, at=at_truth: quantity.measure(means) - at, {"x": overall}, {"x": blocks})
        z.append(estimate.gap[:, 0] / estimate.stderr[:, 0])
    return np.concatenate(z)


@pytest.mark.parametrize("quantity", [LEVEL, SLOPE], ids=["log-median", "slope of four"])
@pytest.mark.parametrize("n_draws", [256, 1024])
@pytest.mark.parametrize("name", LAWS)
def test_coverage(name, n_draws, quantity):
    """Within [0.93, 0.97] as far as these runs can tell. In 40 000 runs the slope at 256 draws covers 0.936."""
    z = sectioned(name, n_draws, quantity, 4000, 3)
    interval, share = covered(z)
    print(f"{quantity.kind}, {name}, {n_draws} draws: coverage {share:.3f}, bias {z.mean():+.3f} s")
    assert interval.high >= 0.93
    assert interval.low <= 0.97
    assert interval.high - interval.low < 0.03
    assert abs(z.mean()) < 0.1


@pytest.mark.parametrize("n_draws", [256, 1024])
@pytest.mark.parametrize("name", LAWS)
def test_the_jackknife_of_a_log_median_would_fail(name, n_draws):
    """Medians without one block take few values: their spread is no estimate of the error."""
    n_runs, (draw, median) = 1500, LAWS[name]
    draws = draw(np.random.default_rng(4), (n_draws, n_runs, 1))[..., 0].reshape(N_BLOCKS, -1, n_runs)
    whole = np.log(np.median(draws.reshape(-1, n_runs), axis=0))
    without = [np.delete(draws, g, axis=0).reshape(-1, n_runs) for g in range(N_BLOCKS)]
    dropped = np.log([np.median(left, axis=0) for left in without])
    gap = N_BLOCKS * whole - DF * dropped.mean(axis=0) - np.log(median)
    stderr = np.sqrt(DF * dropped.var(axis=0))
    interval, share = covered(gap / stderr)
    print(f"jackknife of a log-median, {name}, {n_draws} draws: coverage {share:.3f}")
    assert interval.high < 0.92
    assert share < 0.9


def test_the_mean_of_block_medians_would_be_a_biased_centre():
    draw, _ = LAWS["20 % 100 times larger"]
    draws = draw(np.random.default_rng(5), (256, 2000, 1))
    overall, blocks = (np.log(found[..., 0] / LAWS["20 % 100 times larger"][1]) for found in medians_of(draws))
    assert blocks.mean(axis=0).mean() > 4 * abs(overall.mean())


def test_rates_of_errors():
    """Eight looks of which the first two are skipped; the margin is ten standard errors at the cap."""
    n_runs, n_looks, name = 1000, 6, "lognormal 1.5"
    draw, median = LAWS[name]
    rng = np.random.default_rng(6)
    draws = draw(rng, (rule.draws_at(n_looks - 1), n_runs, 1))[..., 0]
    margin = 10 * 1.5 * np.sqrt(np.pi / 2) / np.sqrt(len(draws))
    outcomes = {deviation: np.full(n_runs, "inconclusive") for deviation in (0.0, 1.0, -1.0, 2.0, -2.0)}
    for look in range(2, n_looks):
        overall, blocks = medians_of(draws[: rule.draws_at(look)])
        estimate = sectioning(lambda found: np.log(found["x"] / median), {"x": overall}, {"x": blocks})
        for deviation, found in outcomes.items():
            agree, disagree = rule.decisions(
                estimate.gap + deviation * margin, estimate.stderr, look=look, n_looks=n_looks, margin=margin
            )
            is_open = found == "inconclusive"
            found[is_open & agree], found[is_open & disagree] = "agrees", "disagrees"
    counts = {d: {o: int((found == o).sum()) for o in ("agrees", "disagrees")} for d, found in outcomes.items()}
    print(f"medians of {name}, {n_runs} claims, by deviation in margins: {counts}")
    assert counts[0.0]["agrees"] >= 0.995 * n_runs
    for sign in (1.0, -1.0):
        assert stats.binomtest(counts[sign]["agrees"], n_runs).proportion_ci(0.99).low < rule.AGREE_LEVEL
        assert counts[sign]["disagrees"] <= 2
        assert counts[2 * sign]["disagrees"] >= 0.97 * n_runs


# -- blocks and looks ---------------------------------------------------------------------------------------------


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def made(quantity=LEVEL, predict=None, margin=0.1, name="synthetic_medians", **more):
    fields = {
        "experiment": Experiment(simulate),
        "predict": predict or (lambda: Prediction({"x": [1.0]})),
        "rivals": {"far off": lambda: Prediction({"x": [9.0]})},
        "because": "for a test",
    }
    return Claim(name, "A statement.", "a source", quantity=quantity, margin=margin, **(fields | more))


def test_blocks_hold_the_medians_of_aligned_blocks_and_of_all_draws():
    rows = np.random.default_rng(7).lognormal(0, 1.5, (96, 4, 3))  # chunks of four draws
    blocks = Blocks.of([{"x": chunk, "y": chunk} for chunk in rows], {"x", "elsewhere"})
    assert set(blocks.medians) == {"x"}
    for g in range(N_BLOCKS):
        assert (blocks.medians["x"][g] == np.median(rows[g::N_BLOCKS].reshape(-1, 3), axis=0)).all()
    assert (blocks.medians["x"][N_BLOCKS] == np.median(rows.reshape(-1, 3), axis=0)).all()
    assert Blocks.of([{"x": chunk} for chunk in rows]).medians == {}


def found_at(draws, stderr=0.01, centre=1.0):
    """Blocks of medians with the given standard error of their logarithm."""
    spread = np.linspace(-1, 1, N_BLOCKS)
    blocks = centre * np.exp(spread / spread.std(ddof=1) * 4 * stderr)[:, None]
    return {"": Blocks(draws, {"x": np.full((16, 1), np.inf)}, {"x": np.append(blocks, [[centre]], axis=0)})}


def test_no_look_before_sixteen_draws_a_block():
    assert FEWEST_DRAWS == 256
    trial = Trial(made())
    for look in (0, 1):
        trial.look(found_at(rule.draws_at(look)), look)
        assert not trial.finished
        verdict = trial.verdict()
        assert (verdict.outcome, verdict.parts) == ("inconclusive", ())
        assert verdict.reason == f"medians are not judged before 256 draws, there are {rule.draws_at(look)}"
    trial.look(found_at(256), 2)
    assert trial.finished
    assert trial.verdict().sound
    assert trial.own.decided_at == 256


def test_levels_of_the_skipped_looks_are_not_spent_again():
    """At a cap of 256 draws the look has half the level: t = 2.95; the whole level would be t = 2.60."""
    stderr = 0.1 / 2.75
    assert rule.quantile(rule.AGREE_LEVEL) < 2.75 < rule.quantile(rule.AGREE_LEVEL / 2)
    trial = Trial(made(cap=256))
    for look in range(3):
        trial.look(found_at(rule.draws_at(look), stderr), look)
    (part,) = trial.verdict().parts
    assert (part.gap, part.stderr) == (0, pytest.approx(stderr))
    assert part.outcome == "inconclusive"


@pytest.mark.parametrize("cap", [64, 128])
def test_a_cap_below_the_first_look_is_refused(cap):
    verdict = Trial(made(cap=cap)).verdict()
    assert verdict.outcome == "error"
    assert verdict.reason == f"medians are not judged before 256 draws, 16 a block, and the cap is {cap}; raise it"


def test_a_conditional_law_for_medians_is_refused():
    verdict = Trial(made(predict=lambda given: Prediction({"x": given["g"]}), given=("g",))).verdict()
    assert (verdict.outcome, "conditional on the means of g" in verdict.reason) == ("error", True)


def heavy(stream, *, sizes):
    """Draws of infinite mean, median 1/n; a tenth of them never trains at all."""
    normal = stream.normal(len(sizes), 3).numpy(force=True)
    cauchy = np.exp(2 * normal[..., 0]) / np.abs(normal[..., 1])
    dead = normal[..., 2] > stats.norm.isf(0.1)
    return {"loss": np.where(dead, np.inf, cauchy) / np.array(sizes), "log_loss": np.log(cauchy / np.array(sizes))}


heavy.tail_index = lambda *, sizes: {"loss": np.ones(len(sizes))}
HEAVY = Experiment(heavy, {"sizes": SIZES})


def claims():
    """A claim of medians where the mean is refused, and one of means on the same draws."""
    of = {"experiment": HEAVY, "margin": 0.3, "cap": 2048}
    steeper = {"twice as steep": lambda: Prediction({"exponent": [2.0]})}
    exponent = Exponent("loss", n=SIZES)
    return [
        made(Medians(exponent), lambda: Prediction({"exponent": [1.0]}), rivals=steeper, name="medians", **of),
        made(exponent, lambda: Prediction({"exponent": [1.0]}), rivals=steeper, name="means", **of),
        made(
            Mean("log_loss", points=(0, 3), n=(8, 64)),
            lambda: Prediction({"log_loss": -np.log(SIZES) + 0.635}),  # E log 1/|z| = (log 2 + Euler's constant)/2
            rivals={"zero": lambda: Prediction({"log_loss": np.zeros(4)})},
            name="logs",
            **(of | {"margin": 1.0}),
        ),
    ]


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_medians_of_draws_without_a_mean_through_a_run():
    both = claims()
    with InProcess() as here:
        run = Run(both, here)
        medians, means, logs = run.execute()
    assert (medians.outcome, medians.rivals[0].outcome) == ("agrees", "disagrees")
    assert (means.outcome, "tail index 1" in means.reason) == ("error", True)
    assert logs.outcome == "agrees"
    assert median_columns(both[0]) == {HEAVY.key: {"loss"}}
    assert median_columns(both[2]) == {}
    (evidence,) = run.evidence.values()
    assert set(evidence.blocks().medians) == {"loss"}
    rows = np.concatenate([chunk["loss"] for chunk in evidence.chunks])
    assert np.isinf(rows).any()
    assert [point.measured for point in medians.points] == np.median(rows, axis=0).tolist()
    _, blocks = sections(evidence.blocks().medians)
    assert [point.stderr for point in medians.points] == standard_errors(blocks)["loss"].tolist()


# -- records ------------------------------------------------------------------------------------------------------

BODY = """
from compare.median import Medians

def wild(stream, *, mean):
    return {"loss": mean * (stream.normal(2) * 1.5).exp(), "other": 1 + 0.01 * stream.normal(1)}

of = dict(function=wild, quantity=Medians(Value("loss", n=(1, 2))), margin=0.5,
          rivals={"ten": lambda: {"loss": [10, 10]}}, cap=512)
claims = [
    made("typical", **of),
    made("sharp", **of | dict(margin=1e-3)),
    made("plain", function=wild, quantity=Level("other", n=(1,)), predict=lambda: {"other": [1]},
         rivals={"two": lambda: {"other": [2]}}),
]
"""


@pytest.fixture
def recorded(claim_file, tmp_path):
    path, folder = claim_file(BODY), tmp_path / "reference"
    main(["record", str(path), "--records", str(folder), "--workers", "1", "--quiet"])
    (file,) = folder.iterdir()

    def check(*more):
        target = tmp_path / "out.json"
        main(["check", str(path), "--quiet", "--json", str(target), *more])
        return {claim["name"]: claim for claim in json.loads(target.read_text())["claims"]}

    return check, file


def test_records_hold_medians_and_judge_them_again(recorded):
    check, file = recorded
    record = json.loads(file.read_text())
    assert list(record)[-2:] == ["columns", "medians"]
    assert (record["schema"], record["draws"]) == (1, 512)
    assert {name: len(rows) for name, rows in record["columns"].items()} == {"loss": 16, "other": 16}
    assert {name: len(rows) for name, rows in record["medians"].items()} == {"loss": 17}
    fresh, again = check("--workers", "1"), check("--recorded", "--records", str(file.parent))
    assert [claim["outcome"] for claim in again.values()] == ["agrees", "inconclusive", "agrees"]
    assert again["typical"]["quantity"] == "value, medians (window claim)"
    for one, two in zip(fresh["sharp"]["parts"], again["sharp"]["parts"], strict=True):
        assert [one[key] for key in ("gap", "stderr")] == pytest.approx(
            [two[key] for key in ("gap", "stderr")], rel=1e-6
        )
    points = again["typical"]["points"]
    assert [point["measured"] for point in points] == record["medians"]["loss"][16]
    assert 0.8 < points[0]["measured"] < 1.25  # the mean is near 3
    assert np.mean(record["columns"]["loss"]) > 2


def test_records_without_medians_stay_good_for_means(recorded):
    check, file = recorded
    record = json.loads(file.read_text())
    del record["medians"]
    file.write_text(json.dumps(record))
    found = check("--recorded", "--records", str(file.parent))
    assert found["plain"]["outcome"] == "agrees"
    assert found["typical"]["outcome"] == "inconclusive"
    assert found["typical"]["reason"].startswith("no record of")


def test_damaged_medians_are_an_error(recorded):
    check, file = recorded
    record = json.loads(file.read_text())
    record["medians"]["loss"].pop()
    file.write_text(json.dumps(record))
    found = check("--recorded", "--records", str(file.parent))
    assert found["typical"]["outcome"] == "error"
    assert "medians of 'loss' needs 17 rows of equal length" in found["typical"]["reason"]


# -- without a median: indicators at fixed levels, exceedance rates, cumulants ---------------------------------------


def judged(estimate, deviation, margin, look=0, n_looks=1):
    """Shares of runs that agree and that disagree with a theory off by the deviation."""
    flags = rule.decisions(estimate.gap + deviation, estimate.stderr, look=look, n_looks=n_looks, margin=margin)
    return [int(flag.sum()) for flag in flags]


def test_a_quantile_is_the_mean_of_an_indicator_at_its_predicted_level():
    """The theory says where nine of ten draws lie below; the claim: the share below that level is 0.9."""
    n_runs, n_draws, rng = 16000, 1024, np.random.default_rng(8)
    level = np.exp(0.7 * stats.norm.ppf(0.9))
    below = [
        (rng.lognormal(0, 0.7, (N_BLOCKS, n_draws // N_BLOCKS, 2000)) <= level).mean(axis=1)
        for _ in range(0, n_runs, 2000)
    ]
    quantile = Mean("below", run=range(n_runs))
    estimate = jackknife(lambda means: quantile.measure(means) - 0.9, {"below": np.concatenate(below, axis=1)})
    interval, share = covered(estimate.gap / estimate.stderr)
    margin = 10 * np.sqrt(0.09 / n_draws)
    outcomes = {d: judged(estimate, d * margin, margin) for d in (0.0, 1.0, -1.0, 2.0, -2.0)}
    print(f"quantile 0.9, {n_draws} draws: coverage {share:.3f}, agree and disagree of {n_runs}: {outcomes}")
    assert interval.high >= 0.93
    assert interval.low <= 0.97
    assert outcomes[0.0][0] == n_runs
    for sign in (1.0, -1.0):
        assert stats.binomtest(outcomes[sign][0], n_runs, alternative="less").proportion_ci(0.99).high < 0.02
        assert outcomes[sign][1] <= 2
        assert outcomes[2 * sign][1] > 0.98 * n_runs


def test_means_are_judged_by_their_absolute_error():
    """Signed means and shares, where a logarithm means nothing."""
    mean = Mean("share", points=(0, 2), n=(8, 32))
    assert (mean.kind, mean.size) == ("mean", 2)
    assert mean.names == ("mean [n=8]", "mean [n=32]")
    assert mean.measure({"share": np.array([-0.5, 9.0, 0.0])}) == pytest.approx([-0.5, 0])
    theory = Prediction({"share": [-0.4, 0.0, 0.1]}, {"share": [0.0, 0.5, 0.02]})
    assert mean.gaps({"share": np.array([-0.5, 9.0, 0.0])}, theory, 0.1) == pytest.approx([-0.1, -0.1])
    assert mean.allowance(theory, 0.1) == pytest.approx([0, 0.02])
    assert mean.distance(Prediction({"share": [0.0, 0.0, 0.1]}), theory, 0.1) == pytest.approx(4)
    with pytest.raises(ValueError, match="two parts are called"):
        Mean("share", n=(8, 8))
    rivals = {"one": lambda: Prediction({"x": [1.0, 0.0]})}
    trial = Trial(made(Mean("x", n=(1, 2)), lambda: Prediction({"x": [0.0, -1.0]}), rivals=rivals))
    spread = np.linspace(-1, 1, N_BLOCKS)[:, None]
    trial.look({"": Blocks(64, {"x": 0.01 * spread + [0.02, -1.03]})}, 0)
    assert trial.verdict().sound


def test_a_tail_index_is_the_slope_of_exceedance_rates_at_fixed_thresholds():
    """Draws of tail index 1.5, whose variance is infinite; the indicators of one draw are nested."""
    n_runs, n_draws, rng, index = 1500, 2048, np.random.default_rng(9), 1.5
    thresholds = np.array([2.0, 4.0, 8.0, 16.0])
    draws = rng.pareto(index, (N_BLOCKS, n_draws // N_BLOCKS, n_runs)) + 1  # P(x > t) = t^-1.5
    exceeds = np.stack([(draws > t).mean(axis=1) for t in thresholds], axis=-1)  # (16, n_runs, n_thresholds)
    tail, theory = Rate("exceeds", threshold=thresholds), Prediction({"exceeds": thresholds**-index})
    assert tail.predicted(theory) == pytest.approx([index])
    estimate = jackknife(lambda means: tail.gaps(means, theory, 1.0), {"exceeds": exceeds})
    z = (estimate.gap / estimate.stderr)[:, 0]
    interval, share = covered(z)
    margin = 10 * float(np.median(estimate.stderr))
    outcomes = {d: judged(estimate, d * margin, margin) for d in (0.0, 1.0, -1.0, 2.0, -2.0)}
    print(f"tail index {index}: coverage {share:.3f}, agree and disagree of {n_runs}: {outcomes}")
    assert interval.high >= 0.93
    assert interval.low <= 0.97
    assert outcomes[0.0][0] >= 0.995 * n_runs
    for sign in (1.0, -1.0):
        assert stats.binomtest(outcomes[sign][0], n_runs, alternative="less").proportion_ci(0.99).high < 0.035
        assert outcomes[sign][1] <= 2
        assert outcomes[2 * sign][1] > 0.97 * n_runs


def test_a_cumulant_sees_what_a_distance_does_not():
    """The sum of 64 exponentials against the normal law, 1600 draws, level 0.01: skewness 2/√64.

    x³ and x³ − 3x have one mean where the mean of x is zero; near the normal law their variances are 15 and 6.
    """
    n_runs, n_draws, rng = 300, 1600, np.random.default_rng(10)
    draws = (rng.standard_gamma(64, (n_runs, n_draws)) - 64) / 8
    distance = np.mean([stats.kstest(row, "norm").pvalue < 0.01 for row in draws])
    seen = {}
    for name, column in (("x³", draws**3), ("x³ − 3x", draws**3 - 3 * draws)):
        skewness = Cumulant({3: "x3"}, 3, n=(64,))
        blocks = column.reshape(n_runs, N_BLOCKS, -1).mean(axis=2).T[..., None]
        estimate = jackknife(skewness.measure, {"x3": blocks})
        assert estimate.gap.mean() == pytest.approx(2, abs=4 * estimate.gap.std() / np.sqrt(n_runs))
        seen[name] = float(np.mean(np.abs(estimate.gap / estimate.stderr) > stats.t.ppf(0.995, DF)))
    print(f"power against the normal law: Kolmogorov-Smirnov {distance:.2f}, skewness {seen}")
    assert distance < 0.2
    assert seen["x³ − 3x"] > 0.75
    assert seen["x³"] < 0.6 * seen["x³ − 3x"]
