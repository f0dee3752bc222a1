"""The decision page in Markdown and HTML, and as lines for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from compare import report
from compare.decision import Decision
from compare.formatting import SYMBOLS, plural
from compare.verdict import Verdict

CAVEATS = (
    "The models are linear students of linear teachers, or random ReLU features, with a known spectrum. None is a "
    "language model. A row says what follows from its assumptions; which of them hold for your data you must know.",
    "Exponents are limits. At a small budget the local exponent differs; D/N in the column “at this C” is of finite "
    "size for sparse features and decaying teachers, and a limit for dense features.",
    "“agrees” means that simulation and theory agree within a margin stated in advance, at the sizes simulated, which "
    "are far below those of practice.",
    "Where only the limits in N and D are on trial, adding them gives the exponents and not the constants: for the "
    "sparse base model at α = 1, η = 2 the sum has N* wrong by 15 %. Such rows give no D/N.",
    "For runs of your own fit a table with scaleproof parametric; the fitted form has the exponents of these rows "
    "where a = α and b is the data exponent.",
)
COLUMNS = ("model", "N ~ C^", "D ~ C^", "D/N ~ C^", "1/L ~ C^", "D/N", "exponents", "claims")


def lead(plan: Decision) -> str:
    """One sentence: how far the rows are apart."""
    found = [line for line in plan.lines if line.row.values is not None and line.row.ground != "measured"]
    sizes = sorted({line.exponents[0]: line.row.values[0] for line in found if line.row.values}.items(), key=_second)
    if len(sizes) == 1:
        return f"Under every assumption below N grows as C^({sizes[0][0]})."
    low, high = sizes[0][0], sizes[-1][0]
    return f"N grows as C^({low}) to C^({high}), depending on what is assumed of data, teacher and learner."


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def table(plan: Decision) -> list[tuple[str, ...]]:
    """Rows for the terminal, under `COLUMNS`."""
    return [
        (
            line.row.model,
            *line.exponents,
            line.ratio,
            (line.row.why and f"none: {line.row.why}") or line.ground,
            line.said,
        )
        for line in plan.lines
    ]


def write(plan: Decision, path: Path, address: Callable[[Verdict], str], command: str) -> None:
    """Write one page, Markdown or HTML by the ending of its name."""
    template = "decision.md" if path.suffix == ".md" else "decision.html"
    report.write(
        path,
        report.page(template).render(
            plan=plan, lead=lead(plan), caveats=CAVEATS, address=address, command=command, symbols=SYMBOLS,
            standing=report.standing,
        ),
    )  # fmt: skip


def closing(plan: Decision) -> str:
    """What stands behind the table."""
    verdicts = {verdict.claim.name: verdict for line in plan.lines for verdict in line.verdicts}
    agree = sum(verdict.outcome == "agrees" for verdict in verdicts.values())
    return f"{plural(len(verdicts), 'claim')} behind the table, {agree} agree; caveats are on the page"
