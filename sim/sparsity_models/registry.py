"""The models by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.sparsity_models.groups import groups
from sim.sparsity_models.half_normal import half_normal
from sim.sparsity_models.independent import independent
from sim.sparsity_models.k_hot import k_hot
from sim.sparsity_models.leak import leak
from sim.sparsity_models.model import Model
from sim.sparsity_models.noisy_alignment import noisy_alignment
from sim.sparsity_models.unaligned import unaligned

MODELS: dict[str, Callable[..., Model]] = {
    "independent": independent,
    "groups": groups,
    "leak": leak,
    "half_normal": half_normal,
    "k_hot": k_hot,
    "noisy_alignment": noisy_alignment,
    "unaligned": unaligned,
}
"""Functions that take the parameters of a law and give its `Model`, by name; call them by `model_named`."""


def model_named(model: str, **law: Any) -> Model:
    """The model of that name with the given parameters. Raises ValueError for an unknown name or parameter."""
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(sorted(MODELS))}, got {model!r}; name one of these")
    try:
        return MODELS[model](**law)
    except TypeError as error:
        raise ValueError(f"model {model!r} cannot take {law!r}: {error}; see its docstring") from error
