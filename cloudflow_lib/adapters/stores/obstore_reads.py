"""The hot path: pinned, counted, resumable reads through obstore, at a third of an SDK's CPU time or less."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import obstore

from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, StoreError, StoreUnavailableError

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

    from cloudflow_lib.adapters.stores.retries import Retrier

PIECE_BYTES = 8 * 1024 * 1024
USER_AGENT = f"cloudflow/{version('cloudflow')}"
"""Sent with every request, so that access logs can tell our reads from those of people."""

CLIENT_OPTIONS: ClientConfig = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=60),
    # This one includes the body, however slowly the reader takes it; read_timeout sees stalls.
    "timeout": timedelta(hours=12),
    "pool_max_idle_per_host": "64",
    "randomize_addresses": True,
    # Without accept-encoding Google decompresses what is stored as gzip.
    "default_headers": {"accept-encoding": "gzip", "user-agent": USER_AGENT},
}


def options_by(proxy: str | None) -> ClientConfig:
    """Return the options of a client that goes through *proxy*; None: straight."""
    return CLIENT_OPTIONS if proxy is None else {**CLIENT_OPTIONS, "proxy_url": proxy}


RETRIES_OFF: RetryConfig = {"max_retries": 0, "retry_timeout": timedelta(seconds=1)}
"""Our own layer retries; two would multiply."""

STATUS = re.compile(r"status code: (\d{3})")
CODE = re.compile(r"<Code>(\w+)</Code>")

Opener = Callable[[int], tuple[int, Iterator[bytes] | Iterator[memoryview]]]
"""Opens the object from a position on: returns where its bytes end, and the bytes."""
Guard = Callable[[], AbstractContextManager[None]]
"""Translates the errors of one step."""


def open_with_obstore(store: ObjectStore, key: str, options: GetOptions, position: int, stop: int | None) -> GetResult:
    """Send one GET for the bytes from *position* to *stop*; the range is left out where the whole object is meant."""
    asked: GetOptions = {**options}
    if stop is not None:
        asked["range"] = (position, stop)
    elif position:
        asked["range"] = {"offset": position}
    return obstore.get(store, key, options=asked)


def stream_of(result: GetResult, position: int, *, answered: str | None, wanted: str) -> tuple[int, Iterator[bytes]]:
    """Return where the answer ends and its bytes; one that starts elsewhere or is another version is refused."""
    start, stop = result.range
    path = result.meta["path"]
    require_answer(path, answered, wanted)
    if start != position:
        raise CorruptDataError(f"{path}: asked for byte {position:,}, the store sent from {start:,}; try again")
    return stop, iter(result.stream(min_chunk_size=PIECE_BYTES))


def require_answer(place: str, answered: str | None, wanted: str) -> None:
    """Raise ObjectChangedError if a server did not mind our condition and sent another version."""
    if answered is not None and answered.strip('"') != wanted:
        raise ObjectChangedError(f"{place}: the store sent version {answered}, not {wanted}; scan the location again")


def read_pieces(
    retry: Retrier,
    open_at: Opener,
    span: ByteSpan | None,
    guard: Guard,
    place: str,
) -> Iterator[memoryview | bytes]:
    """
    Yield exactly the bytes of *span*, in pieces of at most 8 MiB.

    A broken connection is resumed at the byte it broke off, still pinned to the same version.

    Raises:
        CorruptDataError: The store sent fewer or more bytes than the span (or the object) holds.
    """
    position = span.start if span else 0
    stop = span.stop if span else None
    stream: Iterator[bytes] | Iterator[memoryview] | None = None

    def next_piece() -> bytes | memoryview:
        nonlocal stream, stop
        try:
            with guard():
                if stream is None:
                    end, stream = open_at(position)
                    stop = end if stop is None else stop
                return next(stream, b"")
        except BaseException:
            stream = None
            raise

    while stop is None or position < stop:
        piece = retry(next_piece)
        if not piece:
            break
        position += len(piece)
        yield from _cut(piece)
    if stop is not None and position != stop:
        raise CorruptDataError(f"{place}: the store sent up to byte {position:,} instead of {stop:,}; try again")


def _cut(piece: bytes | memoryview) -> Iterator[memoryview | bytes]:
    if len(piece) <= PIECE_BYTES:
        yield piece
        return
    view = memoryview(piece)
    for at in range(0, len(piece), PIECE_BYTES):
        yield view[at : at + PIECE_BYTES]


def require_version(bucket: str, found: ObjectInfo, wanted: str) -> None:
    """Raise ObjectChangedError unless *found* is the version *wanted*."""
    if found.version != wanted:
        raise refusal(ObjectChangedError, bucket, found.key, f"version {found.version}, not {wanted}")


def is_beyond_obstore(error: Exception) -> bool:
    """Whether obstore got metadata that it cannot parse, for they are no UTF-8: an SDK can."""
    return "Metadata value" in str(error)


def refused_by_obstore(error: Exception, kinds: Mapping[str, type[StoreError]], bucket: str, key: str) -> StoreError:
    """Return our error for one of obstore's, which carries status and code as text only."""
    text = str(error)
    status, code = STATUS.search(text), CODE.search(text)
    name = code.group(1) if code else ""
    if "non-partial response" in text:
        return refusal(CorruptDataError, bucket, key, "the whole object instead of a range")
    kind = kinds.get(name) or (kind_of_status(int(status.group(1))) if status else StoreUnavailableError)
    return refusal(kind, bucket, key, name or (f"HTTP {status.group(1)}" if status else text.splitlines()[0]))
