"""The trial of a claim: its error rates over many synthetic claims, its latches, its guards, its reasons, link 1.

``pytest tests/compare/test_trial.py -k rates -rP`` prints the measured rates.
"""

import math
from fractions import Fraction
from functools import cache

import flint
import mpmath
import numpy as np
import pytest
import sympy
from scipy import stats

from compare import account, rule
from compare.asymptote import judge_law, judge_rival_law
from compare.bound import Bound
from compare.claim import Asymptote, Claim, ClaimError
from compare.curve import Curve
from compare.estimate import jackknife
from compare.experiment import Blocks, Experiment
from compare.extrema import Peak
from compare.quantity import Exponent, Quantity, Ratio, Value, View
from compare.rule import draws_at
from compare.trial import Trial
from compare.verdict import PartVerdict
from theory.prediction import Prediction

N_LOOKS = 8
CAP = draws_at(N_LOOKS - 1)


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def near_peak(stream, *, gaps):
    """Never called; the loss has the tail of Gaussian regression at |N − D| = gap, its logarithm all moments."""
    raise NotImplementedError


near_peak.tail_index = lambda *, gaps: {"loss": (np.array(gaps) + 1) / 2}


def claim(quantity, predict, margin, rivals=None, *, experiment=None, **more):
    return Claim(
        "synthetic_claim",
        "A statement.",
        "a source",
        experiment=experiment or Experiment(simulate),
        predict=predict if callable(predict) else lambda: Prediction(predict),
        quantity=quantity,
        margin=margin,
        because="a reason",
        rivals={
            name: value if callable(value) else (lambda value=value: Prediction(value))
            for name, value in (rivals or {"far off": {name: np.full(1, 9.0) for name in ("x", "exponent")}}).items()
        },
        **more,
    )


def blocks(draws=64, **columns):
    """Blocks of one experiment; a column is (means, standard errors), its block means spread symmetrically."""
    spread = np.linspace(-1, 1, 16)
    spread = spread / spread.std(ddof=1) * 4
    return {"": Blocks(draws, {name: np.add.outer(0 * spread, mean) + np.multiply.outer(spread, stderr)
                               for name, (mean, stderr) in columns.items()})}  # fmt: skip


def on_trial(made, *looks):
    """Trial of a claim after the given looks."""
    trial = Trial(made)
    for look, found in enumerate(looks):
        trial.look(found, look)
    return trial


# -- error rates of the whole procedure ----------------------------------------------------------------------------


def lognormal(log_sd):
    return lambda rng, shape: np.exp(log_sd * rng.standard_normal(shape) - log_sd**2 / 2)


# draws of mean 1, with their standard deviation; inverse gamma of shape 5 has variance (mean)²/(5 − 2)
LAWS = {
    "lognormal 0.3": (lognormal(0.3), np.sqrt(np.expm1(0.09))),
    "lognormal 0.7": (lognormal(0.7), np.sqrt(np.expm1(0.49))),
    "inverse gamma 5": (lambda rng, shape: 4 / rng.standard_gamma(5, shape), np.sqrt(1 / 3)),
}
RUNS = {0.0: 2500, 1.0: 2000, -1.0: 2000, 2.0: 1000, -2.0: 1000, 2.5: 800, -2.5: 800}
"""Number of synthetic claims per law for each true deviation, in margins."""
DEVIATIONS = np.repeat(list(RUNS), list(RUNS.values()))


class Many(Quantity):
    """Independent claims on one value each, as the parts of one trial; parts latch on their own."""

    kind = "many values"

    def __init__(self, n_runs):
        self.views = (View.of("x", {"run": np.arange(n_runs)}, None),)
        self.names = tuple(f"run {k}" for k in range(n_runs))

    def measure(self, means):
        return np.log(means["x"])


def all_looks(draw, seed, n_runs):
    """Blocks at every look of n_runs independent claims."""
    rng, total, have, found = np.random.default_rng(seed), np.zeros((16, n_runs)), 0, []
    for look in range(N_LOOKS):
        new = draws_at(look) // 16 - have
        for start in range(0, n_runs, 2000):
            for done in range(0, new, 64):
                shape = (min(64, new - done), *total[:, start : start + 2000].shape)
                total[:, start : start + 2000] += draw(rng, shape).sum(axis=0)
        have += new
        found.append({"": Blocks(16 * have, {"x": total / have})})
    return found


def judged(looks, deviations, margin, n_looks=N_LOOKS):
    """Outcome of every synthetic claim, whose theory is off by the given deviation."""
    predicted = {"x": np.exp(-np.asarray(deviations))}
    trial = Trial(claim(Many(len(deviations)), predicted, margin, {"far off": {"x": 9 + 0 * predicted["x"]}}))
    for look in range(n_looks):
        trial.look(looks[look], look)
    assert not trial.error, trial.details
    return np.array([part.outcome for part in trial.own.parts])


@cache
def rates(name):
    """The margin, ten standard errors at the cap, and the outcomes of all claims by deviation."""
    draw, sd = LAWS[name]
    margin = 10 * sd / np.sqrt(CAP)
    outcomes = judged(all_looks(draw, 1, len(DEVIATIONS)), DEVIATIONS * margin, margin)
    return margin, {d: outcomes[d == DEVIATIONS] for d in RUNS}


def at_most(outcomes, outcome, bound, confidence=0.99):
    """The rate of an outcome is below the bound: its upper Clopper-Pearson limit is."""
    count = int((outcomes == outcome).sum())
    limit = stats.binomtest(count, len(outcomes), alternative="less").proportion_ci(confidence).high
    assert limit < bound, f"{count} of {len(outcomes)} {outcome}, upper limit {limit:.2g}, bound {bound:g}"


def at_least(outcomes, outcome, bound, confidence=0.99):
    at_most(np.where(outcomes == outcome, "yes", "no"), "no", 1 - bound, confidence)


