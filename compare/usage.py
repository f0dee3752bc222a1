"""Requests that cannot be met as made: found before the work, told in one sentence with the remedy."""

from __future__ import annotations

import secrets
from pathlib import Path


class UsageError(Exception):
    """A request that cannot be met as made; the message is one sentence with the remedy."""


def root_seed(text: str) -> int:
    """The seed asked for; ``fresh`` is drawn by the operating system."""
    if text == "fresh":
        return secrets.randbits(48)
    if not text.isdecimal():
        raise UsageError(f"--seed must be a non-negative whole number or 'fresh', got {text!r}")
    return int(text)


def check_writable(*paths: Path | None) -> None:
    """Fail before the work, not after it."""
    for path in paths:
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError("it is a folder")
            existed = path.exists()
            with path.open("a"):
                pass
            if not existed:
                path.unlink()
        except OSError as error:
            raise UsageError(f"cannot write {path} ({error.strerror or error}); choose a writable file") from None
