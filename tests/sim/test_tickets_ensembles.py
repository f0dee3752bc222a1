"""Averages of networks, their spread, and neurons drawn from one, against torch's own training and definitions."""

import numpy as np
import pytest
import torch

from sim.lottery_tickets import ensembles, kernel_flow
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import trained
from sim.streams import Stream

SHORT = {"n_steps": 6, "rate": 0.02, "n_nodes": 12, "precision": "double"}
CASES = {
    "spread": (ensembles.spread, {"n_neurons": (2, 5), "n_networks": (4, 3)}),
    "averages": (ensembles.averages, {"n_neurons": 4, "n_networks": 8, "n_averaged": (1, 2, 4)}),
    "subsampled": (ensembles.subsampled, {"n_neurons": 6, "n_kept": (1, 4, 9), "n_subsamples": 5}),
}


@pytest.mark.parametrize("start", ["mean_field", "standard"])
@pytest.mark.parametrize("case", CASES)
def test_against_brute_force(case, start):
    function, world = CASES[case]
    fast, slow = (f(Stream(3, "ensembles", 0), **world, **SHORT, start=start) for f in (function, function.oracle))
    assert fast.keys() == slow.keys()
    for name in fast:
        assert torch.allclose(fast[name], slow[name], rtol=1e-7, atol=1e-12), name
        assert fast[name].shape == (4, len(next(v for v in world.values() if isinstance(v, tuple))))


def test_spread_is_that_of_trained():
    world = {"n_neurons": (4,), **SHORT}
    mine = ensembles.spread(Stream(3, "same", 0), n_networks=(5,), **world)
    theirs = trained(Stream(3, "same", 0), n_networks=5, **world)
    for name in ("loss", "variance", "square_bias", "failed"):
        assert torch.allclose(mine[name], theirs[name], rtol=1e-12), name


def pool(n=6, points=9, seed=1):
    rng = np.random.default_rng(seed)
    q = rng.uniform(size=points)
    return rng.normal(size=(n, points)) + rng.normal(size=points), q / q.sum()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_all_subsets_of_a_pool(size):
    """An identity of every pool: unbiased square bias plus unbiased variance over K."""
    e, q = pool()
    found = ensembles.moments(e, q)
    wanted = found["square_bias"] + found["variance"] / size
    assert ensembles.subset_loss(e, q, size) == pytest.approx(wanted, rel=1e-13)


def test_disjoint_averages_are_unbiased():
    """Over all orders of the pool the averages of disjoint pairs are all pairs."""
    e, q = pool()
    rng = np.random.default_rng(2)
    found = np.mean([ensembles.average_loss(rng.permutation(e), q, 2) for _ in range(2000)])
    assert found == pytest.approx(ensembles.subset_loss(e, q, 2), rel=0.01)


def test_moments_and_cumulants_are_unbiased():
    """Groups of three of a law with known cumulants: exponential, mean 1, κ₂ = 1, κ₃ = 2."""
    values = np.random.default_rng(3).exponential(size=(4000, 3))
    rows = [ensembles.cumulants(row) for row in values]
    assert np.mean([row["centre_variance"] for row in rows]) == pytest.approx(1, rel=0.12)
    assert np.mean([row["centre_third"] for row in rows]) == pytest.approx(2, rel=0.35)
    assert ensembles.skewness(2.0, 4.0) == 0.25
    assert ensembles.skewness(0.0, 0.0) == 0
    found = [ensembles.moments(row[:, None], np.ones(1)) for row in values]
    assert np.mean([row["square_bias"] for row in found]) == pytest.approx(1, rel=0.12)  # the square of the mean


def test_tickets_average_to_the_network():
    recipe, x = Recipe(rate=1, n_steps=1, start="ntk"), np.linspace(-2, 2, 7)
    network = torch.as_tensor(np.random.default_rng(4).normal(size=3 * 5 + 1))
    whole, _ = ensembles.errors(network[None, None], recipe, x)
    each, _ = ensembles.errors(ensembles.tickets(network, recipe)[None], recipe, x)
    assert each[0].mean(0) == pytest.approx(whole[0, 0], rel=1e-12)


def test_drawing_neurons_costs_their_variance():
    world = {"n_neurons": 6, "n_kept": (2, 8), "n_subsamples": 4000, **SHORT, "start": "mean_field"}
    found = ensembles.subsampled(Stream(3, "drawn", 0), **world)
    wanted = found["full_loss"] + found["ticket_variance"] / torch.tensor([2.0, 8.0])
    assert torch.allclose(found["loss"], wanted, rtol=0.1)


def test_divergence_is_counted():
    wild = SHORT | {"optimiser": "gradient_descent", "rate": 1e6, "schedule": "constant", "precision": "single"}
    zero = 16 * 2.0**4 / 80  # E x⁴ on [−2, 2]
    for case, (function, world) in CASES.items():
        found = function(Stream(3, "wild", 0), **world, **wild)
        assert (found["failed"] == 1).all(), case
        assert torch.allclose(found["loss"], torch.full_like(found["loss"], zero), rtol=1e-9), case


def test_noise_of_the_readout_against_an_integrator():
    world = {"n_features": (3, 6), "time": 30, "radius": 2, "n_target": 3, "n_replicates": 2, "readout_noise": 1.5}
    function = kernel_flow.kernel_flow
    fast, slow = (f(Stream(11, "noise", 0), **world)["mse"] for f in (function, function.oracle))
    assert torch.allclose(fast, slow, rtol=1e-7, atol=1e-10)
    assert (fast != function(Stream(11, "noise", 0), **world | {"readout_noise": 0})["mse"]).all()


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        ("spread", {"n_networks": (4, 2)}, r"n_networks must be at least 3 for each of the 2 widths, got \[4, 2\]"),
        ("spread", {"n_networks": (4,)}, "for each of the 2 widths"),
        ("spread", {"n_neurons": (2, 0)}, "n_neurons must be at least 1, got 0"),
        ("averages", {"n_averaged": (3,)}, r"n_averaged must divide half of n_networks.*got \[3\] and 8"),
        ("averages", {"n_networks": 7}, "an even number of 4 or more"),
        ("subsampled", {"n_subsamples": 0}, "n_subsamples must be at least 1, got 0"),
        ("subsampled", {"n_kept": ()}, "n_kept"),
        ("subsampled", {"momentum": 0.9}, "cannot be followed"),
    ],
)
def test_bad_input(case, change, message):
    function, world = CASES[case]
    with pytest.raises(ValueError, match=message):
        function(Stream(1, "bad", 0), **world | SHORT | change)


def test_negative_noise_is_refused():
    with pytest.raises(ValueError, match="readout_noise must be finite and not negative, got -1"):
        kernel_flow.kernel_flow(Stream(1, "bad", 0), n_features=(3,), time=1, radius=2, n_target=3, readout_noise=-1)
