"""Stores by the name of their location: kept open, and opened anew when the location or its credential changed."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.ports.place_book import PlaceBook
from cloudflow_lib.ports.stores import ObjectStore

FRESH_SECONDS = 2.0
"""For so long nobody looks whether something changed: a copy asks for its stores again and again."""
MOST_OPEN = 64

OpenOne = Callable[[Location, Credential], ObjectStore]


@dataclass(frozen=True, slots=True)
class _Open:
    location: Location
    credential: Credential
    store: ObjectStore
    looked_at: float


class OpenStores:
    """`cloudflow_lib.ports.stores.StoreOpener` over a catalogue; whoever holds one that was replaced ends with it."""

    def __init__(self, places: PlaceBook, open_one: OpenOne, now: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._open_one = open_one
        self._now = now
        self._lock = Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def __call__(self, location_id: str) -> ObjectStore:
        """Return the store of the location as it is kept now, or raise NotFoundError."""
        now = self._now()
        with self._lock:
            known = self._open.get(location_id)
            if known is not None:
                self._open.move_to_end(location_id)
        if known is not None and now - known.looked_at < FRESH_SECONDS:
            return known.store
        location = self._places.location(location_id)
        credential = self._places.credential(location.credential_id)
        if known is not None and (known.location, known.credential) == (location, credential):
            store = known.store
        else:
            store = self._open_one(location, credential)
        with self._lock:
            self._open[location_id] = _Open(location, credential, store, now)
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return store
