"""
One bucket over plain connections: bytes go from and to the caller's memory, and nothing between copies them.

For whatever is no small object. A library takes as long for such a body as reading or sending it does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from urllib.parse import urlsplit
from urllib.request import getproxies

from urllib3.util import wait_for_read

from cloudflow_lib.adapters.stores.answers import Answer, unanswered
from cloudflow_lib.errors import StoreError

FROM_BYTES = 256 * 1024
BLOCK_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 60.0
"""
For connecting, each read and each send.

Also for SDKs on urllib3, as both limits: a connection of it sends bodies under the one for connecting.
"""

Words = Mapping[str, str]
"""What is asked for behind the path of an address, or the headers of a request in small letters."""


class Plain(ABC):
    """Requests of one bucket; each connection serves one thread at a time and is kept for the next."""

    def __init__(self, bucket: str, origin: str, *, proxy: str | None = None) -> None:
        self._bucket = bucket
        address = urlsplit(origin)
        self._host, self._connect = address.netloc, HTTPConnection if address.scheme == "http" else HTTPSConnection
        self._idle: deque[HTTPConnection] = deque()
        self._open: set[HTTPConnection] = set()
        self._goes_by_proxy = proxy is not None or bool(getproxies())

    @abstractmethod
    def refused(self, answer: Answer, key: str) -> StoreError:
        """Return what the store's refusal means."""

    @abstractmethod
    def _signed(self, method: str, key: str, asked: Words, query: Words, size_bytes: int) -> tuple[str, dict[str, str]]:
        """Return the target of a request, encoded, and its headers with what signs it."""

    def takes(self, size_bytes: int) -> bool:
        """Whether a body of this size goes this way; where a proxy is set, the libraries know how to use it."""
        return size_bytes >= FROM_BYTES and not self._goes_by_proxy

    def send(
        self,
        method: str,
        key: str,
        asked: Words,
        data: bytes | memoryview,
        take: Callable[[HTTPResponse], memoryview],
        query: Words | None = None,
    ) -> Answer:
        """
        Send one request; *take* reads the body of its answer.

        Raises:
            StoreUnavailableError: There was no answer, or it broke off.
        """
        with self._asked(method, key, asked, data, query or {}) as answer:
            body = take(answer)
            return Answer(status=answer.status, headers=headers_of(answer), data=body)

    def interrupt(self) -> None:
        """End the requests that are under way in other threads; they raise StoreUnavailableError."""
        for connection in tuple(self._open):
            if (sock := connection.sock) is not None:  # looked at once: its thread may end it at this moment
                with suppress(OSError):
                    sock.shutdown(2)

    def close(self) -> None:
        """End all connections."""
        self._idle.clear()
        for connection in tuple(self._open):
            connection.close()
        self._open.clear()

    @contextmanager
    def _asked(
        self, method: str, key: str, asked: Words, data: bytes | memoryview, query: Words
    ) -> Iterator[HTTPResponse]:
        target, headers = self._signed(method, key, asked, query, len(data))
        connection = self._connection()
        try:
            if connection.sock is None:
                connection.connect()  # out here: who resets now has not answered
            with suppress(BrokenPipeError, ConnectionResetError):  # who refuses before the body has come has answered
                connection.request(method, target, body=Slices(data) if data else None, headers=headers)
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            connection.close()
            raise unanswered(error, self._bucket, key) from error
        except BaseException:
            connection.close()  # what is left of the answer must not be taken for the next one's
            raise
        finally:
            self._idle.append(connection)

    def _connection(self) -> HTTPConnection:
        with suppress(IndexError):
            kept = self._idle.pop()
            if kept.sock is not None and wait_for_read(kept.sock, timeout=0):
                kept.close()  # its other end has closed meanwhile; it opens again by itself
            return kept
        made = self._connect(self._host, timeout=TIMEOUT_SECONDS, blocksize=BLOCK_BYTES)
        self._open.add(made)
        return made


class Slices:
    """
    A body that is sent slice by slice, as often as it is asked for; its request must tell the length.

    A socket's time limit holds for everything that one call sends: a large body in one piece would have to be through
    by then, however steadily its other end reads.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)

    def __iter__(self) -> Iterator[memoryview]:
        return (self._data[at : at + BLOCK_BYTES] for at in range(0, len(self._data), BLOCK_BYTES))


def filled(answer: HTTPResponse, size_bytes: int) -> memoryview:
    """Return the next *size_bytes* of a body, or as many as there are; IncompleteRead: it broke off."""
    view, at = memoryview(bytearray(size_bytes)), 0
    while at < size_bytes and (count := answer.readinto(view[at:])):
        at += count
    if at < size_bytes and answer.length:
        raise IncompleteRead(b"", answer.length)
    return view[:at]


def all_of(answer: HTTPResponse) -> memoryview:
    """Return a body that is short."""
    return memoryview(answer.read())


def headers_of(answer: HTTPResponse) -> dict[str, str]:
    """Return the headers of an answer, their names in small letters."""
    return {name.lower(): value for name, value in answer.getheaders()}
