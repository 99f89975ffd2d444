"""A server that says exactly the bytes it is told to, and may hang up in the middle of them."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import suppress

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close with an RST instead of a FIN."""


class RawServer:
    """Answers each connection with the next script; remembers the heads of the requests."""

    def __init__(self):
        self.heads: list[str] = []
        self._scripts: list[tuple[bytes, bool]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def will_say(self, script, *, then_resets=False):
        self._scripts.append((script, then_resets))

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                head, body = _head_of(connection)
                if not head or not self._scripts:
                    continue
                self.heads.append(head)
                script, then_resets = self._scripts.pop(0)
                if not then_resets:  # else it hangs up on what it has not read
                    _drain(connection, head, len(body))
                with suppress(ConnectionError):  # who asked may not want to hear all of it
                    connection.sendall(script)
                if then_resets:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _head_of(connection):
    """Return the head of a request, and what came of its body with it."""
    came = b""
    while b"\r\n\r\n" not in came and (more := connection.recv(65536)):
        came += more
    head, end, body = came.partition(b"\r\n\r\n")
    return (head + end).decode(), body


def _drain(connection, head, came):
    """Read the rest of the body that the *head* announces."""
    told = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
    left = int(told.group(1)) - came if told else 0
    while left > 0 and (more := connection.recv(65536)):
        left -= len(more)


def reply(status, body=b"", *, length=None, **headers):
    """Return an answer as bytes; *length* is what it claims, whatever the body is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    lines += ["Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
