"""Mistakes of a draft that need no data, found before anything is simulated; and draws that are all the same."""

from __future__ import annotations

import inspect

import numpy as np

from compare.admission import nearest
from compare.claim import Claim, ClaimError
from compare.estimate import Means
from compare.experiment import Experiment
from compare.prepared import Prepared
from theory.prediction import Prediction


def check_parameters(claim: Claim) -> None:
    """Raise ClaimError where a simulating function does not take the parameters of its experiment."""
    for experiment in claim.experiments.values():
        _check_call(experiment)


def _check_call(experiment: Experiment) -> None:
    function = getattr(experiment.function, "function", experiment.function)
    try:
        wanted = list(inspect.signature(function).parameters.values())[1:]  # the first is the stream
    except (TypeError, ValueError):
        return
    names = [p.name for p in wanted if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in wanted if p.name in names and p.default is p.empty]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in wanted)
    for name in experiment.parameters:
        if name not in names and not open_ended:
            raise ClaimError(
                f"the experiment {experiment.name} failed: TypeError: {function.__name__}() got an unexpected keyword "
                f"argument {name!r}{nearest(name, names)} its parameters are {', '.join(names) or 'none'}"
            )
    missing = [name for name in needed if name not in experiment.parameters]
    if missing:
        raise ClaimError(
            f"the experiment {experiment.name} needs the parameter {missing[0]!r}; put it in its parameters"
        )


def check_predictions(prepared: Prepared) -> None:
    """Raise ClaimError for predictions of the wrong shape."""
    if prepared.own is None:
        return
    for name, prediction in {"": prepared.own, **prepared.rivals}.items():
        _check_form(prediction, f"the rival {name!r}: " if name else "")


def _check_form(prediction: Prediction, whose: str) -> None:
    for column, value in prediction.values.items():
        if value.ndim != 1:
            raise ClaimError(
                f"{whose}the prediction of {column!r} has shape {value.shape}; a prediction has one number per point: "
                f"a list of {value.size} numbers, in the order of the experiment's points"
            )


def check_draws(claim: Claim, blocks: Means) -> None:
    """Raise ClaimError where all draws of an undeclared simulation are the same: it ignores its stream.

    Equal block means in every column that the claim uses, from a function that declares nothing about itself.
    """
    if claim.quantity is None or claim.elsewhere or any(e.declares_tails for e in claim.experiments.values()):
        return
    used = [blocks[view.column][:, view.index] for view in claim.quantity.views if view.column in blocks]
    if used and all(np.isfinite(block).all() and not np.ptp(block, axis=0).any() for block in used):
        names = ", ".join(dict.fromkeys(e.name for e in claim.experiments.values()))
        raise ClaimError(
            f"all draws of {names} are identical: it ignores its random stream, or seeds a generator of its own; draw "
            "with stream.normal(...) or stream.generators, or, if it is meant to be deterministic, declare it with "
            "sim.experiment.simulation(identities=...)"
        )
