"""The platform's only retry layer: around calls that are safe to repeat, while a store is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import stamina

from cloudflow_lib.errors import ObjectNotFoundError, StoreError, StoreUnavailableError

T = TypeVar("T")
U = TypeVar("U")

LONGEST_WAIT_SECONDS = 30.0
"""A store that asks for more is as good as down: whoever called us decides what then."""


class Retrier:
    """Repeat a call that raised StoreUnavailableError: exponential waits with jitter, or what the store asked for."""

    def __init__(self, attempts: int, *, first_wait_seconds: float = 0.1, budget_seconds: float = 120.0) -> None:
        self._attempts = attempts
        self._first_wait_seconds = first_wait_seconds
        self._budget_seconds = budget_seconds

    def __call__(self, call: Callable[[], T]) -> T:
        """Return what *call* returns; after the last attempt its StoreUnavailableError leaves."""
        for attempt in stamina.retry_context(
            on=_should_wait,
            attempts=self._attempts,
            timeout=self._budget_seconds,
            wait_initial=self._first_wait_seconds,
            wait_max=5.0,
            wait_jitter=self._first_wait_seconds * 5,
        ):
            with attempt:
                return call()
        raise AssertionError("stamina returns or raises")

    def create(self, call: Callable[[], T], find_own: Callable[[], U | None]) -> T | U:
        """
        Repeat a call that must not happen twice.

        A repetition may be refused because the first call worked and only its answer got lost.
        *find_own* looks whether what lies there is exactly what *call* was to make, and returns it then.
        """
        tries = 0

        def once() -> T | U:
            nonlocal tries
            tries += 1
            try:
                return call()
            except StoreUnavailableError:
                raise
            except StoreError:
                if tries > 1 and (own := _look(find_own)) is not None:
                    return own
                raise

        return self(once)


def _look(find_own: Callable[[], U | None]) -> U | None:
    try:
        return find_own()
    except ObjectNotFoundError:
        return None


def _should_wait(error: Exception) -> bool | float:
    if not isinstance(error, StoreUnavailableError):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= LONGEST_WAIT_SECONDS else False
