"""Random features on many sparse rows, crowded rows and the cavity equation, against definitions and limits."""

import numpy as np
import pytest

import theory.random_features as dense
from theory.effective_ridge import effective_ridge
from theory.sparse_features.cavity import cavity_loss
from theory.sparse_features.crowded import crowding, crowding_limit, infinite_features
from theory.sparse_features.infinite_data import data_correction, infinite_data, saturated_fourth_moment
from theory.sparse_features.label_noise import bayes_loss


def test_dense_rows_have_the_dense_correction():
    """At p = 1 fourth moments are Gaussian, and 1 + N/D is the exact factor (D − 1)/(D − N − 1) to first order."""
    found = data_correction(decay=1, sparsity=0, n_modes=100, n_samples=100_000, n_features=(4, 9))
    assert found == pytest.approx([4e-5, 9e-5], rel=1e-3)


def test_saturated_moments():
    t = np.array([0.0, 0.5])
    assert saturated_fourth_moment(t)[0] == pytest.approx(3)
    z = np.linspace(-12, 12, 200_001)
    weight = np.exp(-(z**2) / 2)
    assert saturated_fourth_moment(t)[1] == pytest.approx(
        (weight * z**4 / (1 + 0.5 * z**2) ** 2).sum() / weight.sum(), rel=1e-6
    )
    assert saturated_fourth_moment(t, "sign") == pytest.approx([1, 1 / 2.25])


def test_unlimited_data_do_not_know_the_sparsity():
    world = {"decay": 1, "n_modes": 200, "n_features": (4, 8)}
    limit = dense.unresolved(**world).values["unresolved"]
    for sparsity in (0.5, 1.5):
        found = infinite_data(**world, sparsity=sparsity, n_samples=10**9).values["loss"]
        assert found == pytest.approx(limit, rel=1e-5)


def test_too_few_rows():
    with pytest.raises(ValueError, match=r"must be at most 0.25, got .*; raise n_samples above 100"):
        infinite_data(decay=1, sparsity=2, n_modes=500, n_samples=100, n_features=(32,))


def test_uniform_sparsity_changes_the_loss_by_one_over_the_samples():
    """δ = (3/2)(1/p − 1) α/(1 + α)/D for power-law variances."""
    found = crowding(decay=1, sparsity=0, n_modes=200_000, n_samples=(200,), scale=0.25)[0]
    assert found == pytest.approx(1.5 * 3 * 0.5 / 200, rel=0.01)
    assert crowding(decay=1, sparsity=0, n_modes=1000, n_samples=(20,)) == pytest.approx([0])


@pytest.mark.parametrize(("decay", "sparsity", "scale"), [(1, 0.5, 0.3), (1, 0, 0.3)])
def test_crowding_tends_to_its_limit(decay, sparsity, scale):
    off = []
    for D in (100, 1000):
        finite = crowding(decay=decay, sparsity=sparsity, n_modes=200_000, n_samples=(D,), scale=scale)[0]
        off.append(abs(finite / float(crowding_limit(D, decay=decay, sparsity=sparsity, scale=scale)) - 1))
    assert off[1] < 0.08
    assert off[1] < off[0] / 1.9


def test_crowding_is_the_derivative_of_its_potential():
    """δ κ D is Σ λ_i² ∂/∂λ_i of Σ κ₄ r²/(2D), taken at fixed Σ r = D by finite differences."""
    D, excess = 3, np.array([2.0, 5.0, 1.0, 7.0, 3.0, 4.0])
    variances = np.arange(1, 7.0) ** -2

    def shares(size):
        low, high = 1e-9, 10.0
        for _ in range(200):
            kappa = (low * high) ** 0.5
            low, high = (kappa, high) if (size / (size + kappa)).sum() > D else (low, kappa)
        return size / (size + kappa), kappa

    def potential(size):
        return -(excess * shares(size)[0] ** 2).sum() / (2 * D)

    total = 0.0
    for i in range(6):
        up, down = variances.copy(), variances.copy()
        up[i] *= 1 + 1e-5
        down[i] *= 1 - 1e-5
        total -= variances[i] * (potential(up) - potential(down)) / 2e-5
    r, kappa = shares(variances)
    df2 = (r**2).sum()
    delta = excess @ (r**3 - r**2 * (1 - r) * df2 / (D - df2)) / D**2
    assert delta * kappa * D == pytest.approx(total, rel=1e-6)


def test_crowded_rows_follow_the_dense_law():
    found = infinite_features(decay=1, sparsity=0.5, n_modes=2000, n_samples=(100, 200))
    limit = dense.unresolved(decay=1, n_modes=2000, n_features=(100, 200)).values["unresolved"]
    assert np.all((found.values["loss"] / limit > 1.005) & (found.values["loss"] / limit < 1.02))
    with pytest.raises(ValueError, match="sparsity must be at least 0 and below 1, got 1"):
        crowding(decay=1, sparsity=1.5, n_modes=9, n_samples=(3,))


def test_cavity_where_rows_are_dense():
    """Probability 1: the loss is κD up to order 1/D, and repeats itself."""
    loss, error = cavity_loss(15, decay=1, sparsity=0, n_modes=60, size=300, sweeps=9)
    kappa = float(effective_ridge(15, decay=1, n_modes=60))
    assert loss == pytest.approx(15 * kappa, rel=0.1)
    assert error < 0.05 * loss
    assert (loss, error) == cavity_loss.__wrapped__(15, decay=1, sparsity=0, n_modes=60, size=300, sweeps=9)


def test_cavity_with_label_noise_and_the_best_ridge():
    """A little below the law that replaces the unknown part of a row by its mean, as simulated."""
    world = {"decay": 1, "sparsity": 2, "n_modes": 500}
    loss, error = cavity_loss(100, **world, label_noise=1.0, size=600, sweeps=9, amplitudes="sign")
    mean = bayes_loss(**world, n_samples=(100,))
    assert abs(loss - mean.values["bayes"][0]) < mean.allowance["bayes"][0] + 4 * error
    assert error < 0.03 * loss