@pytest.mark.parametrize("name", LAWS)
def test_rates_of_one_law(name):
    """Margin ten standard errors at the cap, eight looks, for skewed and heavy-tailed draws."""
    margin, outcomes = rates(name)
    print(f"{name}: margin {margin:.4f}")
    for deviation, found in outcomes.items():
        counts = {outcome: int((found == outcome).sum()) for outcome in ("agrees", "disagrees", "inconclusive")}
        print(f"  off by {deviation:+.1f} margins, {len(found)} claims: {counts}")
    at_least(outcomes[0.0], "agrees", 0.998)
    for sign in (-1, 1):
        at_most(outcomes[1.0 * sign], "agrees", 0.02)
        at_least(outcomes[2.0 * sign], "disagrees", 0.97)
        at_least(outcomes[2.5 * sign], "disagrees", 0.99)
        at_most(outcomes[2.0 * sign], "agrees", 0.005)


def test_rates_of_all_laws_together():
    """The tight bounds need the runs of all laws: see RUNS."""
    pooled = {d: np.concatenate([rates(name)[1][d] for name in LAWS]) for d in RUNS}
    at_margin = np.concatenate([pooled[1.0], pooled[-1.0]])
    at_least(pooled[0.0], "agrees", 0.999)
    at_most(pooled[0.0], "disagrees", 1e-3)
    at_most(at_margin, "agrees", 0.015)
    at_most(at_margin, "disagrees", 1e-3)
    at_least(np.concatenate([pooled[2.0], pooled[-2.0]]), "disagrees", 0.99)
    at_most(np.concatenate([pooled[2.0], pooled[-2.0]]), "agrees", 1e-3)
    at_least(np.concatenate([pooled[2.5], pooled[-2.5]]), "disagrees", 0.998)


def low_margin(law="lognormal 0.3", n_runs=2500):
    """Claims off by exactly the margin, and their looks."""
    draw, sd = LAWS[law]
    margin = 10 * sd / np.sqrt(CAP)
    return all_looks(draw, 2, n_runs), np.full(n_runs, margin), margin


def test_looks_without_correction_would_agree_too_often(monkeypatch):
    looks, deviations, margin = low_margin()
    monkeypatch.setattr(rule, "level_share", lambda *_: 1.0)
    outcomes = judged(looks, deviations, margin)
    count = int((outcomes == "agrees").sum())
    print(f"no correction for looks: {count} of {len(outcomes)} agree")
    assert stats.binomtest(count, len(outcomes)).proportion_ci(0.99).low > 0.02


def gaussian_rates(shares, quantile, n_runs=200_000):
    """Shares of Gaussian claims off by exactly the margin that agree and disagree."""
    rng, total, have = np.random.default_rng(12), np.zeros((16, n_runs)), 0
    decided = np.full(n_runs, "inconclusive")
    sd = 0.1 * np.sqrt(CAP)  # the margin is 1
    for look in range(N_LOOKS):
        new = draws_at(look) // 16 - have
        total += sd * np.sqrt(new) * rng.standard_normal(total.shape)
        have += new
        gap, stderr = 1 + total.mean(axis=0) / have, total.std(axis=0, ddof=1) / have / 4
        agree, disagree = (quantile(level * shares[look]) for level in (rule.AGREE_LEVEL, rule.DISAGREE_LEVEL))
        open_ = decided == "inconclusive"
        decided[open_ & (np.abs(gap) + agree * stderr < 1)] = "agrees"
        decided[open_ & (np.abs(gap) - disagree * stderr > 1)] = "disagrees"
    return int((decided == "agrees").sum()), int((decided == "disagrees").sum()), n_runs


def test_levels_hold_exactly_for_gaussian_draws_and_not_with_altered_constants():
    """Sixteen blocks know the standard error to 15 degrees of freedom; normal quantiles pretend to know it."""
    shares = [rule.level_share(look, N_LOOKS) for look in range(N_LOOKS)]
    agree, disagree, n_runs = gaussian_rates(shares, rule.quantile)
    print(f"Gaussian, off by the margin: {agree} agree, {disagree} disagree of {n_runs}")
    assert stats.binomtest(agree, n_runs, rule.AGREE_LEVEL, alternative="greater").pvalue > 0.001
    assert stats.binomtest(disagree, n_runs, rule.DISAGREE_LEVEL, alternative="greater").pvalue > 0.001

    agree, disagree, n_runs = gaussian_rates(shares, stats.norm.isf)
    print(f"with normal quantiles: {agree} agree, {disagree} disagree")
    assert stats.binomtest(agree, n_runs).proportion_ci(0.999).low > 1.5 * rule.AGREE_LEVEL
    assert stats.binomtest(disagree, n_runs).proportion_ci(0.999).low > 10 * rule.DISAGREE_LEVEL

    agree, disagree, n_runs = gaussian_rates(np.ones(N_LOOKS), rule.quantile)
    print(f"with the whole level at every look: {agree} agree, {disagree} disagree")
    assert stats.binomtest(agree, n_runs).proportion_ci(0.999).low > 2 * rule.AGREE_LEVEL
    assert stats.binomtest(disagree, n_runs).proportion_ci(0.999).low > rule.DISAGREE_LEVEL


def test_a_one_sided_margin_for_a_two_sided_claim_would_always_agree():
    """Low by the margin, and judged as an upper bound."""
    looks, deviations, margin = low_margin(n_runs=500)
    measured = [jackknife(lambda m: np.log(m["x"]) - deviations, found[""].means) for found in looks]
    upper = [
        [
            rule.decide(gap, s, look=look, n_looks=N_LOOKS, margin=margin, side="upper")
            for gap, s in zip(estimate.gap, estimate.stderr, strict=True)
        ]
        for look, estimate in enumerate(measured)
    ]
    assert (np.array(upper) == "agrees").any(axis=0).mean() > 0.99


