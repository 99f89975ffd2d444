"""A network between the browser and the server that breaks in the middle of something large."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

PIECE = 64 * 1024
AWAY_SECONDS = 1.5


@dataclass
class Tunnel:
    """Hands connections on to *port*, until one has carried *breaks_after* bytes up: then everything breaks, once."""

    port: int
    breaks_after: int
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    away_until: float = 0.0
    breaks: int = 0
    _open: set[socket.socket] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    @property
    def own_port(self) -> int:
        return int(self.listening.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listening socket is closed."""
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            if time.monotonic() < self.away_until:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.port))
            with self._lock:
                self._open |= {near, far}
            for source, target, is_up in ((near, far, True), (far, near, False)):
                Thread(target=self._carry, args=(source, target), kwargs={"is_up": is_up}, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, *, is_up: bool) -> None:
        carried = 0
        with suppress(OSError):  # it was closed from the other side
            while data := source.recv(PIECE):
                target.sendall(data)
                carried += len(data) * is_up
                if carried >= self.breaks_after and not self.breaks:
                    self._break()
        for one in (source, target):
            _end(one)

    def _break(self) -> None:
        self.breaks += 1
        self.away_until = time.monotonic() + AWAY_SECONDS
        self.close_all()

    def close_all(self) -> None:
        """Close every connection as it is."""
        with self._lock:
            ending, self._open = self._open, set()
        for one in ending:
            _end(one)


def _end(one: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def running_tunnel(port: int, *, breaks_after: int) -> Iterator[Tunnel]:
    """Run one, and leave no connection behind."""
    tunnel = Tunnel(port, breaks_after)
    Thread(target=tunnel.serve, daemon=True).start()
    yield tunnel
    _end(tunnel.listening)
    tunnel.close_all()
