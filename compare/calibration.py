"""The judge on trial: how often the shipped rule is right, measured on synthetic claims with known truth.

A synthetic claim has draws from a known law, the true value of its quantity, and a theory that is off by a chosen
number of margins. The margin is ten standard errors at the cap. Every claim goes through `compare.trial.Trial`, look
after look, exactly as a real one does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats

from compare.claim import Claim
from compare.experiment import Array, Blocks, Experiment
from compare.extrema import Optimum
from compare.quantity import Exponent, Quantity, Value
from compare.rule import MAX_LOOKS, N_BLOCKS, draws_at, looks_for
from compare.trial import Trial
from sim.experiment import simulation
from sim.streams import CHUNK
from theory.prediction import Prediction

Sampler = Callable[[np.random.Generator, tuple[int, ...]], Array]

LAWS: Mapping[str, Sampler] = {
    "lognormal, log-sd 0.3": lambda rng, size: rng.lognormal(-(0.3**2) / 2, 0.3, size),
    "lognormal, log-sd 0.7": lambda rng, size: rng.lognormal(-(0.7**2) / 2, 0.7, size),
    "inverse gamma, tail index 5": lambda rng, size: 4 / rng.gamma(5, size=size),
}
"""Positive laws of mean 1."""
SIZES = (8.0, 12.0, 16.0, 24.0, 32.0)
OFFSETS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Deviations of the theory, in margins."""
CORRELATION = 0.8
"""Share of the log of a draw that its points have in common, as nested sizes of one draw do."""


@dataclass(frozen=True)
class Kind:
    """A kind of quantity with its true column means at SIZES."""

    name: str
    quantity: Quantity
    truth: Array

    @property
    def part(self) -> str:
        """The part whose verdict is counted."""
        return self.quantity.names[0]


def kinds() -> list[Kind]:
    """One kind per way in which the judge turns means into a scalar."""
    x = np.log(SIZES)
    return [
        Kind("value", Value("x", points=[0], size=SIZES[:1]), np.ones(len(SIZES))),
        Kind("exponent", Exponent("x", size=SIZES), np.exp(-x)),
        Kind(
            "optimum",
            Optimum("x", group="one", parts=("location",), degree=2, size=SIZES, one=[0] * len(SIZES)),
            np.exp((x - x.mean()) ** 2),
        ),
    ]


@simulation()
def columns(stream: object) -> dict[str, Any]:
    """Stands for the simulation of a synthetic claim; never called, its draws are made here."""
    raise NotImplementedError(f"synthetic claims are not simulated from {stream!r}")


def draws(kind: Kind, law: Sampler, rng: np.random.Generator, n_draws: int) -> Array:
    """Independent draws of the column, shape (n_draws, n_points), correlated along the points."""
    common, own = law(rng, (n_draws, 1)), law(rng, (n_draws, len(SIZES)))
    return np.asarray((CORRELATION * common + (1 - CORRELATION) * own) * kind.truth)


@cache
def _spread(name: str, law_name: str) -> float:
    """Standard deviation of the part per draw, to first order, from a million draws."""
    kind = next(kind for kind in kinds() if kind.name == name)
    rng = np.random.default_rng(7)
    size, step = 4096, 1e-5
    influence = np.zeros(len(SIZES))
    for k in range(len(SIZES)):
        moved = [kind.truth.copy() for _ in range(2)]
        moved[0][k] *= 1 + step
        moved[1][k] *= 1 - step
        up, down = (kind.quantity.measure({"x": means})[0] for means in moved)
        influence[k] = (up - down) / (2 * step)
    relative = np.concatenate([draws(kind, LAWS[law_name], rng, size) / kind.truth for _ in range(256)])
    return float(((relative - 1) @ influence).std())


def claim(kind: Kind, law_name: str, offset: float, cap: int) -> Claim:
    """A synthetic claim whose theory is off by ``offset`` margins."""
    margin = 10 * _spread(kind.name, law_name) / np.sqrt(cap)
    true = float(kind.quantity.measure({"x": kind.truth})[0])
    return Claim(
        name="synthetic",
        statement="A theory off by a known amount.",
        source="calibration",
        experiment=Experiment(columns),
        predict=lambda: Prediction({kind.part: true - offset * margin}),
        quantity=kind.quantity,
        margin=margin,
        because="ten standard errors at the cap",
        rivals={"none": lambda: Prediction({kind.part: true - 100 * margin})},
        cap=cap,
    )


