"""Pictures of a paper's page as files of their own."""

from __future__ import annotations

import re

INK, PAPER = "#1c2126", "#ffffff"


def standalone(svg: str) -> str:
    """A picture that was drawn for a page as a file that needs no page: colours fixed, on white, with a size."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise ValueError(f"a picture needs a viewBox from 0 0, got {svg[:80]!r}; draw it with compare.figures.picture")
    width, height = (float(side) for side in box.groups())
    svg = re.sub(r"var\(--[\w-]+,([^)]*)\)", r"\1", svg).replace("currentColor", INK)
    end = svg.index(">") + 1
    size = f' width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}"'
    ground = f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>'
    return f"{svg[: end - 1]}{size}>\n{ground}{svg[end:]}\n"
