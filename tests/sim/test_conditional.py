"""The conditional sweep against averages over sampled teachers, data given Z, and label noise; streamed features."""

import numpy as np
import pytest
import torch

from sim import conditional, learning_curve, linalg, panels, random_features, streamed_features
from sim.streams import Stream
from tests.sim.dense import gaps

CELLS = [(N, D) for N in (1, 3, 8, 17, 32, 40) for D in (1, 4, 9, 16, 31, 48)]
SAMPLES = 4000


def arrays(decay, n_features=40, n_samples=48, n_modes=150, seed=21):
    rng = np.random.default_rng(seed)
    variances = np.arange(1, n_modes + 1) ** -(1.0 + decay)
    F, Z = rng.standard_normal((n_features, n_modes)), rng.standard_normal((n_samples, n_features))
    S, root = torch.as_tensor(F * np.sqrt(variances)), torch.as_tensor(variances).sqrt()
    given = conditional.features(S @ S.mT, (S * root) @ (S * root).mT, variances.sum())
    return F, Z, variances, given


@pytest.mark.parametrize(("N", "D"), [(6, 12), (12, 6), (9, 16), (16, 9)])
def test_it_is_the_mean_over_teacher_tail_and_noise(N, D):
    """Fixed F and Z; sampled w, data X given Z, and labels; fitted by lstsq; loss in M dimensions."""
    n_modes, sigma = 40, 0.3
    F, Z, variances, given = arrays(1, N, D, n_modes)
    found = conditional.losses(given, torch.as_tensor(Z), [(N, D)])
    rng = np.random.default_rng(22)
    root = np.sqrt(variances)
    Q, R = np.linalg.qr((F * root).T)  # Λ^½ Fᵀ = Q R
    Q, R = Q * np.sign(np.diag(R)), R * np.sign(np.diag(R))[:, None]
    losses = []
    for _ in range(SAMPLES):
        white = rng.standard_normal((D, n_modes))
        white = Z @ Q.T + white - (white @ Q) @ Q.T  # coordinates Z along the features, fresh ones elsewhere
        X, w = white * root, rng.standard_normal(n_modes)
        np.testing.assert_allclose(X @ F.T, Z @ R, atol=1e-12)
        y = X @ w + sigma * rng.standard_normal(D)
        theta = np.linalg.lstsq(X @ F.T, y, rcond=None)[0]
        losses.append(variances @ (w - F.T @ theta) ** 2)
    expected = float(found.bias[0] + sigma**2 * found.noise[0])
    z = (np.mean(losses) - expected) / (np.std(losses) / np.sqrt(SAMPLES))
    assert abs(z) < 4.5


def test_its_mean_is_that_of_explicit_data():
    """Fresh F, X and w against fresh F and Z: the same mean, by a z-test in every cell away from N = D."""
    cells = ((4, 16), (16, 4), (8, 24), (24, 8), (10, 20))
    parameters = {"decay": 1, "n_modes": 60, "cells": cells}
    routes = (streamed_features.ridgeless, random_features.ridgeless)
    columns = [[route(Stream(23, str(i), c), **parameters) for c in range(100)] for i, route in enumerate(routes)]
    for name in ("bias", "noise"):
        a, b = (torch.cat([draw[name] for draw in route]).numpy() for route in columns)
        z = (a.mean(0) - b.mean(0)) / np.sqrt((a.var(0) + b.var(0)) / len(a))
        assert np.abs(z).max() < 4.5, (name, z)
        if name == "bias":
            assert (a.var(0) < b.var(0)).all()  # what is integrated adds no variance


@pytest.mark.parametrize("decay", [0.5, 1, 2])
def test_cholesky_and_qr_agree(decay, monkeypatch):
    _, Z, _, given = arrays(decay)
    Z = torch.as_tensor(Z)
    far = [not abs(np.log(N / D)) <= 0.12 for N, D in CELLS]
    by_rule = conditional.losses(given, Z, CELLS)
    monkeypatch.setattr(learning_curve, "TRUSTED", 0.0)
    by_qr = conditional.losses(given, Z, CELLS)
    assert gaps(by_rule.bias, by_qr.bias)[far].max() < 1e-8
    assert gaps(by_rule.noise, by_qr.noise)[far].max() < 1e-8


def test_batched_torch_route_agrees_with_lapack(monkeypatch):
    parameters = {"decay": 1, "n_modes": 150, "cells": CELLS}
    lapack = [route(Stream(1, "batched", 0), **parameters) for route in ROUTES]
    monkeypatch.setattr(linalg, "one_by_one", lambda _: False)
    monkeypatch.setattr("scipy.linalg.lapack.dpotrf", None)
    monkeypatch.setattr("scipy.linalg.blas.dsyrk", None)
    far = [not abs(np.log(N / D)) <= 0.12 for N, D in CELLS]
    for route, columns in zip(ROUTES, lapack, strict=True):
        for name, values in route(Stream(1, "batched", 0), **parameters).items():
            assert (values - columns[name])[:, far].abs().max() < 1e-8 * columns[name].abs().max(), name


ROUTES = (streamed_features.ridgeless, streamed_features.sampled)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
@pytest.mark.parametrize("decay", [2, 3])
def test_steep_spectra_take_a_second_pass(route, decay, monkeypatch):
    """40 features of a steep spectrum: from one pass the unresolved loss keeps few digits, from two it keeps ten."""
    parameters = {"decay": decay, "n_modes": 300, "cells": ((40, 60), (40, 20))}
    brute = route.oracle(Stream(2, "steep", 0), **parameters)

    def worst():
        columns = route(Stream(2, "steep", 0), **parameters)
        return max(float((columns[name] / brute[name] - 1).abs().max()) for name in columns)

    limit = panels.TRUSTED
    assert worst() < limit
    monkeypatch.setattr(panels, "TRUSTED", 0.0)
    assert worst() < 1e-8
    monkeypatch.setattr(panels, "TRUSTED", np.inf)
    if route is streamed_features.ridgeless and decay == 3:
        assert worst() > 1e-8


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_panels_of_any_width_are_summed(route, monkeypatch):
    monkeypatch.setattr(panels, "WIDTH", 37)
    parameters = {"decay": 1, "n_modes": 150, "cells": CELLS}
    fast, brute = (f(Stream(3, "panels", 0), **parameters) for f in (route, route.oracle))
    far = [not abs(np.log(N / D)) <= 0.12 for N, D in CELLS]
    for name in fast:
        assert gaps(fast[name][:, far], brute[name][:, far]).max() < 1e-8, name