@pytest.mark.parametrize("sign", [-1, 1])
def test_deviations_of_the_reach_are_rejected(sign):
    """The reach of eight looks has 99 % power, a little less for skewed draws."""
    draw, sd = LAWS["lognormal 0.7"]
    n_runs, margin = 2000, 10 * sd / np.sqrt(CAP)
    looks = all_looks(draw, 3 + sign, n_runs)
    stderr = sd / np.sqrt(CAP)
    reach = rule.reach(stderr, draws=CAP, cap=CAP, n_looks=N_LOOKS, margin=margin, allowance=0.0)
    assert reach == pytest.approx(1.969 * margin, rel=1e-3)
    at_least(judged(looks, np.full(n_runs, sign * reach), margin), "disagrees", 0.975)


def test_single_claims_have_the_outcomes_of_the_many():
    """One trial of many parts stands for many trials of one part."""
    draw, sd = LAWS["lognormal 0.7"]
    margin, n_runs = 10 * sd / np.sqrt(CAP), 60
    looks = all_looks(draw, 5, n_runs)
    deviations = margin * np.repeat([0, 0.6, 1, 1.5, 2, -2], 10)
    many = judged(looks, deviations, margin)
    for run in range(n_runs):
        made = claim(Value("x", n=(1,)), {"x": [np.exp(-deviations[run])]}, margin)
        trial = Trial(made)
        for look, found in enumerate(looks):
            if trial.finished:
                break
            trial.look({"": Blocks(found[""].draws, {"x": found[""].means["x"][:, run : run + 1]})}, look)
        assert trial.verdict().outcome == many[run]


def test_true_claims_agree_and_their_rivals_fall_on_the_same_draws():
    """A rival at 2.5 margins is rejected although the claim has agreed before: each is latched on its own."""
    draw, sd = LAWS["lognormal 0.7"]
    margin, n_runs, later = 10 * sd / np.sqrt(CAP), 250, 0
    looks = all_looks(draw, 6, n_runs)
    rivals = {"low": {"x": [np.exp(-2.5 * margin)]}, "high": {"x": [np.exp(2.5 * margin)]}}
    sound = 0
    for run in range(n_runs):
        trial = Trial(claim(Value("x", n=(1,)), {"x": [1.0]}, margin, rivals))
        for look, found in enumerate(looks):
            if not trial.finished:
                trial.look({"": Blocks(found[""].draws, {"x": found[""].means["x"][:, run : run + 1]})}, look)
        verdict = trial.verdict()
        sound += verdict.sound
        later += max(rival.draws for rival in verdict.rivals) > trial.own.decided_at
    assert stats.binomtest(sound, n_runs, alternative="greater").proportion_ci(0.99).low > 0.98
    assert later > 0.3 * n_runs


SIGNS = np.array([1, -1, -1, 1, 1, -1, -1, 1])


def test_rates_of_the_shape_of_a_curve():
    """Off by exactly τ in a pattern without level or slope; the standard error of Q is a tenth of τ² at the cap."""
    n_runs, tau, rng = 300, 0.05, np.random.default_rng(7)
    sd = tau / 20 * np.sqrt(8) * np.sqrt(CAP)
    curve = Curve("x", ("n",), n=2.0 ** np.arange(8))
    margin = {"level": 9.0, "slope in n": 9.0, "shape": tau}
    outcomes = []
    for _ in range(n_runs):
        trial = Trial(claim(curve, {"x": np.exp(-tau * SIGNS)}, margin, {"far off": {"x": np.full(8, 9.0)}}))
        total, have = 0.0, 0
        for look in range(N_LOOKS):
            new = draws_at(look) // 16 - have
            total = total + sd * np.sqrt(new) * rng.standard_normal((16, 8))
            have += new
            trial.look({"": Blocks(16 * have, {"x": 1 + total / have})}, look)
        assert not trial.error, trial.error
        outcomes.append(trial.own.parts[-1].outcome)
    count = outcomes.count("agrees")
    print(f"shape off by its margin: {count} of {n_runs} agree, {outcomes.count('disagrees')} disagree")
    assert stats.binomtest(count, n_runs, 0.02, alternative="greater").pvalue > 0.01
    assert outcomes.count("disagrees") == 0


def test_a_remainder_cannot_hide_a_wrong_shape():
    """Off by τ, and a remainder of 0.3 τ, within the stated allowance, pulls every point back: no agreement."""
    tau, remainder = 0.05, 0.015
    curve = Curve("x", (), n=2.0 ** np.arange(8))
    made = claim(
        curve,
        lambda: Prediction({"x": np.ones(8)}, {"x": np.full(8, remainder)}),
        {"level": 9.0, "shape": tau},
        {"far off": {"x": np.full(8, 9.0)}},
    )
    measured = np.exp((tau - remainder) * SIGNS)
    trial = on_trial(made, blocks(x=(measured, np.full(8, 1e-6))))
    assert [part.outcome for part in trial.own.parts] == ["agrees", "inconclusive"]


# -- latches -------------------------------------------------------------------------------------------------------


def test_parts_and_rivals_are_latched_at_their_own_look():
    made = claim(
        Value("x", n=(1, 2)),
        {"x": [1.0, 1.0]},
        0.1,
        {"near": {"x": [1.0, np.exp(0.2)]}, "far": {"x": [np.exp(3.0), 1.0]}},
    )
    trial = Trial(made)
    trial.look(blocks(64, x=([1.0, 1.0], [0.001, 0.05])), 0)
    assert [part.outcome for part in trial.own.parts] == ["agrees", "inconclusive"]
    assert [rival.outcome for rival in trial.verdict().rivals] == ["inconclusive", "disagrees"]
    assert not trial.finished

    trial.look(blocks(128, x=([2.0, 1.0], [0.001, 0.005])), 1)  # the first part would disagree now
    assert [part.outcome for part in trial.own.parts] == ["agrees", "agrees"]
    assert trial.own.parts[0].gap == pytest.approx(0, abs=1e-6)  # shown as it was decided
    verdict = trial.verdict()
    assert verdict.outcome == "agrees"
    assert [(rival.outcome, rival.draws) for rival in verdict.rivals] == [("disagrees", 128), ("disagrees", 64)]
    assert trial.finished
    assert verdict.sound


