"""What a simulating function declares beside its code: identities used, tail index, brute-force oracle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

    from sim.streams import Stream

    Columns = dict[str, torch.Tensor]
    Function = Callable[..., Columns]

TailIndex = Callable[..., Mapping[str, npt.ArrayLike]]


class Simulation:
    """A simulating function and its declarations; calling it calls the function.

    ``function(stream, **parameters)`` returns named columns, each of shape (stream.n_draws, n_points).
    ``identities``: the exact identities in law it uses, in words (empty: none).
    ``tail_index(**parameters)``: for each column that may lack moments, the tail index at each point, shape
    (n_points,); a column left out has all moments.
    ``oracle``: the same columns by brute force, or None.
    """

    def __init__(self, function: Function, identities: str, tail_index: TailIndex | None) -> None:
        self.function = function
        self.identities = identities
        self.tail_index = tail_index
        self.oracle: Function | None = None
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    def __call__(self, stream: Stream, **parameters: Any) -> Columns:
        """Named columns, each of shape (stream.n_draws, n_points)."""
        return self.function(stream, **parameters)

    def brute_force(self, function: Function) -> Function:
        """Register ``function`` as the brute-force oracle of this simulation (a decorator)."""
        self.oracle = function
        return function


def simulation(*, identities: str = "", tail_index: TailIndex | None = None) -> Callable[[Function], Simulation]:
    """Declare a function to be a simulation, see `Simulation` (a decorator)."""

    def declare(function: Function) -> Simulation:
        return Simulation(function, identities, tail_index)

    return declare


def gaussian_tail_index(gap: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Tail index (|N − D| + 1)/2 of the loss of unregularised Gaussian regression. Exact (Edelman 1988).

    The loss has a density tail set by the smallest singular value of an N × D Gaussian matrix; its k-th
    moment exists when k is smaller than the index. Shape as ``gap`` = N − D.
    """
    index: npt.NDArray[np.float64] = (np.abs(np.asarray(gap, dtype=np.float64)) + 1) / 2
    return index
