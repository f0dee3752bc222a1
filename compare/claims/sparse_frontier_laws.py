"""Compute-optimal frontier of sparse features: laws at other powers of the data, and activations with η < 1."""

import math

import mpmath
import sympy as sp

import theory.random_features as dense
import theory.sparse_features.frontier_laws as symbolic
from compare import Asymptote, Claim, Experiment, Optimum, Prediction
from sim.sparse_features.grid_losses import grid
from theory.roots import minimum
from theory.sparse_features.crowded import crowding, crowding_limit
from theory.sparse_features.iso_compute import compute_optimal

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/frontier.md"
FAR = {0.5: (10**8, 10**12, 10**16), 1: (10**12, 10**20, 10**28), 2: (10**12, 10**20, 10**28)}  # by k


def at(expression, decay, sparsity, power):
    values = {symbolic.ALPHA: decay, symbolic.ETA: sparsity, symbolic.K: power, symbolic.SCALE: 1}
    return sp.sympify(expression).subs({symbol: sp.Rational(str(value)) for symbol, value in values.items()})


def law(decay, sparsity, power, bound):
    """Theory against theory: exponents and constants at N D^k = C."""

    def derived():
        found = symbolic.exponents()
        parts = found.features, found.samples, found.loss, symbolic.size_constant(), symbolic.loss_constant()
        return tuple(at(part, decay, sparsity, power) for part in parts)

    def finite(C):
        options = {"decay": decay, "sparsity": sparsity, "data_power": power}
        near, far = compute_optimal(C, **options), compute_optimal(2 * C, **options)
        over, size = mpmath.mpf(1) + mpmath.mpf(power) * sparsity, mpmath.mpf(C)
        return (
            mpmath.log(far.n_features / near.n_features, 2),
            mpmath.log(far.n_samples / near.n_samples, 2),
            mpmath.log(near.loss / far.loss, 2),
            near.n_features * size ** (-1 / over),
            near.loss * size ** (decay / over),
        )

    def other(position, factor):
        def rival():
            parts = list(derived())
            parts[position] *= factor() if callable(factor) else factor
            return tuple(parts)

        return rival

    order = min(1, sparsity - 1) / (1 + power * sparsity)  # of 1/r, or of the deficit S − r over r

    def without_cost():
        ratio = sp.Rational(str(1 + power * sparsity / decay)) / at(symbolic.optimal_ratio(), decay, sparsity, power)
        return ratio ** sp.Rational(1, 2)

    return Claim(
        name=f"sparse_frontier_law[decay={decay},sparsity={sparsity},data_power={power}]",
        statement="At fixed compute N D^k the finite-size frontier approaches N* ~ C^(1/(1+kη)), D* ~ C^(η/(1+kη)) and "
        "L* ~ C^(−α/(1+kη)) with the derived constants.",
        source=SOURCE,
        formula_from="derived here",
        rivals={
            "N* = r (1 + kη/α), the cost of features forgotten": other(3, without_cost),
            "size exponent 1 % larger": other(0, sp.Rational(101, 100)),
            "loss exponent 1 % larger": other(2, sp.Rational(101, 100)),
            "loss constant 1 % larger": other(4, sp.Rational(101, 100)),
        },
        asymptote=Asymptote(law=derived, finite=finite, sizes=FAR[power], order=order, bound=bound),
    )


CELLS = ((40, 30), (44, 27), (50, 24), (57, 21), (67, 18), (75, 16), (86, 14), (100, 12))  # N D = 1200


def crowded():
    """Activations with η < 1: the data have full rank, r = D, and nothing favours them."""
    decay, sparsity, n_modes = 1, 0.5, 1500
    given = {"decay": decay, "sparsity": sparsity, "n_modes": n_modes, "cells": CELLS}
    samples = sorted({D for _, D in CELLS})
    quantity = Optimum(
        "log_loss",
        group="compute",
        parts=("location",),
        logged=True,
        samples_per_feature=[D / N for N, D in CELLS],
        compute=[1200] * len(CELLS),
    )

    def losses():
        limit = dense.unresolved(decay=decay, n_modes=n_modes, n_features=samples).values["unresolved"]
        excess = crowding(decay=decay, sparsity=sparsity, n_modes=n_modes, n_samples=samples)
        of = dict(zip(samples, limit * (1 + excess), strict=True))
        return {"log_loss": [math.log(of[D] * (N - 1) / (N - D - 1)) for N, D in CELLS]}

    def moved(ratio):
        """The optimum at another N/D in the limit, shifted by size as the true one is."""
        shift = math.log(float(at(symbolic.dense_limit(), decay, sparsity, 1)) / ratio)
        value = float(quantity.predicted(Prediction(losses()))[0]) + shift
        return Prediction({quantity.names[0]: value}, {quantity.names[0]: 0.03})

    def best(C):
        """N*/D* at finite C, for real sizes and all modes."""

        def loss(log_ratio, digits):
            D = mpmath.sqrt(C / mpmath.exp(log_ratio))
            N = C / D
            limit = dense.unresolved_loss(D, decay=decay, n_modes=math.inf, digits=digits)
            excess = crowding_limit(D, decay=decay, sparsity=sparsity, digits=digits)
            return mpmath.log(limit * (1 + excess) * (N - 1) / (N - D - 1))

        return mpmath.exp(minimum(loss, mpmath.log(2), mpmath.log(6), 12))

    return Claim(
        name="sparse_frontier_crowded[decay=1,sparsity=0.5]",
        statement="With a sparsity below 1 the frontier does not favour data: the best N/D at fixed N D is a constant, "
        "1 + 2/α beyond the peak, as for dense data.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(grid, given),
        predict=lambda: moved(float(at(symbolic.dense_limit(), decay, sparsity, 1))),
        quantity=quantity,
        margin=0.12,
        because="12 % in N/D is less than a third of the distance to N = 2 D; rare coordinates bend it by at most 3 %",
        rivals={
            "N/D = 1 + 1/α, the cost of features forgotten": lambda: moved(1 + 1 / decay),
            "N/D = 4.2": lambda: moved(4.2),
        },
        asymptote=Asymptote(
            law=lambda: at(symbolic.dense_limit(), decay, sparsity, 1),
            finite=best,
            sizes=(10**8, 10**14, 10**20),
            order=(1 - sparsity) / 2,
            bound=1e-4,
        ),
        cap=1024,
    )


claims = [law(0.5, 3, 0.5, 1e-4), law(1, 3, 2, 1e-3), law(2, 2, 1, 1e-6), crowded()]