def test_a_claim_that_agrees_waits_for_its_rivals():
    made = claim(Value("x", n=(1,)), {"x": [1.0]}, 0.1, {"near": {"x": [np.exp(0.15)]}}, cap=128)
    trial = Trial(made)
    trial.look(blocks(64, x=([1.0], [0.01])), 0)
    assert trial.own.outcome == "agrees"
    assert not trial.finished
    trial.look(blocks(128, x=([1.0], [0.01])), 1)
    assert trial.finished  # at its cap
    verdict = trial.verdict()
    assert verdict.outcome == "agrees"
    assert verdict.as_expected
    assert not verdict.sound
    assert verdict.rivals[0].distance == pytest.approx(1.5)


def test_one_part_that_disagrees_decides_the_claim():
    made = claim(Value("x", n=(1, 2)), {"x": [1.0, 1.0]}, 0.1, {"far": {"x": [9.0, 9.0]}})
    trial = on_trial(made, blocks(x=([2.0, 1.0], [0.001, 0.05])))
    assert trial.finished
    assert trial.verdict().outcome == "disagrees"
    assert trial.verdict().reason == ""


def test_a_peak_agrees_and_a_peak_elsewhere_disagrees():
    made = claim(Peak("x", n=(10, 20, 30)), {"peak": [20]}, 2.0, {"at 30": {"peak": [30]}, "at 10": {"peak": [10]}})
    verdict = on_trial(made, blocks(x=([0.0, 3.0, 1.0], [0.05] * 3))).verdict()
    assert verdict.outcome == "agrees"
    assert {part.name: part.outcome for part in verdict.parts} == {"above n=10": "agrees", "above n=30": "agrees"}
    assert verdict.rivals_rejected == 2


# -- guards and errors ---------------------------------------------------------------------------------------------


def test_means_without_moments_are_refused():
    experiment = Experiment(near_peak, {"gaps": (7, 8, 9)})
    trial = Trial(claim(Value("loss", n_samples=(7, 8, 9)), {"loss": np.ones(3)}, 0.1, experiment=experiment))
    verdict = trial.verdict()
    assert verdict.outcome == "error"
    assert verdict.reason == (
        "the mean of 'loss' cannot be judged at n_samples=7: tail index 4, a mean needs more than 4 "
        "(Gaussian regression: |N − D| >= 8); move the point or claim a logarithm or median"
    )
    assert trial.finished


def test_given_columns_need_means_too():
    """A conditional law is evaluated at their means; every point counts, since the law may use any."""
    experiment = Experiment(near_peak, {"gaps": (9, 8, 7)})
    made = claim(
        Value("log_loss", n=(1, 2, 3)), lambda given: {"log_loss": given["loss"]}, 0.1, experiment=experiment,
        given=("loss",),
    )  # fmt: skip
    verdict = Trial(made).verdict()
    assert verdict.outcome == "error"
    assert verdict.reason == (
        "the law is conditional on the mean of 'loss', whose tail index is 4 at point 2; a mean needs more than 4: "
        "leave that point out of the experiment"
    )
    away = Experiment(near_peak, {"gaps": (9, 8)})
    fine = claim(made.quantity, made.predict, 0.1, experiment=away, given=("loss",))
    assert not Trial(fine).error
    nowhere = claim(made.quantity, made.predict, 0.1, experiment=away, given=("other.loss",))
    assert "no experiment 'other' for the column 'other.loss'" in Trial(nowhere).error


def test_points_with_moments_and_logarithms_are_allowed():
    experiment = Experiment(near_peak, {"gaps": (7, 8, 9)})
    away = Value("loss", points=(1, 2), n_samples=(8, 9))
    assert not Trial(claim(away, {"loss": np.ones(3)}, 0.1, experiment=experiment)).error
    logarithm = Peak("log_loss", n_samples=(7, 8, 9))
    assert not Trial(claim(logarithm, {"peak": [7]}, 0.1, experiment=experiment)).error


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -1.0])
def test_a_measurement_that_is_not_finite_never_agrees(bad):
    made = claim(Value("x", n=(1, 2)), {"x": [1.0, 1.0]}, 0.1, {"far": {"x": [9.0, 9.0]}}, cap=64)
    measured = np.ones((16, 2)) + np.linspace(-1e-3, 1e-3, 16)[:, None]
    measured[:, 1] = bad
    trial = on_trial(made, {"": Blocks(64, {"x": measured})})
    verdict = trial.verdict()
    assert [part.outcome for part in verdict.parts] == ["agrees", "inconclusive"]
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "non-finite measurement")


def test_one_block_that_is_not_a_number_is_enough():
    measured = np.ones((16, 1)) + np.linspace(-1e-3, 1e-3, 16)[:, None]
    measured[5] = np.nan
    trial = on_trial(claim(Value("x", n=(1,)), {"x": [1.0]}, 0.1, cap=64), {"": Blocks(64, {"x": measured})})
    assert (trial.verdict().outcome, trial.verdict().reason) == ("inconclusive", "non-finite measurement")


def broken():
    raise ZeroDivisionError("the theory divides by zero")


