"""One stream from its first message to its end, whatever it goes over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from anyio import CapacityLimiter, to_thread

from cloudflow_lib.domain.event_filter import EventFilter
from cloudflow_lib.domain.events import moment_of_id
from cloudflow_lib.errors import CloudFlowError, FeedUnavailableError, NotAllowedError
from cloudflow_lib.ports.event_feed import EventFeed, FeedQuestion
from cloudflow_lib.settings import LiveSettings
from cloudflow_plugin.api.callers import Caller
from cloudflow_plugin.api.live.hub import Hub, Subscription, Told, envelope

log = logging.getLogger(__name__)

PAGE = 500
BEFORE = timedelta(seconds=10)
"""An event that is told again does no harm: its id tells. One that is left out would."""
OUTAGE_SECONDS = 2.0
STUCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """Why a stream ended: a code of WebSocket's own, or one from 4000 on of ours."""

    code: int
    reason: str


GONE = End(1000, "the client left")
STOPPING = End(1012, "the server stops: come back in a moment with the last event id")
TOO_SLOW = End(1013, "events came faster than they were taken: come back with the last event id")
SIGNED_OUT = End(4401, "the session has ended: sign in, then come back with the last event id")
NOT_ALLOWED = End(4403, "this account may not use CloudFlow any more")


class ClientLeftError(Exception):
    """The client left while something was sent to it."""


class Channel(Protocol):
    """What a stream goes over."""

    ping_seconds: float | None
    """How often it wants to show that it is there; None: it does so by itself."""

    async def send(self, told: Told) -> None:
        """Send; waits while the client does not take, and raises ClientLeftError when it is gone."""
        ...

    async def ping(self) -> None: ...

    async def gone(self) -> None:
        """Return when the client has left."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where a stream begins; nothing of it: with what comes next."""

    last_event_id: str | None = None
    since: datetime | None = None


@dataclass(slots=True)
class Stream:
    """Sends what one caller wants to hear of, until somebody or something ends it."""

    hub: Hub
    feed: EventFeed
    caller: Caller
    wants: EventFilter
    beginning: Beginning
    settings: LiveSettings
    ask_again: Callable[[], Awaitable[Caller | None]]
    pages: CapacityLimiter
    """How many may read Kafka's past at once."""
    subscription: Subscription | None = None

    async def run(self, channel: Channel) -> End:
        """Send until the end, and return why it ended."""
        tasks = [asyncio.create_task(one) for one in (self._send(channel), self._left(channel), self._watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task.result() for task in tasks if task in done)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self.subscription is not None:
                self.hub.leave(self.subscription)

    async def _left(self, channel: Channel) -> End:
        await channel.gone()
        return GONE

    async def _send(self, channel: Channel) -> End:
        try:
            return await self._send_all(channel)
        except ClientLeftError:
            return GONE

    async def _send_all(self, channel: Channel) -> End:
        problem = self.hub.problem
        await channel.send(self.hub.state())
        stream = self.subscription = await self._begin(channel)
        if self.hub.problem != problem:  # it changed while nothing could be put into the subscription
            await channel.send(self.hub.state())
        while True:
            for told in stream.take():
                await channel.send(told)
            if stream.is_over:
                return STOPPING
            if stream.is_slow:
                return TOO_SLOW
            try:
                async with asyncio.timeout(channel.ping_seconds):
                    await stream.changed.wait()
            except TimeoutError:
                await channel.ping()

    async def _begin(self, channel: Channel) -> Subscription:
        since, last = self.beginning.since, self.beginning.last_event_id
        if last is not None:
            if stream := self.hub.subscribe_behind_id(self.wants, last):
                return stream
            since = (moment_of_id(last) or datetime.now(UTC)) - BEFORE
        elif since is None:
            if self.hub.began.is_set():
                return self.hub.subscribe(self.wants)
            since = datetime.now(UTC)
        return await self._catch_up(channel, since)

    async def _catch_up(self, channel: Channel, since: datetime) -> Subscription:
        """Send what Kafka kept, page by page, until the rest is in the hub."""
        question = FeedQuestion(wants=self.wants, limit=PAGE, since=since)
        await self.hub.began.wait()
        while not self.hub.is_over:
            try:
                page = await to_thread.run_sync(self.feed.page, question, limiter=self.pages)
            except FeedUnavailableError as error:
                log.info("live.catch_up_waits user=%s error=%s", self.caller.user, error)
                await asyncio.sleep(OUTAGE_SECONDS)
                continue
            for one in page.events:
                await channel.send(envelope(one))
            if page.is_whole and (stream := self.hub.subscribe_behind(self.wants, page.behind)):
                return stream
            question = replace(question, since=None, after=page.behind)
            await asyncio.sleep(0)
        return self.hub.subscribe(self.wants)

    async def _watch(self) -> End:
        """Ask again and again whether the token is still good, and look whether sending got stuck."""
        loop = asyncio.get_running_loop()
        look_at = loop.time() + self.settings.recheck_seconds
        while True:
            await asyncio.sleep(min(self.settings.recheck_seconds, STUCK_SECONDS))
            if self.subscription is not None and self.subscription.is_slow:
                return TOO_SLOW
            if loop.time() >= look_at:
                if end := await self._ask():
                    return end
                look_at = loop.time() + self.settings.recheck_seconds

    async def _ask(self) -> End | None:
        try:
            now = await self.ask_again()
        except NotAllowedError:
            return NOT_ALLOWED
        except (CloudFlowError, OSError) as error:
            log.warning("live.recheck_failed user=%s error=%s", self.caller.user, error)
            return None  # whoever tells is away for a moment: ask again next time
        return None if now is not None and _sees(now) == _sees(self.caller) else SIGNED_OUT


def _sees(caller: Caller) -> tuple[str, bool]:
    return caller.user, caller.is_admin
