"""Every model of sparsity against its own declaration, and every measurement on it against definitions."""

import numpy as np
import pytest

from sim.sparsity_models.instability import instability
from sim.sparsity_models.limits import limits
from sim.sparsity_models.losses import losses
from sim.sparsity_models.peak import peak
from sim.sparsity_models.registry import MODELS, model_named
from sim.streams import Stream

BASE = {"decay": 1, "sparsity": 1.5, "n_modes": 40}
LAWS = [
    {"model": "independent"},
    {"model": "independent", "amplitudes": "sign", "teacher_decay": 0.7},
    {"model": "groups", "group": 4},
    {"model": "leak", "leak": 0.01},
    {"model": "half_normal"},
    {"model": "noisy_alignment", "scatter": 1.5},
    {"model": "k_hot", "active": 3},
    {"model": "unaligned", "tail": 2.0, "sparsity": None},
]
IDS = ["-".join(str(value) for value in law.values()) for law in LAWS]
each_law = pytest.mark.parametrize("law", [BASE | law for law in LAWS], ids=IDS)


def named(law):
    """Parameters without those that a model does not take."""
    return {name: value for name, value in law.items() if value is not None}


def draws(simulation, **parameters):
    """Columns of the fast route and of the brute force, on the same stream."""
    fast = simulation(Stream(5, "models", 0), **parameters)
    slow = simulation.oracle(Stream(5, "models", 0), **parameters)
    assert fast.keys() == slow.keys()
    return [(name, fast[name].numpy(), slow[name].numpy()) for name in fast]


def test_every_model_is_tested():
    assert {law["model"] for law in LAWS} == set(MODELS)


@each_law
def test_second_moments_are_those_declared(law):
    on, n = model_named(**named(law)), 4000
    rng = np.random.default_rng(3)
    blocks = np.array([(X.T @ X).toarray() / n for X in (on.rows(rng, n) for _ in range(40))])
    true = np.diag(on.variances - on.mean**2) + np.outer(on.mean, on.mean)
    error = blocks.std(0, ddof=1) / np.sqrt(len(blocks))
    tested = error > 1e-3 * np.sqrt(np.outer(on.variances, on.variances))  # the others hardly ever occur in 40 blocks
    assert tested.mean() > 0.3
    assert np.abs((blocks.mean(0) - true)[tested] / error[tested]).max() < 7
    assert on.teacher.shape == on.variances.shape == on.mean.shape


@each_law
def test_limits_against_the_definition(law):
    for name, fast, slow in draws(limits, n_samples=(3, 12, 60), n_replicates=2, **named(law)):
        assert np.allclose(fast, slow, rtol=1e-7, atol=1e-9), name


@each_law
def test_losses_against_the_definition(law):
    cells = ((2, 30), (5, 30), (30, 30), (60, 8), (3, 200))
    for name, fast, slow in draws(losses, cells=cells, n_replicates=2, **named(law)):
        assert np.allclose(fast, slow, rtol=1e-5), name


@each_law
def test_peak_against_the_definition(law):
    places = (("rank", -3), ("rank", 2), ("samples", 0), ("seen", 4))
    for name, fast, slow in draws(peak, n_samples=(10, 20), places=places, **named(law)):
        assert np.allclose(fast, slow, atol=1e-5), name


@each_law
def test_instability_against_singular_values(law):
    for name, fast, slow in draws(instability, n_samples=(5, 20), thresholds=(1.2, 3.0), n_rows=400, **named(law)):
        assert np.array_equal(fast, slow), name


def test_unknown_models_and_parameters():
    with pytest.raises(ValueError, match=r"model must be one of .*got 'crystal'"):
        model_named("crystal")
    with pytest.raises(ValueError, match=r"cannot take .*colour"):
        model_named("independent", colour=3, **BASE)
    with pytest.raises(ValueError, match=r"teacher_decay must be .*got -1"):
        model_named("independent", teacher_decay=-1, **BASE)
    with pytest.raises(ValueError, match=r"multiple of group = 7"):
        model_named("groups", group=7, **BASE)
    with pytest.raises(ValueError, match=r"places must count from"):
        peak(Stream(5, "models", 0), model="independent", n_samples=(5,), places=(("edge", 0),), **BASE)
