"""Streams: the same key gives the same bits, any other key independent numbers, in whatever order."""

import numpy as np
import pytest

from sim import least_squares, random_features, streamed_features
from sim.streams import CHUNK, Stream

KEY = (20220913, "sim.random_features.ridgeless[decay=1]", 3)


def numbers(root, experiment, chunk, size=4000):
    return Stream(root, experiment, chunk).normal(size).numpy()


def test_shape_and_precision():
    drawn = Stream(*KEY).normal(3, 5)
    assert drawn.shape == (CHUNK, 3, 5)
    assert drawn.numpy().dtype == np.float64


def test_same_key_same_bits():
    assert (numbers(*KEY) == numbers(*KEY)).all()


@pytest.mark.parametrize("place", range(3))
def test_another_key_is_independent(place):
    other = list(KEY)
    other[place] = KEY[place] + (" " if place == 1 else 1)
    a, b = numbers(*KEY), numbers(*other)
    assert not np.isin(a, b).any()
    correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    assert abs(correlation) * np.sqrt(a.size) < 5


def test_draws_of_a_chunk_are_independent():
    a = numbers(*KEY)
    z = (np.corrcoef(a) - np.eye(CHUNK)) * np.sqrt(a.shape[1])
    assert np.abs(z).max() < 5


def test_a_fork_gives_the_numbers_to_come():
    stream = Stream(*KEY)
    stream.normal(7)
    fork = stream.fork()
    ahead = stream.normal(2, 3)
    assert (fork.normal(2, 3) == ahead).all()
    assert not (fork.normal(2, 3) == ahead).any()
    assert (fork.fork().normal(5) == stream.fork().normal(5)).sum() == 0  # it went on by itself


def test_numbers_are_standard_normal():
    a = numbers(*KEY, size=50_000).ravel()
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (4, 3, 96)):
        assert abs((a**power).mean() - mean) < 5 * np.sqrt(variance / a.size)


SIMULATIONS = {
    "unresolved": (random_features.unresolved, {"decay": 1, "n_modes": 40, "n_features": (2, 7)}),
    "ridgeless": (random_features.ridgeless, {"decay": 1, "n_modes": 40, "cells": ((3, 9), (9, 3))}),
    "ridge": (
        random_features.ridge,
        {"decay": 1, "n_modes": 40, "points": ((3, 5, 0.1),), "n_replicates": 2},
    ),
    "streamed": (streamed_features.ridgeless, {"decay": 1, "n_modes": 40, "cells": ((3, 9), (9, 3))}),
    "sampled": (streamed_features.sampled, {"decay": 1, "n_modes": 40, "cells": ((3, 9), (9, 3))}),
    "isotropic": (least_squares.isotropic, {"n_samples": 6, "n_fitted": (2, 9)}),
    "subset": (least_squares.subset, {"decay": 1, "n_coordinates": 20, "n_samples": 6, "n_fitted": (2, 9)}),
    "covariance": (
        least_squares.covariance,
        {"spectra": ("isotropic", "spike:9"), "n_samples": 9, "n_fitted": (2, 5)},
    ),
}


@pytest.mark.parametrize("name", SIMULATIONS)
def test_chunk_order_does_not_matter(name):
    simulate, parameters = SIMULATIONS[name]

    def run(order):
        return {c: simulate(Stream(1, name, c), **parameters) for c in order}

    forwards, backwards = run((0, 1, 2)), run((2, 1, 0))
    for chunk, columns in forwards.items():
        for column, values in columns.items():
            assert (values == backwards[chunk][column]).all(), (chunk, column)
    first, second = forwards[0], forwards[1]
    assert not any((first[column] == second[column]).all() for column in first if first[column].any())


@pytest.mark.parametrize("name", SIMULATIONS)
def test_columns_lead_with_draw_and_point(name):
    simulate, parameters = SIMULATIONS[name]
    columns = simulate(Stream(1, name, 0), **parameters)
    n_points = {"covariance": 4, "ridge": 1}.get(name, 2)
    assert {tuple(values.shape) for values in columns.values()} == {(CHUNK, n_points)}
    assert simulate.identities
    assert set(simulate.tail_index(**parameters) if simulate.tail_index else ()) <= set(columns)
