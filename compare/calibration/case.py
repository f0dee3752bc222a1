"""A kind of quantity on a bed, with its margin planned: a synthetic claim whose theory is off by any amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from compare.calibration.beds import Bed
from compare.claim import Claim
from compare.estimate import Estimate, Means
from compare.experiment import Array, Experiment
from compare.quantity import Margin, Quantity
from compare.rule import N_BLOCKS, looks_for, reach
from sim.experiment import simulation
from theory.prediction import Prediction

PLANNED = 10.0
"""Standard errors at the cap between twice the allowance and the margin, of a part with a level of its own."""
OFFSETS = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Deviations of a theory, in margins."""
ONE_SIDED = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
OPEN = 1e6
"""Margin of parts that are not on trial: they agree at the first look."""
STEP = 1e-6

Theory = Prediction | Callable[[Means], Prediction]


@dataclass(frozen=True)
class Kind:
    """One way in which the judge turns means into scalars.

    ``columns(noise, shift, margin)`` makes the columns of the quantity from those of a bed, shape (..., n);
    ``theory(shift, margin)`` is the prediction that is off by ``shift`` = offset · margin; by default it names the
    true parts, the first on trial lowered by the shift. ``parts``: indices of the parts on trial among those the
    rule judges. ``margins(margin)``: the claim's margins. ``meaning``: what an offset is, in words. ``cover``: the
    offset at which coverage is measured, that of the first part on trial. ``right_until``: the largest offset at
    which the theory must not be refuted.
    """

    name: str
    meaning: str
    family: str
    quantity: Quantity
    columns: Callable[[Array, float, float], Means]
    theory: Callable[[float, float], Theory] | None = None
    parts: tuple[int, ...] = (0,)
    margins: Callable[[float], Margin] = float
    offsets: Sequence[float] = OFFSETS
    cover: float = 0.0
    right_until: float = 1.0
    allowance: float = 0.0
    """Allowance, in margins."""
    given: tuple[str, ...] = ()
    moving: bool = False
    """Whether the truth, not the theory, changes with the offset."""
    norm: Callable[[Array], float] | None = None
    """Variance of one draw with which the margin is planned, from the covariance of a draw of the bed."""
    first_look: int = 0
    """First look at which the quantity may be judged."""


def has_own_spread(quantity: Quantity) -> bool:
    """Whether the errors of a quantity differ from those of the estimate."""
    return type(quantity).spread is not Quantity.spread


@simulation()
def columns(stream: object) -> dict[str, Any]:
    """Stands for the simulation of a synthetic claim; never called, its draws come from a bed."""
    raise NotImplementedError(f"synthetic claims are not simulated from {stream!r}")


