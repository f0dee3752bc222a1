"""The kinds of quantity on trial, each a shipped quantity with true column means and theories off by known amounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import optimize

from compare.bound import Bound
from compare.calibration.beds import POWER_SIZES, RATE_SIZES
from compare.calibration.case import ONE_SIDED, OPEN, Kind
from compare.calibration.typical import MEDIAN_SIZES
from compare.cumulant import Cumulant, CumulantExponent
from compare.curve import Curve
from compare.estimate import Means
from compare.experiment import Array
from compare.extrema import Frontier, Optimum, Peak
from compare.median import Medians
from compare.quantity import Exponent, Level, Margin, Quantity, Ratio, Value, slope_weights
from compare.rate import Rate
from compare.remainder import declared_remainder
from compare.vertex import SmoothPeak
from theory.prediction import Prediction

SIZES = np.array([8.0, 12.0, 16.0, 24.0, 32.0, 48.0])
FALL = 1 / SIZES
"""A curve of exponent 1."""
SWEEP = np.geomspace(4, 256, 7)
VALLEY = np.exp(0.15 * np.log(SWEEP / 32) ** 2 + 0.02 * np.log(SWEEP / 32) ** 3)
COMPUTE = np.repeat([1e2, 1e4, 1e6], 6)
WIDTHS = np.tile(np.geomspace(1 / 8, 8, 6), 3) * np.sqrt(COMPUTE)
FRONTIER = COMPUTE**-0.3 * np.exp(0.15 * np.log(WIDTHS / np.sqrt(COMPUTE)) ** 2)
PEAK_SIZES = np.array([26.0, 28.0, 30.0, 32.0, 34.0, 36.0, 38.0])
PLACE, OTHER = 3, 4
LEARNERS = np.array([0.01, 0.1, 1.0, 10.0])
SLACK = np.array([0.0, 2.0, 4.0, 8.0])
"""Distance of the learners from the true bound, in margins: one attains it."""
REMAINDER_ORDER, REMAINDER = 1.0, 0.2
"""Order of the declared remainder of a limit, and its allowance in margins."""
AWAY = "measured minus predicted, in margins"


def scaled(truth: Array, column: str = "x") -> Callable[[Array, float, float], Means]:
    """Columns truth · noise."""
    return lambda noise, *_: {column: truth * noise[..., : len(truth)]}


def as_drawn(noise: Array, shift: float, margin: float) -> Means:
    """The columns of the bed itself."""
    del shift, margin
    return {"x": noise}


def plain(name: str, quantity: Quantity, truth: Array, part: int = 0) -> Kind:
    """A kind on relative noise, of which one part is on trial, predicted by name."""
    margins: Callable[[float], Margin] = float
    if len(quantity.names) > 1:
        margins = only(quantity.names, part)
    return Kind(name, AWAY, "relative", quantity, scaled(truth), parts=(part,), margins=margins)


def only(names: Sequence[str], part: int) -> Callable[[float], Mapping[str, float]]:
    """Margins that put one part on trial."""
    return lambda margin: {name: margin if k == part else OPEN for k, name in enumerate(names)}


def curve(name: str, meaning: str, pattern: Array, part: int, cover: float) -> Kind:
    """One part of a curve; log(measured/predicted) = shift · pattern."""
    quantity = Curve("x", ("size",), size=SIZES)
    norm = None
    if part == 2:  # the noisiest direction, which a plan must reckon with
        norm = lambda covariance: float(np.linalg.eigvalsh(covariance[: len(SIZES), : len(SIZES)])[-1] / len(SIZES))  # noqa: E731
    return Kind(
        name,
        meaning,
        "relative",
        quantity,
        scaled(FALL),
        lambda shift, _: Prediction({"x": FALL * np.exp(-shift * pattern)}),
        parts=(part,),
        margins=only(quantity.names, part),
        cover=cover,
        norm=norm,
    )


def limit() -> Kind:
    """The exponent of a limit whose true remainder is as large as declared and all on one side."""
    weights = slope_weights(SIZES)

    def bound(margin: float) -> float:
        def excess(bound: float) -> float:
            return declared_remainder(SIZES, bound, REMAINDER_ORDER) - REMAINDER * margin

        return float(optimize.brentq(excess, 0.0, 0.999 * SIZES.min(), xtol=1e-14))

    def columns(noise: Array, shift: float, margin: float) -> Means:
        del shift
        largest = bound(margin) / SIZES**REMAINDER_ORDER
        sides = [np.log1p(sign * np.sign(weights) * largest) for sign in (1, -1)]
        worst = max(sides, key=lambda remainder: float(abs(weights @ remainder)))
        return {"x": np.asarray(FALL * np.exp(worst) * noise[..., : len(SIZES)])}

    quantity = Exponent("x", size=SIZES)
    meaning = AWAY + "; the true remainder adds the whole allowance (a fifth of the margin), so it hides a theory "
    return Kind(
        "exponent of a limit",
        meaning + "that is too high (+) and worsens one that is too low (-)",
        "relative",
        quantity,
        columns,
        lambda shift, margin: Prediction({"exponent": np.array(1 - shift)}, {"exponent": np.array(REMAINDER * margin)}),
        allowance=REMAINDER,
    )


def singular_peak() -> Kind:
    """Contrasts of a log column; the next place but one rises with the offset."""

    def columns(noise: Array, shift: float, margin: float) -> Means:
        heights = np.full(len(PEAK_SIZES), -3 * margin)
        heights[[PLACE, OTHER]] = 0.0, shift - margin
        return {"x": heights + noise[..., : len(PEAK_SIZES)] - 1}

    return Kind(
        "singular peak",
        "0: the predicted peak is higher than the next place by ten standard errors; 1: as high; 2: lower by ten",
        "relative",
        Peak("x", size=PEAK_SIZES),
        columns,
        lambda *_: Prediction({"peak": PEAK_SIZES[PLACE]}),
        parts=(3, 0, 1, 2, 4, 5),
        margins=lambda _: 1.0,
        offsets=(0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
        moving=True,
    )


def panel(name: str, strict: bool) -> Kind:
    """A lower bound over four learners, one of which attains it."""

    def columns(noise: Array, shift: float, margin: float) -> Means:
        del shift
        return {"x": np.exp(SLACK * margin) * noise[..., : len(LEARNERS)]}

    quantity = Bound("x", strict=strict, ridge=LEARNERS)
    meaning = "the bound is too high by this many margins; four learners, one attains the true bound"
    if strict:
        meaning += "; exact theorems: any positive offset may be refuted"
    return Kind(
        name,
        meaning,
        "relative",
        quantity,
        columns,
        lambda shift, _: Prediction({"x": np.full(len(LEARNERS), np.exp(shift))}),
        parts=(0, 1, 2, 3),
        offsets=ONE_SIDED,
        right_until=0.0 if strict else 1.0,
        norm=lambda covariance: float(np.diag(covariance)[: len(LEARNERS)].max()),
    )


def conditional() -> Kind:
    """A law in terms of another column of the same draws."""
    half, factors = len(SIZES), np.linspace(1.1, 2.0, len(SIZES))

    def columns(noise: Array, shift: float, margin: float) -> Means:
        del shift, margin
        return {"g": FALL * noise[..., half : 2 * half], "x": factors * FALL * noise[..., :half]}

    def law(shift: float, margin: float) -> Callable[[Means], Prediction]:
        del margin
        return lambda given: Prediction({"x": np.exp(-shift) * factors * given["g"]})

    quantity = Level("x", size=SIZES)
    return Kind("conditional law", AWAY, "relative", quantity, columns, law, given=("g",))


def alternating() -> Array:
    """A pattern of signs over SIZES without level or slope, of mean square one."""
    x = np.log(SIZES) - np.log(SIZES).mean()
    signs = (-1.0) ** np.arange(len(SIZES))
    signs -= signs.mean()
    signs -= (signs @ x) / (x @ x) * x
    return np.asarray(signs / np.sqrt(np.mean(signs**2)))


def kinds() -> list[Kind]:
    """Every kind, in the order of the page."""
    one = [0] * len(SWEEP)
    places = {part: Optimum("x", group="one", parts=(part,), size=SWEEP, one=one) for part in ("location", "level")}
    frontier = Frontier("x", compute=COMPUTE, n_features=WIDTHS)
    rate, share = Rate("x", size=RATE_SIZES), Value("x", level=(1.0,))
    skewness = Cumulant({3: "x"}, 3, n=POWER_SIZES[2:3], points=[2])
    fall = CumulantExponent({3: "x"}, 3, n=POWER_SIZES)
    centred = np.log(SIZES) - np.log(SIZES).mean()
    shape = "root-mean-square deviation in margins, ten standard errors of the noisiest direction; the sign is that of "
    return [
        plain("value", Value("x", size=SIZES[:1]), FALL[:1]),
        plain("level", Level("x", size=SIZES), FALL),
        plain("exponent", Exponent("x", size=SIZES), FALL),
        plain("ratio", Ratio("x", [(0, 5)], size=SIZES), FALL),
        curve("slope of a curve", AWAY, centred, 1, 0.0),
        curve("shape, alternating", shape + "the pattern", alternating(), 2, 1.0),
        curve("shape, all points together", shape + "all points", np.ones(len(SIZES)), 2, 1.0),
        limit(),
        plain("optimum, location", places["location"], VALLEY),
        plain("optimum, level", places["level"], VALLEY),
        plain("frontier, size exponent", frontier, FRONTIER, 0),
        plain("frontier, loss exponent", frontier, FRONTIER, 1),
        singular_peak(),
        plain("smooth peak", SmoothPeak("x", centre=32, half_width=2.1, size=SWEEP), 1 / VALLEY),
        panel("bound", strict=False),
        panel("strict bound", strict=True),
        conditional(),
        Kind("rate", AWAY, "rate", rate, as_drawn),
        Kind("share of indicators", AWAY, "share", share, as_drawn),
        Kind("skewness", AWAY, "power", skewness, as_drawn, cover=1.0),
        Kind("exponent of skewness", AWAY, "power", fall, as_drawn),
        Kind("median", AWAY, "median", Medians(Value("x", points=[0], size=MEDIAN_SIZES[:1])), as_drawn, first_look=2),
        Kind("exponent of medians", AWAY, "median", Medians(Exponent("x", size=MEDIAN_SIZES)), as_drawn, first_look=2),
    ]
