"""The sparse grid against least squares in all dimensions, cell by cell."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from sim.linalg import from_numpy
from sim.sparse_features import grid as sweep
from sim.sparse_features.activations import activations
from sim.sparse_features.grid_losses import grid, sampled_grid
from sim.sparse_features.rows import rows
from sim.streams import Stream

CELLS = tuple((N, D) for N in (1, 2, 5, 11, 19, 24, 37, 60) for D in (1, 2, 9, 30, 75, 150))
WORLDS = {
    "deficient": {"decay": 1, "sparsity": 1.5, "n_modes": 300},
    "very-deficient": {"decay": 0.5, "sparsity": 3, "n_modes": 300},
    "on-the-line": {"decay": 1, "sparsity": 2, "n_modes": 200, "amplitudes": "sign"},
    "steep": {"decay": 2, "sparsity": 1.5, "n_modes": 300, "scale": 0.5},
    "full-rank": {"decay": 1, "sparsity": 0.5, "n_modes": 250},
    "some-rows-empty": {"decay": 1, "sparsity": 2, "n_modes": 100, "scale": 0.1},
}


@pytest.mark.parametrize("simulation", [grid, sampled_grid], ids=lambda route: route.__name__)
@pytest.mark.parametrize("world", WORLDS)
def test_against_brute_force(simulation, world):
    parameters = WORLDS[world] | {"cells": CELLS}
    found = simulation(Stream(1, world, 0), **parameters)
    expected = simulation.oracle(Stream(1, world, 0), **parameters)
    for name in ("loss", "log_loss"):
        assert found[name].shape == (4, len(CELLS))
        assert torch.allclose(found[name], expected[name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("world", ["deficient", "on-the-line", "full-rank"])
def test_label_noise(world):
    """Also where rows repeat what others show: the noise on them counts."""
    parameters = WORLDS[world] | {"cells": CELLS, "label_noise": 0.3}
    found = sampled_grid(Stream(2, world, 0), **parameters)["loss"]
    assert torch.allclose(found, sampled_grid.oracle(Stream(2, world, 0), **parameters)["loss"], rtol=1e-9)
    assert (found != sampled_grid(Stream(2, world, 0), **parameters | {"label_noise": 0})["loss"]).all()


def explicit(world, n_features, n_samples, n_teachers, noise=0.0, seed=3):
    rng = np.random.default_rng(seed)
    law = activations(**WORLDS[world])
    M = len(law.variances)
    X, F = rows(rng, law, n_samples), rng.standard_normal((n_features, M))
    return law, X, F, rng.standard_normal((M, n_teachers)), noise * rng.standard_normal((n_samples, n_teachers))


def test_several_teachers_and_their_average():
    """Solutions for several teachers; the trace with G over all modes against M-dimensional errors."""
    law, X, F, w, noise = explicit("deficient", 40, 120, 3, noise=0.2)
    cells = [(N, D) for N in (3, 17, 40) for D in (1, 10, 50, 120)]
    given = sweep.data(X, [D for _, D in cells], noise)
    seen = given.rows.seen
    fits = sweep.solutions(given, from_numpy(F[:, seen]), from_numpy(w[seen]), cells)
    known, G = from_numpy(law.variances[seen]), from_numpy((F * law.variances) @ F.T)
    averaged = sweep.averaged(given, from_numpy(F[:, seen]), G, known, G.new_tensor(law.variances.sum()), cells)
    dense = X.toarray()
    for k, (N, D) in enumerate(cells):
        inverse = np.linalg.pinv(dense[:D] @ F[:N].T, rcond=1e-13)
        assert np.allclose(fits[N, D], inverse @ (dense[:D] @ w + noise[:D]), rtol=1e-8, atol=1e-10)
        error = np.eye(len(law.variances)) - F[:N].T @ inverse @ dense[:D]
        assert averaged[k].item() == pytest.approx(law.variances @ np.square(error).sum(1), rel=1e-9)


def test_average_over_unseen_features_and_teacher():
    """`grid` is the mean of explicit losses whose unseen features and teachers are drawn again and again."""
    parameters = WORLDS["deficient"] | {"cells": ((6, 25), (40, 25))}
    found = grid(Stream(4, "mean", 0), **parameters)["loss"][0]
    rng = Stream(4, "mean", 0).generators[0]
    law = activations(**WORLDS["deficient"])
    X = rows(rng, law, 25).toarray()
    seen = (X != 0).any(0)
    F, mine = np.empty((40, 300)), []
    F[:, seen] = rng.standard_normal((40, int(seen.sum())))
    for _ in range(2000):
        F[:, ~seen], w = rng.standard_normal((40, int((~seen).sum()))), rng.standard_normal(300)
        fits = [F[:N].T @ np.linalg.lstsq(X @ F[:N].T, X @ w, rcond=1e-13)[0] for N in (6, 40)]
        mine.append([law.variances @ (w - fit) ** 2 for fit in fits])
    z = (np.mean(mine, 0) - found.numpy()) / (np.std(mine, 0) / np.sqrt(len(mine)))
    assert np.abs(z).max() < 4


def test_no_active_entry():
    """Nothing is learnt: θ = 0 and the loss is that of predicting zero."""
    cells = [(2, 1), (1, 3)]
    given = sweep.data(csr_array((3, 5)), [1, 3])
    F, w = torch.zeros((2, 0), dtype=torch.float64), torch.zeros((0, 1), dtype=torch.float64)
    assert all(not theta.any() for theta in sweep.solutions(given, F, w, cells).values())
    loss = sweep.averaged(given, F, torch.eye(2), torch.zeros(0, dtype=torch.float64), torch.tensor(7.0), cells)
    assert loss.tolist() == [7, 7]


def test_tail_index():
    """The rank may come within 1 of N whenever N ≤ D + 1."""
    assert grid.tail_index(cells=((3, 9), (9, 9), (10, 9), (20, 9)), decay=1)["loss"].tolist() == [0.5, 0.5, 1, 6]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": ((0, 3),)}, "n_features must be at least 1, got 0"),
        ({"cells": ((3, 1.5),)}, "n_samples must be an integer, got 1.5"),
        ({"cells": ()}, "cells must have at least one entry"),
        ({"sparsity": -1}, "sparsity must be finite and at least 0, got -1"),
        ({"label_noise": -1}, "label_noise must be positive and finite, got -1"),
    ],
)
def test_bad_parameters(change, message):
    with pytest.raises(ValueError, match=message):
        sampled_grid(Stream(1, "bad", 0), **WORLDS["deficient"] | {"cells": CELLS} | change)
