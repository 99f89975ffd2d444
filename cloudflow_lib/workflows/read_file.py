"""Read a file through the platform; each read counts like one that an access log tells of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from uuid import uuid4

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.objects import ByteSpan
from cloudflow_lib.errors import CatalogError, NotFoundError
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


def visible_file(file_id: str, owner: str | None, services: Services) -> CatalogFile:
    """
    Return the file, if it belongs to *owner*; None sees everybody's.

    Raises:
        NotFoundError: There is none, or it is somebody else's: existence is not told.
    """
    file = services.catalog.file(file_id)
    if owner not in (None, file.owner):
        raise NotFoundError(f"there is no file {file_id!r}")
    return file


def read_file(file: CatalogFile, span: ByteSpan, services: Services) -> Iterator[bytes | memoryview]:
    """
    Return the bytes of *span* in pieces; the first has been read already, so that what fails, fails here.

    When the reading ends, wherever it does, it is counted with the bytes that were taken.

    Raises:
        NotFoundError: The object behind the file is gone.
        StoreError: It cannot be read; the message says why.
    """
    if file.state is not FileState.PRESENT:
        raise NotFoundError(f"{file.key!r} is no longer there: its store lost it or somebody removed it")
    pieces = services.open_store(file.location_id).read(file.key, version=file.version, span=span)
    first = next(pieces, None)
    return _counted(chain([] if first is None else [first], pieces), file, services)


def _counted(
    pieces: Iterator[bytes | memoryview], file: CatalogFile, services: Services
) -> Iterator[bytes | memoryview]:
    taken = 0
    try:
        for piece in pieces:
            taken += len(piece)
            yield piece
    finally:
        if taken or not file.size_bytes:
            _count_read(file, taken, services)


def _count_read(file: CatalogFile, size_bytes: int, services: Services) -> None:
    """Add one read; a catalogue that does not answer loses it, which is no reason to fail who reads."""
    now = services.clock()
    rollup = DayRollup(
        file_id=file.file_id,
        day=now.date(),
        reads=1,
        read_bytes=size_bytes,
        hours={now.hour: 1},
        last_read_at=now,
    )
    seen = FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=file.tier,
        changed={"last_read_at": now},
        event=None,
    )
    try:
        services.catalog.add_reads(f"read-{uuid4().hex}", [rollup])
        services.catalog.update_files([seen])
    except CatalogError as error:
        log.warning("file.read_not_counted file=%s error=%s", file.file_id, error)
