"""The verb ``new``: the skeleton of a claim file, which works as it stands."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from compare.usage import UsageError, check_writable

TEMPLATE = Path(__file__).parent / "templates" / "claim.py.txt"


def new(options: argparse.Namespace) -> int:
    """Write the skeleton of a claim file."""
    path = target(options.name, options.path, here=options.here)
    if path.exists():
        raise UsageError(f"{path} exists; choose another name or remove it")
    skeleton = TEMPLATE.read_text(encoding="utf-8")
    check_writable(path)
    path.write_text(skeleton.replace("NAME", path.stem), encoding="utf-8")
    print(f"wrote {path}; put it on trial with: scaleproof check {path}")
    return 0


def target(name: str, path: Path | None, *, here: bool) -> Path:
    """The file to write: ``name`` may be a path itself; ``path`` is a folder, or the file.

    Raises UsageError for two places at once and for a name that no claim can have.
    """
    asked = Path(name.removesuffix(".py") + ".py")
    if here and path is not None:
        raise UsageError(f"--here and {path} are two places; give one")
    if (here or path is not None) and asked.parent != Path():
        raise UsageError(f"{name} is a path already; drop {'--here' if here else path}")
    if path is not None:
        asked = path if path.suffix == ".py" else path / asked
        name = name.removesuffix(".py")
        if path.suffix == ".py" and path.stem != name:
            raise UsageError(f"the claim {name!r} goes to a file of its name; pass {path.with_name(name + '.py')}")
    if not re.fullmatch(r"\w*[^\W_]\w*", asked.stem):
        raise UsageError(f"the name must be letters, digits and underscores, got {asked.stem!r}")
    return asked
