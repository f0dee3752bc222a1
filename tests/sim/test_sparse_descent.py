"""Largest eigenvalues, unstable steps and descent on sparse data, against definitions."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import sim.largest_eigenvalue as golub_kahan
from sim import descent as closed_form
from sim.largest_eigenvalue import ConvergenceError, largest_eigenvalue
from sim.sparse_features.activations import activations
from sim.sparse_features.descent import descent
from sim.sparse_features.instability import instability, instability_of_features, largest_eigenvalues
from sim.sparse_features.rows import rows
from sim.streams import Stream


def spectrum_of(dense):
    return np.linalg.svd(dense, compute_uv=False)[0] ** 2 / len(dense)


@pytest.mark.parametrize("shape", [(1, 7), (7, 1), (2, 2), (60, 90), (120, 30)])
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_dense(shape, power):
    X = np.random.default_rng(0).standard_normal(shape) * np.arange(1, shape[1] + 1) ** -power
    assert largest_eigenvalue(X) == pytest.approx(spectrum_of(X), rel=1e-10)


@pytest.mark.parametrize(
    "law",
    [
        {"decay": 1, "sparsity": 2, "n_modes": 300},
        {"decay": 0.5, "sparsity": 3, "n_modes": 300},
        {"decay": 0.5, "sparsity": 3, "n_modes": 300, "amplitudes": "sign"},
        {"decay": 1, "sparsity": 0, "n_modes": 40, "scale": 0.05},
        {"decay": 1, "sparsity": 2, "n_modes": 300, "scale": 0.05},  # many blocks, few with the first coordinate
    ],
    ids=str,
)
def test_csr(law):
    for seed in range(40):
        X = rows(np.random.default_rng(seed), activations(**law), 40)
        dense = X.toarray()
        assert largest_eigenvalue(X) == pytest.approx(spectrum_of(dense), rel=1e-9)
        assert largest_eigenvalues(X, 40)[0] == pytest.approx(spectrum_of(dense), rel=1e-12)


def test_block_without_the_first_coordinate():
    X = np.zeros((3, 4))
    X[0, 0], X[1, 2], X[2, 2] = 1.0, 3.0, 4.0
    assert largest_eigenvalue(csr_array(X)) == pytest.approx(25 / 3)
    assert largest_eigenvalue(csr_array((3, 4))) == 0
    assert largest_eigenvalue(np.zeros((3, 4))) == 0
    X[0, 0] = 0
    assert largest_eigenvalue(X) == pytest.approx(25 / 3)


def test_fails_loudly():
    X = np.random.default_rng(1).standard_normal((200, 150))
    with pytest.raises(ConvergenceError, match="step 9 and has not converged"):
        largest_eigenvalue(X, max_steps=9)
    assert golub_kahan.MAX_STEPS >= 80
    with pytest.raises(ValueError, match="needs rows and columns"):
        largest_eigenvalue(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="X must be finite"):
        largest_eigenvalue(np.array([[1.0, np.nan], [1.0, 2.0]]))


def test_many_datasets_at_once():
    X = rows(np.random.default_rng(2), activations(decay=0.5, sparsity=3, n_modes=400), 305)
    exact = [spectrum_of(X[k * 30 : (k + 1) * 30].toarray()) for k in range(10)]
    assert np.allclose(largest_eigenvalues(X, 30), exact)
    above = largest_eigenvalues(X, 30, 1.2)
    assert np.allclose(above[above > 1.2], np.array(exact)[above > 1.2])
    assert not (np.array(exact)[above <= 1.2] > 1.2).any()


@pytest.mark.parametrize("amplitudes", ["gaussian", "sign"])
@pytest.mark.parametrize("law", [{"decay": 0.5, "sparsity": 3}, {"decay": 1, "sparsity": 1.5, "scale": 0.2}], ids=str)
def test_instability_against_brute_force(law, amplitudes):
    world = {"n_modes": 150, "n_samples": (8, 20), "thresholds": (1.1, 1.4, 3), "n_rows": 405, "amplitudes": amplitudes}
    fast = instability(Stream(3, "x", 0), **law, **world)["unstable"]
    slow = instability.oracle(Stream(3, "x", 0), **law, **world)["unstable"]
    assert fast.shape == (4, 6)
    assert 0.02 < float(slow.mean()) < 0.9
    assert np.allclose(fast, slow)


def test_features_against_brute_force():
    world = {"decay": 1, "sparsity": 3, "n_modes": 60, "n_features": (3, 1), "n_samples": 12, "thresholds": (2, 4)}
    fast = instability_of_features(Stream(4, "x", 0), **world, n_rows=485)["unstable"]
    slow = instability_of_features.oracle(Stream(4, "x", 0), **world, n_rows=485)["unstable"]
    assert 0.02 < float(slow.mean()) < 0.9
    assert np.allclose(fast, slow)


DESCENT = {"decay": 1, "sparsity": 1.5, "n_modes": 40, "n_samples": 25, "times": (1, 2, 7, 60)}


@pytest.mark.parametrize("step", [0.3, 1.1, 1.8])
def test_descent_against_steps(step):
    fast, slow = (route(Stream(5, "x", 0), **DESCENT, step=step) for route in (descent, descent.oracle))
    for name in ("loss", "unseen", "stable"):
        assert np.allclose(fast[name], slow[name], rtol=1e-9), name


def test_unstable_descent_counts_as_zero():
    found = descent(Stream(6, "x", 0), **DESCENT, step=50.0)
    assert float(found["stable"].sum()) == 0 == float(found["loss"].sum())


def test_loss_averages_teachers():
    """Steps on sampled teachers: their mean loss is that of the closed form."""
    law = activations(decay=1, sparsity=1.5, n_modes=20)
    X = rows(np.random.default_rng(7), law, 15).toarray()
    W = np.random.default_rng(8).standard_normal((20, 40_000))
    theta = np.zeros_like(W)
    for _ in range(6):
        theta -= 0.4 / 15 * X.T @ (X @ (theta - W))
    losses = law.variances @ (W - theta) ** 2
    stepped = np.linalg.matrix_power(np.eye(20) - 0.4 / 15 * X.T @ X, 6)
    exact = float(law.variances @ np.square(stepped).sum(1))
    assert abs(losses.mean() - exact) < 4.5 * losses.std() / 200


@pytest.mark.parametrize("factor", [0.99, 1.01])
@pytest.mark.parametrize("seed", range(3))
def test_descent_diverges_beyond_two_over_the_step(factor, seed):
    """Actual steps, not the closed form, on both sides of λ_max = 2/h; and the closed form says the same."""
    X = rows(np.random.default_rng(seed), activations(decay=0.5, sparsity=3, n_modes=50), 30)
    dense, y = X.toarray(), np.random.default_rng(seed + 9).standard_normal(30)
    step = factor * 2 / largest_eigenvalue(X)
    theta, sizes = np.zeros(50), []
    for _ in range(4000):
        theta -= step / 30 * dense.T @ (dense @ theta - y)
        sizes.append(np.linalg.norm(theta))
    diverged = bool(sizes[-1] > 1e6 * sizes[0])
    assert diverged is (factor > 1)
    assert closed_form.is_stable(X, step) is not diverged
    assert closed_form.is_stable(dense, step) is not diverged


def test_residuals():
    import torch

    l = torch.tensor([0.0, 1e-12, 0.1, 0.9, 1.0, 1.7, 2.5], dtype=torch.float64)
    found = closed_form.residuals(l, 1.0, (0, 1, 2, 5)).numpy()
    assert np.allclose(found, (1 - l.numpy()[:, None]) ** np.array([0, 1, 2, 5]), rtol=1e-14)
    tiny = closed_form.residuals(l[1:2], 1.0, (10**6,))
    assert float(1 - tiny) == pytest.approx(1e-6, rel=1e-6)
    both = 1 - l[:, None] * closed_form.filters(l, 1.0, (3, 4))
    assert np.allclose(closed_form.residuals(l, 1.0, (3, 4)), both)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: descent(s, **DESCENT, step=0), "step must be positive"),
        (lambda s: descent(s, **DESCENT | {"times": (0,)}, step=1), "times must be at least 1"),
        (
            lambda s: instability(s, decay=1, sparsity=3, n_modes=9, n_samples=(30,), thresholds=(4,), n_rows=20),
            "n_samples must be at most n_rows",
        ),
        (
            lambda s: instability(s, decay=1, sparsity=3, n_modes=9, n_samples=(30,), thresholds=(0,), n_rows=90),
            "threshold must be positive",
        ),
    ],
)
def test_bad_parameters(call, message):
    with pytest.raises(ValueError, match=message):
        call(Stream(1, "x", 0))


def test_coordinates_alone_are_a_lower_bound():
    """[(1 − hS)^(2t)]_ii >= (1 − h S_ii)^(2t), draw by draw."""
    law = activations(decay=1, sparsity=1.5, n_modes=30)
    for seed in range(20):
        X = rows(np.random.default_rng(seed), law, 20).toarray()
        S = X.T @ X / 20
        for t in (1, 5, 40):
            error = np.linalg.matrix_power(np.eye(30) - 0.2 * S, t)
            assert (np.square(error).sum(0) >= (1 - 0.2 * np.diag(S)) ** (2 * t) - 1e-12).all()
