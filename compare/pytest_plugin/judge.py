"""The process that loads claim files and puts claims on trial, as the plugin sees it: questions and answers."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("child.py")
PATIENCE = 5.0
"""Seconds that the process has to end by itself."""


class JudgeError(Exception):
    """A question without an answer; the message is for the reader of the test report."""


class Judge:
    """A process of the same Python that starts when it is first asked, and again should it have died.

    It does not see the folder of pytest first (``python -P``), so that packages there hide none of Scaleproof's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._said: Any = None
        """The file of what the process printed, as far as it is read."""
        self._read = 0

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """The answer to a question, with all that was ``printed`` meanwhile.

        Raises JudgeError where there is none: the file cannot be used, or the process died.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        line = ""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps({"ask": what, **details}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        printed = self._printed()
        if not line:
            status = process.wait()
            self.close()
            last = f"; it said last: {printed.splitlines()[-1]}" if printed.strip() else ""
            raise JudgeError(f"the process that judges ended with status {status}{last}")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("error"):
            raise JudgeError(answer["error"])
        return {**answer, "printed": printed}

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._said, self._read = tempfile.NamedTemporaryFile("rb"), 0  # noqa: SIM115 - closed with the process
            with open(self._said.name, "ab") as printed:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", str(PROGRAM)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=printed,
                    cwd=self.folder,
                    encoding="utf-8",
                )
        return self._process

    def _printed(self) -> str:
        """What was printed since the last answer."""
        assert self._said is not None
        self._said.seek(self._read)
        said: bytes = self._said.read()
        self._read = self._said.tell()
        return said.decode("utf-8", errors="replace")

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()  # type: ignore[union-attr]
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if self._said is not None:
            self._said.close()
            self._said = None
