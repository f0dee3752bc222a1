"""Discovery: claim files of the suite and of users, and selection by name."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import ModuleType

from compare.claim import TIERS, Claim, ClaimError
from compare.experiment import Experiment
from compare.quantity import Quantity
from compare.units import load_file
from compare.usage import UsageError

SUITE = Path(__file__).parent / "claims"


@dataclass(frozen=True)
class LoadError:
    """A claim file that could not be used, the one-sentence reason, and the traceback for --debug."""

    file: str
    message: str
    details: str = ""


@dataclass
class Registry:
    """Claims found, and the files that gave none."""

    claims: list[Claim] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    """Files of the claims that the suite does not have, by the name of the claim."""
    left_out: list[Claim] = field(default_factory=list)
    """Claims of files of which others were chosen by name."""

    @property
    def with_formula(self) -> list[Claim]:
        """Claims whose formula is known: all but the slots of papers."""
        return [claim for claim in self.claims if claim.has_formula]

    def add(self, file: Path, name: str) -> None:
        """Load one claim file; whatever goes wrong is recorded and the others go on."""
        try:
            module = importlib.import_module(name) if name else load_file(file)
            found = _claims_of(module, file)
            known = {claim.name for claim in self.claims}
            for claim in found:
                if claim.name in known:
                    raise ClaimError(f"the name {claim.name!r} is taken; give every claim its own name")
                known.add(claim.name)
            self.claims += found
            if not name:
                self.files |= {claim.name: file for claim in found}
        except (Exception, SystemExit) as error:
            self.errors.append(LoadError(str(file), _advice(error, file), traceback.format_exc()))


def _claims_of(module: ModuleType, file: Path) -> list[Claim]:
    raw = getattr(module, "claims", None)
    if raw is None:
        raw = getattr(module, "claim", None)
        raw = [raw] if isinstance(raw, Claim) else None
    if raw is None:
        raise ClaimError(f"{file.name} defines neither `claims`, a list of Claim, nor `claim`, a Claim")
    found = list(raw) if isinstance(raw, list | tuple) else []
    strangers = [item for item in found if not isinstance(item, Claim)]
    if strangers or not found:
        raise ClaimError(f"`claims` in {file.name} must be a non-empty list of Claim, got {strangers or raw!r}")
    for claim in found:
        _refuse_wrong_kinds(claim)
    return found


def _refuse_wrong_kinds(claim: Claim) -> None:
    for experiment in claim.experiments.values():
        if _named(experiment) is not experiment.function:
            name = experiment.function.__qualname__
            raise ClaimError(f"{claim.name}: {name!r} now means something else; workers find it by name, so rename one")
    if not isinstance(claim.quantity, Quantity | None):
        raise ClaimError(f"{claim.name}: quantity must be a Quantity such as Exponent(...), got {claim.quantity!r}")
    if not isinstance(claim.rivals, Mapping):
        raise ClaimError(f"{claim.name}: rivals must be a dict from name to function, got {claim.rivals!r}")
    for name, function in {"predict": claim.predict, **claim.rivals}.items():
        if function is not None and not callable(function):
            raise ClaimError(f"{claim.name}: {name!r} must be a function; write `lambda: ...`, got {function!r}")


def _named(experiment: Experiment) -> object:
    """What the module of the simulating function has under its name."""
    found: object = sys.modules.get(experiment.function.__module__)
    for part in experiment.function.__qualname__.split("."):
        found = getattr(found, part, None)
    return found


def _advice(error: BaseException, file: Path) -> str:
    """One sentence; a misspelt field of Claim gets the nearest right one, an exception its line in the file."""
    unknown = re.search(r"Claim\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    if isinstance(error, TypeError) and unknown:
        names = [f.name for f in fields(Claim)]
        near = difflib.get_close_matches(unknown[1], names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"its fields are {', '.join(names)}"
        return f"a Claim has no field {unknown[1]!r}; {hint}"
    missing = re.search(r"Claim\.__init__\(\) missing .*?arguments?: (.+)", str(error))
    if isinstance(error, TypeError) and missing:
        return f"a Claim needs {missing[1]}; add what is missing"
    if isinstance(error, ClaimError):
        return str(error)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return f"{type(error).__name__}: {error}" + (f" (line {lines[-1]})" if lines else "")


def suite() -> Registry:
    """All claims that the package ships, file by file in alphabetical order."""
    registry = Registry()
    for file in sorted(SUITE.glob("*.py")):
        if not file.name.startswith("_"):
            registry.add(file, f"compare.claims.{file.stem}")
    return registry


def from_files(paths: Sequence[Path]) -> Registry:
    """Claims of files given by path."""
    registry = Registry()
    for path in dict.fromkeys(path.resolve() for path in paths):
        if path.is_file():
            registry.add(path, "")
        else:
            there = [file.name for file in path.parent.glob("*.py") if file.is_file()]
            near = difflib.get_close_matches(path.name, there, 1)
            hint = f"did you mean {near[0]}?" if near else "check the path"
            registry.errors.append(LoadError(str(path), f"there is no such claim file; {hint}"))
    return registry


def chosen(words: Sequence[str], tier: str) -> Registry:
    """Claims named on the command line; a claim named exactly or by file runs whatever its tier.

    A word is a name, a pattern or a prefix for claims of the suite, a FILE.py, or FILE.py::NAME.
    """
    files: dict[Path, list[str]] = {}
    names = []
    for word in words:
        file, _, name = word.partition("::")
        if file.endswith(".py"):
            files.setdefault(Path(file).resolve(), []).append(name)
        else:
            names.append(word)
    found = _of_files(files)
    if names or not files:
        shipped = suite()
        try:
            picked = select(shipped.claims, names)
        except ClaimError as error:
            end = " " if str(error).endswith("?") else "; "
            how = f"{end}claims of a file are chosen as FILE.py::NAME" if files else ""
            raise UsageError(f"{error}{how}") from None
        exact = {claim.name for claim in picked} & set(names)
        picked = [c for c in picked if c.name in exact or c in within_tier(picked, tier)]
        taken = {claim.name for claim in found.claims} & {claim.name for claim in picked}
        if taken:
            raise UsageError(f"the name {min(taken)!r} is both in the suite and in a file given; rename the claim")
        found.claims += picked
        found.errors += shipped.errors
        if not found.claims and not found.errors:
            raise UsageError(f"no claim of {' '.join(names)} runs in tier {tier}; pass --tier full")
    return found


def _of_files(files: Mapping[Path, Sequence[str]]) -> Registry:
    """Claims of files, of each those that its words choose; the empty word chooses all."""
    found = from_files(list(files))
    kept: list[Claim] = []
    for path, words in files.items():
        there = [claim for claim in found.claims if found.files[claim.name] == path]
        picked = select(there, words, shortest(str(path))) if there else []
        names = {claim.name for claim in picked}
        kept += picked
        found.left_out += [claim for claim in there if claim.name not in names]
    found.claims = kept
    return found


def shortest(file: str) -> str:
    """The path of a file as seen from here, if it lies below."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def select(claims: Iterable[Claim], words: Sequence[str], file: str = "") -> list[Claim]:
    """Claims matching any word: an exact name, else a shell pattern, else a prefix. No word selects all.

    Raises ClaimError naming a word that matches nothing and the nearest names; ``file`` is where the claims are from,
    unless from the suite.
    """
    claims = list(claims)
    if not words:
        return claims
    matching: set[str] = set()
    for word in words:
        matches = _matches(claims, word)
        if not matches:
            near = ([] if file else _near_file(word)) or _near(claims, word)
            listing = f"`scaleproof list {file}`" if file else "`scaleproof list`"
            hint = f"did you mean {', '.join(near)}?" if near else f"{listing} shows all names"
            raise ClaimError(f"no claim{' of ' if file else ''}{file} matches {word!r}; {hint}")
        matching |= matches
    return [claim for claim in claims if claim.name in matching]


