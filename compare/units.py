"""Units of simulation: a run of chunks of one experiment, computed in this or in another process."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from compare import source
from compare.experiment import Array, Experiment
from sim.streams import Stream

CLAIM_FILES = "claim_files"
"""Package name under which claim files outside the installed packages are loaded."""


@dataclass(frozen=True)
class Unit:
    """Chunks ``first`` to ``last`` − 1 of an experiment, described so that any process can compute them."""

    key: str
    module: str
    file: str | None
    function: str
    parameters: Mapping[str, Any]
    root: int
    first: int
    last: int
    device: str | None = None
    oracle: bool = False
    code: str = ""
    """Hash of the simulating code; empty where it has no source."""

    @staticmethod
    def of(experiment: Experiment, root: int, first: int, last: int, device: str | None, oracle: bool) -> Unit:
        """The unit of an experiment; functions travel by module or file and name, never pickled."""
        module = experiment.function.__module__
        file = getattr(sys.modules.get(module), "__file__", None) if module.startswith(CLAIM_FILES) else None
        name = experiment.function.__qualname__
        code = simulating_code(module)
        return Unit(experiment.key, module, file, name, experiment.parameters, root, first, last, device, oracle, code)


@dataclass(frozen=True)
class Result:
    """Chunks in order, each column (n_draws, n_points); or the error that stopped them."""

    key: str
    first: int
    chunks: tuple[Mapping[str, Array], ...]
    seconds: float
    worker: str
    error: str = ""
    details: str = ""


def load_file(path: Path) -> ModuleType:
    """Import a Python file that belongs to no package. Two files of one name cannot be loaded together."""
    path = path.resolve()
    name = f"{CLAIM_FILES}.{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None:
        if loaded.__file__ != str(path):
            raise ImportError(f"two claim files are called {path.name}: {loaded.__file__} and {path}; rename one")
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _function(unit: Unit) -> Callable[..., Any]:
    module = load_file(Path(unit.file)) if unit.file else importlib.import_module(unit.module)
    function: Any = module
    for part in unit.function.split("."):
        function = getattr(function, part)
    if unit.oracle:
        function = getattr(function, "oracle", None)
        if function is None:
            raise ValueError(f"{unit.module}.{unit.function} has no brute-force oracle; run it without --oracle")
    return function  # type: ignore[no-any-return]


NOT_SIMULATING = frozenset({"compare"})
"""Packages whose code cannot change a draw."""


def simulating_code(module: str) -> str:
    """Hash of the code behind the functions of a loaded module, or nothing where it has no source."""
    try:
        return source.module_hash(module, without=NOT_SIMULATING)
    except (ImportError, OSError, SyntaxError):
        return ""


_loaded: dict[str, tuple[str | None, str]] = {}
"""In a worker: file and code of every simulating module, as they were when it was loaded."""


def simulate_elsewhere(unit: Unit) -> Result:
    """`simulate` in a worker, which may have lived long: with the code that the run has, or an error."""
    if unit.code and _loaded.get(unit.module) != (unit.file, unit.code):
        try:
            _load_afresh(unit)
        except (Exception, SystemExit) as failure:
            error, details = f"{type(failure).__name__}: {failure}", traceback.format_exc()
            return Result(unit.key, unit.first, (), 0.0, f"process {os.getpid()}", error, details)
    return simulate(unit)


def _load_afresh(unit: Unit) -> None:
    if unit.module in _loaded:
        old = Path(_loaded[unit.module][0] or getattr(sys.modules.get(unit.module), "__file__", None) or "")
        forget = {str(path) for path in source.files(old, without=NOT_SIMULATING)} if old.is_file() else set()
        for name, module in list(sys.modules.items()):
            if name == unit.module or getattr(module, "__file__", None) in forget:
                del sys.modules[name]
    source.forget()
    _function(unit)
    code = simulating_code(unit.module)
    if code != unit.code:
        raise RuntimeError(
            f"the worker has other code for {unit.file or unit.module} than this run; give it the same files and "
            "the same version of this package, and start it again"
        )
    _loaded[unit.module] = (unit.file, code)


def simulate(unit: Unit) -> Result:
    """Compute a unit. Never raises: an error is part of the result, so that other units go on.

    Its seconds are those of simulation alone: torch and the code of the experiment are loaded before.
    """
    start = time.perf_counter()
    chunks: list[Mapping[str, Array]] = []
    error = details = ""
    try:
        from sim import device

        chosen = device.prepare(unit.device)
        function = _function(unit)
        start = time.perf_counter()
        for chunk in range(unit.first, unit.last):
            stream = Stream(unit.root, unit.key, chunk, chosen)
            chunks.append(_columns(function(stream, **unit.parameters), stream.n_draws))
    except (Exception, SystemExit) as failure:
        error = raised(failure)
        details = traceback.format_exc()
    seconds = time.perf_counter() - start
    return Result(unit.key, unit.first, tuple(chunks), seconds, f"process {os.getpid()}", error, details)


def raised(failure: BaseException) -> str:
    """An exception in a sentence, with the line of the user's own file that led to it, where there is one."""
    files = [(Path(frame.filename).resolve(), frame.lineno) for frame in traceback.extract_tb(failure.__traceback__)]
    ours = [source.ROOT / package for package in source.OWN]
    own = [(file, line) for file, line in files if not any(map(file.is_relative_to, (*ours, *source.FOREIGN)))]
    where = f" ({own[-1][0].name}, line {own[-1][1]})" if own and own[-1][0].is_file() else ""
    return f"{type(failure).__name__}: {failure}{where}"


def _columns(raw: Any, n_draws: int) -> dict[str, Array]:
    if not isinstance(raw, Mapping) or not raw:
        raise TypeError(f"an experiment returns named columns, a non-empty dict of arrays; got {type(raw).__name__}")
    columns = {}
    for name, value in raw.items():
        array = np.array(value.numpy(force=True) if hasattr(value, "numpy") else value, dtype=float)  # a copy
        if array.ndim != 2 or array.shape[0] != n_draws or array.shape[1] == 0:
            raise ValueError(
                f"column {name!r} must have shape (n_draws, n_points) = ({n_draws}, ...), got {array.shape}"
            )
        columns[name] = array
    return columns
