"""Exact averages against a sampled teacher and sampled label noise fitted by lstsq, and cases by hand."""

import numpy as np
import pytest
import torch

from sim import least_squares, random_features
from sim.streams import Stream

SAMPLES = 20_000


class Given:
    """A stream that hands out the arrays it is given, so that a simulation runs on known numbers."""

    n_draws = 4

    def __init__(self, *arrays):
        self.arrays = list(arrays)

    def normal(self, *shape):
        drawn = torch.as_tensor(self.arrays.pop(0), dtype=torch.float64).expand(4, *shape)
        return drawn.clone()


def z_score(sample, mean):
    return float((sample.mean() - mean) / (sample.std(ddof=1) / np.sqrt(sample.size)))


@pytest.mark.parametrize(("N", "D"), [(6, 10), (10, 6), (8, 8)])
@pytest.mark.parametrize("gamma", [0.0, 0.05])
def test_random_features_average_over_teacher_and_noise(N, D, gamma):
    M, decay = 30, 1
    rng = np.random.default_rng(5)
    F, Z = rng.standard_normal((N, M)), rng.standard_normal((D, M))
    variances = np.arange(1, M + 1) ** -(1.0 + decay)
    X = Z * np.sqrt(variances)  # (D, M)
    if gamma:
        columns = random_features.ridge(Given(F[None], Z[None]), decay=decay, n_modes=M, points=((N, D, gamma),))
    else:
        columns = random_features.ridgeless(Given(F, Z), decay=decay, n_modes=M, cells=((N, D),))
    w, noise = rng.standard_normal((M, SAMPLES)), rng.standard_normal((D, SAMPLES))
    design = np.concatenate((X @ F.T, np.sqrt(gamma) * np.eye(N)))

    def loss(labels, teacher):
        theta = np.linalg.lstsq(design, np.concatenate((labels, np.zeros((N, SAMPLES)))), rcond=None)[0]
        return variances @ (teacher - F.T @ theta) ** 2

    assert abs(z_score(loss(X @ w, w), float(columns["bias"][0, 0]))) < 5
    assert abs(z_score(loss(noise, 0 * w), float(columns["noise"][0, 0]))) < 5
    both = float(columns["bias"][0, 0] + 0.25 * columns["noise"][0, 0])
    assert abs(z_score(loss(X @ w + 0.5 * noise, w), both)) < 5


@pytest.mark.parametrize("p", [4, 12, 20])
def test_subset_averages_over_label_noise(p):
    n, c, decay = 12, 20, 1
    rng = np.random.default_rng(6)
    X = rng.standard_normal((n, c))
    beta = np.arange(1, c + 1) ** -((1 + decay) / 2)
    columns = least_squares.subset(Given(X[None]), decay=decay, n_coordinates=c, n_samples=n, n_fitted=(p,))
    y = (X @ beta)[:, None] + 0.3 * rng.standard_normal((n, SAMPLES))
    fitted = np.zeros((c, SAMPLES))
    fitted[:p] = np.linalg.lstsq(X[:, :p], y, rcond=None)[0]
    excess = ((fitted - beta[:, None]) ** 2).sum(0)
    expected = float(columns["bias"][0, 0] + 0.09 * columns["variance"][0, 0])
    assert abs(z_score(excess, expected)) < 5


def test_covariance_averages_over_label_noise():
    n, p = 12, 5
    rng = np.random.default_rng(7)
    Z, variances = rng.standard_normal((n, p)), (4.0, 1.0, 0.5, 3.0, 0.1)
    columns = least_squares.covariance(Given(Z[None, None]), spectra=(variances,), n_samples=n, n_fitted=(p,))
    noise = rng.standard_normal((n, SAMPLES))
    theta = np.linalg.lstsq(Z * np.sqrt(variances), noise, rcond=None)[0]
    assert abs(z_score(np.asarray(variances) @ theta**2, float(columns["variance"][0, 0]))) < 5


