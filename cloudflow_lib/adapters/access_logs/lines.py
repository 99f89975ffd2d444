"""Lines of a log file or log object, plain or gzipped, in bounded memory and with their place in the text."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE_BYTES = 256 * 1024
"""No provider writes longer ones: keys end at 1,024 bytes, request heads at some ten kilobytes."""
SHOWN_BYTES = 1024
GZIP_MAGIC = b"\x1f\x8b"


class LineFeed:
    """The lines of one open stream from *start* on, ending before *stop*; `offset` tells where the next one begins."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        start: int = 0,
        stop: int | None = None,
        whole_only: bool = False,
        below: BinaryIO | None = None,
    ) -> None:
        self._stream = stream
        self._below = below
        self._stop = stop
        self._whole_only = whole_only
        self.offset = start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._stop is not None and self.offset >= self._stop:
            return self._end()
        try:
            line = self._stream.readline(LONGEST_LINE_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._end_quietly()
            return _unreadable(f"compressed data is damaged from here on: {error}".encode())
        if not line or (self._whole_only and len(line) < LONGEST_LINE_BYTES and not line.endswith(b"\n")):
            return self._end()
        self.offset += len(line)
        if line.endswith(b"\n") or len(line) < LONGEST_LINE_BYTES:
            return line
        self._skip_line()
        return _unreadable(line)

    def _skip_line(self) -> None:
        while piece := self._stream.readline(LONGEST_LINE_BYTES):
            self.offset += len(piece)
            if piece.endswith(b"\n"):
                return

    def _end_quietly(self) -> None:
        self._stop = self.offset
        self._stream.close()
        if self._below is not None:
            self._below.close()

    def _end(self) -> bytes:
        self._end_quietly()
        raise StopIteration


def _unreadable(line: bytes) -> bytes:
    """Return the beginning of *line* in a form that no dialect can mistake for a record."""
    return b"\0" + line[:SHOWN_BYTES].translate(bytes.maketrans(b' ";,[\n', b"______"))


def open_lines(stream: BinaryIO, *, start: int = 0, stop: int | None = None, whole_only: bool = False) -> LineFeed:
    """Return the lines of *stream*, unpacked where it is gzipped; *start* and *stop* count unpacked bytes."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    if buffered.peek(2)[:2] == GZIP_MAGIC:
        unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=buffered))
        _skip(unpacked, start)
        return LineFeed(unpacked, start=start, stop=stop, whole_only=whole_only, below=buffered)
    if buffered.seekable():
        buffered.seek(start)
    else:
        _skip(buffered, start)
    return LineFeed(buffered, start=start, stop=stop, whole_only=whole_only)


def _skip(stream: BinaryIO, size_bytes: int) -> None:
    left = size_bytes
    while left and (piece := stream.read(min(left, 1 << 20))):
        left -= len(piece)


class PieceStream(io.RawIOBase):
    """A file made of the pieces that a store yields, holding one piece at a time."""

    def __init__(self, pieces: Iterator[memoryview | bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
