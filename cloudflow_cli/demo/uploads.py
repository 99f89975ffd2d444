"""Uploads the files of the demonstration, through the platform's own store adapters; a rerun adds what is missing."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cloudflow_cli.demo.clouds import Seen
from cloudflow_cli.demo.manifest import Entry
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener

THREADS = 16
PART_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file that is missing, and where."""

    entry: Entry
    location_id: str
    key: str
    storage_class: str | None
    """What the catalogue remembers; None: the store's default."""


def plan_uploads(
    entries: Iterable[Entry],
    known: Mapping[str, CatalogFile],
    present: Mapping[str, Mapping[str, Seen]],
) -> list[Upload]:
    """
    Return what is missing where it should be: at the address the catalogue knows, else where it starts.

    *known* is file id -> catalogued file, *present* location -> key -> object.
    """
    missing = []
    for entry in entries:
        file = known.get(entry.file_id)
        place, key = (file.location_id, file.key) if file else (entry.location_id, entry.key)
        seen = present.get(place, {}).get(key)
        if seen is None or seen.size_bytes != entry.size_bytes:
            storage_class = file.storage_class if file else None
            missing.append(Upload(entry=entry, location_id=place, key=key, storage_class=storage_class))
    return missing


def run_uploads(uploads: Sequence[Upload], open_store: StoreOpener, tick: Callable[[int], None]) -> None:
    """
    Upload all; *tick* hears the bytes of each file that arrived.

    Raises:
        CloudFlowError: The first file that could not be uploaded; the others in flight end first.
    """
    stores = {upload.location_id: open_store(upload.location_id) for upload in uploads}
    with ThreadPoolExecutor(THREADS) as pool:
        # Large files first: one that starts last would run alone at the end.
        ordered = sorted(uploads, key=lambda upload: upload.entry.size_bytes, reverse=True)
        try:
            for size_bytes in pool.map(lambda upload: _upload(upload, stores[upload.location_id]), ordered):
                tick(size_bytes)
        except CloudFlowError:
            pool.shutdown(cancel_futures=True)
            raise


def _upload(upload: Upload, store: ObjectStore) -> int:
    entry = upload.entry
    data = Path(entry.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise CloudFlowError(f"{entry.path} changed while the demonstration ran: start it again")
    traits = ObjectTraits(
        content_type=mimetypes.guess_type(entry.path)[0] or "application/octet-stream",
        metadata={"kind": entry.kind.value},
        storage_class=upload.storage_class,
    )
    if len(data) <= PART_BYTES:
        store.put(upload.key, data, traits)
    else:
        _upload_parts(upload.key, data, traits, store)
    return len(data)


def _upload_parts(key: str, data: bytes, traits: ObjectTraits, store: ObjectStore) -> None:
    part_bytes = max(PART_BYTES, store.capabilities.min_part_bytes)
    upload = store.begin_upload(key, traits)
    try:
        parts = [
            store.put_part(upload, key, number, data[start : start + part_bytes])
            for number, start in enumerate(range(0, len(data), part_bytes), start=1)
        ]
        store.finish_upload(upload, key, parts, traits)
    except BaseException:
        store.abort_upload(upload, key)
        raise
