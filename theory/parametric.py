"""The parametric loss L = E + A/N^a + B/D^b of N parameters on D samples, and its frontier at fixed C = k N D.

Exact algebra, floating point; symbolic in `theory.parametric_laws`. The form itself is an assumption: no model of this
project has it at finite size, though sparse features share its exponents (docs/parametric.md).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.parameters import positive

FLOPS = 6.0
"""Operations per parameter and sample that the literature counts for a transformer: C = 6 N D."""


class Law(NamedTuple):
    """The five constants E, A, B, a, b; ``source`` says who gave them."""

    floor: float
    model: float
    data: float
    model_exponent: float
    data_exponent: float
    source: str = ""


HOFFMANN_2022 = Law(1.69, 406.4, 410.7, 0.34, 0.28, "Hoffmann et al. 2022, arXiv:2203.15556")
HOFFMANN_2022_UNROUNDED = Law(
    1.69337, 406.4, 410.7, 0.33917, 0.28491, "Hoffmann et al. 2022 with the digits that Besiroglu et al. 2024 quote"
)
BESIROGLU_2024 = Law(1.8172, 482.01, 2085.43, 0.3478, 0.3658, "Besiroglu et al. 2024, arXiv:2404.10102")
PUBLISHED = {
    "hoffmann_2022": HOFFMANN_2022,
    "hoffmann_2022_unrounded": HOFFMANN_2022_UNROUNDED,
    "besiroglu_2024": BESIROGLU_2024,
}
"""Constants printed in the literature, a `Law` by name; its ``source`` is the citation."""


class Optimum(NamedTuple):
    """Best real sizes at k N D = compute, the samples per parameter, and the loss there."""

    size: float
    data: float
    ratio: float
    loss: float


def loss(law: Law, size: ArrayLike, data: ArrayLike) -> NDArray[np.float64]:
    """E + A/N^a + B/D^b at sizes N and data D, which broadcast. ValueError for sizes that are not positive."""
    N, D = np.asarray(size, dtype=float), np.asarray(data, dtype=float)
    if not ((N > 0).all() and (D > 0).all()):
        raise ValueError("sizes must be positive; N counts parameters and D samples")
    return np.asarray(law.floor + law.model * N**-law.model_exponent + law.data * D**-law.data_exponent)


def growth(law: Law) -> float:
    """a_opt = b/(a + b): N* grows as C^a_opt, D* as C^(1 − a_opt). ValueError for exponents not above 0."""
    a, b = _exponents(law)
    return b / (a + b)


def frontier(law: Law, compute: float, *, flops: float = FLOPS) -> Optimum:
    """The best N, D and the loss at k N D = ``compute``, k = ``flops``. Exact.

    N* = [a A/(b B)]^(1/(a+b)) (C/k)^(b/(a+b)), in logarithms, so that no size of C overflows.
    Raises ValueError where a constant other than E, the budget or k is not positive.
    """
    a, b = _exponents(law)
    A, B = (
        float(positive(name, value, "at 0 there is no trade between N and D"))
        for name, value in (("model", law.model), ("data", law.data))
    )
    k = float(positive("flops", flops, "it is the number of operations per parameter and sample"))
    budget = math.log(float(positive("compute", compute, "it is flops times parameters times samples")) / k)
    log_n = (math.log(a * A / (b * B)) + b * budget) / (a + b)
    log_d = budget - log_n
    lowest = law.floor + A * math.exp(-a * log_n) + B * math.exp(-b * log_d)
    return Optimum(math.exp(log_n), math.exp(log_d), math.exp(log_d - log_n), lowest)


def _exponents(law: Law) -> tuple[float, float]:
    remedy = "at 0 the loss does not fall and there is no best size"
    return (
        float(positive("model_exponent", law.model_exponent, remedy)),
        float(positive("data_exponent", law.data_exponent, remedy)),
    )
