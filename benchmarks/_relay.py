"""A wire that counts: how many bytes reached a server, whoever sent them and whatever became of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from urllib.parse import urlsplit

PIECE = 1024 * 1024


class Relay:
    """Pass every connection on to *server* and count what goes there; the kernel moves the bytes."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = Lock()
        self.received_bytes = 0
        """What reached the server so far, headers included."""

    @property
    def url(self) -> str:
        """Where to send what is to be counted."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        """Take connections until the relay is closed."""
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            for source, target, counted in ((client, server, True), (server, client, False)):
                Thread(target=self._pass_on, args=(source, target, counted), daemon=True).start()

    def close(self) -> None:
        """Take no further connection."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _pass_on(self, source: socket.socket, target: socket.socket, counted: bool) -> None:  # noqa: FBT001 - private
        reading, writing = os.pipe()
        try:
            while waiting := os.splice(source.fileno(), writing, PIECE):
                if counted:
                    with self._lock:
                        self.received_bytes += waiting
                while waiting:
                    waiting -= os.splice(reading, target.fileno(), waiting)
        except OSError:
            pass  # one side is gone: the other hears of it now
        finally:
            os.close(reading)
            os.close(writing)
            for end, how in ((source, socket.SHUT_RD), (target, socket.SHUT_WR)):
                with suppress(OSError):
                    end.shutdown(how)


@contextmanager
def counting(server: str) -> Iterator[Relay]:
    """Yield a relay in front of *server*."""
    relay = Relay(server)
    thread = Thread(target=relay.serve, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.close()
        thread.join()
