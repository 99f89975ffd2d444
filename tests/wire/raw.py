"""A server that says exactly the bytes it is told to, and may hang up in the middle of them."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from contextlib import suppress

PIECE_BYTES = 64 * 1024
ENDS = b"\r\nConnection: close\r\n"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close with an RST instead of a FIN."""


class RawServer:
    """Answers each request with the next script; remembers the requests, and how many connections brought them."""

    def __init__(self):
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._pause_seconds = 0.0
        self._scripts: list[tuple[bytes, bool]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def will_say(self, script, *, then_resets=False):
        self._scripts.append((script, then_resets))

    def reads_slowly(self, pause_seconds):
        """Pause before each of at most 64 KiB, without a stall, and let the machine keep little for us."""
        self._pause_seconds = pause_seconds
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)

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
            self.connections += 1
            with connection:
                while self._goes_on(connection):
                    pass

    def _goes_on(self, connection):
        """Answer one request; whether the connection may bring another."""
        head, body = _head_of(connection)
        if not head or not self._scripts:
            return False
        self.heads.append(head)
        script, then_resets = self._scripts.pop(0)
        if not then_resets:  # else it hangs up on what it has not read
            self.bodies.append(self._all_of(connection, head, body))
        with suppress(ConnectionError):  # who asked may not want to hear all of it
            connection.sendall(script)
        if then_resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return not then_resets and ENDS not in script

    def _all_of(self, connection, head, body):
        """Return the body that the *head* announces, of which *body* came with it."""
        told = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
        pieces, left = [body], int(told.group(1)) - len(body) if told else 0
        while left > 0 and (more := self._read(connection)):
            pieces.append(more)
            left -= len(more)
        return b"".join(pieces)

    def _read(self, connection):
        time.sleep(self._pause_seconds)
        with suppress(ConnectionError):  # who was too slow for its sender hears of it here
            return connection.recv(PIECE_BYTES)
        return b""


def _head_of(connection):
    """Return the head of a request, and what came of its body with it."""
    came = b""
    with suppress(ConnectionError):  # who goes away in the middle of an answer may reset
        while b"\r\n\r\n" not in came and (more := connection.recv(PIECE_BYTES)):
            came += more
    head, end, body = came.partition(b"\r\n\r\n")
    return (head + end).decode(), body


def reply(status, body=b"", *, length=None, keeps=False, **headers):
    """Return an answer as bytes; *length* is what it claims, whatever the body is; *keeps*: another may follow."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [] if keeps else ["Connection: close"]
    lines += ["Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
