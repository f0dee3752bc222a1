"""How often the judge is right: every kind of quantity on every bed, through the shipped estimate and rule.

Thousands of runs are judged at once: quantities act on means with leading dimensions, and `verdicts` repeats the
looks and latches of `compare.trial.Trial` on arrays (a test compares them run by run). All kinds and offsets on a
bed see the same draws, so nothing but one batch of block means is held.

The document, a mapping of JSON values, with rate = {"count", "runs", "limits": [low, high]} (95 %, Clopper-Pearson):

    {"schema": 1, "part": "judge", "size", "cap", "looks", "seed", "versions", "command",
     "kinds": [{"kind", "quantity", "family", "meaning_of_offset", "wrong_at": [offsets of size one at which the theory
                is wrong by the margin], "refutable_from": offset beyond which a refutation is right,
                "beds": [{"bed", "margin", "stderr_at_cap", "cost_over_oracle",
                          "coverage": {"offset", "first": rate, "cap": rate}, "pit": {"first": [20], "cap": [20]},
                          "offsets": [{"offset", "agrees": rate, "disagrees": rate, "draws"}]}],
                "pooled": the same over all beds, without bed, margin and stderr_at_cap}],
     "findings": [...], "not_shown": [...]}

``draws`` is the mean until the claim's own verdict, as a share of the cap; ``pit`` counts T₁₅((θ − truth)/s) in 20
equal bins; ``cost_over_oracle`` compares the mean draws at offset 0 with the smallest single look at which a judge
who knows the standard error passes a true theory with probability 1 − 10⁻⁴.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from compare.calibration.banks import BANKS
from compare.calibration.beds import SYNTHETIC, Bed
from compare.calibration.case import Case, Kind, has_own_spread
from compare.calibration.kinds import kinds
from compare.calibration.tally import BINS, Tally, figures
from compare.calibration.typical import MEDIAN_BEDS
from compare.estimate import jackknife, leave_one_out, sectioning, sections
from compare.experiment import Array
from compare.median import of_medians
from compare.results import versions
from compare.rule import N_BLOCKS, decisions, draws_at, looks_for

SCHEMA = 1
SEED = 20_260_611
"""Fixed; never picked again."""
CAP = 8192
BATCH = 400
"""Runs judged at once."""
BEDS: tuple[Bed, ...] = (*SYNTHETIC, *MEDIAN_BEDS, *BANKS)
POOLED_RUNS = {"quick": 2800, "full": 39_200}
"""Runs of every kind, over its beds."""
ALWAYS = (-1.0, 0.0, 1.0)
"""Offsets judged in every batch; the others in the first quarter of them."""
UNDECIDED, AGREES, DISAGREES = 0, 1, 2
Report = Callable[[str, int, int], None]


def parts_at(case: Case, noise: Array, offset: float) -> tuple[Array, Array]:
    """Gaps and standard errors of all parts at one look, each (runs, n_parts).

    ``noise`` holds the bed's block means (16, runs, n_columns), or medians (17, ...), the last those of all draws.
    """
    quantity, means = case.kind.quantity, case.means(noise, offset)
    if of_medians(quantity):
        estimate = sectioning(case.gaps(offset), *sections(means))
    else:
        estimate = jackknife(case.gaps(offset), means)
    stderr, _ = quantity.spread(estimate, leave_one_out(means) if has_own_spread(quantity) else (), case.margins)
    return estimate.gap, stderr


def verdicts(
    case: Case, estimates: Sequence[tuple[Array, Array]], offset: float
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """Verdict and draws of every run from the estimates at all looks, (runs,) each: latched part by part."""
    prediction = case.prediction(offset)
    parts = case.kind.quantity.parts(prediction, case.margins)
    allowance = case.kind.quantity.allowance(prediction, case.margins)
    runs = len(estimates[-1][0])
    latched = np.zeros((runs, len(parts)), dtype=np.int8)
    verdict, draws = np.zeros(runs, dtype=np.int8), np.full(runs, case.cap)
    for look, (gap, stderr) in enumerate(estimates):
        if look < case.kind.first_look:
            continue
        for k, part in enumerate(parts):
            agrees, disagrees = decisions(
                gap[:, k],
                stderr[:, k],
                look=look,
                n_looks=case.n_looks,
                margin=part.margin,
                allowance=allowance[k],
                side=part.side,
                share=part.share,
                strict=part.strict,
            )
            new = np.where(disagrees, DISAGREES, np.where(agrees, AGREES, UNDECIDED))
            latched[:, k] = np.where(latched[:, k] == UNDECIDED, new, latched[:, k])
        now = np.where((latched == AGREES).all(axis=1), AGREES, UNDECIDED)
        now = np.where((latched == DISAGREES).any(axis=1), DISAGREES, now)
        first = (verdict == UNDECIDED) & (now != UNDECIDED)
        verdict[first], draws[first] = now[first], draws_at(look)
    return verdict, draws


def judged(case: Case, noise: Sequence[Array], offsets: Sequence[float]) -> Tally:
    """Put one batch of runs on trial; ``noise`` holds the block means of the bed at every look."""
    tally, kind = Tally(), case.kind
    runs = noise[-1].shape[1]
    fixed = [parts_at(case, block, 0.0) for block in noise] if case.shifted else []
    at_zero = case.prediction(0.0)
    for offset in offsets:
        if case.shifted:
            moved = kind.quantity.predicted(at_zero) - kind.quantity.predicted(case.prediction(offset))
            estimates = [(gap + moved, stderr) for gap, stderr in fixed]
        else:
            estimates = [parts_at(case, block, offset) for block in noise]
        verdict, draws = verdicts(case, estimates, offset)
        counts = [runs, int((verdict == AGREES).sum()), int((verdict == DISAGREES).sum()), float(draws.sum())]
        tally.offsets[offset] = [float(count) for count in counts]
        if offset == kind.cover:
            part, truth = kind.parts[0], case.true_gaps(offset)
            tally.covered_runs = runs
            for k, look in enumerate((kind.first_look, case.n_looks - 1)):
                gap, stderr = (values[:, part] for values in estimates[look])
                with np.errstate(invalid="ignore", divide="ignore"):
                    ranks = special.stdtr(N_BLOCKS - 1, (gap - truth[part]) / stderr)
                tally.covered[k] = int((np.abs(ranks - 0.5) <= 0.475).sum())
                tally.pit[k] = np.histogram(ranks[np.isfinite(ranks)], bins=BINS, range=(0, 1))[0]
    return tally


def batches(bed: Bed, n_batches: int, n_looks: int, seed: int) -> Iterator[list[Array]]:
    """Block means at all looks of one batch after the other, each from its own stream."""
    for batch in range(n_batches):
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, zlib.crc32(bed.name.encode()), batch])))
        yield list(bed.looks(rng, BATCH, n_looks))


@dataclass(frozen=True)
class Task:
    """One bed and the kinds to be judged on it; shipped ones travel to another process by name."""

    bed: str
    kinds: tuple[str, ...]
    n_batches: int
    cap: int
    seed: int


def on_bed(task: Task) -> list[tuple[float, float, Tally]]:
    """Margin, standard error at the cap and tally of every kind of a task."""
    (bed,) = [bed for bed in BEDS if bed.name == task.bed]
    cases = [Case(kind, bed, task.cap) for kind in kinds() if kind.name in task.kinds]
    tallies = [Tally() for _ in cases]
    for batch, noise in enumerate(batches(bed, task.n_batches, cases[0].n_looks, task.seed)):
        often = batch >= -(-task.n_batches // 4)
        for case, tally in zip(cases, tallies, strict=True):
            tally.add(judged(case, noise, [u for u in case.kind.offsets if u in ALWAYS or not often]))
    return [(case.margin, case.stderr_at_cap, tally) for case, tally in zip(cases, tallies, strict=True)]


def tasks(wanted: Sequence[Kind], beds: Sequence[Bed], runs: int, cap: int, seed: int) -> list[Task]:
    """One task per bed; ``runs`` of every kind are shared out over the beds of its family, in whole batches."""
    found = []
    for bed in beds:
        names = tuple(kind.name for kind in wanted if kind.family == bed.family)
        if names:
            alike = sum(other.family == bed.family for other in beds)
            found.append(Task(bed.name, names, -(-runs // (alike * BATCH)), cap, seed))
    return found


def measure(
    progress: Report = lambda *_: None,
    *,
    size: str = "quick",
    only: Sequence[str] | None = None,
    beds: Sequence[str] | None = None,
    runs: int | None = None,
    workers: int = 1,
    cap: int = CAP,
    seed: int = SEED,
) -> dict[str, Any]:
    """Judge every kind on every bed of its family (or those named); one worker or many give the same counts."""
    wanted = [kind for kind in kinds() if only is None or kind.name in only]
    used = [bed for bed in BEDS if beds is None or bed.name in beds]
    todo = tasks(wanted, used, POOLED_RUNS[size] if runs is None else runs, cap, seed)
    found: dict[str, list[dict[str, Any]]] = {kind.name: [] for kind in wanted}
    pooled = {kind.name: Tally() for kind in wanted}
    by_name = {kind.name: kind for kind in wanted}
    planned: dict[str, list[float]] = {name: [] for name in by_name}
    for done, (task, results) in enumerate(zip(todo, _results(todo, workers), strict=True), 1):
        for name, (margin, stderr, tally) in zip(task.kinds, results, strict=True):
            pooled[name].add(tally)
            plan = {"bed": task.bed, "margin": float(f"{margin:.5g}"), "stderr_at_cap": float(f"{stderr:.5g}")}
            errors = (1 - 2 * by_name[name].allowance) * margin / stderr
            planned[name].append(errors)
            found[name].append(plan | figures(tally, by_name[name], cap, errors))
        progress(f"judge: {task.bed}", done, len(todo))
    return {
        "schema": SCHEMA,
        "part": "judge",
        "size": size,
        "cap": cap,
        "looks": looks_for(cap),
        "seed": seed,
        "versions": versions(),
        "kinds": [
            _entry(kind, found[kind.name], figures(pooled[kind.name], kind, cap, float(np.mean(planned[kind.name]))))
            for kind in wanted
        ],
    }


def _results(todo: Sequence[Task], workers: int) -> Iterator[list[tuple[float, float, Tally]]]:
    if workers == 1:
        yield from map(on_bed, todo)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(on_bed, todo)


def _entry(kind: Kind, beds: list[dict[str, Any]], pooled: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "quantity": type(kind.quantity).__name__,
        "family": kind.family,
        "meaning_of_offset": kind.meaning,
        "wrong_at": [1.0] if min(kind.offsets) >= -1 else [-1.0, 1.0],
        "refutable_from": kind.right_until,
        "beds": beds,
        "pooled": pooled,
    }
