"""
The span of time that a location's logs have told about.

A file without reads is unused only if somebody was counting: what lies outside this span is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cloudflow_lib.domain.access import LogCoverage
from cloudflow_lib.ports.access_book import AccessBook

SMALL_STEP = timedelta(days=1)


def coverage_of(known: LogCoverage | None, at: datetime) -> LogCoverage:
    """Return *known*, widened to include *at*."""
    if known is None:
        return LogCoverage(since=at, until=at)
    if known.since <= at <= known.until:
        return known
    return LogCoverage(since=min(known.since, at), until=max(known.until, at))


def load_coverage(book: AccessBook, location_id: str) -> LogCoverage | None:
    """Return the span, or None where no log of this location was ever read."""
    state = book.log_state(_name(location_id))
    if not state:
        return None
    return LogCoverage(
        since=datetime.fromtimestamp(state["since"], UTC),
        until=datetime.fromtimestamp(state["until"], UTC),
    )


def save_coverage(book: AccessBook, location_id: str, span: LogCoverage) -> None:
    """Widen the stored span; nothing is written where it already reaches that far."""
    known = load_coverage(book, location_id)
    wider = span if known is None else known | span
    if known is None or _state(wider) != _state(known):
        book.save_log_state(_name(location_id), _state(wider))


class CoverageNotes:
    """The spans that one run learns: saved with every batch that widens them much, and all when it ends."""

    def __init__(self, book: AccessBook) -> None:
        self._book = book
        self._learnt: dict[str, LogCoverage] = {}
        self._saved: dict[str, LogCoverage] = {}

    def note(self, location_id: str, at: datetime) -> None:
        """Remember that a log told about *at*."""
        self._learnt[location_id] = coverage_of(self._learnt.get(location_id), at)

    def save(self, *, at_end: bool = False) -> None:
        """Write what was learnt; before the end small steps forward wait, as logs come by the hundred."""
        for location_id, span in self._learnt.items():
            saved = self._saved.get(location_id)
            is_small_step = saved is not None and saved.since <= span.since and span.until - saved.until < SMALL_STEP
            if saved != span and (at_end or not is_small_step):
                save_coverage(self._book, location_id, span)
                self._saved[location_id] = span


def _state(span: LogCoverage) -> dict[str, int]:
    return {"since": int(span.since.timestamp()), "until": int(span.until.timestamp())}


def _name(location_id: str) -> str:
    return f"coverage:{location_id}"
