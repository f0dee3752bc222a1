"""Nonlinear students of sparse rows: fast routes against definitions, limits, bad input."""

import numpy as np
import pytest

from sim.sparse_features import antithetic, kernel, network, panel, relu, relu_losses
from sim.sparse_features.rays import rays
from sim.streams import Stream

WORLD = {"decay": 1, "sparsity": 2, "n_modes": 50}
PLACES = (("rays", -3), ("rays", 0), ("rays", 4), ("rank", 0), ("samples", 1))
PANEL = {"n_samples": 15, "n_features": 20, "n_relu": 40, "ridge": 0.01, "n_test": 40, "n_teachers": 3}
NET = {"n_samples": (10, 20), "width": 8, "n_steps": 20, "rate": 0.02, "init": 0.3, "n_test": 100}

CASES = {
    **{
        f"kernel-{scale}": (kernel.ridgeless_kernel, {"n_samples": (1, 5, 12, 30), "n_test": 40, "scale": scale}, 1e-9)
        for scale in (0.5, 1)
    },
    **{
        f"rank-{scale}": (
            relu.rank,
            {"n_samples": (3, 24), "features_per_sample": 6, "n_replicates": 2, "scale": scale},
            1e-12,
        )
        for scale in (0.4, 1)
    },
    "peak": (relu.peak, {"n_samples": (12, 20), "n_test": 50, "places": PLACES}, 1e-9),
    **{
        f"relu-losses-{scale}": (
            relu_losses.relu_losses,
            {"n_samples": (1, 9, 20), "features_per_sample": 6, "n_test": 40, "scale": scale},
            1e-9,
        )
        for scale in (0.5, 1)
    },
    "panel": (panel.panel, PANEL, 1e-9),
    "panel-zero-rows": (panel.panel, PANEL | {"scale": 0.5, "sparsity": 1.5}, 1e-9),
    "network": (network.network, NET, 1e-4),
    "pairs": (antithetic.antithetic, {"n_samples": 60, "n_pairs": (2, 5), "n_test": 50, "sparsity": 1.5}, 1e-9),
}


@pytest.mark.parametrize("case", CASES)
def test_fast_route_is_the_definition(case):
    simulate, parameters, tolerance = CASES[case]
    for chunk in range(2):
        fast = simulate(Stream(11, case, chunk), **WORLD | parameters)
        brute = simulate.oracle(Stream(11, case, chunk), **WORLD | parameters)
        assert fast.keys() == brute.keys()
        for column, values in fast.items():
            gap = (values - brute[column]).abs() / brute[column].abs().clamp_min(0.1)
            assert float(gap.max()) < tolerance, f"{column}, chunk {chunk}: {gap}"


def test_rays_by_hand():
    A = np.array([[1.0, 0], [3, 0], [-2, 0], [0, 0], [1, 1], [2, 2], [1, 2]])
    units, lengths = rays(A)
    found = {tuple(np.round(u, 6)): length for u, length in zip(units, lengths, strict=True)}
    root = np.round(np.sqrt(0.5), 6)
    assert len(found) == 4
    assert found[(1, 0)] == pytest.approx(np.sqrt(10))
    assert found[(-1, 0)] == 2
    assert found[(root, root)] == pytest.approx(np.sqrt(10))
    assert len(rays(np.zeros((2, 3))).units) == 0


def test_arc_cosine_is_the_moment_of_relu_features():
    """E relu(f·u) relu(f·v) = k(u·v)/2 for unit vectors, by quadrature over the angle of f (its length gives 2)."""
    angle = np.linspace(0, 2 * np.pi, 40_001)[:-1]
    for theta in (0.0, 0.3, 1.5, 3.0, np.pi):
        mean = 2 * (relu.relu(np.cos(angle)) * relu.relu(np.cos(angle - theta))).mean()
        assert kernel.arc_cosine(np.cos(theta)) / 2 == pytest.approx(mean, abs=1e-7)


