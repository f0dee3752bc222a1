"""Nested routes beside their baselines: same arrays, same process, one thread, equality asserted.

Compare the medians of one group of one run; seconds on a shared machine mean nothing. ``make bench`` prints them.
"""

import time

import mpmath
import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from sim import linalg, sweeps
from sim.streams import Stream
from theory.effective_ridge import effective_ridge

M, LARGEST, SAMPLES = 512, 128, 192
ROUNDS = {"rounds": 5, "iterations": 1, "warmup_rounds": 1}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for library in threadpool_info():
            print(f"\n{library.get('internal_api')}: {library.get('architecture')}, {library['num_threads']} thread")
        yield


@pytest.fixture(scope="module")
def arrays():
    stream = Stream(1, "benchmark", 0)
    spectrum = linalg.powers(M, -2.0, stream.normal(1))
    F = stream.normal(LARGEST, M)[0] * spectrum.sqrt()
    X = (stream.normal(SAMPLES, M)[0] * spectrum.sqrt()).mT
    Z = X / spectrum.sqrt()[:, None]
    Phi, G, K, cross = F @ Z, F @ F.mT, X.mT @ X, (F * spectrum) @ Z
    return Phi, G, K, cross, F, X, spectrum


def nested(Phi, G, K, cross, F, X, spectrum):  # noqa: ARG001 - the routes share one call
    """Loss for every N up to LARGEST from one factorisation."""
    bias, _ = sweeps.losses(Phi.mT, G, K, cross.mT, spectrum.sum(), wide=False)
    return bias.numpy()


def per_cell(Phi, G, K, cross, F, X, spectrum):  # noqa: ARG001
    """The same by one least-squares solve per N and the definition in M dimensions."""
    root, losses = spectrum.sqrt().numpy(), []
    design, features, data = Phi.numpy(), F.numpy(), X.numpy()
    for N in range(1, LARGEST + 1):
        solved, *_ = np.linalg.lstsq(design[:N].T, data.T, rcond=None)  # Ψ Xᵀ: (N, M)
        losses.append(((np.diag(root) - solved.T @ features[:N]) ** 2).sum())
    return np.array(losses)


@pytest.fixture(scope="module")
def expected(arrays):
    return per_cell(*arrays)


@pytest.mark.benchmark(group="curve", timer=time.process_time)
@pytest.mark.parametrize("route", [per_cell, nested])
def test_curve(route, arrays, expected, benchmark):
    found = benchmark.pedantic(route, args=arrays, **ROUNDS)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def unresolved_nested(F, spectrum):
    """Unresolved loss of every N from one Cholesky factor."""
    return sweeps.directions(F @ F.mT, F.clone(), spectrum).unresolved.numpy()


def unresolved_per_size(F, spectrum):
    """The same by one orthonormal basis per N."""
    root = spectrum.sqrt()
    total = spectrum.sum()
    return np.array([float(total - (linalg.qr(F[:N].mT)[0].mT * root).square().sum()) for N in range(1, LARGEST + 1)])


@pytest.mark.benchmark(group="unresolved", timer=time.process_time)
@pytest.mark.parametrize("route", [unresolved_per_size, unresolved_nested])
def test_unresolved(route, arrays, benchmark):
    *_, F, _, spectrum = arrays
    found = benchmark.pedantic(route, args=(F, spectrum), **ROUNDS)
    np.testing.assert_allclose(found, unresolved_per_size(F, spectrum), rtol=1e-8)


N_MODES, SIZE, DIGITS = 20_000, 100, 30


def certified():
    """The effective ridge by Euler-Maclaurin sums in ball arithmetic."""
    return effective_ridge(SIZE, decay=1, n_modes=N_MODES, digits=DIGITS)


def direct():
    """The same by Newton steps on the direct sum in mpmath, powers computed once."""
    with mpmath.workdps(DIGITS + 5):
        inverse = [mpmath.mpf(i) ** 2 for i in range(1, N_MODES + 1)]
        kappa = mpmath.mpf(certified()) * (1 + mpmath.mpf("1e-10"))  # a start that is generous to it
        for _ in range(2):
            shares = [1 / (1 + kappa * v) for v in inverse]
            df1, df2 = mpmath.fsum(shares), mpmath.fsum(share * share for share in shares)
            kappa *= mpmath.exp((df1 - SIZE) / (df1 - df2))
        return kappa


@pytest.mark.benchmark(group="effective-ridge", timer=time.process_time)
@pytest.mark.parametrize("route", [direct, certified])
def test_effective_ridge(route, benchmark):
    found = benchmark.pedantic(route, rounds=3, iterations=1, warmup_rounds=1)
    with mpmath.workdps(DIGITS + 5):
        assert abs(found / certified() - 1) < mpmath.mpf(10) ** -(DIGITS - 2)
