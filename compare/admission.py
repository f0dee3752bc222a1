"""What may come before the judge: means that exist, columns and predictions of the right form."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from compare.claim import Claim, ClaimError
from compare.estimate import Means
from compare.experiment import Array
from compare.median import of_medians
from compare.quantity import Quantity
from theory.prediction import Prediction

MINIMUM_TAIL_INDEX = 4.0
"""A mean is claimed only where the tail index of one draw exceeds this."""


def refuse_missing_means(claim: Claim) -> None:
    """Raise ClaimError where a claim would judge a mean that does not exist or has no usable error.

    So too for the columns in `given`, whose means enter a conditional law, at every point of the experiment.
    Medians exist always.
    """
    for view in claim.quantity.views if claim.quantity else ():
        index = _tail_index(claim, view.column)
        if index is None or of_medians(claim.quantity):
            continue
        low = np.flatnonzero(index[view.index] <= MINIMUM_TAIL_INDEX)
        if len(low):
            raise ClaimError(
                f"the mean of {view.column!r} cannot be judged at {view.labels()[low[0]]}: tail index "
                f"{index[view.index][low[0]]:g}, a mean needs more than {MINIMUM_TAIL_INDEX:g} "
                "(Gaussian regression: |N − D| >= 8); move the point or claim a logarithm or median"
            )
    for name in claim.given:
        index = _tail_index(claim, name)
        low = np.flatnonzero(index <= MINIMUM_TAIL_INDEX) if index is not None else np.array([], dtype=int)
        if index is not None and len(low):
            raise ClaimError(
                f"the law is conditional on the mean of {name!r}, whose tail index is {index[low[0]]:g} at point "
                f"{low[0]}; a mean needs more than {MINIMUM_TAIL_INDEX:g}: leave that point out of the experiment"
            )


def _tail_index(claim: Claim, name: str) -> Array | None:
    """Declared tail index of a column, named with its prefix, at every point; None if it has all moments."""
    prefix, _, column = name.rpartition(".")
    experiment = claim.experiments.get(prefix)
    if experiment is None:
        raise ClaimError(f"no experiment {prefix!r} for the column {name!r}")
    return experiment.tail_index(column)


def admitted(raw: Any) -> Prediction:
    """What a claim's function returned, as a prediction; ClaimError unless it is one and finite."""
    if not isinstance(raw, Prediction | Mapping):
        raise ClaimError(f"the prediction must be a Prediction or a dict of columns, got {raw!r}")
    prediction = raw if isinstance(raw, Prediction) else Prediction(raw)
    for name, value in prediction.values.items():
        if not np.isfinite(value).all():
            raise ClaimError(f"the prediction of {name!r} is not finite: {value}; check its parameters")
    return prediction


def nearest(name: str, known: Collection[str]) -> str:
    """``; did you mean 'loss'?`` if a known name is near, else nothing."""
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_columns(claim: Claim, blocks: Means) -> None:
    """Raise ClaimError unless the experiment gives what the quantity and the conditional law ask for."""
    for view in claim.quantity.views if claim.quantity else ():
        if view.column not in blocks:
            known = ", ".join(sorted(blocks))
            raise ClaimError(
                f"the experiment has no column {view.column!r}; it has {known}{nearest(view.column, blocks)}"
            )
        n_points = blocks[view.column].shape[1]
        if view.index.max() >= n_points or (view.whole and len(view.index) != n_points):
            raise ClaimError(
                f"the experiment gives {n_points} points of {view.column!r}, the quantity names "
                f"{len(view.index)}; list the coordinates of every point or select with points="
            )
    for name in claim.given:
        if name not in blocks:
            raise ClaimError(
                f"the experiment has no column {name!r}, which the law is conditional on{nearest(name, blocks)}"
            )


def check_shapes(quantity: Quantity, prediction: Prediction, blocks: Means) -> None:
    """Raise ClaimError unless a prediction names the parts, or every column with all its points."""
    if set(quantity.names) <= set(prediction.values):
        return
    for view in quantity.views:
        value = prediction.values.get(view.column)
        if value is None:
            found = ", ".join(sorted(prediction.values))
            near = nearest(view.column, prediction.values)
            raise ClaimError(f"the prediction has no column {view.column!r}; it has {found}{near}")
        if value.shape[0] != blocks[view.column].shape[1]:
            raise ClaimError(
                f"the prediction of {view.column!r} has {value.shape[0]} points, the experiment "
                f"{blocks[view.column].shape[1]}; predict every point in the experiment's order"
            )
