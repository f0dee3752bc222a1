"""Identity of code: a hash of the source that a function depends on, so that changed code never reuses old results.

Followed are import statements, wherever they stand in a file. Counted is everything that is neither Python's own nor
installed from a package index: the packages of this project, and a user's files. What a function reads otherwise
(data files, the environment) is not seen; a simulation must depend on its stream and its parameters alone.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

OWN = ("theory", "sim", "compare")
ROOT = Path(__file__).resolve().parents[1]
"""Folder of the packages of this project."""
_PATHS = sysconfig.get_paths()
FOREIGN = tuple(Path(_PATHS[name]).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib"))


@cache
def _file_of(module: str) -> Path | None:
    """Source file of a module whose source counts, else None."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or (top != module and _file_of(top) is None):
        return None  # the top first: looking for a submodule imports its package
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, AttributeError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin).resolve()
    return None if top not in OWN and any(path.is_relative_to(folder) for folder in FOREIGN) else path


@cache
def _imported(path: Path, package: str) -> tuple[str, ...]:
    """Names of all modules that a file may import."""
    return tuple(dict.fromkeys(_imports(ast.parse(path.read_bytes()), package)))


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Names of modules in import statements; of ``from a import b`` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *([base] if base else [])])
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}"


def files(start: Path, package: str = "", *, without: Collection[str] = ()) -> list[Path]:
    """The source files that ``start`` depends on, itself first; packages in ``without`` are not followed."""
    found: dict[Path, None] = {}
    waiting = [(start.resolve(), package)]
    while waiting:
        path, parent = waiting.pop()
        if path in found:
            continue
        found[path] = None
        for name in _imported(path, parent):
            if name.partition(".")[0] not in without and (file := _file_of(name)) is not None:
                waiting.append((file, name if file.name == "__init__.py" else name.rpartition(".")[0]))
    return list(found)


@cache
def code_hash(start: Path, package: str = "", *, without: frozenset[str] = frozenset()) -> str:
    """Hash of the contents of all `files`, wherever they lie."""
    digest = hashlib.sha256()
    contents = sorted(hashlib.sha256(path.read_bytes()).digest() for path in files(start, package, without=without))
    for content in contents:
        digest.update(content)
    return digest.hexdigest()[:16]


def forget() -> None:
    """Look at the files again."""
    _file_of.cache_clear()
    _imported.cache_clear()
    code_hash.cache_clear()
    importlib.invalidate_caches()


def module_hash(module: str, *, without: frozenset[str] = frozenset()) -> str:
    """`code_hash` of an imported module. Raises ImportError if it has no source file."""
    file = getattr(sys.modules.get(module) or importlib.import_module(module), "__file__", None)
    if file is None:
        raise ImportError(f"the module {module} has no source file")
    return code_hash(Path(file), module.rpartition(".")[0], without=without)
