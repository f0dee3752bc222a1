"""Numbers and verdicts as short text, for the terminal and for reports alike."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from compare.quantity import Location, margin_of
from compare.verdict import Verdict

MINUS = "−"
NOTHING = "–"
"""Stands where there is no number."""
SYMBOLS = {"agrees": "✓", "disagrees": "✗", "inconclusive": "?", "error": "!"}
"""One sign per outcome, so that no table tells them apart by colour alone."""
PLAIN_EXPONENTS = range(-4, 6)
"""Powers of ten that are written without one."""


def _exponent(value: float) -> int:
    """Power of ten of the leading digit; 0 for 0."""
    return int(f"{abs(value):.0e}".partition("e")[2]) if value else 0


def _unusual(value: float) -> str:
    return "nan" if math.isnan(value) else (MINUS if value < 0 else "") + "∞"


def _scaled(value: float, power: int, decimals: int) -> str:
    text = f"{value / 10.0**power:.{decimals}f}".replace("-", MINUS)
    return text if text.strip(f"{MINUS}0.") else text.removeprefix(MINUS)  # no negative zero


def _ending(power: int) -> str:
    return f"e{power}".replace("-", MINUS) if power else ""


def _layout(value: float, error: float, digits: int) -> tuple[int, int, int]:
    """Power of ten to take out, decimals of the value, and power of ten of the error's first digit."""
    first = int(f"{error:.{digits - 1}e}".partition("e")[2])  # after rounding: 0.0999 is 0.10
    leading = max(_exponent(value), first)
    power = 0 if leading in PLAIN_EXPONENTS and first - digits < 3 else leading
    return power, max(0, digits - 1 - first + power), first


def with_error(value: float, error: float, digits: int = 2) -> str:
    """Value with its standard error in brackets, in units of the last place: ``1.2345(12)``.

    An error with a decimal point is in plain units: ``12.3(1.5)``. Without an error six significant digits.
    """
    if not math.isfinite(value) or error == 0:
        return number(value, digits=6)
    if not math.isfinite(error):
        return f"{number(value)}({_unusual(error)})"
    power, decimals, first = _layout(value, error, digits)
    in_units = first >= power  # the error reaches the units
    bracket = _scaled(error, power, decimals) if in_units else f"{error / 10.0 ** (power - decimals):.0f}"
    return f"{_scaled(value, power, decimals)}({bracket}){_ending(power)}"


def number(value: float, error: float = 0.0, digits: int = 4) -> str:
    """Value rounded where its error begins, else to significant digits: ``0.3350``, ``1.2e−7``."""
    if not math.isfinite(value):
        return _unusual(value)
    if error and math.isfinite(error):
        power, decimals, _ = _layout(value, error, 2)
    else:
        leading = int(f"{value:.{digits - 1}e}".partition("e")[2]) if value else 0
        power = 0 if leading in PLAIN_EXPONENTS else leading
        decimals = max(0, digits - 1 - leading + power)
    text = _scaled(value, power, decimals)
    if not error and "." in text and (value == 0 or float(value).is_integer()):
        text = text.rstrip("0").rstrip(".")
    return text + _ending(power)


def declared(value: float) -> str:
    """Value that somebody chose, as it was written: ``0.02``, ``1e−6``."""
    if not math.isfinite(value):
        return _unusual(value)
    digits, e, exponent = f"{value + 0.0:.6g}".partition("e")
    return f"{digits}{e}{int(exponent) if e else ''}".replace("-", MINUS)


def signed(value: float, error: float = 0.0, digits: int = 2) -> str:
    """Gap with its sign, rounded where its error begins: ``+0.0012``."""
    text = number(value, error, digits)
    return f"+{text}" if value >= 0 and text.strip("0.") else text


def plus_minus(value: float, digits: int = 2) -> str:
    """Symmetric bound: ``±0.010``."""
    return f"±{number(value, digits=digits)}"


def percent(value: float, error: float = 0.0) -> str:
    """Relative change with its sign: ``−0.32 %``."""
    return f"{signed(100 * value, 100 * error)} %" if math.isfinite(value) else _unusual(value)


