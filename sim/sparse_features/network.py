"""A trained network: one hidden layer of ReLU units, both layers trained by full-batch Adam until it fits the rows.

f(x) = aᵀ max(0, W x), without biases; W and a start as normal numbers of standard deviations ``init`` and
init/√width. The networks of all draws of a chunk are trained together, in float32. Weights of coordinates never
active in the data get no gradient and stay as they start, so that only the others are trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim import linalg, parameters
from sim.experiment import simulation
from sim.sparse_features.activations import Activations, activations
from sim.sparse_features.rows import rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from sim.experiment import Columns
    from sim.streams import Stream

Single = npt.NDArray[np.float32]
FAST, SLOW, SMALLEST = 0.9, 0.99, 1e-10
"""Adam: decay of the mean and of the square of the gradient, and what is added to the root."""


class Task(NamedTuple):
    """One draw: data, teacher, test rows and the network before training."""

    X: csr_array  # (D × M)
    test: csr_array  # (T × M)
    teacher: npt.NDArray[np.float64]  # (M,) signs
    hidden: npt.NDArray[np.float64]  # (M × width), Wᵀ
    outer: npt.NDArray[np.float64]  # (width,), a

    @property
    def seen(self) -> npt.NDArray[np.intp]:
        """Coordinates active in the data."""
        return np.asarray(np.unique(self.X.indices), dtype=np.intp)


def task(rng: np.random.Generator, law: Activations, n_samples: int, n_test: int, width: int, init: float) -> Task:
    """Data, a teacher of signs, test rows and a fresh network."""
    M = len(law.variances)
    return Task(
        rows(rng, law, n_samples),
        rows(rng, law, n_test),
        np.asarray(2.0 * rng.integers(0, 2, M) - 1.0, dtype=np.float64),
        init * rng.standard_normal((M, width)),
        init / np.sqrt(width) * rng.standard_normal(width),
    )


def trained(x: Single, y: Single, hidden: Single, outer: Single, n_steps: int, rate: float) -> None:
    """Adam on the mean squared error/2 of stacked networks, in place; the rate falls as a half cosine.

    x (B, D, S), y (B, D, 1), hidden (B, S, width), outer (B, width, 1).
    """
    weights = (hidden, outer)
    mean, square = ([np.zeros_like(P) for P in weights] for _ in range(2))
    transposed = np.ascontiguousarray(x.swapaxes(1, 2))
    for t in range(1, n_steps + 1):
        active = np.maximum(x @ hidden, 0.0)
        error = (active @ outer - y) / np.float32(x.shape[1])
        back = (error * outer.swapaxes(1, 2)) * (active > 0)
        gradients = (transposed @ back, active.swapaxes(1, 2) @ error)
        step = rate * (0.5 + 0.5 * np.cos(np.pi * t / n_steps)) * np.sqrt(1 - SLOW**t) / (1 - FAST**t)
        for P, m, v, g in zip(weights, mean, square, gradients, strict=True):
            m += np.float32(1 - FAST) * (g - m)
            v += np.float32(1 - SLOW) * (g * g - v)
            P -= np.float32(step) * m / (np.sqrt(v) + np.float32(SMALLEST))


def _train(tasks: Sequence[Task], n_steps: int, rate: float) -> list[float]:
    """Train the networks of all tasks, in place; mean squared errors on their rows."""
    most = max(len(task.seen) for task in tasks)
    x = np.zeros((len(tasks), tasks[0].X.shape[0], most), dtype=np.float32)
    hidden = np.zeros((len(tasks), most, len(tasks[0].outer)), dtype=np.float32)
    for k, task in enumerate(tasks):
        x[k, :, : len(task.seen)] = task.X[:, task.seen].toarray()
        hidden[k, : len(task.seen)] = task.hidden[task.seen]
    y = np.stack([task.X @ task.teacher for task in tasks]).astype(np.float32)[..., None]
    outer = np.stack([task.outer for task in tasks]).astype(np.float32)[..., None]
    trained(x, y, hidden, outer, n_steps, rate)
    for k, task in enumerate(tasks):
        task.hidden[task.seen] = hidden[k, : len(task.seen)]
        task.outer[:] = outer[k, :, 0]
    return [float(e) for e in np.square(np.maximum(x @ hidden, 0.0) @ outer - y).mean((1, 2))]


def _tested(task: Task, law: Activations) -> tuple[float, float]:
    """Loss on the test rows, squared labels on coordinates never seen put at their mean; and that mean."""
    unseen = np.ones(len(law.variances), dtype=bool)
    unseen[task.seen] = False
    mass = float(law.variances[unseen].sum())
    missed = float(np.square(task.test @ (task.teacher * unseen)).mean())
    guess = np.maximum(task.test @ task.hidden, 0.0) @ task.outer
    return float(np.square(guess - task.test @ task.teacher).mean()) - missed + mass, mass


@simulation(
    identities="control variate of known mean: the squared labels of test rows on coordinates never active in the data"
)
def network(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    width: int,
    n_steps: int,
    rate: float,
    init: float,
    scale: float = 1.0,
    n_test: int = 2000,
) -> Columns:
    """Loss of a trained ReLU network on D sparse rows labelled by a teacher of signs, independent for every D.

    Columns "loss", the squared error on ``n_test`` fresh rows; "unseen", the variance of the coordinates never active
    in the data; "training", the mean squared error on the data at the end. Shape (n_draws, n_sizes).

    Raises ValueError for parameters outside their ranges, see `activations`.
    Source: the model of Sous & Winer 2026.
    """
    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    parameters.positive("rate", rate, "it is Adam's first step")
    parameters.positive("init", init, "a network of zeros never moves")
    found: dict[str, list[list[float]]] = {"loss": [], "unseen": [], "training": []}
    for D in parameters.several("n_samples", n_samples):
        tasks = [task(rng, law, parameters.count("n_samples", D), n_test, width, init) for rng in stream.generators]
        found["training"].append(_train(tasks, parameters.count("n_steps", n_steps), rate))
        loss, unseen = zip(*(_tested(task, law) for task in tasks), strict=True)
        found["loss"].append(list(loss))
        found["unseen"].append(list(unseen))
    like = stream.normal(0)
    return {name: linalg.array(values, like).mT for name, values in found.items()}


@network.brute_force
def _network(
    stream: Stream,
    *,
    decay: float,
    sparsity: float,
    n_modes: int,
    n_samples: Sequence[int],
    width: int,
    n_steps: int,
    rate: float,
    init: float,
    scale: float = 1.0,
    n_test: int = 2000,
) -> Columns:
    """One network at a time on all coordinates, gradients by torch, Adam by torch."""
    import torch

    law = activations(decay=decay, sparsity=sparsity, n_modes=n_modes, scale=scale)
    found: dict[str, list[list[float]]] = {"loss": [], "unseen": [], "training": []}
    for D in n_samples:
        results = []
        for rng in stream.generators:
            now = task(rng, law, D, n_test, width, init)
            x = torch.tensor(now.X.toarray(), dtype=torch.float32)
            y = torch.tensor(now.X @ now.teacher, dtype=torch.float32)
            W = torch.tensor(now.hidden, dtype=torch.float32, requires_grad=True)
            a = torch.tensor(now.outer, dtype=torch.float32, requires_grad=True)
            adam = torch.optim.Adam([W, a], lr=rate, betas=(FAST, SLOW), eps=SMALLEST)
            for t in range(1, n_steps + 1):
                adam.param_groups[0]["lr"] = rate * (0.5 + 0.5 * float(np.cos(np.pi * t / n_steps)))
                adam.zero_grad()
                torch.autograd.backward(((x @ W).relu() @ a - y).square().mean() / 2)
                adam.step()
            training = float(((x @ W).relu() @ a - y).detach().square().mean())
            now.hidden[:], now.outer[:] = W.detach().numpy(), a.detach().numpy()
            results.append((*_tested(now, law), training))
        for name, values in zip(("loss", "unseen", "training"), zip(*results, strict=True), strict=True):
            found[name].append(list(values))
    like = stream.normal(0)
    return {name: linalg.array(values, like).mT for name, values in found.items()}
