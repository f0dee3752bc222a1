"""Medians of unknown level: contrasts of the logarithms of medians, judged by sectioning.

For claims about a typical draw, where the mean does not exist or is carried by a few draws, over a window of sizes
and without a finite-size theory. A median of predicted level needs none of this: the mean of the indicator of being
below that level is 1/2.
"""

from __future__ import annotations

from compare.claim import Claim, ClaimError
from compare.quantity import Contrasts, Quantity
from compare.rule import N_BLOCKS

DRAWS_PER_BLOCK = 16
FEWEST_DRAWS = DRAWS_PER_BLOCK * N_BLOCKS
"""No look before so many draws: a median of fewer than 16 draws a block is biased by too much of its error."""


class Medians(Contrasts):
    """The same contrasts of logarithms with the median of the draws in place of their mean.

    ``Medians(Exponent("loss", n_samples=(16, 32, 64)))``. The prediction is that of the medians, or names the parts
    (the exponent of a theory that gives no finite sizes). Raises TypeError for a quantity that is not a plain sum
    of logarithms.
    """

    statistic = "median"

    def __init__(self, contrasts: Contrasts) -> None:
        kind = type(contrasts)
        if not isinstance(contrasts, Contrasts) or any(
            getattr(kind, name) is not getattr(Contrasts, name) for name in ("measure", "gaps", "parts")
        ):
            raise TypeError(
                f"medians are judged as Value, Level, Ratio, Exponent or Contrasts, got {kind.__name__}; "
                "claim one of these, or a mean"
            )
        (view,) = contrasts.views
        super().__init__(
            f"{contrasts.kind}, medians (window claim)",
            view,
            dict(zip(contrasts.names, contrasts.weights, strict=True)),
            contrasts.logged,
        )


def median_columns(claim: Claim) -> dict[str, set[str]]:
    """Columns of each experiment (by key) whose medians a claim judges."""
    found: dict[str, set[str]] = {}
    if of_medians(claim.quantity):
        assert claim.quantity is not None
        for view in claim.quantity.views:
            prefix, _, column = view.column.rpartition(".")
            if prefix in claim.experiments:
                found.setdefault(claim.experiments[prefix].key, set()).add(column)
    return found


def of_medians(quantity: Quantity | None) -> bool:
    """Whether a quantity is a function of medians, not of means."""
    return quantity is not None and quantity.statistic == "median"


def refuse_early_medians(claim: Claim) -> None:
    """Raise ClaimError where medians would never be judged, or together with the means of other columns."""
    if not of_medians(claim.quantity):
        return
    if claim.cap < FEWEST_DRAWS:
        raise ClaimError(
            f"medians are not judged before {FEWEST_DRAWS} draws, {DRAWS_PER_BLOCK} a block, and the cap is "
            f"{claim.cap}; raise it"
        )
    if claim.given:
        raise ClaimError(
            f"a law for medians cannot be conditional on the means of {', '.join(claim.given)}; "
            "divide by that column in every draw, and claim the median of the ratio"
        )
