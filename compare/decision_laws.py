"""How N and D scale with a budget C = N D: one row per model, each number from the theory of that model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import sympy as sp

from theory import parametric_laws, random_features_laws as dense_laws, random_features_ridge_laws as ridge_laws
from theory.parameters import positive
from theory.precision import Real, exact
from theory.random_features_laws import ALPHA, N
from theory.sparse_features import frontier_laws
from theory.sparse_features.frontier import branch_switch
from theory.sparse_features.iso_compute import compute_optimal
from theory.sparse_features.unseen_mass_laws import ETA, SCALE
from theory.sparsity_models import leak_laws, one_pass_laws, routing_laws, teacher_frontier_laws
from theory.sparsity_models.teacher_frontier import compute_optimal as teacher_optimal

LETTERS = {"alpha": "α", "eta": "η", "tau": "τ", "**": "^", "*": " "}
HALF = sp.Rational(1, 2)


class World(NamedTuple):
    """Budget C = N D and the parameters of the models: spectrum i^−(1+α), activity i^−η, teacher i^−τ."""

    compute: float
    decay: Real
    sparsity: Real
    teacher_decay: Real


class Level(NamedTuple):
    """Best sizes at the budget."""

    n_features: float
    n_samples: float

    @property
    def ratio(self) -> float:
        """Samples per feature, D/N."""
        return self.n_samples / self.n_features


@dataclass(frozen=True)
class Row:
    """One model.

    law      exponents of N, D and 1/L in C as formulas, None where there is none; ``values`` are theirs here
    ground   "derived" from the loss at finite N and D, by "balance" of the two limits, or "measured"
    levels   best sizes at the budget, several where there are several equal optima
    claims   names or patterns of the claims behind the row; ``why`` says why there is no law here
    """

    key: str
    model: str
    assumes: str
    ground: str
    claims: tuple[str, ...]
    caveats: tuple[str, ...] = ()
    law: tuple[sp.Expr, sp.Expr, sp.Expr] | None = None
    values: tuple[float, float, float] | None = None
    levels: tuple[Level, ...] = ()
    why: str = ""

    @property
    def formulas(self) -> tuple[str, ...]:
        """The exponents of N, D and 1/L as text."""
        return tuple(spelled(expression) for expression in self.law or ())


def spelled(expression: sp.Expr) -> str:
    """``1/(1 + η)``: a formula as text."""
    text = str(expression)
    for name, letter in LETTERS.items():
        text = text.replace(name, letter)
    return text


def at(expression: sp.Expr, world: World) -> float:
    """A formula at the parameters of a world; c = k = 1."""
    chosen = {ALPHA: world.decay, ETA: world.sparsity, teacher_frontier_laws.TAU: world.teacher_decay}
    numbers = {symbol: sp.Rational(str(exact(value))) for symbol, value in chosen.items()}
    return float(sp.sympify(expression).subs({**numbers, SCALE: 1, frontier_laws.K: 1}))


def balanced(data_exponent: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Exponents of N, D and 1/L where the limits N^−α and D^−b of the loss are added: the parametric law."""
    found = parametric_laws.exponents()
    parts = found.features, found.samples, found.loss
    features, samples, loss = (parametric_laws.at(part, ALPHA, data_exponent) for part in parts)
    return features, samples, loss


class Found(NamedTuple):
    """What a theory says at a world: formulas, and best D/N or best sizes where it gives them."""

    law: tuple[sp.Expr, sp.Expr, sp.Expr]
    ratios: tuple[sp.Expr, ...] = ()
    levels: tuple[Level, ...] = ()
    caveats: tuple[str, ...] = ()


def _dense(_: World) -> Found:
    found, ratio = dense_laws.frontier_exponents(), dense_laws.compute_optimal_ratio()
    return Found((found.smaller, found.larger, found.loss), (ratio, 1 / ratio))


def _dense_ridge(_: World) -> Found:
    shape = ridge_laws.best_shape_with_ridge()
    loss = ridge_laws.optimal_ridge_law().loss.subs(ridge_laws.ASPECT, 1 / shape)
    fall = sp.simplify(-N * sp.diff(loss, N) / loss)
    return Found((HALF, HALF, sp.simplify(fall * HALF)), (1 / shape,))


def _sparse(world: World) -> Found:
    eta = exact(world.sparsity)
    if eta == 1:
        raise ValueError("at η = 1 the rank grows with a logarithm; there is no power law")
    if eta < 1:
        fall = sp.simplify(dense_laws.data_exponent() * HALF)
        alike = "Below η = 1 nothing favours the data: N and D grow alike."
        return Found((HALF, HALF, fall), (1 / frontier_laws.dense_limit(),), caveats=(alike,))
    found = frontier_laws.exponents()
    features, samples, fall = (part.subs(frontier_laws.K, 1) for part in (found.features, found.samples, found.loss))
    switch = branch_switch(decay=float(world.decay), sparsity=float(eta))
    if switch.ratio < 1:
        size = switch.under ** float(eta / (1 + eta)) * world.compute ** float(1 / (1 + eta))
        below = "The optimum lies below the peak here, with fewer features than the rank of the data."
        return Found((features, samples, fall), levels=(Level(size, world.compute / size),), caveats=(below,))
    best = compute_optimal(world.compute, decay=world.decay, sparsity=world.sparsity)
    return Found((features, samples, fall), levels=(Level(float(best.n_features), float(best.n_samples)),))


def _teacher(world: World) -> Found:
    point = {"decay": world.decay, "sparsity": world.sparsity, "teacher_decay": world.teacher_decay}
    found = teacher_frontier_laws.exponents(**point)
    best = teacher_optimal(world.compute, **point)
    level = Level(float(best.n_features), float(best.n_samples))
    return Found((found.features, found.samples, found.loss), levels=(level,))


