"""The trial of one claim: its prediction and its rivals before the same draws, look after look."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from compare.asymptote import judge_law, judge_rival_law
from compare.claim import Claim, ClaimError
from compare.estimate import Means, jackknife, leave_one_out, standard_errors, total
from compare.experiment import Array, Blocks
from compare.quantity import Location, Part, Quantity
from compare.rule import Outcome, decide, draws_to_decide, reach
from compare.verdict import LawVerdict, PartVerdict, Point, RivalVerdict, Verdict
from theory.prediction import Prediction

MINIMUM_TAIL_INDEX = 4.0
"""A mean is claimed only where the tail index of one draw exceeds this."""


@dataclass
class Accused:
    """A prediction, the claim's own or a rival's, and what has been decided about it so far."""

    predict: Callable[..., Prediction]
    prediction: Prediction | None = None
    parts: tuple[PartVerdict, ...] = ()
    decided_at: int = 0

    @property
    def outcome(self) -> Outcome:
        """Agrees when every part agrees, disagrees when one disagrees."""
        outcomes = [part.outcome for part in self.parts]
        if "disagrees" in outcomes:
            return "disagrees"
        return "agrees" if outcomes and set(outcomes) == {"agrees"} else "inconclusive"


class Trial:
    """Judges one claim; `look` is called with growing draws until `finished`."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.law: LawVerdict | None = None
        self.blocks: Means = {}
        self.draws = self.looks = 0
        self.seconds = 0.0
        self.error = self.details = self.note = ""
        self.own: Accused | None = None
        self.rivals: dict[str, Accused] = {}
        self.rival_laws: tuple[RivalVerdict, ...] = ()
        self._guarded(self._prepare)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Run a step that calls a claim's code; whatever it raises is this claim's error and nobody else's."""
        try:
            step()
        except Exception as error:
            self.details = traceback.format_exc()
            self.fail(f"{type(error).__name__}: {error}" if not isinstance(error, ClaimError) else str(error))

    def fail(self, message: str) -> None:
        """End the trial with outcome ``error``."""
        self.error = self.error or message

    def _prepare(self) -> None:
        claim = self.claim
        if claim.asymptote is not None:
            self.law = judge_law(claim.asymptote)
        if claim.predict is None or claim.quantity is None:
            assert claim.asymptote is not None
            laws = claim.rivals.items()
            self.rival_laws = tuple(judge_rival_law(claim.asymptote, name, law) for name, law in laws)
            return
        self._refuse_missing_means(claim.quantity)
        self.own = Accused(claim.predict)
        self.rivals = {name: Accused(predict) for name, predict in claim.rivals.items()}
        if not claim.given:
            self._predict({})

    def _refuse_missing_means(self, quantity: Quantity) -> None:
        for view in quantity.views:
            prefix, _, column = view.column.rpartition(".")
            experiment = self.claim.experiments.get(prefix)
            if experiment is None:
                raise ClaimError(f"no experiment {prefix!r} for the column {view.column!r}")
            index = experiment.tail_index(column)
            if index is None:
                continue
            low = np.flatnonzero(index[view.index] <= MINIMUM_TAIL_INDEX)
            if len(low):
                raise ClaimError(
                    f"the mean of {view.column!r} cannot be judged at {view.labels()[low[0]]}: tail index "
                    f"{index[view.index][low[0]]:g}, a mean needs more than {MINIMUM_TAIL_INDEX:g} "
                    "(Gaussian regression: |N − D| >= 8); move the point or claim a logarithm or median"
                )

    def _predict(self, means: Means) -> None:
        assert self.own is not None
        for accused in (self.own, *self.rivals.values()):
            accused.prediction = self._prediction(accused, means)

    def _prediction(self, accused: Accused, means: Means) -> Prediction:
        given = self.claim.given
        raw = accused.predict({name: means[name] for name in given}) if given else accused.predict()
        prediction = raw if isinstance(raw, Prediction) else Prediction(raw)
        for name, value in prediction.values.items():
            if not np.isfinite(value).all():
                raise ClaimError(f"the prediction of {name!r} is not finite: {value}; check its parameters")
        return prediction

    def look(self, blocks: Mapping[str, Blocks], look: int, seconds: float = 0.0) -> None:
        """Judge at look number ``look``; ``blocks`` by the prefix of the experiment."""
        if self.error:
            return
        self.blocks = {
            (f"{prefix}.{name}" if prefix else name): values
            for prefix, block in blocks.items()
            for name, values in block.means.items()
        }
        self.draws = min(block.draws for block in blocks.values())
        self.looks, self.seconds = look + 1, seconds
        self._guarded(lambda: self._judge(look))

    def _judge(self, look: int) -> None:
        assert self.own is not None
        self._check_columns()
        if self.claim.given:
            self._predict(total(self.blocks))
        for accused in (self.own, *self.rivals.values()):
            if accused is self.own or accused.outcome != "disagrees":
                self._judge_one(accused, look)

    def _check_columns(self) -> None:
        assert self.claim.quantity is not None
        for view in self.claim.quantity.views:
            if view.column not in self.blocks:
                raise ClaimError(
                    f"the experiment has no column {view.column!r}; it has {', '.join(sorted(self.blocks))}"
                )
            n_points = self.blocks[view.column].shape[1]
            if view.index.max() >= n_points or (view.whole and len(view.index) != n_points):
                raise ClaimError(
                    f"the experiment gives {n_points} points of {view.column!r}, the quantity names "
                    f"{len(view.index)}; list the coordinates of every point or select with points="
                )
        for name in self.claim.given:
            if name not in self.blocks:
                raise ClaimError(f"the experiment has no column {name!r}, which the law is conditional on")

    def _judge_one(self, accused: Accused, look: int) -> None:
        claim, quantity = self.claim, self.claim.quantity
        assert quantity is not None
        assert accused.prediction is not None
        _check_shapes(quantity, accused.prediction, self.blocks)
        parts = quantity.parts(accused.prediction, claim.margin)
        allowance = quantity.allowance(accused.prediction, claim.margin)

        def gaps(means: Means) -> Array:
            prediction = self._prediction(accused, means) if claim.given else accused.prediction
            assert prediction is not None
            return quantity.gaps(means, prediction, claim.margin)

        estimate = jackknife(gaps, self.blocks)
        stderr = np.sqrt(estimate.stderr**2 + quantity.noise_variance(leave_one_out(self.blocks)))
        latched = {part.name: part for part in accused.parts if part.outcome in ("agrees", "disagrees")}
        predicted = _named(quantity.names, quantity.predicted(accused.prediction))
        accused.parts = tuple(
            latched.get(part.name)
            or self._judge_part(part, look, float(gap), float(s), float(b), predicted.get(part.name, 0.0))
            for part, gap, s, b in zip(parts, estimate.gap, stderr, allowance, strict=True)
        )
        accused.decided_at = accused.decided_at or (self.draws if accused.outcome != "inconclusive" else 0)

    def _judge_part(self, part: Part, look: int, gap: float, stderr: float, b: float, at: float) -> PartVerdict:
        claim = self.claim
        rule = {"margin": part.margin, "allowance": b, "share": part.share}
        outcome = decide(gap, stderr, look=look, n_looks=claim.n_looks, side=part.side, **rule)
        seen = reach(stderr, draws=self.draws, cap=claim.cap, n_looks=claim.n_looks, **rule)
        return PartVerdict(part.name, part.side, at, at + gap, gap, stderr, b, part.margin, seen, outcome)

    @property
    def finished(self) -> bool:
        """Whether more draws could change nothing: all is latched, the cap is reached, or an error ended it."""
        if self.error or self.own is None:
            return True
        decided = self.own.outcome != "inconclusive"
        return self.looks >= self.claim.n_looks or (
            decided and all(rival.outcome == "disagrees" for rival in self.rivals.values())
        )

    def verdict(self) -> Verdict:
        """The verdict as things stand."""
        claim = self.claim
        if self.error:
            return Verdict(claim, "error", self.error, law=self.law, draws=self.draws, looks=self.looks)
        outcomes = [self.own.outcome] if self.own else []
        outcomes += [self.law.outcome] if self.law else []
        outcome: Outcome = "agrees" if set(outcomes) == {"agrees"} else "inconclusive"
        outcome = "disagrees" if "disagrees" in outcomes else outcome
        return Verdict(
            claim,
            outcome,
            reason=self._reason(outcome),
            parts=self.own.parts if self.own else (),
            rivals=self._rival_verdicts(),
            law=self.law,
            points=self._points() if self.own and self.blocks else (),
            locations=self._locations(),
            draws=self.draws,
            looks=self.looks,
            seconds=self.seconds,
        )

    def _locations(self) -> tuple[Location, ...]:
        if self.own is None or self.own.prediction is None or not self.blocks:
            return ()
        assert self.claim.quantity is not None
        return self.claim.quantity.located(total(self.blocks), self.own.prediction)

    def _rival_verdicts(self) -> tuple[RivalVerdict, ...]:
        claim = self.claim
        if self.own is None:
            return self.rival_laws
        assert claim.quantity is not None
        verdicts = []
        for name, rival in self.rivals.items():
            distance = float("nan")
            if rival.prediction is not None and self.own.prediction is not None:
                distance = claim.quantity.distance(rival.prediction, self.own.prediction, claim.margin)
            verdicts.append(RivalVerdict(name, rival.outcome, distance, rival.decided_at or self.draws))
        return tuple(verdicts)

    def _reason(self, outcome: Outcome) -> str:
        if self.law and self.law.outcome == "disagrees":
            return f"symbolic law: deviation {self.law.deviation:.3g} from the finite-size theory"
        if outcome != "inconclusive":
            return ""
        if self.law and self.law.outcome == "inconclusive":
            return "symbolic law: a value is not finite"
        if self.own is None:
            return ""
        if not self.own.parts:
            return self.note or "no evidence"
        undecided = [part for part in self.own.parts if part.outcome == "inconclusive"]
        if any(not np.isfinite([part.gap, part.stderr]).all() for part in undecided):
            return "non-finite measurement"
        if any(2 * part.allowance >= part.margin > 0 for part in undecided):
            return "bias-limited: twice the allowance reaches the margin"
        rule = [
            draws_to_decide(p.gap, p.stderr, draws=self.draws, margin=p.margin, allowance=p.allowance, side=p.side,
                            share=1 / max(1, len(self.own.parts)))
            for p in undecided
        ]  # fmt: skip
        needed = f"about {max(rule):.2g} draws would decide" if np.isfinite(max(rule, default=np.inf)) else ""
        return f"cap of {self.draws} draws reached" + (f"; {needed}" if needed else "")

    def _points(self) -> tuple[Point, ...]:
        assert self.own is not None
        assert self.claim.quantity is not None
        means, errors = total(self.blocks), standard_errors(self.blocks)
        prediction = self.own.prediction
        points = []
        for view in self.claim.quantity.views:
            for order, k in enumerate(view.index):
                known = prediction is not None and view.column in prediction.values
                points.append(
                    Point(
                        column=view.column,
                        at={name: float(value[order]) for name, value in view.at.items()},
                        predicted=float(prediction.values[view.column][k]) if known and prediction else None,
                        allowance=float(prediction.allowance[view.column][k]) if known and prediction else 0.0,
                        measured=float(means[view.column][k]),
                        stderr=float(errors[view.column][k]),
                        rivals={
                            name: float(rival.prediction.values[view.column][k])
                            for name, rival in self.rivals.items()
                            if rival.prediction is not None and view.column in rival.prediction.values
                        },
                    )
                )
        return tuple(points)


def _named(names: tuple[str, ...], values: Array) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=False)}


def _check_shapes(quantity: Quantity, prediction: Prediction, blocks: Means) -> None:
    for view in quantity.views:
        value = prediction.values.get(view.column)
        if value is not None and value.shape[0] != blocks[view.column].shape[1]:
            raise ClaimError(
                f"the prediction of {view.column!r} has {value.shape[0]} points, the experiment "
                f"{blocks[view.column].shape[1]}; predict every point in the experiment's order"
            )
