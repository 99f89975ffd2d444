"""
A server that is often busy: passes requests on to another one, and answers 503 to a share of them.

    python -m benchmarks._engine_refusals UPSTREAM_PORT SHARE SEED

Prints its port, and at its end (SIGTERM) how many requests it saw and refused. Some of what it refuses it
has passed on before: a refused write may have worked.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from asyncio import StreamReader, StreamWriter

import uvloop

HOST = "127.0.0.1"
BODY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
TOO_LATE = 0.1
"""The part of the refusals that come only after the request was passed on."""


class Refuser:
    """Counts what it sees, and refuses by chance."""

    def __init__(self, upstream_port: int, share: float, seed: int) -> None:
        self._upstream_port = upstream_port
        self._share = share
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.seen = 0
        self.refused = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer every request on one connection, over one connection to the server behind."""
        above_reader, above_writer = await asyncio.open_connection(HOST, self._upstream_port, limit=2**20)
        try:
            while True:
                request = await _message(reader)
                self.seen += 1
                is_refused = self._chance.random() < self._share
                if not is_refused or self._chance.random() < TOO_LATE:
                    above_writer.write(request)
                    answer = await _message(above_reader, is_answer_to=request)
                self.refused += is_refused
                writer.write(BUSY if is_refused else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # one side has closed the connection
        finally:
            writer.close()
            above_writer.close()


async def _message(reader: StreamReader, is_answer_to: bytes = b"") -> bytes:
    """Read one request or answer, whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    names = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in head.split(b"\r\n")[1:]}
    if is_answer_to.startswith(b"HEAD "):
        return head
    if names.get(b"transfer-encoding", b"").lower() == b"chunked":
        return head + await reader.readuntil(b"0\r\n\r\n")
    return head + await reader.readexactly(int(names.get(b"content-length", b"0")))


async def main(upstream_port: int, share: float, seed: int) -> None:
    """Serve until SIGTERM."""
    refuser, ended = Refuser(upstream_port, share, seed), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncio.start_server(refuser.serve, HOST, 0, limit=2**20, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    server.close()
    print(json.dumps({"seen": refuser.seen, "refused": refuser.refused}), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
