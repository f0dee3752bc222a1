"""What a claim costs, as its records tell."""

from __future__ import annotations

from pathlib import Path

from compare import records
from compare.claim import Claim
from compare.formatting import duration


def recorded(claim: Claim, folder: Path) -> str:
    """Time of the recorded draws of every experiment; then what the claim takes on one core, and at its cap.

    A record goes as far as the neediest of its claims went. Raises `compare.records.RecordError` for a damaged one.
    """
    told, expected, most = [], 0.0, 0.0
    experiments = [experiment for experiment in claim.experiments.values() if not experiment.elsewhere]
    for experiment in experiments:
        found = records.read(experiment, folder)
        if found is None:
            told.append("not recorded yet")
            continue
        told.append(f"{found['seconds']:g} s for {found['draws']} draws")
        per_draw = float(found["seconds"]) / int(found["draws"])
        expected += per_draw * min(int(found["draws"]), claim.cap)
        most += per_draw * claim.cap
    if not experiments:
        return "no simulation"
    text = "; ".join(told)
    if "not recorded yet" in told:
        return text
    bound = f", at most {duration(most)}" if round(most, 1) > round(expected, 1) else ""
    return f"{text}; expect {duration(expected)} on one core{bound}"
