"""The trial of one claim: its prediction and its rivals before the same draws, look after look."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from compare.account import points, reason
from compare.admission import check_columns, check_shapes, refuse_missing_means
from compare.advice import advised
from compare.advice_drafts import check_draws, check_parameters, check_predictions
from compare.claim import Claim, ClaimError
from compare.conditional import Conditional
from compare.estimate import Estimate, Gaps, Means, jackknife, leave_one_out, sectioning, sections, total
from compare.experiment import Array, Blocks
from compare.measured import judge_data, provenance
from compare.median import FEWEST_DRAWS, of_medians, refuse_early_medians
from compare.prepared import identity, recalled
from compare.quantity import Location, Part
from compare.rule import Outcome, decide, reach
from compare.shelf import Shelf
from compare.tail import alarmed
from compare.units import raised
from compare.verdict import LawVerdict, PartVerdict, RivalVerdict, Verdict
from theory.prediction import Prediction


@dataclass
class Accused:
    """A prediction, the claim's own or a rival's, and what has been decided about it so far."""

    name: str
    """The rival's; empty for the claim itself."""
    predict: Callable[..., Prediction]
    prediction: Prediction | None = None
    parts: tuple[PartVerdict, ...] = ()
    vetoes: tuple[PartVerdict, ...] = ()
    """Those that refute the prediction; no others are kept."""
    decided_at: int = 0

    @property
    def outcome(self) -> Outcome:
        """Agrees when every part agrees, disagrees when one disagrees or a veto is cast."""
        outcomes = [part.outcome for part in (*self.parts, *self.vetoes)]
        if "disagrees" in outcomes:
            return "disagrees"
        return "agrees" if outcomes and set(outcomes) == {"agrees"} else "inconclusive"


