"""What we ask of the domain name system."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Protocol

LOOKUP_SECONDS = 10.0
"""The machine's resolver may ask several dead servers in turn, each for seconds, and takes no timeout itself."""


class Resolver(Protocol):
    """Look up a host."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return every address of *host*; none if there is no such host, or nobody tells in time."""
        ...


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver; it also understands every odd way to write a number."""
    found: set[str] = set()

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.update(str(entry[4][0]) for entry in entries)

    asking = Thread(target=look_up, name="resolver", daemon=True)  # whoever waits for it may leave, it cannot
    asking.start()
    asking.join(LOOKUP_SECONDS)
    return () if asking.is_alive() else sorted(found)
