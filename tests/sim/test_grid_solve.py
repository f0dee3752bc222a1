"""Nested grid solves against lstsq cell by cell, against exact arithmetic near N = D, and on both back ends."""

import numpy as np
import pytest
import torch

from sim import grid_solve, joint_rows, linalg, ridge_path
from sim.grid_solve import Moments
from tests.sim.dense import World, gaps, off_peak

N_SIZES, D_SIZES = (1, 2, 7, 16, 31, 60), (1, 3, 8, 16, 32, 50, 90)
CELLS = [(N, D) for N in N_SIZES for D in D_SIZES]


@pytest.mark.parametrize("decay", [0.5, 1, 2, 3])
@pytest.mark.parametrize("label_noise", [0.0, 0.1])
def test_every_cell_is_a_least_squares_fit(decay, label_noise):
    world = World(60, 90, 300, decay, seed=1, label_noise=label_noise)
    expected = [world.lstsq(N, D) for N, D in CELLS]
    gap = gaps(grid_solve.losses(*world.tensors(), CELLS), expected)
    assert gap[off_peak(CELLS)].max() < 1e-8


def test_cells_come_in_the_order_asked_for():
    world = World(20, 20, 50, 1, seed=2)
    cells = [(20, 5), (3, 20), (20, 5), (7, 7), (5, 20)]
    found = grid_solve.losses(*world.tensors(), cells)
    assert gaps(found, [world.lstsq(N, D) for N, D in cells]).max() < 1e-8
    assert found[0] == found[2]


def test_a_batch_is_its_members():
    members = [World(20, 30, 60, 1, seed=s).tensors() for s in (3, 4, 5)]
    Phi, y = (torch.stack([m[i] for m in members]) for i in (0, 1))
    moments = Moments(*(torch.stack([m[2][i] for m in members]) for i in range(3)))
    cells = [(4, 30), (20, 30), (20, 20), (20, 9), (13, 9)]
    found = grid_solve.losses(Phi, y, moments, cells)
    alone = torch.stack([grid_solve.losses(*m, cells) for m in members])
    assert gaps(found, alone).max() < 1e-11


