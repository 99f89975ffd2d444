"""Times as logs write them; a busy log repeats the same second, so the last ones are remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS: Mapping[str, int] = {
    name: number for number, month in enumerate(LONG_MONTHS, start=1) for name in (month, month[:3])
}
"""English names whatever the machine's locale says, which `strptime` would follow."""


@lru_cache(maxsize=4096)
def clf_time(text: str) -> datetime:
    """
    Return the UTC time of `06/Feb/2019:00:00:38 +0000`; versitygw writes the month in full.

    Raises:
        ValueError, KeyError: It is no such time.
    """
    day, month, rest = text.split("/", 2)
    year, hour, minute, second = rest[:13].split(":")
    zone = rest[14:]
    at = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return at if zone == "+0000" else at.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _zone(text: str) -> timezone:
    sign = {"+": 1, "-": -1}[text[0]]
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5])))


@lru_cache(maxsize=4096)
def iso_time(text: str) -> datetime:
    """
    Return the UTC time of `2026-11-23T09:30:00.1234567Z`.

    Raises:
        ValueError: It is no such time, or it names no zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)
