"""The bank: twelve recipes and two windows of widths, written down before any of its networks was trained.

Three starts, two rates each, trained on 16 Gauss-Legendre nodes or on fresh batches of 32 points; otherwise alike:
SiLU, Adam, rate decaying to 0 as a cosine over 6000 steps, y = x² on [−2, 2].
"""

from __future__ import annotations

from typing import Any

WIDTHS = (8, 16, 32, 64, 128, 256)
WINDOWS = {"all widths": WIDTHS, "from 32 on": WIDTHS[2:]}
"""Both are always reported."""
RATES = {"standard": (0.001, 0.003), "ntk": (0.003, 0.01), "mean_field": (0.01, 0.03)}
DATA = {"nodes": {"n_nodes": 16}, "batches": {"batch": 32}}
BANK: dict[str, dict[str, Any]] = {
    f"{start},{rate},{data}": {"start": start, "rate": rate, "n_steps": 6000, **points}
    for start, rates in RATES.items()
    for rate in rates
    for data, points in DATA.items()
}
STANDARD = ("standard,0.003,nodes", "mean_field,0.03,nodes", "ntk,0.01,nodes")
"""Recipes tried on every run of the suite."""
FULL = ("standard,0.001,batches",)
"""Tried in the full tier beside these; fresh batches take three times as long."""
GATE = 0.25
"""A recipe reproduces the exponent 1 if that of the median over all widths is so near to it."""
