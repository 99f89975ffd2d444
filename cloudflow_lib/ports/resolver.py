"""What we ask of the domain name system."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Protocol


class Resolver(Protocol):
    """Look up a host."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return every address of *host*; none if there is no such host."""
        ...


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver; it also understands every odd way to write a number."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return sorted({str(entry[4][0]) for entry in found})
