"""A run: claims, the set of their experiments, draws that double until every claim is decided."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compare.claim import Claim
from compare.experiment import Array, Blocks, Experiment
from compare.forecast import Forecast
from compare.formatting import duration, plural
from compare.median import median_columns
from compare.rule import MAX_LOOKS, N_BLOCKS, SUITE_PARTS, draws_at
from compare.shelf import Shelf
from compare.trial import Trial
from compare.units import Result, Unit
from compare.verdict import Verdict
from compare.workers import Workers
from sim.streams import CHUNK

ROOT_SEED = 20260718
"""Root seed of the recorded evidence and of every run that names no other. Never re-picked."""
UNITS_PER_LOOK = 8
"""Fewest units of an experiment at a look, so that every worker has its share."""
UNIT_SECONDS = 4.0
"""Longest unit, as far as known: what a killed worker loses. Neither changes a bit of the results."""
STORE = "store"
"""The worker of results that were computed before."""

Progress = Callable[[str, int, int], None]
"""Called with a line of text, units done and units planned at this look."""


@dataclass
class Evidence:
    """The draws of one experiment so far: chunks in order, time spent, and the error that stopped them.

    ``medians`` names the columns whose medians some claim judges.
    """

    experiment: Experiment
    chunks: list[Mapping[str, Array]] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""
    details: str = ""
    cap: int = 0
    medians: set[str] = field(default_factory=set)
    _blocks: Blocks | None = None

    def blocks(self) -> Blocks:
        """Blocks of all draws."""
        if self._blocks is None or self._blocks.draws != len(self.chunks) * CHUNK:
            self._blocks = Blocks.of(self.chunks, self.medians)
        return self._blocks


def _difference(chunks: Sequence[Mapping[str, Array]]) -> str:
    """What is wrong where two chunks have not the same columns and points; empty where nothing is."""
    points = [{name: values.shape[1] for name, values in chunk.items()} for chunk in chunks]
    odd = [shape for shape in points if shape != points[0]]
    advice = "return the same columns and points for every draw"
    return f"its points per column change from {points[0]} to {odd[0]} between draws; {advice}" if odd else ""


class SuiteTooLargeError(ValueError):
    """More scalar parts than the level of disagreement allows for."""


def count_parts(claims: Iterable[Claim]) -> int:
    """Scalar parts of a suite; refuses more than the level was set for."""
    parts = sum(claim.size for claim in claims if claim.has_formula)
    if parts > SUITE_PARTS:
        raise SuiteTooLargeError(
            f"these claims have {parts} scalar parts, the error level is set for {SUITE_PARTS}; run fewer at once"
        )
    return parts


class Run:
    """Puts claims on trial with fresh draws. Experiments named by several claims are simulated once."""

    def __init__(
        self,
        claims: Sequence[Claim],
        workers: Workers,
        *,
        root: int = ROOT_SEED,
        device: str | None = None,
        oracle: bool = False,
        shelf: Shelf | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.tests = count_parts(claims)
        self.workers, self.root, self.device, self.oracle = workers, root, device, oracle
        self.shelf = shelf or Shelf()
        self.progress = progress or (lambda *_: None)
        self.trials: list[Trial] = []
        for prepared, claim in enumerate(claims, start=1):
            self.trials.append(Trial(claim, self.shelf))
            self.progress(f"predictions and laws: {claim.name}", prepared, len(claims))
        self.evidence: dict[str, Evidence] = {}
        self.seconds = 0.0
        self._forecast = Forecast()

    def verdicts(self) -> list[Verdict]:
        """Verdicts in the order of the claims, as things stand."""
        return [trial.verdict() for trial in self.trials]

    def costs(self) -> list[dict[str, Any]]:
        """What every experiment cost, the dearest first: draws taken, draws at most, seconds, claims served."""
        found: list[dict[str, Any]] = [
            {
                "experiment": evidence.experiment.key,
                "draws": len(evidence.chunks) * CHUNK,
                "cap": evidence.cap,
                "seconds": evidence.seconds,
                "claims": [t.claim.name for t in self.trials if evidence.experiment in t.claim.experiments.values()],
            }
            for evidence in self.evidence.values()
        ]
        return sorted(found, key=lambda cost: -float(cost["seconds"]))

    def execute(self) -> list[Verdict]:
        """Look after look until every trial is finished."""
        start = time.perf_counter()
        self._forecast = Forecast()
        for look in range(MAX_LOOKS):
            waiting = [trial for trial in self.trials if not trial.finished]
            if not waiting:
                break
            self._draw(waiting, look)
            for trial in waiting:
                self._judge(trial, look)
            self.seconds = time.perf_counter() - start
        return self.verdicts()

    def _draw(self, waiting: Sequence[Trial], look: int) -> None:
        wanted = draws_at(look) // CHUNK
        found: dict[str, list[Result]] = {}
        units: list[Unit] = []
        for trial in waiting:
            for experiment in trial.claim.experiments.values():
                known = self.evidence.setdefault(experiment.key, Evidence(experiment))
                known.cap = max(known.cap, trial.claim.cap)
                known.medians |= median_columns(trial.claim).get(experiment.key, set())
                if not known.error and len(known.chunks) < wanted and experiment.key not in found:
                    found[experiment.key] = stored = self._stored(experiment, len(known.chunks), wanted)
                    units += self._units(known, stored, wanted)
        cost = {unit.key: self.evidence[unit.key].seconds for unit in units}
        units.sort(key=lambda unit: -cost[unit.key])  # stable; the dearest first keeps all workers busy to the end
        owed = self._owed(waiting, wanted)
        for unit in units:
            owed[unit.key] += unit.last - unit.first
        for done, result in enumerate(self.workers.compute(units), start=1):
            found[result.key].append(result)
            evidence = self.evidence[result.key]
            self.shelf.keep(evidence.experiment, result)
            self._forecast.learn(result)
            owed[result.key] -= len(result.chunks)
            left = self._forecast.left(owed)
            text = f"{draws_at(look)} draws, {plural(len(waiting), 'claim')} open"
            text += "" if not left else f", at most {duration(left)} left"
            self.progress(f"{text}: {evidence.experiment.name}", done, len(units))
        for key, results in found.items():
            self._keep(self.evidence[key], sorted(results, key=lambda result: result.first))

    def _owed(self, waiting: Sequence[Trial], wanted: int) -> Counter[str]:
        """Chunks by experiment that further looks take at most: up to the largest cap of the waiting claims."""
        owed: Counter[str] = Counter()
        for trial in waiting:
            for experiment in trial.claim.experiments.values():
                beyond = trial.claim.cap // CHUNK - wanted
                if not self.evidence[experiment.key].error:
                    owed[experiment.key] = max(owed[experiment.key], beyond)
        return owed

    def _stored(self, experiment: Experiment, first: int, last: int) -> list[Result]:
        """Chunks that the store holds, each as a result of its own."""
        stored = self.shelf.load(experiment, first, last)
        return [Result(experiment.key, k, (columns,), seconds, STORE) for k, (columns, seconds) in stored.items()]

    def _units(self, known: Evidence, stored: Sequence[Result], wanted: int) -> list[Unit]:
        """The chunks that are missing, in runs of `UNIT_SECONDS`, or of an eighth where their cost is unknown."""
        have = {result.first for result in stored}
        missing = [chunk for chunk in range(len(known.chunks), wanted) if chunk not in have]
        size = max(1, len(missing) // UNITS_PER_LOOK)
        if known.seconds:
            size = max(1, min(size, round(UNIT_SECONDS * len(known.chunks) / known.seconds)))
        units, start = [], 0
        for end in range(1, len(missing) + 1):
            if end == len(missing) or missing[end] != missing[end - 1] + 1 or end - start == size:
                span = missing[start], missing[end - 1] + 1
                units.append(Unit.of(known.experiment, self.root, *span, self.device, self.oracle))
                start = end
        return units

    @staticmethod
    def _keep(evidence: Evidence, results: Sequence[Result]) -> None:
        evidence.seconds += sum(result.seconds for result in results)
        for result in results:
            if result.error and not evidence.error:
                evidence.error, evidence.details = result.error, result.details
        chunks = [*evidence.chunks, *(chunk for result in results for chunk in result.chunks)]
        if not evidence.error:
            evidence.error = _difference(chunks)
        if not evidence.error:
            evidence.chunks = chunks

    def _judge(self, trial: Trial, look: int) -> None:
        sources = {prefix: self.evidence[e.key] for prefix, e in trial.claim.experiments.items()}
        for source in sources.values():
            if source.error:
                trial.fail(f"the experiment {source.experiment.name} failed: {source.error}")
                trial.details = source.details
                return
        whole = draws_at(look) // CHUNK
        assert whole % N_BLOCKS == 0
        seconds = sum(source.seconds for source in sources.values())
        trial.look({prefix: source.blocks() for prefix, source in sources.items()}, look, seconds)
