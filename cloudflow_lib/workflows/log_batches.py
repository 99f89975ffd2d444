"""
Cut access logs into batches that are the same after a crash, so that none counts twice.

What a batch holds depends on what was there when it was made: which small logs were waiting, how far
a live log had grown. So it is written down before anything is counted, and a run that follows a
crash repeats exactly that before it looks at anything new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from cloudflow_lib.domain.access import AccessRecord, BrokenLine
from cloudflow_lib.errors import ObjectChangedError, ObjectNotFoundError
from cloudflow_lib.ports.access_book import AccessBook
from cloudflow_lib.ports.access_logs import AccessLog, LogReader

BATCH_LINES = 20_000
BATCH_LOGS = 500

Item = AccessRecord | BrokenLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBatch:
    """Lines that are counted together; the same id always stands for the same lines."""

    batch_id: str
    items: Sequence[Item]
    ended: Sequence[str] = ()
    """Names of logs that are done with it; they are marked before the batch itself."""
    logs: int = 1


@dataclass(frozen=True, slots=True)
class Postponed:
    """A log that changed or went away under the read."""

    name: str
    reason: str


@dataclass(slots=True)
class _Group:
    """Small logs that share a batch: providers deliver hundreds of them a day."""

    names: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def has_room(self, lines: int) -> bool:
        return not self.names or (len(self.items) + lines <= BATCH_LINES and len(self.names) < BATCH_LOGS)

    def add(self, name: str, items: Iterable[Item]) -> None:
        self.names.append(name)
        self.items.extend(items)


class Batches:
    """The batches of one source that have not been counted yet; each must be marked before the next is asked for."""

    def __init__(
        self,
        source: str,
        list_logs: Callable[[], Iterable[AccessLog]],
        reader: LogReader,
        book: AccessBook,
    ) -> None:
        self._plan = f"plan:{source}"
        self._list_logs = list_logs
        self._reader = reader
        self._book = book
        self._group = _Group()

    def __iter__(self) -> Iterator[LogBatch | Postponed]:
        yield from self._repeat_unfinished()
        for log in self._list_logs():
            try:
                yield from self._of_growing(log) if log.grows else self._of_whole(log)
            except (ObjectNotFoundError, ObjectChangedError) as error:
                yield Postponed(log.name, str(error))
        yield from self._close_group()

    def _repeat_unfinished(self) -> Iterator[LogBatch | Postponed]:
        names = self._book.log_state(self._plan)
        if not names or self._book.is_ingested(_group_id(names)):
            return
        group = _Group()
        for log in self._list_logs():
            if log.name in names:
                try:
                    group.add(log.name, self._reader.read_lines(log.lines()))
                except (ObjectNotFoundError, ObjectChangedError) as error:
                    yield Postponed(log.name, str(error))
        yield LogBatch(batch_id=_group_id(names), items=group.items, ended=group.names, logs=len(group.names))

    def _of_whole(self, log: AccessLog) -> Iterator[LogBatch]:
        """Yield the batches of a log that never changes, or let it wait for others as small."""
        if self._book.is_ingested(log.name):
            return
        items = self._reader.read_lines(log.lines())
        first = list(islice(items, BATCH_LINES))
        if not self._group.has_room(len(first)):
            yield from self._close_group()
        if len(first) < BATCH_LINES:
            self._group.add(log.name, first)
            return
        for number, piece in enumerate(_pieces(chain(first, items))):
            batch_id = f"{log.name}#{number}"
            if not self._book.is_ingested(batch_id):
                yield LogBatch(batch_id=batch_id, items=piece, logs=number == 0)
        self._book.mark_ingested(log.name, {})

    def _close_group(self) -> Iterator[LogBatch]:
        group, self._group = self._group, _Group()
        if group.names:
            self._book.save_log_state(self._plan, dict.fromkeys(group.names, 1))
            batch_id = _group_id(group.names)
            yield LogBatch(batch_id=batch_id, items=group.items, ended=group.names, logs=len(group.names))

    def _of_growing(self, log: AccessLog) -> Iterator[LogBatch]:
        """Yield the batches of a log that still gets lines, from where the last one ended."""
        with log.alone():
            begun = self._book.log_state(f"position:{log.name}")
            start, stop = begun.get("start", 0), begun.get("stop", 0)
            if begun and not self._book.is_ingested(_span_id(log, start)):
                items = list(self._reader.read_lines(log.lines(start, stop)))
                yield LogBatch(batch_id=_span_id(log, start), items=items)
            lines = log.lines(stop)
            start = stop
            while piece := list(islice(lines, BATCH_LINES)):
                self._book.save_log_state(f"position:{log.name}", {"start": start, "stop": lines.offset})
                yield LogBatch(batch_id=_span_id(log, start), items=list(self._reader.read_lines(piece)))
                start = lines.offset


def _pieces(items: Iterator[Item]) -> Iterator[Sequence[Item]]:
    while piece := list(islice(items, BATCH_LINES)):
        yield piece


def _group_id(names: Iterable[str]) -> str:
    return "group:" + hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=16).hexdigest()


def _span_id(log: AccessLog, start: int) -> str:
    return f"{log.name}@{start}"
