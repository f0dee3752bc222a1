"""The difference of two contrasts, each of a column of its own and perhaps of an experiment of its own.

For gaps between exponents. Blocks are aligned draw by draw, so that the jackknife adds the variances of independent
experiments and counts the correlation of columns that share their draws.
"""

from __future__ import annotations

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Contrasts, Quantity


class Difference(Quantity):
    """First minus second, part by part: ``Difference(Exponent("model.loss", ...), Exponent("data.loss", ...))``.

    Both have the same parts, or one part each, which is then called "difference". Raises TypeError for a quantity
    that is not a plain sum of logarithms, ValueError if the parts differ.
    """

    def __init__(self, first: Contrasts, second: Contrasts) -> None:
        for one in (first, second):
            if not isinstance(one, Contrasts) or type(one).gaps is not Quantity.gaps:
                raise TypeError(f"a difference is of Value, Level, Ratio, Exponent or Contrasts, got {one.kind}")
        if len(first.names) == len(second.names) == 1:
            self.names = ("difference",)
        elif first.names == second.names:
            self.names = tuple(f"difference of {name}" for name in first.names)
        else:
            raise ValueError(f"parts to subtract must have the same names, got {first.names} and {second.names}")
        self.kind = f"{first.kind} minus {second.kind}"
        self.first, self.second = first, second
        self.views = first.views + second.views

    def measure(self, means: Means) -> Array:
        """Parts of the first minus those of the second, shape (..., n_parts)."""
        return self.first.measure(means) - self.second.measure(means)
