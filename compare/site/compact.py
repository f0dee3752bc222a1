"""Inline SVG in a fifth of its size: styles as classes of its own, strokes joined, no empty groups, one decimal."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

FONTS = re.compile(r"font-family: [^;\"]*;?\s*")
DEFAULTS = ("stroke-dashoffset: 0", "opacity: 1", "text-anchor: start", "fill-opacity: 1")
PATH = re.compile(r'<path d="([^"]*)"(?: clip-path="url\(#([^)]*)\)")? class="([^"]*)"/>\n*')


def compact(svg: str, prefix: str, title: str, text: str) -> str:
    """The picture of `compare.figures.inline` with a title and a description, its styles shared.

    ``prefix``, a letter or two, begins the names of its classes and identifiers: several pictures share a page.
    """
    svg = FONTS.sub("", svg)
    svg = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", svg)
    svg = re.sub(r'(?<=[ "(,-])(\d+\.\d)\d+', r"\1", svg)
    svg = re.sub(r"(\d)\.0(?=[^\d])", r"\1", svg)
    svg = _renamed(svg, prefix)
    svg, sheet = _shared_styles(svg, prefix)
    svg = _joined(_without_empty_groups(svg), sheet)
    svg = re.sub(r' d="[^"]*"', lambda m: " d=" + re.sub(r" ?([MLCQz]) ?", r"\1", m[0][3:]), svg)
    svg = re.sub(r"\n+", "\n", svg)
    rules = "".join(f".{name}{{{style}}}" for name, style in sheet.items() if f'class="{name}"' in svg)
    head = (
        f'role="img" aria-labelledby="{prefix}t {prefix}d"><title id="{prefix}t">{escape(title)}</title>'
        f'<desc id="{prefix}d">{escape(text)}</desc><style>{rules}</style>'
    )
    return re.sub(r'role="img" aria-label="[^"]*"([^>]*)>', lambda m: m[1].strip() + " " + head, svg, count=1)


def _renamed(svg: str, prefix: str) -> str:
    """Identifiers in the order in which they are declared."""
    names = {name: f"{prefix}i{k}" for k, name in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', svg)))}
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{names[m[1]]}"', svg)
    return re.sub(r'(url\(#|href="#)([^")]+)', lambda m: m[1] + names.get(m[2], m[2]), svg)


def _shared_styles(svg: str, prefix: str) -> tuple[str, dict[str, str]]:
    """Every style attribute as a class, and what the classes say."""
    styles = Counter(_tidy(style) for style in re.findall(r'style="([^"]*)"', svg))
    names = {style: f"{prefix}{number}" for number, (style, _) in enumerate(styles.most_common())}
    changed = re.sub(r'style="([^"]*)"', lambda m: f'class="{names[_tidy(m[1])]}"', svg)
    return changed, {name: style for style, name in names.items()}


def _tidy(style: str) -> str:
    """Declarations without what is the default anyway and without spaces."""
    kept = [part.strip() for part in style.split(";") if part.strip() and part.strip() not in DEFAULTS]
    return ";".join(re.sub(r":\s+", ":", part) for part in kept)


def _joined(svg: str, sheet: dict[str, str]) -> str:
    """Strokes of one look and one clip as one path, where the first of them stood; invisible paths are left out.

    Paths of definitions stay as they are.
    """
    pieces = re.split(r"(<defs>.*?</defs>|<clipPath.*?</clipPath>)", svg, flags=re.S)
    strokes: dict[tuple[str, str], list[str]] = {}
    for piece in pieces[::2]:
        for data, clip, name in PATH.findall(piece):
            strokes.setdefault((clip, name), []).append(data)

    def replaced(match: re.Match[str]) -> str:
        clip, name = match[2] or "", match[3]
        if sheet[name] == "fill:none":
            return ""
        if not sheet[name].startswith("fill:none"):
            return match[0]
        together = strokes.pop((clip, name), [])
        clipped = f' clip-path="url(#{clip})"' if clip else ""
        return f'<path d="{" ".join(together)}"{clipped} class="{name}"/>\n' if together else ""

    return "".join(piece if k % 2 else PATH.sub(replaced, piece) for k, piece in enumerate(pieces))


def _without_empty_groups(svg: str) -> str:
    """Groups without attributes say nothing; their contents stay."""
    found: list[str] = []
    plain: list[bool] = []
    for piece in re.split(r"(<g(?: [^>]*)?>|</g>)", svg):
        if re.match(r"<g[ >]", piece):
            plain.append(piece == "<g>")
            found.append("" if plain[-1] else piece)
        elif piece == "</g>":
            found.append("" if plain.pop() else piece)
        else:
            found.append(piece)
    return re.sub(r"<defs>\s*</defs>", "", "".join(found))
