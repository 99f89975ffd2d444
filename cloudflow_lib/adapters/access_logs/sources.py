"""Where access logs lie: files on this machine, or objects in a bucket that a provider delivers them to."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cloudflow_lib.adapters.access_logs.lines import LineFeed, PieceStream, open_lines
from cloudflow_lib.adapters.access_logs.readers import dialect_named
from cloudflow_lib.domain.locations import LogFeed
from cloudflow_lib.ports.access_logs import FeedOpener, OpenFeed
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener

MARKED_BYTES = 1024


@dataclass(frozen=True, slots=True)
class LocalLog:
    """A log file; its beginning tells it from another one that took its place."""

    path: Path
    name: str
    grows: bool

    def lines(self, start: int = 0, stop: int | None = None) -> LineFeed:
        return open_lines(self.path.open("rb"), start=start, stop=stop, whole_only=self.grows)

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self.path.open("rb") as stream:
            if self.grows:
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log object, read in exactly the version that was listed."""

    store: ObjectStore
    key: str
    version: str
    name: str
    grows: bool

    def lines(self, start: int = 0, stop: int | None = None) -> LineFeed:
        pieces = PieceStream(self.store.read(self.key, version=self.version))
        stream = cast("BinaryIO", io.BufferedReader(pieces, 1 << 18))
        return open_lines(stream, start=start, stop=stop, whole_only=self.grows)

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield  # a store has no lock: the workflow lets one location read a shared feed


def local_files(pattern: str | Path, dialect: str) -> Iterator[LocalLog]:
    """Yield the log files that *pattern* matches (`**` crosses folders), by name, hidden ones left out."""
    grows = dialect_named(dialect).grows
    for found in sorted(glob.glob(str(pattern), recursive=True)):  # noqa: PTH207  # Path.glob takes no absolute pattern
        path = Path(found).absolute()
        if not path.is_file():
            continue
        with path.open("rb") as stream:
            head = stream.readline(MARKED_BYTES) if grows else stream.read(MARKED_BYTES)
        if grows and not head.endswith(b"\n") and len(head) < MARKED_BYTES:
            continue  # nothing whole is there yet, and the name would change with the rest of the line
        mark = hashlib.blake2b(head, digest_size=8).hexdigest()
        size = "" if grows else f":{path.stat().st_size}"
        yield LocalLog(path=path, name=f"{dialect}:{path}:{mark}{size}", grows=grows)


def store_objects(store: ObjectStore, prefix: str, dialect: str, *, location_id: str) -> Iterator[StoredLog]:
    """Yield the log objects below *prefix*, by name; *location_id* keeps equal names in two buckets apart."""
    grows = dialect_named(dialect).grows
    for page in store.list_pages(prefix):
        for info in page:
            version = "" if grows else f":{info.version}"
            name = f"{dialect}:{location_id}/{info.key}{version}"
            yield StoredLog(store=store, key=info.key, version=info.version, name=name, grows=grows)


def feed_opener(open_store: StoreOpener) -> FeedOpener:
    """Return a function that finds the logs of any feed, in buckets through *open_store*."""

    def open_feed(feed: LogFeed) -> OpenFeed:
        dialect = dialect_named(feed.dialect)
        location_id, colon, prefix = feed.place.partition(":")
        if not colon or "/" in location_id:
            return OpenFeed(dialect.make_reader(), lambda: local_files(feed.place, dialect.name))
        store = open_store(location_id)
        return OpenFeed(
            dialect.make_reader(),
            lambda: store_objects(store, prefix, dialect.name, location_id=location_id),
        )

    return open_feed
