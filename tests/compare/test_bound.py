"""Bounds over a panel of learners: parts by hand, error rates of both forms, loose panels, conditional bounds."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from compare.bound import AtLeast, Bound, refutable_inflation
from compare.claim import Claim
from compare.curve import Curve
from compare.experiment import Blocks, Experiment
from compare.quantity import Exponent, Level, Together
from compare.rule import draws_at
from compare.trial import Trial
from theory.prediction import Prediction

N_LOOKS = 6
CAP = draws_at(N_LOOKS - 1)
RIDGES = (0.1, 1.0, 10.0)


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def on_trial(quantity, predict, margin, rivals=None, **more):
    rivals = rivals or {"far off": {"loss": 9 * np.asarray(predict["loss"])}}
    told = predict if callable(predict) else lambda: Prediction(predict)
    return Trial(Claim(
        "synthetic_claim", "A statement.", "a source", experiment=Experiment(simulate), quantity=quantity,
        predict=told, margin=margin, because="a reason", cap=CAP,
        rivals={name: value if callable(value) else (lambda value=value: Prediction(value))
                for name, value in rivals.items()}, **more))  # fmt: skip


def at_most(count, runs, bound):
    """The rate is below the bound: the upper 99 % limit is."""
    limit = stats.binomtest(int(count), runs, alternative="less").proportion_ci(0.99).high
    assert limit < bound, f"{count} of {runs}, upper limit {limit:.2g}, bound {bound:g}"


# -- by hand ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_parts_by_hand(side):
    bound = Bound("loss", side=side, strict=True, ridge=RIDGES)
    prediction = Prediction({"loss": [2.0, 2.0, 2.0]}, {"loss": [0.1, 0.0, 0.0]})
    parts = bound.parts(prediction, 0.05)
    assert [part.name for part in parts] == [f"log ratio to bound [ridge={r:g}]" for r in RIDGES]
    assert {(part.margin, part.side, part.share, part.strict) for part in parts} == {(0.05, side, 1 / 3, True)}
    assert bound.gaps({"loss": np.array([2.0, 2 * np.e, 1.0])}, prediction, 0.05) == pytest.approx([0, 1, -np.log(2)])
    assert bound.allowance(prediction, 0.05) == pytest.approx([-np.log(0.95), 0, 0])
    assert bound.size == 1
    assert bound.kind == f"{side} bound"


def seen(means, stderr, **columns):
    """Blocks at the cap with these means and standard errors of the loss."""
    spread = np.linspace(-1, 1, 16)
    spread = 4 * spread / spread.std(ddof=1)
    blocks = {"loss": np.asarray(means) + np.multiply.outer(spread, np.full(len(means), stderr))}
    return {"": Blocks(CAP, blocks | {name: np.tile(value, (16, 1)) for name, value in columns.items()})}


@pytest.mark.parametrize(
    ("means", "strict", "outcome"),
    [
        ((1.0, 1.0, 1.5), False, "agrees"),
        ((1.0, 1.0, 1.5), True, "agrees"),
        ((1.0, 0.97, 1.5), False, "inconclusive"),  # 0.97 > e^-0.05: beyond the bound, within the margin
        ((1.0, 0.97, 1.5), True, "disagrees"),
        ((1.0, 0.90, 1.5), False, "disagrees"),
    ],
)
def test_every_learner_must_agree_and_one_refutes(means, strict, outcome):
    trial = on_trial(Bound("loss", strict=strict, ridge=RIDGES), {"loss": np.ones(3)}, 0.05)
    trial.look(seen(means, 0.004 if outcome != "inconclusive" else 0.009), N_LOOKS - 1)
    assert not trial.error
    assert trial.verdict().outcome == outcome


def test_an_upper_bound_is_the_mirror_image():
    for mean, outcome in ((0.5, "agrees"), (1.03, "disagrees")):
        trial = on_trial(Bound("loss", side="upper", strict=True, ridge=(1.0,)), {"loss": [1.0]}, 0.05)
        trial.look(seen((mean,), 0.002), N_LOOKS - 1)
        assert trial.verdict().outcome == outcome


def test_the_reach_of_a_strict_bound_has_no_margin():
    reach = []
    for strict in (False, True):
        trial = on_trial(Bound("loss", strict=strict, ridge=RIDGES), {"loss": np.ones(3)}, 0.05)
        trial.look(seen((1.02, 1.1, 1.5), 0.001), N_LOOKS - 1)
        parts = trial.verdict().parts
        reach.append(parts[0].reach)
        assert np.log1p(refutable_inflation(parts)) == pytest.approx(parts[0].gap + parts[0].reach)
    assert reach[0] - reach[1] == pytest.approx(0.05)


def test_a_bound_that_belongs_to_the_draws_comes_through_given():
    """The bound and the loss share their noise: without it the gap is exact."""
    noise = 1 + 0.3 * np.linspace(-1, 1, 16)[:, None]
    blocks = {"": Blocks(CAP, {"loss": noise * [1.01, 1.2, 1.5], "bound": noise})}
    trial = on_trial(
        Bound("loss", strict=True, ridge=RIDGES), lambda means: Prediction({"loss": np.tile(means["bound"], 3)}), 0.005,
        {"2 % higher": lambda means: Prediction({"loss": np.tile(1.02 * means["bound"], 3)})}, given=("bound",),
    )  # fmt: skip
    trial.look(blocks, N_LOOKS - 1)
    verdict = trial.verdict()
    assert [part.gap for part in verdict.parts] == pytest.approx(np.log([1.01, 1.2, 1.5]))
    assert verdict.outcome == "agrees"
    assert verdict.rivals_rejected == 1


def test_what_is_refused():
    with pytest.raises(ValueError, match="lower or upper"):
        Bound("loss", side="both", ridge=RIDGES)
    for quantity in (Bound("loss", ridge=RIDGES), Curve("loss", (), ridge=RIDGES)):
        with pytest.raises(TypeError, match="cannot be judged together"):
            Together(one=quantity, other=Level("loss", ridge=RIDGES))


# -- error rates --------------------------------------------------------------------------------------------------

SLACK = np.log([1.0, 1.1, 1.17, 1.4])
"""Learners of the tight panel; the loose one lacks the first, which attains the bound."""
SD = np.sqrt(np.expm1(0.49))
MARGIN = 10 * SD / np.sqrt(CAP)
RUNS = 700


class ManyPanels(Bound):
    """Independent panels as the parts of one trial."""

    def __init__(self, n_learners, strict):
        super().__init__("loss", strict=strict, run=np.arange(RUNS * n_learners))
        self.n_learners = n_learners

    def measure(self, means):
        return np.log(means["loss"])

    def allowance(self, *_):
        return np.zeros(len(self.names))

    def parts(self, prediction, margin):
        return tuple(replace(part, share=1 / self.n_learners) for part in super().parts(prediction, margin))


@cache
def looks():
    """Blocks at every look of all panels; losses are lognormal, the learners of a panel share half their noise."""
    rng, total, have, found = np.random.default_rng(1), np.zeros((16, RUNS, len(SLACK))), 0, []
    for look in range(N_LOOKS):
        new = draws_at(look) // 16 - have
        for done in range(0, new, 8):
            shape = (min(8, new - done), 16, RUNS)
            z = 0.7 * 0.5**0.5 * (rng.standard_normal((*shape, 1), dtype=np.float32)
                                      + rng.standard_normal((*shape, len(SLACK)), dtype=np.float32))  # fmt: skip
            total += np.exp(z).sum(axis=0) * np.exp(SLACK - 0.245)
        have += new
        found.append(total.reshape(16, -1) / have)
    return found


def outcomes(learners, strict, deviation):
    """Outcome of every panel for a bound too high by the deviation, in margins."""
    ones = np.ones(RUNS * len(learners))
    trial = on_trial(ManyPanels(len(learners), strict), {"loss": np.exp(deviation * MARGIN) * ones}, MARGIN,
                     {"rejected at once": {"loss": 1e9 * ones}})  # fmt: skip
    for look, means in enumerate(looks()):
        chosen = means.reshape(16, RUNS, -1)[:, :, learners].reshape(16, -1)
        trial.look({"": Blocks(draws_at(look), {"loss": chosen})}, look)
    assert not trial.error, trial.details
    parts = np.array([part.outcome for part in trial.own.parts]).reshape(RUNS, -1)
    some, every = (parts == "disagrees").any(axis=1), (parts == "agrees").all(axis=1)
    print(f"learners {learners}, strict {strict}, {deviation:+} margins: {every.sum()} agree, {some.sum()} disagree")
    return every.sum(), some.sum()


TIGHT, LOOSE = [0, 1, 2, 3], [2, 3]


def test_rates_of_the_margin_form():
    """The reach of four learners is 10.6 standard errors beyond the margin, so ten are refuted less than 99 %."""
    agree, disagree = outcomes(TIGHT, False, 0)
    at_most(RUNS - agree, RUNS, 0.01)
    at_most(disagree, RUNS, 0.01)
    agree, disagree = outcomes(TIGHT, False, 1)
    at_most(agree, RUNS, 0.025)
    at_most(disagree, RUNS, 0.01)
    _, disagree = outcomes(TIGHT, False, 2)
    at_most(RUNS - disagree, RUNS, 0.07)


def test_rates_of_the_strict_form():
    agree, disagree = outcomes(TIGHT, True, 0)
    at_most(RUNS - agree, RUNS, 0.01)
    at_most(disagree, RUNS, 0.01)
    agree, disagree = outcomes(TIGHT, True, 1)
    at_most(agree, RUNS, 0.015)
    at_most(RUNS - disagree, RUNS, 0.07)


def test_a_loose_panel_proves_nothing():
    """No learner within 17 % of the bound: a bound of half that too much agrees."""
    agree, _ = outcomes(LOOSE, True, 0.5 * SLACK[2] / MARGIN)
    at_most(RUNS - agree, RUNS, 0.01)


# -- at least so much ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("power", "outcome"), [(3.0, "agrees"), (0.98, "agrees"), (0.7, "disagrees")])
def test_at_least_takes_more_and_refuses_less(power, outcome):
    sizes = np.array([8.0, 16.0, 32.0])
    quantity = AtLeast(Exponent("loss", n=sizes))
    assert quantity.kind == "exponent in n"
    trial = on_trial(quantity, {"exponent": [1.0]}, 0.1, {"at least 4": {"exponent": [4.0]}})
    trial.look(seen(sizes**-power, 1e-7), N_LOOKS - 1)
    verdict = trial.verdict()
    assert verdict.outcome == outcome
    assert verdict.rivals_rejected == 1
    assert [(part.side, part.margin) for part in verdict.parts] == [("lower", 0.1)]


def test_at_least_of_a_bound_is_refused():
    with pytest.raises(TypeError, match="has its own rule"):
        AtLeast(Bound("loss", ridge=RIDGES))