FINE = blocks(x=([1.0, 1.0], [0.001, 0.001]), y=([1.0, 1.0], [0.001, 0.001]))
TWO = Value("x", n=(1, 2))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (claim(TWO, broken, 0.1), "ZeroDivisionError: the theory divides by zero"),
        (claim(TWO, {"x": [1, 1]}, 0.1, {"rival": broken}), "ZeroDivisionError: the theory divides by zero"),
        (claim(TWO, {"x": [1, np.nan]}, 0.1), "the prediction of 'x' is not finite"),
        (claim(TWO, {"x": [1, np.inf]}, 0.1), "the prediction of 'x' is not finite"),
        (claim(TWO, {"x": [1, 1]}, 0.1, {"rival": {"x": [np.nan, 1]}}), "the prediction of 'x' is not finite"),
        (claim(TWO, {"x": [1, 1, 1]}, 0.1), "the prediction of 'x' has 3 points, the experiment 2"),
        (claim(TWO, {"x": [1, 1]}, 0.1, {"rival": {"x": [1]}}), "the prediction of 'x' has 1 points, the experiment 2"),
        (claim(Value("x", n=(1, 2, 3)), {"x": [1, 1, 1]}, 0.1), "the experiment gives 2 points of 'x', the quantity"),
        (claim(Value("x", points=(0, 2), n=(1, 3)), {"x": [1, 1]}, 0.1), "the experiment gives 2 points of 'x'"),
        (claim(Value("x", n=(1,)), {"x": [1, 1]}, 0.1), "list the coordinates of every point or select with points="),
        (claim(Value("z", n=(1, 2)), {"z": [1, 1]}, 0.1), "the experiment has no column 'z'; it has x, y"),
        (claim(Value("other.x", n=(1, 2)), {"other.x": [1, 1]}, 0.1), "no experiment 'other' for the column"),
        (claim(TWO, lambda given: given, 0.1, given=("z",)), "no column 'z', which the law is conditional on"),
        (claim(TWO, {"x": [1, 1]}, {"exponent": 0.1}), "no margin for the part 'log value [n=1]'"),
        (
            claim(TWO, {"x": [1, 1], "y": [-1, 1]}, 0.1, {"rival": {"peak": [1]}}),
            "the prediction has no column 'x'; it has peak",
        ),
        (claim(Peak("x", n=(1, 2)), {"peak": [5]}, 0.1), "no point within 0.1 of the predicted peak at n=5"),
    ],
)
def test_a_broken_claim_is_an_error_with_its_message(made, message):
    trial = on_trial(made, FINE)
    verdict = trial.verdict()
    assert verdict.outcome == "error"
    assert message in verdict.reason
    assert trial.finished
    assert not verdict.as_expected


def test_the_error_of_one_claim_leaves_the_others_alone():
    broken_one, good = Trial(claim(TWO, broken, 0.1)), Trial(claim(TWO, {"x": [1, 1]}, 0.1, {"far": {"x": [9, 9]}}))
    for trial in (broken_one, good):
        trial.look(FINE, 0)
    assert [trial.verdict().outcome for trial in (broken_one, good)] == ["error", "agrees"]
    assert "ZeroDivisionError" in broken_one.details


def test_columns_of_several_experiments_carry_their_prefix():
    sources = {"wide": Experiment(simulate, {"n": 1}), "deep": Experiment(simulate, {"n": 2})}
    rival = {"wide.x": [3.0, 1.0]}
    made = claim(Ratio("wide.x", [(0, 1)], n=(1, 2)), {"wide.x": [2.0, 1.0]}, 0.1, {"r": rival}, experiment=sources)
    found = blocks(x=([2.0, 1.0], [0.001, 0.001]))[""]
    trial = on_trial(made, {"wide": found, "deep": Blocks(128, found.means)})
    assert trial.verdict().outcome == "agrees"
    assert trial.verdict().draws == 64


# -- conditional laws ----------------------------------------------------------------------------------------------


def test_a_law_that_holds_draw_by_draw_has_no_error_left():
    """x = 2 g in every draw: the errors of x and of the given g cancel inside the jackknife."""
    g = np.random.default_rng(8).gamma(4.0, size=(16, 2))
    made = claim(
        TWO, lambda given: Prediction({"x": 2 * given["g"]}), 0.1, {"r": lambda given: {"x": given["g"]}}, given=("g",)
    )
    trial = on_trial(made, {"": Blocks(64, {"x": 2 * g, "g": g})})
    assert [part.gap for part in trial.own.parts] == pytest.approx([0, 0], abs=1e-12)
    assert [part.stderr for part in trial.own.parts] == pytest.approx([0, 0], abs=1e-12)
    assert trial.verdict().sound


def test_errors_of_given_columns_are_counted():
    """Independent x and g: the variance of log x − log g is the sum of both; without g it would be the first."""
    rng = np.random.default_rng(9)
    x, g = 1 + 0.01 * rng.standard_normal((16, 2)), 1 + 0.03 * rng.standard_normal((16, 2))
    rivals = {"r": lambda given: {"x": 9 * given["g"]}}
    made = claim(TWO, lambda given: Prediction({"x": given["g"]}), 0.1, rivals, given=("g",))
    trial = on_trial(made, {"": Blocks(64, {"x": x, "g": g})})
    difference = np.log(x) - np.log(g)
    assert [part.stderr for part in trial.own.parts] == pytest.approx(difference.std(axis=0, ddof=1) / 4, rel=0.05)
    assert all(part.stderr > 1.5 * s for part, s in zip(trial.own.parts, x.std(axis=0, ddof=1) / 4, strict=True))


def test_coverage_of_a_conditional_law():
    """x and g share part of their noise; the 95 % interval of log x − log g covers."""
    n_runs, rng = 3000, np.random.default_rng(10)
    common = rng.standard_normal((16, n_runs))
    x = np.exp(0.1 * (common + rng.standard_normal((16, n_runs))))
    g = np.exp(0.1 * (common + rng.standard_normal((16, n_runs))))
    rivals = {"r": lambda given: {"x": 9 * given["g"]}}
    made = claim(Many(n_runs), lambda given: Prediction({"x": given["g"]}), 0.1, rivals, given=("g",))
    trial = on_trial(made, {"": Blocks(64, {"x": x, "g": g})})
    z = np.array([part.gap / part.stderr for part in trial.own.parts])
    interval = stats.binomtest(int((np.abs(z) < stats.t.ppf(0.975, 15)).sum()), n_runs).proportion_ci(0.999)
    assert interval.low > 0.93
    assert interval.high < 0.97


