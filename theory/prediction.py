"""What a theory says about every column of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Values = Mapping[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Prediction:
    """Predicted mean of every column, and what the theory admits to not knowing.

    ``values[column]`` has shape (n_points,), the points in the order of the experiment.
    ``allowance[column]`` has the same shape and bounds |prediction − true mean| absolutely: the numerical
    error plus the stated remainder of the formula at these sizes. A missing column is exact (allowance 0).
    """

    values: Values
    allowance: Values = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = {name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in self.values.items()}
        allowance = {name: np.zeros_like(value) for name, value in values.items()}
        for name, value in self.allowance.items():
            if name not in values:
                raise ValueError(f"allowance names the column {name!r}, but only {sorted(values)} are predicted")
            allowance[name] = np.broadcast_to(np.asarray(value, dtype=float), values[name].shape).copy()
            if not (allowance[name] >= 0).all():
                raise ValueError(f"the allowance of {name!r} must be non-negative, got {allowance[name]}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "allowance", allowance)
