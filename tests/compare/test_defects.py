"""Deliberate defects of the judge: each turns the calibration red where the undamaged judge passes."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from compare import rule
from compare.bound import Bound
from compare.calibration import findings, judge
from compare.calibration.case import Case
from compare.calibration.kinds import kinds
from compare.quantity import Quantity

BED, RUNS = "lognormal, log-sd 0.3", 2400
KINDS = {kind.name: kind for kind in kinds()}


@pytest.fixture(scope="module")
def noise():
    """Draws made once for all defects."""
    (bed,) = [bed for bed in judge.BEDS if bed.name == BED]
    return list(judge.batches(bed, RUNS // judge.BATCH, 8, judge.SEED))


@pytest.fixture
def found(noise, monkeypatch):
    """The findings of one kind, on the same draws and with a bound sharp enough for 2400 runs."""
    monkeypatch.setattr(judge, "batches", lambda *_: noise)
    monkeypatch.setattr(judge, "ALWAYS", (-1.0, 0.0, 1.0))
    sharp = dataclasses.replace(findings.FALSE_AGREEMENT, pooled=0.015)
    monkeypatch.setattr(findings, "FALSE_AGREEMENT", sharp)
    return lambda kind: findings.findings(judge.measure(only=(kind,), beds=(BED,), runs=RUNS))


@pytest.mark.parametrize("kind", ["value", "level", "bound"])
def test_the_undamaged_judge_passes(kind, found):
    assert found(kind) == []


def red(sentences, word):
    """Whether one of the findings is about the word."""
    print("\n".join(sentences))
    return any(word in sentence for sentence in sentences)


def test_a_biased_estimator(found, monkeypatch):
    (bed,) = [bed for bed in judge.BEDS if bed.name == BED]
    shift, right = Case(KINDS["value"], bed, 8192).margin / 2, judge.jackknife

    def biased(gaps, blocks):
        estimate = right(gaps, blocks)
        return dataclasses.replace(estimate, gap=estimate.gap + shift)

    monkeypatch.setattr(judge, "jackknife", biased)
    assert red(found("value"), "coverage")


def test_quantiles_of_too_many_degrees_of_freedom(found, monkeypatch):
    monkeypatch.setattr(rule, "quantile", lambda level: float(stats.t.isf(level, 1000)))
    assert red(found("value"), "false agreement")


def test_blocks_that_are_not_aligned(found, monkeypatch):
    rng, right = np.random.default_rng(1), judge.jackknife

    def unaligned(gaps, blocks):
        return right(gaps, {name: rng.permuted(values, axis=0) for name, values in blocks.items()})

    monkeypatch.setattr(judge, "jackknife", unaligned)
    assert red(found("level"), "coverage")


@pytest.mark.parametrize(
    ("family", "side", "kind", "word"),
    [(Bound, "two-sided", "bound", "agreement with a true theory"), (Quantity, "upper", "value", "false agreement")],
    ids=["one-sided judged as two-sided", "two-sided judged as one-sided"],
)
def test_parts_judged_on_the_wrong_side(family, side, kind, word, found, monkeypatch):
    right = family.parts
    monkeypatch.setattr(
        family, "parts", lambda *given: tuple(dataclasses.replace(part, side=side) for part in right(*given))
    )
    assert red(found(kind), word)


def test_a_level_that_is_spent_at_every_look(found, monkeypatch):
    monkeypatch.setattr(rule, "level_share", lambda *_: 1.0)
    assert red(found("value"), "false agreement")