def test_a_conditional_law_that_raises_is_an_error():
    made = claim(TWO, lambda given: broken() if "y" in given else {}, 0.1, given=("y",))
    trial = on_trial(made, FINE)
    assert trial.verdict().outcome == "error"
    assert "divides by zero" in trial.verdict().reason


# -- reasons -------------------------------------------------------------------------------------------------------


def remedy(needed):
    """The number rounded up to two digits, and the next 64 · 2^k that is not below it."""
    step = 10 ** (max(2, math.ceil(math.log10(needed))) - 2)
    enough = math.ceil(math.ceil(needed) / step) * step
    return f"about {enough} draws would decide: set cap={64 * 2 ** math.ceil(math.log2(enough / 64))}"


def test_reason_says_how_many_draws_would_decide():
    made = claim(Value("x", n=(1,)), {"x": [1.0]}, 0.1, cap=64)
    trial = on_trial(made, blocks(x=([1.0], [0.04])))
    verdict = trial.verdict()
    assert verdict.outcome == "inconclusive"
    (part,) = verdict.parts
    assert part.stderr == pytest.approx(0.04, rel=0.01)
    room = 0.1 - abs(part.gap)
    needed = 64 * (rule.quantile(rule.AGREE_LEVEL / 2) * part.stderr / room) ** 2
    assert verdict.reason == f"cap of 64 draws reached; {remedy(needed)}"
    assert part.reach == pytest.approx(0.1 + 9.19 * part.stderr, rel=1e-3)


def test_reason_of_a_claim_that_its_allowance_decides():
    def predict():
        return Prediction({"x": [1.0]}, {"x": [0.06]})

    verdict = on_trial(claim(Value("x", n=(1,)), predict, 0.1, cap=64), blocks(x=([1.05], [0.001]))).verdict()
    assert (verdict.outcome, verdict.reason) == (
        "inconclusive",
        "bias-limited: twice the allowance reaches the margin",
    )


@pytest.mark.parametrize(
    ("quantity", "allowance", "limit"),
    [
        (Value("x", n=(1,)), 0.05, "twice the allowance reaches the margin"),
        (Value("x", n=(1,)), np.inf, "the remainder has no bound"),
        (Value("x", n=(1,)), 3.0, "the remainder has no bound"),  # it leaves room for a mean of zero
        (Bound("x", n=(1,)), 0.1, "the allowance reaches the margin"),
        (Bound("x", n=(1,), side="upper"), 0.1, "the allowance reaches the margin"),
        (Bound("x", n=(1,), strict=True), 0.1, "the allowance reaches the margin"),
        (Bound("x", n=(1,)), np.inf, "the remainder has no bound"),
    ],
)
def test_an_allowance_that_bars_agreement_is_the_reason_for_every_kind_of_part(quantity, allowance, limit):
    def predict():
        return Prediction({"x": [1.0]}, {"x": [allowance]})

    verdict = on_trial(claim(quantity, predict, 0.1, cap=64), blocks(x=([1.0], [0.03]))).verdict()
    assert verdict.outcome == "inconclusive"
    assert verdict.reason.startswith(f"bias-limited: {limit}")


def test_an_allowance_below_the_margin_does_not_limit_a_one_sided_part():
    """Twice the allowance reaches the margin; the gap of a bound has one side only, and more draws would decide."""

    def predict():
        return Prediction({"x": [1.0]}, {"x": [0.06]})

    verdict = on_trial(claim(Bound("x", n=(1,)), predict, 0.1, cap=64), blocks(x=([1.0], [0.03]))).verdict()
    assert verdict.reason.startswith("cap of 64 draws reached; about")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("log_mean", "stderr"), [(-0.05, 0.02), (-0.01, 0.04), (-0.15, 0.03)])
def test_reason_of_a_bound_counts_its_strict_form_and_its_shared_level(strict, log_mean, stderr):
    """Four learners share the level of disagreement; a strict one is refuted from zero on, not from the margin on."""
    quantity = Bound("x", ridge=(1, 2, 3, 4), strict=strict)
    means = np.exp([log_mean, 1.0, 1.0, 1.0])
    verdict = on_trial(
        claim(quantity, {"x": np.ones(4)}, 0.1, {"r": {"x": np.full(4, 9.0)}}, cap=64),
        blocks(x=(means, means * [stderr, 0.001, 0.001, 0.001])),
    ).verdict()
    assert [part.outcome for part in verdict.parts] == ["inconclusive", *["agrees"] * 3]
    part = verdict.parts[0]
    low, agree = -part.gap, rule.quantile(rule.AGREE_LEVEL / 2)
    refute = rule.quantile(rule.DISAGREE_LEVEL / 4 / 2)
    needed = [(agree, 0.1 - low)] if low < 0.1 else [(refute, low - 0.1)]
    if strict:
        needed.append((refute, low))
    fewest = min(64 * (t * part.stderr / room) ** 2 for t, room in needed)
    assert verdict.reason == f"cap of 64 draws reached; {remedy(fewest)}"


