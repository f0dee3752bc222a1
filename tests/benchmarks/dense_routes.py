"""Candidates and baselines of the dense sweeps: plain functions of the same arrays, best common calls."""

import numpy as np
import torch

from sim import descent, grid_solve, learning_curve, ridge_path, sweeps
from sim.grid_solve import Moments


def sizes(first, last, count):
    """Log-spaced integers."""
    return sorted({round(v) for v in np.geomspace(first, last, count).tolist()})


def grid(n_features, n_samples):
    return [(N, D) for D in n_samples for N in n_features]


def off_peak(cells):
    return np.array([abs(np.log(N / D)) > 0.12 for N, D in cells])


class Arrays:
    """One draw of F, X, w with everything formed: Φ, y, G, b, s, K = XᵀX and F Λ X, as tensors and as numpy."""

    def __init__(self, n_features, n_samples, n_modes, decay=1.0, seed=0):
        rng = np.random.default_rng(seed)
        variances = np.arange(1, n_modes + 1) ** -(1.0 + decay)
        F = rng.standard_normal((n_features, n_modes))
        X = rng.standard_normal((n_samples, n_modes)) * np.sqrt(variances)
        w = rng.standard_normal(n_modes)
        S = F * variances
        self.Phi, self.y, self.G, self.b, self.s = X @ F.T, X @ w, S @ F.T, S @ w, variances @ w**2
        self.K, self.cross, self.total = X @ X.T, S @ X.T, variances.sum()
        self.t = {name: torch.as_tensor(value) for name, value in vars(self).items()}
        self.moments = Moments(self.t["G"], self.t["b"], self.t["s"])

    def loss(self, theta):
        N = len(theta)
        return self.s - 2 * theta @ self.b[:N] + theta @ self.G[:N, :N] @ theta


# grid-solve: every cell, given the arrays


def nested_cholesky(arrays, cells):
    return grid_solve.losses(arrays.t["Phi"], arrays.t["y"], arrays.moments, cells).numpy()


def numpy_lstsq(arrays, cells):
    return np.array([arrays.loss(np.linalg.lstsq(arrays.Phi[:D, :N], arrays.y[:D], rcond=None)[0]) for N, D in cells])


def torch_gelsy(arrays, cells):
    Phi, y = arrays.t["Phi"], arrays.t["y"][:, None]
    solve = torch.linalg.lstsq
    return np.array([arrays.loss(solve(Phi[:D, :N], y[:D], driver="gelsy").solution[:, 0].numpy()) for N, D in cells])


def scikit_learn_ridge(arrays, cells):
    from sklearn.linear_model import Ridge

    fits = (Ridge(alpha=0.0, fit_intercept=False).fit(arrays.Phi[:D, :N], arrays.y[:D]) for N, D in cells)
    return np.array([arrays.loss(fit.coef_) for fit in fits])


# curve: every N at one D


def nested_curve(arrays):
    return learning_curve.over_features(arrays.t["Phi"], arrays.t["y"], arrays.moments).numpy()


def lstsq_per_size(arrays):
    D, N = arrays.Phi.shape
    return numpy_lstsq(arrays, [(n, D) for n in range(1, N + 1)])


# trace: every N at one D, averaged exactly over the teacher


def nested_traces(arrays):
    t = arrays.t
    bias, _ = sweeps.losses(t["Phi"], t["G"], t["K"], t["cross"].mT, t["total"], wide=False)
    return bias.numpy()


def qr_trace_per_size(arrays):
    t, found = arrays.t, []
    for N in range(1, arrays.Phi.shape[1] + 1):
        Q, R = torch.linalg.qr(t["Phi"][:, :N])
        inverse = torch.linalg.solve_triangular(R, torch.eye(N, dtype=R.dtype), upper=True)
        E, H = Q.mT @ (t["K"] @ Q), inverse.mT @ t["G"][:N, :N] @ inverse
        overlap = ((Q.mT @ t["cross"][:N].mT) * inverse.mT).sum()
        found.append(float(t["total"] - 2 * overlap + (H * E).sum()))
    return np.array(found)


# ridge-path: many N and ridges at one D


def nested_ridge_path(arrays, points):
    return ridge_path.losses(arrays.t["Phi"], arrays.t["y"], arrays.moments, points).numpy()


def svd_per_size(arrays, points):
    found, kept = [], {}
    for N, D, gamma in points:
        if (N, D) not in kept:
            U, s, Vt = np.linalg.svd(arrays.Phi[:D, :N], full_matrices=False)
            kept[N, D] = s, Vt, U.T @ arrays.y[:D]
        s, Vt, c = kept[N, D]
        found.append(arrays.loss(Vt.T @ (s / (s * s + gamma) * c)))
    return np.array(found)


def eigh_per_size(arrays, points):
    found, kept = [], {}
    for N, D, gamma in points:
        if (N, D) not in kept:
            A = arrays.t["Phi"][:D, :N]
            l, U = torch.linalg.eigh(A.mT @ A)
            kept[N, D] = l, U, U.mT @ (A.mT @ arrays.t["y"][:D])
        l, U, c = kept[N, D]
        found.append(arrays.loss((U @ (c / (l + gamma))).numpy()))
    return np.array(found)


def scikit_learn_path(arrays, points):
    from sklearn.linear_model import Ridge

    fits = (Ridge(alpha=g, fit_intercept=False).fit(arrays.Phi[:D, :N], arrays.y[:D]) for N, D, g in points)
    return np.array([arrays.loss(fit.coef_) for fit in fits])


# descent: the loss at many times


def closed_form(arrays, step, times):
    return descent.losses(arrays.t["Phi"], arrays.t["y"], arrays.moments, step=step, times=times).numpy()


def gram_loop(arrays, step, times):
    D, N = arrays.Phi.shape
    A, c = arrays.Phi.T @ arrays.Phi * (step / D), arrays.Phi.T @ arrays.y * (step / D)
    theta, found = np.zeros(N), {0: arrays.loss(np.zeros(N))}
    wanted = set(times)
    for t in range(1, max(times) + 1):
        theta = theta - A @ theta + c
        if t in wanted:
            found[t] = arrays.loss(theta)
    return np.array([found[t] for t in times])


def data_loop(arrays, step, times):
    D, N = arrays.Phi.shape
    theta, found = np.zeros(N), {0: arrays.loss(np.zeros(N))}
    wanted, transposed = set(times), np.ascontiguousarray(arrays.Phi.T)
    for t in range(1, max(times) + 1):
        theta = theta - (step / D) * (transposed @ (arrays.Phi @ theta - arrays.y))
        if t in wanted:
            found[t] = arrays.loss(theta)
    return np.array([found[t] for t in times])


def dgemm(n):
    """A product of two n × n matrices as a call without arguments, and its flops."""
    A = torch.as_tensor(np.random.default_rng(1).standard_normal((n, n)))
    return (lambda: A @ A), 2 * n**3
