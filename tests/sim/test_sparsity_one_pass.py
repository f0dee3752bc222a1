"""One-pass descent: the fast route against definitions, and what a normalised step does."""

import numpy as np
import pytest

from sim.sparse_features.activations import activations
from sim.sparse_features.rows import rows
from sim.sparsity_models.one_pass import one_pass
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 1.5, "n_modes": 30, "n_samples": (1, 4, 25), "step": 0.4}


def columns(simulation, seed=1, n_chunks=1, **parameters):
    found = [simulation(Stream(seed, "one pass", c), **parameters) for c in range(n_chunks)]
    return {name: np.concatenate([one[name].numpy() for one in found]) for name in found[0]}


def step_by_step(*, step, normalised, n_samples, n_replicates, **law):
    """The same rows and teachers, each run by dense vectors."""
    stream = Stream(1, "one pass", 0)
    rng, n_modes, runs = stream.generators[0], law["n_modes"], stream.n_draws * n_replicates
    row_law = activations(**law)
    error = (2.0 * rng.integers(0, 2, runs * n_modes) - 1).reshape(runs, n_modes)
    X = rows(rng, row_law, max(n_samples) * runs).toarray().reshape(max(n_samples), runs, n_modes)
    found = []
    for done, batch in enumerate(X, start=1):
        for e, x in zip(error, batch, strict=True):
            h = step / (x @ x) if normalised and x.any() else step
            e -= h * x * (x @ e)
        if done in n_samples:
            found.append(error**2 @ row_law.variances)
    return np.array(found).T.reshape(stream.n_draws, n_replicates, -1)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("amplitudes", ["sign", "gaussian"])
def test_same_rows_by_dense_vectors(normalised, amplitudes):
    more = {"normalised": normalised, "amplitudes": amplitudes, "scale": 0.7, "n_replicates": 3}
    fast = columns(one_pass, **WORLD, **more)
    slow = step_by_step(**WORLD, **more)
    assert np.allclose(fast["loss"], slow.mean(1), rtol=1e-12)
    assert np.allclose(fast["log_loss"], np.log(slow).mean(1), rtol=1e-12)


@pytest.mark.parametrize("normalised", [False, True])
def test_teachers_of_signs_have_the_mean_loss_of_gaussian_teachers(normalised):
    more = {"normalised": normalised, "n_chunks": 10}
    fast = columns(one_pass, **WORLD, **more, n_replicates=100)["loss"]
    slow = columns(one_pass.oracle, **WORLD, **more, n_replicates=10, seed=2)["loss"]
    error = np.hypot(fast.std(0), slow.std(0)) / np.sqrt(len(fast) - 1)
    assert fast.shape == slow.shape == (40, 3)
    assert np.abs((fast.mean(0) - slow.mean(0)) / error).max() < 4.5


def test_a_normalised_step_closes_its_part_of_the_gap():
    """One coordinate, always on: every row halves the error at h = 1/2, whatever its amplitude."""
    world = {"decay": 1, "sparsity": 1, "n_modes": 1, "n_samples": (1, 5), "step": 0.5, "amplitudes": "gaussian"}
    found = columns(one_pass, **world, normalised=True)
    assert np.allclose(found["loss"], [0.25, 0.25**5], rtol=1e-12)


def test_fewer_rows_are_the_first_of_more():
    one = columns(one_pass, **WORLD | {"n_samples": (4, 25)}, n_replicates=2)
    other = columns(one_pass, **WORLD | {"n_samples": (25, 1)}, n_replicates=2)
    assert np.array_equal(one["loss"][:, 1], other["loss"][:, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": 0.0}, "step must be positive and finite, got 0.0"),
        ({"n_samples": (0,)}, "n_samples must be at least 1, got 0"),
        ({"n_samples": ()}, "n_samples must have at least one entry"),
        ({"n_replicates": 0}, "n_replicates must be at least 1"),
        ({"amplitudes": "cauchy"}, "amplitudes must be one of"),
    ],
)
def test_bad_parameters(change, message):
    with pytest.raises(ValueError, match=message):
        one_pass(Stream(1, "one pass", 0), **WORLD | change)
