"""A claim: a statement of a theory, what to measure, how far off is too far, and who else it must beat."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from compare.experiment import Experiment
from compare.quantity import Margin, Quantity
from compare.rule import Outcome, looks_for
from theory.prediction import Prediction

Tier = Literal["smoke", "standard", "full"]
Origin = Literal["paper", "derived here", "standard", "measured"]
TIERS: tuple[Tier, ...] = ("smoke", "standard", "full")
MODELS = ("dense", "least_squares", "sparse", "ticket", "piecewise")


class ClaimError(ValueError):
    """A claim that cannot be put on trial as written; the message says what to change."""


def formula_missing(*_given: Any) -> Prediction:
    """The ``predict`` of a claim whose formula the project does not have; the claim is inconclusive.

    Raises ClaimError, always.
    """
    raise ClaimError("formula not available to the project")


@dataclass(frozen=True)
class Asymptote:
    """Link between a symbolic law and the finite-size theory, judged without sampling.

    ``law()`` is a number (or several); ``finite(size)`` the same at a finite size, evaluated at high precision.
    It agrees when the deviation |finite(size) − law| ends below ``bound`` and, between the last two sizes, falls
    at least as fast as size^−(0.9 · order).
    """

    law: Callable[[], Any]
    finite: Callable[[Any], Any]
    sizes: Sequence[Any]
    order: float
    bound: float


@dataclass(frozen=True)
class Claim:
    """One statement on trial.

    name        model, then what is claimed, parameters in brackets: ``dense_model_exponent[decay=1]``
    statement   one sentence that somebody could believe or doubt
    source      authors and year, then where the formula is derived
    formula_from  whose formula is judged: of the ``paper`` named in the source, ``derived here``, ``standard``, or of
                nobody: a figure ``measured`` before on other draws
    experiment  what is simulated; a mapping of several prefixes their columns with ``key.``; none: theory alone
    predict     the prediction; with ``given``, a function of those measured columns
    quantity    which scalars are compared
    margin      largest deviation at which the theory still holds, for all parts or by name
    because     the reason of the margin
    rivals      name to prediction; the same data must reject each
    given       measured columns that a conditional law may use; never the column under test
    asymptote   symbolic law against finite-size theory
    tier        smallest tier in which the claim runs
    cap         most draws, 64 · 2^k
    expect      the outcome that is known and accepted; other than ``agrees`` it needs ``evidence``
    """

    name: str
    statement: str
    source: str
    experiment: Experiment | Mapping[str, Experiment] | None = None
    predict: Callable[..., Prediction] | None = None
    quantity: Quantity | None = None
    margin: Margin = 0.0
    because: str = ""
    rivals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    asymptote: Asymptote | None = None
    tier: Tier = "standard"
    cap: int = 8192
    expect: Outcome = "agrees"
    evidence: str = ""
    formula_from: Origin | Literal[""] = ""

    def __post_init__(self) -> None:
        simulated = (self.experiment, self.predict, self.quantity)
        if not self.name or not self.name.replace("_", "a").split("[")[0].isalnum():
            raise ClaimError(f"a claim needs a name such as dense_peak[decay=1], got {self.name!r}")
        if any(part is None for part in simulated) and any(part is not None for part in simulated):
            raise ClaimError(f"{self.name}: experiment, predict and quantity go together; one of them is missing")
        if self.experiment is None and self.asymptote is None:
            raise ClaimError(f"{self.name}: nothing to judge; give experiment, predict and quantity, or asymptote")
        for given in self.experiment.values() if isinstance(self.experiment, Mapping) else [self.experiment]:
            if not isinstance(given, Experiment | None):
                raise ClaimError(f"{self.name}: experiment must be Experiment(function, parameters), got {given!r}")
        if len({experiment.elsewhere for experiment in self.experiments.values()}) > 1:
            raise ClaimError(
                f"{self.name}: data from elsewhere and simulations are not judged together; make two claims"
            )
        if self.experiment is not None and not self.because:
            raise ClaimError(f"{self.name}: say in `because` why the margin is what it is")
        margins = self.margin.values() if isinstance(self.margin, Mapping) else [self.margin]
        if self.experiment is not None and not all(0 < m < float("inf") for m in margins):
            raise ClaimError(f"{self.name}: the margin must be positive, got {self.margin!r}")
        if self.tier not in TIERS:
            raise ClaimError(f"{self.name}: tier must be one of {', '.join(TIERS)}, got {self.tier!r}")
        if self.expect not in ("agrees", "disagrees", "inconclusive"):
            raise ClaimError(f"{self.name}: expect must be agrees, disagrees or inconclusive, got {self.expect!r}")
        if self.formula_from not in ("", *get_args(Origin)):
            raise ClaimError(
                f"{self.name}: formula_from must be one of {', '.join(get_args(Origin))}, got {self.formula_from!r}"
            )
        if self.expect != "agrees" and not self.evidence:
            raise ClaimError(f"{self.name}: a claim that is expected to fail needs its evidence")
        if not self.rivals:
            raise ClaimError(f"{self.name}: name at least one rival, a wrong theory that the data must reject")
        try:
            looks_for(self.cap)
        except ValueError as error:
            raise ClaimError(f"{self.name}: {error}") from None

    @property
    def has_formula(self) -> bool:
        """Whether there is something to judge: not so in a place kept for a formula, see `formula_missing`."""
        return self.predict is not formula_missing

    @property
    def n_looks(self) -> int:
        """Number of looks up to the cap; data from elsewhere have one."""
        return 1 if self.elsewhere else looks_for(self.cap)

    @property
    def elsewhere(self) -> bool:
        """Whether the claim is about data from elsewhere, which are as many as they are."""
        return any(experiment.elsewhere for experiment in self.experiments.values())

    def most_draws(self, draws: int) -> int:
        """Draws at which the claim ends: its cap, or those that there are."""
        return draws if self.elsewhere else self.cap

    @property
    def experiments(self) -> dict[str, Experiment]:
        """Experiments by the prefix of their columns; '' for a single one."""
        if self.experiment is None:
            return {}
        return {"": self.experiment} if isinstance(self.experiment, Experiment) else dict(self.experiment)

    @property
    def model(self) -> str:
        """First part of the name."""
        known = [model for model in MODELS if self.name.startswith(model + "_")]
        return known[0] if known else self.name.split("_")[0].split("[")[0]

    @property
    def kind(self) -> str:
        """What is compared, in words."""
        return self.quantity.kind if self.quantity else "law (theory against theory)"

    @property
    def size(self) -> int:
        """Scalar parts counted against the suite."""
        return self.quantity.size if self.quantity else 0

    def _repr_html_(self) -> str:
        return notebook_form("claim_html", self)

    def _repr_markdown_(self) -> str:
        return notebook_form("claim_markdown", self)


def notebook_form(form: str, shown: object) -> str:
    """How a notebook shows it. `compare.source` follows imports; no prediction depends on this one, hence by name."""
    return str(getattr(importlib.import_module("compare.display"), form)(shown))