def test_isotropic_bias_is_the_sampled_error():
    X = np.random.default_rng(8).standard_normal((6, 15))
    columns = least_squares.isotropic(Given(X[None]), n_samples=6, n_fitted=(15, 3))
    beta = np.eye(15)[0]
    error = np.linalg.lstsq(X, X @ beta, rcond=None)[0] - beta
    assert float(columns["bias"][0, 0]) == pytest.approx(error @ error, rel=1e-12)
    assert float(columns["bias"][0, 1]) == 0


def test_one_feature_one_sample_by_hand():
    # Two modes with variances 1 and 1/4. F = Z = (1, 2), so X = (1, 1), Φ = 3 and F Λ^½ = (1, 1).
    # H = F Λ^½ / Φ = (1/3, 1/3), ‖H‖² = 2/9, ‖Λ^½ − X H‖² = (1 − 1/3)² + 2 (1/3)² + (1/2 − 1/3)² = 25/36.
    columns = random_features.ridgeless(Given([[1.0, 2.0]], [[1.0, 2.0]]), decay=1, n_modes=2, cells=((1, 1),))
    by_hand = {
        "bias": 25 / 36,
        "log_bias": np.log(25 / 36),
        "noise": 2 / 9,
        "unresolved": 5 / 8,  # T = (1, 1): 5/4 − (1 + 1/4)/2
        "excess": 25 / 36 - 5 / 8,
        "noise_resolved": 5 / 16,  # (5/4) / 2²
        "noise_unresolved": 5 / 16,  # (5/8) / 2
    }
    assert {name: float(values[0, 0]) for name, values in columns.items()} == pytest.approx(by_hand, rel=1e-13)
    # With γ = 3: H = 3/(9 + 3) (1, 1) = (1/4, 1/4).
    ridge = random_features.ridge(Given([[[1.0, 2.0]]], [[[1.0, 2.0]]]), decay=1, n_modes=2, points=((1, 1, 3.0),))
    by_hand = {"bias": 9 / 16 + 2 / 16 + 1 / 16, "noise": 1 / 8}
    assert {name: float(values[0, 0]) for name, values in ridge.items()} == pytest.approx(by_hand, rel=1e-13)


def test_regression_by_hand():
    # X = (3, 4), one sample: X⁺ = (3, 4)/25, P = X⁺X, so |(I − P) e_1|² = 16/25 and tr (XᵀX)⁺ = 1/25.
    X = [[[3.0, 4.0]]]
    columns = least_squares.isotropic(Given(X), n_samples=1, n_fitted=(1, 2))
    assert columns["bias"][0].tolist() == pytest.approx([0, 16 / 25], rel=1e-13)
    assert columns["variance"][0].tolist() == pytest.approx([1 / 9, 1 / 25], rel=1e-13)
    # β = (1, 1/2): y = 5. p = 1: θ = 5/3, bias (2/3)² + 1/4. p = 2: θ = (3/5, 4/5), bias 4/25 + 9/100.
    columns = least_squares.subset(Given(X), decay=1, n_coordinates=2, n_samples=1, n_fitted=(1, 2))
    assert columns["bias"][0].tolist() == pytest.approx([25 / 36, 1 / 4], rel=1e-13)


def test_unresolved_of_isolated_modes_by_hand():
    F = np.eye(3, 5)  # features that are the first modes: what is left is the tail of the spectrum
    columns = random_features.unresolved(Given(F), decay=2, n_modes=5, n_features=(1, 3))
    tail = [sum(i**-3.0 for i in range(k + 1, 6)) for k in (1, 3)]
    assert columns["unresolved"][0].tolist() == pytest.approx(tail, rel=1e-13)


def test_noise_of_isotropic_regression_has_its_known_mean():
    """Mean of tr (XᵀX)⁻¹ for n = 20, p = 5: p/(n − p − 1) = 5/14, from the inverse Wishart matrix."""
    chunks = [
        least_squares.isotropic(Stream(3, "wishart", c), n_samples=20, n_fitted=(5,), n_replicates=40)
        for c in range(16)
    ]
    sample = torch.cat([columns["variance"] for columns in chunks]).numpy().ravel()
    assert abs(z_score(sample, 5 / 14)) < 5
