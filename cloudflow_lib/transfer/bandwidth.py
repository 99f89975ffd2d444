"""
A limit of bytes per second that may change with the time of day.

Written as people know it from rclone's `--bwlimit`: `10M`, or `08:00,10M 19:00,off`, in bytes per second
with the suffixes K, M, G (1024 each), local time. Limiters at hand know one fixed rate, refuse a request
above a second's worth, and serve either asyncio or threads; this one is shared by both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from datetime import time as clock_time
from threading import Lock

from cloudflow_lib.domain.objects import ByteSpan, Capabilities, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.stores import ObjectReader

UNITS = {"": 1024, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
"""A bare number counts KiB, as rclone has it."""
RATE = re.compile(r"(\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?", re.IGNORECASE)
BURST_SECONDS = 0.1
RECHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """From this time of day on, so many bytes per second; None: as many as there are."""

    since: clock_time
    bytes_per_second: float | None


def parse_windows(text: str) -> tuple[Window, ...]:
    """
    Return the windows in *text* by time of day; one rate alone holds all day.

    Raises:
        WrongInputError: It is no rate and no list of `HH:MM,RATE`.
    """
    words = text.split()
    if not words:
        raise WrongInputError("a bandwidth limit looks like `10M` or `08:00,10M 19:00,off`")
    if len(words) == 1 and "," not in words[0]:
        return (Window(clock_time(), _rate(words[0])),)
    windows = sorted((_window(word) for word in words), key=lambda window: window.since)
    if len({window.since for window in windows}) < len(windows):
        raise WrongInputError(f"{text!r} names the same time of day twice; keep one of them")
    return tuple(windows)


def _window(word: str) -> Window:
    since, _, rate = word.partition(",")
    try:
        return Window(datetime.strptime(since, "%H:%M").time(), _rate(rate))  # noqa: DTZ007 - a time of day has no zone
    except ValueError as error:
        raise WrongInputError(f"{word!r} is no window of a bandwidth limit; write it like `08:00,10M`") from error


def _rate(word: str) -> float | None:
    if word.lower() == "off":
        return None
    found = RATE.fullmatch(word)
    rate = float(found.group(1)) * UNITS[found.group(2).lower()] if found else 0.0
    if rate <= 0:
        raise WrongInputError(f"{word!r} is no bandwidth; write `off`, or bytes per second like `512K` or `10M`")
    return rate


@dataclass(slots=True)
class Bandwidth:
    """A token bucket with debt: who takes bytes may pay for them by waiting afterwards, whatever the amount."""

    windows: tuple[Window, ...] = (Window(clock_time(), None),)
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    _free_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at any time of day."""
        return any(window.bytes_per_second for window in self.windows)

    def rate(self) -> float | None:
        """Return the bytes per second that hold now."""
        today = self.now().time()
        started = [window for window in self.windows if window.since <= today]
        return (started or self.windows)[-1].bytes_per_second  # before the first one, the last of yesterday holds

    def reserve(self, size_bytes: int) -> float:
        """Take so many bytes and return the seconds to wait before moving them."""
        if (rate := self.rate()) is None:
            return 0.0
        with self._lock:
            now = self.clock()
            start = max(self._free_at, now - BURST_SECONDS)
            self._free_at = start + size_bytes / rate
            return max(0.0, start - now)

    def wait(self, size_bytes: int, sleep: Callable[[float], None] = time.sleep) -> None:
        """Take so many bytes and wait for them, in a thread; a limit that is lifted meanwhile ends the wait."""
        left = self.reserve(size_bytes)
        while left > 0 and self.rate() is not None:
            sleep(min(left, RECHECK_SECONDS))
            left -= RECHECK_SECONDS


@dataclass(frozen=True, slots=True)
class LimitedReader:
    """A reader whose pieces come no faster than the bandwidth allows."""

    reader: ObjectReader
    bandwidth: Bandwidth

    @property
    def capabilities(self) -> Capabilities:
        return self.reader.capabilities

    def stat(self, key: str) -> ObjectInfo:
        return self.reader.stat(key)

    def traits(self, key: str) -> ObjectTraits:
        return self.reader.traits(key)

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        for piece in self.reader.read(key, version=version, span=span):
            self.bandwidth.wait(len(piece))
            yield piece
