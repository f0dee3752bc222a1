"""Tickets of one network: matching, counting and halving against slow definitions."""

import itertools
import math

import numpy as np
import pytest
import torch

from sim.lottery_tickets import matching
from sim.lottery_tickets.matching import (
    COLUMNS,
    contributions,
    count,
    diagnostics,
    log_half_ratio,
    log_independent_ratio,
    pairs,
    refitted,
    tickets,
)
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import grid, started
from sim.lottery_tickets.trainer import Data, outputs, train

RECIPE = Recipe(rate=3e-2, n_steps=6000, start="mean_field")
X, Q = grid(RECIPE, 32)


def networks(n_neurons, n, seed=0, recipe=RECIPE):
    return started(np.random.default_rng(seed), recipe, n_neurons, n)


def generators(n):
    return [np.random.default_rng(100 + k) for k in range(n)]


@pytest.mark.parametrize("activation", ["silu", "tanh", "relu"])
@pytest.mark.parametrize("start", ["standard", "ntk", "mean_field"])
def test_contributions_add_up_to_the_output(activation, start):
    recipe = RECIPE._replace(activation=activation, start=start)
    rows = networks(7, 4, recipe=recipe)
    whole = outputs(torch.as_tensor(rows), recipe, torch.as_tensor(X)).numpy()
    for row, output in zip(rows, whole, strict=True):
        assert np.allclose(contributions(row, recipe, X).sum(0) + row[-1], output, rtol=1e-12)
        assert np.allclose(tickets(row, recipe, X, Q).sum(0) + row[-1], output, rtol=1e-12)


def odd_square(values, free_line):
    """Mean square of the odd part, less its best line or not."""
    odd = (values - values[::-1]) / 2
    if free_line:
        odd = odd - X * (Q @ (odd * X)) / (Q @ X**2)
    return Q @ odd**2


@pytest.mark.parametrize("free_line", [False, True])
@pytest.mark.parametrize("n_neurons", [3, 4, 5, 6])
def test_matching_is_the_best_of_all(n_neurons, free_line):
    for row in networks(n_neurons, 6, seed=n_neurons):
        values, w = contributions(row, RECIPE, X), row[:n_neurons]
        right, left = (np.flatnonzero(side) for side in (w > 0, w <= 0))
        few, many = sorted([list(right), list(left)], key=len)
        costs = [
            sum(odd_square(values[i] + values[j], free_line) for i, j in zip(few, order, strict=True))
            for order in itertools.permutations(many, len(few))
        ]
        i, j = pairs(values, w, X, Q, free_line=free_line)
        assert len(i) == len(j) == len(few) == len(set(i)) == len(set(j))
        assert set(i) <= set(right)
        assert set(j) <= set(left)
        found = sum(odd_square(values[a] + values[b], free_line) for a, b in zip(i, j, strict=True))
        assert found == pytest.approx(min(costs), rel=1e-9, abs=1e-15)


def test_unmatched_neurons_are_tickets():
    row = networks(9, 1)[0]
    row[:9] = np.abs(row[:9])
    row[:2] *= -1  # two face left, seven right
    found = tickets(row, RECIPE, X, Q)
    assert found.shape == (7, 32)
    values = contributions(row, RECIPE, X)
    assert sum(any(np.allclose(ticket, value) for value in values) for ticket in found) == 5


def symmetric(n_pairs, seed=5):
    """A network of n mirrored pairs, its neurons in random order."""
    rng = np.random.default_rng(seed)
    w, b, a = rng.uniform(0.3, 1, n_pairs), rng.uniform(-1, 1, n_pairs), rng.uniform(0.5, 2, n_pairs)
    order = rng.permutation(2 * n_pairs)
    return np.concatenate([np.append(w, -w)[order], np.tile(b, 2)[order], np.tile(a, 2)[order], [0.3]])


def test_a_mirrored_network_is_all_pairs():
    row = symmetric(20)
    assert count(row, RECIPE, X, Q) == 20
    found = tickets(row, RECIPE, X, Q)
    assert found.shape == (20, 32)
    assert np.allclose(found, found[:, ::-1], atol=1e-12)


def test_the_odd_part_of_a_count_is_the_full_one():
    """silu(x) + 2 silu(−x) is even but for a line: the line is held against it."""
    row = np.array([1.0, -1.0, 0, 0, 1, 2, 0])
    both = contributions(row, RECIPE, X).sum(0)
    assert odd_square(both, True) == pytest.approx(0, abs=1e-25)
    assert odd_square(both, False) == pytest.approx(
        (1 / 4) ** 2 * 4 / 3, rel=1e-9
    )  # s = 1/2, odd part −x/2, E x² = 4/3
    assert count(row, RECIPE, X, Q) == 0
    row[5] = 1
    assert count(row, RECIPE, X, Q) == 1


