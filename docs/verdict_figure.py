"""Figure of docs/concepts.md: intervals against the margin, and one claim of the suite at its first three looks.

    python docs/verdict_figure.py          writes docs/verdict_rule.svg; simulates for a few seconds

The upper panel is a drawing, the lower one a run with the root seed of the recorded evidence.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.artist import Artist  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402
from sparse_figures import CLAIMS, COLOURS, save  # noqa: E402

from compare.experiment import Blocks  # noqa: E402
from compare.rule import AGREE_LEVEL, DISAGREE_LEVEL, draws_at, level_share, quantile  # noqa: E402
from compare.run import ROOT_SEED  # noqa: E402
from compare.trial import Trial  # noqa: E402
from compare.units import Unit, simulate  # noqa: E402
from compare.verdict import PartVerdict  # noqa: E402
from sim.streams import CHUNK  # noqa: E402

CLAIM, RIVAL, LOOKS = "dense_model_exponent[decay=1]", "5 % steeper", 3
BAND, AGREEMENT, DISAGREEMENT = COLOURS[2], COLOURS[0], COLOURS[1]
CASES = (
    ("agrees: blue lies inside", 0.15, 0.10, 0.12),
    ("disagrees: orange lies outside", 2.05, 0.10, 0.12),
    ("inconclusive: draw on", 0.85, 0.10, 0.12),
    ("inconclusive: the remainder is\ntoo large, draws do not help", 0.70, 0.02, 0.55),
)
"""Words, gap, standard error and allowance in margins."""
LAST_LOOK = level_share(7, 8)
BOTH = (quantile(AGREE_LEVEL * LAST_LOOK), quantile(DISAGREE_LEVEL * LAST_LOOK))
"""t_A and t_D at the last of eight looks."""
APART = 0.14
"""Half the distance of the two bars of a row."""


def looks() -> list[tuple[int, PartVerdict, PartVerdict]]:
    """Draws, and the claim and its rival as judged with them."""
    claim = CLAIMS[CLAIM]
    trial, (experiment,) = Trial(claim), claim.experiments.values()
    last = draws_at(LOOKS - 1) // CHUNK
    chunks = simulate(Unit.of(experiment, ROOT_SEED, 0, last, "cpu", False)).chunks
    found = []
    for look in range(LOOKS):
        trial.look({"": Blocks.of(chunks[: draws_at(look) // CHUNK])}, look)
        assert trial.own is not None, trial.error
        found.append((draws_at(look), trial.own.parts[0], trial.rivals[RIVAL].parts[0]))
    return found


def interval(axes: Axes, y: float, gap: float, noise: float, allowance: float, colour: str) -> None:
    """A gap with its noise as a bar, and the remainder as a pale piece at both ends."""
    for half, alpha in ((noise + allowance, 0.35), (noise, 1)):
        axes.barh(y, 2 * half, left=gap - half, height=0.22, color=colour, alpha=alpha, linewidth=0)
    axes.plot(gap, y, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=3)


def rows(axes: Axes, names: list[str], reach: tuple[float, float], title: str) -> None:
    """The margin as a band, and a name for every row."""
    axes.axvspan(-1, 1, color=BAND, alpha=0.15, linewidth=0, zorder=0)
    for edge in (-1, 1):
        axes.axvline(edge, color=BAND, linewidth=1)
    axes.axvline(0, color="#888", linewidth=0.6, linestyle=":")
    axes.set(xlim=reach, ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)))
    axes.set_yticklabels(names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_title(title, loc="left", fontsize=10)


def cases(axes: Axes) -> None:
    """What may happen at one look."""
    rows(axes, [name for name, *_ in CASES], (-1.6, 3.1), "One look")
    for y, (_, gap, s, b) in enumerate(CASES):
        for shift, t, colour in zip((-APART, APART), BOTH, (AGREEMENT, DISAGREEMENT), strict=True):
            interval(axes, y + shift, gap, t * s, b, colour)


def doubling(axes: Axes) -> None:
    """A claim and a rival on growing draws."""
    found = looks()
    names = [f"{draws} draws" for draws, *_ in found]
    rows(axes, names, (-5.1, 2.6), f"{CLAIM}\nblue: the theory, orange: the rival “{RIVAL}”")
    for y, (_, own, rival) in enumerate(found):
        spent = level_share(y, CLAIMS[CLAIM].n_looks)
        for part, level, colour, shift in (
            (own, AGREE_LEVEL, AGREEMENT, -APART),
            (rival, DISAGREE_LEVEL, DISAGREEMENT, APART),
        ):
            noise = quantile(level * spent) * part.stderr
            interval(axes, y + shift, *(number / part.margin for number in (part.gap, noise, part.allowance)), colour)
        if own.outcome == "agrees":
            axes.text(1.1, y - APART, "agrees", va="center", fontsize=8.5, color=AGREEMENT)
        if rival.outcome == "disagrees":
            axes.text(-3.25, y + APART, "rejected", va="center", ha="right", fontsize=8.5, color=DISAGREEMENT)
    axes.set_xlabel("gap, in margins")
    axes.legend(handles=key(), frameon=False, fontsize=8.5, ncols=3, loc="upper center", bbox_to_anchor=(0.3, -0.3))


def key() -> list[Artist]:
    """What the marks mean."""
    return [
        Patch(color=BAND, alpha=0.25, label="margin ±δ"),
        Line2D([], [], marker="o", linestyle="", color="white", markeredgecolor="black", label="gap θ"),
        Patch(color=AGREEMENT, label="± t_A s, for agreement"),
        Patch(color=DISAGREEMENT, label="± t_D s, for disagreement"),
        Patch(color="#666", alpha=0.35, label="± b, the theory's remainder"),
    ]


def verdict_rule() -> plt.Figure:
    """Both panels."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(6.3, 5.5), height_ratios=(4, 3))
    cases(above)
    doubling(below)
    return figure


if __name__ == "__main__":
    save({"verdict_rule": verdict_rule}, "")