@dataclass(frozen=True)
class Case:
    """A kind on a bed, with the margin of ten standard errors at the cap (and twice the allowance)."""

    kind: Kind
    bed: Bed
    cap: int
    margin: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "margin", self.planned * self.stderr_at_cap / (1 - 2 * self.kind.allowance))

    @cached_property
    def planned(self) -> float:
        """Standard errors at the cap for which the reach is as many margins as for a part with its own level.

        More than ten where parts share a level or the error is larger near the reach than at the truth.
        """
        needed = [
            reach(1.0, draws=self.cap, cap=self.cap, n_looks=self.n_looks, margin=0.0, allowance=0.0, share=share)
            for share in (1.0, self._share)
        ]
        planned, stderr = PLANNED * needed[1] / needed[0], self.stderr_at_cap
        if self.kind.norm is None and has_own_spread(self.kind.quantity):
            estimate = Estimate(*(np.full(len(self.kind.quantity.names), value) for value in (0.0, stderr, 0.0)))
            means = self.kind.columns(self.bed.mean, 0.0, 1.0)
            for _ in range(20):
                _, there = self.kind.quantity.spread(estimate, [means] * N_BLOCKS, self.kind.margins(planned * stderr))
                planned = PLANNED * float(there[self.kind.parts[0]]) / stderr
        return planned

    @property
    def _share(self) -> float:
        prediction = self._said(self._theory(0.0, 1.0), self.kind.columns(self.bed.mean, 0.0, 1.0))
        return self.kind.quantity.parts(prediction, self.kind.margins(1.0))[self.kind.parts[0]].share

    @cached_property
    def stderr_at_cap(self) -> float:
        """Standard error of the part at the cap, to first order, from the covariance of a draw of the bed."""
        if self.kind.norm is not None:
            return float(np.sqrt(self.kind.norm(self.bed.covariance) / self.cap))
        steps = STEP * np.diag(self.bed.mean)
        moved = [self._part(self.bed.mean + step) - self._part(self.bed.mean - step) for step in steps]
        influence = np.array(moved) / (2 * STEP * self.bed.mean)  # (n_columns,)
        return float(np.sqrt(influence @ self.bed.covariance @ influence / self.cap))

    def _part(self, noise: Array) -> float:
        """The first part on trial at given means of the bed, for an unshifted theory and a margin of one."""
        means, theory = self.kind.columns(noise, 0.0, 1.0), self._theory(0.0, 1.0)
        gaps = self.kind.quantity.gaps(means, self._said(theory, means), self.kind.margins(1.0))
        return float(gaps[self.kind.parts[0]])

    def _theory(self, shift: float, margin: float) -> Theory:
        if self.kind.theory is not None:
            return self.kind.theory(shift, margin)
        quantity = self.kind.quantity
        said = np.array(quantity.measure(self.kind.columns(self.bed.mean, 0.0, margin)))
        said[self.kind.parts[0]] -= shift
        return Prediction(dict(zip(quantity.names, said, strict=True)))

    @staticmethod
    def _said(theory: Theory, means: Means) -> Prediction:
        return theory if isinstance(theory, Prediction) else theory(means)

    @property
    def n_looks(self) -> int:
        """Looks up to the cap."""
        return looks_for(self.cap)

    @property
    def margins(self) -> Margin:
        """Margins of the claim, by part where not all are on trial."""
        return self.kind.margins(self.margin)

    def means(self, noise: Array, offset: float) -> Means:
        """Columns of the quantity from those of the bed."""
        return self.kind.columns(noise, offset * self.margin if self.kind.moving else 0.0, self.margin)

    def theory(self, offset: float) -> Theory:
        """The theory that is off by ``offset`` margins."""
        return self._theory(0.0 if self.kind.moving else offset * self.margin, self.margin)

    def gaps(self, offset: float) -> Callable[[Means], Array]:
        """Gaps of all parts; a conditional theory is asked at the same means."""
        theory = self.theory(offset)
        return lambda means: self.kind.quantity.gaps(means, self._said(theory, means), self.margins)

    def prediction(self, offset: float) -> Prediction:
        """The theory's prediction at the true means."""
        return self._said(self.theory(offset), self.means(self.bed.mean, offset))

    def true_gaps(self, offset: float) -> Array:
        """Gaps of all parts without noise."""
        return self.gaps(offset)(self.means(self.bed.mean, offset))

    @property
    def shifted(self) -> bool:
        """Whether an offset only shifts the gap, by the change of the predicted parts, and leaves its error."""
        quantity = type(self.kind.quantity)
        plain = quantity.gaps is Quantity.gaps and not has_own_spread(self.kind.quantity)
        return plain and not self.kind.moving and not self.kind.given

    def claim(self, offset: float) -> Claim:
        """The same as a claim for `compare.trial.Trial`."""
        theory = self.theory(offset)
        rivals: Any = {"the same theory": lambda *_: theory}
        return Claim(
            name="synthetic",
            statement="A theory off by a known amount.",
            source="calibration",
            experiment=Experiment(columns),
            predict=theory if not isinstance(theory, Prediction) else lambda: theory,
            quantity=self.kind.quantity,
            margin=self.margins if isinstance(self.margins, Mapping) else float(self.margins),
            because="ten standard errors at the cap",
            rivals=rivals,
            given=self.kind.given,
            cap=self.cap,
        )
