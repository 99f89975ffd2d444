"""How the platform stands to each caller, looked up every few seconds and not for every request."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from cloudflow_lib.domain.people import Standing, UserLimits
from cloudflow_lib.errors import CatalogError
from cloudflow_lib.ports.user_book import UserBook
from cloudflow_plugin.api.context import context_of

log = logging.getLogger(__name__)

KNOWN_SECONDS = 10.0
"""How long what another process changed may take to be noticed here."""
SEEN_EVERY = timedelta(minutes=5)
MOST_USERS = 10_000


class Standings:
    """What is known of those who asked lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Standing, float]] = OrderedDict()

    async def of(self, connection: HTTPConnection, user: str, *, is_admin: bool) -> Standing:
        """Return how we stand to *user*, and note that they are here."""
        found, read_at = self._known.get(user, (None, 0.0))
        if found is not None and time.monotonic() - read_at < KNOWN_SECONDS and found.is_admin == is_admin:
            return found
        services = context_of(connection).services()
        standing = await run_in_threadpool(_look, services.catalog, user, services.clock(), is_admin=is_admin)
        self._known[user] = (standing, time.monotonic())
        self._known.move_to_end(user)
        if len(self._known) > MOST_USERS:
            self._known.popitem(last=False)
        return standing

    def forget(self, user: str) -> None:
        """Look *user* up anew at the next request: an administrator changed something."""
        self._known.pop(user, None)


def _look(book: UserBook, user: str, now: datetime, *, is_admin: bool) -> Standing:
    standing = book.standing(user)
    is_news = standing.is_admin != is_admin or standing.seen_at is None or now - standing.seen_at > SEEN_EVERY
    if not is_news:
        return standing
    try:
        book.note_seen(user, now, is_admin=is_admin)
    except CatalogError as error:
        log.warning("users.not_noted user=%s error=%s", user, error)  # who may read goes on reading
        return standing
    return book.standing(user)


def standings_of(connection: HTTPConnection) -> Standings:
    """Return those of the app that this request went to."""
    standings: Standings = connection.app.state.standings
    return standings


def own_rates(limits: UserLimits) -> Mapping[str, str]:
    """Return the limits of the settings that are others for one person, by their names there."""
    given = {"upload_per_user": limits.uploads_per_minute, "writes_per_user": limits.writes_per_minute}
    return {name: f"{count}/minute" for name, count in given.items() if count is not None}
