"""Leaked and normalised rows, simulated: fast against definitions, identities, bad input."""

import numpy as np
import pytest

from sim.sparse_features.activations import activations
from sim.sparsity_models import normalised
from sim.sparsity_models.leak import parts
from sim.sparsity_models.leak_peaks import leak_peaks
from sim.sparsity_models.limits import limits
from sim.sparsity_models.noisy_ridge import noisy_ridge
from sim.sparsity_models.registry import model_named
from sim.streams import Stream

BASE = {"decay": 1, "sparsity": 1.5, "n_modes": 60}


def agree(simulation, **parameters):
    fast = simulation(Stream(8, "leak", 0), **parameters)
    slow = simulation.oracle(Stream(8, "leak", 0), **parameters)
    assert fast.keys() == slow.keys()
    for name in fast:
        assert np.allclose(fast[name].numpy(), slow[name].numpy(), rtol=1e-6, atol=1e-10), name
    return {name: column.numpy() for name, column in fast.items()}


def test_peaks_against_the_definition():
    places = (("sparse rank", -3), ("sparse rank", 0), ("samples", -4), ("samples", 2))
    agree(leak_peaks, n_samples=20, leak=1e-3, places=places, **BASE)


def test_noise_against_the_posterior_covariance():
    settings = ((0.0, 0.1), (1e-2, 0.1), (1.0, 1.0))
    agree(noisy_ridge, n_samples=(5, 40), settings=settings, scale=0.5, amplitudes="sign", **BASE)


def test_normalised_rows_against_definitions():
    found = agree(normalised.learned, n_samples=(3, 30), n_test=50, n_replicates=2, scale=0.5, **BASE)
    assert np.all(found["unseen"] <= found["loss"] + 1e-12)
    agree(normalised.powers, coordinates=(1, 4, 60), n_rows=300, **BASE)
    shares = agree(normalised.unstable, n_samples=(5, 20), thresholds=(0.5, 0.9, 1.01), n_rows=200, **BASE)["unstable"]
    assert np.all(shares[:, [2, 5]] == 0)
    assert shares[:, 0].mean() > 0.5


def test_normalised_rows_have_norm_one_or_zero():
    law = activations(decay=1, sparsity=2, n_modes=50, scale=0.4)
    X = normalised.rows(np.random.default_rng(0), law, 300)
    norms = np.sqrt(np.square(X.toarray()).sum(1))
    assert np.all((np.abs(norms - 1) < 1e-12) | (norms == 0))
    assert 0 < (norms == 0).mean() < 1


def test_no_leak_is_the_base_model_and_a_leak_fills_the_rank():
    none, base = (
        limits(Stream(8, "leak", 0), n_samples=(5, 30), **BASE, **law)["loss"].numpy()
        for law in ({"model": "leak", "leak": 0}, {"model": "independent"})
    )
    assert np.allclose(none, base, rtol=1e-9)
    tiny = limits(Stream(8, "leak", 0), n_samples=(5, 30), model="leak", leak=1e-6, **BASE)
    assert np.array_equal(tiny["rank"].numpy(), [[5, 30]] * 4)
    assert np.all(tiny["loss"].numpy()[:, 1] < none[:, 1])


def test_parts_have_the_same_variances():
    law = activations(decay=1, sparsity=1, n_modes=4)
    S, G = parts(np.random.default_rng(1), law, 40_000)
    assert np.allclose(np.square(G).mean(0) / law.variances, 1, atol=0.05)
    assert np.allclose(np.square(S.toarray()).mean(0) / law.variances, 1, atol=0.1)


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"leak must lie between 0 and 1, got 2"):
        model_named("leak", leak=2, **BASE)
    with pytest.raises(ValueError, match=r"places must count from one of sparse rank, samples, got 'seen'"):
        leak_peaks(Stream(8, "leak", 0), n_samples=9, leak=0.1, places=(("seen", 0),), **BASE)
    with pytest.raises(ValueError, match=r"label_noise must be positive"):
        noisy_ridge(Stream(8, "leak", 0), n_samples=(9,), settings=((0.1, 0.0),), **BASE)
    with pytest.raises(ValueError, match=r"coordinates"):
        normalised.powers(Stream(8, "leak", 0), coordinates=(61,), n_rows=10, **BASE)
