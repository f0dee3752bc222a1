"""The pytest plugin: every claim of a ``*_claim.py`` file is a test. Installed as ``scaleproof_pytest``.

It has a name of its own, and imports nothing of this project: a repository under test may have packages called
``compare``, ``sim`` or ``theory``, and most test runs have no claims. What is dear is done by the process of
`judge.Judge`, which starts with the first claim file. Described in docs/pytest.md.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from .judge import Judge, JudgeError

ROOT_SEED = "20260718"
"""`compare.run.ROOT_SEED`, which a test compares; importing it would import numpy."""
TIERS = ("smoke", "standard", "full")
JUDGE = pytest.StashKey[Judge]()
FACTS = pytest.StashKey[Mapping[str, str]]()
SEED = "scaleproof_seed"
PROPERTY = "claim"
"""Name of the property by which the report of a claim is known."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and which files hold claims."""
    group = parser.getgroup("scaleproof", "claims on trial")
    group.addoption(
        "--scaleproof-tier",
        choices=TIERS,
        default="standard",
        help="claims up to this tier run, the others are skipped (default: standard)",
    )
    group.addoption("--scaleproof-device", metavar="NAME", help="cpu or cuda (default: cuda where there is one)")
    group.addoption(
        "--scaleproof-seed", metavar="N|fresh", default=ROOT_SEED, help="root seed of all draws (default: %(default)s)"
    )
    group.addoption(
        "--scaleproof-store",
        metavar="FILE|none",
        help="where finished draws are kept (default: the variable SCALEPROOF_STORE, else pytest's cache folder)",
    )
    parser.addini("scaleproof_files", "names of files that hold claims", type="args", default=["*_claim.py"])


def pytest_configure(config: pytest.Config) -> None:
    """Settle the seed once; the processes of pytest-xdist are told it, see `pytest_configure_node`."""
    config.option.scaleproof_seed = seed = getattr(config, "workerinput", {}).get(SEED, config.option.scaleproof_seed)
    if seed == "fresh":
        config.option.scaleproof_seed = str(secrets.randbits(48))
    elif not seed.isdecimal():
        raise pytest.UsageError(f"--scaleproof-seed must be a non-negative whole number or 'fresh', got {seed!r}")
    config.stash[JUDGE] = Judge(config.invocation_params.dir)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist the seed."""
    node.workerinput[SEED] = node.config.option.scaleproof_seed


def store(config: pytest.Config) -> str:
    """The store asked for, else one in pytest's cache folder; ``none`` where pytest keeps no cache."""
    asked = config.option.scaleproof_store or os.environ.get("SCALEPROOF_STORE")
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if asked or cache is None:
        return asked or "none"
    return str(cache.mkdir("scaleproof") / "store.sqlite")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process of the judge."""
    if JUDGE in config.stash:
        config.stash[JUDGE].close()


def holds_claims(path: Path, config: pytest.Config) -> bool:
    """Whether this is a file of claims: named so, no test file of Python, and importing `compare`."""
    if not any(fnmatch(path.name, pattern) for pattern in config.getini("scaleproof_files")):
        return False
    if any(fnmatch(path.name, pattern) for pattern in config.getini("python_files")):
        return False
    return re.search(rb"^\s*(from|import)\s+compare\b", path.read_bytes(), re.MULTILINE) is not None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of claims that was found in a folder."""
    if parent.session.isinitpath(file_path) or not holds_claims(file_path, parent.config):
        return None
    return ClaimFile.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    """A file of claims that was named on the command line, which pytest would import as a module of tests."""
    return ClaimFile.from_parent(parent, path=module_path) if holds_claims(module_path, parent.config) else None


class ClaimFile(pytest.File):
    """A file of claims."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its claims. Raises CollectError with one sentence where it cannot be used."""
        try:
            found = self.config.stash[JUDGE].ask("collect", file=str(self.path))
        except JudgeError as error:
            raise self.CollectError(str(error)) from None
        for told in found["claims"]:
            yield ClaimItem.from_parent(self, name=told["name"], tier=told["tier"])


class ClaimFailure(Exception):  # noqa: N818 - it is a verdict, not a fault
    """A verdict that is not as expected, or a rival that the data do not reject."""


