"""Exactly solvable tickets, simulated: fast routes against definitions, cases by hand, bad input."""

import numpy as np
import pytest

from sim.lottery_tickets import kernel_flow, relu_tickets, silu_tickets
from sim.streams import Stream

CASES = {
    "independent": (relu_tickets.relu_tickets, {"n_tickets": (1, 2, 7), "radius": 1.5, "n_replicates": 3, "below": 6}),
    "stratified": (
        relu_tickets.relu_tickets,
        {"n_tickets": (1, 5), "radius": 1.5, "n_replicates": 3, "placement": "stratified"},
    ),
    "centre": (relu_tickets.centre, {"n_tickets": (1, 4), "radius": 2, "n_replicates": 9}),
    "pairs": (silu_tickets.pairs, {"weights": ((0.5, 1.5), (1, 3)), "n_tickets": (1, 3), "n_replicates": 2}),
    "shifted": (silu_tickets.shifted, {"span": 2, "sharpness": 4, "n_tickets": (1, 20), "n_replicates": 2}),
    "sharp": (silu_tickets.shifted, {"span": 2, "sharpness": 9, "n_tickets": (2,), "n_replicates": 2}),
    "flow": (
        kernel_flow.kernel_flow,
        {"n_features": (3, 6), "time": 30, "radius": 2, "n_target": 3, "n_replicates": 1},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_against_brute_force(case):
    function, world = CASES[case]
    fast, slow = (f(Stream(11, "tickets", 0), **world) for f in (function, function.oracle))
    assert fast.keys() == slow.keys()
    for name in fast:
        assert np.allclose(fast[name], slow[name], rtol=1e-9, atol=1e-10), name
        assert fast[name].shape[0] == Stream.n_draws


def test_one_knot_in_the_middle():
    """t = 0 and R = 1: f − x² is −(1 − |x|)², whose mean square is 1/5."""
    assert relu_tickets.squared_error(np.zeros((1, 1)), 1.0) == pytest.approx([1 / 5])


def test_stratified_knots_lie_one_in_each_cell():
    t = relu_tickets.knots(np.random.default_rng(0), "stratified", 50, 8, 2.0)
    assert np.array_equal(np.floor((t + 2) * 2), np.tile(np.arange(8), (50, 1)))


def test_small_weights_are_the_square():
    found = silu_tickets.pairs(Stream(1, "small", 0), weights=((1e-3, 2e-3),), n_tickets=(1,))
    assert np.asarray(found["mse"]).max() < 1e-12


def test_target_of_all_modes_is_the_square():
    x, weights = kernel_flow.grid(2.0)
    assert kernel_flow.target(2.0, kernel_flow.NODES) == pytest.approx(x**2, abs=1e-8)
    three = kernel_flow.target(2.0, 3)
    assert weights @ (three * (x**2 - three)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        ("independent", {"radius": 0}, "radius must be positive and finite, got 0"),
        ("independent", {"placement": "sorted"}, "placement must be one of .*got 'sorted'"),
        ("independent", {"n_replicates": 1}, "n_replicates must be at least 2, got 1"),
        ("independent", {"n_tickets": (0,)}, "n_tickets must be at least 1, got 0"),
        ("centre", {"n_replicates": 2}, "n_replicates must be at least 3, got 2"),
        ("pairs", {"weights": ((2, 1),)}, "weights must be intervals"),
        ("pairs", {"weights": ((0, 1),)}, "low must be positive"),
        ("pairs", {"n_tickets": (4, 2)}, "n_tickets must ascend, got"),
        ("shifted", {"span": 1}, "span must exceed 1, got 1"),
        ("flow", {"n_target": 25}, "n_target must be at most NODES = 24, got 25"),
        ("flow", {"time": -1}, "time must be positive and finite, got -1"),
    ],
)
def test_bad_input(case, change, message):
    function, world = CASES[case]
    with pytest.raises(ValueError, match=message):
        function(Stream(1, "bad", 0), **world | change)