def _near_file(word: str) -> list[str]:
    """The Python file that a word means, if there is one: the word without its ending, or with a broken one."""
    if Path(f"{word}.py").is_file():
        return [f"{word}.py"]
    path = Path(word)
    there = [file.name for file in path.parent.glob("*.py")] if "." in path.name else []
    return [str(path.with_name(name)) for name in difflib.get_close_matches(path.name, there, 1, 0.8)]


def _near(claims: Sequence[Claim], word: str) -> list[str]:
    """The nearest words that would match: beginnings that several names share, up to an underscore, then names."""
    names = [claim.name for claim in claims]
    families = Counter(name[: cut.start()] for name in names for cut in re.finditer(r"_|\[", name))
    shared = [family for family, members in families.items() if members > 1]
    near = difflib.get_close_matches(word, shared, 1, 0.8)
    return [*near, *(n for n in difflib.get_close_matches(word, names, 3, 0.4) if n not in near)][:3]


def _matches(claims: Sequence[Claim], word: str) -> set[str]:
    names = [claim.name for claim in claims]
    exact = {name for name in names if name == word}
    pattern = {name for name in names if fnmatch.fnmatchcase(name, word.replace("[", "[[]"))}
    return exact or pattern or {name for name in names if name.startswith(word)}


def within_tier(claims: Iterable[Claim], tier: str) -> list[Claim]:
    """Claims that run in a tier: those of this tier and of the smaller ones."""
    allowed = TIERS[: TIERS.index(tier) + 1]
    return [claim for claim in claims if claim.tier in allowed]
