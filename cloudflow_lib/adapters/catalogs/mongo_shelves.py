"""One connection to MongoDB, its collections and indexes, and its errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from cloudflow_lib.adapters.catalogs.mongo_times import CommandTimes
from cloudflow_lib.domain.alerts import READINGS_KEPT
from cloudflow_lib.domain.notifications import KEPT
from cloudflow_lib.errors import CatalogError, CatalogUnavailableError
from cloudflow_lib.ports.catalogs import Listener
from cloudflow_lib.ports.clock import Clock, system_clock
from cloudflow_lib.ports.metric_book import METRICS_KEPT

Document = dict[str, Any]

SCHEMA = 1
"""Stands as `v` in every document."""

BUSY = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
FEW_IDS = 20
"""
How many ids one `$in` names: servers that compare them one by one slow down with the square of it.

On the embedded server a file found so costs 0.06 ms of its processor where 10 to 25 are named, and 0.08 with 50.
"""

DAY_SECONDS = 24 * 60 * 60
DUPLICATE_KEY = 11000

INDEXES: dict[str, list[IndexModel]] = {
    "files": [
        # Each further index would cost a fifth of the speed of a first scan.
        IndexModel([("location_id", ASCENDING), ("key", ASCENDING)], name="place", unique=True),
        IndexModel([("owner", ASCENDING), ("_id", ASCENDING)], name="owner"),
    ],
    "file_news": [IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=2 * DAY_SECONDS)],
    "migrations": [
        IndexModel([("batch_id", ASCENDING)], name="batch"),
        IndexModel([("owner", ASCENDING), ("opened_at", DESCENDING)], name="owner_recent"),
        IndexModel([("opened_at", DESCENDING)], name="recent"),
        IndexModel([("file_id", ASCENDING)], name="file"),
        IndexModel([("running", ASCENDING), ("moved_at", ASCENDING)], name="running", sparse=True),
    ],
    "campaigns": [
        IndexModel([("opened_at", DESCENDING)], name="recent"),
        IndexModel([("destination_location", ASCENDING)], name="destination"),
    ],
    "sheets": [
        IndexModel([("campaign_id", ASCENDING), ("waiting", ASCENDING)], name="waiting"),
        IndexModel([("bundle_id", ASCENDING), ("number", ASCENDING)], name="bundle"),
    ],
    "quarantine": [
        IndexModel([("location_id", ASCENDING), ("key", ASCENDING)], name="place"),
        IndexModel([("until", ASCENDING), ("_id", ASCENDING)], name="turn"),
    ],
    "quarantine_groups": [
        IndexModel([("location_id", ASCENDING), ("first", ASCENDING), ("last", ASCENDING)], name="range"),
        IndexModel([("until", ASCENDING), ("_id", ASCENDING)], name="turn"),
    ],
    "uploads": [
        IndexModel([("migration_id", ASCENDING)], name="migration"),
        IndexModel([("open", ASCENDING), ("begun_at", ASCENDING)], name="open", sparse=True),
        IndexModel([("closed_at", ASCENDING)], name="closed", sparse=True),
    ],
    "incoming": [
        IndexModel([("user", ASCENDING)], name="user"),
        IndexModel([("expires_at", ASCENDING)], name="expiry"),
    ],
    "upload_parts": [
        IndexModel([("upload", ASCENDING)], name="upload"),
        # A note that came behind the end of its upload: no store keeps an unfinished part this long for us.
        IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=40 * DAY_SECONDS),
    ],
    "access_rollups": [IndexModel([("file_id", ASCENDING), ("day", ASCENDING)], name="file_day")],
    "recommendations": [
        IndexModel([("slot", ASCENDING)], name="slot", unique=True),
        IndexModel([("file_id", ASCENDING)], name="file"),
        IndexModel(
            [("owner", ASCENDING), ("state", ASCENDING), ("saves_per_month", DESCENDING), ("_id", ASCENDING)],
            name="owner_saving",
        ),
        IndexModel([("state", ASCENDING), ("saves_per_month", DESCENDING), ("_id", ASCENDING)], name="saving"),
        IndexModel([("state", ASCENDING), ("prefix", ASCENDING), ("saves_per_month", DESCENDING)], name="prefix"),
    ],
    "seen_lines": [IndexModel([("hour", ASCENDING)], name="age", expireAfterSeconds=40 * DAY_SECONDS)],
    "access_quarantine": [IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=40 * DAY_SECONDS)],
    "idempotency": [IndexModel([("until", ASCENDING)], name="age", expireAfterSeconds=0)],
    "sessions": [
        IndexModel([("user", ASCENDING)], name="user"),
        IndexModel([("expires_at", ASCENDING)], name="age", expireAfterSeconds=0),
    ],
    "notifications": [
        IndexModel([("user", ASCENDING), ("changed_at", DESCENDING), ("_id", DESCENDING)], name="user_recent"),
        IndexModel([("user", ASCENDING), ("read_at", ASCENDING)], name="user_unread"),
        IndexModel([("changed_at", ASCENDING)], name="age", expireAfterSeconds=int(KEPT.total_seconds())),
    ],
    "counted_events": [
        IndexModel([("digest", ASCENDING)], name="digest"),
        IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=int(KEPT.total_seconds())),
    ],
    "mail_wishes": [
        IndexModel([("waits", ASCENDING), ("due_at", ASCENDING)], name="due", sparse=True),
        IndexModel([("user", ASCENDING), ("waits", ASCENDING)], name="user"),
        IndexModel([("letter_id", ASCENDING)], name="letter", sparse=True),
        IndexModel([("asked_at", ASCENDING)], name="age", expireAfterSeconds=int(KEPT.total_seconds())),
    ],
    "letters": [
        IndexModel([("waits", ASCENDING), ("next_try_at", ASCENDING)], name="due", sparse=True),
        IndexModel([("user", ASCENDING), ("made_at", DESCENDING)], name="user_recent"),
        IndexModel([("made_at", ASCENDING)], name="age", expireAfterSeconds=int(KEPT.total_seconds())),
    ],
    "costs": [IndexModel([("day", ASCENDING), ("owner", ASCENDING)], name="day_owner", sparse=True)],
    "metrics": [IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=int(METRICS_KEPT.total_seconds()))],
    "readings": [
        IndexModel([("signal", ASCENDING), ("at", ASCENDING)], name="signal"),
        IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=int(READINGS_KEPT.total_seconds())),
    ],
    "alerts": [
        IndexModel([("open", ASCENDING)], name="open", unique=True, sparse=True),
        IndexModel([("rule_id", ASCENDING)], name="rule"),
        IndexModel([("owner", ASCENDING), ("changed_at", DESCENDING)], name="owner_recent"),
        IndexModel([("changed_at", DESCENDING)], name="recent"),
    ],
    "policy_runs": [
        IndexModel([("policy_id", ASCENDING), ("made_at", DESCENDING)], name="policy"),
        IndexModel([("made_at", ASCENDING)], name="age", expireAfterSeconds=400 * DAY_SECONDS),
    ],
    "webhook_calls": [
        IndexModel([("waits", ASCENDING), ("next_try_at", ASCENDING)], name="due", sparse=True),
        IndexModel([("made_at", ASCENDING)], name="age", expireAfterSeconds=int(KEPT.total_seconds())),
    ],
    "ingested": [IndexModel([("at", ASCENDING)], name="age", expireAfterSeconds=400 * DAY_SECONDS)],
}


class MongoShelves:
    """The collections of the catalogue; each book uses some of them."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        self._times = CommandTimes()
        self._client: MongoClient[Document] = MongoClient(
            url,
            appname="cloudflow",
            event_listeners=[self._times],
            tz_aware=True,
            serverSelectionTimeoutMS=timeout_ms,
            connectTimeoutMS=timeout_ms,
            # A sum over a million files may take this long; a server that hangs longer is gone.
            socketTimeoutMS=6 * timeout_ms,
        )
        self._db = self._client[database]
        self._now: Clock = system_clock

    def _shelf(self, name: str) -> Collection[Document]:
        return self._db[name]

    def prepare(self) -> None:
        with answering():
            for name, indexes in INDEXES.items():
                self._shelf(name).create_indexes(indexes)

    def ping(self) -> None:
        with answering():
            self._client.admin.command("ping")

    def listen(self, listener: Listener) -> None:
        self._times.listen(listener)

    def server_status(self) -> Document:
        """Return what the server tells about itself, for measuring."""
        with answering():
            return dict(self._client.admin.command("serverStatus"))

    def close(self) -> None:
        self._client.close()


@contextmanager
def answering() -> Iterator[None]:
    """Translate the driver's errors at the border."""
    try:
        yield
    except BUSY as error:
        reason = re.split(r" \(configured timeouts|, Timeout:", str(error))[0]  # without the driver's topology
        raise CatalogUnavailableError(f"the catalogue's server does not answer; is it running? ({reason})") from error
    except PyMongoError as error:
        raise CatalogError(f"the catalogue's server refused: {error}") from error
