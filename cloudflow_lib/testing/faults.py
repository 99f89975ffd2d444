"""Everything that can go wrong at a port, at numbered calls: a script of faults, played on a wrapped world."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from threading import Lock
from typing import Any, TypeVar, cast

from cloudflow_lib.errors import CloudFlowError, StoreFullError, StoreUnavailableError
from cloudflow_lib.testing.tripwire import Moment, Wired

T = TypeVar("T")

WRITES = frozenset({"put", "put_part", "finish_upload", "copy_within"})
DATA_WRITES = frozenset({"put", "put_part"})


class Killed(BaseException):
    """The process is dead: nothing behind this line runs, and no handler of errors may catch it."""


class PortFault(StrEnum):
    """What goes wrong."""

    KILL = "kill"
    """At that call the process dies; every later call through the wire dies too, also those that tidy up."""
    BREAK = "break"
    """The call never arrives, or its answer gets lost."""
    STORM = "storm"
    """For a while most calls break, before or after they worked."""
    FULL = "full"
    """For a while no write finds room."""
    SHORT_READ = "short_read"
    """The next read ends early, without an error."""
    FLIPPED_READ = "flipped_read"
    """The next read has one wrong bit."""
    FLIPPED_WRITE = "flipped_write"
    """The next write arrives with one wrong bit."""
    HOOK = "hook"
    """Somebody else acts, right before the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a script."""

    what: PortFault
    at_call: int
    """From this call on, counted from 1 through everything that is wrapped; a read or write waits for the next one."""
    calls: int = 1
    """How long a storm or a full destination lasts."""
    moment: Moment = "before"
    hook: str = ""
    """Which of the wire's hooks acts."""


class FaultyWire:
    """
    Play *script* on the calls through everything that was wrapped; `revive` ends it.

    *die* is what a kill does beyond raising `Killed`: a process of its own may really kill itself.
    """

    def __init__(
        self,
        script: Sequence[Fault],
        *,
        seed: str,
        hooks: Mapping[str, Callable[[], None]] | None = None,
        die: Callable[[], None] = lambda: None,
    ) -> None:
        self.calls: list[str] = []
        """Every call so far with its number and what went wrong in it, for people."""
        self.played: list[Fault] = []
        """The faults that have come."""
        self._waiting = list(script)
        self._hooks = hooks or {}
        self._die = die
        self._random = random.Random(seed)  # noqa: S311 - it breaks things repeatably, it keeps no secret
        self._lock = Lock()
        self._is_dead = False

    def wrap(self, thing: T, *, error: type[CloudFlowError] = StoreUnavailableError) -> T:
        """Return *thing* with the wire across each of its methods; a broken one raises *error*."""

        def guard(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
            return self._guarded(name, call, error)

        return cast("T", Wired(thing, guard))

    def revive(self) -> None:
        """Let everything pass from now on: the faults are over, or a new process has begun."""
        with self._lock:
            self._waiting = []
            self._is_dead = False

    def _guarded(self, name: str, call: Callable[..., Any], error: type[CloudFlowError]) -> Callable[..., Any]:
        @wraps(call)
        def guarded(*args: object, **named: object) -> object:
            faults, number = self._due(name)
            kinds = {fault.what for fault in faults}
            for fault in faults:
                if fault.what is PortFault.HOOK:
                    self._hooks[fault.hook]()
            if PortFault.FULL in kinds and name in WRITES:
                raise StoreFullError(f"call {number}, {name}: there is no room left")
            if PortFault.FLIPPED_WRITE in kinds:
                args = tuple(flipped(arg, self._random) if isinstance(arg, bytes) else arg for arg in args)
            self._stop(faults, "before", name, number, error)
            result = call(*args, **named)
            if isinstance(result, Iterator):
                return self._stream(result, faults, name, number, error)
            self._stop(faults, "after", name, number, error)
            return result

        return guarded

    def _due(self, name: str) -> tuple[list[Fault], int]:
        """Count the call and return the faults that come now."""
        with self._lock:
            if self._is_dead:
                raise Killed
            self.calls.append(name)
            number = len(self.calls)
            due = [fault for fault in self._waiting if _is_due(fault, name, number)]
            for fault in due:
                if number + 1 >= fault.at_call + fault.calls or fault.what not in LASTING:
                    self._waiting.remove(fault)
                if fault not in self.played:
                    self.played.append(fault)
            if due:
                self.calls[-1] = f"{number} {name}: {', '.join(fault.hook or fault.what for fault in due)}"
            return [self._with_moment(fault) for fault in due], number

    def _with_moment(self, fault: Fault) -> Fault:
        """Let a storm break most calls, before or after they worked."""
        if fault.what is not PortFault.STORM:
            return fault
        moment: Moment = "before" if self._random.random() < 1 / 2 else "after"
        kind = PortFault.BREAK if self._random.random() < 2 / 3 else PortFault.STORM
        return Fault(what=kind, at_call=fault.at_call, moment=moment)

    def _stop(
        self, faults: Sequence[Fault], moment: Moment, name: str, number: int, error: type[CloudFlowError]
    ) -> None:
        for fault in faults:
            if fault.moment != moment:
                continue
            if fault.what is PortFault.KILL:
                with self._lock:
                    self._is_dead = True
                self._die()
                raise Killed
            if fault.what is PortFault.BREAK:
                raise error(f"the wire broke {moment} call {number}, {name}")

    def _stream(
        self,
        pieces: Iterator[Any],
        faults: Sequence[Fault],
        name: str,
        number: int,
        error: type[CloudFlowError],
    ) -> Iterator[Any]:
        """Let everything through but what a fault spoils, and break then: an iterator runs while it is read."""
        kinds = {fault.what for fault in faults}
        for piece in pieces:
            if PortFault.SHORT_READ in kinds and len(piece):
                yield piece[: len(piece) - 1 - self._random.randrange(len(piece))]
                return
            if PortFault.FLIPPED_READ in kinds and len(piece):
                kinds.discard(PortFault.FLIPPED_READ)
                yield flipped(bytes(piece), self._random)
                continue
            yield piece
        self._stop(faults, "after", name, number, error)


LASTING = frozenset({PortFault.STORM, PortFault.FULL})


def _is_due(fault: Fault, name: str, number: int) -> bool:
    if number < fault.at_call:
        return False
    match fault.what:
        case PortFault.SHORT_READ | PortFault.FLIPPED_READ:
            return name == "read"
        case PortFault.FLIPPED_WRITE:
            return name in DATA_WRITES
        case _:
            return True


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Return *data* with one bit changed; nothing has no bit."""
    if not data:
        return data
    spoiled = bytearray(data)
    spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)
