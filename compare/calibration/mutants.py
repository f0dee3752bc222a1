"""Mutants of a prediction: small deliberate errors, derived from what a claim predicts and compares.

Nothing here knows any theory, so that every future claim has its mutants without further code. Columns get a wrong
constant, a wrong exponent in each of their sizes, N and D swapped; parts that a prediction names, or that are no
contrasts of logarithms, get a wrong value; a peak is moved along its grid. Every rival of a claim is a mutant too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.claim import Claim
from compare.experiment import Array
from compare.extrema import PEAK, Peak
from compare.quantity import Contrasts, Quantity, View, slope_weights
from theory.prediction import Prediction

CONSTANTS = (-0.05, -0.02, 0.02, 0.05)
EXPONENTS = VALUES = (-0.1, -0.05, -0.02, 0.02, 0.05, 0.1)
STEPS = (-2, -1, 1, 2)
RIVAL = "a declared rival"
SWAPPED = "N and D swapped, among the points"

Transform = Callable[[Prediction], Prediction]


@dataclass(frozen=True)
class Mutant:
    """An error, where in the claim it is made, and the prediction that commits it."""

    error: str
    where: str
    predict: Callable[..., Any]

    @property
    def name(self) -> str:
        """Error and place; unlike for all mutants of a claim."""
        return f"{self.error} [{self.where}]" if self.where else self.error


def percent(error: float) -> str:
    """``5 % too large``."""
    return f"{abs(error):.0%} too {'large' if error > 0 else 'small'}".replace("%", " %")


def derived(claim: Claim, prediction: Prediction) -> list[Mutant]:
    """All mutants of a claim with this prediction of its own, rivals included."""
    quantity, own = claim.quantity, claim.predict
    assert quantity is not None
    assert own is not None

    def applied(transform: Transform) -> Callable[..., Prediction]:
        def predict(*given: Any) -> Prediction:
            raw = own(*given)
            return transform(raw if isinstance(raw, Prediction) else Prediction(raw))

        return predict

    found = [Mutant(error, where, applied(transform)) for error, where, transform in _errors(claim, prediction)]
    return found + [Mutant(RIVAL, name, rival) for name, rival in claim.rivals.items()]


def _errors(claim: Claim, prediction: Prediction) -> Iterator[tuple[str, str, Transform]]:
    quantity = claim.quantity
    assert quantity is not None
    names_parts = set(quantity.names) <= set(prediction.values)
    if isinstance(quantity, Peak):
        yield from _moved_peaks(quantity, prediction)
        return
    if not names_parts:
        yield from _wrong_constants(quantity)
        yield from _wrong_exponents(quantity, prediction)
        yield from _swapped_sizes(quantity)
    own_gaps = type(quantity).gaps is not Quantity.gaps  # a curve is compared point by point: it has no such parts
    if names_parts or not (own_gaps or isinstance(quantity, Contrasts)):
        yield from _wrong_parts(quantity)


def _times(factors: Mapping[str, Array]) -> Transform:
    """Columns and their allowances times a factor for each point."""

    def transform(prediction: Prediction) -> Prediction:
        def scaled(columns: Mapping[str, Array]) -> dict[str, Array]:
            return {name: values * factors.get(name, 1.0) for name, values in columns.items()}

        return Prediction(scaled(prediction.values), scaled(prediction.allowance))

    return transform


def _wrong_constants(quantity: Quantity) -> Iterator[tuple[str, str, Transform]]:
    columns = {view.column for view in quantity.views}
    for error in CONSTANTS:
        yield f"constant {percent(error)}", "", _times({name: np.array(1 + error) for name in columns})


def _wrong_exponents(quantity: Quantity, prediction: Prediction) -> Iterator[tuple[str, str, Transform]]:
    """Values times (x/geometric mean)^(−ε a), a the local exponent −d log p/d log x: the level stays."""
    for size in dict.fromkeys(name for view in quantity.views for name in view.at):
        slopes = [(view, _slope(view, size, prediction)) for view in quantity.views]
        slopes = [(view, slope) for view, slope in slopes if slope]
        for error in EXPONENTS if slopes else ():
            factors: dict[str, Array] = {}
            for view, slope in slopes:
                logs = np.log(view.at[size])
                column = factors.setdefault(view.column, np.ones_like(prediction.values[view.column]))
                column[view.index] = np.exp(error * slope * (logs - logs.mean()))
            yield f"exponent {percent(error)}", f"in {size}", _times(factors)


def _slope(view: View, size: str, prediction: Prediction) -> float:
    """Slope of log p in log x over a view; zero where x does not vary, or is a label, which no power law takes."""
    x = view.at.get(size)
    values = prediction.values[view.column][view.index]
    if x is None or not (x > 0).all() or np.ptp(x) == 0 or not (values > 0).all():
        return 0.0
    return float(slope_weights(x) @ np.log(values))


def _swapped_sizes(quantity: Quantity) -> Iterator[tuple[str, str, Transform]]:
    """Each point gets the value of the point at which N and D are exchanged, if that is one of the points."""
    moves: dict[str, dict[int, int]] = {}
    for view in quantity.views:
        if not {"n_features", "n_samples"} <= set(view.at):
            continue
        others = [view.at[name] for name in view.at if name not in ("n_features", "n_samples")]
        points = list(zip(view.at["n_features"], view.at["n_samples"], *others, strict=True))
        index = {point: int(place) for point, place in zip(points, view.index, strict=True)}
        for (N, D, *rest), place in zip(points, view.index, strict=True):
            if N != D and (D, N, *rest) in index:
                moves.setdefault(view.column, {})[int(place)] = index[D, N, *rest]
    if not moves:
        return

    def transform(prediction: Prediction) -> Prediction:
        values = {name: column.copy() for name, column in prediction.values.items()}
        for name, places in moves.items():
            values[name][list(places)] = prediction.values[name][list(places.values())]
        return Prediction(values, prediction.allowance)

    yield SWAPPED, "", transform


def _logarithmic(part: str) -> bool:
    """Whether a part is the logarithm of what is claimed."""
    return part.split(": ")[-1].startswith(("log ", "level", "location"))


def _wrong_parts(quantity: Quantity) -> Iterator[tuple[str, str, Transform]]:
    """Parts of one kind together off by a relative error."""

    def off(kind: str, error: float) -> Transform:
        def transform(prediction: Prediction) -> Prediction:
            values = np.asarray(quantity.predicted(prediction), dtype=float).copy()
            for k, name in enumerate(quantity.names):
                if name.split(" [")[0] == kind:
                    values[k] = values[k] + np.log1p(error) if _logarithmic(name) else values[k] * (1 + error)
            return Prediction(dict(zip(quantity.names, values, strict=True)))

        return transform

    for kind in dict.fromkeys(name.split(" [")[0] for name in quantity.names):
        for error in VALUES:
            yield f"claimed value {percent(error)}", kind, off(kind, error)


def _moved_peaks(quantity: Peak, prediction: Prediction) -> Iterator[tuple[str, str, Transform]]:
    """Every group's peak moved by whole grid points, and off by a relative error."""
    predicted = quantity.predicted(prediction)
    for steps in STEPS:
        moved = []
        for group, peak in zip(quantity.groups, predicted, strict=True):
            places = np.unique(quantity.views[0].at[quantity.location][group])
            at = int(np.argmin(np.abs(places - peak))) + steps
            moved += [places[at]] if 0 <= at < len(places) else []
        if len(moved) == len(predicted):
            points = f"{abs(steps)} grid point{'s' if abs(steps) > 1 else ''}"
            yield f"peak {points} too {'high' if steps > 0 else 'low'}", "", _peaks(np.array(moved))
    for error in VALUES:
        yield f"claimed value {percent(error)}", PEAK, _peaks(predicted * (1 + error))


def _peaks(places: Array) -> Transform:
    return lambda _: Prediction({PEAK: places})
