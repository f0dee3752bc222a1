"""From the JSON of pytest-benchmark to a table of ratios.

``python -m tests.benchmarks.summary RAW.json [RAW.json ...] --to FOLDER`` writes FOLDER/bench.json (or, with
``--reference``, the tier's part of FOLDER/benchmarks.json, and FOLDER/benchmarks.md) and prints the table.
Only ratios within one group of one run mean anything: seconds are not written.
"""

import argparse
import json
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HEAD = ("group", "baseline", "candidate", "ratio", "goal", "met", "equality", "% of dgemm", "note")


def seconds(bench):
    """Median CPU time, a part of the cells or of the draws scaled to the whole."""
    return bench["stats"]["median"] * bench["extra_info"].get("scale", 1)


def name(bench):
    """The route of a benchmark, the part in brackets of the test's name."""
    found = re.search(r"\[(.*?)-?\]$", bench["name"])
    return found.group(1) if found else bench["name"]


def rows(benchmarks):
    """One row per baseline of each group, or one for a candidate measured against dgemm alone."""
    found = []
    groups = {}
    for bench in benchmarks:
        groups.setdefault(bench["group"], []).append(bench)
    for group, members in groups.items():
        by_role = {role: [b for b in members if b["extra_info"].get("role") == role] for role in
                   ("baseline", "candidate", "dgemm")}  # fmt: skip
        for candidate in by_role["candidate"]:
            info, percent = candidate["extra_info"], None
            if by_role["dgemm"] and info.get("flops"):
                product = by_role["dgemm"][0]
                peak = product["extra_info"]["flops"] / product["stats"]["median"]
                percent = round(100 * info["flops"] / candidate["stats"]["median"] / peak, 1)
            common = {"group": group, "candidate": name(candidate), "percent_of_dgemm": percent}
            notes = [info.get("note", "")]
            notes += [f"peak memory {info['peak_GiB']} GiB"] if "peak_GiB" in info else []
            if percent is not None and info.get("share"):
                row = {"baseline": "dgemm", "ratio": None, "goal": f"{info['share']} % of dgemm"}
                found.append(common | row | {"met": percent >= info["share"], "equality": None, "note": ""})
            for baseline in by_role["baseline"]:
                ratio, goal = seconds(baseline) / seconds(candidate), baseline["extra_info"].get("goal")
                equal = [b["extra_info"].get("equality") for b in (candidate, baseline)]
                row = {
                    "baseline": name(baseline),
                    "ratio": float(f"{ratio:.3g}"),
                    "goal": goal,
                    "met": None if goal is None else ratio >= goal,
                    "equality": next((value for value in equal if value is not None), None),
                    "note": "; ".join(filter(None, [*notes, baseline["extra_info"].get("note", "")])),
                }
                found.append(common | row)
    return found


def installed(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def document(raws):
    """Rows with the machine they were measured on."""
    benchmarks = [bench for raw in raws for bench in raw["benchmarks"]]
    libraries = sorted({line for b in benchmarks for line in b["extra_info"].get("libraries", [])})
    packages = ("numpy", "scipy", "torch", "scikit-learn", "mpmath", "python-flint")
    return {
        "tier": next((b["extra_info"]["tier"] for b in benchmarks if "tier" in b["extra_info"]), "quick"),
        "machine": {
            "processor": raws[0]["machine_info"].get("cpu", {}).get("brand_raw") or platform.processor(),
            "python": raws[0]["machine_info"]["python_version"],
            "libraries": libraries,
            "versions": {package: installed(package) for package in packages},
        },
        "timer": "CPU seconds, one thread, median of rounds",
        "groups": [{"name" if k == "group" else k: v for k, v in row.items()} for row in rows(benchmarks)],
    }


def cells(row):
    """A row as text."""
    equality = row["equality"]
    return (
        row["name"],
        row["baseline"],
        row["candidate"],
        "" if row["ratio"] is None else f"{row['ratio']:g}x",
        "" if row["goal"] is None else f"{row['goal']}",
        {None: "", True: "yes", False: "**no**"}[row["met"]],
        "" if equality is None else f"{equality:.0e}" if isinstance(equality, float) else str(equality),
        "" if row["percent_of_dgemm"] is None else f"{row['percent_of_dgemm']:g}",
        row["note"],
    )


def markdown(tiers):
    """The page of the documents of all tiers."""
    lines = [
        "# Benchmarks",
        "",
        "Ratios hold within a group of one run. What they compare, how to repeat them and the limits of what was "
        "missed: [docs/engine.md](../docs/engine.md). Generated, as said there. Not yet measured on a GPU.",
    ]
    for tier, found in sorted(tiers.items()):
        machine = found["machine"]
        versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v)
        lines += [
            "",
            f"## Tier {tier}",
            "",
            f"{found['timer']}. {machine['processor']}, Python {machine['python']}, {versions}. "
            f"Libraries: {'; '.join(machine['libraries'])}.",
            "",
            "| " + " | ".join(HEAD) + " |",
            "|" + "---|" * len(HEAD),
            *("| " + " | ".join(cells(row)) + " |" for row in found["groups"]),
        ]
    return "\n".join([*lines, ""])


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Ratios from the JSON of pytest-benchmark")
    parser.add_argument("raw", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, default=Path("reports/local"))
    parser.add_argument("--reference", action="store_true", help="write benchmarks.json and benchmarks.md")
    options = parser.parse_args(arguments)
    found = document([json.loads(path.read_text(encoding="utf-8")) for path in options.raw])
    options.to.mkdir(parents=True, exist_ok=True)
    target, written = options.to / "bench.json", found
    if options.reference:
        target = options.to / "benchmarks.json"
        kept = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
        written = kept | {found["tier"]: found}
    text = json.dumps(written, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    target.write_text(text, encoding="utf-8")
    if options.reference:
        (options.to / "benchmarks.md").write_text(markdown(json.loads(text)), encoding="utf-8")
    table = [HEAD, *map(cells, found["groups"])]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD))]
    for row in table:
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())
    print(*found["machine"]["libraries"], sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