def test_a_pair_counts_by_its_ratio():
    """Over a range of asymmetries the count is that of the definition."""
    for gain in (1.02, 1.05, 1.1, 1.15, 1.3, 2.0):
        row = np.array([1.0, -1.0, -0.2, -0.2, 1, gain, 0])
        both = contributions(row, RECIPE, X).sum(0)
        even = (both + both[::-1]) / 2
        ratio = math.sqrt(odd_square(both, False) / (Q @ (even - Q @ even) ** 2))
        assert count(row, RECIPE, X, Q) == (ratio < 0.1)


@pytest.mark.parametrize(("n_neurons", "n", "mean", "reach"), [(64, 100, 2.64, 0.9), (256, 30, 22.6, 6)])
def test_pairs_before_training(n_neurons, n, mean, reach):
    """Measured 2.64(18) and 22.6(13); the matching finds pairs where there is no training."""
    for start in ("mean_field", "standard"):
        recipe = RECIPE._replace(start=start)
        found = np.mean([count(row, recipe, X, Q) for row in networks(n_neurons, n, 11, recipe)])
        assert found == pytest.approx(mean, abs=reach)


def by_lstsq(shape):
    design = np.stack([np.ones_like(X), X, shape], 1) * np.sqrt(Q)[:, None]
    best = np.linalg.lstsq(design, X**2 * np.sqrt(Q), rcond=None)[0]
    return ((design @ best - X**2 * np.sqrt(Q)) ** 2).sum()


def test_refit_is_least_squares():
    rng = np.random.default_rng(3)
    shapes = rng.standard_normal((20, 32)) + X**2 * rng.uniform(0, 100, (20, 1))
    assert np.allclose(refitted(shapes, X, X**2, Q), [by_lstsq(shape) for shape in shapes], rtol=1e-10)
    assert refitted(np.zeros((1, 32)), X, X**2, Q) == pytest.approx(64 / 45)  # 4 R⁴/45: the best line


@pytest.mark.parametrize("loss", [1e-6, 1e-12, 1e-20])
def test_refit_keeps_the_digits_of_small_losses(loss):
    """f = 7 (x² + cubic of given size) + a large affine part: least squares leaves loss/(1 + 45 loss/64)."""
    third = X**3 - X * (Q @ X**4) / (Q @ X**2)
    shape = X**2 + third * math.sqrt(loss / (Q @ third**2))
    found = refitted((7 * shape + 50 - 30 * X)[None], X, X**2, Q)[0]
    assert found == pytest.approx(loss / (1 + 45 * loss / 64), rel=1e-4)


