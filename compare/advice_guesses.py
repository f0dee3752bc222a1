"""The mistakes that advice knows, the simplest first, each as a corrected prediction in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from compare.advice_points import Guess, Seen, told
from compare.claim import Claim
from compare.experiment import Array
from compare.formatting import number
from compare.formula import Formula

ORDERS = (1.0, 0.5, 2.0)
"""Powers of 1/size with which an asymptotic law may be corrected."""
NAMED = {
    "2": 2.0, "4": 4.0, "π": math.pi, "2π": 2 * math.pi, "√2": math.sqrt(2), "√(2π)": math.sqrt(2 * math.pi),
}  # fmt: skip
SLACK = 0.01
"""Relative deviation that a known constant may have beyond the error: theory may leave out as much."""
LN2, LN10 = math.log(2), math.log(10)
LOGARITHMS = {
    "ln 10 = 2.303": (LN10, "natural against base-10 logarithm"),
    "1/ln 2 = 1.443": (1 / LN2, "natural against base-2 logarithm"),
}


def guesses(points: Seen, claim: Claim) -> Iterator[Guess]:
    """All guesses that could be tried on these points, in order of preference."""
    yield from _swapped(points, claim)
    yield from _logarithms(points)
    named, offsets = _offset(points, claim)
    yield from named
    factors = list(_factor(points))
    yield from factors
    slopes = list(_slopes(points))
    yield from (guess for guess in slopes if "wrong sign" in guess.words)
    yield from offsets
    yield from _corrections(points)
    yield from slopes


def _swapped(points: Seen, claim: Claim) -> Iterator[Guess]:
    """Two coordinates exchanged: by the formula itself, else by the mirrored points of the grid."""
    for a, b in combinations(points.varying(), 2):
        values = _exchanged(points, claim, a, b)
        if values is not None and not np.allclose(values, points.predicted, rtol=1e-6):
            words = f"{a} and {b} look swapped: with the two exchanged the prediction agrees"
            yield Guess(f"{words}; in which order do you pass them?", _fixed(values))


def _exchanged(points: Seen, claim: Claim, a: str, b: str) -> Array | None:
    if isinstance(claim.predict, Formula) and len(points.columns) == 1:
        swapped = claim.predict.swapped(a, b)
        assert claim.quantity is not None
        (view, *others) = claim.quantity.views
        if swapped is not None and not others:
            return np.asarray(swapped().values[view.column][view.index])
    rows = list(zip(*points.at.values(), strict=True))
    names = list(points.at)
    i, j = names.index(a), names.index(b)
    mirrored = [tuple(row[{i: j, j: i}.get(k, k)] for k in range(len(row))) for row in rows]
    if len(set(rows)) < len(rows) or not set(mirrored) <= set(rows):
        return None
    return points.predicted[[rows.index(row) for row in mirrored]]


def _logarithms(points: Seen) -> Iterator[Guess]:
    """A logarithm on one side only, or logarithms to two bases."""
    p, ask = points.predicted, "which side has the logarithm?"
    if (p > 0).all() and not points.positive:
        yield Guess(f"the measured values are the natural logarithm of your prediction: {ask}", _fixed(np.log(p)))
        yield Guess(f"the measured values are log10 of your prediction: {ask}", _fixed(np.log10(p)))
    if (np.abs(p) < 300).all():
        yield Guess(f"your prediction is the natural logarithm of the measured values: {ask}", _fixed(np.exp(p)))
        yield Guess(f"your prediction is log10 of the measured values: {ask}", _fixed(10.0**p))
    if not points.positive:
        ratio, error = _scale(points, points.measured), points.error(lambda row: _scale(points, row))
        natural = "a natural logarithm measured and one to base 10 predicted?"
        decimal = "a logarithm to base 10 measured and a natural one predicted?"
        binary = "a natural logarithm measured and one to base 2 predicted?"
        for value, name, words in ((LN10, "ln 10", natural), (1 / LN10, "1/ln 10", decimal), (LN2, "ln 2", binary)):
            if abs(ratio / value - 1) < 0.1:
                said = f"the measured values are {told(ratio, error)} times your prediction, about {name}: {words}"
                yield Guess(said, _fixed(value * p))


def _scale(points: Seen, measured: Array) -> float:
    """Factor between signed values, by least squares; between deviations from the mean if the quantity is blind."""
    p, m = points.predicted, measured
    if points.blind:
        p, m = p - p.mean(), m - m.mean()
    norm = float(p @ p)
    return float(m @ p) / norm if norm else math.nan


def _factor(points: Seen) -> Iterator[Guess]:
    """One constant factor between prediction and measurement; under the logarithm, where the column is one."""
    if points.blind:
        return

    def ratio(row: Array) -> float:
        if points.positive:
            return float(np.exp(np.mean(np.log(row / points.predicted))))
        return float(np.exp(np.mean(row - points.predicted))) if points.logged else _scale(points, row)

    def corrected(row: Array) -> Array:
        return points.predicted + np.log(ratio(row)) if points.logged else points.predicted * ratio(row)

    with np.errstate(all="ignore"):
        found, error = ratio(points.measured), float(points.error(ratio))
    if not (math.isfinite(found) and math.isfinite(error) and found != 0):
        return
    above, names = _names(abs(found), error)
    if names or len(np.unique(points.predicted)) >= 3:
        yield Guess(_of_factor(points, found, error, above, names), corrected, fitted=0 if len(names) == 1 else 1)


def _of_factor(points: Seen, ratio: float, error: float, above: bool, names: list[str]) -> str:
    """What a constant factor may mean."""
    inside = " inside the logarithm" if points.logged else ""
    found = f"measured/predicted = {told(ratio, error)}"
    differs = f"your prediction differs from the measurement by a constant factor{inside}, {found}: "
    if ratio < 0:
        return differs + "a wrong sign?"
    if not names:
        return f"exponent agrees, level does not: {found} at all points{inside}; is a prefactor missing?"
    if names == ["2"] and _is_loss(points):
        missing = "a missing factor 2, or a prediction of the loss with the 1/2?"
        return differs + (missing if above else "a factor 2 too many, or a measured loss with the 1/2?")
    plain = "a missing factor {}" if above else "a factor {} too many"
    return (
        differs + ", or ".join(f"{n}, {LOGARITHMS[n][1]}" if n in LOGARITHMS else plain.format(n) for n in names) + "?"
    )


def _is_loss(points: Seen) -> bool:
    return any(word in column for column in points.columns for word in ("loss", "error", "risk", "mse"))


def _names(ratio: float, error: float) -> tuple[bool, list[str]]:
    """Whether a factor is above one, and the one or two known constants within its error and 1 %, the nearest first."""
    above = ratio >= 1
    ratio, error = (ratio, error) if above else (1 / ratio, error / ratio**2)
    known = {**NAMED, **{name: value for name, (value, _) in LOGARITHMS.items()}}
    near = [name for name, value in known.items() if abs(ratio - value) <= 3.5 * error + SLACK * value]
    near.sort(key=lambda name: abs(ratio - known[name]))
    return above, near if len(near) <= 2 else []


def _offset(points: Seen, claim: Claim) -> tuple[list[Guess], list[Guess]]:
    """One additive constant, first if it is a known parameter or its square, else if three sizes share it."""
    p = points.predicted
    if points.logged:
        return [], []
    errors = points.error(lambda row: row)
    weights = 1 / np.maximum(errors, 1e-9 * np.abs(points.measured) + 1e-300) ** 2
    weights /= weights.sum()

    def constant(row: Array) -> float:
        return float(weights @ (row - p))

    found, error = constant(points.measured), float(points.error(constant))
    if not abs(found) > 5 * error:
        return [], []
    equal = _parameter(claim, abs(found), error)
    said = f"the constant {told(abs(found), error)}" + (f" = {equal}" if equal else "")
    words = (
        f"the prediction exceeds the measurement by {said}: does it include label noise while the measurement does not?"
        if found < 0
        else f"the measurement exceeds the prediction by {said}: does it include label noise, or an irreducible loss, "
        "while the prediction does not?"
    )
    guess = Guess(words, lambda row: p + constant(row), fitted=0 if equal else 1)
    enough = len(np.unique(p)) >= 3
    return ([guess] if equal else []), ([guess] if enough and not equal else [])


def _parameter(claim: Claim, value: float, error: float) -> str:
    """The noise of the experiment that equals a constant within its error and 1 %: ``label_noise² = 0.25``."""
    for experiment in claim.experiments.values():
        for name, parameter in experiment.parameters.items():
            if isinstance(parameter, int | float) and parameter and any(w in name for w in ("noise", "sigma", "floor")):
                for label, known in ((f"{name}²", float(parameter) ** 2), (name, float(parameter))):
                    if abs(value - known) <= 3.5 * error + SLACK * known:
                        return f"{label} = {number(known)}"
    return ""


def _corrections(points: Seen) -> Iterator[Guess]:
    """A relative gap that shrinks as a power of a size."""
    p = points.predicted
    for name, x in points.varying().items():
        order = np.argsort(x)
        small, large = order[0], order[-1]
        with np.errstate(all="ignore"):
            gaps = points.measured / p - 1
        if not np.isfinite(gaps).all() or len(np.unique(x)) < 3 or points.logged:
            continue
        for power in ORDERS:
            u = x**-power
            corrected = _corrected_by(points, u)
            gap = corrected(points.measured) / p - 1
            near, far = abs(float(gap[small])), abs(float(gap[large]))
            words = (
                f"the gap shrinks with {name}, from {100 * near:.2g} % at {x[small]:.6g} to {100 * far:.2g} % at "
                f"{x[large]:.6g}, about as {name}^−{power:g}: is it an asymptotic law, used at small sizes?"
            )
            yield Guess(words, corrected, fitted=1)


def _corrected_by(points: Seen, u: Array) -> Callable[[Array], Array]:
    """The prediction times 1 + a u, with a fitted; if the quantity is blind, times any constant as well."""
    p = points.predicted

    def corrected(row: Array) -> Array:
        ratio = row / p
        if points.blind:
            intercept, slope = np.linalg.lstsq(np.stack([np.ones_like(u), u], axis=1), ratio, rcond=None)[0]
            return np.asarray(p * (1 + slope / intercept * u))
        return np.asarray(p * (1 + u @ (ratio - 1) / (u @ u) * u))

    return corrected


def _slopes(points: Seen) -> Iterator[Guess]:
    """Another exponent in one of the sizes, at the same or at another level."""
    if not (points.positive or points.logged):
        return
    p = points.predicted if points.logged else np.log(points.predicted)
    for name, x in points.varying().items():
        if len(np.unique(x)) < 3:
            continue
        centred = np.log(x) - np.log(x).mean()
        design = np.stack([np.ones_like(centred), centred], axis=1)

        def fit(row: Array, design: Array = design) -> Array:
            gap = (row if points.logged else np.log(row)) - p
            return np.asarray(np.linalg.lstsq(design, gap, rcond=None)[0])

        def corrected(row: Array, design: Array = design, fit: Callable[[Array], Array] = fit) -> Array:
            moved = p + design @ fit(row)
            return moved if points.logged else np.exp(moved)

        (level, slope), (_, slope_error) = fit(points.measured), points.error(fit)
        if not abs(slope) > 5 * slope_error:
            continue
        predicted = -float(np.linalg.lstsq(design, p, rcond=None)[0][1])
        measured = predicted - slope
        crossing = float(np.exp(np.log(x).mean() - level / slope))
        exponents = (
            f"exponent in {name} measured {told(measured, slope_error)}, predicted {number(predicted, slope_error)}"
        )
        opposed = measured * predicted < 0 and min(abs(measured), abs(predicted)) > 5 * slope_error
        if abs(measured + predicted) <= 3.5 * slope_error + 0.1 * abs(predicted):
            words = f"{exponents}: an exponent with the wrong sign?"
        elif opposed:
            falls = ("measurement", "prediction") if measured > 0 else ("prediction", "measurement")
            words = f"{exponents}: the {falls[0]} falls where the {falls[1]} grows, an exponent with the wrong sign?"
        elif points.blind:
            words = f"{exponents}: {_other_power(name, measured, predicted)}?"
        elif x.min() <= crossing <= x.max():
            near = f"level agrees (near {name} = {crossing:.2g}), exponent does not"
            words = f"{near}: {exponents}; {_other_power(name, measured, predicted)}?"
        else:
            words = f"neither level nor exponent agrees: {exponents}; {_other_power(name, measured, predicted)}?"
        yield Guess(words, corrected, fitted=1 if points.blind else 2)


def _other_power(name: str, measured: float, predicted: float) -> str:
    """What two exponents that differ may mean: half, twice, or one power of the size more or less."""
    slack = 0.05 * abs(measured)
    meanings = [
        ("twice the exponent", predicted - 2 * measured),
        ("half the exponent", predicted - measured / 2),
        (f"a forgotten factor {name}", predicted - measured - 1),
        (f"a factor {name} too many", predicted - measured + 1),
    ]
    return " or ".join(words for words, off in meanings if abs(off) <= slack) or f"another power of {name}"


def _fixed(values: Array) -> Callable[[Array], Array]:
    return lambda _row: values