def test_kernel_interpolates():
    rng = np.random.default_rng(0)
    R = rays(rng.standard_normal((8, 4))).units
    X = R * rng.uniform(0.5, 2, (8, 1))
    C = kernel.weights(R, X, np.linalg.norm(X, axis=1))
    y = rng.standard_normal(8)  # labels of the unit rows; those of X are |x| y
    assert np.allclose(C @ y, np.linalg.norm(X, axis=1) * y, atol=1e-6)


def test_many_relu_features_are_the_kernel():
    """On the same data: N features add about twice the number of coordinates seen, 7 here, over N."""
    world = WORLD | {"n_samples": (20,), "n_test": 300}

    def mean(simulate, **more):
        return np.mean([simulate(Stream(7, "same", chunk), **world, **more)["loss"].mean() for chunk in range(6)])

    limit = mean(kernel.ridgeless_kernel)
    few, many = (mean(relu_losses.relu_losses, features_per_sample=n) for n in (4, 64))
    assert many == pytest.approx(limit, rel=0.03)
    assert few / limit == pytest.approx(1.18, abs=0.1)


def test_symmetric_rows_make_pairs_linear():
    """With every row and its mirror image the even half of the pairs gets no weight: the fit is the linear one."""
    rng = np.random.default_rng(1)
    half = rng.standard_normal((30, 6)) * (rng.random((30, 6)) < 0.5)
    X = np.concatenate([half, -half])
    F = rng.standard_normal((3, 6))
    Phi = relu.relu(np.concatenate([X @ F.T, -X @ F.T], axis=1))
    from scipy.sparse import csr_array

    fit = antithetic.readout(Phi, csr_array(X))
    assert np.allclose(fit[:3], -fit[3:], atol=1e-12)
    assert np.allclose(fit[:3], np.linalg.lstsq(X @ F.T, X, rcond=None)[0], atol=1e-12)


def test_panel_keeps_the_bounds():
    """Averaged over many teachers every learner is above the unseen mass, and the minimum norm at the Bayes risk."""
    parameters = WORLD | PANEL | {"n_teachers": 400, "n_test": 400}
    columns = [panel.panel(Stream(5, "bounds", chunk), **parameters) for chunk in range(6)]
    loss, unseen, bayes = (
        np.concatenate([c[name].numpy() for c in columns]).mean(0) for name in ("loss", "unseen", "bayes")
    )
    assert np.all(bayes >= unseen)
    assert np.all(loss > 0.97 * bayes)
    assert loss[0] == pytest.approx(bayes[0], rel=0.03)


def test_network_learns_to_fit():
    parameters = WORLD | NET | {"n_steps": 600, "width": 32, "init": 0.1, "n_samples": (20,)}
    columns = network.network(Stream(3, "fit", 0), **parameters)
    assert float(columns["training"].max()) < 1e-3
    assert np.all((columns["loss"] / columns["unseen"]).numpy().mean() > 0.9)


@pytest.mark.parametrize(
    ("function", "change", "message"),
    [
        (kernel.ridgeless_kernel, {"n_samples": (0,)}, "n_samples must be at least 1, got 0"),
        (relu.rank, {"n_samples": (3,), "features_per_sample": 0}, "features_per_sample must be at least 1"),
        (
            relu.peak,
            {"n_samples": (3,), "places": (("lines", 0),)},
            "places must count from one of rays, rank, samples",
        ),
        (relu_losses.relu_losses, {"n_samples": (0,), "features_per_sample": 4}, "n_samples must be at least 1, got 0"),
        (
            relu_losses.relu_losses,
            {"n_samples": (3,), "features_per_sample": 0},
            "features_per_sample must be at least",
        ),
        (panel.panel, PANEL | {"ridge": 0}, "ridge must be positive"),
        (network.network, NET | {"init": 0}, "init must be positive"),
        (antithetic.antithetic, {"n_samples": 10, "n_pairs": (5,)}, "n_pairs must be smaller than n_samples = 10"),
    ],
)
def test_bad_parameters(function, change, message):
    with pytest.raises(ValueError, match=message):
        function(Stream(1, "bad", 0), **WORLD | change)