@pytest.mark.parametrize("n", [2, 7, 16])
def test_halves_against_a_loop(n):
    rng = np.random.default_rng(n)
    functions = rng.standard_normal((n, 32)) + X**2
    kept = np.random.default_rng(1).permuted(np.tile(np.arange(n) < (n + 1) // 2, (5, 1)), axis=1)
    losses = [by_lstsq(sum(functions[i] for i in np.flatnonzero(row))) for row in kept]
    expected = math.log(np.median(losses) / by_lstsq(functions.sum(0)))
    assert log_half_ratio(functions, X, X**2, Q, np.random.default_rng(1), 5) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("dimensions", [1, 6])
def test_independent_tickets_have_a_ratio_of_two(dimensions):
    """Tickets x² + noise of one or six dimensions, with random sizes and lines: all is variance, nothing is shared."""
    rng = np.random.default_rng(8)
    noise = np.polynomial.legendre.legvander(X / 2, 8).T[3 : 3 + dimensions]
    halves, inverses = [], []
    for _ in range(300):
        plain = X**2 + 0.5 * rng.standard_normal((64, dimensions)) @ noise + rng.standard_normal((64, 1)) * X
        functions = plain * rng.uniform(0.5, 1.5, (64, 1))
        halves.append(log_half_ratio(functions, X, X**2, Q, rng))
        inverses.append(math.exp(-log_independent_ratio(functions, X, X**2, Q)))
    assert math.exp(np.median(halves)) == pytest.approx(2, rel=0.25)
    assert math.log(2) - 0.1 < np.mean(halves) < 2 * math.log(2)
    assert np.mean(inverses) == pytest.approx(1, rel=0.25)


def test_doubled_halves_lose_more_by_the_variance_of_the_tickets():
    """Mean over all halves of ‖2 Σ_half t − y‖² = ‖Σ t − y‖² + n S², the identity behind the ratio of two."""
    functions = tickets(networks(11, 1)[0], RECIPE, X, Q)
    functions = functions[: len(functions) // 2 * 2]
    n = len(functions)
    halves = [2 * functions[list(half)].sum(0) for half in itertools.combinations(range(n), n // 2)]
    losses = [Q @ (half - X**2) ** 2 for half in halves]
    whole = Q @ (functions.sum(0) - X**2) ** 2
    assert np.mean(losses) == pytest.approx(whole + n * (functions.var(0, ddof=1) @ Q), rel=1e-12)


def test_tickets_that_share_their_error_have_a_ratio_of_one():
    functions = np.tile(X**2 + 0.1 * X**4, (10, 1)) * np.linspace(1, 2, 10)[:, None]
    assert log_half_ratio(functions, X, X**2, Q, np.random.default_rng(0)) == pytest.approx(0, abs=1e-9)


def test_trained_tickets_are_not_independent():
    begun = networks(32, 16, 7001)
    x, q = (torch.as_tensor(v, dtype=torch.float32) for v in grid(RECIPE, RECIPE.n_nodes))
    data = Data(x, x**2, q)
    done = train(torch.as_tensor(begun, dtype=torch.float32), RECIPE, lambda: data).double().numpy()
    found = diagnostics(done, begun, RECIPE, generators(16))
    assert 300 < math.exp(np.median(found["log_half_tickets"])) < 3000  # 908 over 256 networks
    assert 600 < math.exp(np.median(found["log_half_neurons"])) < 6000
    assert np.median(found["log_independent"]) == pytest.approx(np.median(found["log_half_tickets"]), abs=1.5)
    assert found["pairs"].mean() > found["pairs_untrained"].mean()


def test_columns_are_those_of_each_network():
    after, before = networks(16, 5, 1), networks(16, 5, 2)
    found = diagnostics(after, before, RECIPE, generators(5))
    assert list(found) == list(COLUMNS)
    assert all(column.shape == (5,) and column.dtype == float for column in found.values())
    for k in range(5):
        alone = diagnostics(after[k : k + 1], before[k : k + 1], RECIPE, generators(5)[k : k + 1])
        assert all(alone[name][0] == found[name][k] for name in COLUMNS)
        assert found["pairs"][k] == count(after[k], RECIPE, X, Q)
        assert found["pairs_untrained"][k] == count(before[k], RECIPE, X, Q)


def test_more_nodes_change_nothing(monkeypatch):
    after, before = networks(16, 5, 1), networks(16, 5, 2)
    found = diagnostics(after, before, RECIPE, generators(5))
    monkeypatch.setattr(matching, "NODES", 200)
    fine = diagnostics(after, before, RECIPE, generators(5))
    assert all(np.allclose(fine[name], found[name], atol=1e-3) for name in COLUMNS)


@pytest.mark.filterwarnings("error")
def test_networks_that_failed_or_are_affine():
    after, before = networks(6, 5, 1), networks(6, 5, 2)
    after[0, 3] = np.nan
    after[1, -1] = np.inf
    after[2, 12:18] = 0  # constant
    after[3, :6] *= 1e-6  # affine
    found = diagnostics(after, before, RECIPE, generators(5))
    assert (found["pairs"][:4] == 0).all()
    for name, value in (("log_half_tickets", 2), ("log_half_neurons", 2), ("log_independent", 1)):
        assert np.allclose(found[name][:4], math.log(value))
        assert found[name][4] != math.log(value)
    assert found["pairs_untrained"][0] == count(before[0], RECIPE, X, Q)


def test_no_networks():
    found = diagnostics(np.zeros((0, 13)), np.zeros((0, 13)), RECIPE, [])
    assert all(column.shape == (0,) for column in found.values())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: diagnostics(np.ones((2, 12)), np.ones((2, 12)), RECIPE, generators(2)), r"got shape \(2, 12\)"),
        (lambda: diagnostics(np.ones(13), np.ones(13), RECIPE, generators(1)), r"got shape \(13,\)"),
        (lambda: diagnostics(np.ones((2, 13)), np.ones((1, 13)), RECIPE, generators(2)), r"must match, got shapes"),
        (lambda: diagnostics(np.ones((2, 13)), np.ones((2, 13)), RECIPE, generators(1)), "and 1 generators"),
        (lambda: diagnostics(np.ones((1, 7)), np.ones((1, 7)), RECIPE, generators(1)), "at least 3, got 2"),
        (lambda: count(symmetric(3), RECIPE, X + 0.1, Q), "symmetric about 0"),
        (lambda: count(symmetric(3), RECIPE, X, Q * (1 + 0.1 * X)), "symmetric about 0"),
        (lambda: log_half_ratio(X[None], X, X**2, Q, generators(1)[0]), "at least 2 functions, got 1"),
        (
            lambda: log_half_ratio(np.ones((4, 32)), X, X**2, Q, generators(1)[0], 0),
            "n_halves must be at least 1, got 0",
        ),
        (lambda: log_independent_ratio(X[None], X, X**2, Q), "at least 2 functions, got 1"),
    ],
)
def test_bad_input(wrong, told):
    with pytest.raises(ValueError, match=told):
        wrong()
