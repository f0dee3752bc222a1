"""Random streams: one per chunk of draws, derived by counter from (root seed, experiment, chunk number)."""

from __future__ import annotations

import copy
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

CHUNK = 4
"""Draws per chunk, the smallest unit of simulation. Changing it changes every stream."""


class Stream:
    """The random numbers of one chunk.

    Two streams with the same (root, experiment, chunk) and kind of device give the same bits; any difference
    gives independent numbers (numpy's ``SeedSequence`` feeds SFC64 on a CPU and Philox on a GPU).
    Arrays lead with the draw: ``normal(a, b)`` has shape (n_draws, a, b) and dtype float64.
    """

    n_draws = CHUNK

    def __init__(self, root: int, experiment: str, chunk: int, device: str = "cpu") -> None:
        self.device = device
        words = np.frombuffer(hashlib.sha256(experiment.encode()).digest(), dtype="<u4")
        self._key = (root, (*words.tolist(), chunk))
        seed = np.random.SeedSequence(root, spawn_key=self._key[1])
        if device == "cpu":
            self._numpy = np.random.Generator(np.random.SFC64(seed))
        else:
            import torch

            self._torch = torch.Generator(device).manual_seed(int(seed.generate_state(1, np.uint64)[0] >> 1))

    def normal(self, *shape: int) -> torch.Tensor:
        """Independent standard normal numbers, shape (n_draws, *shape)."""
        import torch

        size = (self.n_draws, *shape)
        if self.device != "cpu":
            return torch.randn(size, generator=self._torch, device=self.device, dtype=torch.float64)
        numbers = torch.empty(size, dtype=torch.float64)  # torch aligns memory, which fixes the bits of BLAS
        self._numpy.standard_normal(out=numbers.numpy())
        return numbers

    @cached_property
    def generators(self) -> list[np.random.Generator]:
        """One numpy generator per draw, for what is not an array of one shape; on every device the same numbers.

        Independent of `normal` and of each other.
        """
        root, key = self._key
        seeds = (np.random.SeedSequence(root, spawn_key=(*key, draw)) for draw in range(self.n_draws))
        return [np.random.Generator(np.random.SFC64(seed)) for seed in seeds]

    def fork(self) -> Stream:
        """A stream that gives the numbers that this one is about to give: to draw an array again, not to hold it."""
        twin = copy.copy(self)
        twin.__dict__.pop("generators", None)
        if "generators" in self.__dict__:
            twin.__dict__["generators"] = copy.deepcopy(self.generators)
        if self.device == "cpu":
            twin._numpy = copy.deepcopy(self._numpy)
        else:
            twin._torch = self._torch.clone_state()
        return twin