class ClaimItem(pytest.Item):
    """One claim. It passes when its outcome is the expected one and every rival is rejected."""

    def __init__(self, *, tier: str, **more: Any) -> None:
        super().__init__(**more)
        self.tier = tier

    def runtest(self) -> None:
        """Put the claim on trial."""
        option = self.config.option
        allowed = TIERS[: TIERS.index(option.scaleproof_tier) + 1]
        if self.tier not in allowed:
            pytest.skip(f"the claim is of tier {self.tier}; pass --scaleproof-tier {self.tier}")
        answer = self.config.stash[JUDGE].ask(
            "check",
            file=str(self.path),
            name=self.name,
            seed=option.scaleproof_seed,
            device=option.scaleproof_device,
            store=store(self.config),
            debug=option.verbose > 0,
        )
        self.user_properties[:] = list({**answer["facts"], **facts(self.config)}.items())
        if answer["printed"]:
            self.add_report_section("call", "judge", answer["printed"])
        if not answer["sound"]:
            raise ClaimFailure(answer["sentence"])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict in words; a traceback would lead into pytest."""
        if isinstance(excinfo.value, ClaimFailure | JudgeError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """File and name."""
        return self.path, None, self.name


def facts(config: pytest.Config) -> Mapping[str, str]:
    """Commit of the repository under test, with ``+`` when it has uncommitted changes; nothing outside one."""
    if FACTS not in config.stash:
        commit = _git(config, "rev-parse", "--short=12", "HEAD")
        dirty = commit and _git(config, "status", "--porcelain", "--untracked-files=no")
        config.stash[FACTS] = {"commit": commit + "+" if dirty else commit} if commit else {}
    return config.stash[FACTS]


def _git(config: pytest.Config, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(config.rootpath), *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _told(report: Any) -> dict[str, str]:
    """What the report of a claim says about it; nothing for other tests."""
    told = dict(getattr(report, "user_properties", ()))
    return told if PROPERTY in told and "outcome" in told else {}


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """Inconclusive is an outcome of its own: it fails the run, and is told apart from a failure."""
    told = _told(report) if getattr(report, "when", "") == "call" else {}
    if told.get("outcome") != "inconclusive":
        return None
    return ("inconclusive", "I", "INCONCLUSIVE") if report.failed else ("passed", "i", "INCONCLUSIVE AS EXPECTED")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """A line for every claim: outcome, name, draws, and the reason where it is not as expected."""
    reports = [r for many in terminalreporter.stats.values() for r in many if getattr(r, "when", "") == "call"]
    judged = [(report, told) for report in reports if (told := _told(report))]
    if not judged:
        return
    terminalreporter.section(f"scaleproof: {_counts([told for _, told in judged])}")
    for report, told in sorted(judged, key=lambda pair: pair[0].nodeid):
        where = report.nodeid if report.failed or config.option.verbose > 0 else told[PROPERTY]
        said = f"{told['outcome']:<12}  {where}  ({told['draws']} draws)"
        said += f", expected {told['expected']}" if told["outcome"] != told["expected"] else ""
        said += ", as expected" if told["outcome"] == told["expected"] != "agrees" else ""
        said += f", rivals rejected: {told['rivals_rejected']}" if report.failed else ""
        terminalreporter.write_line(said, red=report.failed)
        if report.failed and told["outcome"] == "inconclusive":  # pytest shows those that it calls failed itself
            terminalreporter.write_line(f"              {report.longreprtext}")
    told = judged[0][1]
    terminalreporter.write_line(f"seed {told['seed']}, device {told['device']}, commit {told.get('commit', 'none')}")
    _tell_of_parts(terminalreporter, [told for _, told in judged])


def _counts(told: Sequence[Mapping[str, str]]) -> str:
    outcomes = [one["outcome"] for one in told]
    return ", ".join(f"{outcomes.count(word)} {word}" for word in dict.fromkeys(sorted(outcomes)))


def _tell_of_parts(terminalreporter: Any, told: Sequence[Mapping[str, str]]) -> None:
    """Say so when the claims together have more parts than the error level is set for."""
    parts, most = sum(int(one["parts"]) for one in told), int(told[0]["most_parts"])
    if parts > most:
        terminalreporter.write_line(
            f"warning: these claims have {parts} scalar parts, the error level is set for {most}: false alarms are "
            "that much likelier",
            yellow=True,
        )
