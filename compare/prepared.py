"""The theory's side of a claim, before any draw: its prediction, its rivals' and the verdict on its law."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import numbers
import types
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy

from compare.admission import admitted
from compare.asymptote import judge_law, judge_rival_law
from compare.claim import Claim
from compare.shelf import Shelf
from compare.source import module_hash
from compare.verdict import LawVerdict, RivalVerdict
from theory.prediction import Prediction

PACKAGES = ("sympy", "mpmath", "python-flint", "numpy", "scipy")
NOT_THEORY = frozenset({"sim"})
"""Packages that the value of a prediction does not depend on. A claim may predict by means of `compare`."""


@dataclass(frozen=True)
class Prepared:
    """What theory says. Conditional laws predict later, from measured columns: here they have no prediction."""

    own: Prediction | None = None
    rivals: Mapping[str, Prediction] = field(default_factory=dict)
    law: LawVerdict | None = None
    rival_laws: tuple[RivalVerdict, ...] = ()


def prepare(claim: Claim) -> Prepared:
    """Evaluate the law and the predictions of a claim. Whatever its code raises goes through."""
    law = judge_law(claim.asymptote) if claim.asymptote is not None else None
    if claim.predict is None:
        assert claim.asymptote is not None
        rivals = claim.rivals.items()
        return Prepared(law=law, rival_laws=tuple(judge_rival_law(claim.asymptote, name, r) for name, r in rivals))
    if claim.given:
        return Prepared(law=law)
    own = admitted(claim.predict())
    return Prepared(own, {name: admitted(predict()) for name, predict in claim.rivals.items()}, law)


def recalled(claim: Claim, shelf: Shelf, key: str | None) -> Prepared:
    """`prepare`, or what it gave before under this `identity`."""
    if key is None:
        return prepare(claim)
    kept: list[Prepared] = []

    def make() -> bytes:
        kept.append(prepare(claim))
        return _packed(kept[0])

    data = shelf.recalled(f"theory {key}", make)
    return kept[0] if kept else _unpacked(data)


def identity(claim: Claim) -> str | None:
    """Hash of the code, the captured values and the versions of a claim's theory; None where they cannot be known."""
    asymptote = claim.asymptote
    functions = [claim.predict, *claim.rivals.values()] if claim.predict is not None else list(claim.rivals.values())
    told: list[Any] = [claim.name, claim.given, list(claim.rivals)]
    if asymptote is not None:
        functions += [asymptote.law, asymptote.finite]
        told += [repr(asymptote.sizes), float(asymptote.order), float(asymptote.bound)]
    try:
        told += [_told(function) for function in functions]
        told.append(module_hash("compare.asymptote", without=NOT_THEORY))
    except (ImportError, OSError, SyntaxError, _UnknownError):
        return None
    told += _versions()
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@cache
def _versions() -> tuple[str, ...]:
    return tuple(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)


class _UnknownError(Exception):
    """A function or value whose identity cannot be told from its source."""


PLAIN = (str, numbers.Number, types.NoneType)
BUILT_IN = frozenset({str, int, float, bool, types.NoneType})
"""Types whose sequences are told as a whole: there are long ones."""


def _told(value: Any) -> Any:
    """A value that a claim's function is made of, as JSON; functions by name, source and what they captured."""
    if isinstance(value, mpmath.mpf):
        return repr(value.man_exp)  # exact, whatever the precision of printing
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, np.ndarray | np.generic):
        return _told(value.tolist())
    if isinstance(value, sympy.Basic):
        return str(sympy.srepr(value))
    if isinstance(value, tuple | list) and BUILT_IN.issuperset(map(type, value)):
        return repr(value)
    if isinstance(value, tuple | list):
        return [_told(item) for item in value]
    if isinstance(value, Mapping):
        return [[_told(key), _told(item)] for key, item in value.items()]
    if isinstance(value, types.ModuleType):
        return module_hash(value.__name__, without=NOT_THEORY)
    if isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        captured = [_told(item) for item in (*cells, *(value.__defaults__ or ()), value.__kwdefaults__ or {})]
        code = module_hash(value.__module__, without=NOT_THEORY)
        return [value.__qualname__, value.__code__.co_firstlineno, code, captured]
    wrapped: Callable[..., Any] | None = getattr(value, "__wrapped__", None)
    if isinstance(wrapped, types.FunctionType):  # functools.cache and the like
        return _told(wrapped)
    if isinstance(getattr(value, "__dict__", None), dict) and not isinstance(value, type):
        code = module_hash(type(value).__module__, without=NOT_THEORY)
        return [type(value).__qualname__, code, _told(vars(value))]
    raise _UnknownError(value)


def plain(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON; ``Prediction(**plain(p))`` gives it back."""
    return {
        "values": {name: array.tolist() for name, array in prediction.values.items()},
        "allowance": {name: array.tolist() for name, array in prediction.allowance.items()},
    }


def _packed(prepared: Prepared) -> bytes:
    document = {
        "own": plain(prepared.own) if prepared.own is not None else None,
        "rivals": {name: plain(rival) for name, rival in prepared.rivals.items()},
        "law": asdict(prepared.law) if prepared.law is not None else None,
        "rival_laws": [asdict(rival) for rival in prepared.rival_laws],
    }
    return json.dumps(document).encode()


def _unpacked(data: bytes) -> Prepared:
    document = json.loads(data)
    law = document["law"]
    if law is not None:
        law = LawVerdict(**law | {key: tuple(law[key]) for key in ("sizes", "deviations")})
    return Prepared(
        own=Prediction(**document["own"]) if document["own"] is not None else None,
        rivals={name: Prediction(**rival) for name, rival in document["rivals"].items()},
        law=law,
        rival_laws=tuple(RivalVerdict(**rival) for rival in document["rival_laws"]),
    )
