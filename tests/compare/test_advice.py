"""Advice names the mistake: in a file for each, planted in random laws; and is silent where nothing is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from compare import Claim, Curve, Experiment, Exponent, Mean, Prediction, Value
from compare.__main__ import main
from compare.advice_points import told
from compare.experiment import Blocks
from compare.trial import Trial

MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.py"))
NAMED = {
    "agrees_at_small_sizes": ("disagrees", "it agrees only up to n_features = 32"),
    "asymptotic_law": ("disagrees", "about as n_features^−1: is it an asymptotic law, used at small sizes?"),
    "base_of_logarithm": ("disagrees", "about ln 10: a natural logarithm measured and one to base 10 predicted?"),
    "equal_rival": ("agrees", "the rival 'the same in other words' predicts the same as the claim"),
    "forgotten_factor_2": ("disagrees", "a missing factor 2, or a prediction of the loss with the 1/2?"),
    "half_loss": ("disagrees", "a factor 2 too many, or a measured loss with the 1/2?"),
    "ignores_its_stream": ("error", "are identical: it ignores its random stream, or seeds a generator of its own"),
    "includes_label_noise": (
        "disagrees",
        "= noise² = 0.2500: does it include label noise while the measurement does not",
    ),
    "logarithm_on_one_side": ("disagrees", "are the natural logarithm of your prediction"),
    "margin_wider_than_rival": ("agrees", "the rival 'a tenth more' lies 0.19 margins from the prediction"),
    "misspelt_column": ("error", "the experiment has no column 'los'; it has loss; did you mean 'loss'?"),
    "misspelt_parameter": ("error", "unexpected keyword argument 'n_feature'; did you mean 'n_features'?"),
    "not_a_number": ("inconclusive", "'loss' is not finite at n_features=16, n_samples=64, in 16 of 16 blocks"),
    "number_of_points": ("error", "the prediction of 'loss' has 3 points, the experiment 4"),
    "other_exponent": ("disagrees", "level agrees (near n_features = 64), exponent does not"),
    "other_level": ("disagrees", "exponent agrees, level does not: measured/predicted = 0.845"),
    "shape_of_prediction": ("error", "has shape (4, 1); a prediction has one number per point"),
    "sign_of_exponent": ("disagrees", "predicted 1.000: an exponent with the wrong sign?"),
    "sign_of_exponent_alone": ("disagrees", "the predicted exponent is 1, the measured one −1.0"),
    "single_float": ("error", "the prediction of 'loss' has 1 points, the experiment 4"),
    "swapped": ("disagrees", "n_features and n_samples look swapped"),
    "swapped_formula": ("disagrees", "n_features and n_samples look swapped"),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The claims of all files with a mistake, and what was printed about them."""
    folder = tmp_path_factory.mktemp("judged")
    words = ["check", *map(str, MISTAKES), "--workers", "1", "--store", "none"]
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("compare.terminal.Console.print", lambda _self, text, *_, **__: lines.append(str(text)))
        assert main([*words, "--json", str(folder / "out.json")]) == 2
    claims = json.loads((folder / "out.json").read_text(encoding="utf-8"))["claims"]
    return {claim["name"]: claim for claim in claims}, "\n".join(lines)


