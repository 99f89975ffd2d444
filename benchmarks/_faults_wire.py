"""What goes wrong on the wire of one run, request by request."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from benchmarks._faults_http import Message, Spoiling, is_data_request


class WireFault(StrEnum):
    """What goes wrong between client and server."""

    BUSY = "busy"
    """503 without a word about when to come back; the server hears nothing."""
    BUSY_UNTIL = "busy_until"
    """503 with Retry-After."""
    BROKEN = "broken"
    """500."""
    RESET = "reset"
    """The connection breaks before the server hears the request."""
    LOST_ANSWER = "lost_answer"
    """The server acts, and the connection breaks before its answer."""
    STALL = "stall"
    """The answer takes its time."""
    CUT = "cut"
    """The connection breaks within the answer's body."""
    SHORT = "short"
    """The answer's body ends early and its headers say so too."""
    FLIPPED_ANSWER = "flipped_answer"
    """One bit of an object's bytes changes on their way to us."""
    FLIPPED_REQUEST = "flipped_request"
    """One bit of an object's bytes changes on their way to the server."""


SPOILINGS: Mapping[WireFault, Spoiling] = {
    WireFault.CUT: "cut",
    WireFault.SHORT: "short",
    WireFault.FLIPPED_ANSWER: "flip",
}
"""What needs an answer with bytes of an object, and what becomes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvent:
    """One fault of a run."""

    what: WireFault
    at_request: int
    """From this request of the run on; a spoilt body waits for the next one with a body of data."""
    requests: int = 1
    seconds: float = 0.0
    """How long a stall lasts, or what Retry-After says."""


@dataclass(slots=True)
class WireScript:
    """The faults of one run, and what went over its wire."""

    waiting: list[WireEvent]
    chance: random.Random
    requests: int = 0
    sent_bytes: int = 0
    """Bytes of objects that were sent to servers, whatever became of them."""
    calls: list[str] = field(default_factory=list)
    played: list[WireEvent] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def end(self) -> None:
        """Let everything pass from now on."""
        with self.lock:
            self.waiting = []

    def due(self, request: Message) -> WireEvent | None:
        """Count the request and return what goes wrong with it."""
        with self.lock:
            self.requests += 1
            is_data = is_data_request(request)
            self.sent_bytes += len(request.body) if is_data else 0
            line = f"{self.requests} {request.method} {request.target.partition('?')[0]} {len(request.body)}"
            self.calls.append(line)
            for event in self.waiting:
                if self.requests < event.at_request:
                    continue
                if event.what in SPOILINGS and request.method != "GET":
                    continue
                if event.what is WireFault.FLIPPED_REQUEST and not is_data:
                    continue
                return event
            return None

    def note(self, event: WireEvent) -> None:
        """Note that it came; a burst goes on until its requests are over."""
        with self.lock:
            self.calls[-1] += f" ! {event.what}"
            if event not in self.played:
                self.played.append(event)
            if event in self.waiting and self.requests + 1 >= event.at_request + event.requests:
                self.waiting.remove(event)
