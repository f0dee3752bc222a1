"""What is simulated, and the draws it gives."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from compare.rule import N_BLOCKS

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Experiment:
    """A simulating function and its parameters.

    ``function(stream, **parameters)`` returns named columns, one row per independent draw and one entry per
    point: shape (stream.n_draws, n_points). Function and parameters alone identify the experiment: its random
    streams, its draws and its record. Claims that name equal experiments share their draws.
    """

    elsewhere: ClassVar[bool] = False
    """Whether these are data from elsewhere, which cannot be drawn again: see `compare.measured`."""
    function: Callable[..., Mapping[str, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if "<" in getattr(self.function, "__qualname__", "<"):
            raise TypeError(
                f"an experiment needs a function defined at the top level of a module, got {self.function!r}: "
                "workers load it by name"
            )
        object.__setattr__(self, "parameters", {k: plain(v, k) for k, v in self.parameters.items()})

    @property
    def name(self) -> str:
        """Module and function, the readable part of the key."""
        return f"{self.function.__module__.removeprefix('sim.')}.{self.function.__qualname__}"

    @cached_property
    def key(self) -> str:
        """Identity of the experiment: readable name and a hash of its function's name and its parameters."""
        text = json.dumps([self.name, self.parameters], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"

    @property
    def identities(self) -> str:
        """Identities in law that the simulation declares to use."""
        return str(getattr(self.function, "identities", ""))

    @property
    def declares_tails(self) -> bool:
        """Whether the simulation vouches for its moments: what it does not list has all of them."""
        return hasattr(self.function, "tail_index")

    def tail_index(self, column: str) -> Array | None:
        """Declared tail index of a column at each point, or None if it has all moments (or declares nothing)."""
        declare = getattr(self.function, "tail_index", None)
        declared = declare(**self.parameters) if declare else {}
        return np.atleast_1d(np.asarray(declared[column], dtype=float)) if column in declared else None


def plain(value: Any, name: str) -> Any:
    """Parameters as plain JSON values; 1.0 and 1 are the same number."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(plain(item, name) for item in value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    raise ValueError(f"parameter {name} must be finite numbers, strings or tuples of them, got {value!r}")


@dataclass(frozen=True)
class Blocks:
    """Means of the draws of one experiment over 16 aligned blocks: chunk c belongs to block c mod 16.

    ``means[column]`` has shape (16, n_points); deleting block g deletes the same draws in every column.
    ``medians[column]`` has shape (17, n_points): those of every block alone, then those of all draws. They cannot
    be had from the block medians, and are kept for the columns whose medians some claim judges.
    """

    draws: int
    means: Mapping[str, Array]
    medians: Mapping[str, Array] = field(default_factory=dict)

    @staticmethod
    def of(chunks: Sequence[Mapping[str, Array]], medians: Collection[str] = ()) -> Blocks:
        """Blocks of a whole number of rounds of chunks, given in order; with the medians of the named columns."""
        if len(chunks) % N_BLOCKS:
            raise ValueError(f"{len(chunks)} chunks do not fill {N_BLOCKS} equal blocks")
        means, kept = {}, {}
        for column in chunks[0]:
            rows = np.stack([chunk[column] for chunk in chunks])  # (n_chunks, chunk, n_points)
            per_chunk = rows.mean(axis=1).reshape(-1, N_BLOCKS, rows.shape[-1])
            means[column] = per_chunk.mean(axis=0)
            if column in medians:
                kept[column] = _medians(rows)
        draws = sum(len(next(iter(chunk.values()))) for chunk in chunks)
        return Blocks(draws, means, kept)


def _medians(rows: Array) -> Array:
    """Medians of the 16 blocks and of all draws (17, n_points), from the draws (n_chunks, chunk, n_points)."""
    n_points = rows.shape[-1]
    blocks = np.moveaxis(rows.reshape(-1, N_BLOCKS, *rows.shape[1:]), 1, 0).reshape(N_BLOCKS, -1, n_points)
    with np.errstate(invalid="ignore"):  # draws may be infinite or not numbers: that is a verdict, not a warning
        overall = np.median(rows.reshape(-1, n_points), axis=0)
        return np.concatenate([np.median(blocks, axis=1), overall[None]])
