"""Error floors of smooth neurons as predictions: constant times A^−p R^q, given the measured moments of A and R."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from theory.lottery_tickets import smooth_laws as symbolic
from theory.prediction import Prediction


@dataclass(frozen=True)
class Law:
    """MSE ≈ constant · A^−norm_power R^radius_power; the relative remainder is at most ``remainder`` · w²R²."""

    constant: Callable[[], float]
    norm_power: int
    radius_power: int
    remainder: float


LAWS = {
    "neuron": Law(lambda: float(symbolic.neuron()), 1, 6, 0.1),
    "unbiased_pair": Law(lambda: float(symbolic.unbiased_pairs((1,))), 2, 8, 0.02),
    "pair": Law(lambda: float(symbolic.pair()), 4, 12, 0.01),
    "two_pairs": Law(lambda: float(symbolic.unbiased_pairs((1, 2))), 4, 12, 0.04),
}
"""By network; remainders are bounds on what least squares gives for wR <= 0.6 (docs/lottery_tickets/smooth.md)."""


@cache
def constant(network: str) -> float:
    """Limit of MSE · A^p R^−q of a network. Raises ValueError for an unknown one."""
    if network not in LAWS:
        raise ValueError(f"network must be one of {', '.join(LAWS)}, got {network!r}")
    return LAWS[network].constant()


def floors(
    given: Mapping[str, npt.NDArray[np.float64]], *, networks: Sequence[str], reach: Sequence[float]
) -> Prediction:
    """Column "loss": constant · E[A^−p R^q] per point, asymptotic(w²R²), w R being at most ``reach`` there.

    Raises ValueError where w R exceeds 0.6, beyond which the remainders are not known.
    """
    if max(reach) > 0.6:
        raise ValueError(f"reach must be at most 0.6, got {max(reach)}; the remainders are known for smaller w R only")
    laws = [LAWS[name] for name in networks]
    loss = np.array(
        [
            constant(name) * given[f"norm{law.norm_power}_radius{law.radius_power}"][k]
            for k, (name, law) in enumerate(zip(networks, laws, strict=True))
        ]
    )
    relative = np.array([law.remainder * r**2 for law, r in zip(laws, reach, strict=True)]) + 1e-3
    return Prediction({"loss": loss}, {"loss": loss * relative})
