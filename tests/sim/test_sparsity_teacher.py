"""Simulations with decaying teachers and counted steps against definitions."""

import numpy as np
import pytest

from sim.sparsity_models.given_teacher import features, fixed
from sim.sparsity_models.one_hot_descent import descent
from sim.sparsity_models.one_hot_teacher import log_losses, weighted_trace
from sim.streams import Stream

FIXED = {"model": "independent", "decay": 1, "sparsity": 1.5, "amplitudes": "sign", "teacher_decay": 2}
DATA = {"n_modes": 40, "n_samples": 12, "dataset": 3}


def several(simulation, chunks, seed, **parameters):
    """All draws of one column."""
    found = [next(iter(simulation(Stream(seed, "teacher", k), **parameters).values())) for k in range(chunks)]
    return np.concatenate([part.numpy() for part in found])


def standard_scores(simulation, chunks, **parameters):
    """Difference of the means of fast route and brute force over its standard error."""
    fast = several(simulation, chunks, 5, **parameters)
    slow = several(simulation.oracle, chunks, 6, **parameters)
    return (fast.mean(0) - slow.mean(0)) / np.sqrt((fast.var(0) + slow.var(0)) / len(fast))


def test_given_data_against_the_definition():
    world = {**FIXED, **DATA, "n_features": (4, 14, 30), "n_replicates": 2}
    fast, slow = (route(Stream(5, "teacher", 0), **world) for route in (features, features.oracle))
    assert fast.keys() == slow.keys()
    for name in fast:
        assert np.allclose(fast[name].numpy(), slow[name].numpy(), rtol=1e-8), name


def test_constants_of_fixed_data_by_the_projector():
    data = fixed(**FIXED, **DATA)
    X = data.X.toarray()
    P = np.linalg.pinv(X) @ X
    outside, teacher = np.eye(len(P)) - P, np.diag(data.on.teacher)
    left = outside @ np.diag(data.on.variances) @ outside
    assert data.rank == np.linalg.matrix_rank(X) <= 12
    assert np.isclose(data.limit, np.trace(left))
    assert np.isclose(data.signal, np.trace(left @ teacher))
    assert np.isclose(data.weight, np.trace(P @ teacher))
    assert fixed(**FIXED, **DATA).X is data.X
    assert fixed(**FIXED, **{**DATA, "dataset": 4}).X.nnz != 0


def test_tail_index_of_given_data():
    rank = fixed(**FIXED, **DATA).rank
    index = features.tail_index(**FIXED, **DATA, n_features=(rank + 1, rank + 8))
    assert index["loss"].tolist() == [1.0, 4.5]


def test_one_hot_losses_against_the_definition():
    """On both sides of the rank; the control variate leaves the mean."""
    cells = ((3, 30), (5, 60), (24, 30), (45, 20))
    world = {"decay": 1, "sparsity": 3, "teacher_decay": 1.5, "cells": cells, "n_replicates": 4}
    assert np.abs(standard_scores(log_losses, 60, **world)).max() < 4


def test_weighted_trace_is_that_of_a_gaussian_matrix():
    """Tr Ω(GᵀG)⁻¹ has the mean tr Ω/(N − r − 1)."""
    rng = np.random.default_rng(8)
    teacher, N = np.array([1.0, 0.3, 0.1, 0.02]), 14
    found = np.array([weighted_trace(rng, teacher, N) for _ in range(4000)])
    explicit = [
        np.trace(np.diag(teacher) @ np.linalg.inv((G := rng.standard_normal((N, 4))).T @ G)) for _ in range(4000)
    ]
    for values in (found, np.array(explicit)):
        assert abs(values.mean() - teacher.sum() / 9) < 4 * values.std() / 4000**0.5


def test_descent_against_explicit_steps():
    cells = ((2, 8), (10, 20), (40, 30))
    world = {"decay": 1, "sparsity": 1.5, "step": 0.5, "cells": cells, "n_replicates": 4}
    assert np.abs(standard_scores(descent, 40, **world)).max() < 4


def test_bad_parameters():
    stream, one = Stream(5, "teacher", 0), {"decay": 1, "sparsity": 2}
    with pytest.raises(ValueError, match=r"teacher_decay must be .*got -1"):
        log_losses(stream, **one, teacher_decay=-1, cells=((20, 10),))
    with pytest.raises(ValueError, match=r"cells must have entries of 2 parts"):
        log_losses(stream, **one, teacher_decay=1, cells=((20,),))
    with pytest.raises(ValueError, match=r"at most 1 \+ decay, got 3 and 1"):
        descent(stream, decay=1, sparsity=3, step=0.5, cells=((10, 10),))
    with pytest.raises(ValueError, match=r"step must be below .*got 1.5"):
        descent(stream, **one, step=1.5, cells=((10, 10),))
    with pytest.raises(ValueError, match=r"model must be one of .*got 'crystal'"):
        features(stream, model="crystal", n_features=(20,), n_samples=10, dataset=1)
