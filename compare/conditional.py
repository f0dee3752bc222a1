"""Conditional laws on measured columns; the same theory is not evaluated twice on the same data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from compare.admission import admitted
from compare.claim import Claim
from compare.estimate import Means
from compare.prepared import plain
from compare.shelf import Shelf
from theory.prediction import Prediction


class Conditional:
    """Predictions of a claim and its rivals from the columns of `Claim.given`.

    ``identity``: hash of the claim's theory as in `compare.prepared.identity`; without one nothing is kept.
    """

    def __init__(self, claim: Claim, shelf: Shelf, identity: str | None) -> None:
        self._given, self._shelf, self._identity = claim.given, shelf, identity
        self._known: dict[str, Prediction] = {}

    @contextmanager
    def on(self, *data: Means) -> Iterator[None]:
        """While these data are judged: take from the shelf what was evaluated on them before, put back what is new."""
        if not self._given:
            yield
            return
        key = f"conditional {self._identity} {' '.join(self._digest(columns) for columns in data)}"
        kept = self._shelf.known(key) if self._identity else None
        self._known = {name: Prediction(**found) for name, found in json.loads(kept).items()} if kept else {}
        n_kept = len(self._known)
        yield
        if self._identity and len(self._known) > n_kept:
            found = {name: plain(prediction) for name, prediction in self._known.items()}
            self._shelf.remember(key, json.dumps(found).encode())
        self._known = {}

    def prediction(self, name: str, predict: Callable[..., Prediction], means: Means) -> Prediction:
        """What ``predict`` says, by the claim's or the rival's ``name``, given these columns."""
        key = f"{self._digest(means)} {name}"
        if key not in self._known:
            self._known[key] = admitted(predict({column: means[column] for column in self._given}))
        return self._known[key]

    def _digest(self, columns: Mapping[str, np.ndarray]) -> str:
        digest = hashlib.sha256()
        for name in self._given:
            column = np.ascontiguousarray(columns[name], dtype=float) if name in columns else np.empty(0)
            digest.update(f"{name} {column.shape} ".encode() + column.tobytes())
        return digest.hexdigest()