class Trial:
    """Judges one claim; `look` is called with growing draws until `finished`."""

    def __init__(self, claim: Claim, shelf: Shelf | None = None) -> None:
        self.claim = claim
        self._shelf = shelf or Shelf()
        self.law: LawVerdict | None = None
        self.blocks: Means = {}
        self.medians: Means = {}
        """The rows of `Blocks.medians`, for a claim of medians."""
        self.draws = self.looks = 0
        self.seconds = 0.0
        self.heavy = False
        """Whether the tail alarm holds an open part of the claim at this look."""
        self.tails_unknown = not all(e.declares_tails for e in claim.experiments.values())
        self.error = self.details = self.note = ""
        self.own: Accused | None = None
        self.rivals: dict[str, Accused] = {}
        self.rival_laws: tuple[RivalVerdict, ...] = ()
        self._guarded(self._prepare)
        self._guarded(lambda: judge_data(self))

    def _guarded(self, step: Callable[[], None]) -> None:
        """Run a step that calls a claim's code; whatever it raises is this claim's error and nobody else's."""
        try:
            step()
        except (Exception, SystemExit) as error:
            self.details = traceback.format_exc()
            self.fail(raised(error) if not isinstance(error, ClaimError) else str(error))

    def fail(self, message: str) -> None:
        """End the trial with outcome ``error``."""
        self.error = self.error or message

    def _prepare(self) -> None:
        claim = self.claim
        if not claim.has_formula:
            self.note = "formula not available to the project; put one in the place of formula_missing"
            return
        check_parameters(claim)
        refuse_missing_means(claim)
        refuse_early_medians(claim)
        known = identity(claim) if self._shelf.store is not None and not claim.elsewhere else None
        prepared = recalled(claim, self._shelf, known)
        check_predictions(prepared)
        self._conditional = Conditional(claim, self._shelf, known)
        self.law, self.rival_laws = prepared.law, prepared.rival_laws
        if claim.predict is not None:
            self.own = Accused("", claim.predict, prepared.own)
            self.rivals = {n: Accused(n, rival, prepared.rivals.get(n)) for n, rival in claim.rivals.items()}

    def _prediction(self, accused: Accused, means: Means) -> Prediction:
        if self.claim.given:
            return self._conditional.prediction(accused.name, accused.predict, means)
        assert accused.prediction is not None
        return accused.prediction

    def look(self, blocks: Mapping[str, Blocks], look: int, seconds: float = 0.0) -> None:
        """Judge at look number ``look``; ``blocks`` by the prefix of the experiment."""
        if self.error or self.own is None:
            return
        self.blocks = _prefixed({prefix: block.means for prefix, block in blocks.items()})
        self.medians = _prefixed({prefix: block.medians for prefix, block in blocks.items()})
        self.draws = min(block.draws for block in blocks.values())
        self.looks, self.seconds = look + 1, seconds
        self._guarded(lambda: self._judge(look))

    def _judge(self, look: int) -> None:
        assert self.own is not None
        check_columns(self.claim, self.blocks)
        check_draws(self.claim, self.blocks)
        if of_medians(self.claim.quantity) and self.draws < FEWEST_DRAWS:
            self.note = f"medians are not judged before {FEWEST_DRAWS} draws, there are {self.draws}"
            return
        means = total(self.blocks)
        with self._conditional.on(self.blocks, self.medians):
            for accused in (self.own, *self.rivals.values()):
                accused.prediction = self._prediction(accused, means)
            for accused in (self.own, *self.rivals.values()):
                if accused is self.own or accused.outcome != "disagrees":
                    self._judge_one(accused, look)

    def _judge_one(self, accused: Accused, look: int) -> None:
        claim, quantity = self.claim, self.claim.quantity
        assert quantity is not None
        assert accused.prediction is not None
        check_shapes(quantity, accused.prediction, self.blocks)
        parts = quantity.parts(accused.prediction, claim.margin)
        allowance = quantity.allowance(accused.prediction, claim.margin)

        def gaps(means: Means) -> Array:
            return quantity.gaps(means, self._prediction(accused, means), claim.margin)

        estimate = self._estimate(gaps)
        stderr, at_reach = quantity.spread(estimate, leave_one_out(self.blocks), claim.margin)
        latched = {part.name: part for part in accused.parts if part.outcome in ("agrees", "disagrees")}
        held = alarmed(estimate.dominance, self.draws) & self.tails_unknown
        predicted = dict(zip(quantity.names, quantity.predicted(accused.prediction).tolist(), strict=False))
        accused.parts = tuple(
            latched.get(part.name)
            or self._judge_part(part, look, float(gap), (float(s), float(far)), float(b), predicted, bool(heavy))
            for part, gap, s, far, b, heavy in zip(parts, estimate.gap, stderr, at_reach, allowance, held, strict=True)
        )
        if accused is self.own:
            self.heavy = any(
                heavy and part.outcome == "inconclusive" for part, heavy in zip(accused.parts, held, strict=True)
            )
        accused.vetoes = self._vetoes(accused, look)
        accused.decided_at = accused.decided_at or (self.draws if accused.outcome != "inconclusive" else 0)

    def _vetoes(self, accused: Accused, look: int) -> tuple[PartVerdict, ...]:
        """The vetoes cast so far; one cast is not taken back."""
        quantity, margin = self.claim.quantity, self.claim.margin
        assert quantity is not None
        assert accused.prediction is not None
        parts, allowance = quantity.vetoes(accused.prediction, margin)
        if not parts or set(quantity.names) <= set(accused.prediction.values):
            return ()

        def gaps(means: Means) -> Array:
            return quantity.veto_gaps(means, self._prediction(accused, means))

        cast = {part.name: part for part in accused.vetoes}
        estimate = self._estimate(gaps)
        held = alarmed(estimate.dominance, self.draws) & self.tails_unknown
        for part, heavy, gap, s, b in zip(parts, held, estimate.gap, estimate.stderr, allowance, strict=True):
            found = self._judge_part(part, look, float(gap), (float(s), float(s)), float(b), {}, bool(heavy))
            if found.outcome == "disagrees":
                cast.setdefault(part.name, found)
        return tuple(cast.values())

    def _estimate(self, gaps: Gaps) -> Estimate:
        return (
            sectioning(gaps, *sections(self.medians))
            if of_medians(self.claim.quantity)
            else jackknife(gaps, self.blocks)
        )

    def _judge_part(
        self,
        part: Part,
        look: int,
        gap: float,
        spread: tuple[float, float],
        b: float,
        predicted: Mapping[str, float],
        heavy: bool,
    ) -> PartVerdict:
        n_looks, cap = self.claim.n_looks, self.claim.most_draws(self.draws)
        stderr, far = spread
        at = predicted.get(part.name, 0.0)
        outcome: Outcome = "inconclusive"
        if not heavy:
            outcome = decide(
                gap,
                stderr,
                look=look,
                n_looks=n_looks,
                margin=part.margin,
                allowance=b,
                side=part.side,
                share=part.share,
                strict=part.strict,
            )
        seen = reach(
            far,
            draws=self.draws,
            cap=cap,
            n_looks=n_looks,
            margin=0.0 if part.strict else part.margin,
            allowance=b,
            share=part.share,
        )
        return PartVerdict(
            part.name,
            part.side,
            at,
            at + gap,
            gap,
            stderr,
            b,
            part.margin,
            seen,
            outcome,
            part.share,
            part.strict,
        )

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
        verdict = Verdict(
            claim,
            outcome,
            reason=reason(self, outcome),
            parts=(*self.own.parts, *self.own.vetoes) if self.own else (),
            rivals=self._rival_verdicts(),
            law=self.law,
            points=points(self),
            locations=self._locations(),
            draws=self.draws,
            looks=self.looks,
            seconds=self.seconds,
        )
        return replace(verdict, advice=advised(self, verdict), provenance=provenance(claim))

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


def _prefixed(columns: Mapping[str, Means]) -> dict[str, Array]:
    """Columns of several experiments under the names that a claim uses, ``prefix.column``."""
    return {
        (f"{prefix}.{name}" if prefix else name): values
        for prefix, found in columns.items()
        for name, values in found.items()
    }
