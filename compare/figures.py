"""The figure of a claim, as inline SVG: curves and points, their residuals, parts, rivals, the law.

The same verdict gives the same text.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from compare.figure_curves import curve_panels
from compare.figure_parts import judged_errors, law_panel, part_panel, rival_panel
from compare.figure_peaks import contest_panel, contests, own_heights, peak_marks
from compare.figure_points import curves_of
from compare.figure_style import COLOURS, LEFT, RIGHT, STYLE, TOP, WIDTH, Panel
from compare.formatting import number, plural, words
from compare.verdict import Verdict

MAX_PANELS = 3


def claim_figure(verdict: Verdict) -> str:
    """Inline SVG of one claim, or a paragraph that says why there is none."""
    panels = _panels(verdict)
    if not panels:
        why = "the claim could not be judged" if verdict.outcome == "error" else "there is nothing measured yet"
        return f'<p class="no-figure">No figure: {why}.</p>'
    height = sum(axes + below + TOP for axes, below, _ in panels)
    salt = hashlib.sha256(verdict.claim.name.encode()).hexdigest()[:8]

    def draw_all(figure: Figure) -> None:
        y = height
        for axes_height, below, draw in panels:
            y -= TOP + axes_height
            box = (LEFT / WIDTH, y / height, 1 - (LEFT + RIGHT) / WIDTH, axes_height / height)
            draw(figure.add_axes(box))
            y -= below

    return picture(f"f{salt}", figure_text(verdict), (WIDTH, height), draw_all)


def picture(name: str, label: str, size: tuple[float, float], draw: Callable[[Figure], None]) -> str:
    """Inline SVG of what ``draw`` puts on a figure of this size in inches; the same drawing gives the same text."""
    text = io.StringIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams
        settings.update(STYLE | {"svg.hashsalt": name})
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=size)
        draw(figure)
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(text, metadata={"Date": None, "Creator": None})
    return inline(text.getvalue(), f"{name}-", label)


def _panels(verdict: Verdict) -> list[Panel]:
    if verdict.outcome == "error":
        return []
    panels: list[Panel] = []
    for curves in [] if own_heights(verdict) else curves_of(verdict)[:MAX_PANELS]:
        panels += curve_panels(verdict, curves, partial(peak_marks, verdict))
    contested = contest_panel(verdict)
    panels += contested or strict_parts(verdict)
    panels += parts_in_margins(verdict)
    panels += rival_panel(verdict.rivals) if panels else []
    return panels + law_panel(verdict.law, alone=not panels)


def strict_parts(verdict: Verdict) -> list[Panel]:
    """Parts that must be above zero, in standard errors."""
    strict = [part for part in verdict.parts if not part.margin > 0]
    return part_panel(strict, "gap in standard errors (right of 0 is needed)", judged_errors(verdict))


def parts_in_margins(verdict: Verdict) -> list[Panel]:
    """Parts that have a margin, in its units."""
    parts = [part for part in verdict.parts if part.margin > 0]
    return part_panel(parts, "measured − predicted, in margins", judged_errors(verdict))


def figure_text(verdict: Verdict) -> str:
    """Words for those who do not see the figure."""
    said = []
    for curves in [] if own_heights(verdict) else curves_of(verdict):
        against = f" against {words(curves.x)}" if curves.x else ""
        known = "predicted and measured" if curves.known else "measured"
        said.append(f"{known} {words(curves.column)}{against} at {plural(len(curves.points), 'point')}")
    if contests(verdict):
        above = sum(part.outcome == "agrees" for part in verdict.parts)
        said.append(f"the predicted peak stands above {above} of {plural(len(verdict.parts), 'other point')}")
    elif verdict.parts:
        inside = sum(part.outcome == "agrees" for part in verdict.parts)
        said.append(f"{inside} of {plural(len(verdict.parts), 'part')} within the margin")
    if verdict.law is not None:
        said.append(
            f"the finite-size theory ends {number(verdict.law.deviation, digits=2)} from the law, "
            f"bound {number(verdict.law.bound, digits=2)}"
        )
    text = "; ".join(said) or "no figure"
    return text[:1].upper() + text[1:] + "."


def inline(svg: str, prefix: str, label: str) -> str:
    """Matplotlib's SVG made fit for a page with others: own ids, page's font and colours, nothing global."""
    svg = svg[svg.index("<svg") :]
    for block in (r"<!--.*?-->", r"<metadata>.*?</metadata>", r'<style type="text/css">.*?</style>'):
        svg = re.sub(block, "", svg, flags=re.S)
    svg = svg.replace("xlink:href=", "href=")
    wanted = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in wanted else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}", svg)
    svg = re.sub(r"font: (?:[a-z]+ )*([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    for placeholder, colour in COLOURS.items():
        svg = svg.replace(placeholder, colour)
    svg = re.sub(r' d="[^"]*"', _short, svg)
    box = re.search(r'viewBox="[^"]+"', svg)
    assert box is not None
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" {box[0]} role="img" '
        f'aria-label="{escape(label)}" font-family="sans-serif" stroke-linejoin="round">'
    )
    svg = re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
    svg = re.sub(r"<defs>\s*</defs>", "", svg)
    return re.sub(r"\s*\n\s*", "\n", svg).strip()


def _short(path: re.Match[str]) -> str:
    """Path data to a hundredth of a point."""
    return " " + re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s*\n\s*", " ", path[0]).strip()).replace(' "', '"')
