"""Figures that are drawn only when their verdict or their style has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from compare.claim import Claim
from compare.quantity import Quantity
from compare.shelf import Shelf
from compare.source import module_hash
from compare.verdict import Verdict

NOT_SHOWN = {"advice", "provenance", "seconds"}
"""Fields of a verdict that no figure shows."""


@cache
def _style(module: str) -> str:
    return module_hash(module, without=frozenset({"theory", "sim"}))


def identity(verdict: Verdict, module: str = "compare.figures") -> str:
    """Hash of everything that a figure of this module is made from."""
    told = [_told(verdict), _style(module), importlib.metadata.version("matplotlib")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def recalled_figure(verdict: Verdict, shelf: Shelf) -> str:
    """`compare.figures.claim_figure`, or the same text as it was drawn before."""

    def draw() -> bytes:
        from compare.figures import claim_figure  # matplotlib takes a second to load

        return claim_figure(verdict).encode()

    return draw().decode() if shelf.store is None else shelf.recalled(f"figure {identity(verdict)}", draw).decode()


def recalled_pictures(verdict: Verdict, shelf: Shelf) -> list[dict[str, str]]:
    """The pictures of a page of the site, each with title, caption and SVG, or the same as they were drawn before."""

    def draw() -> bytes:
        from compare.site.pictures import pictures, svg  # matplotlib takes a second to load

        drawn = [(one, svg(verdict, one, chr(ord("a") + k))) for k, one in enumerate(pictures(verdict))]
        return json.dumps([{"title": one.title, "caption": one.caption, "svg": text} for one, text in drawn]).encode()

    key = "" if shelf.store is None else f"pictures {identity(verdict, 'compare.site.pictures')}"
    found: list[dict[str, str]] = json.loads(shelf.recalled(key, draw))
    return found


def _told(value: Any) -> Any:
    """Values, dataclasses and quantities as JSON."""
    if isinstance(value, Claim):
        return [value.name, value.expect, value.cap, _told(value.margin), _told(value.quantity)]
    if isinstance(value, Quantity):
        return [type(value).__qualname__, _told(vars(value))]
    if is_dataclass(value):
        return [
            [field.name, _told(getattr(value, field.name))] for field in fields(value) if field.name not in NOT_SHOWN
        ]
    if isinstance(value, Mapping):
        return [[_told(key), _told(item)] for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [_told(item) for item in value]
    return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)