@dataclass(frozen=True)
class Rate:
    """A count among runs with its 95 % Clopper-Pearson limits."""

    count: int
    runs: int

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper 95 % limit of the probability."""
        interval = stats.binomtest(self.count, self.runs).proportion_ci(0.95)
        return float(interval.low), float(interval.high)


@dataclass(frozen=True)
class Cell:
    """What the judge did with one kind, law and offset."""

    kind: str
    law: str
    offset: float
    agrees: Rate
    disagrees: Rate
    draws: float
    """Mean draws until the claim's own verdict, as a share of the cap."""
    covered: Rate
    """How often the 95 % interval at the first look contains the truth."""


def looks(rows: Array, cap: int) -> Iterator[Blocks]:
    """Blocks at every look of a run whose draws are ``rows`` (cap, n_points)."""
    chunks = rows.reshape(-1, CHUNK, rows.shape[-1]).mean(axis=1)
    for look in range(min(looks_for(cap), MAX_LOOKS)):
        used = chunks[: draws_at(look) // CHUNK]
        yield Blocks(draws_at(look), {"x": used.reshape(-1, N_BLOCKS, used.shape[-1]).mean(axis=0)})


def measure(kind: Kind, law_name: str, offset: float, *, runs: int, cap: int, seed: int) -> Cell:
    """Put ``runs`` synthetic claims on trial."""
    tried = claim(kind, law_name, offset, cap)
    true_gap = offset * float(tried.margin)  # type: ignore[arg-type]
    key = [seed, *kind.name.encode(), *law_name.encode(), int(1000 + 10 * offset)]
    rng = np.random.default_rng(np.random.SeedSequence(key))
    outcomes, used, covered = [], [], 0
    t95 = stats.t.ppf(0.975, N_BLOCKS - 1)
    for _ in range(runs):
        trial = Trial(tried)
        trial.rivals = {}
        for look, blocks in enumerate(looks(draws(kind, LAWS[law_name], rng, cap), cap)):
            trial.look({"": blocks}, look)
            if look == 0:
                (part,) = trial.verdict().parts
                covered += abs(part.gap - true_gap) <= t95 * part.stderr
            if trial.finished:
                break
        outcomes.append(trial.verdict().outcome)
        used.append(trial.draws / cap)
    return Cell(
        kind=kind.name,
        law=law_name,
        offset=offset,
        agrees=Rate(outcomes.count("agrees"), runs),
        disagrees=Rate(outcomes.count("disagrees"), runs),
        draws=float(np.mean(used)),
        covered=Rate(int(covered), runs),
    )


def table(*, runs: int, cap: int = 8192, seed: int = 1, offsets: Sequence[float] = OFFSETS) -> Iterator[Cell]:
    """Every kind, law and offset, one after the other."""
    for kind in kinds():
        for law_name in LAWS:
            for offset in offsets:
                yield measure(kind, law_name, offset, runs=runs, cap=cap, seed=seed)


def document(cells: Sequence[Cell], *, runs: int, cap: int, seed: int) -> dict[str, object]:
    """The table as JSON values, each rate as count, runs and 95 % limits."""

    def rate(value: Rate) -> dict[str, object]:
        return {"count": value.count, "runs": value.runs, "limits": [round(limit, 6) for limit in value.limits]}

    rows = [
        {
            "kind": cell.kind,
            "law": cell.law,
            "offset": cell.offset,
            "agrees": rate(cell.agrees),
            "disagrees": rate(cell.disagrees),
            "covered": rate(cell.covered),
            "draws": round(cell.draws, 3),
        }
        for cell in cells
    ]
    return {"schema": 1, "runs": runs, "cap": cap, "seed": seed, "cells": rows}


def markdown(cells: Sequence[Cell], *, runs: int, cap: int, seed: int) -> str:
    """The table as a page, in the words of a reader."""
    lines = [
        "# How often the judge is right",
        "",
        f"Synthetic claims with known truth, {runs} runs a row, cap {cap} draws, margin ten standard errors at the "
        f"cap, seed {seed}. Written by `scaleproof calibrate --runs {runs} --cap {cap}`; do not edit.",
        "",
        "*Offset* is how far the theory is from the truth, in margins. Brackets are 95 % Clopper-Pearson limits.",
        "*Coverage* is that of the 95 % interval at the first look; *draws* are those of the verdict, as a share of "
        "the cap.",
        "",
        "| quantity | draws from | offset | agrees | disagrees | coverage | draws |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for cell in cells:
        rates = " | ".join(_percent(rate) for rate in (cell.agrees, cell.disagrees, cell.covered))
        lines.append(f"| {cell.kind} | {cell.law} | {cell.offset:+g} | {rates} | {cell.draws:.2f} |")
    return "\n".join(lines) + "\n"


def _percent(rate: Rate) -> str:
    low, high = (100 * limit for limit in rate.limits)
    return f"{100 * rate.count / rate.runs:.1f} % [{low:.1f}, {high:.1f}]"
