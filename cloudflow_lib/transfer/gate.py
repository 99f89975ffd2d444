"""The asyncio side of `pace`: a place in flight for every request, waits between attempts, and bounded memory."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.transfer.pace import Pace, RetryQuota

T = TypeVar("T")

FIRST_WAIT_SECONDS, UNLUCKY_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 0.25, 1.0
"""
Short, for the quota keeps a storm away. While that is plenty, most requests succeed, and who is refused again and again
is unlucky only: of five thousand objects ten would keep a copy waiting for two seconds after all others.
"""
QUOTA_WAIT_SECONDS = 0.25


class Gate:
    """Lets requests to one store through, as many as its pace allows, and repeats those it refused."""

    def __init__(
        self,
        pace: Pace | None = None,
        quota: RetryQuota | None = None,
        *,
        patience_seconds: float = 120.0,
        is_short: Callable[[], bool] = lambda: False,
    ) -> None:
        """Let *is_short* tell whether requests wait elsewhere, so that more places might help."""
        self.pace = pace or Pace()
        self._quota = quota or RetryQuota()
        self._patience_seconds = patience_seconds
        self._is_short = is_short
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.requests = 0
        """How many were sent, repetitions included."""
        self.refusals = 0

    async def __call__(self, call: Callable[[int], Awaitable[T]], size_bytes: int) -> T:
        """
        Return what *call* returns, which is told how many attempts were made before.

        Raises:
            StoreUnavailableError: The store refused for longer than our patience.
        """
        loop = asyncio.get_running_loop()
        give_up_at, attempt = 0.0, 0
        while True:
            await self._enter()
            self.requests += 1
            try:
                answer = await call(attempt)
            except StoreUnavailableError as error:
                self.refusals += 1
                self.pace.refused(error.retry_after)
                give_up_at = give_up_at or loop.time() + self._patience_seconds
                if loop.time() + (error.retry_after or 0.0) > give_up_at:
                    raise
            else:
                self._quota.succeeded()
                self.pace.done(size_bytes, is_full=bool(self._waiting) or self._is_short())
                return answer
            finally:
                self._leave()
            attempt += 1
            await self._wait_for_turn(attempt)

    async def _wait_for_turn(self, attempt: int) -> None:
        """Wait with full jitter, outside of the places in flight, until a repetition is free."""
        longest = UNLUCKY_WAIT_SECONDS if self._quota.is_plenty else LONGEST_WAIT_SECONDS
        await asyncio.sleep(random.uniform(0, min(longest, FIRST_WAIT_SECONDS * 2**attempt)))  # noqa: S311 - jitter is no secret
        while not self._quota.take():  # noqa: ASYNC110 - it fills with time, nobody sets it
            await asyncio.sleep(QUOTA_WAIT_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - as above

    async def _enter(self) -> None:
        loop = asyncio.get_running_loop()
        while (wait := self.pace.closed_for()) > 0:  # noqa: ASYNC110 - as above
            await asyncio.sleep(wait * random.uniform(1.0, 1.1))  # noqa: S311 - as above
        if self._in_flight < self.pace.limit and not self._waiting:
            self._in_flight += 1
            return
        place: asyncio.Future[None] = loop.create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._in_flight -= 1
        while self._waiting and self._in_flight < self.pace.limit:
            place = self._waiting.popleft()
            if not place.done():
                self._in_flight += 1
                place.set_result(None)


class MemoryBudget:
    """Bytes that may be held at once; who asks for more than there will ever be gets all of it, alone."""

    def __init__(self) -> None:
        self._used = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_short(self) -> bool:
        """Whether somebody waits for memory, so that more of it would be used."""
        return self._waiter is not None and not self._waiter.done()

    async def take(self, size_bytes: int, most: Callable[[], int]) -> None:
        """Take so many bytes once no more than *most* are in use, which may change; only one may wait at a time."""
        while self._used and self._used + size_bytes > most():
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._used += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Give back what was taken."""
        self._used -= size_bytes
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
