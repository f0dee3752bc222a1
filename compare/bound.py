"""One-sided claims: a bound over a panel of learners ("every learner has at least this loss"); "at least so much"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from compare.estimate import Means
from compare.experiment import Array
from compare.quantity import Contrasts, Margin, Part, Quantity, View, distinct, margin_of
from theory.prediction import Prediction

if TYPE_CHECKING:
    from compare.verdict import PartVerdict


class Bound(Contrasts):
    """A bound L on the column at every point; the points are the learners of a panel, ``ridge=(0.01, 0.1, 1)``.

    The prediction is L at every point, exact or with an allowance; a bound that belongs to the same draws comes
    through ``given``. The parts log μ_j − log L are bounds from below (``side="lower"``) or above, with margin
    δ > 0: a learner that attains the bound could never pass at zero. All must pass, each at its full level; one
    disagreement refutes the bound, and the learners share its level.

    ``strict`` is for a theorem that is exact at finite size: a learner beyond the bound itself, not only beyond
    the margin, disagrees.
    """

    def __init__(
        self,
        column: str,
        *,
        side: Literal["lower", "upper"] = "lower",
        strict: bool = False,
        points: Sequence[int] | None = None,
        **at: npt.ArrayLike,
    ) -> None:
        view = View.of(column, at, points)
        names = distinct([f"log ratio to bound [{label}]" for label in view.labels()])
        super().__init__(f"{side} bound", view, dict(zip(names, np.eye(len(view.index)), strict=True)))
        if side not in ("lower", "upper"):
            raise ValueError(f"a bound is lower or upper, got {side!r}")
        self.side, self.strict = side, strict

    def parts(self, prediction: Prediction, margin: Margin) -> tuple[Part, ...]:
        """One one-sided part per learner."""
        del prediction
        share = 1 / len(self.names)
        return tuple(Part(name, margin_of(margin, name), self.side, share, self.strict) for name in self.names)

    @property
    def size(self) -> int:
        """One test: the learners share its level."""
        return 1


class AtLeast(Quantity):
    """Every part of another quantity is at least as predicted: ``AtLeast(Exponent("loss", n_neurons=(8, 16)))``.

    For the size of an effect. The margin is how far a part may fall short, in the units of that quantity. Raises
    TypeError for a quantity with a rule of its own.
    """

    def __init__(self, quantity: Quantity) -> None:
        if type(quantity).gaps is not Quantity.gaps or type(quantity).parts is not Quantity.parts:
            raise TypeError(f"a {quantity.kind} has its own rule; ask for at least so much of a level or an exponent")
        self.quantity = quantity
        self.kind, self.views, self.names = quantity.kind, quantity.views, quantity.names
        self.statistic = quantity.statistic

    def measure(self, means: Means) -> Array:
        """As the other quantity."""
        return self.quantity.measure(means)

    def parts(self, prediction: Prediction, margin: Margin) -> tuple[Part, ...]:
        """One lower part per part of the other quantity."""
        return tuple(Part(part.name, part.margin, "lower") for part in self.quantity.parts(prediction, margin))


def refutable_inflation(parts: Iterable[PartVerdict]) -> float:
    """Smallest relative change of the bound, towards the learners, that these draws would have refuted.

    log(1 + φ) = min_j (slack of learner j + its reach). Large for a loose panel, whose agreement says little.
    """
    slack = [(part.gap if part.side == "lower" else -part.gap) + part.reach for part in parts]
    return float(np.expm1(min(slack)))
