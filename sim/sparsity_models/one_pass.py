"""One-pass stochastic gradient descent on sparse rows: one step per fresh row, infinitely many features.

The error e = θ − w starts at −w, θ = 0, and every row x takes it to e − h (x·e) x, with ``normalised`` to
e − (h/|x|²)(x·e) x. Many runs go side by side, each on rows of its own; a step touches only the entries of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim import linalg, parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, Array, activations
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from sim.experiment import Columns
    from sim.streams import Stream

ROWS_AT_A_TIME = 2**15
"""Rows drawn at once for all runs. Changing it changes the streams."""

Step = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Array, Array]
"""Entries of the next row of every run: their run, place in the errors, value x_i and gain h x_i or h x_i/|x|²."""


@simulation(identities="only the variance of the teacher's weights enters the mean loss: they are signs")
def one_pass(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    step: float,
    normalised: bool = False,
    scale: float = 1.0,
    amplitudes: str = "sign",
    n_replicates: int = 1,
) -> Columns:
    """Loss Σ λ_i e_i² after D steps, for every D of ``n_samples``.

    Columns "loss" and "log_loss", means over ``n_replicates`` runs with rows and teachers of their own,
    (n_draws, n_sizes). A row without active coordinates changes nothing.

    Raises ValueError if step is not positive, for sizes below 1, and as `activations` does.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    h = parameters.positive("step", step, "it is the size of a step of descent")
    sizes = [parameters.count("n_samples", D) for D in parameters.several("n_samples", n_samples)]
    runs = stream.n_draws * parameters.count("n_replicates", n_replicates)
    rng = stream.generators[0]  # draws are groups of runs
    error = 2.0 * rng.integers(0, 2, runs * n_modes) - 1.0
    found: dict[int, Array] = {}
    for done, (run, place, values, gains) in enumerate(_steps(rng, law, h, normalised, runs, max(sizes)), start=1):
        here = error[place]
        residual = np.bincount(run, values * here, runs)
        error[place] = here - gains * residual[run]
        if done in sizes:
            found[done] = np.square(error).reshape(runs, n_modes) @ law.variances
    losses = np.stack([found[D] for D in sizes], -1).reshape(stream.n_draws, -1, len(sizes))
    like = stream.normal(0)
    return {
        "loss": linalg.array(losses.mean(1).tolist(), like),
        "log_loss": linalg.array(np.log(losses).mean(1).tolist(), like),
    }


def _steps(
    rng: np.random.Generator, law: Activations, h: float, normalised: bool, runs: int, n_steps: int
) -> Iterator[Step]:
    """Entries of row t of every run, for t = 1..n_steps."""
    n_modes, block = len(law.variances), max(1, ROWS_AT_A_TIME // runs)
    for start in range(0, n_steps, block):
        length = min(block, n_steps - start)
        X = rows(rng, law, length * runs)
        row = np.repeat(np.arange(length * runs), np.diff(X.indptr))
        gains = h * X.data
        if normalised:
            gains /= np.bincount(row, X.data**2, length * runs)[row]
        run = row % runs
        place = run * n_modes + X.indices
        edges = X.indptr[::runs].tolist()
        for first, last in pairwise(edges):
            yield run[first:last], place[first:last], X.data[first:last], gains[first:last]


@one_pass.brute_force
def _definition(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    step: float,
    normalised: bool = False,
    scale: float = 1.0,
    amplitudes: str = "sign",
    n_replicates: int = 1,
) -> Columns:
    """Dense rows with dense arithmetic and Gaussian teachers, run by run."""
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale, amplitudes=amplitudes)
    loss, log_loss = [], []
    for rng in stream.generators:
        runs = []
        for _ in range(n_replicates):
            w, theta, seen = rng.standard_normal(n_modes), np.zeros(n_modes), {}
            for done, x in enumerate(rows(rng, law, max(n_samples)).toarray(), start=1):
                h = step / (x @ x) if normalised and x.any() else step
                theta += h * x * (x @ w - x @ theta)
                seen[done] = law.variances @ (w - theta) ** 2
            runs.append([seen[D] for D in n_samples])
        loss.append(np.mean(runs, axis=0).tolist())
        log_loss.append(np.mean(np.log(runs), axis=0).tolist())
    like = stream.normal(0)
    return {"loss": linalg.array(loss, like), "log_loss": linalg.array(log_loss, like)}
