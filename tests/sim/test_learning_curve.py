"""One factorisation for a whole curve, closed-form descent and ReLU moments, each against the definition."""

import numpy as np
import pytest
import torch

from sim import descent, learning_curve, relu_features
from tests.sim.dense import World, gaps


@pytest.mark.parametrize("decay", [0.5, 1, 2, 3])
def test_every_number_of_features_at_once(decay):
    world = World(40, 60, 200, decay, seed=11, label_noise=0.05)
    found = learning_curve.over_features(*world.tensors())
    assert gaps(found, [world.lstsq(N, 60) for N in range(1, 41)]).max() < 1e-8


@pytest.mark.parametrize("decay", [0.5, 1, 2, 3])
def test_every_number_of_data_at_once(decay):
    world = World(60, 40, 200, decay, seed=12, label_noise=0.05)
    found = learning_curve.over_samples(*world.tensors())
    assert gaps(found, [world.lstsq(60, D) for D in range(1, 41)]).max() < 1e-8


@pytest.mark.parametrize("curve", [learning_curve.over_features, learning_curve.over_samples])
def test_spread_pivots_take_qr(curve, monkeypatch):
    """decay = 4 at N = D: without the rule the Cholesky curve loses its digits, with it it is as right as lstsq."""
    world = World(40, 40, 200, 4, seed=13)
    exact = world.exact(40, 40)
    assert abs(float(curve(*world.tensors())[-1]) / exact - 1) < 1e-6
    monkeypatch.setattr(learning_curve, "TRUSTED", np.inf)
    assert not abs(float(curve(*world.tensors())[-1]) / exact - 1) < 1e-5


TIMES = (0, 1, 2, 3, 10, 101, 1000)


@pytest.mark.parametrize("speed", [0.3, 1.0, 1.7, 2.02])
@pytest.mark.parametrize(("N", "D"), [(8, 20), (20, 8)])
def test_closed_form_descent_is_the_loop(N, D, speed):
    world = World(N, D, 60, 1, seed=14, label_noise=0.1)
    step = speed / np.linalg.eigvalsh(world.Phi.T @ world.Phi / D)[-1]
    theta, by_loop = np.zeros(N), {}
    for t in range(TIMES[-1] + 1):
        by_loop[t] = world.loss(theta)
        theta = theta - step * world.Phi.T @ (world.Phi @ theta - world.y) / D
    found = descent.losses(*world.tensors(), step=step, times=TIMES)
    assert gaps(found, [by_loop[t] for t in TIMES]).max() < 1e-9


def test_filters_keep_their_digits():
    l = torch.tensor([0.0, 1e-300, 1e-12, 0.4, 0.5, 1.0, 1.5, 2.0], dtype=torch.float64)
    found = descent.filters(l, 1.0, (0, 1, 2, 3)).numpy()
    exact = [[0, 1, 2 - x, 3 - 3 * x + x * x] for x in l.tolist()]  # (1 − (1 − l)^t)/l
    assert np.abs(found - exact).max() < 1e-15 * 4


def test_relu_moments_are_those_of_the_features():
    rng = np.random.default_rng(15)
    variances = np.arange(1, 31) ** -2.0
    F, w = rng.standard_normal((6, 30)), rng.standard_normal(30)
    G, b, s = (a.numpy() for a in relu_features.moments(*map(torch.as_tensor, (F, variances, w))))
    x = rng.standard_normal((200_000, 30)) * np.sqrt(variances)
    phi, y = np.maximum(x @ F.T, 0), x @ w
    products = np.einsum("ki,kj->kij", phi, np.c_[phi, y])
    z = (products.mean(0) - np.c_[G, b]) / (products.std(0) / np.sqrt(len(x)))
    assert np.abs(z).max() < 5
    assert s == pytest.approx(variances @ w**2)