def test_a_claim_is_decided_by_its_first_refutation_or_by_all_its_parts():
    """One part lies at its margin, where no draws decide it, and the other would be refuted; then two that agree."""
    rivals = {"far": {"x": [9.0, 9.0]}}
    made = claim(TWO, {"x": [1.0, 1.0]}, 0.1, rivals, cap=64)
    part, _ = (verdict := on_trial(made, blocks(x=(np.exp([0.2, 0.1]), [0.03, 1e-9]))).verdict()).parts
    needed = 64 * (rule.quantile(rule.DISAGREE_LEVEL / 2) * part.stderr / (abs(part.gap) - 0.1)) ** 2
    assert verdict.reason == f"cap of 64 draws reached; {remedy(needed)}"
    verdict = on_trial(made, blocks(x=(np.exp([0.05, 0.01]), [0.03, 0.04]))).verdict()
    t = rule.quantile(rule.AGREE_LEVEL / 2)
    first, second = (64 * (t * part.stderr / (0.1 - abs(part.gap))) ** 2 for part in verdict.parts)
    assert first > 1.5 * second
    assert verdict.reason == f"cap of 64 draws reached; {remedy(first)}"


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        (0.04, "about 89 draws would decide: set cap=128"),
        (0.3, "about 5100 draws would decide: set cap=8192"),
        (3.0, "about 510000 draws would decide, more than the largest cap of 131072; " + account.CHEAPER),
        (900.0, "only more than a billion draws would decide"),
    ],
)
def test_reason_names_the_cap_to_set(stderr, told):
    part = PartVerdict("x", "two-sided", 1.0, 1.0, 0.0, stderr, 0.0, 0.1, 1.0, "inconclusive", 1.0, False)
    assert account._told([part], 64, cap=64) == f"; {told}"


def test_no_cap_is_advised_where_the_present_one_is_enough_or_there_is_none():
    part = PartVerdict("x", "two-sided", 1.0, 1.0, 0.0, 0.3, 0.0, 0.1, 1.0, "inconclusive", 1.0, False)
    for cap in (8192, np.inf):
        assert account._told([part], 64, cap=cap).endswith(" draws would decide")


@pytest.mark.parametrize(("draws", "cap"), [(64, 128), (128, 64)])
def test_reason_of_fewer_or_more_draws_than_the_cap(draws, cap):
    """A record may be shorter than the cap of today's claim, or longer."""
    made = claim(Value("x", n=(1,)), {"x": [1.0]}, 0.1, cap=cap)
    assert (
        on_trial(made, blocks(draws, x=([1.0], [0.04])))
        .verdict()
        .reason.startswith(f"{draws} draws used, the cap is {cap}; about ")
    )


def test_no_draws_decide_a_gap_at_the_margin():
    trial = on_trial(claim(Value("x", n=(1,)), {"x": [np.exp(-0.1)]}, 0.1, cap=64), blocks(x=([1.0], [1e-9])))
    assert trial.verdict().reason.startswith("cap of 64 draws reached")


def test_expected_disagreement_needs_evidence_and_must_happen():
    with pytest.raises(ClaimError, match="needs its evidence"):
        claim(TWO, {"x": [1, 1]}, 0.1, expect="disagrees")
    made = claim(TWO, {"x": [2, 1]}, 0.1, {"r": {"x": [9, 9]}}, expect="disagrees", evidence="measured twice")
    assert on_trial(made, FINE).verdict().as_expected
    agreeing = claim(TWO, {"x": [1, 1]}, 0.1, {"r": {"x": [9, 9]}}, expect="disagrees", evidence="measured twice")
    assert not on_trial(agreeing, FINE).verdict().as_expected


# -- symbolic law against finite-size theory -----------------------------------------------------------------------

SIZES = (10**3, 10**6)


def law(value=2, finite=lambda n: 2 + mpmath.mpf(1) / n, order=1, bound=1e-5, sizes=SIZES):
    return Asymptote(law=lambda: value, finite=finite, sizes=sizes, order=order, bound=bound)


@pytest.mark.parametrize(
    ("asymptote", "outcome"),
    [
        (law(), "agrees"),
        (law(value=2.001), "disagrees"),
        (law(finite=lambda n: 2 + mpmath.mpf(n) ** -0.5 / 1000), "disagrees"),  # right limit, half the rate
        (law(finite=lambda n: 2 + mpmath.mpf(n) ** -0.5 / 1000, order=0.5), "agrees"),
        (law(bound=1e-7), "disagrees"),
        (law(finite=lambda _: 2), "agrees"),  # exact: no rate to judge
        (law(finite=lambda _: mpmath.nan), "inconclusive"),
        (law(finite=lambda _: mpmath.inf), "inconclusive"),
        (law(value=float("nan")), "inconclusive"),
        (law(value=(2, 2), finite=lambda n: (2 + mpmath.mpf(1) / n, mpmath.nan)), "inconclusive"),
        (law(value=(2, 2), finite=lambda n: (mpmath.nan, 2 + mpmath.mpf(1) / n)), "inconclusive"),
        (law(value=(2, 3), finite=lambda n: (2 + mpmath.mpf(1) / n, 3)), "agrees"),
        (law(value=(2, 3), finite=lambda n: (2 + mpmath.mpf(1) / n, 3.1)), "disagrees"),
    ],
)
def test_outcomes_of_a_law(asymptote, outcome):
    assert judge_law(asymptote).outcome == outcome


@pytest.mark.parametrize(
    "third",
    [
        sympy.Rational(1, 3),
        sympy.Integer(1) / 3,
        sympy.sin(sympy.asin(sympy.Rational(1, 3))),
        sympy.Float("0.3333333333333333333333333333333333333", 37),
        Fraction(1, 3),
        flint.fmpq(1, 3),
        [Fraction(1, 3)],
        np.array([1 / 3]),
        1 / 3,
    ],
    ids=repr,
)
def test_numbers_of_every_kind(third):
    verdict = judge_law(law(third, finite=lambda n: Fraction(1, 3) + Fraction(1, n)))
    assert verdict.outcome == "agrees"
    assert verdict.deviation == pytest.approx(1e-6, rel=1e-6)
    assert verdict.law.startswith("0.33333333333")


def test_enclosures_and_multiprecision_keep_their_digits():
    with mpmath.workdps(50):
        third = mpmath.mpf(1) / 3
    before, flint.ctx.dps = flint.ctx.dps, 50
    try:
        ball = flint.arb(1) / 3
    finally:
        flint.ctx.dps = before
    for value in (third, ball):
        verdict = judge_law(law(value, finite=lambda n: Fraction(1, 3) + Fraction(1, n**6), order=6))
        assert verdict.outcome == "agrees"
        assert verdict.deviation == pytest.approx(1e-36, rel=1e-6)


