"""The tail alarm: by hand, false alarms and detections by simulation, and what it does to a trial."""

import numpy as np
import pytest
from scipy import stats

from compare.claim import Claim
from compare.estimate import jackknife
from compare.experiment import Blocks, Experiment
from compare.quantity import Value
from compare.rule import draws_at
from compare.tail import LARGEST_SHARES, alarmed, dominance
from compare.trial import Trial
from theory.prediction import Prediction


def plain(stream, **parameters):
    """Never called; a plain function declares nothing."""
    raise NotImplementedError


def vouched(stream, **parameters):
    """Never called; declares that all its columns have all moments."""
    raise NotImplementedError


vouched.tail_index = dict


def test_dominance_by_hand():
    """One block alone: d = 15/16 and fifteen times −1/16, so 225/(225 + 15) = 15/16. Two alike: 7/16 each."""
    one, two = np.eye(16)[0], np.eye(16)[0] + np.eye(16)[1]
    assert dominance(np.stack([one, two, -3 * one + 7], axis=1)) == pytest.approx([15 / 16, 7 / 16, 15 / 16])
    assert dominance(np.stack([np.tile([1.0, -1.0], 8), np.ones(16)], axis=1)) == pytest.approx([1 / 16, 0])
    assert dominance(1e-15 * one[:, None]) == 0  # rounding
    assert not alarmed(dominance(np.full((16, 1), np.nan)), 64)


def test_of_one_mean_it_is_that_of_its_block_means():
    blocks = np.random.default_rng(1).gamma(2.0, size=(16, 3))
    assert jackknife(lambda means: means["x"], {"x": blocks}).dominance == pytest.approx(dominance(blocks))


def test_limits_belong_to_looks():
    assert list(LARGEST_SHARES) == sorted(LARGEST_SHARES, reverse=True)
    for look, limit in enumerate(LARGEST_SHARES):
        found = alarmed(np.array([limit - 1e-9, limit + 1e-9]), draws_at(look))
        assert found.tolist() == [False, True]
    assert alarmed(np.array([0.755, 0.765]), draws_at(11)).tolist() == [False, True]


def alarms(draw, look, n_runs, seed=1):
    rng, total = np.random.default_rng(seed), np.zeros((16, n_runs))
    for _ in range(draws_at(look) // 16):
        total += draw(rng, (16, n_runs))
    return int(alarmed(dominance(total), draws_at(look)).sum())


def lognormal(rng, shape):
    return np.exp(np.float32(0.7) * rng.standard_normal(shape, dtype=np.float32))


def pareto(tail_index):
    return lambda rng, shape: rng.random(shape) ** (-1 / tail_index)


@pytest.mark.parametrize(("look", "n_runs"), [(0, 150_000), (1, 100_000), (2, 60_000), (4, 30_000)])
def test_false_alarms(look, n_runs):
    """One in ten thousand lognormal columns, as far as this number of runs can tell."""
    count = alarms(lognormal, look, n_runs)
    print(f"look {look}: {count} of {n_runs}")
    assert stats.binomtest(count, n_runs, 1e-4, alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize(("tail_index", "rate"), [(2.0, 0.02), (1.5, 0.05), (1.0, 0.15), (0.5, 0.4)])
@pytest.mark.parametrize("look", [0, 4])
def test_detections(tail_index, rate, look):
    """Seldom certain: sixteen numbers tell infinite variance from skewness only when one draw outweighs the rest."""
    count = alarms(pareto(tail_index), look, 4000)
    print(f"tail index {tail_index}, look {look}: {count / 4000:.3f}")
    assert count > rate * 4000


def on_trial(function, **columns):
    trial = Trial(Claim(
        "synthetic_claim", "A statement.", "a source", experiment=Experiment(function), quantity=Value("x", n=(1, 2)),
        predict=lambda: Prediction({"x": [1.0, 1.0]}), margin=0.5, because="a reason", cap=128,
        rivals={"far off": lambda: Prediction({"x": [9.0, 9.0]})}))  # fmt: skip
    trial.look({"": Blocks(64, columns)}, 0)
    return trial


def heavy_block():
    """Two points whose means agree; in the first, one block holds all the spread."""
    spread = np.linspace(-0.01, 0.01, 16)
    return {"x": np.stack([1 + 0.1 * np.eye(16)[3], 1 + spread], axis=1)}


def test_a_plain_simulation_is_held():
    trial = on_trial(plain, **heavy_block())
    assert [part.outcome for part in trial.own.parts] == ["inconclusive", "agrees"]
    assert trial.verdict().reason.startswith("tail alarm")
    assert [part.outcome for part in trial.rivals["far off"].parts] == ["inconclusive", "disagrees"]
    spread = np.linspace(-0.01, 0.01, 16)[:, None] * [1, 1]
    trial.look({"": Blocks(128, {"x": 1 + spread})}, 1)  # the next look clears it
    assert trial.verdict().outcome == "agrees"


def test_a_simulation_that_vouches_for_its_moments_is_not_held():
    trial = on_trial(vouched, **heavy_block())
    assert trial.verdict().outcome == "agrees"
    assert trial.verdict().rivals_rejected == 1
