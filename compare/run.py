"""A run: claims, the set of their experiments, draws that double until every claim is decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from compare.claim import Claim
from compare.experiment import Array, Blocks, Experiment
from compare.median import median_columns
from compare.rule import MAX_LOOKS, N_BLOCKS, SUITE_PARTS, draws_at
from compare.trial import Trial
from compare.units import Result, Unit
from compare.verdict import Verdict
from compare.workers import Workers
from sim.streams import CHUNK

ROOT_SEED = 20260718
"""Root seed of the recorded evidence and of every run that names no other. Never re-picked."""
UNITS_PER_LOOK = 8

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
    parts = sum(claim.size for claim in claims)
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
        progress: Progress | None = None,
    ) -> None:
        self.tests = count_parts(claims)
        self.workers, self.root, self.device, self.oracle = workers, root, device, oracle
        self.progress = progress or (lambda *_: None)
        self.trials: list[Trial] = []
        for prepared, claim in enumerate(claims, start=1):
            self.trials.append(Trial(claim))
            self.progress(f"predictions and laws: {claim.name}", prepared, len(claims))
        self.evidence: dict[str, Evidence] = {}
        self.seconds = 0.0

    def verdicts(self) -> list[Verdict]:
        """Verdicts in the order of the claims, as things stand."""
        return [trial.verdict() for trial in self.trials]

    def execute(self) -> list[Verdict]:
        """Look after look until every trial is finished."""
        start = time.perf_counter()
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
        units: list[Unit] = []
        for trial in waiting:
            for experiment in trial.claim.experiments.values():
                known = self.evidence.setdefault(experiment.key, Evidence(experiment))
                known.cap = max(known.cap, trial.claim.cap)
                known.medians |= median_columns(trial.claim).get(experiment.key, set())
                if not known.error and len(known.chunks) < wanted and experiment.key not in {u.key for u in units}:
                    units += self._units(experiment, len(known.chunks), wanted)
        cost = {unit.key: self.evidence[unit.key].seconds for unit in units}
        units.sort(key=lambda unit: -cost[unit.key])  # stable; the dearest first keeps all workers busy to the end
        results: dict[str, list[Result]] = {}
        for done, result in enumerate(self.workers.compute(units), start=1):
            results.setdefault(result.key, []).append(result)
            name = self.evidence[result.key].experiment.name
            self.progress(f"{draws_at(look)} draws, {len(waiting)} claims open: {name}", done, len(units))
        for key, parts in results.items():
            self._keep(self.evidence[key], sorted(parts, key=lambda result: result.first))

    def _units(self, experiment: Experiment, have: int, wanted: int) -> list[Unit]:
        size = max(1, (wanted - have) // UNITS_PER_LOOK)
        return [
            Unit.of(experiment, self.root, first, min(first + size, wanted), self.device, self.oracle)
            for first in range(have, wanted, size)
        ]

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
