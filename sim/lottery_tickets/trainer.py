"""Many small networks of one input trained at once, gradients written out.

A network is a row w_1..w_N, b_1..b_N, a_1..a_N, c. The activations of as many networks as fit in a cache of the second
level are held at a time, in batched products; of wide networks that is one at a time. A few networks each of several
widths are trained side by side in bundles: a row then holds the w of all of them, their b, their a, their c.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.lottery_tickets.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

HELD = 2**16
"""Activations held at a time: three arrays of this many numbers."""
HELD_ON_DEVICE = 2**26
"""The same where there is no cache to fit, on a GPU."""
FAST, SLOW, SMALLEST = 0.9, 0.999, 1e-8
"""Adam: decay of the mean and of the square of the gradient, and what is added to the root."""


class Data(NamedTuple):
    """Points x (D,), labels y (D,) and weights q (D,) that sum to 1."""

    x: Tensor
    y: Tensor
    q: Tensor


Batches = Callable[[], Data]
"""Data of the next step; as many points in every step, the same for all networks."""


def train(networks: Tensor, recipe: Recipe, data: Batches, widths: Sequence[int] = ()) -> Tensor:
    """Minimise Σ_j q_j (f(x_j) − y_j)² by the recipe; ``networks`` (n × (3N + 1)), returns the trained ones.

    With ``widths`` the rows are bundles of one network of every width, (n × (3 Σ N + len(widths))), trained on the
    same data, each as if alone. Precision and device are those of ``networks``. A network that diverges comes back
    with numbers that are not finite.
    """
    n_neurons = (networks.shape[1] - max(1, len(widths))) // 3
    n_nodes = recipe.batch or recipe.n_nodes
    most = HELD if networks.device.type == "cpu" else HELD_ON_DEVICE
    step = max(1, most // (n_neurons * n_nodes))
    trained = networks.clone()
    for start in range(0, len(networks), step):
        held = trained[start : start + step]
        bench = _Bundles(held, recipe, n_nodes, widths) if len(widths) > 1 else _Bench(held, recipe, n_nodes)
        bench.run(data)
    return trained


class _Bench:
    """Networks trained together, in place, with everything that a step writes to."""

    def __init__(self, networks: Tensor, recipe: Recipe, n_nodes: int, n_outputs: int = 1) -> None:
        self.recipe = recipe
        n, width = networks.shape
        N = self.n_neurons = (width - n_outputs) // 3
        self.scale: Tensor | float = recipe.output_scale(N)
        self.gain: Tensor | float = N if recipe.start == "mean_field" else 1
        self.networks, self.gradient = networks, networks.new_zeros(n, width)
        self.mean, self.square = networks.new_zeros(n, width), networks.new_zeros(n, width)
        self.root = networks.new_empty(n, width)
        self.inner, self.inner_gradient = self._layers(self.networks), self._layers(self.gradient)
        self.outer, self.outer_gradient = networks[:, 2 * N : 3 * N], self.gradient[:, 2 * N : 3 * N]
        self.bias, self.bias_gradient = networks[:, 3 * N :], self.gradient[:, 3 * N :]
        self.z, self.value, self.derivative = (networks.new_empty(n, n_nodes, N) for _ in range(3))
        self.error, self.weighted = (networks.new_empty(n, n_nodes, n_outputs), networks.new_empty(n, 2, n_nodes))
        self.to_inner, self.to_outer = networks.new_empty(n, 2, N), networks.new_empty(n, n_outputs, N)

    def _layers(self, flat: Tensor) -> Tensor:
        """View (n × 2 × N) of w and b."""
        return flat.as_strided(
            (len(flat), 2, self.n_neurons), (flat.stride(0), self.n_neurons, 1), flat.storage_offset()
        )

    def run(self, data: Batches) -> None:
        import torch

        with torch.no_grad():
            for t in range(1, self.recipe.n_steps + 1):
                self._differentiate(data())
                if self.recipe.optimiser == "adam":
                    self._adam(t)
                else:
                    self._descend(t)

    def _differentiate(self, data: Data) -> None:
        """Gradient of Σ q (f − y)²."""
        import torch

        points = torch.stack([data.x, torch.ones_like(data.x)])  # (2 × D)
        torch.bmm(points.T.expand(len(self.networks), -1, -1), self.inner, out=self.z)
        ACTIVATE[self.recipe.activation](self.z, self.value, self.derivative)
        self._forward()
        self.error.add_(self.bias[:, None]).sub_(data.y[:, None]).mul_(2 * data.q[:, None])
        torch.sum(self.error, 1, out=self.bias_gradient)
        self._backward(points)

    def _forward(self) -> None:
        """Outputs, less the bias, where the error will be."""
        import torch

        torch.bmm(self.value, self.outer[:, :, None], out=self.error)
        self.error.mul_(self.scale)

    def _backward(self, points: Tensor) -> None:
        """Gradients of w, b, a from the weighted errors."""
        import torch

        row = self.error.mul_(self.scale).mT
        torch.bmm(row, self.value, out=self.to_outer)
        torch.mul(row, points, out=self.weighted)
        torch.bmm(self.weighted, self.derivative, out=self.to_inner)
        self.outer_gradient.copy_(self.to_outer[:, 0])
        torch.mul(self.to_inner, self.outer[:, None], out=self.inner_gradient)

    def _adam(self, t: int) -> None:
        import torch

        self.mean.lerp_(self.gradient, 1 - FAST)
        self.square.mul_(SLOW).addcmul_(self.gradient, self.gradient, value=1 - SLOW)
        unit = math.sqrt(1 - SLOW**t)
        torch.sqrt(self.square, out=self.root).add_(SMALLEST * unit)
        self.networks.addcdiv_(self.mean, self.root, value=-self.recipe.rate_at(t) * unit / (1 - FAST**t))

    def _descend(self, t: int) -> None:
        rate, n_weights = self.recipe.rate_at(t), 3 * self.n_neurons
        self.networks[:, :n_weights].sub_(self.gradient[:, :n_weights] * self.gain, alpha=rate)
        self.bias.sub_(self.bias_gradient, alpha=rate)


class _Bundles(_Bench):
    """Bundles trained together: the readouts stand in a matrix (neurons × widths), zero outside their network."""

    def __init__(self, networks: Tensor, recipe: Recipe, n_nodes: int, widths: Sequence[int]) -> None:
        import torch

        super().__init__(networks, recipe, n_nodes, len(widths))
        n, N = len(networks), self.n_neurons
        of = torch.repeat_interleave(torch.arange(len(widths)), torch.as_tensor(widths)).to(networks.device)
        scales = [recipe.output_scale(width) for width in widths]
        self.scale = torch.as_tensor(scales, dtype=networks.dtype, device=networks.device)[of]  # of every neuron
        if recipe.start == "mean_field":
            self.gain = (1 / self.scale).repeat(3)
        self.place = torch.nn.functional.one_hot(of, len(widths)).mul(self.scale[:, None]).to(networks.dtype)
        self.own, self.own_inner = of.expand(n, 1, N), torch.stack([2 * of, 2 * of + 1]).expand(n, 2, N)
        self.readout = networks.new_empty(n, N, len(widths))
        self.weighted = networks.new_empty(n, len(widths), 2, n_nodes)
        self.all_inner = networks.new_empty(n, 2 * len(widths), N)

    def _forward(self) -> None:
        import torch

        torch.mul(self.place, self.outer[:, :, None], out=self.readout)
        torch.bmm(self.value, self.readout, out=self.error)

    def _backward(self, points: Tensor) -> None:
        import torch

        rows = self.error.mT
        torch.bmm(rows, self.value, out=self.to_outer)
        torch.mul(rows[:, :, None], points, out=self.weighted)
        torch.bmm(self.weighted.flatten(1, 2), self.derivative, out=self.all_inner)
        torch.gather(self.all_inner, 1, self.own_inner, out=self.to_inner)
        torch.mul(self.to_outer.gather(1, self.own)[:, 0], self.scale, out=self.outer_gradient)
        torch.mul(self.to_inner, (self.outer * self.scale)[:, None], out=self.inner_gradient)


def _silu(z: Tensor, value: Tensor, derivative: Tensor) -> None:
    """Value z S and derivative S + z S (1 − S), S = (1 + tanh(z/2))/2; overwrites z."""
    import torch

    torch.tanh(z.mul_(0.5), out=derivative).add_(1)  # 2 S
    torch.mul(z, derivative, out=value)
    torch.addcmul(derivative, value, derivative, value=-1, out=derivative).add_(value, alpha=2).mul_(0.5)


def _tanh(z: Tensor, value: Tensor, derivative: Tensor) -> None:
    import torch

    torch.tanh(z, out=value)
    torch.mul(value, value, out=derivative).neg_().add_(1)


def _relu(z: Tensor, value: Tensor, derivative: Tensor) -> None:
    import torch

    torch.clamp_min(z, 0, out=value)
    torch.sign(value, out=derivative)


ACTIVATE = {"silu": _silu, "tanh": _tanh, "relu": _relu}


def outputs(networks: Tensor, recipe: Recipe, x: Tensor) -> Tensor:
    """F(x) of every network (n × (3N + 1)) at the points x (D,), shape (n × D)."""
    import torch

    n_neurons = (networks.shape[1] - 1) // 3
    w, b, a = (networks[:, k * n_neurons : (k + 1) * n_neurons] for k in range(3))
    found = []
    step = max(1, 16 * HELD // (n_neurons * len(x)))
    for start in range(0, len(networks), step):
        here = slice(start, start + step)
        z = w[here, None] * x[:, None] + b[here, None]  # (n × D × N)
        value, derivative = torch.empty_like(z), torch.empty_like(z)
        ACTIVATE[recipe.activation](z, value, derivative)
        found.append(recipe.output_scale(n_neurons) * (value @ a[here, :, None])[..., 0] + networks[here, -1:])
    return torch.cat(found)