def test_every_mistake_has_its_advice_here():
    assert [path.stem for path in MISTAKES] == sorted(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_the_mistake_is_named(name, judged):
    claims, printed = judged
    outcome, words = NAMED[name]
    assert claims[name]["outcome"] == outcome
    said = claims[name]["reason"] if outcome == "error" else claims[name]["advice"]
    assert words in said
    assert f"{name}: {'error' if outcome == 'error' else 'advice'}: {said}" in printed
    assert said.endswith("?") or outcome == "error"


N, D = (np.array(x, dtype=float) for x in zip(*[(n, d) for n in (16, 32, 64) for d in (48, 96, 192)], strict=True))
QUANTITY = Value("loss", n_features=N, n_samples=D)


def simulate(_stream, **_parameters):
    raise AssertionError("these draws are made up")


def advice(measured, predicted, *, quantity=QUANTITY, error=0.01, seed=1, margin=0.08, **more):
    """Advice for a prediction before 16 blocks of draws with these means and this relative error of the mean."""
    column = quantity.views[0].column
    claim = Claim(
        "made_up", "A statement.", "a source", experiment=Experiment(simulate, more.pop("parameters", {})),
        predict=lambda: Prediction({column: predicted}), quantity=quantity, margin=margin, because="a reason",
        rivals={"far": lambda: Prediction({column: 50.0 + np.abs(predicted)})}, cap=64, **more,
    )  # fmt: skip
    measured = np.asarray(measured, dtype=float)
    noise = np.random.default_rng(seed).standard_normal((16, len(measured)))
    trial = Trial(claim)
    trial.look({"": Blocks(64, {column: measured * (1 + 4 * error * noise)})}, 0)
    verdict = trial.verdict()
    assert verdict.outcome != "error", verdict.reason
    return verdict.advice


PLANTED = {
    "factor 2": ("factor 2", lambda law, _: law(N, D) / 2),
    "twice": ("factor 2 too many", lambda law, _: law(N, D) * 2),
    "ln 10": ("ln 10", lambda law, _: law(N, D) / np.log(10)),
    "another factor": ("exponent agrees, level does not", lambda law, rng: law(N, D) * rng.uniform(1.2, 1.35)),
    "label noise": ("noise² = 0.25", lambda law, _: law(N, D) + 0.25),
    "floor": ("exceeds the measurement by the constant", lambda law, rng: law(N, D) + rng.uniform(0.3, 0.7)),
    "exponent": ("exponent in n_features measured", lambda law, rng: law(N, D) * (N / 64) ** -rng.uniform(0.3, 0.6)),
    "small sizes": ("an asymptotic law", lambda law, rng: law(N, D) / (1 + rng.uniform(8, 16) / N)),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_mistakes_planted_in_random_laws_are_named(mistake):
    words, planted = PLANTED[mistake]
    rng = np.random.default_rng(20260718)
    said = []
    for seed in range(8):
        a, b = rng.uniform(0.4, 1.5, 2)

        def law(n, d, a=a, b=b):
            return (n / 16) ** -a + 2 * (d / 48) ** -b

        said.append(advice(law(N, D), planted(law, rng), seed=seed, parameters={"noise": 0.5}))
    named = sum(words in text for text in said)
    print(f"{mistake}: {named} of {len(said)} named; others: {sorted({t for t in said if words not in t})}")
    assert named >= 7


def test_silence_where_no_correction_is_accepted():
    """Points off by random factors, log-sd 0.4, are no mistake that has a name."""
    rng = np.random.default_rng(20260718)
    truth = 1 / N + 1 / D
    said = [advice(truth, truth * np.exp(0.4 * rng.standard_normal(9)), seed=seed) for seed in range(30)]
    given = [text for text in said if text]
    print(f"{len(given)} of {len(said)}: {given}")
    assert len(given) <= 1


def test_silence_where_the_errors_are_large():
    truth = 1 / N + 1 / D
    assert advice(truth, truth / 2) != ""
    assert advice(truth, truth / 2, error=0.3) == ""
    assert advice(truth, truth / 1.05, error=0.02) == ""  # inconclusive, and not significant


def test_silence_where_all_is_as_expected():
    truth = 1 / N + 1 / D
    assert advice(truth, truth) == ""
    assert advice(truth, truth / 2, expect="disagrees", evidence="made so") == ""


def test_of_two_corrections_that_fit_the_simpler_is_told():
    """A law in N alone at one D: a factor 2 is as good as 2 more everywhere at one size, and is told."""
    quantity = Value("loss", n_features=(32,))
    assert "factor 2" in advice([1.0], [0.5], quantity=quantity)
    assert advice([1.0], [0.83], quantity=quantity) == ""  # one point and a factor without a name


def test_an_exponent_does_not_see_the_level():
    sizes = np.array([16.0, 32, 64, 128])
    quantity = Exponent("loss", n_features=sizes)
    assert advice(1 / sizes, 7 / sizes, quantity=quantity) == ""
    said = advice(1 / sizes, 7 * sizes, quantity=quantity)
    assert said.startswith("exponent in n_features measured 1.0")
    assert said.endswith("wrong sign?")
    said = advice(1 / sizes, 7 / sizes**2, quantity=quantity)
    assert said.endswith(": twice the exponent or a forgotten factor n_features?")
    assert advice(1 / sizes, 7 / sizes**1.2, quantity=quantity).endswith("another power of n_features?")


def test_curves_and_signed_means_are_seen_too():
    sizes = np.array([16.0, 32, 64, 128])
    curve = Curve("loss", slopes=["n_features"], n_features=sizes)
    margin = {"level": 0.05, "slope in n_features": 0.05, "shape": 0.1}
    assert "factor 2" in advice(1 / sizes, 0.5 / sizes, quantity=curve, margin=margin, error=0.005)
    mean = Mean("value", n_features=sizes)
    signed = np.array([-1.0, 0.5, 2.0, -3.0])
    assert "a wrong sign?" in advice(signed, -signed, quantity=mean, margin=0.1)
    assert "a missing factor 2?" in advice(signed, signed / 2, quantity=mean, margin=0.1)


def test_a_factor_is_told_with_its_error():
    assert told(2.0034, 0.0123) == "2.00 ± 0.01"
    assert told(-0.98765, 0.002) == "−0.988 ± 0.002"
    assert told(123.4, 2.2) == "123 ± 2"
    assert told(0.25, 0.0) == "0.2500"
