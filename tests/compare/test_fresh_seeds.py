"""The suite on further seeds: what is counted, what is kept, what is worked out once."""

import json
from collections import Counter

import pytest

from compare import Asymptote, Claim, Experiment, Value
from compare.calibration import fresh_seeds
from compare.calibration.fresh_seeds import (
    ERROR,
    INCONCLUSIVE,
    KINDS,
    RIVAL_LEFT,
    UNEXPECTED,
    measure,
    remembered,
    totals,
)

CALLS = Counter()


def lab(stream, *, mean, spread=0.05):
    CALLS["lab"] += 1
    if mean == "broken":
        raise RuntimeError("boom")
    return {"loss": mean * (1 + spread * stream.normal(2))}


def made(name, mean=1.0, said=1.0, **more):
    def predict():
        CALLS["predict"] += 1
        return {"loss": [said, said]}

    fields = {
        "statement": "The mean is what it is.",
        "source": "made for a test",
        "experiment": Experiment(lab, {"mean": mean} | more.pop("parameters", {})),
        "predict": predict,
        "quantity": Value("loss", n=(1, 2)),
        "margin": 0.1,
        "because": "for a test",
        "rivals": {"twice as much": lambda: {"loss": [2.0, 2.0]}},
        "cap": 128,
    }
    return Claim(name=name, **(fields | more))


GOOD = made("good")
ONE_OF_EACH = [
    GOOD,
    made("noisy", parameters={"spread": 1.5}, rivals={"a thousand": lambda: {"loss": [1e3, 1e3]}}),
    made("wrong", said=1.5),
    made("blunt", rivals={"5 % more": lambda: {"loss": [1.05, 1.05]}}),
    made("broken", mean="broken"),
]


def test_every_way_of_coming_out_is_counted():
    document = measure(2, claims=ONE_OF_EACH, into=None)
    kinds = {name: {seed["claims"][name]["kind"] for seed in document["seeds"]} for name in document["suite"]}
    expected = dict(zip(["good", "noisy", "wrong", "blunt", "broken"], [KINDS[0], *KINDS[1:]], strict=True))
    assert kinds == {name: {kind} for name, kind in expected.items()}
    found = totals(document)
    assert found["claim-runs"] == 10
    assert [found[kind]["count"] for kind in KINDS] == [2] * 5
    assert found["requirement met"] is False
    page = fresh_seeds.markdown(document)
    assert "1001 to 1002, fixed before the first run" in page
    assert "seed 1002, `blunt`: rival not rejected. 5 % more" in page
    assert "boom" in page
    assert "**Not met.**" in page


def test_different_seeds_give_different_draws():
    document = measure(2, claims=[made("noisy", parameters={"spread": 0.3})], into=None)
    gaps = [seed["claims"]["noisy"]["gap in margins"] for seed in document["seeds"]]
    assert gaps[0] != gaps[1]


def test_seeds_are_kept_one_by_one_and_continued(tmp_path):
    into = tmp_path / "folder" / "seeds.json"

    def interrupt(text, *_):
        if text.startswith("seed 1003"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(4, claims=[GOOD], into=into, progress=interrupt)
    before = json.loads(into.read_text())["seeds"]
    assert [row["seed"] for row in before] == [1001, 1002]
    ran = []
    document = measure(4, claims=[GOOD], into=into, progress=lambda text, *_: ran.append(text.split()[1]))
    assert set(ran) == {"1003", "1004"}
    assert document["seeds"][:2] == before
    assert json.loads(into.read_text()) == document
    assert [row["seed"] for row in measure([7, 1002], claims=[GOOD], into=into)["seeds"]] == [1001, 1002, 1003, 1004, 7]


def test_runs_of_other_claims_are_not_added_up(tmp_path):
    into = tmp_path / "seeds.json"
    measure(1, claims=[GOOD], into=into)
    with pytest.raises(fresh_seeds.OtherSuiteError, match="another suite, which cannot be added up"):
        measure(2, claims=[made("good", margin=0.2)], into=into)


def test_laws_and_predictions_are_worked_out_once():
    def count(name, value):
        CALLS[name] += 1
        return value

    asymptote = Asymptote(lambda: count("law", 1), lambda size: count(size, 1 + 1 / size), (10, 100), 1, 0.1)
    CALLS.clear()
    document = measure(3, claims=[made("good", asymptote=asymptote)], into=None)
    assert totals(document)["as expected"]["count"] == 3
    assert {key: CALLS[key] for key in ("predict", "law", 10, 100)} == dict.fromkeys(("predict", "law", 10, 100), 1)


def test_a_conditional_prediction_is_asked_every_time():
    claim = made("good", predict=lambda given: {"loss": given["aid"]}, given=("aid",))
    assert remembered(claim).predict is claim.predict


def row(kind, number):
    return {f"{kind} {k}": {"kind": kind} for k in range(number)}


@pytest.mark.parametrize(
    ("others", "met"),
    [
        ({}, True),
        (row(INCONCLUSIVE, 1), True),
        (row(INCONCLUSIVE, 2), False),
        (row(UNEXPECTED, 1), False),
        (row(RIVAL_LEFT, 1), False),
        (row(ERROR, 1), False),
    ],
)
def test_the_requirement(others, met):
    claims = row("as expected", 400) | others
    assert totals({"seeds": [{"claims": claims}]})["requirement met"] is met
    assert totals({"seeds": [{"claims": row("as expected", 399)}]})["requirement met"] is False


def test_limits_are_those_of_clopper_and_pearson():
    low, high = fresh_seeds.limits(0, 408)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 408))


def test_seeds_nobody_chose_differ():
    assert len(set(fresh_seeds.random_seeds(5))) == 5
    assert fresh_seeds.fixed_seeds(3) == [1001, 1002, 1003]
    with pytest.raises(ValueError, match="at least 1, got 0"):
        fresh_seeds.fixed_seeds(0)
