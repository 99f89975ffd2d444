"""What we ask of access logs, wherever they lie and whoever wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.access import AccessRecord, BrokenLine
from cloudflow_lib.domain.locations import LogFeed


class LogReader(Protocol):
    """Read the lines of one dialect."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        """
        Yield what each line says, one by one, without ever raising because of what a line holds.

        Headers and comments yield nothing. An open binary file is an iterable of lines too.
        """
        ...


class LogLines(Protocol):
    """The lines of one log, from the place where reading began."""

    @property
    def offset(self) -> int:
        """How many bytes of the log lie before the line that comes next (of the text, where it is compressed)."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...


class AccessLog(Protocol):
    """One file or object of log lines."""

    @property
    def name(self) -> str:
        """Names exactly this log. A log that was replaced by another one has another name."""
        ...

    @property
    def grows(self) -> bool:
        """Whether lines are still appended: then reading goes on where it ended, and only whole lines count."""
        ...

    def lines(self, start: int = 0, stop: int | None = None) -> LogLines:
        """
        Open the log at byte *start* and end before *stop*; lines of absurd length come cut and unreadable.

        Raises:
            ObjectNotFoundError, ObjectChangedError: It is gone or was replaced since it was listed.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Wait until nobody else on this machine reads a growing log, and keep others out meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed of logs: how they read, and which there are now."""

    reader: LogReader
    list_logs: Callable[[], Iterable[AccessLog]]


class FeedOpener(Protocol):
    """Find the logs of a feed."""

    def __call__(self, feed: LogFeed) -> OpenFeed:
        """
        Return how to list and read the feed's logs.

        Raises:
            WrongInputError: No dialect has that name.
        """
        ...
