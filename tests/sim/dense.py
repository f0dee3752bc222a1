"""Explicit arrays and brute-force losses for the tests of the dense sweeps."""

import numpy as np
import torch
from flint import arb, arb_mat, ctx

from sim.grid_solve import Moments


class World:
    """Features F (N × M), data X (D × M), teacher w and labels y, all explicit; ``decay`` sets the spectrum."""

    def __init__(self, n_features, n_samples, n_modes, decay, seed, label_noise=0.0):
        rng = np.random.default_rng(seed)
        self.variances = np.arange(1, n_modes + 1) ** -(1.0 + decay)
        self.F = rng.standard_normal((n_features, n_modes))
        self.X = rng.standard_normal((n_samples, n_modes)) * np.sqrt(self.variances)
        self.w = rng.standard_normal(n_modes)
        self.y = self.X @ self.w + label_noise * rng.standard_normal(n_samples)
        self.Phi = self.X @ self.F.T

    def tensors(self):
        """Φ, y and the moments, for the fast routes."""
        S = self.F * self.variances
        parts = (self.Phi, self.y, S @ self.F.T, S @ self.w, self.variances @ self.w**2)
        Phi, y, G, b, s = (torch.as_tensor(part) for part in parts)
        return Phi, y, Moments(G, b, s)

    def loss(self, theta):
        """Population loss in M dimensions."""
        return self.variances @ (self.w - self.F[: len(theta)].T @ theta) ** 2

    def lstsq_fit(self, N, D):
        return np.linalg.lstsq(self.Phi[:D, :N], self.y[:D], rcond=None)[0]

    def qr_fit(self, N, D):
        A = self.Phi[:D, :N]
        if N <= D:
            Q, R = np.linalg.qr(A)
            return np.linalg.solve(R, Q.T @ self.y[:D])
        Q, R = np.linalg.qr(A.T)
        return Q @ np.linalg.solve(R.T, self.y[:D])

    def lstsq(self, N, D):
        return self.loss(self.lstsq_fit(N, D))

    def exact(self, N, D, bits=600):
        """The loss in ball arithmetic, from the same binary numbers Φ, y, F, w and variances."""
        before, ctx.prec = ctx.prec, bits
        try:
            A = arb_mat(self.Phi[:D, :N].tolist())
            y = arb_mat([[v] for v in self.y[:D].tolist()])
            T = A.transpose()
            theta = (T * A).solve(T * y) if N <= D else T * (A * T).solve(y)
            residual = arb_mat([[v] for v in self.w.tolist()]) - arb_mat(self.F[:N].T.tolist()) * theta
            loss = sum((arb(v) * residual[i, 0] ** 2 for i, v in enumerate(self.variances.tolist())), arb(0))
            assert loss.rel_accuracy_bits() > 60
            return float(loss.mid())
        finally:
            ctx.prec = before


def gaps(found, expected):
    return np.abs(np.asarray(found) / np.asarray(expected) - 1)


def off_peak(cells):
    return np.array([abs(np.log(N / D)) > 0.12 for N, D in cells])
