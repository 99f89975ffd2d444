"""
The span of time that a location's logs have told about.

A file without reads is unused only if somebody was counting: what lies outside this span is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cloudflow_lib.domain.access import LogCoverage
from cloudflow_lib.ports.access_book import AccessBook


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
    state = {"since": int(wider.since.timestamp()), "until": int(wider.until.timestamp())}
    if known is None or state != {"since": int(known.since.timestamp()), "until": int(known.until.timestamp())}:
        book.save_log_state(_name(location_id), state)


def _name(location_id: str) -> str:
    return f"coverage:{location_id}"