def theory_only(asymptote, **rivals):
    return Claim("synthetic_law", "A statement.", "a source", asymptote=asymptote, rivals=rivals)


def test_theory_alone_is_judged_without_draws():
    trial = Trial(theory_only(law(), double=lambda: 4, close=lambda: 2.000001, undefined=lambda: float("nan")))
    assert trial.finished
    verdict = trial.verdict()
    assert verdict.outcome == "agrees"
    assert verdict.draws == 0
    assert {rival.name: rival.outcome for rival in verdict.rivals} == {
        "double": "disagrees",
        "close": "inconclusive",
        "undefined": "inconclusive",
    }
    assert verdict.rivals[0].distance == pytest.approx(2e5)
    assert not verdict.sound


def test_rival_law_with_one_value_that_is_not_a_number_is_not_rejected():
    both = law(value=(2, 3), finite=lambda _: (2, 3))
    assert judge_rival_law(both, "r", lambda: (9, float("nan"))).outcome == "inconclusive"
    assert judge_rival_law(both, "r", lambda: (2, 9)).outcome == "disagrees"


def test_outcome_of_theory_alone_that_is_wrong_or_undefined():
    wrong = Trial(theory_only(law(value=3), double=lambda: 4)).verdict()
    assert wrong.outcome == "disagrees"
    assert wrong.reason.startswith("symbolic law: the finite-size theory at size 1e+06 is 1 away from it")
    undefined = Trial(theory_only(law(finite=lambda _: mpmath.nan), double=lambda: 4)).verdict()
    assert (undefined.outcome, undefined.reason) == ("inconclusive", "symbolic law: a value is not finite")


@pytest.mark.parametrize(
    "made",
    [
        theory_only(Asymptote(broken, lambda _: 2, SIZES, 1, 1), double=lambda: 4),
        theory_only(law(finite=lambda _: broken()), double=lambda: 4),
        theory_only(law(), double=broken),
        theory_only(law(value=(2, 3)), double=lambda: 4),
        theory_only(law(sizes=(10,)), double=lambda: 4),
    ],
)
def test_a_law_that_cannot_be_evaluated_is_this_claims_error(made):
    verdict = Trial(made).verdict()
    assert verdict.outcome == "error"
    assert verdict.reason


def test_a_claim_needs_its_law_and_its_measurement():
    rival = {"far": {"x": [9, 9]}}
    wrong_law = on_trial(claim(TWO, {"x": [1, 1]}, 0.1, rival, asymptote=law(value=3)), FINE).verdict()
    assert wrong_law.outcome == "disagrees"
    undefined = claim(TWO, {"x": [1, 1]}, 0.1, rival, asymptote=law(finite=lambda _: mpmath.nan))
    verdict = on_trial(undefined, FINE).verdict()
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "symbolic law: a value is not finite")
    assert on_trial(claim(TWO, {"x": [1, 1]}, 0.1, rival, asymptote=law()), FINE).verdict().outcome == "agrees"


def test_exponent_with_a_limit_for_prediction():
    """A theory that gives only the exponent carries its bound on the finite-size bias as allowance."""
    sizes = np.array([8.0, 16.0, 32.0, 64.0])

    def predict():
        return Prediction({"exponent": [1.0]}, {"exponent": [0.02]})

    made = claim(Exponent("x", n=sizes), predict, 0.1, {"steeper": lambda: Prediction({"exponent": [1.2]})})
    verdict = on_trial(made, blocks(x=(sizes**-1.01, sizes**-1.01 * 0.005))).verdict()
    assert verdict.sound
    assert verdict.parts[0].allowance == 0.02
    assert verdict.parts[0].measured == pytest.approx(1.01, abs=0.001)
    assert verdict.points[0].predicted is None


# -- vetoes of points ---------------------------------------------------------------------------------------------


def curve_claim():
    margin = {"level": 0.05, "shape": 0.05, "point": 0.05}
    quantity = Curve("x", (), n=2.0 ** np.arange(16))
    return claim(quantity, {"x": np.ones(16)}, margin, {"half": {"x": np.full(16, 0.5)}}, cap=4096)


def tried(on_trial, truth, rng, spread=0.02):
    trial = Trial(on_trial)
    draws = truth * (1 + spread * rng.standard_normal((4096, 16)))
    for look in range(7):
        means = draws[: 64 * 2**look].reshape(-1, 16, 4, 16).mean(axis=(0, 2))
        trial.look({"": Blocks(64 * 2**look, {"x": means})}, look)
    return trial


def test_one_point_vetoes_a_curve_that_level_and_shape_would_pass():
    truth = np.ones(16)
    truth[5] = 1.1
    trial = tried(curve_claim(), truth, np.random.default_rng(30))
    assert {part.name: part.outcome for part in trial.own.parts} == {"level": "agrees", "shape": "agrees"}
    verdict = trial.verdict()
    assert verdict.outcome == "disagrees"
    assert [(part.name, part.outcome) for part in verdict.parts[2:]] == [("point [n=32]", "disagrees")]
    assert verdict.parts[2].gap == pytest.approx(np.log(1.1), abs=0.01)


def test_without_a_veto_a_curve_shows_its_parts_alone():
    verdict = tried(curve_claim(), np.ones(16), np.random.default_rng(31)).verdict()
    assert [(part.name, part.outcome) for part in verdict.parts] == [("level", "agrees"), ("shape", "agrees")]
    assert verdict.outcome == "agrees"


def test_points_off_by_exactly_their_margin_cast_no_veto():
    rng, truth = np.random.default_rng(32), np.ones(16)
    truth[[2, 9]] = np.exp(0.05), np.exp(-0.05)
    vetoes = [tried(curve_claim(), truth, rng).own.vetoes for _ in range(150)]
    assert not any(vetoes)
