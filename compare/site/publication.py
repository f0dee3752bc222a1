"""The figure of every claim as PDF and SVG, fit for print: plain colours, embedded type, the same bytes every time."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from compare.figure_style import BAND, MUTED, RULE, SERIES, STYLE, TEXT, WIDTH
from compare.site.names import file_names
from compare.site.pictures import Picture, pictures
from compare.verdict import Verdict

PLAIN = {TEXT: "#000000", RULE: "#d9d9d9", MUTED: "#6b6b6b", BAND: "#009e73"} | dict(
    zip(SERIES, ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9"), strict=True)
)
"""Colours on white paper for the placeholders of `compare.figure_style`."""
SETTINGS = {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "scaleproof"}
KINDS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def write_figures(verdicts: Sequence[Verdict], folder: Path) -> list[Path]:
    """Write NAME.pdf and NAME.svg of every claim that has something to show; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names([verdict.claim.name for verdict in verdicts], suffix="")
    written = []
    for verdict in verdicts:
        found = pictures(verdict)
        if not found:
            continue
        panels = [panel for one in found for panel in one.panels]
        whole = Picture("all", verdict.claim.name, "", found[0].text, panels)
        for suffix in (".pdf", ".svg"):
            path = folder / (names[verdict.claim.name] + suffix)
            _save(whole, path)
            written.append(path)
    return written


def _save(whole: Picture, path: Path) -> None:
    """One figure as one file, put in place only when it is complete."""
    partial = path.with_name(f".{path.name}")
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams
        settings.update(STYLE | SETTINGS)
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=(WIDTH, whole.height))
        whole.draw(figure)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()  # ticks exist only once they are drawn
        paint(figure)
        try:
            with partial.open("wb") as file:
                if path.suffix == ".pdf":
                    pdf: Any = FigureCanvasPdf(figure)
                    pdf.print_pdf(file, metadata={"CreationDate": None, "Creator": None, "Producer": None})
                else:
                    svg: Any = FigureCanvasSVG(figure)
                    svg.print_svg(
                        file, metadata={"Date": None, "Creator": None, "Title": whole.title, "Description": whole.text}
                    )
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def paint(figure: Figure) -> None:
    """Put plain colours in the place of the placeholders, with the transparency that each had."""
    for artist in figure.findobj():
        for kind in KINDS:
            get, put = getattr(artist, f"get_{kind}", None), getattr(artist, f"set_{kind}", None)
            if get is None or put is None:
                continue
            had = get()
            if isinstance(had, np.ndarray) and had.ndim == 2:
                put([_painted(row) for row in had])
            elif had is not None and not isinstance(had, list):
                put(_painted(had))


def _painted(colour: Any) -> Any:
    if isinstance(colour, str) and colour in ("none", "auto"):
        return colour
    *_, alpha = to_rgba(colour)
    plain = PLAIN.get(to_hex(colour))
    return colour if plain is None else to_rgba(plain, alpha)
