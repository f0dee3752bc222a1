"""The measured error rates as a page in the words of a theorist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compare.calibration.findings import percent, share

POINTS = (0, 0.5, 1, 1.5, 2, 3)


def span(rate: Mapping[str, Any]) -> str:
    """``1.2 % [0.6, 2.1]``: a rate and its limits in per cent."""
    low, high = rate["limits"]
    return f"{percent(share(rate))} [{100 * low:.3g}, {100 * high:.3g}]"


def worst(figures: Mapping[str, Any], offsets: Sequence[float], outcome: str, *, largest: bool) -> str:
    """The rate at the side where it is worst; a dash where no offset was tried."""
    rates = [row[outcome] for row in figures["offsets"] if row["offset"] in offsets]
    if not rates:
        return "–"
    return span((max if largest else min)(rates, key=share))


def summary(entry: Mapping[str, Any], figures: Mapping[str, Any]) -> list[str]:
    """The cells of one row: coverage, true theories, theories off by 1, 1.5, 2 and 3 margins, draws, cost."""
    sides = entry["wrong_at"]
    zero = next(row for row in figures["offsets"] if row["offset"] == 0)
    alarm = worst(figures, sides, "disagrees", largest=True) if entry["refutable_from"] >= 1 else "rejection is right"
    return [
        span(figures["coverage"]["cap"]),
        span(zero["agrees"]),
        span(zero["disagrees"]),
        worst(figures, sides, "agrees", largest=True),
        alarm,
        *(worst(figures, [far * side for side in sides], "disagrees", largest=False) for far in (1.5, 2, 3)),
        f"{zero['draws']:.2f}",
        f"{figures['cost_over_oracle']:.2f}",
    ]


HEAD = (
    "coverage",
    "true: agrees",
    "true: disagrees",
    "off by the margin: agrees",
    "off by the margin: disagrees",
    "off by 1.5: disagrees",
    "off by 2: disagrees",
    "off by 3: disagrees",
    "draws",
    "cost",
)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, words to the left and numbers to the right."""
    words = 1 if head[1] != "draws from" else 2
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def markdown(document: Mapping[str, Any]) -> str:
    """The page of one document of `compare.calibration.judge`."""
    kinds = document["kinds"]
    lines = [
        "## How often the judge is right",
        "",
        f"Claims whose truth is known, size {document['size']}, at most {document['cap']} draws in "
        f"{document['looks']} looks, seed {document['seed']}. The margin is ten standard errors at the cap, more where "
        "several parts share a level or the error grows towards the margin, so that the reach is always 1.96 margins. "
        "Brackets hold 95 % Clopper-Pearson limits in per cent.",
        "",
        "*True* is a theory without error; *off by* is its deviation in margins, the worse of both signs. *Coverage* "
        "is that of the 95 % interval at the cap. *Draws* is the mean number until the verdict on a true theory, as a "
        "share of the cap; *cost* is that number over the smallest single look at which a judge who knows the "
        "standard error would pass a true theory with probability 99.99 %.",
        "",
        "### Every kind of quantity, all draws together",
        "",
        *table(("quantity", *HEAD), [[entry["kind"], *summary(entry, entry["pooled"])] for entry in kinds]),
        "",
        "What a deviation is:",
        "",
        *(f"- {entry['kind']}: {entry['meaning_of_offset']}." for entry in kinds),
        "",
        "### Operating curve",
        "",
        "Agrees / disagrees in per cent, the mean of both signs where there are two.",
        "",
        *table(("quantity", *(f"off by {point:g}" for point in POINTS)), [_curve(entry) for entry in kinds]),
        "",
        "### Each kind on each law of draws",
        "",
        *table(
            ("quantity", "draws from", *HEAD),
            [[entry["kind"], bed["bed"], *summary(entry, bed)] for entry in kinds for bed in entry["beds"]],
        ),
        "",
        "### Findings",
        "",
        *_said(document["findings"], "No limit excludes what the judge promises."),
        "",
        "Not shown to be met, for want of runs:",
        "",
        *_said(document["not_shown"], "Nothing."),
    ]
    return "\n".join(lines) + "\n"


def _said(sentences: Sequence[str], otherwise: str) -> list[str]:
    return [f"- {sentence}" for sentence in sentences] or [otherwise]


def _curve(entry: Mapping[str, Any]) -> list[str]:
    cells = [entry["kind"]]
    for point in POINTS:
        sides = {point, -point} if -1.0 in entry["wrong_at"] else {point}
        rows = [row for row in entry["pooled"]["offsets"] if row["offset"] in sides]
        both = [sum(share(row[outcome]) for row in rows) / len(rows) for outcome in ("agrees", "disagrees")]
        cells.append(" / ".join(f"{100 * rate:.3g}" for rate in both))
    return cells
