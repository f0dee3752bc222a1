"""The look that all figures share: sizes, colours, ticks, and names short enough to fit.

Colours are CSS variables with defaults (``--series-1`` to ``-6``, ``--muted``, ``--rule``, ``--band``)
and ``currentColor``, so that one picture serves light and dark pages.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from compare.formatting import MINUS
from compare.rule import N_BLOCKS

INTERVAL = 2.13
"""Standard errors of a 95 % interval at 15 degrees of freedom (16 blocks)."""
assert N_BLOCKS == 16
WIDTH, LEFT, RIGHT, TOP = 4.5, 0.66, 0.12, 0.3
"""Inches; the picture is scaled to the page, so this sets the size of the letters at 360 px."""
MAX_SERIES = 6
TEXT, RULE, MUTED, BAND = "#010203", "#020304", "#030405", "#040506"
SERIES = tuple(f"#0a0a0{k}" for k in range(1, MAX_SERIES + 1))
COLOURS = {TEXT: "currentColor", RULE: "var(--rule,#9994)", MUTED: "var(--muted,#808080)"} | {
    placeholder: f"var(--series-{k},{default})"
    for k, (placeholder, default) in enumerate(
        zip(SERIES, ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9"), strict=True), start=1
    )
}
COLOURS[BAND] = "var(--band,#009e73)"
"""What the placeholders given to matplotlib become in the page."""
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = (
    (0, (4, 2)), (0, (1.2, 1.5)), (0, (6, 1.5, 1.2, 1.5)), (0, (2, 2)), (0, (8, 3)),
    (0, (3, 1, 3, 4)), (0, (1, 4)), (0, (9, 2, 3, 2)),
)  # fmt: skip
CROSSES = ("x", "+", "1", "2", "*", "3", "4", "|")
"""Rivals at points that no line joins."""
SMALL = 9.4
"""Points: ticks, legends and names of parts."""
ROW = 0.36
"""Inches for one named part or rival."""
STYLE: dict[str, Any] = {
    "svg.fonttype": "none", "text.parse_math": False, "font.size": 9.8, "axes.unicode_minus": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "text.color": TEXT, "axes.labelcolor": TEXT,
    "xtick.color": TEXT, "ytick.color": TEXT, "axes.edgecolor": MUTED, "axes.linewidth": 0.6,
    "axes.titlesize": 9.8, "axes.titlelocation": "left", "axes.titlepad": 5.0, "axes.spines.top": False,
    "axes.spines.right": False, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "lines.linewidth": 1.2,
    "lines.markersize": 4.0, "legend.fontsize": SMALL,
}  # fmt: skip
Panel = tuple[float, float, Callable[[Axes], None]]
"""Height of the axes and of the space below them, in inches, and what draws into them."""


def ticks(axis: Any, low: float, high: float, log: bool, wanted: Sequence[float] | None = None) -> None:
    """Few round ticks with a light grid."""
    if wanted is not None:
        places = sorted(set(wanted))
    elif log:
        places = _logarithmic(low, high)
    else:
        places = list(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    places = [place for place in places if low <= place <= high]
    wide = len(places) > 1 and places[-1] >= 1e3 * places[0] > 0
    powers = log and bool(places) and (min(places) < (1e-3 if wide else 1e-4) or max(places) >= 1e5)
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: power(value) if powers else tick(value)))
    axis.grid(True, color=RULE, linewidth=0.5)


def _logarithmic(low: float, high: float) -> list[float]:
    """Between three and seven round places, from the coarsest grid that has three."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stride = max(1, -(-len(decades) // 6))
    for steps in ((1.0,), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)):
        anchored = [k for k in decades if k % stride == 0]
        places = [step * 10.0**k for k in anchored for step in steps if low <= step * 10.0**k <= high]
        if len(places) > 2 or stride > 1:
            return places
    return [
        place for place in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if place > 0
    ]  # fmt: skip


def tick(value: float) -> str:
    """Text of a tick: ``0.05``, ``2000``, ``10⁻⁷``, ``2·10⁵``."""
    exponent = int(f"{value:.6e}".partition("e")[2])
    if not value or -4 <= exponent < 5:
        return f"{value:.6g}".replace("-", MINUS)
    return power(value)


def power(value: float) -> str:
    """A number as mantissa and power of ten: ``10⁻⁷``, ``2·10⁵``."""
    mantissa, _, exponent = f"{value:.6e}".partition("e")
    ten = "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    lead = f"{float(mantissa):.4g}".replace("-", MINUS)
    return ten if lead == "1" else f"{lead}·{ten}"


def wrapped(name: str, width: int = 50, lines: int = 2) -> list[str]:
    """A name on a few lines."""
    return textwrap.wrap(name.replace(" = ", "\u00a0=\u00a0"), width, max_lines=lines, placeholder=" …") or [""]
