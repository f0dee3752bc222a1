"""Declared remainders of asymptotic exponents: bounds by hand, worst cases by search, verdicts with and without."""

import numpy as np
import pytest
from scipy import optimize, stats

from compare.claim import Claim
from compare.experiment import Blocks, Experiment
from compare.quantity import Exponent, slope_weights
from compare.remainder import UNDECLARED, declared_remainder
from compare.rule import draws_at
from compare.trial import Trial
from theory.prediction import Prediction

SIZES = np.array([32.0, 64.0, 128.0])


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


def test_two_sizes_by_hand():
    """Weights ∓1/log 4; r = 1/8 and 1/32: the worst is 1 + 1/8 with 1 − 1/32, or 1 − 1/8 with 1 + 1/32."""
    worst = np.log((1 + 1 / 32) / (1 - 1 / 8)) / np.log(4)
    assert declared_remainder((8, 32), 1.0) == pytest.approx(worst)
    one_term = np.log((1 - 1 / 32) / (1 - 1 / 8)) / np.log(4)
    assert declared_remainder((8, 32), 1.0, monotone=True) == pytest.approx(one_term)
    assert declared_remainder((8, 32), 0.0) == declared_remainder((8, 32), 0.0, monotone=True) == 0


@pytest.mark.parametrize(("order", "positive"), [(1, 0.010), (0.5, 0.035), (0.3, 0.044), (0.1, 0.028)])
def test_one_positive_term(order, positive):
    """Published values for one positive term; a negative one does more harm, and neither may exceed the bound."""
    weights = slope_weights(SIZES)
    of_sign = [abs(weights @ np.log1p(sign * 0.6 * SIZES**-order)) for sign in (1, -1)]
    assert of_sign[0] == pytest.approx(positive, abs=6e-4)
    assert of_sign[1] > of_sign[0]
    assert declared_remainder(SIZES, 0.6, order, monotone=True) >= max(of_sign)


@pytest.mark.parametrize("order", [1.0, 0.5, 0.1])
def test_no_remainder_does_more_harm(order):
    rng, sizes = np.random.default_rng(1), np.geomspace(16, 256, 5)
    weights, largest = slope_weights(sizes), 0.6 * sizes**-order
    any_signs, one_term = (declared_remainder(sizes, 0.6, order, monotone=m) for m in (False, True))
    inside = np.abs(np.log1p(rng.uniform(-1, 1, (20_000, 5)) * largest) @ weights)
    corners = np.abs(np.log1p((2 * (np.arange(32)[:, None] >> np.arange(5) & 1) - 1) * largest) @ weights)
    assert inside.max() <= any_signs == pytest.approx(corners.max())
    b, w = rng.uniform(-0.6, 0.6, 20_000), order + rng.exponential(1.0, 20_000)
    assert np.abs(np.log1p(b[:, None] * sizes ** -w[:, None]) @ weights).max() <= one_term < any_signs
    search = optimize.differential_evolution(
        lambda v: -abs(weights @ np.log1p(v[0] * sizes ** -v[1])), [(-0.6, 0.6), (order, order + 8)], rng=1, tol=1e-10
    )
    assert one_term == pytest.approx(-search.fun, rel=1e-5)


def test_the_first_order_formula_is_too_small():
    """Σ |w_k| log(1 + r_k) misses that log(1 − r) is farther from zero: the exact worst case is larger."""
    first_order = np.abs(slope_weights(SIZES)) @ np.log1p(0.6 / SIZES)
    assert first_order < declared_remainder(SIZES, 0.6) < 1.02 * first_order


def test_no_bound_is_infinite():
    assert declared_remainder(SIZES, None) == UNDECLARED == np.inf
    assert declared_remainder(SIZES, 40.0, 1) == np.inf  # a mean of zero is not excluded
    with pytest.raises(ValueError, match="bound, order >= 0"):
        declared_remainder(SIZES, -1.0)
    with pytest.raises(ValueError, match="sizes of at least 1"):
        declared_remainder((0.5, 2), 0.1)


def trial_of(allowance, margin=0.03, said=1.0, rival=1.2, cap=8192):
    quantity = Exponent("loss", n=SIZES)
    return Trial(Claim(
        "synthetic_claim", "A statement.", "a source", experiment=Experiment(simulate), quantity=quantity,
        predict=lambda: Prediction({"exponent": [said]}, {"exponent": [allowance]}), margin=margin, because="a reason",
        rivals={"rival": lambda: Prediction({"exponent": [rival]}, {"exponent": [allowance]})}, cap=cap))  # fmt: skip


def exact(mean, spread=1e-4):
    noise = 1 + spread * np.linspace(-1, 1, 16)[:, None] * [1, -1, 1]
    return {"": Blocks(8192, {"loss": mean * noise})}


def test_without_a_declared_bound_the_claim_is_bias_limited():
    trial = trial_of(UNDECLARED)
    trial.look(exact(1 / SIZES), 7)
    verdict = trial.verdict()
    assert verdict.outcome == "inconclusive"
    assert verdict.reason.startswith("bias-limited")
    assert verdict.rivals_rejected == 0
    assert verdict.parts[0].reach == np.inf


def test_with_a_declared_bound_it_is_decided():
    """A remainder of 0.6/n moves the slope by 0.010: within the allowance, so the truth agrees."""
    trial = trial_of(declared_remainder(SIZES, 0.6, 1, monotone=True))
    trial.look(exact((1 + 0.6 / SIZES) / SIZES), 7)
    verdict = trial.verdict()
    assert abs(verdict.parts[0].gap) == pytest.approx(0.010, abs=5e-4)
    assert verdict.outcome == "agrees"
    assert verdict.rivals_rejected == 1


def test_error_rates_at_the_worst_remainder():
    """Truth off by exactly the margin, hidden by a remainder as large as declared: agreement stays below 1 %."""
    n_runs, n_looks = 300, 3
    rng, b = np.random.default_rng(2), declared_remainder(SIZES, 0.6, 1, monotone=True)
    cap, log_sd = draws_at(n_looks - 1), 0.3
    stderr = np.sqrt(np.expm1(log_sd**2) * (slope_weights(SIZES) ** 2).sum() / cap)
    margin, counts = 2 * b + 10 * stderr, {}
    mean = (1 - 0.6 / SIZES) / SIZES  # flatter by b: measured exponent 1 − b
    for said in (1.0, 1.0 - margin):  # true; too low by the margin, and the remainder brings them closer by b
        found = []
        for _ in range(n_runs):
            trial = trial_of(b, margin, said, said + 4 * margin, cap)
            sums = np.zeros((16, 3))
            for look in range(n_looks):
                new = draws_at(look) // 16 - (draws_at(look - 1) // 16 if look else 0)
                z = rng.standard_normal((new, 16, 3))
                sums += np.exp(log_sd * z - log_sd**2 / 2).sum(axis=0)
                trial.look({"": Blocks(draws_at(look), {"loss": mean * sums * 16 / draws_at(look)})}, look)
                if trial.own.outcome != "inconclusive":
                    break
            found.append(trial.own.outcome)
        counts[said] = [found.count(outcome) for outcome in ("agrees", "disagrees")]
    print(f"true, off by the margin (agrees, disagrees of {n_runs}): {list(counts.values())}")
    (agree, disagree), (false_agree, false_disagree) = counts.values()
    assert agree > 0.985 * n_runs
    assert disagree == false_disagree == 0
    assert stats.binomtest(false_agree, n_runs, 0.01, alternative="greater").pvalue > 1e-3
