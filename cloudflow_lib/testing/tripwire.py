"""Break the n-th call through a store or catalogue, before or after it ran; `faults` plays whole scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from threading import Lock
from typing import Any, Literal, TypeVar, cast

from cloudflow_lib.errors import CloudFlowError, StoreUnavailableError

T = TypeVar("T")
Moment = Literal["before", "after"]
Guard = Callable[[str, Callable[..., Any]], Callable[..., Any]]
"""Takes a method's name and the method, and returns what is called instead."""


class Tripwire:
    """
    Count the calls through everything it wraps, all together, and break one of them.

    A call can fail in two ways: it never arrived (*before*), or it worked and its answer got lost
    (*after*). Without *on_call* nothing breaks, and `calls` tells how many there are to break.
    """

    def __init__(
        self,
        *,
        on_call: int | None = None,
        moment: Moment = "before",
        error: type[CloudFlowError] = StoreUnavailableError,
    ) -> None:
        self.calls: list[str] = []
        """The names of the methods called so far, in order."""
        self._on_call = on_call
        self._moment = moment
        self._error = error
        self._lock = Lock()

    @property
    def has_tripped(self) -> bool:
        """Whether the call that was to break has come."""
        return self._on_call is not None and len(self.calls) >= self._on_call

    def wrap(self, thing: T) -> T:
        """Return *thing* with the wire across each of its methods; values and properties pass."""
        return cast("T", Wired(thing, self.guard))

    def guard(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return *call*, counted, and broken if its turn comes."""

        @wraps(call)
        def guarded(*args: object, **named: object) -> object:
            is_broken = self._count(name)
            if is_broken and self._moment == "before":
                raise self._broken(name)
            result = call(*args, **named)
            if not is_broken:
                return result
            if isinstance(result, Iterator):
                return self._cut(name, result)
            raise self._broken(name)

        return guarded

    def _count(self, name: str) -> bool:
        with self._lock:
            self.calls.append(name)
            return len(self.calls) == self._on_call

    def _cut(self, name: str, stream: Iterator[Any]) -> Iterator[Any]:
        """Let everything through and break then: an iterator runs while it is read."""
        yield from stream
        raise self._broken(name)

    def _broken(self, name: str) -> CloudFlowError:
        return self._error(f"the wire broke {self._moment} call {self._on_call}, {name}")


class Wired:
    """A thing whose methods are passed through *guard* before they are called; values and properties pass."""

    def __init__(self, thing: object, guard: Guard) -> None:
        self._thing = thing
        self._guard = guard

    def __getattr__(self, name: str) -> object:
        found = getattr(self._thing, name)
        if name.startswith("_") or not callable(found):
            return found
        return self._guard(name, found)
