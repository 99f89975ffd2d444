"""The fault tool: count the calls that pass through, and break one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Any, Literal, TypeVar, cast

from cloudflow_lib.errors import StoreUnavailableError

Wrapped = TypeVar("Wrapped")


@dataclass
class Tripwire:
    """
    Break the *on_call*-th call of whatever was wrapped, once, before or after it took effect.

    A network call fails in two ways: it never arrived, or it worked and its answer got lost.
    Movers break on the second.
    """

    on_call: int
    moment: Literal["before", "after"] = "before"
    error: Callable[[str], Exception] = StoreUnavailableError
    calls: list[str] = field(default_factory=list)
    """The calls so far, by name: what an untouched run needed."""
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def has_tripped(self) -> bool:
        """Whether the call was reached and broken."""
        return len(self.calls) >= self.on_call

    def wrap(self, thing: Wrapped) -> Wrapped:
        """Return *thing* behind the wire: the same methods, counted."""
        return cast("Wrapped", _Wire(thing, self))

    def pass_through(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call returns
        """Make one call, unless it is the one that breaks."""
        with self._lock:
            self.calls.append(name)
            breaks = len(self.calls) == self.on_call
        if breaks and self.moment == "before":
            raise self.error(f"broke before {name}")
        answer = call()
        if breaks:
            raise self.error(f"lost the answer of {name}")
        return answer


class _Wire:
    def __init__(self, thing: object, tripwire: Tripwire) -> None:
        self._thing = thing
        self._tripwire = tripwire

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the wrapped thing has
        found = getattr(self._thing, name)
        if not callable(found):
            return found

        @wraps(found)
        def call(*args: object, **kwargs: object) -> object:
            return self._tripwire.pass_through(name, lambda: found(*args, **kwargs))

        return call