@pytest.mark.parametrize("decay", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_rounding_stays_that_of_lstsq_and_qr(decay, seed):
    """N = D and D ± 1: at most 10 times the worse error of the two solvers, at most 1e-10 for decay up to 2."""
    D = 40
    world = World(D + 1, D + 1, 200, decay, seed=seed)
    *_, moments = world.tensors()
    for N in (D - 1, D, D + 1):
        exact = world.exact(N, D)
        found = float(grid_solve.losses(*world.tensors(), [(N, D), (N // 2, D)])[0])
        error = abs(found / exact - 1)
        thetas = [torch.as_tensor(solver(N, D)) for solver in (world.lstsq_fit, world.qr_fit)]
        others = [float(moments.losses(theta[:, None])[0]) for theta in thetas]
        assert error <= 10 * max(abs(other / exact - 1) for other in others) + 1e-14, (N, error, others)
        if decay <= 2:
            assert error <= 1e-10, (N, error)


@pytest.mark.parametrize("decay", [1, 2, 3])
def test_rounding_of_the_loss_is_that_of_its_terms(decay):
    """s − 2 θᵀb + θᵀGθ cancels when the loss is small beside s: the digits lost are those of the terms."""
    N, D = 39, 40
    world = World(N, D, 200, decay, seed=1)
    *_, moments = world.tensors()
    theta = world.lstsq_fit(N, D)
    G, b, s = (part.numpy() for part in moments)
    terms = s + 2 * abs(b) @ abs(theta) + abs(theta) @ abs(G) @ abs(theta)
    error = abs(float(moments.losses(torch.as_tensor(theta)[:, None])[0]) - world.loss(theta))
    assert error <= 20 * 2.0**-53 * terms


@pytest.mark.parametrize(("refused", "by_qr"), [(grid_solve.REFUSED, True), (np.inf, False)])
def test_a_cell_that_is_refused_is_solved_by_qr(refused, by_qr, monkeypatch):
    """decay = 5, condition 1e8: corrected Cholesky errs in the third digit, and only the rule mends it."""
    world = World(80, 80, 200, 5, seed=0)
    monkeypatch.setattr(grid_solve, "REFUSED", refused)
    found = grid_solve.losses(*world.tensors(), [(80, 80), (20, 80)])
    assert (abs(float(found[0]) / world.exact(80, 80) - 1) < 1e-6) == by_qr
    assert abs(float(found[1]) / world.exact(20, 80) - 1) < 1e-8


def test_a_factor_that_fails_is_replaced():
    """Two equal features: the Gram matrix is singular, QR is asked, and the smaller sizes stay right."""
    world = World(8, 20, 50, 1, seed=3)
    world.F[5] = world.F[4]
    world.Phi[:, 5] = world.Phi[:, 4]
    found = grid_solve.losses(*world.tensors(), [(5, 20), (8, 20)])
    assert float(found[0]) == pytest.approx(world.lstsq(5, 20), rel=1e-8)
    assert not linalg.factor(torch.zeros(3, 3, dtype=torch.float64)).isfinite().any()


@pytest.mark.parametrize("decay", [1, 3])
def test_batched_torch_route_agrees_with_lapack(decay, monkeypatch):
    """The route of a GPU, forced on CPU arrays."""
    world = World(60, 90, 300, decay, seed=6)
    lapack = grid_solve.losses(*world.tensors(), CELLS)
    monkeypatch.setattr(linalg, "one_by_one", lambda _: False)
    monkeypatch.setattr("scipy.linalg.lapack.dpotrf", None)
    monkeypatch.setattr("scipy.linalg.blas.dsyrk", None)
    batched = grid_solve.losses(*world.tensors(), CELLS)
    assert gaps(batched, lapack)[off_peak(CELLS)].max() < (1e-11 if decay == 1 else 1e-8)


def test_whitened_fit_is_the_fit():
    """For N ≤ D the fit on Z_N is the fit on Φ_N, much better conditioned."""
    rng = np.random.default_rng(7)
    world = World(40, 60, 200, 2, seed=7)
    *_, moments = world.tensors()
    L = torch.linalg.cholesky(moments.G)
    q = torch.linalg.solve_triangular(L, moments.b[:, None], upper=False)[:, 0]
    Z = torch.as_tensor(rng.standard_normal((60, 40)))
    y = joint_rows.labels(Z, q, moments.s, torch.as_tensor(rng.standard_normal(60)), 0.1)
    cells = [(N, D) for N in (1, 8, 20, 40) for D in (5, 20, 40, 60)]
    found = joint_rows.losses(L, q, moments.s, Z, y, cells)
    for (N, D), value in zip(cells, found, strict=True):
        theta = np.linalg.lstsq((Z @ L.mT)[:D, :N].numpy(), y[:D].numpy(), rcond=None)[0]
        assert float(value) == pytest.approx(world.loss(theta), rel=1e-6 if N == D else 1e-8), (N, D)


RIDGES = (1e-9, 1e-4, 0.3)


@pytest.mark.parametrize("decay", [0.5, 1, 2])
def test_ridge_path_is_ridge_regression(decay):
    world = World(40, 60, 200, decay, seed=8, label_noise=0.1)
    points = [(N, D, g) for N in (1, 9, 20, 40) for D in (3, 20, 60) for g in RIDGES]
    found = ridge_path.losses(*world.tensors(), points)
    for (N, D, g), value in zip(points, found, strict=True):
        design = np.concatenate((world.Phi[:D, :N], np.sqrt(g) * np.eye(N)))
        theta = np.linalg.lstsq(design, np.append(world.y[:D], np.zeros(N)), rcond=None)[0]
        assert float(value) == pytest.approx(world.loss(theta), rel=1e-8), (N, D, g)