def duration(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``2 min 11 s``, ``3 h 05 min``."""
    if not math.isfinite(seconds) or seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def plural(count: int, noun: str) -> str:
    """``1 claim``, ``2 claims``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def summary(verdicts: Sequence[Verdict], scope: str = "") -> str:
    """``14 claims, all as expected: 14 agree · 39 of 39 rivals rejected``; ``scope`` tells what claims these are.

    Where a rival is left standing the suite is not as it should be, and the line says so at its beginning.
    """
    if not verdicts:
        return "no claims"
    unexpected = sum(not verdict.as_expected for verdict in verdicts)
    left = sum(len(verdict.rivals) - verdict.rivals_rejected for verdict in verdicts)
    but = f", but {plural(left, 'rival')} not rejected" if left else ""
    standing = f"{unexpected} not as expected" if unexpected else f"all as expected{but}"
    spelled = {"agrees": ("agrees", "agree"), "disagrees": ("disagrees", "disagree")}
    counts = []
    for outcome in SYMBOLS:
        n = sum(verdict.outcome == outcome for verdict in verdicts)
        if n:
            word = spelled.get(outcome, ("inconclusive",) * 2 if outcome == "inconclusive" else ("error", "errors"))
            counts.append(f"{n} {word[n != 1]}")
    untried = sum(verdict.n_rivals for verdict in verdicts if verdict.outcome == "error")
    if untried:
        counts[-1] += f" with {plural(untried, 'rival')} not tried"  # errors are counted last
    rejected = sum(verdict.rivals_rejected for verdict in verdicts)
    rivals = sum(verdict.n_rivals for verdict in verdicts)
    claims = plural(len(verdicts), "claim") + (f" ({scope})" if scope else "")
    return f"{claims}, {standing}: {', '.join(counts)} · {rejected} of {rivals} rivals rejected"


def distance(verdict: Verdict) -> str:
    """How far the refuted part that lies farthest is off, in margins: ``level is 1.69(8) margins off``."""
    refuted = [part for part in verdict.parts if part.outcome == "disagrees" and part.margin > 0]
    if not refuted:
        return ""
    far = max(refuted, key=lambda part: abs(part.gap) / part.margin)
    return f"{far.name} is {with_error(abs(far.gap) / far.margin, far.stderr / far.margin)} margins off"


class Headline(NamedTuple):
    """What one line of a table says about a claim."""

    part: str
    predicted: str
    measured: str
    gap: str
    reach: str


def headline(verdict: Verdict) -> Headline:
    """First part that decided the verdict; for a peak its location, for a law alone its deviation.

    Parts that are logarithms are shown as values, their gap and reach as relative changes.
    """
    claim, law = verdict.claim, verdict.law
    if verdict.outcome == "error" or not (verdict.parts or law):
        return Headline("", NOTHING, NOTHING, NOTHING, NOTHING)
    if law is not None and (not verdict.parts or law.outcome == verdict.outcome != verdict.parts[0].outcome):
        inside = f"within {number(law.deviation, digits=2)}"
        return Headline("law", shortened(law.law), inside, number(law.deviation, digits=2), f"±{declared(law.bound)}")
    part = next((part for part in verdict.parts if part.outcome == verdict.outcome), verdict.parts[0])
    location = peak_location(verdict)
    if location is not None:
        away, width = location.measured - location.predicted, margin_of(claim.margin, "peak")
        place = f"location [{location.label}]" if location.label else "location"
        return Headline(
            place,
            number(location.predicted),
            number(location.measured),
            signed(away, digits=4),
            f"±{declared(width)}",
        )
    if is_logarithm(part.name):
        predicted, measured = math.exp(min(part.predicted, 700)), math.exp(min(part.measured, 700))
        return Headline(
            part.name,
            number(predicted, predicted * part.stderr),
            with_error(measured, measured * part.stderr),
            percent(math.expm1(min(part.gap, 700)), part.stderr),
            percent(math.expm1(min(part.reach, 700))).replace("+", "±") if math.isfinite(part.reach) else NOTHING,
        )
    measured_text = with_error(part.measured, part.stderr)
    gap = signed(part.gap, part.stderr)
    return Headline(part.name, number(part.predicted, part.stderr), measured_text, gap, plus_minus(part.reach))


def shortened(law: str) -> str:
    """Digits of a law's values cut to eight significant ones."""
    return ", ".join(f"{float(x):.8g}".replace("-", MINUS) if _is_float(x) else x for x in law.split(", "))


def _is_float(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def is_logarithm(name: str) -> bool:
    """Whether a part is the logarithm of what a reader wants to see, so that its gap is a relative error."""
    return name.partition(" [")[0].rpartition(": ")[2].startswith(("log ", "level", "location"))


def peak_location(verdict: Verdict) -> Location | None:
    """Of the places that a verdict tells, the one farthest from its prediction."""
    return max(verdict.locations, key=lambda place: abs(place.measured - place.predicted), default=None)


def words(name: str) -> str:
    """Names of code as a reader says them: ``features = 16, samples = 32`` for ``n_features=16, n_samples=32``."""
    text = re.sub(r"\bn_(?=[a-z])", "", name)
    text = text.replace("_minus_", f" {MINUS} ").replace("_plus_", " + ")
    text = re.sub(r"(?<=\w)_(?=\w)", " ", text)
    return re.sub(r"(?<=\w)=(?=\S)", " = ", text)
