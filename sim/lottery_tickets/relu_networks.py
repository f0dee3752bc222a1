"""ReLU networks of one input trained on y = x² with the mean square error over all x, integrated exactly.

Between its sorted kinks a network is a line, so the output is a running sum of changes of line, the gradient a
difference of running sums of moments of the error: N log N operations, no data and no grid. Networks of several widths
are trained at once, the narrow ones filled up with neurons that are never active.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import linalg
from sim.experiment import simulation
from sim.lottery_tickets.recipe import Recipe
from sim.lottery_tickets.trained import (
    MIDPOINTS,
    by_autograd,
    checked_networks,
    grid,
    started,
)
from sim.lottery_tickets.trainer import Data, _Bench, outputs

if TYPE_CHECKING:
    from torch import Tensor

    from sim.experiment import Columns
    from sim.streams import Stream

FAR = 1e6
"""Kink of a neuron that fills up a row, in half-widths: never active, it has no gradient."""
COLUMNS = ("loss", "log_loss", "least", "failed", "constant", "inside", "log_pieces")


@simulation(identities="the best line on a piece of length h leaves h⁵/180 of x², in column log_pieces alone")
def relu_networks(stream: Stream, *, n_neurons: Sequence[int], n_networks: int = 8, **recipe: Any) -> Columns:
    """Losses of ``n_networks`` independent ReLU networks per draw, for every width of ``n_neurons``.

    Columns, each (n_draws, n_widths), means over the networks of a draw unless said: "loss"; "log_loss", the mean of
    its logarithm; "least", the smallest loss; "failed", share of networks that diverged, which count as the zero
    function elsewhere; "constant", share whose output hardly varies; "inside", share of neurons with their kink in
    (−R, R); "log_pieces", the mean logarithm of the loss of the best lines between the kinks, joined or not.

    The other parameters are those of `Recipe`; activation "relu", midpoints and float64 go without saying. Raises
    ValueError for another recipe. Source: Liu & Tegmark 2023, whose own recipe is not known in full.
    """
    how, widths, n = _followed(n_neurons, n_networks, recipe)
    rows = [filled(begun(stream, how, N, n), N, max(widths), how) for N in widths]
    done = train(linalg.concatenate(rows, 0), how).reshape(len(widths), len(rows[0]), -1)
    return _columns([emptied(networks, N) for networks, N in zip(done, widths, strict=True)], how, n)


def _followed(n_neurons: Sequence[int], n_networks: int, recipe: dict[str, Any]) -> tuple[Recipe, list[int], int]:
    fixed = {"activation": "relu", "grid": "midpoints", "precision": "double", "batch": 0}
    how, widths, n = checked_networks(n_neurons, n_networks, fixed | recipe)
    for name, value in fixed.items():
        if getattr(how, name) != value:
            raise ValueError(f"{name} must be {value!r}, got {getattr(how, name)!r}; `trained` takes any recipe")
    return how, widths, n


def begun(stream: Stream, how: Recipe, n_neurons: int, n_networks: int) -> Tensor:
    """Networks before training, one after the other, (n_draws · n_networks × (3N + 1))."""
    rows = np.concatenate([started(rng, how, n_neurons, n_networks) for rng in stream.generators])
    return linalg.from_numpy(rows).to(stream.device)


def filled(networks: Tensor, n_neurons: int, widest: int, how: Recipe) -> Tensor:
    """Rows of the widest network; neurons too many have w = 1 and their kink far to the right, a = 0."""
    wide = networks.new_zeros(len(networks), 3, widest)
    wide[:, 0], wide[:, 1] = 1, -FAR * how.half_width
    wide[:, :, :n_neurons] = networks[:, :-1].reshape(-1, 3, n_neurons)
    return linalg.concatenate([wide.flatten(1), networks[:, -1:]], 1)


def emptied(networks: Tensor, n_neurons: int) -> Tensor:
    """The rows without what `filled` added."""
    wide = networks[:, :-1].reshape(len(networks), 3, -1)
    return linalg.concatenate([wide[:, :, :n_neurons].flatten(1), networks[:, -1:]], 1)


def train(networks: Tensor, recipe: Recipe) -> Tensor:
    """Minimise the mean of (f(x) − x²)² over x uniform on [−R, R], integrated; networks (n × (3N + 1))."""
    trained = networks.clone()
    Piecewise(trained, recipe).run(lambda: None)  # type: ignore[arg-type, return-value]
    return trained


class Piecewise(_Bench):
    """A bench whose gradient is integrated between the sorted kinks, exactly. Views are taken once: they cost time."""

    def __init__(self, networks: Tensor, recipe: Recipe) -> None:
        super().__init__(networks, recipe, 0)
        n, N, R = len(networks), self.n_neurons, recipe.half_width
        self.w, self.b = self.inner[:, 0], self.inner[:, 1]
        self.powers = networks.new_zeros(n, 4, N + 2)  # x⁴, x³, x², x at the ends of the pieces
        self.powers[:, :, 0] = networks.new_tensor([R**4, -(R**3), R**2, -R])
        self.powers[:, :, -1] = networks.new_tensor([R**4, R**3, R**2, R])
        self.left, self.right = self.powers[:, :, :-1], self.powers[:, :, 1:]
        self.fourth, self.third, self.second, self.kinks = (self.powers[:, k, 1:-1] for k in range(4))
        self.share = networks.new_tensor([[1 / 4], [1 / 3], [1 / 2], [1]]) / (2 * R)
        self.moments = networks.new_zeros(n, 4, N + 1)  # share of each piece in the means of x³, x², x, 1
        self.high, self.middle, self.low = (self.moments[:, k : k + 2] for k in range(3))
        self.lines = networks.new_zeros(n, 2, N + 1)  # f = lines[0] x + lines[1] on each piece
        self.first_line, self.changes = self.lines[:, :, 0], self.lines[:, :, 1:]
        self.first_offset, self.steep, self.offset = self.lines[:, 1, :1], self.lines[:, :1], self.lines[:, 1:]
        self.sums = networks.new_zeros(n, 2, N + 1)  # mean of (f − x²) x and of f − x² up to the end of each piece
        self.before, self.whole = self.sums[:, :, :-1], self.sums[:, :, -1:]
        self.active = networks.new_zeros(n, 2, N)

    def _differentiate(self, data: Data) -> None:  # noqa: ARG002
        """Gradient of the mean of (f − x²)². A neuron facing right is active right of its kink, else left of it."""
        R = self.recipe.half_width
        facing = self.w.sign()[:, None]
        x, order = (self.b / self.w).neg_().nan_to_num_(0).clamp_(-R, R).sort(1)
        both = order[:, None].expand(-1, 2, -1)

        own = self.inner * (self.scale * self.outer)[:, None]  # line of a neuron where it is active (n × 2 × N)
        change = own * facing
        self.changes.copy_(change.gather(2, both))
        self.first_line.copy_(own.sub_(change).sum(2)).mul_(0.5)
        self.first_offset.add_(self.bias)
        self.lines.cumsum_(2)

        square = x * x
        self.kinks.copy_(x)
        self.second.copy_(square)
        self.third.copy_(x.mul_(square))
        self.fourth.copy_(square.mul_(square))
        self.moments.copy_(self.right).sub_(self.left).mul_(self.share)
        self.sums.copy_(self.middle * self.steep).addcmul_(self.low, self.offset).sub_(self.high).cumsum_(2)

        self.active.scatter_(2, both, self.before)  # left of the kink of each neuron
        self.active.mul_(facing).neg_().addcmul_(self.whole, facing.add_(1), value=0.5).mul_(2 * self.scale)
        self.inner_gradient.copy_(self.active).mul_(self.outer[:, None])
        self.outer_gradient.copy_(self.active.mul_(self.inner).sum(1))
        self.bias_gradient.copy_(self.whole[:, 1]).mul_(2)


def _columns(by_width: Sequence[Tensor], how: Recipe, n_networks: int) -> Columns:
    """Columns from the trained networks (n_draws · n_networks × (3N + 1)) of every width."""
    found = []
    for rows in by_width:
        groups = rows.reshape(-1, n_networks, rows.shape[-1])
        found.append(_losses(groups, how) | kinks(groups, how.half_width))
    return {name: linalg.stack([columns[name] for columns in found]) for name in COLUMNS}


def _losses(networks: Tensor, how: Recipe) -> Columns:
    """What follows from the outputs on 4096 midpoints, each (n_draws,)."""
    x, _ = grid(how, MIDPOINTS)
    at = linalg.from_numpy(x).to(networks.device)
    values = outputs(networks.flatten(0, 1), how, at).reshape(*networks.shape[:2], -1)
    failed = ~values.isfinite().all(-1)
    values[failed] = 0
    losses = (values - at**2).square_().mean(-1)
    return {
        "loss": losses.mean(1),
        "log_loss": losses.log().mean(1),
        "least": losses.min(1).values,
        "failed": failed.double().mean(1),
        "constant": (values.var(-1) < 1e-6 * how.half_width**4).double().mean(1),
    }


def kinks(networks: Tensor, R: float) -> Columns:
    """What follows from the places of the kinks alone, each (n_draws,)."""
    N = (networks.shape[-1] - 1) // 3
    places = -networks[..., N : 2 * N] / networks[..., :N]
    ends = places.new_tensor([-R, R]).expand(*places.shape[:2], 2)
    lengths = linalg.concatenate([places.nan_to_num(0).clamp(-R, R), ends], 2).sort(2).values.diff(dim=2)
    loss = (lengths**5).sum(2) / (180 * 2 * R)
    return {"inside": (places.abs() < R).double().mean((1, 2)), "log_pieces": loss.log().mean(1)}


@relu_networks.brute_force
def _relu_networks_one_by_one(
    stream: Stream, *, n_neurons: Sequence[int], n_networks: int = 8, **recipe: Any
) -> Columns:
    """Every network by torch's own gradients and optimiser on 4096 points; lines fitted to nodes between its kinks."""
    how, widths, n = _followed(n_neurons, n_networks, recipe)
    fine = how._replace(n_nodes=MIDPOINTS)
    done = [linalg.stack([by_autograd(row, fine) for row in begun(stream, how, N, n)]).mT for N in widths]
    columns = _columns(done, how, n)
    for k, rows in enumerate(done):
        inside, losses = zip(*(_line_by_line(row.numpy(), how.half_width) for row in rows), strict=True)
        columns["inside"][:, k] = linalg.from_numpy(np.reshape(inside, (-1, n)).mean(1))
        columns["log_pieces"][:, k] = linalg.from_numpy(np.log(losses).reshape(-1, n).mean(1))
    return columns


def _line_by_line(network: np.ndarray, R: float) -> tuple[float, float]:
    """Share of kinks in (−R, R), and mean square error of lines fitted to Gauss nodes of every piece between them."""
    w, b, _ = np.reshape(network[:-1], (3, -1))
    edges = [-R, *sorted(t for t in -b / w if abs(t) < R), R]
    z, q = np.polynomial.legendre.leggauss(50)
    loss = 0.0
    for left, right in pairwise(edges):
        x = (left + right) / 2 + (right - left) / 2 * z
        line = np.polynomial.Polynomial.fit(x, x**2, 1, w=np.sqrt(q))
        loss += (right - left) / (2 * R) * float((line(x) - x**2) ** 2 @ q) / 2
    return (len(edges) - 2) / len(w), loss
