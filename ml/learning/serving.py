"""
The champion at work: asked of the registry from time to time, kept on disk, and cached by what it was asked.

The registry is never on the way of an answer: when it is away the last champion goes on serving, from
memory or from disk. A prediction is kept under the model's version and a hash of the features it was
made from, so that only files whose use changed are predicted again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.learning.answers import Predictions
from ml.learning.features import Floats32, feature_hash
from ml.learning.models import TierModel
from ml.learning.shelf import ModelCard, ModelError, read_model

log = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 60.0
MOST_KEPT = 2_000_000
MIX = np.uint64(0x9E3779B97F4A7C15)

Fetch = Callable[[Path], tuple[TierModel, ModelCard] | None]


class Champion:
    """The serving model of this process."""

    def __init__(self, folder: Path, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._fetch, self._clock = folder, fetch, clock
        self._asked = -ASK_EVERY_SECONDS
        self._serving: tuple[TierModel, ModelCard] | None = None
        self._cache = PredictionCache()
        self.predicted = 0
        """How many rows were really predicted; the others were known."""

    def current(self) -> tuple[TierModel, ModelCard] | None:
        """Return the champion, the newest one that could be got; None where there never was one."""
        if self._clock() - self._asked >= ASK_EVERY_SECONDS:
            self._asked = self._clock()
            try:
                found = self._fetch(self._folder)
            except Exception as error:  # noqa: BLE001 # whatever the registry's client raises, serving goes on
                log.warning("model.registry_away error=%s", error)
                found = self._kept()
            if found is not None and found[1].feature_hash == feature_hash():
                self._serving = found
            elif found is not None:
                log.warning("model.other_features version=%s: train it again", found[1].version)
        return self._serving

    def _kept(self) -> tuple[TierModel, ModelCard] | None:
        if self._serving is not None:
            return self._serving
        try:
            return read_model(self._folder)
        except ModelError as error:
            log.info("model.none_kept reason=%s", error)
            return None

    def predict(self, features: Floats32) -> Predictions:
        """
        Return what the champion says of each row.

        Raises:
            ModelError: There is no champion yet.
        """
        serving = self.current()
        if serving is None:
            raise ModelError("there is no champion yet: train one with `cloudflow train`")
        model, card = serving
        keys = row_hashes(features, card.sha256)
        known, table = self._cache.find(keys)
        missing = np.flatnonzero(~known)
        if len(missing):
            table[missing] = model.predict(features[missing]).table()
            self._cache.add(keys[missing], table[missing])
            self.predicted += len(missing)
        return Predictions.of_table(table)


def row_hashes(features: Floats32, salt: str) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of each row of features and of the model that answers."""
    bits = np.ascontiguousarray(features, np.float32).view(np.uint32).astype(np.uint64)
    mixed = np.full(len(bits), int(salt[:15] or "0", 16), np.uint64)
    for column in range(bits.shape[1]):
        mixed ^= bits[:, column] + MIX + (mixed << np.uint64(6)) + (mixed >> np.uint64(2))
        mixed *= MIX
        mixed ^= mixed >> np.uint64(29)
    return mixed


class PredictionCache:
    """Predictions by the hash of what they were made from, sorted, in memory; the oldest go first."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._keys: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._table: Floats32 = np.empty((0, 6), np.float32)
        self._most = most

    def find(self, keys: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.bool_], Floats32]:
        """Return which rows are known, and a table in which those are filled in."""
        table = np.empty((len(keys), 6), np.float32)
        if not len(self._keys):
            return np.zeros(len(keys), bool), table
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known: npt.NDArray[np.bool_] = self._keys[place] == keys
        table[known] = self._table[place[known]]
        return known, table

    def add(self, keys: npt.NDArray[np.uint64], table: Floats32) -> None:
        """Keep predictions; a cache that is full begins anew with them."""
        full = len(self._keys) + len(keys) > self._most
        merged = keys[-self._most :] if full else np.concatenate([self._keys, keys])
        rows = table[-self._most :] if full else np.concatenate([self._table, table])
        self._keys, first = np.unique(merged, return_index=True)
        self._table = rows[first]


def champion(folder: Path) -> Champion:
    """Return the champion of the MLflow registry, kept in *folder*."""

    def fetch(place: Path) -> tuple[TierModel, ModelCard] | None:
        from ml.learning.registry import fetch_champion

        return fetch_champion(place)

    return Champion(folder, fetch)


__all__ = ["Champion", "PredictionCache", "champion", "row_hashes"]