def _leak(world: World) -> Found:
    if exact(world.sparsity) <= 1:
        raise ValueError("the law of the leak needs η > 1, where the rank of the sparse part is below D")
    return Found(balanced(leak_laws.leaked_exponent()))


def _one_pass(world: World) -> Found:
    if exact(world.sparsity) > 1 + exact(world.decay):
        unstable = "No fixed step is stable for η > 1 + α; the row is that of a step divided by |x|²."
        return Found(balanced(one_pass_laws.normalised_exponent()[1]), caveats=(unstable,))
    features = one_pass_laws.frontier_exponent()
    fall = sp.simplify(dense_laws.model_exponent() * features)
    return Found((features, sp.factor(sp.simplify(1 - features)), fall))


def _routed(_: World) -> Found:
    return Found(balanced(routing_laws.balanced_exponent()))


def _zipf(world: World) -> Found:
    if exact(world.sparsity) <= 1:
        raise ValueError("a Zipf load i^−η over many experts needs η > 1")
    learning, load = routing_laws.learning_exponent(), routing_laws.load_exponent()
    a, b = at(learning, world), at(load, world)
    if math.isclose(a, b):
        raise ValueError("at α = 1 − 1/η there is a logarithm")
    return Found(balanced(learning if a < b else load))


BALANCE = "By balance of two limits on trial, N^−α and the data exponent; the frontier itself is not simulated."
TEMPLATES: tuple[tuple[Row, Callable[[World], Found] | None], ...] = (
    (Row("dense", "dense, no ridge", "Linear features, isotropic linear teacher, least squares without ridge.",
         "derived", ("dense_optimal_ratio", "dense_frontier_exponents"),
         ("Two mirror optima, on either side of the peak at N = D.",)), _dense),
    (Row("dense_ridge", "dense, best ridge", "As above, with the ridge of least loss.", "derived",
         ("dense_optimal_ridge_shape",), ("Without label noise.",)), _dense_ridge),
    (Row("sparse", "sparse base model", "Activations of probability i^−η, isotropic teacher, no ridge.", "derived",
         ("sparse_frontier_exponents", "sparse_frontier_favours_data", "sparse_frontier_constants[decay=1,sparsity=2,"
          "data_power=1]", "sparse_frontier_crowded"),
         ("Needs exact zeros: a leak without noise restores the dense exponent.",)), _sparse),
    (Row("teacher", "decaying teacher", "Sparse base model, teacher weights of variance i^−τ.", "derived",
         ("sparse_teacher_frontier",),
         ("For α < η data are favoured for τ < η, the model for τ > η.", "The branch with fewer features than the "
          "rank is left out.")), _teacher),
    (Row("leak", "leak of a dense background", "A share of every variance is dense; no label noise.", "balance",
         ("sparse_leak_exponent", "sparse_leak_noise"),
         (BALANCE, "With label noise and the best ridge a weak leak changes little and the sparse row is the better "
          "guide.")), _leak),
    (Row("one_pass", "one pass of SGD", "Every row is used once, fixed step.", "balance",
         ("sparse_one_pass_loss", "sparse_one_pass_divergence", "sparse_one_pass_normalised"), (BALANCE,)), _one_pass),
    (Row("relu", "random ReLU features", "Ridgeless, without bias, beyond their threshold; α = 1, η = 2 only.",
         "measured", ("sparse_relu_frontier", "sparse_relu_frontier_exponents"),
         ("Measured between C = 2·10³ and 5·10⁵ whatever parameters are asked for; no asymptotic frontier is claimed.",
          "At these budgets the best student has more features than samples.")), None),
    (Row("routed", "top-1 routing, balanced load", "E dense experts, each with an equal share of the rows.", "balance",
         ("sparse_routed_balanced",), (BALANCE, "Divides the rows: the loss is E^α times that of one expert with all "
          "of them.")), _routed),
    (Row("zipf", "top-1 routing, Zipf load", "Dense experts with loads i^−η.", "balance",
         ("sparse_routed_exponent",), (BALANCE,)), _zipf),
)  # fmt: skip


def rows(world: World) -> list[Row]:
    """Every model at the parameters asked for; one without a law there says why.

    Raises ValueError for a budget below 10 or parameters that are not numbers above 0 (τ: at least 0).
    """
    if not (math.isfinite(world.compute) and world.compute >= 10):
        raise ValueError(f"compute must be at least 10, got {world.compute:g}; it is features times samples")
    positive("decay", world.decay, "it is the α of the spectrum i^-(1+α)")
    positive("sparsity", world.sparsity, "it is the η of the activity i^-η")
    if not _zero(world.teacher_decay):
        positive("teacher_decay", world.teacher_decay, "it is the τ of the teacher i^-τ; 0 is an isotropic one")
    return list(_all_rows(world))


def _zero(value: Real) -> bool:
    try:
        return exact(value) == 0
    except ValueError:
        return False


@cache
def _all_rows(world: World) -> tuple[Row, ...]:
    return tuple(_row(template, build, world) for template, build in TEMPLATES)


def _row(template: Row, build: Callable[[World], Found] | None, world: World) -> Row:
    if build is None:
        return template
    try:
        found = build(world)
    except ValueError as error:
        return replace(template, why=str(error))
    features, samples, loss = (at(part, world) for part in found.law)
    levels = found.levels or tuple(_split(world.compute, at(ratio, world)) for ratio in found.ratios)
    caveats = (*template.caveats, *found.caveats)
    return replace(template, law=found.law, values=(features, samples, loss), levels=levels, caveats=caveats)


def _split(compute: float, ratio: float) -> Level:
    """N and D of a budget at a known D/N."""
    return Level(math.sqrt(compute / ratio), math.sqrt(compute * ratio))
