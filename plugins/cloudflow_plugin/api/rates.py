"""How often who may ask: limits per account and per address, from the settings."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from limits import RateLimitItem, parse_many
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.settings import LimitSettings
from cloudflow_plugin.api.paths import is_streamed

IN_MEMORY = "memory://"

Charge = tuple[str, str]
"""The name of a limit in the settings, and whom it is counted for."""


class RateLimitedError(CloudFlowError):
    """Too much was asked for in too short a time."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rates:
    """Counts requests against the limits of the settings."""

    def __init__(self, settings: LimitSettings) -> None:
        self._settings = settings
        self._is_remote = settings.storage != IN_MEMORY
        self._window = SlidingWindowCounterRateLimiter(storage_from_string(settings.storage))

    async def spend(self, charges: Sequence[Charge], own: Mapping[str, str] = MappingProxyType({})) -> None:
        """
        Count one request for all of *charges*, or raise RateLimitedError and count it for none.

        *own* holds limits that are others than those of the settings, by their names there.
        """
        if self._is_remote:
            await run_in_threadpool(self._spend, charges, own)
        else:
            self._spend(charges, own)

    def _spend(self, charges: Sequence[Charge], own: Mapping[str, str]) -> None:
        counted = [(limit, name, whom) for name, whom in charges for limit in self._limits(name, own)]
        for limit, name, whom in counted:
            if not self._window.test(limit, name, whom):
                wait = self._window.get_window_stats(limit, name, whom).reset_time - time.time()
                raise RateLimitedError(f"Too many requests: {limit} at most. Wait, then try again.", max(1.0, wait))
        for limit, name, whom in counted:
            self._window.hit(limit, name, whom)

    def _limits(self, name: str, own: Mapping[str, str]) -> Sequence[RateLimitItem]:
        text: str = own.get(name, getattr(self._settings, name))
        return parse_many(text) if text else ()


def rates_of(connection: HTTPConnection) -> Rates:
    """Return the counts of the app that this request went to."""
    rates: Rates = connection.app.state.rates
    return rates


def address_of(connection: HTTPConnection) -> str:
    """Return where a request comes from; the server in front of us has looked behind trusted proxies."""
    return connection.client.host if connection.client else "unknown"


async def spend_write(connection: HTTPConnection, user: str, own: Mapping[str, str]) -> None:
    """Count a write of *user*, for whom *own* limits may hold, or raise RateLimitedError."""
    kind = "upload" if is_streamed(connection.scope) else "writes"
    charges = [(f"{kind}_per_user", user), (f"{kind}_per_address", address_of(connection))]
    await rates_of(connection).spend(charges, own)


def seconds_to_wait(error: Exception, default: float) -> int:
    """Return what `Retry-After` says about *error*."""
    return math.ceil(getattr(error, "retry_after", None) or default)
