"""Cut access logs into batches that are the same after a crash, so that none counts twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from cloudflow_lib.domain.access import AccessRecord, BrokenLine
from cloudflow_lib.ports.access_book import AccessBook
from cloudflow_lib.ports.access_logs import AccessLog, LogReader

BATCH_LINES = 20_000


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Lines that are counted together; the same id always stands for the same lines."""

    batch_id: str
    items: Sequence[AccessRecord | BrokenLine]


def new_batches(log: AccessLog, reader: LogReader, book: AccessBook) -> Iterator[LogBatch]:
    """Yield what has not been counted yet; each batch must be marked as ingested before the next is asked for."""
    yield from _batches_of_growing(log, reader, book) if log.grows else _batches_of_whole(log, reader, book)


def _batches_of_whole(log: AccessLog, reader: LogReader, book: AccessBook) -> Iterator[LogBatch]:
    """Yield the batches of a log that never changes; its last one carries the log's name and so says: all done."""
    if book.is_ingested(log.name):
        return
    items = reader.read_lines(log.lines())
    number, ahead = 0, next(items, None)
    while True:
        first = [] if ahead is None else [ahead]
        batch = list(chain(first, islice(items, BATCH_LINES - 1)))
        ahead = next(items, None)
        batch_id = log.name if ahead is None else f"{log.name}#{number}"
        if not book.is_ingested(batch_id):
            yield LogBatch(batch_id, batch)
        if ahead is None:
            return
        number += 1


def _batches_of_growing(log: AccessLog, reader: LogReader, book: AccessBook) -> Iterator[LogBatch]:
    """
    Yield the batches of a log that still gets lines.

    Where a batch ends depends on when it was read, so its span is written down before anything is
    counted: after a crash exactly that span is read again, however far the log has grown since.
    """
    state_name = f"position:{log.name}"
    begun = book.log_state(state_name)
    start, stop = begun.get("start", 0), begun.get("stop", 0)
    if begun and not book.is_ingested(_span_id(log, start)):
        yield LogBatch(_span_id(log, start), list(reader.read_lines(log.lines(start, stop))))
    lines = log.lines(stop)
    start = stop
    while piece := list(islice(lines, BATCH_LINES)):
        book.save_log_state(state_name, {"start": start, "stop": lines.offset})
        yield LogBatch(_span_id(log, start), list(reader.read_lines(piece)))
        start = lines.offset


def _span_id(log: AccessLog, start: int) -> str:
    return f"{log.name}@{start}"
